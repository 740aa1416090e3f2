import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_batch_transform import SageMakerBatchTransform
from facts import sagemaker_batch
from provider.aws import sagemaker_transform_job_inputs as inputs_of
from provider.input_checks import Problems
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "2.1.0",
    "model_uri": "s3://models/scores/2.1.0/model.tar.gz",
    "framework": "xgboost",
    "instance_type": "ml.m5.xlarge",
    "input_uri": "s3://data/customers/",
    "output_uri": "s3://data/scores/",
}
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/server@sha256:" + "0" * 64
DATA_KEY = "arn:aws:kms:eu-west-1:123456789012:key/data"
QUEUE = "arn:aws:sqs:eu-west-1:123456789012:lost"
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Scores customers.",
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "env": {"MODE": "fast"},
    "instance_type": "ml.g5.xlarge",
    "parallelism": 3,
    "content_type": "text/csv",
    "split_type": "line",
    "gzip": True,
    "batch_strategy": "multi_record",
    "max_payload_mib": 5,
    "max_concurrent_transforms": 20,
    "invocation_timeout_seconds": 120,
    "retries": 1,
    "accept": "application/json",
    "assemble_lines": True,
    "join_input": True,
    "input_filter": "$[1:]",
    "output_filter": "$[0,-1]",
    "timeout_seconds": 7200,
    "wait_for_completion": False,
    "capture_uri": "s3://data/captured/",
    "data_key_arn": DATA_KEY,
    "subnet_ids": ["subnet-1"],
    "security_group_ids": ["sg-1"],
    "artifact_key_arn": "arn:aws:kms:artifacts",
    "alarm_topic_arn": "arn:aws:sns:topic",
}
NIGHTLY: dict[str, Any] = {
    **{k: v for k, v in FULL.items() if k not in {"timeout_seconds", "wait_for_completion"}},
    "instance_type": "ml.m5.xlarge",
    "schedule": "30 2 * * 1-5",
    "time_zone": "Europe/Berlin",
    "late_seconds": 600,
    "suspended": True,
    "dead_letter_queue_arn": QUEUE,
}


def statements(recorded: Recorded, role: str = "scores-role-policy") -> dict[str, dict[str, Any]]:
    document = json.loads(recorded.inputs[role]["policy"])
    return {each["Sid"]: each for each in document["Statement"]}


def problems_of(inputs: dict[str, Any]) -> Problems:
    """What the provider would say of a job's inputs."""
    return inputs_of.check(inputs)[1]


def test_every_argument_of_one_run() -> None:
    recorded = record(SageMakerBatchTransform, "scores", FULL)
    job = recorded.inputs["scores-job"]
    tags = job.pop("tags")
    assert tags["model-serving:model-version"] == "2.1.0"
    assert job == {
        "namePrefix": "scores-dev",
        "modelName": "scores-model",
        "inputUri": "s3://data/customers/",
        "outputUri": "s3://data/scores/",
        "instanceType": "ml.g5.xlarge",
        "instanceCount": 3,
        "contentType": "text/csv",
        "splitType": "Line",
        "compressionType": "Gzip",
        "batchStrategy": "MultiRecord",
        "maxPayloadMib": 5,
        "maxConcurrentTransforms": 20,
        "invocationTimeoutSeconds": 120,
        "invocationRetries": 1,
        "environment": {"MODE": "fast"},
        "accept": "application/json",
        "assembleWith": "Line",
        "joinSource": "Input",
        "inputFilter": "$[1:]",
        "outputFilter": "$[0,-1]",
        "captureUri": "s3://data/captured/",
        "captureKeyId": DATA_KEY,
        "outputKeyId": DATA_KEY,
        "waitForCompletion": False,
        "timeoutSeconds": 7200,
    }
    assert problems_of(job) == []
    assert recorded.inputs["scores-model"]["vpcConfig"]["subnets"] == ["subnet-1"]
    assert recorded.outputs["url"] == "s3://data/scores/"
    status = recorded.outputs["status"]
    assert (status["min_replicas"], status["max_replicas"]) == (0, 3)


