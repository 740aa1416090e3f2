"""Where a component's pods tell their metrics: what ModelMonitoring wants to know of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["FurtherPods", "Scraping"]


@dataclass(frozen=True, slots=True)
class FurtherPods:
    """More pods of the same model, that are found or asked in another way."""

    role: str
    """What they are: candidate, prefill, router and so on; the end of their PodMonitor's name."""
    pod_labels: Mapping[str, str]
    port: int
    path: str = "/metrics"
    version: str | None = None
    """Their version, where none of their labels says it."""
    helps: bool = False
    """Whether they help others to answer, and are none of the model's replicas."""


@dataclass(frozen=True, slots=True)
class Scraping:
    """The pods, and what answers in them.

    A component has it as the plain attribute `scraping`, beside its outputs: it is of what was
    asked for, and known at once. Where nothing can be asked that is None, and the attribute
    `unscraped` may say why.
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
    versioned: bool = True
    """Whether versions are told apart. False of pods that have none, such as a graph's router."""
    version: str | None = None
    """Their version, where none of their labels says it."""
    model_names: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of servers that several models share: what these call this one, and which version that is."""
    further: tuple[FurtherPods, ...] = ()
    router: tuple[FurtherPods, ...] = ()
    """Pods of a router before them, which answers to those with a token alone."""
    router_metrics: str | None = None
    """What tells of requests where the router is asked too."""
