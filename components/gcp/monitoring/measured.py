"""Filters of what Cloud Monitoring measures of one model, which policies and objectives share."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Measured", "Watched"]


@dataclass(frozen=True, slots=True)
class Measured:
    """Filters of what is measured, and the label of what is judged by itself."""

    latencies: str
    """A distribution in ms."""
    responses: str
    failed: str
    """Of the responses those that are errors."""
    group_by: str


@dataclass(frozen=True, slots=True)
class Watched:
    """What metrics are of: a monitored resource, by its type and those labels that are known."""

    type: str
    labels: Mapping[str, str]

    def metric(self, metric: str, *labels: str) -> str:
        """The filter of a metric; `labels` are what is asked of the metric's own."""
        parts = [
            f'metric.type = "{metric}"',
            f'resource.type = "{self.type}"',
            *(f'resource.label.{key} = "{value}"' for key, value in self.labels.items()),
            *(f"metric.label.{each}" for each in labels),
        ]
        return " AND ".join(parts)