def test_the_least_is_encrypted_isolated_and_waited_for() -> None:
    recorded = record(SageMakerBatchTransform, "scores", MINIMAL)
    job = recorded.inputs["scores-job"]
    assert job["waitForCompletion"] is True
    assert job["timeoutSeconds"] == 3600
    assert job["volumeKeyId"].endswith(":scores-key")
    assert recorded.inputs["scores-model"]["enableNetworkIsolation"] is True
    assert problems_of(job) == []
    assert not recorded.of("aws:scheduler/schedule:Schedule")
    assert not recorded.of("aws:cloudwatch/eventRule:EventRule")
    # The group is the account's, of all its jobs.
    assert not recorded.of("aws:cloudwatch/logGroup:LogGroup")


def test_runs_by_a_schedule() -> None:
    recorded = record(SageMakerBatchTransform, "scores", NIGHTLY)
    assert not recorded.of("serving:index:SageMakerTransformJob")
    planned = recorded.inputs["scores-schedule"]
    assert planned["scheduleExpression"] == "cron(30 2 ? * MON-FRI *)"
    assert planned["scheduleExpressionTimezone"] == "Europe/Berlin"
    assert planned["state"] == "DISABLED"
    assert planned["flexibleTimeWindow"] == {"mode": "OFF"}
    target = planned["target"]
    assert target["arn"] == "arn:aws:scheduler:::aws-sdk:sagemaker:createTransformJob"
    assert target["retryPolicy"] == {"maximumEventAgeInSeconds": 600, "maximumRetryAttempts": 10}
    assert target["deadLetterConfig"] == {"arn": QUEUE}
    request = json.loads(target["input"])
    assert request["TransformJobName"] == "scores-dev-<aws.scheduler.execution-id>"
    # The same request as of one run.
    run = sagemaker_batch.run_of(request)
    assert problems_of({"namePrefix": "scores-dev", **run}) == []
    assert run["volumeKeyId"].endswith(":scores-key")
    assert run["instanceCount"] == 3
    assert {"Key": "model-serving:model-version", "Value": "2.1.0"} in request["Tags"]
    assert recorded.outputs["endpoint_name"] == "scores-schedule"
    assert recorded.outputs["status"]["schedule"] == "30 2 * * 1-5"


