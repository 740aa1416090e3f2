import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_async_endpoint import SageMakerAsyncEndpoint
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-media",
    "model_version": "1.4.0",
    "model_uri": "s3://models/captions/1.4.0/model.tar.gz",
    "framework": "xgboost",
    "instance_type": "ml.m5.large",
    "output_uri": "s3://data/captions/results/",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": "s3://models/captions/1.5.0/model.tar.gz",
    "canary_percent": 10,
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
TOPIC = "arn:aws:sns:eu-west-1:123456789012:"
DATA_KEY = "arn:aws:kms:eu-west-1:123456789012:key/data"
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Writes captions.",
    "failure_uri": "s3://data/captions/failed/",
    "input_uri": "s3://data/captions/requests/",
    "data_key_arn": DATA_KEY,
    "success_topic_arn": f"{TOPIC}done",
    "error_topic_arn": f"{TOPIC}failed",
    "max_requests_per_instance": 4,
    "min_replicas": 0,
    "max_replicas": 6,
    "latency_p95_ms": 600_000,
    "error_rate_percent": 0.5,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "env": {"MODE": "fast"},
    "instance_type": "ml.g5.xlarge",
    "scaling_metric": "backlog",
    "scaling_target": 2,
    "scale_out_cooldown_seconds": 30,
    "scale_in_cooldown_seconds": 900,
    "scaling_schedules": [{"schedule": "0 8 * * 1-5", "min_replicas": 1}],
    "shift": "linear",
    "shift_size_percent": 25,
    "shift_wait_seconds": 120,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "log_retention_days": 90,
    "key_arn": "arn:aws:kms:logs",
    "alarm_topic_arn": "arn:aws:sns:topic",
    "live_timeout_seconds": 1234,
}


def statements(recorded: Recorded) -> dict[str, dict[str, Any]]:
    document = json.loads(recorded.inputs["captions-role-policy"]["policy"])
    return {each["Sid"]: each for each in document["Statement"]}


def test_every_argument() -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", FULL)
    configuration = recorded.inputs["captions-configuration"]
    assert configuration["asyncInferenceConfig"] == {
        "clientConfig": {"maxConcurrentInvocationsPerInstance": 4},
        "outputConfig": {
            "s3OutputPath": "s3://data/captions/results/",
            "s3FailurePath": "s3://data/captions/failed/",
            "kmsKeyId": DATA_KEY,
            "notificationConfig": {
                "successTopic": f"{TOPIC}done",
                "errorTopic": f"{TOPIC}failed",
            },
        },
    }
    # A configuration begins with an instance, and the endpoint rests without any.
    (variant,) = configuration["productionVariants"]
    assert (variant["instanceType"], variant["initialInstanceCount"]) == ("ml.g5.xlarge", 1)
    target = recorded.inputs["captions-stable-scaling-target"]
    assert (target["minCapacity"], target["maxCapacity"]) == (0, 6)
    tracking = recorded.inputs["captions-stable-scaling-policy"]
    assert tracking["targetTrackingScalingPolicyConfiguration"] == {
        "targetValue": 2,
        "customizedMetricSpecification": {
            "namespace": "AWS/SageMaker",
            "metricName": "ApproximateBacklogSizePerInstance",
            "statistic": "Average",
            "dimensions": [{"name": "EndpointName", "value": "captions-dev-async"}],
        },
        "scaleInCooldown": 900,
        "scaleOutCooldown": 30,
    }
    live = recorded.inputs["captions-live"]
    assert (live["shift"], live["shiftSizePercent"], live["shiftWaitSeconds"]) == (
        "linear",
        25,
        120,
    )
    assert live["alarmNames"] == ["captions-stable-latency", "captions-stable-errors"]
    assert live["scaledVariants"] == ["stable"]
    # Local NVMe takes no key.
    assert "kmsKeyArn" not in configuration
    assert recorded.inputs["captions-stable-model"]["vpcConfig"]["subnets"] == ["subnet-1"]
    assert recorded.outputs["status"]["target"] == "sagemaker_async"
    container = recorded.inputs["captions-stable-model"]["primaryContainer"]
    assert container["environment"] == {"MODE": "fast"}
    (action,) = recorded.of("aws:appautoscaling/scheduledAction:ScheduledAction").values()
    assert action["scalableTargetAction"] == {"minCapacity": 1}


