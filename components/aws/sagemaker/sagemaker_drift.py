"""Whether what a SageMaker endpoint is asked still looks like its model's training.

SageMaker Model Monitor starts a job by a schedule, which holds captured requests against a baseline
(statistics and constraints that its suggestion job wrote), and publishes a distance per feature.
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-data-quality.html
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import (
    About,
    AlarmScope,
    Evaluation,
    Signal,
    metric_alarm,
)
from components.aws.place import place
from components.aws.sagemaker.sagemaker_role import Access, execution_role
from components.checks import Checks
from components.drift import Drifting, read_drift
from components.managed import Capturing
from components.serving import Core
from facts.alerts import DATA_DRIFTS
from facts.cloudwatch import ALARM_METRICS
from facts.drift import drift_times
from facts.sagemaker_monitor import (
    BASELINE,
    BASELINE_FILES,
    BASELINE_USE,
    DATA_METRICS,
    DEFAULT_DISTANCE,
    DRIFT_METRIC,
    INSTANCE_TYPE,
    JOB_LOGS,
    MONITOR_ACCOUNTS,
    REPORTS_URI_LENGTH,
    VIOLATIONS,
    VOLUME_GIB,
    monitor_image,
    monitor_schedule,
    reports_uri,
)

__all__ = ["Captured", "read_sagemaker_drift", "watch_drift"]

_INPUT: Final = "/opt/ml/processing/input/endpoint"
_OUTPUT: Final = "/opt/ml/processing/output"
_MOST_SECONDS: Final = 3300


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """The endpoint whose requests are looked at, and what is needed to read what it captured."""

    endpoint_name: str
    uri: pulumi.Input[str]
    key_arn: pulumi.Input[str] | None
    """Key of what is captured and of the reports; None for the bucket's."""
    volume_key_arn: pulumi.Input[str] | None
    subnet_ids: Sequence[pulumi.Input[str]]
    security_group_ids: Sequence[pulumi.Input[str]]
    isolated: bool
    after: pulumi.Resource
    """What has to be live before there is anything to look at."""


def read_sagemaker_drift(
    checks: Checks,
    args: Mapping[str, Any],
    capturing: Capturing | None,
    *,
    endpoint_name: str,
    one_model: bool,
) -> Drifting | None:
    """`drift_…`; it needs requests that are captured, of one model."""
    found = read_drift(
        checks,
        args,
        pattern=BASELINE,
        use=f"{BASELINE_USE}, such as s3://models/fraud/baseline",
    )
    if found is None:
        return None
    if capturing is None or not capturing.request:
        use = "it with capture_percent and request in capture_payload: captured requests are read"
        checks.problem("drift_baseline_uri", args["drift_baseline_uri"], use)
    elif isinstance(capturing.uri, str):
        _check_room(checks, capturing.uri, endpoint_name)
    if not one_model:
        use = "none: Model Monitor reads the requests of one model in one container"
        checks.problem("drift_baseline_uri", args["drift_baseline_uri"], use)
    if found.threshold is not None and not found.features:
        use = "it with drift_features: each has a metric of its own; that of all is in constraints"
        checks.problem("drift_threshold", found.threshold, use)
    return found


def _check_room(checks: Checks, captured_uri: str, endpoint_name: str) -> None:
    """Notes a place with no room for the address of what jobs find, which lies below it."""
    room = int(REPORTS_URI_LENGTH.maximum or 0) - len(reports_uri("", endpoint_name))
    if len(captured_uri.rstrip("/")) > room:
        use = f"at most {room} characters: reports on drift lie below it"
        checks.problem("capture_uri", captured_uri, use)


