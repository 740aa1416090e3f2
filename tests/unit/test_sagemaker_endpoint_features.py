"""What a SageMaker endpoint can be asked for beyond the least: each by what it emits."""

import json
from typing import Any

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from facts.sagemaker import HOSTING, MULTI_MODEL_GPU, cores, family, gpus, has_local_disks
from tests.unit.component_mocks import Recorded, record
from tests.unit.test_sagemaker_endpoint import CANDIDATE, IMAGE, MINIMAL

OTHER_IMAGE = IMAGE.replace("server", "other")
CAPTURE: dict[str, Any] = {"capture_percent": 25, "capture_uri": "s3://captured/fraud"}
FURTHER: list[dict[str, Any]] = [
    {"hostname": "features", "image": OTHER_IMAGE, "first": True, "env": {"LEVEL": "info"}},
    {
        "hostname": "calibration",
        "image": OTHER_IMAGE,
        "uri": "s3://models/calibration/1/model.tar.gz",
        "candidate_image": IMAGE,
        "candidate_uri": "s3://models/calibration/2/model.tar.gz",
    },
]
# One type of each family, and those that are told from their family.
KINDS = sorted({*{family(kind): kind for kind in HOSTING}.values(), *MULTI_MODEL_GPU[:4]})


def made(**further: object) -> Recorded:
    """The endpoint with these arguments beside the least; None takes one away."""
    args = {key: value for key, value in (MINIMAL | further).items() if value is not None}
    return record(SageMakerEndpoint, "fraud", args)


def refused(problem: str, **further: object) -> None:
    """These arguments beside the least are refused."""
    with pytest.raises(pulumi.RunError) as caught:
        made(**further)
    assert problem in str(caught.value)


def statements(recorded: Recorded) -> dict[str, dict[str, Any]]:
    """The role's statements by their names."""
    policy = json.loads(recorded.inputs["fraud-role-policy"]["policy"])
    return {each["Sid"]: each for each in policy["Statement"]}


# ---- what is served ----


@pytest.mark.parametrize(
    ("uri", "kind"),
    [("s3://models/fraud/1.4.0/", "S3Prefix"), ("s3://models/fraud/1.4.0/m.onnx", "S3Object")],
)
def test_an_artifact_that_is_no_archive(uri: str, kind: str) -> None:
    recorded = made(model_uri=uri)
    container = recorded.inputs["fraud-stable-model"]["primaryContainer"]
    assert "modelDataUrl" not in container
    assert container["modelDataSource"] == {
        "s3DataSources": [{"s3Uri": uri, "s3DataType": kind, "compressionType": "None"}]
    }
    below = uri.endswith("/")
    assert ("ListArtifacts" in statements(recorded)) == below
    objects = statements(recorded)["ReadArtifacts"]["Resource"]
    assert objects == [f"arn:aws:s3:::{uri.removeprefix('s3://')}{'*' if below else ''}"]


def test_a_candidate_with_an_image_of_its_own() -> None:
    recorded = made(framework=None, image=IMAGE, candidate_image=OTHER_IMAGE, **CANDIDATE)
    models = ["fraud-stable-model", "fraud-candidate-model"]
    images = [recorded.inputs[name]["primaryContainer"]["image"] for name in models]
    assert images == [IMAGE, OTHER_IMAGE]
    repositories = statements(recorded)["PullImages"]["Resource"]
    assert [arn.rpartition("/")[2] for arn in repositories] == ["other", "server"]
    refused("candidate_image: got", candidate_image=OTHER_IMAGE)
    refused("an image in Amazon ECR", candidate_image="docker.io/x", **CANDIDATE)


def test_an_image_is_of_the_endpoints_region() -> None:
    refused(
        "SageMaker pulls from no other region",
        framework=None,
        image=IMAGE.replace("eu-west-1", "us-east-1"),
    )


PACKAGE = "arn:aws:sagemaker:eu-west-1:123456789012:model-package/fraud/7"


