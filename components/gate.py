"""What the gate of a rollout asks: by objective and version, in one shape on every target."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import pulumi

__all__ = [
    "CANDIDATE",
    "GATE_MINUTES",
    "STABLE",
    "GateQueries",
    "GateQuery",
    "Language",
    "gate_output",
]

Language: TypeAlias = Literal["promql", "cloudwatch", "kql", "azure_metrics"]
GateQueries: TypeAlias = pulumi.Output[list[dict[str, str]]]
STABLE: Final = "stable"
CANDIDATE: Final = "candidate"
GATE_MINUTES: Final = 5
"""Minutes of requests that a gate looks at, as alerts by version do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GateQuery:
    """One question, whose answer is a number; without requests there is none."""

    objective: str
    """errors, latency, first-token, output-token or queue."""
    role: str
    """stable or candidate."""
    version: str
    """As the file says it; empty where the pods or requests say nothing of versions."""
    language: Language
    """promql: of Prometheus, or of Cloud Monitoring's API for it. cloudwatch: MetricDataQueries of
    GetMetricData, as JSON. kql: of a Log Analytics workspace or Application Insights.
    azure_metrics: parameters of Azure Monitor's metrics API, as JSON."""
    at: pulumi.Input[str]
    """Where it is asked: a namespace, a region, a project, or the id of a resource."""
    query: pulumi.Input[str]
    limit: float = 1
    """Above it the version misses its objective. Of most queries the answer is in budgets."""


def gate_output(queries: Sequence[GateQuery]) -> GateQueries:
    """A component's output `gate_queries`: all as texts."""
    return pulumi.Output.all(*(_texts(each) for each in queries))


def _texts(query: GateQuery) -> pulumi.Output[dict[str, str]]:
    return pulumi.Output.all(query.at, query.query).apply(
        lambda known: {
            "objective": query.objective,
            "role": query.role,
            "version": query.version,
            "language": query.language,
            "at": str(known[0]),
            "query": str(known[1]),
            "limit": f"{query.limit:g}",
        }
    )
