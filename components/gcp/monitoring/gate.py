"""Questions to Cloud Monitoring about each version, in PromQL, which its API takes too.

https://cloud.google.com/monitoring/promql/promql-mapping: names of metrics, distributions as
histograms, and `monitored_resource`. How many requests are within a bound does not follow from a
histogram whose buckets are not known; its 95th percentile does, and is over the bound just where
fewer than 95 % are within it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from components.gate import GATE_MINUTES, GateQueries, GateQuery, gate_output
from components.gcp.monitoring.measured import Watched
from facts.slo import Slo

__all__ = ["Counted", "gate_queries"]


@dataclass(frozen=True, slots=True)
class Counted:
    """Metrics of a monitored resource, and labels in PromQL."""

    of: Watched
    responses: str
    latencies: str
    """A distribution in ms."""
    failed: str
    """Matcher of the answers that are errors."""
    version: str
    """Label that says which version answered."""
    latency: str = ""
    """Matcher of the latencies that count."""


def gate_queries(
    slo: Slo,
    counted: Counted,
    versions: Mapping[str, tuple[str, pulumi.Input[str]]],
    project: pulumi.Input[str],
) -> GateQueries:
    """The output of a component; `versions` by role: the version, and what the label says of it."""
    return gate_output(list(_queries(slo, counted, versions, project)))


def _queries(
    slo: Slo,
    counted: Counted,
    versions: Mapping[str, tuple[str, pulumi.Input[str]]],
    project: pulumi.Input[str],
) -> Iterator[GateQuery]:
    for role, (version, known) in versions.items():
        label = pulumi.Output.from_input(known)
        for objective, query in (("errors", _errors), ("latency", _latency)):
            yield GateQuery(
                objective=objective,
                role=role,
                version=version,
                language="promql",
                at=project,
                query=label.apply(lambda value, query=query: query(slo, counted, str(value))),
            )


def _errors(slo: Slo, counted: Counted, version: str) -> str:
    """In budgets. Where none failed there is no series of those that did."""
    requests = _rate(counted, counted.responses, version)
    failed = _rate(counted, counted.responses, version, counted.failed)
    return f"({failed} or 0 * {requests}) / ({requests} > 0) / {slo.error_rate_percent / 100:g}"


def _latency(slo: Slo, counted: Counted, version: str) -> str:
    """The 95th percentile, in bounds."""
    matchers = [counted.latency] if counted.latency else []
    buckets = _rate(counted, f"{counted.latencies}_bucket", version, *matchers, by=" by (le) ")
    return f"histogram_quantile(0.95, {buckets}) / {slo.latency_p95_ms:g}"


def _rate(counted: Counted, metric: str, version: str, *matchers: str, by: str = "") -> str:
    labels = {
        "monitored_resource": counted.of.type,
        **counted.of.labels,
        counted.version: version,
    }
    selected = [*(f'{key}="{value}"' for key, value in labels.items()), *matchers]
    return f"sum{by}(rate({_name(metric)}{{{','.join(selected)}}}[{GATE_MINUTES}m]))"


def _name(metric: str) -> str:
    domain, _, path = metric.partition("/")
    return f"{re.sub('[^a-zA-Z0-9]', '_', domain)}:{re.sub('[^a-zA-Z0-9]', '_', path)}"
