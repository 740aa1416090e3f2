import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_serverless_endpoint import SageMakerServerlessEndpoint
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "model_version": "1.4.0",
    "model_uri": "s3://models/fraud/1.4.0/model.tar.gz",
    "framework": "xgboost",
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Scores payments.",
    "min_replicas": 2,
    "max_replicas": 20,
    "latency_p95_ms": 800,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "env": {"MODE": "fast"},
    "memory_mib": 4096,
    "scaling_metric": "concurrency",
    "scaling_target": 60,
    "scale_out_cooldown_seconds": 30,
    "scale_in_cooldown_seconds": 600,
    "scaling_schedules": [{"schedule": "0 8 * * 1-5", "time_zone": "Europe/Berlin"}],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:logs",
    "alarm_topic_arn": "arn:aws:sns:topic",
    "live_timeout_seconds": 1234,
}
FULL["scaling_schedules"][0]["min_replicas"] = 10


def test_every_argument() -> None:
    recorded = record(SageMakerServerlessEndpoint, "fraud", FULL)
    (variant,) = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert variant == {
        "variantName": "stable",
        "modelName": "fraud-stable-model",
        "initialVariantWeight": 1.0,
        "serverlessConfig": {
            "maxConcurrency": 20,
            "memorySizeInMb": 4096,
            "provisionedConcurrency": 2,
        },
    }
    target = recorded.inputs["fraud-scaling-target"]
    assert (target["minCapacity"], target["maxCapacity"]) == (2, 20)
    assert target["scalableDimension"] == "sagemaker:variant:DesiredProvisionedConcurrency"
    assert target["resourceId"] == "endpoint/fraud-dev-serverless/variant/stable"
    tracking = recorded.inputs["fraud-scaling-policy"]["targetTrackingScalingPolicyConfiguration"]
    assert tracking == {
        "targetValue": 0.6,
        "predefinedMetricSpecification": {
            "predefinedMetricType": "SageMakerVariantProvisionedConcurrencyUtilization"
        },
        "scaleInCooldown": 600,
        "scaleOutCooldown": 30,
    }
    (action,) = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction").values()
    assert action["schedule"] == "cron(0 8 ? * MON-FRI *)"
    assert action["scalableTargetAction"] == {"minCapacity": 10}
    latency = recorded.inputs["fraud-stable-latency"]
    assert latency["threshold"] == 800_000  # µs
    assert latency["alarmActions"] == ["arn:aws:sns:topic"]
    assert recorded.inputs["fraud-live"]["timeoutSeconds"] == 1234
    container = recorded.inputs["fraud-stable-model"]["primaryContainer"]
    assert container["environment"] == {"MODE": "fast"}
    logs = recorded.inputs["fraud-logs"]
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (90, "arn:aws:kms:logs")
    status = recorded.outputs["status"]
    assert (status["target"], status["min_replicas"]) == ("sagemaker_serverless", 2)


def test_defaults_have_what_serverless_inference_has() -> None:
    recorded = record(SageMakerServerlessEndpoint, "fraud", MINIMAL)
    configuration = recorded.inputs["fraud-configuration"]
    (variant,) = configuration["productionVariants"]
    assert variant["serverlessConfig"] == {"maxConcurrency": 5, "memorySizeInMb": 2048}
    # No volume that a key could encrypt, nothing captured, no network of its own.
    assert configuration.keys() == {"productionVariants", "tags"}
    assert recorded.inputs["fraud-stable-model"]["enableNetworkIsolation"] is False
    assert "vpcConfig" not in recorded.inputs["fraud-stable-model"]
    assert not recorded.of("aws:kms/key:Key")
    assert not recorded.of("aws:appautoscaling/target:Target")
    endpoint = recorded.inputs["fraud-endpoint"]
    assert "deploymentConfig" not in endpoint
    assert recorded.inputs["fraud-live"]["weights"] == {"stable": 100}
    assert recorded.outputs["url"] == (
        "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/fraud-dev-serverless/invocations"
    )
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["Statement"][0]["Action"] == ["sagemaker:InvokeEndpoint"]


