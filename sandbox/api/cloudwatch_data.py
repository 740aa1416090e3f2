"""CloudWatch's data: what PutMetricData wrote, as statistics over periods.

A metric is a row, `aws:cloudwatch/metricData:MetricData`, which Pulumi has no type for; it keeps
its newest points as `[seconds since 1970, value, how many times]`.
"""

import math
import time
from collections.abc import Iterable
from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.store import Row
from sandbox.values import listed

__all__ = ["OPERATIONS"]

DATA = "aws:cloudwatch/metricData:MetricData"
# A day of minutes.
_KEPT_POINTS = 1440
Point = tuple[float, float, float]


def _put(call: Call) -> dict[str, Any]:
    namespace = call.text("Namespace")
    with call.store.transaction():
        for datum in call.items("MetricData"):
            _append(call, namespace, datum)
    return {}


def _append(call: Call, namespace: str, datum: dict[str, Any]) -> None:
    dimensions = _dimensions(datum)
    key = _key(namespace, datum["MetricName"], dimensions)
    scope = {"account": call.caller.account, "region": call.caller.region}
    known = call.store.get("aws", DATA, key, **scope)
    points = [*listed(known.live["points"] if known else None), *_points(datum)]
    live = {
        "namespace": namespace,
        "metric": datum["MetricName"],
        "dimensions": dimensions,
        "unit": datum.get("Unit", "None"),
        "points": sorted(map(tuple, points))[-_KEPT_POINTS:],
    }
    row = Row(provider="aws", token=DATA, id=key, name=datum["MetricName"], live=live)
    created = known.created if known else ""
    # The call is an event; each of its points is none.
    call.store.put(row.replace(created=created, **scope), operation="")


def _points(datum: dict[str, Any]) -> list[Point]:
    at = float(datum.get("Timestamp") or time.time())
    if "Values" in datum:
        counts = listed(datum.get("Counts")) or [1.0] * len(datum["Values"])
        return [(at, float(v), float(c)) for v, c in zip(datum["Values"], counts, strict=False)]
    if "StatisticValues" in datum:
        given = datum["StatisticValues"]
        count = float(given["SampleCount"])
        # A set keeps its sum and count; its extremes are lost between them.
        return [(at, float(given["Sum"]) / count, count)] if count else []
    return [(at, float(datum.get("Value", 0)), 1.0)]


def _get_data(call: Call) -> dict[str, Any]:
    results: list[dict[str, Any]] = []
    for query in call.items("MetricDataQueries"):
        if query.get("ReturnData") is False:
            continue
        stat = query.get("MetricStat")
        if stat is None:
            raise AwsError(
                "ValidationError", "The sandbox answers queries of one metric, and no expressions."
            )
        metric = stat["Metric"]
        found = _series(call, metric, float(stat["Period"]), stat["Stat"])
        if call.parameters.get("ScanBy", "TimestampDescending") == "TimestampDescending":
            found.reverse()
        results.append(
            {
                "Id": query["Id"],
                "Label": query.get("Label") or metric["MetricName"],
                "Timestamps": [at for at, _ in found],
                "Values": [value for _, value in found],
                "StatusCode": "Complete",
            }
        )
    return {"MetricDataResults": results, "Messages": []}


def _get_statistics(call: Call) -> dict[str, Any]:
    metric = call.parameters
    names = [*call.items("Statistics"), *call.items("ExtendedStatistics")]
    if not names:
        raise AwsError("MissingParameter", "Statistics or ExtendedStatistics is needed")
    found: dict[float, dict[str, Any]] = {}
    for name in names:
        for at, value in _series(call, metric, float(metric["Period"]), name):
            point = found.setdefault(at, {"Timestamp": at, "Unit": "None"})
            if name in call.items("ExtendedStatistics"):
                point.setdefault("ExtendedStatistics", {})[name] = value
            else:
                point[name] = value
    return {"Label": call.text("MetricName"), "Datapoints": list(found.values())}


def _list_metrics(call: Call) -> dict[str, Any]:
    rows = call.all(DATA)
    asked = {"Namespace": "namespace", "MetricName": "metric"}
    return {
        "Metrics": [
            {
                "Namespace": row.live["namespace"],
                "MetricName": row.live["metric"],
                "Dimensions": [{"Name": k, "Value": v} for k, v in row.live["dimensions"].items()],
            }
            for row in rows
            if all(call.parameters.get(k) in (None, row.live[v]) for k, v in asked.items())
        ]
    }


def _series(
    call: Call, metric: dict[str, Any], period: float, name: str
) -> list[tuple[float, float]]:
    """A statistic for each period that has points, by the period's begin."""
    key = _key(metric["Namespace"], metric["MetricName"], _dimensions(metric))
    scope = {"account": call.caller.account, "region": call.caller.region}
    row = call.store.get("aws", DATA, key, **scope)
    begin, end = float(call.parameters["StartTime"]), float(call.parameters["EndTime"])
    periods: dict[float, list[Point]] = {}
    for at, value, count in listed(row.live["points"]) if row else []:
        if begin <= at < end:
            periods.setdefault(at - at % period, []).append((at, value, count))
    return [(at, _statistic(name, periods[at])) for at in sorted(periods)]


def _statistic(name: str, points: list[Point]) -> float:
    count = sum(each for _, _, each in points)
    total = sum(value * each for _, value, each in points)
    simple = {
        "SampleCount": count,
        "Sum": total,
        "Average": total / count if count else 0.0,
        "Minimum": min(value for _, value, _ in points),
        "Maximum": max(value for _, value, _ in points),
    }
    if name in simple:
        return simple[name]
    if not name.startswith("p") or not name[1:].replace(".", "", 1).isdecimal():
        raise AwsError("ValidationError", f"The sandbox does not compute {name}.")
    return _percentile(float(name[1:]), ((value, each) for _, value, each in points))


def _percentile(wanted: float, values: Iterable[tuple[float, float]]) -> float:
    ordered = [value for value, count in sorted(values) for _ in range(math.ceil(count))]
    return ordered[max(0, math.ceil(len(ordered) * wanted / 100) - 1)]


def _dimensions(given: dict[str, Any]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in listed(given.get("Dimensions"))}


def _key(namespace: str, name: str, dimensions: dict[str, str]) -> str:
    return "|".join([namespace, name, *(f"{k}={v}" for k, v in sorted(dimensions.items()))])


OPERATIONS: dict[str, Operation] = {
    "GetMetricData": Operation(_get_data, DATA),
    "GetMetricStatistics": Operation(_get_statistics, DATA),
    "ListMetrics": Operation(_list_metrics, DATA),
    "PutMetricData": Operation(_put, DATA),
}
