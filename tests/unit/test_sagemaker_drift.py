"""Drift of a SageMaker endpoint: what Model Monitor is asked, who may read what, who is told."""

import json
import re
from typing import Any, cast

import botocore.session  # pyright: ignore[reportMissingTypeStubs]
import botocore.validate  # pyright: ignore[reportMissingTypeStubs]
import pulumi
import pytest

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from facts.aws_image_accounts import AWS_IMAGE_ACCOUNTS
from facts.drift import SCHEDULE, drift_times, interval_hours
from facts.sagemaker_monitor import (
    MONITOR_ACCOUNTS,
    monitor_image,
    monitor_schedule,
)
from tests.unit import component_mocks
from tests.unit.component_mocks import Recorded, record
from tests.unit.sagemaker_endpoints import CAPTURE, FURTHER, made, refused
from tests.unit.test_sagemaker_endpoint import IMAGE, MINIMAL

TOPIC = "arn:aws:sns:eu-west-1:123456789012:team"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/captured"
DRIFT: dict[str, Any] = {**CAPTURE, "drift_baseline_uri": "s3://models/fraud/1.4.0/baseline/"}
# What AWS's page has: full hours alone.
_EXPRESSION = r"cron\(0 (\*|([01]?\d|2[0-3])(/([1-9]|1\d|2[0-4]))?) \? \* \* \*\)"


