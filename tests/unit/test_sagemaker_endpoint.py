import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "model_version": "1.4.0",
    "model_uri": "s3://models/fraud/1.4.0/model.tar.gz",
    "framework": "xgboost",
    "instance_type": "ml.m5.large",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": "s3://models/fraud/1.5.0/model.tar.gz",
    "canary_percent": 10,
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Scores payments.",
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "invocations_per_instance": 900,
    "shift": "linear",
    "shift_size_percent": 25,
    "shift_wait_seconds": 120,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "alarm_topic_arn": "arn:aws:sns:topic",
    "live_timeout_seconds": 1234,
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:logs",
}


def test_every_argument() -> None:
    recorded = record(SageMakerEndpoint, "fraud", FULL)
    model = recorded.inputs["fraud-stable-model"]
    assert model["primaryContainer"] == {"image": IMAGE, "modelDataUrl": FULL["model_uri"]}
    assert model["vpcConfig"] == {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    assert model["enableNetworkIsolation"] is False
    assert model["tags"]["model-serving:model-version"] == "1.4.0"
    assert model["tags"]["model-serving:cost-centre"] == "ml"
    (variant,) = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert variant == {
        "variantName": "stable",
        "modelName": "fraud-stable-model",
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 2,
        "initialVariantWeight": 1.0,
    }
    endpoint = recorded.inputs["fraud-endpoint"]
    assert endpoint["name"] == "fraud-dev"
    # The live endpoint moves it.
    assert "deploymentConfig" not in endpoint
    target = recorded.inputs["fraud-stable-scaling-target"]
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 6)
    assert target["resourceId"] == "endpoint/fraud-dev/variant/stable"
    policy = recorded.inputs["fraud-stable-scaling-policy"]
    tracking = policy["targetTrackingScalingPolicyConfiguration"]
    assert tracking["targetValue"] == 900
    assert recorded.inputs["fraud-live"] == {
        "endpointName": "fraud-dev",
        "endpointConfigName": "fraud-configuration",
        "weights": {"stable": 100},
        "shift": "linear",
        "shiftSizePercent": 25,
        "shiftWaitSeconds": 120,
        "alarmNames": ["fraud-stable-latency", "fraud-stable-errors"],
        "scaledVariants": ["stable"],
        "timeoutSeconds": 1234,
    }
    latency = recorded.inputs["fraud-stable-latency"]
    assert latency["threshold"] == 80_000  # µs
    assert latency["alarmActions"] == ["arn:aws:sns:topic"]
    assert recorded.inputs["fraud-stable-errors"]["threshold"] == 0.5
    status = recorded.outputs["status"]
    assert (status["min_replicas"], status["max_replicas"]) == (2, 6)
    assert recorded.outputs["latency_metric"]["unit"] == "us"


def test_defaults_are_encrypted_and_isolated() -> None:
    recorded = record(SageMakerEndpoint, "fraud", MINIMAL)
    assert recorded.inputs["fraud-key"]["enableKeyRotation"] is True
    configuration = recorded.inputs["fraud-configuration"]
    assert configuration["kmsKeyArn"].endswith(":fraud-key")
    assert "dataCaptureConfig" not in configuration
    # Named by Pulumi, so that a new one can be made before the old one goes.
    assert "name" not in configuration
    assert recorded.inputs["fraud-stable-model"]["enableNetworkIsolation"] is True
    assert "fraud-stable-scaling-target" not in recorded.inputs
    assert recorded.outputs["url"] == (
        "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/fraud-dev/invocations"
    )
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["Statement"][0]["Action"] == ["sagemaker:InvokeEndpoint"]


def test_its_logs_do_not_stay_for_ever() -> None:
    """SageMaker makes the group itself where it is missing, without an end and without a key."""
    logs = record(SageMakerEndpoint, "fraud", MINIMAL).inputs["fraud-logs"]
    assert (logs["name"], logs["retentionInDays"]) == ("/aws/sagemaker/Endpoints/fraud-dev", 30)
    assert "kmsKeyId" not in logs
    logs = record(SageMakerEndpoint, "fraud", FULL).inputs["fraud-logs"]
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (90, "arn:aws:kms:logs")