def test_a_version_from_the_registry() -> None:
    """It brings its image and its artifact; the role reaches these, and the registry not."""
    recorded = made(model_uri=PACKAGE, framework=None, env={"WORKERS": "2"})
    model = recorded.inputs["fraud-stable-model"]
    assert model["primaryContainer"] == {
        "modelPackageName": PACKAGE,
        "environment": {"WORKERS": "2"},
    }
    found = statements(recorded)
    assert found["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::registered/fraud/7/model.tar.gz"]
    assert found["PullImages"]["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/registered"
    ]
    assert recorded.outputs["status"]["model_uri"] == PACKAGE


def test_from_one_place_to_the_other() -> None:
    """A version of each beside the other."""
    recorded = made(model_uri=PACKAGE, framework=None, candidate_image=IMAGE, **CANDIDATE)
    assert recorded.inputs["fraud-candidate-model"]["primaryContainer"]["image"] == IMAGE
    found = statements(recorded)
    assert len(found["PullImages"]["Resource"]) == 2
    assert len(found["ReadArtifacts"]["Resource"]) == 2
    recorded = made(**(CANDIDATE | {"candidate_uri": PACKAGE}))
    container = recorded.inputs["fraud-candidate-model"]["primaryContainer"]
    assert container == {"modelPackageName": PACKAGE}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_uri": PACKAGE, "framework": "xgboost"}, "framework: got 'xgboost'; use none"),
        ({"model_uri": PACKAGE, "framework": None, "image": IMAGE}, "image: got"),
        ({"model_uri": PACKAGE.rpartition("/")[0]}, "or the ARN of a version in the model reg"),
        (CANDIDATE | {"model_uri": PACKAGE, "framework": None}, "framework: got None; use xgb"),
        (
            CANDIDATE | {"candidate_uri": PACKAGE, "candidate_image": IMAGE},
            "candidate_image: got",
        ),
        (
            {"model_uri": PACKAGE, "framework": None, "instance_type": "ml.c5.large"},
            "instance_type: got 'ml.c5.large'; use one of those that arn:aws:sagemaker",
        ),
    ],
)
def test_wrong_versions_from_the_registry(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_environment_variables() -> None:
    recorded = made(env={"WORKERS": "2"}, **CANDIDATE)
    for name in ("fraud-stable-model", "fraud-candidate-model"):
        assert recorded.inputs[name]["primaryContainer"]["environment"] == {"WORKERS": "2"}


def test_many_models() -> None:
    recorded = made(many_models=True, model_uri="s3://models/all/", model_cache=False)
    assert recorded.inputs["fraud-stable-model"]["primaryContainer"] == {
        "image": recorded.inputs["fraud-stable-model"]["primaryContainer"]["image"],
        "mode": "MultiModel",
        "modelDataUrl": "s3://models/all/",
        "multiModelConfig": {"modelCacheSetting": "Disabled"},
    }
    # Models come and go below the prefix: it is listed, and nothing else of the bucket.
    assert statements(recorded)["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::models/all/*"]
    condition = statements(recorded)["ListArtifacts"]["Condition"]
    assert condition == {"StringLike": {"s3:prefix": "all/*"}}
    refused("with many_models the prefix", many_models=True)
    refused("model_cache: got True; use it with many_models", model_cache=True)


@pytest.mark.parametrize("kind", KINDS)
def test_where_many_models_can_be(kind: str) -> None:
    """On every type with CPUs alone, and on some with GPUs."""
    asked: dict[str, Any] = {"many_models": True, "model_uri": "s3://m/a/", "instance_type": kind}
    compiled = family(kind).startswith(("inf", "trn"))
    if compiled or (gpus(kind) and kind not in MULTI_MODEL_GPU):
        refused(f"instance_type: got '{kind}'", **asked)
    else:
        made(**asked)


def test_several_containers_answer_in_turn() -> None:
    recorded = made(containers=FURTHER, **CANDIDATE)
    stable, candidate = (
        recorded.inputs[f"fraud-{variant}-model"] for variant in ("stable", "candidate")
    )
    assert "primaryContainer" not in stable
    assert stable["inferenceExecutionConfig"] == {"mode": "Serial"}
    first, own, last = stable["containers"]
    assert first == {
        "containerHostname": "features",
        "image": OTHER_IMAGE,
        "environment": {"LEVEL": "info"},
    }
    assert (own["containerHostname"], own["modelDataUrl"]) == ("model", MINIMAL["model_uri"])
    assert (last["image"], last["modelDataUrl"]) == (OTHER_IMAGE, FURTHER[1]["uri"])
    last = candidate["containers"][2]
    assert (last["image"], last["modelDataUrl"]) == (IMAGE, FURTHER[1]["candidate_uri"])
    found = statements(recorded)
    assert len(found["ReadArtifacts"]["Resource"]) == 4
    assert {arn.rpartition("/")[2] for arn in found["PullImages"]["Resource"]} == {
        "sagemaker-xgboost",
        "other",
        "server",
    }


def test_a_request_names_the_container() -> None:
    recorded = made(containers=FURTHER[1:], container_call="direct")
    model = recorded.inputs["fraud-stable-model"]
    assert model["inferenceExecutionConfig"] == {"mode": "Direct"}
    assert [each["containerHostname"] for each in model["containers"]] == ["model", "calibration"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"container_call": "direct"}, "container_call: got 'direct'; use it with containers"),
        ({"containers": FURTHER, "container_call": "direct"}, "containers[0].first: got True"),
        ({"containers": FURTHER, "container_call": "x"}, "use one of direct, serial"),
        ({"containers": [{"hostname": "model", "image": IMAGE}]}, "each hostname once"),
        ({"containers": [{"hostname": "a_b", "image": IMAGE}]}, "containers[0].hostname: got"),
        ({"containers": [{"hostname": "a", "image": "x"}]}, "containers[0].image: got 'x'"),
        ({"containers": [{"hostname": "a"}]}, "containers[0].image: got None"),
        ({"containers": [{**FURTHER[1], "uri": "x"}]}, "containers[0].uri: got 'x'"),
        ({"containers": [{**FURTHER[1], "cpu": 1}]}, "containers[0].cpu: no such argument"),
        ({"containers": "features"}, "containers: got 'features'; use a list of dictionaries"),
        (
            {"containers": [{"hostname": f"c{n}", "image": IMAGE} for n in range(15)]},
            "containers: got '15'; use at most 14 beside the model's own",
        ),
        (
            {
                "many_models": True,
                "model_uri": "s3://m/a/",
                "containers": FURTHER[1:],
                "container_call": "direct",
            },
            "many_models: got True; use container_call serial",
        ),
        (
            {
                "many_models": True,
                "model_uri": "s3://m/a/",
                "containers": [{**FURTHER[1], "uri": "s3://models/x/"}],
            },
            "containers[0].uri: got 's3://models/x/'; use a .tar.gz beside many models",
        ),
        ({"env": {"A": "x" * 1025}}, "use at most 1024 bytes in a name or a value"),
        ({"env": {f"A{n}": "" for n in range(101)}}, "use at most 100 variables in a container"),
        (
            {"env": {f"A{n}": "x" * 1000 for n in range(33)}},
            "env: got '33 variables'; use at most 32768 bytes in all",
        ),
        ({"env": ["A=1"]}, "env: got ['A=1']; use a map from text to text"),
    ],
)
def test_wrong_containers(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_the_most_containers() -> None:
    containers = [{"hostname": f"c{number}", "image": IMAGE} for number in range(14)]
    assert len(made(containers=containers).inputs["fraud-stable-model"]["containers"]) == 15


# ---- the candidate ----


def test_a_shadow_gets_copies() -> None:
    recorded = made(strategy="shadow", max_replicas=3, **CANDIDATE)
    configuration = recorded.inputs["fraud-configuration"]
    (stable,) = configuration["productionVariants"]
    (shadow,) = configuration["shadowProductionVariants"]
    assert (stable["variantName"], stable["initialVariantWeight"]) == ("stable", 1.0)
    # Of ten requests one is copied: its weight is a share of the production variant's.
    assert (shadow["variantName"], shadow["initialVariantWeight"]) == ("candidate", 0.1)
    assert shadow["initialInstanceCount"] == 3
    live = recorded.inputs["fraud-live"]
    assert live["weights"] == {"stable": 100}
    # Nobody gets its answers: its alarms take no update back, and tell all the same.
    assert live["alarmNames"] == ["fraud-stable-latency", "fraud-stable-errors"]
    assert "fraud-candidate-latency" in recorded.inputs


def test_callers_choose() -> None:
    recorded = made(strategy="ab", **(CANDIDATE | {"canary_percent": 50}))
    assert recorded.inputs["fraud-live"]["weights"] == {"stable": 50, "candidate": 50}
    assert "shadowProductionVariants" not in recorded.inputs["fraud-configuration"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"strategy": "shadow"}, "strategy: got 'shadow'; use it beside a candidate"),
        ({"strategy": "ab"}, "strategy: got 'ab'; use it beside a candidate"),
        ({"strategy": "mirror"}, "strategy: got 'mirror'; use one of ab, canary, shadow"),
        (
            CANDIDATE
            | {"strategy": "shadow", "many_models": True}
            | {"model_uri": "s3://m/a/", "candidate_uri": "s3://m/b/"},
            "use canary or ab with this many_models (https://docs.aws.amazon.com",
        ),
        (CANDIDATE | {"strategy": "shadow", "containers": FURTHER}, "with this containers"),
        (
            CANDIDATE | {"strategy": "shadow", "instance_type": "ml.inf1.xlarge"},
            "with this instance_type",
        ),
        (
            {"shift": "canary", "instance_type": "ml.inf1.xlarge"},
            "shift: got 'canary'; use all_at_once: on Inf1",
        ),
    ],
)
def test_wrong_strategies(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


def test_inf1_all_at_once() -> None:
    made(instance_type="ml.inf1.xlarge")


# ---- machines ----


def test_disk_and_times() -> None:
    recorded = made(
        disk_gib=128, download_timeout_seconds=600, startup_timeout_seconds=900, **CANDIDATE
    )
    for variant in recorded.inputs["fraud-configuration"]["productionVariants"]:
        assert variant["volumeSizeInGb"] == 128
        assert variant["modelDataDownloadTimeoutInSeconds"] == 600
        assert variant["containerStartupHealthCheckTimeoutInSeconds"] == 900


@pytest.mark.parametrize(
    ("key", "low", "high"),
    [
        ("disk_gib", 1, 512),
        ("download_timeout_seconds", 60, 3600),
        ("startup_timeout_seconds", 60, 3600),
    ],
)
def test_ends_of_what_a_variant_takes(key: str, low: int, high: int) -> None:
    for value in (low, high):
        made(**{key: value})
    for value in (low - 1, high + 1):
        refused(f"{key}: got {value}; use a whole number from {low} to {high}", **{key: value})


@pytest.mark.parametrize("kind", KINDS)
def test_types_with_disks_of_their_own(kind: str) -> None:
    """They refuse a volume key and a size; the others get a key."""
    recorded = made(instance_type=kind)
    local = has_local_disks(kind)
    assert ("fraud-key" in recorded.inputs) != local
    assert ("kmsKeyArn" in recorded.inputs["fraud-configuration"]) != local
    assert ("Decrypt" in statements(recorded)) != local
    if local:
        refused(f"use none: {kind} has disks of its own", instance_type=kind, disk_gib=100)
    else:
        made(instance_type=kind, disk_gib=100)


NETWORK: dict[str, Any] = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}


