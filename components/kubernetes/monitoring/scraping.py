"""Where a component's pods tell their metrics: what ModelMonitoring wants to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Scraping"]


@dataclass(frozen=True, slots=True)
class Scraping:
    """The pods, and what answers in them.

    A component has it as the plain attribute `scraping`, beside its outputs: it is of what was
    asked for, and known at once.
    """

    pod_labels: Mapping[str, str]
    """Labels that all of the model's pods have, and no others."""
    metrics: str
    """By its name in facts/server_metrics.py."""
    port: int
    path: str = "/metrics"
    token_metrics: str | None = None
    """What tells of tokens, where that is not what tells of requests."""
    token_port: int | None = None
    """Its port; its path is /metrics."""
