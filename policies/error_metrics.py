"""How CloudWatch's alarms, and the alerts of Google Cloud and Azure, watch requests that fail."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.alarms import signals
from policies.properties import Property
from policies.view import View

__all__ = ["Share", "percent_of_requests", "watches_errors"]

# Failed requests, and all of them, by namespace:
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html and
# async-inference-monitor.html; https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
_FAILED: Final = {
    "AWS/SageMaker": ("Invocation5XXErrors", "InvocationModelErrors", "InvocationFailures"),
    "AWS/Lambda": ("Errors",),
    "AWS/ApiGateway": ("5XXError", "5xx"),
    "AWS/ApplicationELB": ("HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count"),
}
_ALL: Final = {
    "AWS/SageMaker": ("Invocations", "InvocationsProcessed"),
    "AWS/Lambda": ("Invocations",),
    "AWS/ApiGateway": ("Count",),
    "AWS/ApplicationELB": ("RequestCount",),
}
_PERCENT: Final = re.compile(r"\b100(\.0+)?\s*\*|\*\s*100(\.0+)?\b")
# Metrics of Google Cloud and Azure, and columns of Azure's tables, by which failures are told.
_TELLS: Final = re.compile(
    r"response_code|5xx|error|fail|exception|burn_rate|slo_(health|budget|compliance)|statuscode"
    r"|resultcode|responsecode|success",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Share:
    """Above which share of all requests an alarm goes off, 0 to 1; or at it."""

    place: Property
    value: float
    reached_at_once: bool


def percent_of_requests(alarm: View) -> Share | None:
    """Of a CloudWatch alarm on failed requests by all; None where it is none, or unknown."""
    expressions = [
        text
        for query in alarm.get("metricQueries").items()
        if (text := query.get("expression").text()) is not None
    ]
    watched = [(one.namespace, one.place.get("metricName").raw) for one in signals(alarm)]
    failed = any(name in _FAILED.get(namespace, ()) for namespace, name in watched)
    counted = any(name in _ALL.get(namespace, ()) for namespace, name in watched)
    place = alarm.get("threshold")
    threshold, how = place.number(), alarm.get("comparisonOperator").text() or ""
    divides = any("/" in expression for expression in expressions)
    if not (failed and counted and divides) or threshold is None or not how.startswith("Greater"):
        return None
    percent = any(_PERCENT.search(expression) for expression in expressions)
    value = threshold / 100 if percent else threshold
    return Share(place, value, reached_at_once="OrEqualTo" in how)


def watches_errors(alert: View) -> bool:
    """Whether an alert of any cloud tells of requests that fail; unknown ones may."""
    if alert.token.startswith("aws:"):
        return any(
            one.place.get("metricName").raw in _FAILED.get(one.namespace, ())
            for one in signals(alert)
        )
    return any(place.unknown or _TELLS.search(str(place.raw)) for place in _asked(alert))


def _asked(alert: View) -> Iterator[Property]:
    """What an alert of Google Cloud or Azure asks."""
    for condition in alert.get("conditions").items():
        yield condition.get("conditionThreshold", "filter")
        yield condition.get("conditionPrometheusQueryLanguage", "query")
        yield condition.get("conditionMonitoringQueryLanguage", "query")
        yield condition.get("conditionMatchedLog", "filter")
    criteria = alert.get("criteria")
    for criterion in criteria.get("allOf").items():
        yield criterion.get("metricName")
        yield criterion.get("query")
        for dimension in criterion.get("dimensions").items():
            yield dimension.get("name")