@pytest.mark.parametrize(
    ("change", "isolated"),
    [
        ({}, True),
        (NETWORK, False),
        (NETWORK | {"isolated": True}, True),
        ({"isolated": True}, True),
    ],
)
def test_containers_without_a_network(change: dict[str, Any], *, isolated: bool) -> None:
    """Isolated ones may have subnets, through which SageMaker alone fetches."""
    model = made(**change).inputs["fraud-stable-model"]
    assert model["enableNetworkIsolation"] == isolated
    assert ("vpcConfig" in model) == ("subnet_ids" in change)


def test_no_container_reaches_the_whole_internet() -> None:
    refused("isolated: got False; use true, or subnet_ids", isolated=False)


# ---- scaling ----


def _policy(recorded: Recorded) -> dict[str, Any]:
    policy = recorded.inputs["fraud-stable-scaling-policy"]
    return policy["targetTrackingScalingPolicyConfiguration"]


def test_scaling_by_requests_at_once() -> None:
    assert _policy(made(max_replicas=4, scaling_metric="concurrency", scaling_target=2.5)) == {
        "targetValue": 2.5,
        "predefinedMetricSpecification": {
            "predefinedMetricType": "SageMakerVariantConcurrentRequestsPerModelHighResolution"
        },
        "scaleInCooldown": 300,
        "scaleOutCooldown": 60,
    }


