import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_shared_endpoint import SageMakerSharedEndpoint
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "platform",
    "instance_type": "ml.m5.large",
    "artifact_prefixes": ["s3://models/"],
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
FULL: dict[str, Any] = {
    **MINIMAL,
    "description": "Small models.",
    "min_replicas": 0,
    "max_replicas": 4,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "images": [IMAGE],
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:logs",
    "alarm_topic_arn": "arn:aws:sns:topic",
    "ready_timeout_seconds": 1234,
}


def test_every_argument() -> None:
    recorded = record(SageMakerSharedEndpoint, "pool", FULL)
    configuration = recorded.inputs["pool-configuration"]
    (variant,) = configuration["productionVariants"]
    assert variant == {
        "variantName": "AllTraffic",
        "instanceType": "ml.m5.large",
        "initialInstanceCount": 1,
        "managedInstanceScaling": {
            "status": "ENABLED",
            "minInstanceCount": 0,
            "maxInstanceCount": 4,
        },
        "routingConfigs": [{"routingStrategy": "LEAST_OUTSTANDING_REQUESTS"}],
    }
    assert configuration["executionRoleArn"].endswith(":pool-role")
    assert configuration["kmsKeyArn"].endswith(":pool-key")
    assert recorded.inputs["pool-endpoint"]["name"] == "pool-dev"
    live = recorded.inputs["pool-live"]
    assert (live["weights"], live["timeoutSeconds"]) == ({"AllTraffic": 100}, 1234)
    logs = recorded.inputs["pool-endpoint-logs"]
    assert logs["name"] == "/aws/sagemaker/Endpoints/pool-dev"
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (90, "arn:aws:kms:logs")
    latency = recorded.inputs["pool-AllTraffic-latency"]
    assert (latency["threshold"], latency["alarmActions"]) == (80_000, ["arn:aws:sns:topic"])
    assert recorded.outputs["status"]["max_replicas"] == 4
    assert recorded.outputs["url"].endswith("/endpoints/pool-dev/invocations")


def _statements(**changes: object) -> dict[str, dict[str, Any]]:
    recorded = record(SageMakerSharedEndpoint, "pool", FULL | changes)
    policy = recorded.inputs["pool-role-policy"]["policy"]
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


def test_the_role_reads_below_its_prefixes_and_writes_its_models_logs() -> None:
    statements = _statements()
    assert "arn:aws:s3:::models/*" in statements["ReadArtifacts"]["Resource"]
    below = _statements(artifact_prefixes=["s3://models/team/"])
    assert below["ReadArtifacts"]["Resource"] == ["arn:aws:s3:::models/team/*"]
    repositories = statements["PullImages"]["Resource"]
    assert "arn:aws:ecr:eu-west-1:123456789012:repository/team/server" in repositories
    group = (
        "arn:aws:logs:eu-west-1:123456789012:log-group:"
        "/aws/sagemaker/InferenceComponents/pool-dev-*"
    )
    assert statements["WriteLogs"]["Resource"] == [group, f"{group}:*"]
    assert "arn:aws:kms:artifacts" in statements["Decrypt"]["Resource"]
    assert "JoinNetwork" in statements


def test_defaults() -> None:
    recorded = record(SageMakerSharedEndpoint, "pool", MINIMAL)
    (variant,) = recorded.inputs["pool-configuration"]["productionVariants"]
    assert variant["managedInstanceScaling"]["minInstanceCount"] == 1
    assert recorded.inputs["pool-key"]["enableKeyRotation"] is True
    recorded = record(SageMakerSharedEndpoint, "pool", MINIMAL | {"instance_type": "ml.g5.xlarge"})
    assert "pool-key" not in recorded.inputs


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"instance_type": "ml.m5.lrage"}, "instance_type: got 'ml.m5.lrage'; use ml.m5.large?"),
        ({"instance_type": "ml.inf2.xlarge"}, "use one with CPUs or NVIDIA GPUs"),
        ({"artifact_prefixes": []}, "artifact_prefixes: got []"),
        ({"artifact_prefixes": ["s3://models/churn"]}, "S3 URIs that end with `/`"),
        ({"images": ["docker.io/server"]}, "images in Amazon ECR"),
        ({"subnet_ids": ["subnet-1"]}, "security_group_ids: got None"),
        ({"min_replicas": 3, "max_replicas": 2}, "at least min_replicas (3)"),
        ({"environment": "x" * 60}, "at most 63 signs"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(SageMakerSharedEndpoint, "pool", MINIMAL | changes)
    assert told in str(raised.value)
