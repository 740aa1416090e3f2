"""What a CloudWatch alarm watches, and in which unit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.properties import Property
from policies.view import View

# The share of values up to a bound, which the bound alone is a time of:
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html
_UP_TO: Final = re.compile(r"PR\(:(\d+(?:\.\d+)?)\)")


@dataclass(frozen=True, slots=True)
class LatencyMetric:
    """A vendor's latency: how many of its units are a millisecond, and the longest that it can be.

    `longest_ms` is the vendor's own limit on one request; a threshold above it never fires.
    """

    unit: str
    units_per_ms: float
    longest_ms: float


# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html (microseconds), and
# async-inference-invoke-endpoint.html (1 h; a real-time request takes 60 s)
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html (ms; 15 min)
# https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html (ms; 30 s)
LATENCIES: Final = {
    ("AWS/SageMaker", "ModelLatency"): LatencyMetric("µs", 1000, 3_600_000),
    ("AWS/SageMaker", "OverheadLatency"): LatencyMetric("µs", 1000, 60_000),
    ("AWS/Lambda", "Duration"): LatencyMetric("ms", 1, 900_000),
    ("AWS/ApiGateway", "Latency"): LatencyMetric("ms", 1, 30_000),
    ("AWS/ApiGateway", "IntegrationLatency"): LatencyMetric("ms", 1, 30_000),
}


@dataclass(frozen=True, slots=True)
class Signal:
    """One metric of an alarm. `place` is the metric, or the alarm itself for a plain one."""

    place: Property
    latency: LatencyMetric | None
    namespace: str
    statistic: Property
    dimensions: Property

    @property
    def is_duration(self) -> bool:
        """Whether it is a vendor's latency, as a time: not how many there were."""
        return (
            self.latency is not None
            and self.statistic.raw != "SampleCount"
            and not (isinstance(self.statistic.raw, str) and self.statistic.raw.startswith("PR("))
        )

    @property
    def bound(self) -> float | None:
        """Of a latency whose share up to it is watched, in the vendor's unit."""
        raw = self.statistic.raw
        found = _UP_TO.fullmatch(raw) if isinstance(raw, str) else None
        return float(found[1]) if found and self.latency is not None else None


def signals(alarm: View) -> Iterator[Signal]:
    """The metrics that an alarm watches, by itself or in its metric queries."""
    for place in [alarm.properties, *(q.get("metric") for q in alarm.get("metricQueries").items())]:
        namespace, name = place.get("namespace"), place.get("metricName")
        if (named := name.text()) is None:
            continue
        key = (namespace.text() or "", named)
        # A plain alarm has a percentile apart from the other statistics.
        percentile = place.get("extendedStatistic")
        plain = place.get("statistic")
        query = place.get("stat")
        statistic = next((one for one in (query, percentile) if not one.absent), plain)
        yield Signal(place, LATENCIES.get(key), key[0], statistic, place.get("dimensions"))


def is_sum(alarm: View) -> bool:
    """Whether the judged expression, if there is one, only adds: its unit is the metrics' own."""
    for query in alarm.get("metricQueries").items():
        expression = query.get("expression")
        if isinstance(expression.raw, str) and set(expression.raw) & set("*/("):
            return False
    return True