@pytest.mark.parametrize(
    ("metric", "kind", "name", "factor"),
    [
        ("cpu", "ml.m5.large", "CPUUtilization", 2),
        ("cpu", "ml.c5.18xlarge", "CPUUtilization", 72),
        ("cpu", "ml.c4.8xlarge", "CPUUtilization", 36),
        ("gpu", "ml.g5.12xlarge", "GPUUtilization", 4),
        ("gpu", "ml.g5.xlarge", "GPUUtilization", 1),
    ],
)
def test_use_is_summed_over_cores_and_gpus(metric: str, kind: str, name: str, factor: int) -> None:
    """Of four CPUs CloudWatch says 0 to 400 %: monitoring-cloudwatch.html."""
    found = _policy(
        made(max_replicas=4, scaling_metric=metric, scaling_target=50, instance_type=kind)
    )
    assert found["targetValue"] == 50 * factor
    assert found["customizedMetricSpecification"] == {
        "namespace": "/aws/sagemaker/Endpoints",
        "metricName": name,
        "statistic": "Average",
        "unit": "Percent",
        "dimensions": [
            {"name": "EndpointName", "value": "fraud-dev"},
            {"name": "VariantName", "value": "stable"},
        ],
    }


@settings(deadline=None, max_examples=20)
@given(kind=st.sampled_from(HOSTING), percent=st.integers(1, 100))
def test_a_target_of_cpu_is_within_what_the_metric_can_be(kind: str, percent: int) -> None:
    found = _policy(
        made(max_replicas=4, scaling_metric="cpu", scaling_target=percent, instance_type=kind)
    )
    assert 0 < found["targetValue"] <= 100 * cores(kind)