def test_the_role_reads_pulls_and_writes_its_log() -> None:
    recorded = record(SageMakerServerlessEndpoint, "fraud", FULL)
    statements = {
        s["Sid"]: s for s in json.loads(recorded.inputs["fraud-role-policy"]["policy"])["Statement"]
    }
    assert set(statements) == {
        "ReadArtifacts",
        "PullImages",
        "LogInToRegistry",
        "Decrypt",
        "WriteLogs",
        "PutMetrics",
    }
    assert statements["ReadArtifacts"]["Resource"] == [
        "arn:aws:s3:::models/fraud/1.4.0/model.tar.gz"
    ]


@pytest.mark.parametrize(
    ("low", "high", "provisioned", "scaled"),
    [(0, 10, None, False), (3, 3, 3, False), (3, 4, 3, True), (200, 200, 200, False)],
)
def test_provisioned_concurrency(low: int, high: int, provisioned: int, *, scaled: bool) -> None:
    args = MINIMAL | {"min_replicas": low, "max_replicas": high}
    recorded = record(SageMakerServerlessEndpoint, "fraud", args)
    (variant,) = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert variant["serverlessConfig"].get("provisionedConcurrency") == provisioned
    assert variant["serverlessConfig"]["maxConcurrency"] == high
    assert bool(recorded.of("aws:appautoscaling/target:Target")) is scaled


def test_more_provisioned_than_the_usual_most_raises_it() -> None:
    recorded = record(SageMakerServerlessEndpoint, "fraud", MINIMAL | {"min_replicas": 8})
    (variant,) = recorded.inputs["fraud-configuration"]["productionVariants"]
    assert variant["serverlessConfig"]["maxConcurrency"] == 8


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"memory_mib": 1500}, "memory_mib: got 1500; use 2048, of the sizes 1024, 2048, 3072"),
        ({"memory_mib": 8192}, "memory_mib: got 8192; use 6144"),
        ({"memory_mib": 1500}, "(https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_"),
        ({"max_replicas": 201}, "max_replicas: got 201; use 1 to 200 requests at once (https"),
        ({"min_replicas": 201, "max_replicas": 201}, "min_replicas: got 201; use 1 to 200"),
        ({"min_replicas": 6, "max_replicas": 5}, "max_replicas: got 5; use at least min_replicas"),
        ({"scaling_target": 60}, "scaling_target: got 60; use it with min_replicas above 0"),
        (
            {"min_replicas": 1, "scaling_metric": "cpu"},
            "scaling_metric: got 'cpu'; use one of concurrency",
        ),
        ({"min_replicas": 1, "scaling_target": 101}, "scaling_target: got 101"),
        (
            {"min_replicas": 1, "scaling_schedules": [{"schedule": "@daily", "min_replicas": 6}]},
            "scaling_schedules[0].min_replicas: got 6; use at most 5, or max_replicas with it",
        ),
        ({"model_uri": "gs://x/y"}, "model_uri: got 'gs://x/y'; use an S3 URI"),
        ({"framework": "onnx"}, "framework: got 'onnx'; use xgboost or sklearn, or give image"),
        ({"image": "docker.io/x"}, "image: got 'docker.io/x'; use an image in Amazon ECR"),
        (
            {"instance_type": "ml.g5.xlarge"},
            "has no instances whose type could be chosen (https",
        ),
        ({"subnet_ids": ["subnet-1"]}, "serverless inference knows none (https://docs.aws"),
        ({"capture_percent": 10}, "serverless inference captures nothing (https"),
        (
            {"candidate_version": "1.5.0", "candidate_uri": "s3://models/fraud/1.5.0/m.tar.gz"},
            "a serverless endpoint has one variant",
        ),
        (
            {"accelerator": "nvidia-l4"},
            "accelerator: got 'nvidia-l4'; use target: sagemaker_async, which rests",
        ),
        ({"many_models": True}, "a serverless endpoint holds one model"),
        ({"shift": "canary"}, "a serverless endpoint moves all requests at once (https"),
        ({"environment": "e" * 63}, "use at most 63 signs with environment"),
        ({"live_timeout_seconds": 0}, "live_timeout_seconds: got 0"),
        ({"log_retention_days": 2}, "log_retention_days: got 2"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SageMakerServerlessEndpoint, "fraud", MINIMAL | change)
    assert problem in str(caught.value)
