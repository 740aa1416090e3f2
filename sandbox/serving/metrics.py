"""What CloudWatch hears of requests: the metrics of Lambda and of API Gateway's HTTP APIs.

https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html and
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.api import cloudwatch_data
from sandbox.api.call import Call, Caller
from sandbox.serving.instance import Outcome
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["Dimensions", "embedded", "invoked", "requested", "throttled"]


@dataclass(frozen=True, slots=True)
class Dimensions:
    """What a function's metrics are told by."""

    function: Row
    qualifier: str
    version: str

    def sets(self) -> list[dict[str, str]]:
        """Of the function; of the alias or version that was named; of the alias's version."""
        name = {"FunctionName": self.function.name}
        if not self.qualifier:
            return [name]
        named = {**name, "Resource": f"{self.function.name}:{self.qualifier}"}
        if self.qualifier == self.version:
            return [name, named]
        return [name, named, {**named, "ExecutedVersion": self.version}]


def invoked(store: Store, where: Dimensions, outcome: Outcome) -> None:
    """Note an invocation that ran."""
    values = {
        "Invocations": (1.0, "Count"),
        "Errors": (1.0 if outcome.error else 0.0, "Count"),
        "Duration": (outcome.seconds * 1000, "Milliseconds"),
        "Throttles": (0.0, "Count"),
    }
    _put(store, where.function, "AWS/Lambda", values, where.sets())


def throttled(store: Store, where: Dimensions) -> None:
    """Note an invocation that found no room; it counts as none."""
    values = {"Throttles": (1.0, "Count")}
    _put(store, where.function, "AWS/Lambda", values, where.sets())


def embedded(store: Store, function: Row, lines: list[str]) -> None:
    """Note the metrics that a function's lines hold, in CloudWatch's embedded metric format.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    for line in lines:
        try:
            found: Any = json.loads(line) if '"_aws"' in line else None
        except ValueError:
            continue
        document = mapped(found)
        for each in listed(at(document, "_aws", "CloudWatchMetrics")):
            directive = mapped(each)
            values = {
                str(metric.get("Name")): (float(value), str(metric.get("Unit") or "None"))
                for metric in map(mapped, listed(directive.get("Metrics")))
                if isinstance(value := document.get(str(metric.get("Name"))), int | float)
            }
            sets = [
                {str(name): str(document.get(name)) for name in listed(names)}
                for names in listed(directive.get("Dimensions")) or [[]]
            ]
            _put(store, function, str(directive.get("Namespace")), values, sets)


def requested(
    store: Store, api: Row, stage: str, status: int, *, seconds: float, integration: float
) -> None:
    """Note a request that an HTTP API answered; `integration` is the function's part of it."""
    values = {
        "Count": (1.0, "Count"),
        "4xx": (float(400 <= status < 500), "Count"),  # noqa: PLR2004 - classes of HTTP
        "5xx": (float(status >= 500), "Count"),  # noqa: PLR2004
        "Latency": (seconds * 1000, "Milliseconds"),
    }
    if integration:
        values["IntegrationLatency"] = (integration * 1000, "Milliseconds")
    _put(
        store, api, "AWS/ApiGateway", values, [{"ApiId": api.id}, {"ApiId": api.id, "Stage": stage}]
    )


def _put(
    store: Store,
    row: Row,
    namespace: str,
    values: Mapping[str, tuple[float, str]],
    dimensions: list[dict[str, str]],
) -> None:
    data: list[dict[str, Any]] = [
        {
            "MetricName": name,
            "Value": value,
            "Unit": unit,
            "Dimensions": [{"Name": k, "Value": v} for k, v in each.items()],
        }
        for name, (value, unit) in values.items()
        for each in dimensions
    ]
    caller = Caller(row.account, row.region, "")
    given = {"Namespace": namespace, "MetricData": data}
    cloudwatch_data.OPERATIONS["PutMetricData"].answer(Call(store, caller, given))