def test_a_metric_of_ones_own_and_cool_downs() -> None:
    found = _policy(
        made(
            max_replicas=4,
            scaling_metric="Models/Queue/QueueLength",
            scaling_target=12,
            scale_out_cooldown_seconds=0,
            scale_in_cooldown_seconds=900,
        )
    )
    specification = found["customizedMetricSpecification"]
    assert (specification["namespace"], specification["metricName"]) == (
        "Models/Queue",
        "QueueLength",
    )
    assert "unit" not in specification
    assert (found["scaleOutCooldown"], found["scaleInCooldown"]) == (0, 900)


def test_schedules_move_the_bounds_and_no_update_sets_them_back() -> None:
    schedules = [
        {"schedule": "0 8 * * 1-5", "time_zone": "Europe/Berlin", "min_replicas": 4},
        {"schedule": "0 20 * * *", "min_replicas": 1, "max_replicas": 2},
    ]
    recorded = made(min_replicas=1, max_replicas=6, scaling_schedules=schedules)
    actions = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    found = {each["schedule"]: each for each in actions.values()}
    morning, evening = found["cron(0 8 ? * MON-FRI *)"], found["cron(0 20 * * ? *)"]
    assert morning["timezone"] == "Europe/Berlin"
    assert morning["scalableTargetAction"] == {"minCapacity": 4}
    assert evening["timezone"] == "Etc/UTC"
    assert evening["scalableTargetAction"] == {"minCapacity": 1, "maxCapacity": 2}
    # By what they are: another order is the same.
    again = made(min_replicas=1, max_replicas=6, scaling_schedules=schedules[::-1])
    assert again.of("aws:appautoscaling/scheduledAction:ScheduledAction") == actions


