"""CloudWatch: alarms and their state, which a rollout's gate reads."""

import time
from typing import Any

from sandbox.api import cloudwatch_data, writing
from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.spelling import epoch, pascal, present, pulumi
from sandbox.clouds.aws import endpoint_shifts
from sandbox.store import Row

__all__ = ["METRIC_ALARM", "OPERATIONS"]

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_OMITTED = frozenset({"name", "region", "tags", "tagsAll", "metricQueries", "actionsSuppressor"})
_PAGE = 50


def _describe_alarms(call: Call) -> dict[str, Any]:
    kinds = call.parameters.get("AlarmTypes") or ["MetricAlarm"]
    asked = call.parameters.get("AlarmNames")
    if asked is not None:
        # By their names, alarms of both types come without being asked for.
        kinds = call.parameters.get("AlarmTypes") or ["MetricAlarm", "CompositeAlarm"]
    tokens = {"MetricAlarm": METRIC_ALARM, "CompositeAlarm": COMPOSITE_ALARM}
    rows = [row for kind in kinds for row in _all(call, tokens[kind]) if _is_asked(call, row)]
    first = int(call.parameters.get("NextToken", "0"))
    after = first + int(call.parameters.get("MaxRecords", _PAGE))
    shown = rows[first:after]
    answer: dict[str, Any] = {
        "MetricAlarms": [_metric_alarm(row) for row in shown if row.token == METRIC_ALARM],
        "CompositeAlarms": [_composite_alarm(row) for row in shown if row.token != METRIC_ALARM],
    }
    return answer | ({"NextToken": str(after)} if after < len(rows) else {})


def _is_asked(call: Call, row: Row) -> bool:
    names = call.parameters.get("AlarmNames")
    return (
        (names is None or row.name in names)
        and row.name.startswith(call.parameters.get("AlarmNamePrefix", ""))
        and call.parameters.get("StateValue") in (None, _state(row)["StateValue"])
    )


def _put_metric_alarm(call: Call) -> dict[str, Any]:
    declared = writing.declared(METRIC_ALARM)
    given = {k: v for k, v in call.parameters.items() if k not in {"Dimensions", "Tags"}}
    inputs = pulumi(given, declared, writing.library()) | {"name": call.text("AlarmName")}
    if call.parameters.get("Dimensions"):
        inputs["dimensions"] = _map(call.parameters["Dimensions"], "Name")
    if call.parameters.get("Tags"):
        inputs["tags"] = _map(call.parameters["Tags"], "Key")
    if call.parameters.get("Metrics"):
        inputs["metricQueries"] = [_asked_query(query) for query in call.parameters["Metrics"]]
    writing.make(call, METRIC_ALARM, inputs, taken=("ValidationError", ""))
    return {}


def _asked_query(query: dict[str, Any]) -> dict[str, Any]:
    names = ("Id", "AccountId", "Expression", "Label", "Period", "ReturnData")
    found = {name[:1].lower() + name[1:]: query[name] for name in names if name in query}
    stat = query.get("MetricStat")
    if stat:
        metric = stat["Metric"]
        found["metric"] = present(
            {
                "namespace": metric.get("Namespace"),
                "metricName": metric.get("MetricName"),
                "dimensions": _map(metric.get("Dimensions") or [], "Name"),
                "period": stat.get("Period"),
                "stat": stat.get("Stat"),
                "unit": stat.get("Unit"),
            }
        )
    return found


def _set_state(call: Call) -> dict[str, Any]:
    row = _alarm_row(call, call.text("AlarmName"))
    live = {
        **row.live,
        "state": call.text("StateValue"),
        "state_reason": call.text("StateReason"),
        "state_at": time.time(),
    }
    scope = {"account": row.account, "region": row.region}
    call.store.update(
        *("aws", row.token, row.id),
        lambda current: current.replace(live={**current.live, **live}),
        **scope,
        operation="state",
    )
    if live["state"] == "ALARM":
        endpoint_shifts.sound(call.store, row.name, row.account, row.region)
    return {}


def _delete_alarms(call: Call) -> dict[str, Any]:
    rows = [_alarm_row(call, name) for name in call.items("AlarmNames")]
    for row in rows:
        writing.remove(call, row)
    return {}


def _alarm_row(call: Call, name: str) -> Row:
    row = call.named(METRIC_ALARM, name) or call.named(COMPOSITE_ALARM, name)
    if row is None:
        raise AwsError("ResourceNotFound", f"Alarm {name} does not exist", 404)
    return row


# ---- as they are described ----


def _metric_alarm(row: Row) -> dict[str, Any]:
    return {**_alarm(row), "Dimensions": _dimensions(row.inputs), **_metrics(row)}


def _composite_alarm(row: Row) -> dict[str, Any]:
    suppressor: dict[str, Any] = row.inputs.get("actionsSuppressor") or {}
    periods = {
        "ActionsSuppressor": suppressor.get("alarm"),
        "ActionsSuppressorWaitPeriod": suppressor.get("waitPeriod"),
        "ActionsSuppressorExtensionPeriod": suppressor.get("extensionPeriod"),
    }
    return {**_alarm(row), **present(periods)}


def _alarm(row: Row) -> dict[str, Any]:
    inputs = {key: value for key, value in row.inputs.items() if key not in _OMITTED}
    return {
        "ActionsEnabled": True,
        "OKActions": [],
        "AlarmActions": [],
        "InsufficientDataActions": [],
        **pascal(inputs),
        "AlarmName": row.name,
        "AlarmArn": row.outputs.get("arn", ""),
        "AlarmConfigurationUpdatedTimestamp": epoch(row.updated),
        **_state(row),
    }


def _state(row: Row) -> dict[str, Any]:
    """An alarm without data is in this state until it gets some."""
    at = row.live.get("state_at") or epoch(row.created)
    return {
        "StateValue": row.live.get("state", "INSUFFICIENT_DATA"),
        "StateReason": row.live.get("state_reason", "Unchecked: Initial alarm creation"),
        "StateUpdatedTimestamp": at,
        "StateTransitionedTimestamp": at,
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


def _map(pairs: list[dict[str, str]], key: str) -> dict[str, str]:
    return {pair[key]: pair["Value"] for pair in pairs}


def _all(call: Call, token: str) -> list[Row]:
    return call.all(token)


OPERATIONS: dict[str, Operation] = {
    "DeleteAlarms": Operation(_delete_alarms, METRIC_ALARM),
    "DescribeAlarms": Operation(_describe_alarms, METRIC_ALARM),
    "PutMetricAlarm": Operation(_put_metric_alarm, METRIC_ALARM),
    "SetAlarmState": Operation(_set_state, METRIC_ALARM),
    **cloudwatch_data.OPERATIONS,
}
