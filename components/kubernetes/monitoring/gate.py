"""Questions to the cluster's Prometheus about each version: how many times its budget it spends."""

from collections.abc import Sequence

from components.gate import CANDIDATE, STABLE, GateQuery
from components.kubernetes.monitoring.indicators import Indicator
from components.kubernetes.monitoring.pod_monitor import spelled
from components.kubernetes.monitoring.slo_rules import spent_by_version
from components.kubernetes.monitoring.watched import Watched

__all__ = ["gate_queries", "versions_of"]


def versions_of(stable: str | None, candidate: str | None, *, versioned: bool) -> dict[str, str]:
    """Versions by role; one without a name where pods say nothing of versions."""
    if not versioned or stable is None:
        return {STABLE: ""}
    return {STABLE: stable} | ({CANDIDATE: candidate} if candidate else {})


def gate_queries(
    about: Watched, indicators: Sequence[Indicator], versions: dict[str, str]
) -> list[GateQuery]:
    """One for each version and objective, of what alerts by version look at."""
    return [
        GateQuery(
            objective=each.word,
            role=role,
            version=version,
            language="promql",
            at=about.namespace,
            query=spent_by_version(about, each, spelled(version) if version else ""),
        )
        for role, version in versions.items()
        for each in indicators
    ]