def test_schedules_alone_scale_too() -> None:
    schedules = [{"schedule": "0 8 * * *", "min_replicas": 2, "max_replicas": 2}]
    assert "fraud-stable-scaling-target" in made(scaling_schedules=schedules).inputs


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"scaling_metric": "memory"}, "use requests, concurrency, cpu, gpu, or namespace and"),
        ({"scaling_metric": "gpu"}, "use another one: ml.m5.large has no NVIDIA GPU"),
        ({"scaling_metric": "cpu", "scaling_target": 101}, "use a number from 0.001 to 100"),
        ({"scaling_metric": "A/B"}, "scaling_target: got None; use the value of the metric"),
        ({"scaling_target": 0}, "scaling_target: got 0; use a number from 0.001 to 1e+06"),
        ({"scale_in_cooldown_seconds": -1}, "scale_in_cooldown_seconds: got -1"),
        ({"scale_out_cooldown_seconds": 86_401}, "scale_out_cooldown_seconds: got 86401"),
        (
            {"invocations_per_instance": 5, "scaling_target": 5},
            "scaling_target: got 5; use it without invocations_per_instance",
        ),
        ({"scaling_schedules": [{"schedule": "0 8 * * *"}]}, "scaling_schedules[0].min_replicas"),
        (
            {"scaling_schedules": [{"schedule": "8am", "min_replicas": 1}]},
            "scaling_schedules[0].schedule: got '8am'; use five fields",
        ),
        (
            {"scaling_schedules": [{"schedule": "0 8 1 * 1", "min_replicas": 1}]},
            "days of the month or days of the week, not both",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 0}]},
            "scaling_schedules[0].min_replicas: got 0",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 5}]},
            "scaling_schedules[0].min_replicas: got 5; use at most 4, or max_replicas with it",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 3, "max_replicas": 2}]},
            "scaling_schedules[0].max_replicas: got 2; use at least min_replicas (3)",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": 1, "time_zone": "CEST"}]},
            "scaling_schedules[0].time_zone: got 'CEST'",
        ),
        (
            {"scaling_schedules": [{"schedule": "@daily", "min_replicas": n} for n in (1, 2)]},
            "scaling_schedules[1].schedule: got '@daily'; use each time once",
        ),
    ],
)
def test_wrong_scaling(change: dict[str, Any], problem: str) -> None:
    refused(problem, max_replicas=4, **change)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("scaling_metric", "cpu"),
        ("scaling_target", 5),
        ("scale_in_cooldown_seconds", 60),
        ("scale_out_cooldown_seconds", 60),
    ],
)
def test_what_is_not_scaled_follows_nothing(key: str, value: object) -> None:
    refused(f"{key}: got", **{key: value})
    made(max_replicas=2, **{key: value})


# ---- captured requests ----


def test_capture() -> None:
    recorded = made(capture_key_arn="arn:aws:kms:captured", **CAPTURE)
    assert recorded.inputs["fraud-configuration"]["dataCaptureConfig"] == {
        "enableCapture": True,
        "initialSamplingPercentage": 25,
        "destinationS3Uri": "s3://captured/fraud",
        "captureOptions": [{"captureMode": "Input"}, {"captureMode": "Output"}],
        "kmsKeyId": "arn:aws:kms:captured",
    }
    found = statements(recorded)
    assert found["WriteOutputs"]["Resource"] == [
        "arn:aws:s3:::captured/fraud",
        "arn:aws:s3:::captured/fraud/*",
    ]
    assert found["WriteOutputs"]["Action"] == [
        "s3:AbortMultipartUpload",
        "s3:ListMultipartUploadParts",
        "s3:PutObject",
    ]
    assert found["UseKey"]["Resource"] == ["arn:aws:kms:captured"]


