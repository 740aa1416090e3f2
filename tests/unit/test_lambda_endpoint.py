import ast
import json
import zipfile
from pathlib import Path
from typing import Any

import pulumi
import pytest
from onnx import TensorProto  # pyright: ignore[reportMissingTypeStubs]

from components.aws.lambda_.lambda_endpoint import LambdaEndpoint
from runtime import package as packages
from runtime.packaging.targets import TARGETS
from tests.unit.component_mocks import Recorded, record
from tests.unit.inference_server import identity

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-botany",
    "model_version": "1.0.0",
    "model_uri": "file:iris/1.0.0/model.onnx",
    "image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/iris@sha256:" + "0" * 64,
}
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "image"},
    "description": "Names the species.",
    "min_replicas": 1,
    "max_replicas": 20,
    "latency_p95_ms": 250,
    "error_rate_percent": 2.5,
    "data_classification": "public",
    "tags": {"cost-centre": "ml", "extra": "x"},
    "handler": "a.b",
    "runtime": "python3.12",
    "architecture": "x86_64",
    "memory_mib": 2048,
    "timeout_seconds": 20,
    "ephemeral_storage_mib": 1024,
    "environment_variables": {"AB": "c"},
    "reserved_concurrency": 15,
    "provisioned_concurrency": 2,
    "throttle_rate_per_second": 5,
    "throttle_burst": 7,
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:key",
    "tracing": False,
    "jwt_issuer": "https://issuer.example",
    "jwt_audience": "models",
    "alarm_topic_arn": "arn:aws:sns:topic",
}
CANDIDATE = {
    "candidate_version": "1.1.0",
    "candidate_uri": "file:iris/1.1.0/model.onnx",
    "canary_percent": 10,
}


def _full(tmp_path: Path) -> dict[str, Any]:
    package = tmp_path / "package.zip"
    zipfile.ZipFile(package, "w").close()
    return FULL | {"code_path": str(package)}


def test_every_argument(tmp_path: Path) -> None:
    recorded = record(LambdaEndpoint, "iris", _full(tmp_path))
    function = recorded.inputs["iris-function"]
    assert function["name"] == "iris-dev"
    assert function["packageType"] == "Zip"
    assert isinstance(function["code"], pulumi.FileArchive)
    assert function["description"] == "Names the species."
    assert (function["handler"], function["runtime"]) == ("a.b", "python3.12")
    assert function["architectures"] == ["x86_64"]
    assert (function["memorySize"], function["timeout"]) == (2048, 20)
    assert function["ephemeralStorage"] == {"size": 1024}
    assert function["environment"] == {"variables": {"AB": "c"}}
    assert function["kmsKeyArn"] == "arn:aws:kms:key"
    assert function["reservedConcurrentExecutions"] == 15
    assert function["tracingConfig"] == {"mode": "PassThrough"}
    assert function["publish"] is True
    assert function["tags"] == {
        "extra": "x",
        "model-serving:cost-centre": "ml",
        "model-serving:owner": "team-botany",
        "model-serving:model": "iris",
        "model-serving:model-version": "1.0.0",
        "model-serving:environment": "dev",
        "model-serving:data-classification": "public",
        "model-serving:slo-latency-p95-ms": "250",
        "model-serving:slo-error-rate-percent": "2.5",
    }
    assert recorded.inputs["iris-warm"]["provisionedConcurrentExecutions"] == 2
    stage = recorded.inputs["iris-stage"]
    assert stage["defaultRouteSettings"]["throttlingRateLimit"] == 5
    assert stage["defaultRouteSettings"]["throttlingBurstLimit"] == 7
    for group in recorded.of("aws:cloudwatch/logGroup:LogGroup").values():
        assert group["retentionInDays"] == 90
        assert group["kmsKeyId"] == "arn:aws:kms:key"
    route = recorded.inputs["iris-route"]
    assert route["authorizationType"] == "JWT"
    assert recorded.inputs["iris-authorizer"]["jwtConfiguration"] == {
        "issuer": "https://issuer.example",
        "audiences": ["models"],
    }
    # One second more than the function, and within what API Gateway waits.
    assert recorded.inputs["iris-integration"]["timeoutMilliseconds"] == 21_000
    alarms = recorded.of("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert {name: alarm["threshold"] for name, alarm in alarms.items()} == {
        "iris-latency": 250,
        "iris-errors": 2.5,
        "iris-function-errors": 2.5,
        "iris-function-throttles": 2.5,
    }
    assert all(alarm["alarmActions"] == ["arn:aws:sns:topic"] for alarm in alarms.values())
    status = recorded.outputs["status"]
    assert (status["min_replicas"], status["max_replicas"]) == (1, 20)
    assert status["slo"] == "p95 ≤ 250 ms, errors ≤ 2.5 %"
    assert status["model_uri"] == "file:iris/1.0.0/model.onnx"


