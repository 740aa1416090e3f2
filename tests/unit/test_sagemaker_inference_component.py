import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_inference_component import SageMakerInferenceComponent
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "1.0.0",
    "model_uri": "s3://models/churn/1.0.0/model.tar.gz",
    "framework": "xgboost",
    "memory_mib": 2048,
    "instance_type": "ml.m5.large",
}
SHARED: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "instance_type"},
    "server": "pool-dev",
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Who leaves.",
    "min_replicas": 0,
    "max_replicas": 6,
    "latency_p95_ms": 80,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "env": {"THREADS": "1"},
    "instance_type": "ml.g5.12xlarge",
    "min_instances": 0,
    "max_instances": 3,
    "cpu": 2,
    "accelerator_count": 2,
    "download_timeout_seconds": 600,
    "startup_timeout_seconds": 900,
    "scaling_metric": "concurrency",
    "scaling_target": 4,
    "scale_out_cooldown_seconds": 30,
    "scale_in_cooldown_seconds": 200,
    "shift_size_percent": 25,
    "shift_wait_seconds": 60,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:logs",
    "alarm_topic_arn": "arn:aws:sns:topic",
    "live_timeout_seconds": 1234,
}


def test_every_argument() -> None:
    recorded = record(SageMakerInferenceComponent, "churn", FULL)
    state = json.loads(recorded.inputs["churn-component"]["desiredState"])
    specification = {
        "ModelName": "churn-model",
        "ComputeResourceRequirements": {
            "MinMemoryRequiredInMb": 2048,
            "NumberOfCpuCoresRequired": 2,
            "NumberOfAcceleratorDevicesRequired": 2,
        },
        "StartupParameters": {
            "ModelDataDownloadTimeoutInSeconds": 600,
            "ContainerStartupHealthCheckTimeoutInSeconds": 900,
        },
    }
    assert {key: value for key, value in state.items() if key != "Tags"} == {
        "InferenceComponentName": "churn-dev",
        "EndpointName": "churn-dev-component",
        "VariantName": "AllTraffic",
        "Specification": specification,
        # Copies come when the component is there.
        "RuntimeConfig": {"CopyCount": 0},
    }
    assert {"Key": "model-serving:cost-centre", "Value": "ml"} in state["Tags"]
    live = recorded.inputs["churn-live-component"]
    assert (live["componentName"], live["endpointName"]) == (
        "churn-dev",
        "churn-dev-component",
    )
    assert live["specification"] == specification
    assert (live["minCopies"], live["maxCopies"], live["timeoutSeconds"]) == (0, 6, 1234)
    assert live["deploymentConfig"] == {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 25},
            "WaitIntervalInSeconds": 60,
            "MaximumExecutionTimeoutInSeconds": 2280,
        },
        "AutoRollbackConfiguration": {
            "Alarms": [
                {"AlarmName": "churn-component-latency"},
                {"AlarmName": "churn-component-errors"},
            ]
        },
    }
    model = recorded.inputs["churn-model"]
    assert model["primaryContainer"] == {
        "image": IMAGE,
        "modelDataUrl": FULL["model_uri"],
        "environment": {"THREADS": "1"},
    }
    assert model["vpcConfig"] == {"subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    (variant,) = recorded.inputs["churn-configuration"]["productionVariants"]
    assert variant["managedInstanceScaling"] == {
        "status": "ENABLED",
        "minInstanceCount": 0,
        "maxInstanceCount": 3,
    }
    logs = recorded.inputs["churn-logs"]
    assert logs["name"] == "/aws/sagemaker/InferenceComponents/churn-dev"
    assert (logs["retentionInDays"], logs["kmsKeyId"]) == (90, "arn:aws:kms:logs")
    latency = recorded.inputs["churn-component-latency"]
    assert latency["threshold"] == 80_000  # µs
    assert latency["alarmActions"] == ["arn:aws:sns:topic"]
    dimensions = latency["metricQueries"][1]["metric"]["dimensions"]
    assert dimensions == {"InferenceComponentName": "churn-dev"}


def test_down_to_nothing_and_back() -> None:
    recorded = record(SageMakerInferenceComponent, "churn", FULL)
    target = recorded.inputs["churn-scaling-target"]
    assert target["resourceId"] == "inference-component/churn-dev"
    assert target["scalableDimension"] == "sagemaker:inference-component:DesiredCopyCount"
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 6)
    policy = recorded.inputs["churn-scaling-policy"]
    assert policy["targetTrackingScalingPolicyConfiguration"] == {
        "targetValue": 4.0,
        "scaleInCooldown": 200,
        "scaleOutCooldown": 30,
        "predefinedMetricSpecification": {
            "predefinedMetricType": (
                "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution"
            )
        },
    }
    wake = recorded.inputs["churn-wake-policy"]
    assert wake["policyType"] == "StepScaling"
    alarm = recorded.inputs["churn-no-capacity"]
    assert alarm["metricName"] == "NoCapacityInvocationFailures"
    assert alarm["dimensions"] == {"InferenceComponentName": "churn-dev"}
    assert alarm["alarmActions"] == ["arn:aws:mock:eu-west-1:123456789012:churn-wake-policy"]
    # Where one copy always stays, nothing has to be woken.
    recorded = record(SageMakerInferenceComponent, "churn", MINIMAL | {"max_replicas": 2})
    assert "churn-scaling-policy" in recorded.inputs
    assert "churn-wake-policy" not in recorded.inputs


