"""Pods that one PodMonitor finds, and what is to be known of their metrics."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NotRequired, TypedDict

from components.checks import Checks
from facts.metric_shapes import Shared

__all__ = ["Pods", "WatchedPods", "read_further_pods"]

_ROLE: Final = r"[a-z]([-a-z0-9]{0,30}[a-z0-9])?"
_NAME: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"


class WatchedPods(TypedDict):
    """Further pods of a model, that are found or asked in another way."""

    role: str
    """What they are, such as candidate, prefill or router."""
    pod_labels: dict[str, str]
    """Labels that all of them have, and no others."""
    metrics_port: int
    """Port that answers with their metrics, 1 to 65535."""
    metrics_path: NotRequired[str]
    """Path of the metrics. Default: /metrics."""
    version: NotRequired[str]
    """Their version. Default: their label model-serving/model-version says it."""
    helps: NotRequired[bool]
    """Whether they help others to answer, and are none of the model's replicas. Default: false."""
    token_secret: NotRequired[str]
    """Secret in their namespace with a key `token`, which they ask for. Default: none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pods:
    """The same, checked; without a role those that every model has."""

    labels: Mapping[str, str]
    places: tuple[tuple[int, str], ...]
    """Port and path of each endpoint that they have."""
    role: str = ""
    helps: bool = False
    version: str | None = None
    token_secret: str | None = None
    shared: Shared | None = None
    model_names: Mapping[str, str] = field(default_factory=dict[str, str])
    """What a shared server calls the model, and which version that is."""


def read_further_pods(checks: Checks) -> tuple[Pods, ...]:
    """Those of `further_pods`; problems go to `checks`."""
    found: list[Pods] = []
    for index, asked in enumerate(checks.dictionaries("further_pods")):
        inner = Checks("pods", str(index), asked, WatchedPods.__annotations__)
        role, labels = inner.plain("role"), inner.mapping("pod_labels")
        if role and not re.fullmatch(_ROLE, role):
            inner.problem("role", role, "a word of small letters, digits and -")
        if role in {each.role for each in found}:
            inner.problem("role", role, "another one: two PodMonitors would have one name")
        if not labels:
            inner.problem("pod_labels", asked.get("pod_labels"), "the labels of the pods")
        if not inner.given("metrics_port"):
            inner.problem("metrics_port", None, "the port of the metrics, 1 to 65535")
        inner.optional_text("token_secret", _NAME, "the name of a Secret")
        port = inner.whole("metrics_port", 0, 1, 65_535)
        path = inner.plain("metrics_path", "/metrics")
        found.append(
            Pods(
                labels=labels,
                places=((port, path),),
                role=role,
                helps=inner.flag("helps", default=False),
                version=inner.optional("version"),
                token_secret=inner.optional("token_secret"),
            )
        )
        checks.take(f"further_pods[{index}]", inner)
    return tuple(found)