def test_the_first_instance_comes_for_the_first_request() -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", MINIMAL)
    policy = recorded.inputs["captions-stable-from-zero-policy"]
    assert policy["policyType"] == "StepScaling"
    assert policy["stepScalingPolicyConfiguration"] == {
        "adjustmentType": "ChangeInCapacity",
        "metricAggregationType": "Average",
        "cooldown": 300,
        "stepAdjustments": [{"metricIntervalLowerBound": "0", "scalingAdjustment": 1}],
    }
    alarm = recorded.inputs["captions-stable-from-zero"]
    assert alarm["metricName"] == "HasBacklogWithoutCapacity"
    assert alarm["dimensions"] == {"EndpointName": "captions-dev-async"}
    assert alarm["alarmActions"] == [
        "arn:aws:mock:eu-west-1:123456789012:captions-stable-from-zero-policy"
    ]
    assert (alarm["threshold"], alarm["treatMissingData"]) == (1, "missing")


@pytest.mark.parametrize(
    ("change", "scaled", "from_zero"),
    [
        ({}, True, True),
        ({"min_replicas": 1, "max_replicas": 1}, False, False),
        ({"min_replicas": 1, "max_replicas": 2}, True, False),
        (
            {
                "min_replicas": 1,
                "max_replicas": 2,
                "scaling_schedules": [{"schedule": "0 20 * * *", "min_replicas": 0}],
            },
            True,
            True,
        ),
    ],
)
def test_when_it_scales(change: dict[str, Any], *, scaled: bool, from_zero: bool) -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", MINIMAL | change)
    assert ("captions-stable-scaling-target" in recorded.inputs) is scaled
    assert ("captions-stable-from-zero" in recorded.inputs) is from_zero


def test_defaults_are_encrypted_isolated_and_rest() -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", MINIMAL)
    assert recorded.inputs["captions-key"]["enableKeyRotation"] is True
    configuration = recorded.inputs["captions-configuration"]
    assert configuration["kmsKeyArn"].endswith(":captions-key")
    assert "dataCaptureConfig" not in configuration
    assert configuration["asyncInferenceConfig"] == {
        "outputConfig": {
            "s3OutputPath": "s3://data/captions/results/",
            "s3FailurePath": "s3://data/captions/results/failures/",
        }
    }
    assert recorded.inputs["captions-stable-model"]["enableNetworkIsolation"] is True
    assert recorded.outputs["url"] == (
        "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/captions-dev-async/async-invocations"
    )
    assert recorded.outputs["status"]["min_replicas"] == 0


def test_alarms_watch_what_an_asynchronous_endpoint_publishes() -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", FULL)
    watched = {
        query["metric"]["metricName"]
        for alarm in ("captions-stable-latency", "captions-stable-errors")
        for query in recorded.inputs[alarm]["metricQueries"]
        if "metric" in query
    }
    assert watched == {"ModelLatency", "InvocationFailures", "InvocationsProcessed"}
    assert recorded.inputs["captions-stable-latency"]["threshold"] == 600_000_000  # µs
    assert recorded.inputs["captions-stable-errors"]["threshold"] == 0.5


def test_the_role_reads_requests_writes_results_and_tells_topics() -> None:
    found = statements(record(SageMakerAsyncEndpoint, "captions", FULL | CANDIDATE | AT_ONCE))
    assert found["ReadArtifacts"]["Resource"] == [
        "arn:aws:s3:::data/captions/requests/*",
        "arn:aws:s3:::models/captions/1.4.0/model.tar.gz",
        "arn:aws:s3:::models/captions/1.5.0/model.tar.gz",
    ]
    assert found["WriteOutputs"]["Resource"] == [
        "arn:aws:s3:::data/captions/failed/*",
        "arn:aws:s3:::data/captions/results/*",
    ]
    assert found["TellTopics"]["Resource"] == [f"{TOPIC}done", f"{TOPIC}failed"]
    assert found["UseKey"]["Resource"] == [DATA_KEY]
    assert found["Decrypt"]["Resource"] == ["arn:aws:kms:artifacts"]
    least = statements(record(SageMakerAsyncEndpoint, "captions", MINIMAL))
    assert "TellTopics" not in least
    assert "UseKey" not in least