@pytest.mark.parametrize(
    ("metric", "told"),
    [
        ("cpu", ("/aws/sagemaker/InferenceComponents", "CPUUtilizationNormalized", "Percent")),
        ("Models/Queue", ("Models", "Queue", None)),
    ],
)
def test_metrics_by_name(metric: str, told: tuple[str, str, str | None]) -> None:
    asked = MINIMAL | {"max_replicas": 2, "scaling_metric": metric, "scaling_target": 50}
    recorded = record(SageMakerInferenceComponent, "churn", asked)
    policy = recorded.inputs["churn-scaling-policy"]["targetTrackingScalingPolicyConfiguration"]
    found = policy["customizedMetricSpecification"]
    assert (found["namespace"], found["metricName"], found.get("unit")) == told
    assert found["dimensions"] == [{"name": "InferenceComponentName", "value": "churn-dev"}]


def test_schedules_have_the_last_word_on_bounds() -> None:
    schedules = [{"schedule": "0 20 * * *", "min_replicas": 0}]
    asked = MINIMAL | {"max_replicas": 2, "scaling_schedules": schedules}
    recorded = record(SageMakerInferenceComponent, "churn", asked)
    actions = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction")
    (action,) = actions.values()
    assert action["scalableTargetAction"] == {"minCapacity": 0}
    live = recorded.inputs["churn-live-component"]
    assert (live["minCopies"], live["maxCopies"]) == (0, 1000)
    assert "churn-wake-policy" in recorded.inputs


def test_isolation_and_a_network_are_two_things() -> None:
    network = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    for changes, isolated in (({}, True), (network, False), (network | {"isolated": True}, True)):
        recorded = record(SageMakerInferenceComponent, "churn", MINIMAL | changes)
        assert recorded.inputs["churn-model"]["enableNetworkIsolation"] == isolated


def test_on_a_shared_endpoint() -> None:
    recorded = record(SageMakerInferenceComponent, "churn", SHARED)
    assert not recorded.of("aws:sagemaker/endpoint:Endpoint")
    state = json.loads(recorded.inputs["churn-pool-dev-component"]["desiredState"])
    assert (state["InferenceComponentName"], state["EndpointName"]) == (
        "pool-dev-churn",
        "pool-dev",
    )
    policy = json.loads(recorded.outputs["invoke_policy"])
    assert policy["Statement"][0]["Resource"] == [
        "arn:aws:sagemaker:eu-west-1:123456789012:endpoint/pool-dev",
        "churn-pool-dev-component-id",
    ]
    role = json.loads(recorded.inputs["churn-role-policy"]["policy"])
    reads = {each["Sid"]: each for each in role["Statement"]}["ReadArtifacts"]["Resource"]
    assert all(each.startswith("arn:aws:s3:::models/churn/1.0.0/model.tar.gz") for each in reads)


def test_instances_of_its_own_have_room_for_all_copies() -> None:
    # Four copies of 2048 MiB are on 8 GiB; half as many more are there while an update rolls.
    for most, instances in ((1, 1), (2, 1), (3, 2), (5, 2), (6, 3)):
        recorded = record(SageMakerInferenceComponent, "churn", MINIMAL | {"max_replicas": most})
        (variant,) = recorded.inputs["churn-configuration"]["productionVariants"]
        assert variant["managedInstanceScaling"]["maxInstanceCount"] == instances
        assert variant["managedInstanceScaling"]["minInstanceCount"] == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"memory_mib": None}, "memory_mib: got None; use a whole number from 128"),
        ({"memory_mib": 127}, "memory_mib: got 127; use a whole number from 128"),
        ({"cpu": 0.2}, "cpu: got 0.2; use a number from 0.25"),
        ({"memory_mib": 9000}, "one copy of churn needs 9000 MiB, 0 GPUs, and ml.m5.large has"),
        ({"accelerator_count": 1}, "needs 2048 MiB, 1 GPUs, and ml.m5.large has"),
        ({"max_replicas": 9, "max_instances": 2}, "9 copies of churn need 3 instances"),
        ({"instance_type": None}, "instance_type: got None"),
        ({"min_instances": 2, "max_instances": 1}, "at least min_instances (2)"),
        ({"shift_size_percent": 51}, "a whole number from 5 to 50"),
        ({"shift_size_percent": 4}, "a whole number from 5 to 50"),
        ({"download_timeout_seconds": 59}, "a whole number from 60 to 3600"),
        ({"startup_timeout_seconds": 3601}, "a whole number from 60 to 3600"),
        ({"model_uri": "gs://models/x"}, "an S3 URI"),
        ({"framework": "onnx"}, "framework: got 'onnx'; use xgboost or sklearn, or give image"),
        ({"scaling_metric": "gpu", "max_replicas": 2}, "another one: a copy has no GPU"),
        ({"scaling_metric": "Own/Metric", "max_replicas": 2}, "scaling_target: got None"),
        ({"scaling_target": 3}, "it with max_replicas above min_replicas"),
        ({"isolated": False}, "isolated: got False; use true, or subnet_ids"),
        ({"candidate_version": "2"}, "candidate_version: no such argument"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], told: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(SageMakerInferenceComponent, "churn", MINIMAL | changes)
    assert told in str(raised.value)


def test_on_a_shared_endpoint_there_are_no_instances_of_its_own() -> None:
    for changes, told in (
        ({"max_instances": 2}, "it without server"),
        ({"server": "pool_dev"}, "the name of a shared endpoint"),
        ({"server": "p" * 60}, "at most 63 signs with the server's name"),
        ({"instance_type": "ml.m5.large", "memory_mib": 9000}, "one copy of churn needs"),
    ):
        with pytest.raises(pulumi.RunError) as raised:
            record(SageMakerInferenceComponent, "churn", SHARED | changes)
        assert told in str(raised.value)