def test_defaults_are_private_and_bounded() -> None:
    recorded = record(LambdaEndpoint, "iris", MINIMAL)
    function = recorded.inputs["iris-function"]
    assert function["packageType"] == "Image"
    assert not function.keys() & {"runtime", "handler", "environment", "kmsKeyArn"}
    assert function["architectures"] == ["arm64"]
    assert function["reservedConcurrentExecutions"] == 10
    assert function["tracingConfig"] == {"mode": "Active"}
    assert recorded.inputs["iris-route"]["authorizationType"] == "AWS_IAM"
    assert "corsConfiguration" not in recorded.inputs["iris-api"]
    assert "iris-warm" not in recorded.inputs
    assert recorded.inputs["iris-permission"]["sourceArn"].endswith(":api/*/POST/predict")
    assert recorded.inputs["iris-permission"]["qualifier"] == "live"
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["Statement"][0]["Action"] == ["execute-api:Invoke"]


def test_the_role_writes_its_log_and_nothing_else() -> None:
    for tracing, actions in (
        (False, {"logs:CreateLogStream", "logs:PutLogEvents"}),
        (
            True,
            {
                "logs:CreateLogStream",
                "logs:PutLogEvents",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            },
        ),
    ):
        recorded = record(LambdaEndpoint, "iris", MINIMAL | {"tracing": tracing})
        policy = json.loads(recorded.inputs["iris-role-policy"]["policy"])
        assert {a for s in policy["Statement"] for a in s["Action"]} == actions
        (logs,) = (s for s in policy["Statement"] if s["Sid"] == "WriteLogs")
        group = "arn:aws:mock:eu-west-1:123456789012:iris-logs"
        assert logs["Resource"] == [group, f"{group}:*"]


def test_the_defaults_are_those_of_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The handler is in the zip, and the wheels are for the runtime's Python and processor."""
    model = identity(tmp_path, x=(TensorProto.FLOAT, [None, 4]))

    def only_ours(path: Path, *_: object, **__: object) -> None:
        zipfile.ZipFile(path, "w").close()

    monkeypatch.setattr(packages, "wheels", only_ours)
    package = tmp_path / "a" / "1" / "lambda.zip"
    package.parent.mkdir(parents=True)
    packages.package(model, package, architecture="arm64")

    args = {key: value for key, value in MINIMAL.items() if key != "image"}
    recorded = record(LambdaEndpoint, "iris", args | {"code_path": str(package)})
    function = recorded.inputs["iris-function"]
    module, _, name = function["handler"].rpartition(".")
    with zipfile.ZipFile(package) as archive:
        source = archive.read(f"{module.replace('.', '/')}.py")
    assert name in {n.name for n in ast.parse(source).body if isinstance(n, ast.FunctionDef)}
    assert function["runtime"] == f"python{packages.PYTHON}"
    (architecture,) = function["architectures"]
    assert architecture in TARGETS["lambda"].architectures


def test_access_logs_are_where_their_delivery_is_allowed_for_all() -> None:
    """Elsewhere each group is added to one resource policy of 5,120 characters."""
    recorded = record(LambdaEndpoint, "iris", MINIMAL)
    assert recorded.inputs["iris-access-logs"]["name"] == "/aws/vendedlogs/apigateway/iris-dev"


def test_a_minute_without_a_single_invocation_is_throttled_all_the_same() -> None:
    """Metric math has no result where an operand has no data."""
    alarm = record(LambdaEndpoint, "iris", MINIMAL).inputs["iris-function-throttles"]
    expression = alarm["metricQueries"][0]["expression"]
    assert expression.count("FILL(invocations, 0)") == expression.count("invocations") == 2