def _spelt(value: object) -> Any:  # noqa: ANN401 - JSON
    """Pulumi's names as the API has them."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {f"{key[:1].upper()}{key[1:]}": _spelt(each) for key, each in members.items()}
    return int(value) if isinstance(value, float) else value


def _valid(operation: str, asked: dict[str, Any]) -> None:
    """Whether botocore would send it."""
    session: Any = botocore.session
    service = session.get_session().get_service_model("sagemaker")
    validator: Any = botocore.validate.ParamValidator()
    report = validator.validate(asked, service.operation_model(operation).input_shape)
    assert not report.has_errors(), report.generate_report()


def _policy(recorded: Recorded) -> dict[str, dict[str, Any]]:
    document = json.loads(recorded.inputs["fraud-drift-role-policy"]["policy"])
    return {each["Sid"]: each for each in document["Statement"]}


def test_the_job_is_one_that_sagemaker_takes() -> None:
    network = {"subnet_ids": ["subnet-1"], "security_group_ids": ["sg-1"]}
    inputs = made(**DRIFT, **network, capture_key_arn=KEY).inputs
    job = dict(inputs["fraud-drift-job"])
    job.pop("tags")
    outputs = job["dataQualityJobOutputConfig"]
    assert outputs["monitoringOutputs"]["s3Output"]["s3Uri"] == (
        "s3://captured/fraud/drift-reports/fraud-dev"
    )
    assert outputs["kmsKeyId"] == KEY
    assert job["networkConfig"]["vpcConfig"] == {
        "subnets": ["subnet-1"],
        "securityGroupIds": ["sg-1"],
    }
    assert job["networkConfig"]["enableNetworkIsolation"] is False
    asked = _spelt(job)
    config = asked["DataQualityJobOutputConfig"]
    config["MonitoringOutputs"] = [config["MonitoringOutputs"]]
    cluster = asked["JobResources"]["ClusterConfig"]
    cluster["VolumeSizeInGB"] = cluster.pop("VolumeSizeInGb")
    asked["DataQualityAppSpecification"]["Environment"] = {"publish_cloudwatch_metrics": "Enabled"}
    _valid("CreateDataQualityJobDefinition", {"JobDefinitionName": "fraud-drift-job", **asked})
    schedule = dict(inputs["fraud-drift-schedule"])
    schedule.pop("tags")
    _valid("CreateMonitoringSchedule", {"MonitoringScheduleName": "fraud", **_spelt(schedule)})


def test_without_a_network_the_job_has_none_either() -> None:
    config = made(**DRIFT).inputs["fraud-drift-job"]["networkConfig"]
    assert config == {"enableNetworkIsolation": True}


def test_the_job_reads_what_was_captured_and_the_baseline_alone() -> None:
    found = _policy(made(**DRIFT, capture_key_arn=KEY))
    assert found["ReadArtifacts"]["Resource"] == [
        "arn:aws:s3:::captured/fraud/fraud-dev/*",
        "arn:aws:s3:::models/fraud/1.4.0/baseline/constraints.json",
        "arn:aws:s3:::models/fraud/1.4.0/baseline/statistics.json",
    ]
    assert found["WriteOutputs"]["Resource"] == [
        "arn:aws:s3:::captured/fraud/drift-reports/fraud-dev",
        "arn:aws:s3:::captured/fraud/drift-reports/fraud-dev/*",
    ]
    assert found["UseKey"]["Resource"] == [KEY]
    assert found["PutMetrics"]["Condition"] == {
        "StringEquals": {"cloudwatch:namespace": "aws/sagemaker/Endpoints/data-metrics"}
    }
    repository = "repository/sagemaker-model-monitor-analyzer"
    assert found["PullImages"]["Resource"] == [f"arn:aws:ecr:eu-west-1:468650794304:{repository}"]


@pytest.mark.parametrize("count", [0, 1, 10, 11, 20])
def test_an_alarm_for_each_ten_features(count: int) -> None:
    features = [f"f{number}" for number in range(count)]
    inputs = made(**DRIFT, drift_features=features).inputs
    # By name: they are registered in any order.
    alarms = sorted(name for name in inputs if re.fullmatch(r"fraud-drift(-\d)?", name))
    assert len(alarms) == -(-count // 10)
    metrics = [
        query["metric"]["metricName"]
        for name in alarms
        for query in inputs[name]["metricQueries"]
        if "metric" in query
    ]
    assert metrics == [f"feature_baseline_drift_{feature}" for feature in features]


def test_the_alarm_stays_until_somebody_looks_again() -> None:
    alarm = made(
        **DRIFT,
        drift_features=["amount", "country"],
        drift_threshold=0.2,
        drift_schedule="0 3/6 * * *",
        alarm_topic_arn=TOPIC,
        runbook_url="https://wiki.example/runbooks/{alert}",
    ).inputs["fraud-drift"]
    judged, first, _ = alarm["metricQueries"]
    assert judged["expression"] == "MAX([m0, m1])"
    assert first["metric"]["period"] == 6 * 3600
    assert first["metric"]["dimensions"] == {
        "Endpoint": "fraud-dev",
        "MonitoringSchedule": "fraud-drift-schedule",
    }
    assert (alarm["threshold"], alarm["evaluationPeriods"]) == (0.2, 1)
    assert alarm["alarmActions"] == [TOPIC]
    assert alarm["alarmDescription"].startswith("ModelDataDrifts. fraud-dev: ")
    assert "https://wiki.example/runbooks/ModelDataDrifts" in alarm["alarmDescription"]


def test_what_a_job_finds_is_told() -> None:
    inputs = made(**DRIFT, alarm_topic_arn=TOPIC).inputs
    patterns = {
        word: json.loads(inputs[f"fraud-drift-{word}"]["eventPattern"])["detail"]
        for word in ("violations", "failures")
    }
    schedule = {
        "MonitoringScheduleArn": ["arn:aws:mock:eu-west-1:123456789012:fraud-drift-schedule"]
    }
    assert patterns == {
        "violations": {**schedule, "ExitMessage": [{"prefix": "CompletedWithViolations"}]},
        "failures": {**schedule, "ProcessingJobStatus": ["Failed", "Stopped"]},
    }
    target = inputs["fraud-drift-violations-topic"]
    assert target["arn"] == TOPIC
    text = json.loads(target["inputTransformer"]["inputTemplate"])
    assert text.startswith("ModelDataDrifts. fraud-dev: requests do not look like the baseline")
    assert text.endswith("Owner: team-risk")
    # Nobody to tell: no rule without a target.
    assert "fraud-drift-violations" not in made(**DRIFT).inputs


def test_who_asks_for_nothing_has_nothing() -> None:
    assert not [name for name in made(**CAPTURE).inputs if "drift" in name]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"capture_payload": ["response"]}, "it with capture_percent and request in capture_pay"),
        ({"capture_percent": None, "capture_uri": None}, "it with capture_percent and request"),
        ({"drift_baseline_uri": "gs://b/x"}, "got 'gs://b/x'; use an S3 prefix with statistics"),
        ({"drift_threshold": 0.2}, "drift_threshold: got 0.2; use it with drift_features"),
        ({"drift_features": ["a"], "drift_threshold": 11}, "drift_threshold: got 11"),
        ({"drift_features": ["a", "b c"]}, "drift_features: got 'b c'"),
        ({"drift_schedule": "0 0 * * 1"}, "drift_schedule: got '0 0 * * 1'; use hourly, daily"),
        ({"containers": FURTHER[:1]}, "Model Monitor reads the requests of one model"),
        ({"drift_baseline_uri": None, "drift_schedule": "daily"}, "use it with drift_baseline_uri"),
    ],
)
def test_refused(change: dict[str, Any], problem: str) -> None:
    refused(problem, **{**DRIFT, **change})


def test_reports_have_to_fit_below_what_is_captured() -> None:
    longest = 512 - len("/drift-reports/fraud-dev")
    place = f"s3://{'bucket'.ljust(63, 'x')}/".ljust(longest, "x")
    outputs = made(**{**DRIFT, "capture_uri": place}).inputs["fraud-drift-job"][
        "dataQualityJobOutputConfig"
    ]
    reports = outputs["monitoringOutputs"]["s3Output"]["s3Uri"]
    assert (len(reports), reports) == (512, f"{place}/drift-reports/fraud-dev")
    refused(
        "use at most 488 characters: reports on drift lie below it",
        **{**DRIFT, "capture_uri": f"{place}x"},
    )
    # Without a watch on drift there are none.
    assert made(**CAPTURE | {"capture_uri": f"{place}x"})


def test_a_region_without_the_image(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = component_mocks._ANSWERS  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    monkeypatch.setitem(answers, "aws:index/getRegion:getRegion", {"region": "eu-south-2"})
    there = {key: value for key, value in MINIMAL.items() if key != "framework"}
    there["image"] = IMAGE.replace("eu-west-1", "eu-south-2")
    with pytest.raises(pulumi.RunError, match="Model Monitor has no image in eu-south-2; use none"):
        record(SageMakerEndpoint, "fraud", {**there, **DRIFT})


def test_images_are_awss_own() -> None:
    assert set(MONITOR_ACCOUNTS.values()) <= AWS_IMAGE_ACCOUNTS
    assert monitor_image("cn-north-1").startswith(
        "453000072557.dkr.ecr.cn-north-1.amazonaws.com.cn/"
    )
    assert monitor_image("mars-1") == ""


@pytest.mark.parametrize(
    ("schedule", "expression", "wait", "interval"),
    [
        ("hourly", "cron(0 * ? * * *)", 1, 1),
        ("daily", "cron(0 0 ? * * *)", 24, 24),
        ("0 * * * *", "cron(0 * ? * * *)", 1, 1),
        ("0 23 * * *", "cron(0 23 ? * * *)", 24, None),
        ("0 */4 * * *", "cron(0 0/4 ? * * *)", 4, 4),
        ("0 3/6 * * *", "cron(0 3/6 ? * * *)", 6, None),
        # From 15:00 over midnight to 3:00 it is longer than twelve hours are not.
        ("0 3/12 * * *", "cron(0 3/12 ? * * *)", 12, None),
        ("0 */5 * * *", "cron(0 0/5 ? * * *)", 5, None),
        ("0 20/6 * * *", "cron(0 20 ? * * *)", 24, None),
        ("0 5/24 * * *", "cron(0 5 ? * * *)", 24, None),
    ],
)
def test_schedules(schedule: str, expression: str, wait: int, interval: int | None) -> None:
    assert re.fullmatch(SCHEDULE, schedule)
    assert monitor_schedule(schedule) == expression
    assert re.fullmatch(_EXPRESSION, expression)
    assert drift_times(schedule).longest_wait == wait
    assert interval_hours(schedule) == interval


@pytest.mark.parametrize(
    "schedule",
    ["", "weekly", "0 24 * * *", "5 3 * * *", "0 3/25 * * *", "0 3 * * 1", "0 1-5 * * *"],
)
def test_what_is_no_schedule(schedule: str) -> None:
    with pytest.raises(ValueError, match="use hourly, daily, or full hours"):
        drift_times(schedule)
