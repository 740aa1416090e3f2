"""Latency: an alarm can go off, somebody hears it, and silence is not an alarm."""

import re
from collections.abc import Sequence
from typing import Final

from policies.alarms import Signal, signals
from policies.properties import Property
from policies.resource_types import (
    ALARM,
    AZURE_ALERTS,
    COMPOSITE_ALARM,
    ENDPOINT,
    GOOGLE_ALERT_POLICY,
    TOPIC,
)
from policies.rule import (
    Faults,
    Level,
    NoSettings,
    Severity,
    Unknown,
    resource_rule,
    stack_rule,
)
from policies.view import Stack, View

DEPLOYMENT_GROUP: Final = "aws:codedeploy/deploymentGroup:DeploymentGroup"
EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
# Where a reader says which alarms.
_NAMING: Final = ("alarmRule", "deploymentConfig", "alarmConfiguration")
_DAY: Final = 86_400
_SHORT_PERIODS: Final = (10, 20, 30)
# Metrics of these have one value a minute; SageMaker may be asked for more.
_BY_THE_MINUTE: Final = ("AWS/Lambda", "AWS/ApiGateway")
# Counted where requests are made, so that nothing is there when nobody asks.
_OF_REQUESTS: Final = frozenset(
    {
        ("AWS/SageMaker", "Invocation4XXErrors"),
        ("AWS/SageMaker", "Invocation5XXErrors"),
        ("AWS/SageMaker", "InvocationModelErrors"),
        ("AWS/Lambda", "Errors"),
        ("AWS/Lambda", "Throttles"),
        ("AWS/ApiGateway", "4XXError"),
        ("AWS/ApiGateway", "5XXError"),
        ("AWS/ApiGateway", "4xx"),
        ("AWS/ApiGateway", "5xx"),
        ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"),
        ("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count"),
        ("AWS/ApplicationELB", "TargetResponseTime"),
    }
)


@resource_rule(
    "latency/alarm-never-fires",
    severity=Severity.HIGH,
    types=(ALARM,),
    fix="Shorten period or evaluationPeriods, and switch the alarm's actions on.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    checkov=("CKV_AWS_319",),
)
def alarm_never_fires(view: View, _settings: NoSettings) -> Faults:
    """An alarm cannot go off as it is set.

    CloudWatch looks back at most one day where periods are under an hour, seven days otherwise, and
    takes periods of 10, 20, 30 and whole minutes. Under a minute it finds too few values of metrics
    that have one a minute, such as Lambda's and API Gateway's:
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    """
    periods = view.get("evaluationPeriods")
    count = periods.number()
    wanted = view.get("datapointsToAlarm")
    if count is not None and (points := wanted.number()) is not None and points > count:
        yield wanted.fault(f"at most evaluationPeriods, which is {periods.shown}")
    enabled = view.get("actionsEnabled")
    if enabled.flag() is False:
        yield enabled.fault("true")
    for place in [view.properties, *(q.get("metric") for q in view.get("metricQueries").items())]:
        if place.absent or place.unknown:
            continue
        period = place.get("period")
        seconds = period.number()
        if seconds is None:
            continue
        longest = _DAY if seconds < 3600 else 7 * _DAY  # noqa: PLR2004 - one hour.
        if seconds not in _SHORT_PERIODS and (seconds % 60 or seconds <= 0):
            yield period.fault("10, 20, 30 or whole minutes in seconds")
        elif seconds in _SHORT_PERIODS and place.get("namespace").text() in _BY_THE_MINUTE:
            yield period.fault("60 or more: the metric has one value a minute")
        elif count is not None and seconds * count > longest:
            found = f"{period.shown} s × {periods.shown}"
            yield period.fault(f"at most {longest} s in all", found)


