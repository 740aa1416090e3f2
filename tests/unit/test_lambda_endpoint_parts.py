"""LambdaEndpoint beyond its core: packages, cold starts, network, callers, domain, shifts."""

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.aws.lambda_ import lambda_package
from components.aws.lambda_.lambda_endpoint import LambdaEndpoint
from facts.lambda_serving import variables_bytes
from facts.limits import Limit
from tests.unit.component_mocks import ACCOUNT, REGION, Recorded, record
from tests.unit.test_lambda_endpoint import CANDIDATE, MINIMAL

ZIP = {key: value for key, value in MINIMAL.items() if key != "image"}
S3 = ZIP | {"s3_bucket": "packages", "s3_key": "iris/1.0.0.zip"}
PULLED = S3 | {"pull_model": True, "model_uri": "s3://models/iris/1.0.0/model.onnx"}
DIGEST = "sha256:" + "a" * 64
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:failed"
NETWORK = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
DOMAIN = {
    "domain": "iris.example.com",
    "certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1",
}
WARM = {"provisioned_concurrency": 2, "max_provisioned_concurrency": 8}


def _made(args: dict[str, Any]) -> Recorded:
    return record(LambdaEndpoint, "iris", args)


def _scheduled(**bounds: int) -> dict[str, Any]:
    """Warm instances whose bounds are others from seven o'clock on."""
    schedule = {"schedule": "0 7 * * *", "time_zone": "Europe/Paris", **bounds}
    return WARM | {"scaling_schedules": [schedule]}