def test_local_nvme_takes_no_volume_key() -> None:
    recorded = record(SageMakerEndpoint, "fraud", MINIMAL | {"instance_type": "ml.g5.xlarge"})
    assert "fraud-key" not in recorded.inputs
    assert "kmsKeyArn" not in recorded.inputs["fraud-configuration"]


def test_the_role_reads_its_artifact_pulls_its_image_and_writes_its_log() -> None:
    recorded = record(SageMakerEndpoint, "fraud", FULL | CANDIDATE | {"shift": "all_at_once"})
    statements = {
        s["Sid"]: s for s in json.loads(recorded.inputs["fraud-role-policy"]["policy"])["Statement"]
    }
    assert statements["ReadArtifacts"]["Resource"] == [
        "arn:aws:s3:::models/fraud/1.4.0/model.tar.gz",
        "arn:aws:s3:::models/fraud/1.5.0/model.tar.gz",
    ]
    assert statements["PullImages"]["Resource"] == [
        "arn:aws:ecr:eu-west-1:123456789012:repository/team/server"
    ]
    logs = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/fraud-dev"
    assert statements["WriteLogs"]["Resource"] == [logs, f"{logs}:*"]
    assert "arn:aws:kms:artifacts" in statements["Decrypt"]["Resource"]
    assert statements["PutMetrics"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "/aws/sagemaker/Endpoints"}
    }
    assert set(statements) == {
        "ReadArtifacts",
        "PullImages",
        "LogInToRegistry",
        "Decrypt",
        "WriteLogs",
        "PutMetrics",
        "ReadAlarms",
        "JoinNetwork",
        "OwnInterfaces",
        "LookAtNetwork",
    }
    trust = json.loads(recorded.inputs["fraud-role"]["assumeRolePolicy"])
    assert trust["Statement"][0]["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "123456789012"}
    }


def test_the_role_can_do_what_sagemaker_does_by_it() -> None:
    """Without these the endpoint fails in a network, and its rollouts never go back."""
    recorded = record(SageMakerEndpoint, "fraud", FULL)
    statements = {
        s["Sid"]: s for s in json.loads(recorded.inputs["fraud-role-policy"]["policy"])["Statement"]
    }
    assert statements["ReadAlarms"]["Action"] == ["cloudwatch:DescribeAlarms"]
    alarms = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:*"
    assert statements["ReadAlarms"]["Resource"] == [alarms]
    ec2 = "arn:aws:ec2:eu-west-1:123456789012"
    assert statements["JoinNetwork"]["Resource"] == [
        f"{ec2}:network-interface/*",
        f"{ec2}:security-group/sg-1",
        f"{ec2}:subnet/subnet-1",
    ]
    assert statements["OwnInterfaces"]["Resource"] == [f"{ec2}:network-interface/*"]
    actions = {a for s in statements.values() for a in s["Action"] if a.startswith("ec2:")}
    # sagemaker-roles.html, CreateModel with a private VPC.
    assert actions == {
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeVpcs",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeSubnets",
        "ec2:DescribeSecurityGroups",
    }


def test_without_a_network_the_role_knows_none() -> None:
    policy = record(SageMakerEndpoint, "fraud", MINIMAL).inputs["fraud-role-policy"]["policy"]
    assert "ec2:" not in policy


@pytest.mark.parametrize(
    ("shift", "size", "wait"),
    [("canary", 10, 3600), ("linear", 10, 2520), ("linear", 50, 3600), ("rolling", 5, 1260)],
)
def test_a_shift_is_over_before_sagemaker_gives_up(shift: str, size: int, wait: int) -> None:
    """It ends an update after 8 hours; one of them is left for the machines."""
    args = MINIMAL | {"shift": shift, "shift_size_percent": size, "shift_wait_seconds": wait}
    record(SageMakerEndpoint, "fraud", args)
    with pytest.raises(pulumi.RunError, match=f"shift_wait_seconds: got {wait + 1}; use "):
        record(SageMakerEndpoint, "fraud", args | {"shift_wait_seconds": wait + 1})