@stack_rule(
    "latency/alarm-silent",
    severity=Severity.HIGH,
    types=(ALARM, COMPOSITE_ALARM, TOPIC, GOOGLE_ALERT_POLICY, *AZURE_ALERTS),
    fix="Name who is told: alarmActions, notificationChannels, actions. Our targets have "
    "alarm_topic_arn and the like for it.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def alarm_silent(stack: Stack, _settings: NoSettings) -> Faults:
    """An alarm tells nobody, or tells a topic that cannot hear it.

    One that a composite alarm, a rollback or a rule on events of the same stack reads needs no
    action of its own. CloudWatch may not use AWS's own key of SNS, so that a topic under it gets
    nothing: https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
    """
    # Read once: a stack may have as many of them as alarms.
    readers = [
        (view, [str(view.get(key).raw) for key in _NAMING])
        for view in stack.of(COMPOSITE_ALARM, ENDPOINT, DEPLOYMENT_GROUP, EVENT_RULE)
    ]
    alarms = stack.of(ALARM, COMPOSITE_ALARM)
    for alarm in alarms:
        if alarm.get("actionsEnabled").flag() is False:
            continue
        place = alarm.get("alarmActions")
        if _nobody(place) and not any(_reads(*reader, alarm) for reader in readers):
            yield Stack.fault(alarm, place, "a topic, or what else is told")
    for view in stack.of(GOOGLE_ALERT_POLICY, *AZURE_ALERTS):
        yield from _silent_alert(view)
    for topic in stack.of(TOPIC):
        key = topic.get("kmsMasterKeyId")
        own = (key.text() or "").endswith("alias/aws/sns")
        if own and any(_tells(alarm, topic) for alarm in alarms):
            yield Stack.fault(topic, key, "a key of your own, which CloudWatch may use")


def _nobody(place: Property) -> bool:
    return place.absent or (not place.unknown and not place.items())


def _silent_alert(view: View) -> Faults:
    enabled = view.get("enabled")
    if enabled.flag() is False:
        yield Stack.fault(view, enabled, "true")
    if view.token == GOOGLE_ALERT_POLICY:
        places = [view.get("notificationChannels")]
    elif view.token.endswith(":MetricAlert"):
        places = [view.get("actions")]
    else:
        # Of a rule on a query; the second of the API's version of 2018.
        places = [view.get("actions", "actionGroups"), view.get("action", "aznsAction")]
    if all(map(_nobody, places)):
        yield Stack.fault(view, places[0], "whom to tell")


def _reads(reader: View, told: Sequence[str], alarm: View) -> bool:
    """Whether the reader is computed from the alarm, or names it."""
    if alarm.urn in reader.resource.dependencies:
        return True
    name = alarm.get("name" if alarm.token == ALARM else "alarmName").raw
    if not isinstance(name, str) or reader is alarm:
        return False
    # By its name or its ARN: ALARM(fraud-slow), ALARM("fraud-slow"), {'alarmName': 'fraud-slow'}.
    whole = re.compile(rf"[\"'(:]{re.escape(name)}[\"')]")
    # Most name another one, which is seen sooner than by a pattern.
    return any(name in said and whole.search(said) is not None for said in told)


def _tells(alarm: View, topic: View) -> bool:
    arn = topic.get("arn").raw
    named = arn in [action.raw for action in alarm.get("alarmActions").items()]
    return named or topic.urn in alarm.resource.property_dependencies.get("alarmActions", ())


@resource_rule(
    "latency/alarm-missing-data",
    severity=Severity.LOW,
    types=(ALARM,),
    fix="Set treatMissingData to notBreaching: where nobody asks, nobody waits.",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def alarm_missing_data(view: View, _settings: NoSettings) -> Faults:
    """An alarm on requests does not say what it makes of minutes without any.

    Latency and errors have no value then. Where nothing is said an alarm ends as INSUFFICIENT_DATA,
    and with breaching it wakes somebody because nobody asked. Alarms on too little, and expressions
    that fill what is missing, are left alone.
    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    """
    if not any(_of_requests(signal) for signal in signals(view)):
        return
    operator = view.get("comparisonOperator")
    if not (operator.text() or "").startswith("Greater"):
        return
    expressions = [query.get("expression").text() for query in view.get("metricQueries").items()]
    if any("FILL(" in (text or "") for text in expressions):
        return
    place = view.get("treatMissingData")
    if place.absent or place.text() == "breaching":
        yield place.fault("notBreaching")


def _of_requests(signal: Signal) -> bool:
    metric = signal.place.get("metricName").text()
    return signal.latency is not None or (signal.namespace, metric) in _OF_REQUESTS


RULES = (alarm_never_fires, alarm_silent, alarm_missing_data)