def _zip(path: Path, size: int) -> str:
    """A zip of about so many bytes, stored as they are."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("model.onnx", b"\0" * size)
    return str(path)


def _statements(recorded: Recorded, name: str) -> dict[str, dict[str, Any]]:
    document = json.loads(recorded.inputs[name]["policy"])
    return {each["Sid"]: each for each in document["Statement"]}


# ---- packages ----


def test_a_small_zip_goes_with_the_function(tmp_path: Path) -> None:
    code = _zip(tmp_path / "code.zip", 100)
    recorded = _made(ZIP | {"code_path": code, "package_bucket": "packages"})
    assert isinstance(recorded.inputs["iris-function"]["code"], pulumi.FileArchive)
    assert "iris-package" not in recorded.inputs


def test_a_large_zip_goes_by_the_bucket_under_its_digest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_package, "PACKAGE_UPLOAD_BYTES", Limit("", None, 500, "", ""))
    code = Path(_zip(tmp_path / "code.zip", 1000))
    digest = hashlib.sha256(code.read_bytes())
    recorded = _made(ZIP | {"code_path": str(code), "package_bucket": "packages"})
    uploaded, function = recorded.inputs["iris-package"], recorded.inputs["iris-function"]
    key = f"lambda/iris-dev/{digest.hexdigest()}.zip"
    assert (uploaded["bucket"], uploaded["key"]) == ("packages", key)
    assert (function["s3Bucket"], function["s3Key"]) == ("packages", key)
    assert function["sourceCodeHash"] == base64.b64encode(digest.digest()).decode()
    assert "code" not in function

    with pytest.raises(pulumi.RunError, match=r"code_path: got .* use package_bucket too"):
        _made(ZIP | {"code_path": str(code)})


@pytest.mark.parametrize(("over", "refused"), [(0, False), (1, True)])
def test_both_sides_of_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, over: int, *, refused: bool
) -> None:
    """Zipped as it is uploaded, unzipped as it is run: refused before anything is registered."""
    code = Path(_zip(tmp_path / "code.zip", 2000))
    for name, size in (
        ("PACKAGE_UPLOAD_BYTES", code.stat().st_size),
        ("PACKAGE_UNZIPPED_BYTES", 2000),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(lambda_package, name, Limit("", None, size - over, "", ""))
            if refused:
                with pytest.raises(pulumi.RunError, match="code_path: got"):
                    _made(ZIP | {"code_path": str(code)})
            else:
                assert "iris-function" in _made(ZIP | {"code_path": str(code)}).inputs


def test_a_folder_is_measured_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "handler.py").write_bytes(b"0" * 2000)
    monkeypatch.setattr(lambda_package, "PACKAGE_UNZIPPED_BYTES", Limit("", None, 1999, "", ""))
    with pytest.raises(pulumi.RunError, match="MiB unzipped"):
        _made(ZIP | {"code_path": str(tmp_path)})


def test_a_zip_that_is_in_s3_already() -> None:
    function = _made(S3 | {"s3_object_version": "v7"}).inputs["iris-function"]
    assert (function["s3Bucket"], function["s3Key"]) == ("packages", "iris/1.0.0.zip")
    assert function["s3ObjectVersion"] == "v7"
    assert function["packageType"] == "Zip"


def test_an_image_of_another_resource_is_named_by_digest_too() -> None:
    """What is known only later is refused then."""

    def made(image: str) -> Recorded:
        def component(name: str, args: dict[str, Any]) -> LambdaEndpoint:
            known_later = pulumi.Output.from_input(image).apply(str)
            return LambdaEndpoint(name, {**args, "image": known_later})  # pyright: ignore[reportArgumentType]

        return record(component, "iris", MINIMAL)

    assert made(MINIMAL["image"]).inputs["iris-function"]["imageUri"] == MINIMAL["image"]
    with pytest.raises(pulumi.RunError, match=r"image: got .*:latest; use an image in Amazon ECR"):
        made("123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris:latest")


# ---- the model ----


def test_the_runtime_is_told_its_model() -> None:
    told = _made(S3 | {"model_digest": DIGEST}).inputs["iris-function"]["environment"]
    assert told["variables"] == {
        "MODEL_SERVING_MODEL_NAME": "iris",
        "MODEL_SERVING_MODEL_VERSION": "1.0.0",
        "MODEL_SERVING_MODEL_DIGEST": DIGEST,
    }
    # Another handler, or an image that holds its model, reads other settings.
    assert "environment" not in _made(S3 | {"handler": "app.main"}).inputs["iris-function"]


_OWN = {
    "MODEL_SERVING_MODEL_NAME": "iris",
    "MODEL_SERVING_MODEL_VERSION": "1.0.0",
    "MODEL_SERVING_MODEL_DIGEST": DIGEST,
}


@pytest.mark.parametrize("own", [{}, _OWN], ids=["of an image", "of the runtime"])
def test_the_runtimes_own_variables_count_too(own: dict[str, str]) -> None:
    args = S3 | {"model_digest": DIGEST} if own else MINIMAL
    room = 4096 - variables_bytes(own | {"A1": ""})
    made = _made(args | {"environment_variables": {"A1": "x" * room}})
    kept = made.inputs["iris-function"]["environment"]["variables"]
    assert variables_bytes(kept) == 4096
    with pytest.raises(pulumi.RunError) as caught:
        _made(args | {"environment_variables": {"A1": "x" * (room + 1)}})
    told = f"4097 bytes, {4097 - variables_bytes({'A1': 'x' * (room + 1)})} of them for the runtime"
    assert (told if own else "got '4097 bytes'") in str(caught.value)


def test_where_a_model_is_pulled_from_counts_once_it_is_known() -> None:
    told = {"environment_variables": {"A1": "x" * 3900}}
    long = PULLED | {"model_uri": f"s3://models/{'x' * 80}/model.onnx"}
    with pytest.raises(pulumi.RunError, match="of them for the runtime itself"):
        _made(long | told)

    def component(name: str, args: dict[str, Any]) -> LambdaEndpoint:
        known_later = pulumi.Output.from_input(args["model_uri"]).apply(str)
        return LambdaEndpoint(name, {**args, "model_uri": known_later})  # pyright: ignore[reportArgumentType]

    assert "iris-function" in record(component, "iris", long | told).inputs


def test_a_pulled_model_is_read_and_nothing_else() -> None:
    recorded = _made(PULLED | {"artifact_key_arn": "arn:aws:kms:eu-west-1:1:key/a"})
    variables = recorded.inputs["iris-function"]["environment"]["variables"]
    assert variables["MODEL_SERVING_MODEL_URI"] == "s3://models/iris/1.0.0/model.onnx"
    rights = _statements(recorded, "iris-reads-v1-0-0")
    assert rights["ReadArtifacts"]["Action"] == ["s3:GetObject"]
    assert rights["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::models/iris/1.0.0/model.onnx"]
    assert rights["Decrypt"]["Resource"] == ["arn:aws:kms:eu-west-1:1:key/a"]
    assert set(rights) == {"ReadArtifacts", "Decrypt"}


def test_both_versions_are_readable_and_the_newest_is_what_a_new_instance_reads() -> None:
    recorded = _made(
        PULLED
        | CANDIDATE
        | {"candidate_uri": "s3://models/iris/1.1.0/model.onnx", "candidate_digest": DIGEST}
    )
    assert {"iris-reads-v1-0-0", "iris-reads-v1-1-0"} <= recorded.inputs.keys()
    variables = recorded.inputs["iris-function"]["environment"]["variables"]
    assert variables == {
        "MODEL_SERVING_MODEL_NAME": "iris",
        "MODEL_SERVING_MODEL_VERSION": "1.1.0",
        "MODEL_SERVING_MODEL_URI": "s3://models/iris/1.1.0/model.onnx",
        "MODEL_SERVING_MODEL_DIGEST": DIGEST,
    }


# ---- cold starts ----


def test_snap_start_is_of_published_versions() -> None:
    recorded = _made(S3 | {"snap_start": True, "key_arn": "arn:aws:kms:key"})
    function = recorded.inputs["iris-function"]
    assert function["snapStart"] == {"applyOn": "PublishedVersions"}
    assert function["publish"] is True
    assert function["kmsKeyArn"] == "arn:aws:kms:key"
    assert "iris-warm" not in recorded.inputs
    ready = recorded.inputs["iris-ready"]
    assert ready["aliasName"] == "live"
    assert ready["version"] == recorded.inputs["iris-alias"]["functionVersion"]
    # Without a snapshot there is nothing to wait for.
    assert "iris-ready" not in _made(S3).inputs


def test_warm_instances_follow_their_use() -> None:
    schedule = {"schedule": "0 7 * * *", "time_zone": "Europe/Paris", "min_replicas": 5}
    recorded = _made(MINIMAL | WARM | {"scaling_target": 60, "scaling_schedules": [schedule]})
    assert recorded.inputs["iris-warm"]["provisionedConcurrentExecutions"] == 2
    target = recorded.inputs["iris-warm-scaling-target"]
    assert target["serviceNamespace"] == "lambda"
    assert target["scalableDimension"] == "lambda:function:ProvisionedConcurrency"
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 8)
    assert target["resourceId"].startswith("function:")
    policy = recorded.inputs["iris-warm-scaling-policy"]
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == 0.6
    assert tracking["predefinedMetricSpecification"] == {
        "predefinedMetricType": "LambdaProvisionedConcurrencyUtilization"
    }
    (action,) = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction").values()
    assert action["scalableTargetAction"] == {"minCapacity": 5}


def test_warm_instances_without_bounds_are_not_scaled() -> None:
    recorded = _made(MINIMAL | {"min_replicas": 2})
    assert recorded.inputs["iris-warm"]["provisionedConcurrentExecutions"] == 2
    assert "iris-warm-scaling-target" not in recorded.inputs


# ---- network ----


def test_interfaces_are_lambdas_and_not_the_codes() -> None:
    recorded = _made(MINIMAL | NETWORK)
    network = recorded.inputs["iris-function"]["vpcConfig"]
    assert network == {"subnetIds": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    rights = _statements(recorded, "iris-joins-network")
    ec2 = f"arn:aws:ec2:{REGION}:{ACCOUNT}"
    assert rights["JoinNetwork"]["Resource"] == [
        f"{ec2}:network-interface/*",
        f"{ec2}:security-group/sg-1",
        f"{ec2}:subnet/subnet-1",
    ]
    denied = rights["NotTheCode"]
    assert denied["Effect"] == "Deny"
    function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:iris-dev"
    assert denied["Condition"] == {"ArnEquals": {"lambda:SourceFunctionArn": function}}
    allowed = {a for s in rights.values() if s["Effect"] == "Allow" for a in s["Action"]}
    assert set(denied["Action"]) == {a for a in allowed if a.startswith("ec2:")}


# ---- callers ----


@pytest.mark.parametrize(
    ("arn", "action", "resource"),
    [
        (QUEUE, "sqs:SendMessage", QUEUE),
        ("arn:aws:sns:eu-west-1:1:failed", "sns:Publish", "arn:aws:sns:eu-west-1:1:failed"),
        ("arn:aws:s3:::failed", "s3:PutObject", "arn:aws:s3:::failed/*"),
    ],
)
def test_failed_requests_go_somewhere(arn: str, action: str, resource: str) -> None:
    recorded = _made(MINIMAL | {"on_failure_arn": arn, "retries": 0, "max_age_seconds": 60})
    asked = recorded.inputs["iris-asynchronous"]
    assert asked["destinationConfig"] == {"onFailure": {"destination": arn}}
    assert (asked["maximumRetryAttempts"], asked["maximumEventAgeInSeconds"]) == (0, 60)
    assert asked["qualifier"] == "live"
    right = _statements(recorded, "iris-role-policy")["SendFailures"]
    assert (right["Action"], right["Resource"]) == ([action], [resource])


def test_dead_letters() -> None:
    recorded = _made(MINIMAL | {"dead_letter_arn": QUEUE})
    assert recorded.inputs["iris-function"]["deadLetterConfig"] == {"targetArn": QUEUE}
    assert "iris-asynchronous" not in recorded.inputs
    assert "SendFailures" in _statements(recorded, "iris-role-policy")


def test_a_function_url_only_if_asked_and_signed() -> None:
    assert "iris-url" not in _made(MINIMAL).inputs
    assert _made(MINIMAL).outputs["function_url"] == ""
    recorded = _made(MINIMAL | {"function_url": True})
    url = recorded.inputs["iris-url"]
    assert (url["authorizationType"], url["qualifier"]) == ("AWS_IAM", "live")
    assert "cors" not in url
    actions = [
        action
        for statement in json.loads(recorded.outputs["invoke_policy"])["Statement"]
        for action in statement["Action"]
    ]
    assert actions == ["execute-api:Invoke", "lambda:InvokeFunctionUrl", "lambda:InvokeFunction"]


def test_pages_of_named_origins_may_call() -> None:
    origins = ["https://shop.example"]
    recorded = _made(MINIMAL | {"cors_origins": origins, "function_url": True})
    for name, key in (("iris-api", "corsConfiguration"), ("iris-url", "cors")):
        assert recorded.inputs[name][key]["allowOrigins"] == origins
        assert recorded.inputs[name][key]["allowMethods"] == ["POST"]


def test_a_domain_takes_the_place_of_awss_own() -> None:
    recorded = _made(MINIMAL | DOMAIN | {"zone_id": "Z1"})
    assert recorded.inputs["iris-api"]["disableExecuteApiEndpoint"] is True
    made = recorded.inputs["iris-domain"]
    assert made["domainName"] == "iris.example.com"
    assert made["domainNameConfiguration"]["securityPolicy"] == "TLS_1_2"
    assert recorded.inputs["iris-mapping"]["domainName"] == "iris.example.com"
    assert recorded.inputs["iris-record"]["type"] == "A"
    assert recorded.outputs["url"] == "https://iris.example.com/predict"
    assert "iris-record" not in _made(MINIMAL | DOMAIN).inputs


# ---- function ----


def test_the_rest_of_the_function() -> None:
    layer = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:fonts:3"
    signing = f"arn:aws:lambda:{REGION}:{ACCOUNT}:code-signing-config:csc-{'a' * 17}"
    runtime = f"arn:aws:lambda:{REGION}::runtime:{'7' * 64}"
    recorded = _made(
        S3
        | {
            "layers": [layer],
            "code_signing_config_arn": signing,
            "log_level": "WARN",
            "runtime_updates": "manual",
            "runtime_version_arn": runtime,
        }
    )
    function = recorded.inputs["iris-function"]
    assert function["layers"] == [layer]
    assert function["codeSigningConfigArn"] == signing
    assert function["loggingConfig"]["applicationLogLevel"] == "WARN"
    managed = recorded.inputs["iris-runtime"]
    assert (managed["updateRuntimeOn"], managed["runtimeVersionArn"]) == ("Manual", runtime)
    assert recorded.inputs["iris-recursion"]["recursiveLoop"] == "Terminate"
    assert "iris-runtime" not in _made(S3).inputs


@pytest.mark.parametrize(
    ("reserved", "p95", "rate"),
    [(10, 100, 50), (10, 250, 40), (2, 100, 20), (2, 10, 20), (1, 9000, 1)],
)
def test_the_usual_rate_is_what_the_instances_answer(
    reserved: int, p95: float, rate: float
) -> None:
    asked = {"reserved_concurrency": reserved, "latency_p95_ms": p95}
    stage = _made(MINIMAL | asked).inputs["iris-stage"]
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == rate


@pytest.mark.parametrize(
    ("shift", "size", "wait", "routing", "seconds"),
    [
        ("canary", 25, 300, {"timeBasedCanary": {"interval": 5, "percentage": 25}}, 300),
        ("linear", 20, 120, {"timeBasedLinear": {"interval": 2, "percentage": 20}}, 600),
    ],
)
def test_a_shift_that_aws_has_not_predefined(
    shift: str, size: int, wait: int, routing: dict[str, Any], seconds: int
) -> None:
    asked = {"shift": shift, "shift_size_percent": size, "shift_wait_seconds": wait}
    recorded = _made(MINIMAL | asked)
    made = recorded.inputs["iris-shift-config"]
    assert made["computePlatform"] == "Lambda"
    assert made["trafficRoutingConfig"] == {"type": f"TimeBased{shift.title()}", **routing}
    name = f"iris-dev-{shift}-{size}-percent-{wait // 60}-minutes"
    assert made["deploymentConfigName"] == name
    assert recorded.inputs["iris-deployment-group"]["deploymentConfigName"] == name
    assert recorded.inputs["iris-deployment"]["timeoutSeconds"] == seconds + 900


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        # packages
        ({"code_path": "/no/such.zip"}, "code_path: got '/no/such.zip'; use a zip that can be"),
        (S3 | {"s3_key": None}, "s3_key: got None; use both s3_bucket and s3_key"),
        (MINIMAL | {"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris:1"}, "by its dig"),
        (MINIMAL | {"image": "docker.io/iris@sha256:" + "0" * 64}, "an image in Amazon ECR"),
        (MINIMAL | {"handler": "a.b"}, "handler: got 'a.b'; use it with a zip"),
        (S3 | {"layers": ["arn:aws:lambda:eu-west-1:123456789012:layer:x"]}, "layer's version"),
        (S3 | {"runtime_updates": "manual"}, "runtime_version_arn: got None; use it with"),
        (S3 | {"runtime_updates": "never"}, "runtime_updates: got 'never'"),
        (S3 | {"code_signing_config_arn": "csc"}, "code_signing_config_arn: got 'csc'"),
        # the model
        (S3 | {"pull_model": True}, "model_uri: got 'file:iris/1.0.0/model.onnx'; use the S3 URI"),
        (PULLED | {"model_uri": "s3://models/iris/"}, "model_uri: got 's3://models/iris/'"),
        (PULLED | {"model_uri": "s3://models/iris/*"}, "model_uri: got 's3://models/iris/*'"),
        (PULLED | {"model_uri": "s3://models/i?is/1"}, "model_uri: got 's3://models/i?is/1'"),
        (S3 | {"artifact_key_arn": "arn"}, "artifact_key_arn: got 'arn'; use it with pull_model"),
        (S3 | {"model_digest": "abc"}, "model_digest: got 'abc'"),
        (S3 | {"candidate_digest": DIGEST}, "candidate_digest: got"),
        # cold starts
        (MINIMAL | {"snap_start": True}, "snap_start: got True; use false, or a zip"),
        (S3 | {"snap_start": True, "runtime": "python3.11"}, "use python3.12 or later"),
        (S3 | {"snap_start": True, "ephemeral_storage_mib": 513}, "use 512 with snap_start"),
        (S3 | {"snap_start": True, "min_replicas": 1}, "min_replicas: got 1; use 0 with snap_st"),
        (MINIMAL | WARM | {"max_provisioned_concurrency": 11}, "at most reserved_concurrency"),
        (MINIMAL | WARM | {"max_provisioned_concurrency": 1}, "at least the instances that are"),
        (MINIMAL | {"max_provisioned_concurrency": 2}, "it with provisioned_concurrency 1 or"),
        (MINIMAL | WARM | {"scaling_target": 91}, "scaling_target: got 91"),
        (
            MINIMAL | _scheduled(min_replicas=11, max_replicas=12),
            "[0].min_replicas: got 11; use at",
        ),
        (MINIMAL | _scheduled(max_replicas=11), "[0].max_replicas: got 11; use at most reserved_c"),
        (MINIMAL | {"min_replicas": 1, "scaling_target": 60}, "scaling_target: got 60; use it"),
        (CANDIDATE | MINIMAL | {"min_replicas": 1}, "min_replicas: got 1; use 0, by an `up`"),
        # consistency
        (MINIMAL | {"timeout_seconds": 1, "latency_p95_ms": 1000}, "timeout_seconds: got 1; use"),
        (MINIMAL | {"throttle_rate_per_second": 101}, "10 instances answer 100 requests per sec"),
        # callers
        (MINIMAL | {"subnet_ids": ["subnet-1"]}, "security_group_ids: got None"),
        (MINIMAL | {"on_failure_arn": "arn:aws:sqs:eu-west-1:1:a.fifo"}, "on_failure_arn: got"),
        (MINIMAL | {"dead_letter_arn": "arn:aws:s3:::failed"}, "dead_letter_arn: got"),
        (MINIMAL | {"dead_letter_arn": QUEUE, "on_failure_arn": QUEUE}, "use either on_failure"),
        (MINIMAL | {"retries": 3}, "retries: got 3; use a whole number from 0 to 2"),
        (MINIMAL | {"max_age_seconds": 59}, "max_age_seconds: got 59"),
        (MINIMAL | {"cors_origins": ["*"]}, "cors_origins: got '*'; use origins such as"),
        (MINIMAL | {"domain": "iris.example.com"}, "certificate_arn: got None; use both"),
        (MINIMAL | DOMAIN | {"domain": "https://x.example"}, "domain: got 'https://x.example'"),
        (MINIMAL | {"zone_id": "Z1"}, "domain: got None; use the host name that zone_id"),
        (MINIMAL | {"environment_variables": {"TZ": "Etc/UTC"}}, "TZ'; use another name: Lambda"),
        (MINIMAL | {"environment_variables": {"A1": "x" * 4088}}, "got '4097 bytes'"),
        (MINIMAL | {"environment_variables": {"API_TOKEN": "abcdefghi"}}, "a secret of Secrets"),
        (MINIMAL | {"log_level": "LOUD"}, "log_level: got 'LOUD'"),
        # shifts
        (MINIMAL | {"shift": "linear", "shift_size_percent": 1, "shift_wait_seconds": 3600}, "two"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(ZIP | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        MINIMAL | {"timeout_seconds": 2, "latency_p95_ms": 1999},
        PULLED | {"model_uri": "s3://models/iris/1.0.0/model.onnx?versionId=a.b_1"},
        MINIMAL | {"throttle_rate_per_second": 100},
        S3 | {"snap_start": True, "runtime": "python3.12", "ephemeral_storage_mib": 512},
        MINIMAL | WARM | {"max_provisioned_concurrency": 10, "scaling_target": 90},
        MINIMAL | _scheduled(min_replicas=10, max_replicas=10),
        MINIMAL | CANDIDATE | {"canary_percent": 0, "min_replicas": 1},
        MINIMAL | {"shift": "linear", "shift_size_percent": 1, "shift_wait_seconds": 1740},
    ],
)
def test_the_other_side_of_the_boundaries(change: dict[str, Any]) -> None:
    assert "iris-function" in _made(change).inputs