def _alias(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["iris-alias"]


def test_a_candidate_gets_its_share_of_the_alias() -> None:
    recorded = record(LambdaEndpoint, "iris", MINIMAL | CANDIDATE)
    assert _alias(recorded)["routingConfig"] == {"additionalVersionWeights": {"3": 0.1}}
    assert _alias(recorded)["description"] == "1.0.0"
    tags = recorded.inputs["iris-function"]["tags"]
    assert tags["model-serving:model-version"] == "1.1.0"
    assert "model-serving:model-version" not in recorded.inputs["iris-role"]["tags"]


def test_a_candidate_at_0_percent_gets_nothing() -> None:
    recorded = record(LambdaEndpoint, "iris", MINIMAL | CANDIDATE | {"canary_percent": 0})
    assert "routingConfig" not in _alias(recorded)


@pytest.mark.parametrize(
    ("shift", "more", "config", "seconds"),
    [
        ("canary", {}, "LambdaCanary10Percent5Minutes", 1200),
        ("canary", {"shift_wait_seconds": 1800}, "LambdaCanary10Percent30Minutes", 2700),
        ("linear", {}, "LambdaLinear10PercentEvery1Minute", 1500),
        ("linear", {"shift_wait_seconds": 180}, "LambdaLinear10PercentEvery3Minutes", 2700),
    ],
)
def test_codedeploys_own_configurations(
    shift: str, more: dict[str, Any], config: str, seconds: int
) -> None:
    recorded = record(LambdaEndpoint, "iris", MINIMAL | {"shift": shift} | more)
    assert "iris-shift-config" not in recorded.inputs
    group = recorded.inputs["iris-deployment-group"]
    assert group["deploymentConfigName"] == f"CodeDeployDefault.{config}"
    assert len(group["alarmConfiguration"]["alarms"]) == 4
    deployment = recorded.inputs["iris-deployment"]
    assert deployment["targetVersion"] == "3"
    assert deployment["timeoutSeconds"] == seconds
    policy = json.loads(recorded.inputs["iris-codedeploy-role-policy"]["policy"])
    assert "*" not in {action for s in policy["Statement"] for action in s["Action"]}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"canary_percent": 130}, "canary_percent: got 130; use a whole number from 0 to 100"),
        ({"canary_percent": 5}, "canary_percent: got 5; use 0, or give candidate_version"),
        ({"candidate_version": "2"}, "candidate_uri: got None"),
        (CANDIDATE | {"candidate_version": "1.0.0"}, "a version other than the model's"),
        ({"code_path": "x.zip"}, "use either code_path, s3_bucket or image"),
        ({"image": None}, "use either code_path, s3_bucket or image"),
        ({"timeout_seconds": 30}, "timeout_seconds: got 30; use a whole number from 1 to 29"),
        ({"memory_mib": 64}, "memory_mib: got 64; use a whole number from 128 to 10240"),
        ({"ephemeral_storage_mib": 0}, "ephemeral_storage_mib: got 0"),
        ({"architecture": "arm"}, "architecture: got 'arm'; use one of arm64, x86_64"),
        ({"jwt_issuer": "https://x"}, "jwt_audience: got None; use both"),
        ({"jwt_audience": "x"}, "jwt_issuer: got None; use both"),
        ({"provisioned_concurrency": 11}, "use at most reserved_concurrency (10)"),
        (
            CANDIDATE | {"provisioned_concurrency": 1},
            "provisioned_concurrency: got 1; use 0, by an",
        ),
        (
            {"log_retention_days": 31},
            "log_retention_days: got 31; use 30; CloudWatch Logs knows some lengths",
        ),
        ({"shift": "blue"}, "shift: got 'blue'"),
        ({"shift": "canary", "shift_wait_seconds": 90}, "shift: got 'canary: 10 % each 90 s'"),
        ({"shift": "canary", "shift_size_percent": 100}, "shift_size_percent: got 100"),
        (CANDIDATE | {"shift": "linear"}, "all_at_once beside a candidate"),
        ({"tracing": "yes"}, "tracing: got 'yes'; use true or false"),
        ({"min_replicas": 5, "max_replicas": 2}, "max_replicas: got 2; use at least min_replicas"),
        ({"latency_p95_ms": 0}, "latency_p95_ms: got 0"),
        ({"error_rate_percent": 101}, "error_rate_percent: got 101"),
        ({"data_classification": "secret"}, "data_classification: got 'secret'"),
        ({"owner": " "}, "owner: got ' '"),
        ({"throttle_burst": 0}, "throttle_burst: got 0"),
        ({"throttle_rate_per_second": 0.1}, "throttle_rate_per_second: got 0.1"),
        ({"memory_mb": 1}, "memory_mb: no such argument; did you mean memory_mib?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(LambdaEndpoint, "iris", MINIMAL | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize("name", ["Iris", "1iris", "i" * 41, "iris_x", "-iris"])
def test_bad_names(name: str) -> None:
    with pytest.raises(pulumi.RunError, match="name: got"):
        record(LambdaEndpoint, name, MINIMAL)
