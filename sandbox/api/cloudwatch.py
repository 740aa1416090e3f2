"""CloudWatch: metric alarms and their state, which a rollout's gate reads."""

from typing import Any

from sandbox.api.aws import Call, Operation
from sandbox.api.spelling import pascal
from sandbox.store import Row

__all__ = ["OPERATIONS"]

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_OMITTED = frozenset({"name", "tags", "tagsAll", "metricQueries", "extendedStatistic"})


def _describe_alarms(call: Call) -> dict[str, Any]:
    names = call.parameters.get("AlarmNames")
    prefix = call.parameters.get("AlarmNamePrefix", "")
    state = call.parameters.get("StateValue")
    rows = call.store.list(
        "aws", METRIC_ALARM, account=call.caller.account, region=call.caller.region
    )
    alarms = [_alarm(row) for row in rows]
    return {
        "MetricAlarms": [
            alarm
            for alarm in alarms
            if (names is None or alarm["AlarmName"] in names)
            and alarm["AlarmName"].startswith(prefix)
            and state in (None, alarm["StateValue"])
        ],
        "CompositeAlarms": [],
    }


def _alarm(row: Row) -> dict[str, Any]:
    inputs = {key: value for key, value in row.inputs.items() if key not in _OMITTED}
    dimensions: dict[str, str] = inputs.pop("dimensions", None) or {}
    return {
        **pascal(inputs),
        "AlarmName": row.name,
        "AlarmArn": row.outputs.get("arn", ""),
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
        # An alarm without data is in this state until it gets some.
        "StateValue": row.live.get("state", "INSUFFICIENT_DATA"),
        "StateReason": row.live.get("state_reason", ""),
    }


OPERATIONS: dict[str, Operation] = {"DescribeAlarms": Operation(_describe_alarms, METRIC_ALARM)}
