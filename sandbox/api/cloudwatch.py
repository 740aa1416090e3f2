"""CloudWatch: metric alarms and their state, which a rollout's gate reads."""

from typing import Any

from sandbox.api.call import Call, Operation
from sandbox.api.spelling import pascal
from sandbox.store import Row

__all__ = ["OPERATIONS"]

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
_OMITTED = frozenset({"name", "tags", "tagsAll", "metricQueries"})


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
    return {
        **pascal(inputs),
        "AlarmName": row.name,
        "AlarmArn": row.outputs.get("arn", ""),
        "Dimensions": _dimensions(row.inputs),
        # An alarm without data is in this state until it gets some.
        "StateValue": row.live.get("state", "INSUFFICIENT_DATA"),
        "StateReason": row.live.get("state_reason", ""),
        **_metrics(row),
    }


def _metrics(row: Row) -> dict[str, Any]:
    """The queries of an alarm on several metrics; a plain alarm has none."""
    queries: list[dict[str, Any]] = row.inputs.get("metricQueries") or []
    return {"Metrics": [_query(query) for query in queries]} if queries else {}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = pascal({k: v for k, v in query.items() if k != "metric"})
    metric: dict[str, Any] | None = query.get("metric")
    if metric:
        names = {"namespace": "Namespace", "metricName": "MetricName"}
        answer["MetricStat"] = {
            "Metric": {
                **{theirs: metric[ours] for ours, theirs in names.items() if ours in metric},
                "Dimensions": _dimensions(metric),
            },
            **pascal({k: metric[k] for k in ("period", "stat", "unit") if k in metric}),
        }
    return answer


def _dimensions(inputs: dict[str, Any]) -> list[dict[str, str]]:
    dimensions: dict[str, str] = inputs.get("dimensions") or {}
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]


OPERATIONS: dict[str, Operation] = {"DescribeAlarms": Operation(_describe_alarms, METRIC_ALARM)}