def watch_drift(
    core: Core, drifting: Drifting, captured: Captured, scope: AlarmScope
) -> aws.sagemaker.MonitoringSchedule:
    """The job, its schedule and role, an alarm on the distance, and events to the ticket topic."""
    name, parent, tags = core.name, scope.parent, core.aws_tags()
    child, here = pulumi.ResourceOptions(parent=parent), place(parent)
    image = here.apply(lambda known: _image(known.region))
    base = pulumi.Output.from_input(drifting.baseline_uri).apply(lambda uri: uri.rstrip("/"))
    baseline = [pulumi.Output.concat(base, "/", each) for each in BASELINE_FILES]
    place_of = pulumi.Output.from_input(captured.uri).apply(lambda uri: uri.rstrip("/"))
    reports = place_of.apply(lambda uri: reports_uri(uri, captured.endpoint_name))
    keys = [captured.key_arn] if captured.key_arn is not None else []
    role, policy = execution_role(
        f"{name}-drift",
        Access(
            images=[image],
            reads=[*baseline, pulumi.Output.concat(place_of, "/", captured.endpoint_name, "/")],
            writes=[reports],
            read_keys=[captured.volume_key_arn] if captured.volume_key_arn is not None else [],
            write_keys=keys,
            log_group=JOB_LOGS,
            metrics_namespace=DATA_METRICS,
            subnet_ids=captured.subnet_ids,
            security_group_ids=captured.security_group_ids,
        ),
        of=f"jobs that look at the drift of {captured.endpoint_name}",
        tags=tags,
        lookup=pulumi.InvokeOptions(parent=parent),
        child=child,
    )
    job = aws.sagemaker.DataQualityJobDefinition(
        f"{name}-drift-job",
        role_arn=role.arn,
        data_quality_app_specification={
            "image_uri": image,
            # https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-cloudwatch.html
            "environment": {"publish_cloudwatch_metrics": "Enabled"},
        },
        data_quality_baseline_config={
            "statistics_resource": {"s3_uri": baseline[0]},
            "constraints_resource": {"s3_uri": baseline[1]},
        },
        data_quality_job_input={
            "endpoint_input": {"endpoint_name": captured.endpoint_name, "local_path": _INPUT}
        },
        data_quality_job_output_config={
            "monitoring_outputs": {
                "s3_output": {
                    "s3_uri": reports,
                    "local_path": _OUTPUT,
                    "s3_upload_mode": "EndOfJob",
                }
            },
            "kms_key_id": captured.key_arn,
        },
        job_resources={
            "cluster_config": {
                "instance_count": 1,
                "instance_type": INSTANCE_TYPE,
                "volume_size_in_gb": VOLUME_GIB,
                "volume_kms_key_id": captured.volume_key_arn,
            }
        },
        network_config=_network(captured),
        # It ends before the next hour begins.
        stopping_condition={"max_runtime_in_seconds": _MOST_SECONDS},
        tags=dict(tags),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy, captured.after]),
    )
    schedule = aws.sagemaker.MonitoringSchedule(
        f"{name}-drift-schedule",
        monitoring_schedule_config={
            "monitoring_type": "DataQuality",
            "monitoring_job_definition_name": job.name,
            "schedule_config": {"schedule_expression": monitor_schedule(drifting.schedule)},
        },
        tags=dict(tags),
        opts=child,
    )
    about = scope.about or About(core.owner, "", None, "")
    _distance_alarms(drifting, captured.endpoint_name, schedule, scope, about)
    if scope.topic_arn is not None:
        _events(captured.endpoint_name, schedule, scope.topic_arn, scope, about)
    return schedule


def _image(region: str) -> str:
    image = monitor_image(region)
    if not image:
        raise pulumi.RunError(
            f"drift_baseline_uri: Model Monitor has no image in {region}; use none there, or one "
            f"of {', '.join(MONITOR_ACCOUNTS)}"
        )
    return image


def _network(
    captured: Captured,
) -> aws.sagemaker.DataQualityJobDefinitionNetworkConfigArgsDict:
    """The endpoint's own; SageMaker itself brings and takes away what the container reads."""
    config: aws.sagemaker.DataQualityJobDefinitionNetworkConfigArgsDict = {
        "enable_network_isolation": captured.isolated
    }
    if captured.subnet_ids:
        config["vpc_config"] = {
            "subnets": list(captured.subnet_ids),
            "security_group_ids": list(captured.security_group_ids),
        }
    return config