@pytest.mark.parametrize(("payload", "mode"), [("request", "Input"), ("response", "Output")])
def test_capture_of_one_side(payload: str, mode: str) -> None:
    configuration = made(capture_payload=[payload], **CAPTURE).inputs["fraud-configuration"]
    assert configuration["dataCaptureConfig"]["captureOptions"] == [{"captureMode": mode}]
    assert "kmsKeyId" not in configuration["dataCaptureConfig"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"capture_percent": 10}, "capture_uri: got None; use an S3 prefix"),
        (CAPTURE | {"capture_uri": "s3://"}, "capture_uri: got 's3://'"),
        (CAPTURE | {"capture_uri": f"s3://bucket/{'x' * 441}"}, "use an S3 prefix"),
        (CAPTURE | {"capture_percent": 101}, "capture_percent: got 101"),
        (CAPTURE | {"capture_percent": 0}, "capture_uri: got 's3://captured/fraud'; use it with"),
        (CAPTURE | {"capture_payload": ["headers"]}, "got 'headers'; use request or response"),
        (CAPTURE | {"capture_payload": list[str]()}, "capture_payload: got []"),
        ({"capture_payload": ["request"]}, "capture_payload: got ['request']; use it with"),
        ({"capture_key_arn": "arn"}, "capture_key_arn: got 'arn'; use it with capture_percent"),
    ],
)
def test_wrong_capture(change: dict[str, Any], problem: str) -> None:
    refused(problem, **change)


# ---- the role ----

_BASE = {
    "cloudwatch:DescribeAlarms",
    "cloudwatch:PutMetricData",
    "ecr:BatchCheckLayerAvailability",
    "ecr:BatchGetImage",
    "ecr:GetAuthorizationToken",
    "ecr:GetDownloadUrlForLayer",
    "kms:Decrypt",
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:PutLogEvents",
    "s3:GetObject",
}
NOTHING: set[str] = set()
_WRITE = {"s3:AbortMultipartUpload", "s3:ListMultipartUploadParts", "s3:PutObject"}
_NETWORK = {
    "ec2:CreateNetworkInterface",
    "ec2:CreateNetworkInterfacePermission",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteNetworkInterfacePermission",
    "ec2:DescribeDhcpOptions",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcs",
}


@pytest.mark.parametrize(
    ("change", "more"),
    [
        (dict[str, Any](), NOTHING),
        ({"model_uri": "s3://models/fraud/1.4.0/"}, {"s3:ListBucket"}),
        ({"many_models": True, "model_uri": "s3://models/all/"}, {"s3:ListBucket"}),
        (CAPTURE, _WRITE),
        (CAPTURE | {"capture_key_arn": "arn:k"}, _WRITE | {"kms:GenerateDataKey"}),
        ({"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}, _NETWORK),
        ({"max_replicas": 3}, NOTHING),
        (CANDIDATE | {"strategy": "shadow"}, NOTHING),
        ({"containers": FURTHER}, NOTHING),
        ({"alarm_topic_arn": "arn:aws:sns:topic"}, NOTHING),
    ],
)
def test_the_role_may_do_what_is_asked_for_and_no_more(
    change: dict[str, Any], more: set[str]
) -> None:
    found = statements(made(**change))
    assert {action for each in found.values() for action in each["Action"]} == _BASE | more


def test_only_what_iam_cannot_narrow_is_of_everything() -> None:
    """Each of these actions knows no resource: the service authorization reference says so."""
    recorded = made(
        subnet_ids=["subnet-1"], security_group_ids=["sg-1"], capture_key_arn="arn:k", **CAPTURE
    )
    wide = {sid: each for sid, each in statements(recorded).items() if each["Resource"] == ["*"]}
    assert set(wide) == {"LogInToRegistry", "PutMetrics", "LookAtNetwork"}
    # What can be narrowed in another way is.
    assert "Condition" in wide["PutMetrics"]
    for each in statements(recorded).values():
        assert not any("*" in action for action in each["Action"])


def test_both_trust_only_their_own_account() -> None:
    trust = json.loads(made().inputs["fraud-role"]["assumeRolePolicy"])["Statement"]
    assert [each["Condition"] for each in trust] == [
        {"StringEquals": {"aws:SourceAccount": "123456789012"}}
    ]
