"""Alerts of Prometheus, each with whose it is, what to do and where to look."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from components.kubernetes.monitoring.places import Places
from facts.burn_rate import Severity

__all__ = ["Alerts", "Rule"]

Rule = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Alerts:
    """What all alerts of one thing say beside their own."""

    places: Places
    dashboard_url: str
    labels: Mapping[str, str]
    """What they are about, and its owner."""
    annotations: Mapping[str, str] = field(default_factory=dict[str, str])

    def alert(
        self,
        name: str,
        expression: str,
        *,
        severity: Severity,
        summary: str,
        description: str,
        wait: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> Rule:
        """One of them; `wait` is how long it has to hold before it is told."""
        return {
            "alert": name,
            "expr": expression,
            **({"for": wait} if wait else {}),
            "labels": {
                **self.places.alert_labels,
                **self.labels,
                "severity": severity,
                **(labels or {}),
            },
            "annotations": {
                "summary": summary,
                "description": description,
                "runbook_url": self.places.runbook(name),
                "dashboard_url": self.dashboard_url,
                **self.annotations,
            },
        }