AT_ONCE = {"shift": "all_at_once", "shift_size_percent": None, "shift_wait_seconds": None}


def test_callers_may_ask_leave_requests_and_get_results() -> None:
    policy = json.loads(record(SageMakerAsyncEndpoint, "captions", FULL).outputs["invoke_policy"])
    found = {each["Sid"]: each for each in policy["Statement"]}
    assert found["Invoke"]["Action"] == ["sagemaker:InvokeEndpointAsync"]
    assert found["LeaveRequests"]["Resource"] == ["arn:aws:s3:::data/captions/requests/*"]
    assert found["GetResults"]["Resource"] == [
        "arn:aws:s3:::data/captions/failed/*",
        "arn:aws:s3:::data/captions/results/*",
    ]
    assert found["UseKey"]["Resource"] == [DATA_KEY]
    least = record(SageMakerAsyncEndpoint, "captions", MINIMAL).outputs["invoke_policy"]
    # Requests go within the call.
    assert {each["Sid"] for each in json.loads(least)["Statement"]} == {"Invoke", "GetResults"}


def test_a_candidate_holds_its_share() -> None:
    recorded = record(SageMakerAsyncEndpoint, "captions", MINIMAL | CANDIDATE)
    variants = recorded.inputs["captions-configuration"]["productionVariants"]
    shape = [
        (v["variantName"], v["initialVariantWeight"], v["initialInstanceCount"]) for v in variants
    ]
    assert shape == [("stable", 1.0, 1), ("candidate", 0.0, 1)]
    assert recorded.inputs["captions-live"]["weights"] == {"stable": 90, "candidate": 10}
    assert len(recorded.inputs["captions-live"]["alarmNames"]) == 4
    assert list(recorded.of("aws:appautoscaling/target:Target")) == [
        "captions-stable-scaling-target"
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"output_uri": "gs://x/y"}, "output_uri: got 'gs://x/y'; use an S3 prefix"),
        ({"output_uri": "s3://b/" + "x" * 496}, "at most 512 characters, /failures/ included"),
        ({"input_uri": "s3://b/requests"}, "input_uri: got 's3://b/requests'; use an S3 prefix"),
        ({"error_topic_arn": f"{TOPIC}x.fifo"}, "use the ARN of a standard SNS topic"),
        ({"max_requests_per_instance": 1001}, "use a whole number from 1 to 1000"),
        ({"instance_type": "ml.m5.larg"}, "instance_type: got 'ml.m5.larg'; use ml.m5.large"),
        ({"instance_type": "m5.large"}, "instance_type: got 'm5.large'; use ml.m5.large"),
        ({"scaling_metric": "requests"}, "scaling_metric: got 'requests'; use one of backlog"),
        (
            {"min_replicas": 1, "scaling_target": 3},
            "scaling_target: got 3; use it with max_replicas above min_replicas",
        ),
        ({"latency_p95_ms": 3_600_001}, "from 1 to 3.6e+06"),
        (
            {"strategy": "shadow"},
            "strategy: got 'shadow'; use a candidate with canary_percent: an",
        ),
        ({"capture_percent": 10}, "nothing says that asynchronous inference captures"),
        (CANDIDATE | {"shift": "rolling"}, "shift: got 'rolling'"),
        ({"candidate_image": IMAGE}, "candidate_image: got"),
        ({"candidate_replicas": 2}, "candidate_replicas: got 2; use it beside a candidate"),
        ({"subnet_ids": ["a"]}, "security_group_ids: got None; use both"),
        ({"shift": "canary", "shift_size_percent": 51}, "use a whole number from 1 to 50"),
        ({"model_uri": "gs://x/y"}, "model_uri: got 'gs://x/y'; use an S3 URI"),
        ({"min_replicas": -1}, "min_replicas: got -1"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SageMakerAsyncEndpoint, "captions", MINIMAL | change)
    assert problem in str(caught.value)


def test_an_output_of_just_the_length(  # both sides of the limit
) -> None:
    longest = "s3://b/" + "x" * 495
    recorded = record(SageMakerAsyncEndpoint, "captions", MINIMAL | {"output_uri": longest})
    output = recorded.inputs["captions-configuration"]["asyncInferenceConfig"]["outputConfig"]
    assert len(output["s3FailurePath"]) == 512