def test_the_longest_name_leaves_room_for_what_pulumi_adds() -> None:
    name = "m" * 39
    recorded = record(SageMakerEndpoint, name, MINIMAL | CANDIDATE)
    limits = {
        "aws:sagemaker/model:Model": 63,
        "aws:sagemaker/endpointConfiguration:EndpointConfiguration": 63,
        "aws:iam/role:Role": 64,
    }
    for token, limit in limits.items():
        assert max(len(child) for child in recorded.of(token)) + len("-1234567") <= limit, token
    with pytest.raises(pulumi.RunError, match="at most 39 signs on SageMaker"):
        record(SageMakerEndpoint, name + "m", MINIMAL)


def test_a_candidate_is_a_variant_without_traffic_of_its_own() -> None:
    args = MINIMAL | CANDIDATE | {"max_replicas": 3, "shift": "canary"}
    recorded = record(SageMakerEndpoint, "fraud", args)
    variants = recorded.inputs["fraud-configuration"]["productionVariants"]
    shape = [
        (v["variantName"], v["initialVariantWeight"], v["initialInstanceCount"]) for v in variants
    ]
    # Enough machines for any share; only the stable variant is known to autoscaling.
    assert shape == [("stable", 1.0, 1), ("candidate", 0.0, 3)]
    assert list(recorded.of("aws:appautoscaling/target:Target")) == ["fraud-stable-scaling-target"]
    assert recorded.inputs["fraud-live"]["weights"] == {"stable": 90, "candidate": 10}
    tags = recorded.inputs["fraud-candidate-model"]["tags"]
    assert tags["model-serving:model-version"] == "1.5.0"
    assert len(recorded.inputs["fraud-live"]["alarmNames"]) == 4
    assert recorded.outputs["status"]["candidate_version"] == "1.5.0"


def test_the_candidates_machines_can_be_chosen() -> None:
    args = MINIMAL | CANDIDATE | {"max_replicas": 3, "candidate_replicas": 2}
    recorded = record(SageMakerEndpoint, "fraud", args)
    _, candidate = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert candidate["initialInstanceCount"] == 2


@pytest.mark.parametrize("percent", [0, 100])
def test_weights_at_the_ends(percent: int) -> None:
    args = MINIMAL | CANDIDATE | {"canary_percent": percent}
    recorded = record(SageMakerEndpoint, "fraud", args)
    weights = {"stable": 100 - percent, "candidate": percent}
    assert recorded.inputs["fraud-live"]["weights"] == weights


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"instance_type": "ml.p3dn.24xlarge"}, "use ml.p4d.24xlarge; what SageMaker hosts on"),
        ({"model_uri": "gs://x/y"}, "model_uri: got 'gs://x/y'; use an S3 URI"),
        (CANDIDATE | {"candidate_uri": "x"}, "candidate_uri: got 'x'; use an S3 URI"),
        ({"framework": "onnx"}, "framework: got 'onnx'; use xgboost or sklearn, or give image"),
        ({"image": "docker.io/x"}, "image: got 'docker.io/x'; use an image in Amazon ECR"),
        ({"instance_type": "m5.large"}, "instance_type: got 'm5.large'; use ml.m5.large"),
        ({"shift": "blue"}, "shift: got 'blue'; use one of all_at_once, canary, linear, rolling"),
        ({"shift": "canary", "shift_size_percent": 51}, "use a whole number from 1 to 50"),
        ({"shift": "linear", "shift_size_percent": 9}, "use a whole number from 10 to 50"),
        ({"shift": "rolling", "shift_size_percent": 4}, "use a whole number from 5 to 50"),
        (CANDIDATE | {"shift": "rolling"}, "shift: got 'rolling'"),
        ({"shift_wait_seconds": 3601}, "shift_wait_seconds: got 3601"),
        ({"min_replicas": 0}, "min_replicas: got 0; use a whole number from 1 to 1000"),
        ({"subnet_ids": ["a"]}, "security_group_ids: got None; use both"),
        ({"security_group_ids": ["a"]}, "subnet_ids: got None; use both"),
        ({"candidate_replicas": 0}, "candidate_replicas: got 0"),
        ({"invocations_per_instance": 0}, "invocations_per_instance: got 0"),
        ({"live_timeout_seconds": 0}, "live_timeout_seconds: got 0"),
        ({"environment": "e" * 63}, "use at most 63 signs with environment"),
        ({"shift_size": 1}, "shift_size: no such argument; did you mean shift_size_percent?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SageMakerEndpoint, "fraud", MINIMAL | change)
    assert problem in str(caught.value)