def _distance_alarms(
    drifting: Drifting,
    endpoint_name: str,
    schedule: aws.sagemaker.MonitoringSchedule,
    scope: AlarmScope,
    about: About,
) -> None:
    """An alarm for each ten features, which CloudWatch has room for in one."""
    limit = DEFAULT_DISTANCE if drifting.threshold is None else drifting.threshold
    hours, most = drift_times(drifting.schedule).longest_wait, int(ALARM_METRICS.maximum or 0)
    dimensions = {"Endpoint": endpoint_name, "MonitoringSchedule": schedule.name}
    for number, start in enumerate(range(0, len(drifting.features), most)):
        features = drifting.features[start : start + most]
        signals = {
            f"m{at}": Signal(DATA_METRICS, f"{DRIFT_METRIC}{feature}", "Maximum", dimensions)
            for at, feature in enumerate(features)
        }
        metric_alarm(
            scope,
            "drift" if number == 0 else f"drift-{number + 1}",
            description=about.said(
                DATA_DRIFTS,
                f"{endpoint_name}: the distribution of a feature is further than {limit:g} from "
                f"the baseline: {', '.join(features)[:300]}",
            ),
            signals=signals,
            threshold=limit,
            # One look in each period; what it found stays until the next one.
            evaluation=Evaluation(period_seconds=hours * 3600, periods=1, breaching=1),
            expression=f"MAX([{', '.join(signals)}])" if len(signals) > 1 else None,
            actions=scope.ticket_actions,
        )


def _events(
    endpoint_name: str,
    schedule: aws.sagemaker.MonitoringSchedule,
    topic_arn: pulumi.Input[str],
    scope: AlarmScope,
    about: About,
) -> None:
    """What a job found against the constraints, and jobs that did not get to look.

    https://docs.aws.amazon.com/sagemaker/latest/dg/automating-sagemaker-with-eventbridge.html
    """
    kinds: dict[str, tuple[str, dict[str, Any], str]] = {
        "violations": (
            f"{endpoint_name}: requests do not look like the baseline",
            {"ExitMessage": [{"prefix": VIOLATIONS}]},
            "<message>",
        ),
        "failures": (
            f"{endpoint_name}: nobody knows whether requests drift, for a job did not end well",
            {"ProcessingJobStatus": ["Failed", "Stopped"]},
            "<status>",
        ),
    }
    for word, (says, found, shown) in kinds.items():
        rule = aws.cloudwatch.EventRule(
            f"{scope.name}-drift-{word}",
            description=says,
            event_pattern=schedule.arn.apply(lambda arn, found=found: _pattern(arn, found)),
            tags=dict(scope.tags),
            opts=pulumi.ResourceOptions(parent=scope.parent),
        )
        text = about.said(DATA_DRIFTS, f"{says}: {shown} (job <job>)")
        aws.cloudwatch.EventTarget(
            f"{scope.name}-drift-{word}-topic",
            rule=rule.name,
            arn=topic_arn,
            input_transformer={
                "input_paths": {
                    "job": "$.detail.ProcessingJobName",
                    "message": "$.detail.ExitMessage",
                    "status": "$.detail.ProcessingJobStatus",
                },
                "input_template": text.apply(json.dumps),
            },
            opts=pulumi.ResourceOptions(parent=scope.parent),
        )


def _pattern(schedule_arn: str, found: Mapping[str, Any]) -> str:
    return json.dumps(
        {
            "source": ["aws.sagemaker"],
            "detail-type": ["SageMaker Processing Job State Change"],
            "detail": {"MonitoringScheduleArn": [schedule_arn], **found},
        },
        sort_keys=True,
    )