def test_the_schedule_may_begin_its_own_runs_alone() -> None:
    recorded = record(SageMakerBatchTransform, "scores", NIGHTLY)
    found = statements(recorded, "scores-schedule-role-policy")
    assert found["BeginRuns"]["Action"] == ["sagemaker:AddTags", "sagemaker:CreateTransformJob"]
    assert found["BeginRuns"]["Resource"] == [
        "arn:aws:sagemaker:eu-west-1:123456789012:transform-job/scores-dev-*"
    ]
    key = "arn:aws:mock:eu-west-1:123456789012:scores-key"
    assert found["UseKey"]["Resource"] == [key] == [recorded.inputs["scores-schedule"]["kmsKeyArn"]]
    assert found["KeepLostRuns"]["Resource"] == [QUEUE]
    assert len(found) == 3
    trust = json.loads(recorded.inputs["scores-schedule-role"]["assumeRolePolicy"])
    (statement,) = trust["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_the_role_lists_and_reads_its_input_and_writes_its_results() -> None:
    found = statements(record(SageMakerBatchTransform, "scores", FULL))
    assert found["ReadInput"]["Resource"] == ["arn:aws:s3:::data/customers/*"]
    assert found["ListInput"]["Condition"] == {"StringLike": {"s3:prefix": "customers/*"}}
    assert found["WriteOutputs"]["Resource"] == [
        "arn:aws:s3:::data/captured/*",
        "arn:aws:s3:::data/scores/*",
    ]
    assert found["UseKey"]["Resource"] == [DATA_KEY]
    logs = "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/TransformJobs"
    assert found["WriteLogs"]["Resource"] == [logs, f"{logs}:*"]
    assert "JoinNetwork" in found


def test_who_is_told_when_a_run_fails() -> None:
    recorded = record(SageMakerBatchTransform, "scores", NIGHTLY)
    pattern = json.loads(recorded.inputs["scores-failures"]["eventPattern"])
    assert pattern["detail-type"] == ["SageMaker Transform Job State Change"]
    assert pattern["detail"] == {
        "TransformJobName": [{"prefix": "scores-dev-"}],
        "TransformJobStatus": ["Failed", "Stopped"],
    }
    assert recorded.inputs["scores-failures-topic"]["arn"] == "arn:aws:sns:topic"


@pytest.mark.parametrize(("name", "cut"), [("m" * 22, False), ("m" * 23, True), ("m" * 40, True)])
def test_a_scheduled_name_leaves_room_for_an_id(name: str, *, cut: bool) -> None:
    recorded = record(SageMakerBatchTransform, name, NIGHTLY)
    request = json.loads(recorded.inputs[f"{name}-schedule"]["target"]["input"])
    prefix = request["TransformJobName"].removesuffix("<aws.scheduler.execution-id>")
    assert len(prefix) + 36 <= 63
    assert (prefix == f"{name}-dev-") is not cut


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"instance_type": "ml.p5.48xlarge"}, "what batch transform runs on: https://docs.aws"),
        ({"instance_type": "ml.m5.xlarg"}, "instance_type: got 'ml.m5.xlarg'; use ml.m5.xlarge"),
        ({"parallelism": 101}, "parallelism: got 101; use a whole number from 1 to 100"),
        ({"input_uri": "gs://x/y"}, "input_uri: got 'gs://x/y'; use an S3 prefix"),
        ({"output_uri": "/data"}, "output_uri: got '/data'"),
        ({"capture_uri": "x"}, "capture_uri: got 'x'"),
        ({"split_type": "Line"}, "split_type: got 'Line'; use one of line, none, recordio"),
        ({"batch_strategy": "multi_record"}, "use single_record, or split_type beside it"),
        ({"max_payload_mib": 101}, "max_payload_mib: got 101; use a whole number from 0 to 100"),
        ({"max_concurrent_transforms": 17}, "max_payload_mib (6) they are 0 to 100 MB together"),
        ({"retries": 4}, "retries: got 4; use a whole number from 0 to 3"),
        ({"invocation_timeout_seconds": 3601}, "from 1 to 3600"),
        ({"env": {str(n): "" for n in range(17)}}, "env: got '17 variables'; use at most 16"),
        ({"schedule": "hourly"}, "schedule: got 'hourly'; use five fields"),
        ({"schedule": "0 0 1 * 1"}, "use days of the month or days of the week, not both"),
        ({"schedule": "@daily", "time_zone": "Berlin"}, "time_zone: got 'Berlin'"),
        ({"time_zone": "Europe/Berlin"}, "time_zone: got 'Europe/Berlin'; use schedule beside it"),
        ({"dead_letter_queue_arn": QUEUE}, "use schedule beside it"),
        ({"schedule": "@daily", "wait_for_completion": True}, "use it without a schedule only"),
        ({"schedule": "@daily", "timeout_seconds": 60}, "SageMaker ends no transform job"),
        ({"schedule": "@daily", "late_seconds": 59}, "late_seconds: got 59"),
        ({"overlap": "forbid"}, "each run of a schedule is a job of its own"),
        ({"canary_percent": 10}, "a batch transform answers no requests that could be shared"),
        ({"max_replicas": 4}, "use parallelism for how many score at once"),
        ({"framework": "onnx"}, "framework: got 'onnx'"),
        ({"subnet_ids": ["a"]}, "security_group_ids: got None; use both"),
        ({"environment": "e" * 63}, "use at most 63 signs with environment"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SageMakerBatchTransform, "scores", MINIMAL | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"max_concurrent_transforms": 16},
        {"max_payload_mib": 100, "max_concurrent_transforms": 1},
        {"parallelism": 100},
        {"retries": 3},
        {"schedule": "@every 6h"},
        {"batch_strategy": "single_record"},
    ],
)
def test_good_arguments(change: dict[str, Any]) -> None:
    record(SageMakerBatchTransform, "scores", MINIMAL | change)
