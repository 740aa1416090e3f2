"""How many pods there are, and how many of them may be away at once.

The number of pods is the autoscaler's, once there is one: an update never sets it back. Spellings:
autoscaling/v2, policy/v1, and KEDA 2.17 (apis/keda/v1alpha1,
https://keda.sh/docs/2.17/scalers/prometheus/).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from components.serving import Core
from facts.addresses import SERVER_URL
from facts.pods import blocked_eviction, share_of

__all__ = [
    "AUTOSCALER_TYPES",
    "FORCE",
    "Scaling",
    "autoscaler",
    "disruption_budget",
    "fixed_number",
    "read_scaling",
    "whole_or_percent",
]

# What an autoscaler owned before is ours again once it is gone: without this the API server
# reports a conflict. https://kubernetes.io/docs/reference/using-api/server-side-apply/#conflicts
FORCE: Final = {"pulumi.com/patchForce": "true"}
AUTOSCALERS: Final = ("hpa", "keda", "none")
# As the engine names them: whichever there is, the other kind takes its place.
AUTOSCALER_TYPES: Final = (
    "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
)
_METRIC: Final = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
_QUERY: Final = ("prometheus_url", "prometheus_query", "prometheus_target")
# Which autoscalers take which arguments.
_TAKERS: Final[dict[str, tuple[str, ...]]] = {
    **dict.fromkeys((*_QUERY, "cooldown_seconds", "polling_seconds"), ("keda",)),
    **dict.fromkeys(
        ("memory_target_percent", "requests_per_second_target", "pods_metric_name"), ("hpa",)
    ),
    "cpu_target_percent": ("hpa", "keda"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What scales the pods, on what, and how fast."""

    autoscaler: str
    cpu_target_percent: int
    memory_target_percent: int | None
    pods_metric: tuple[str, float] | None
    """Name of a metric of the pods, and what each pod is to have of it on average."""
    query: tuple[str, str, float] | None
    """Address of a Prometheus, a query, and how much of its answer is one pod's."""
    cooldown_seconds: int
    polling_seconds: int
    up: tuple[int, int, int]
    """Window, percent and period in seconds of scaling up."""
    down: tuple[int, int, int]
    min_available: str | None
    max_unavailable: str | None


def read_scaling(checks: Checks, core: Core, args: Mapping[str, Any], *, edge: bool) -> Scaling:
    """Reads and notes what is wrong; the caller raises."""
    usual = "hpa" if core.max_replicas > core.min_replicas and not edge else "none"
    kind = checks.choice("autoscaler", usual, AUTOSCALERS)
    for key in (key for key in args if checks.given(key)):
        takers = _TAKERS.get(key)
        if takers is not None and kind not in takers:
            checks.problem(key, args[key], f"autoscaler {' or '.join(takers)}, or leave it out")
    query = _query(checks, args) if kind == "keda" else None
    if core.min_replicas == 0 and kind != "keda":
        checks.problem(
            "min_replicas", 0, "at least 1, or autoscaler keda, which alone scales to zero"
        )
    return Scaling(
        autoscaler=kind,
        cpu_target_percent=checks.whole("cpu_target_percent", 70, 1, 100),
        memory_target_percent=checks.whole("memory_target_percent", 80, 1, 100)
        if checks.given("memory_target_percent")
        else None,
        pods_metric=_pods_metric(checks),
        query=query,
        cooldown_seconds=checks.whole("cooldown_seconds", 300, 0, 24 * 3600),
        polling_seconds=checks.whole("polling_seconds", 30, 1, 3600),
        up=_speed(checks, "scale_up", (60, 100, 60)),
        down=_speed(checks, "scale_down", (300, 10, 60)),
        **_budget(checks, core, edge=edge),
    )


def _pods_metric(checks: Checks) -> tuple[str, float] | None:
    checks.optional_text("pods_metric_name", _METRIC, "the name of a Prometheus metric")
    if not checks.given("requests_per_second_target"):
        if checks.given("pods_metric_name"):
            checks.problem("pods_metric_name", "", "requests_per_second_target beside it")
        return None
    name = checks.plain("pods_metric_name", "http_requests_per_second")
    return name, checks.number("requests_per_second_target", 100, 0.001, 1_000_000)


def _query(checks: Checks, args: Mapping[str, Any]) -> tuple[str, str, float] | None:
    missing = [key for key in _QUERY if not checks.given(key)]
    if missing:
        checks.problem(
            missing[0], None, f"{', '.join(_QUERY)} together: what KEDA asks, and how much is a pod"
        )
        return None
    checks.text("prometheus_url", SERVER_URL, "the URL of a Prometheus, such as http://host:9090")
    target = checks.number("prometheus_target", 1, 0.001, 1e9)
    return str(args["prometheus_url"]), checks.plain("prometheus_query"), target


def _speed(checks: Checks, way: str, usual: tuple[int, int, int]) -> tuple[int, int, int]:
    """The API server's ranges: at most an hour of window, half an hour of period."""
    return (
        checks.whole(f"{way}_window_seconds", usual[0], 0, 3600),
        checks.whole(f"{way}_percent", usual[1], 1, 10_000),
        checks.whole(f"{way}_period_seconds", usual[2], 1, 1800),
    )


def _budget(checks: Checks, core: Core, *, edge: bool) -> dict[str, str | None]:
    given = {key: checks.optional(key) for key in ("min_available", "max_unavailable")}
    for key, amount in given.items():
        if amount is not None and share_of(amount, 1) is None:
            checks.problem(key, amount, "a number of pods or a share, such as 1 or 25%")
            return {"min_available": None, "max_unavailable": None}
    if all(given.values()):
        checks.problem("min_available", given["min_available"], "it or max_unavailable, not both")
    blocked = blocked_eviction(core.min_replicas, given["min_available"], given["max_unavailable"])
    if blocked:
        key = "min_available" if given["min_available"] is not None else "max_unavailable"
        checks.problem(key, given[key], f"an amount that lets a pod go for maintenance: {blocked}")
    if not any(given.values()) and core.max_replicas > 1 and not edge:
        given["max_unavailable"] = "1"
    return given


def fixed_number(scaling: Scaling, min_replicas: int, max_replicas: int) -> bool:
    """Whether the number of pods is the file's: nothing scales, and there is one number only."""
    return scaling.autoscaler == "none" and min_replicas == max_replicas


def whole_or_percent(amount: str) -> int | str:
    """As Kubernetes spells it: a number, or a text that ends in %."""
    return int(amount) if amount.isdigit() else amount


def autoscaler(  # noqa: PLR0917
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    scaling: Scaling,
    min_replicas: int,
    max_replicas: int,
) -> Manifest | None:
    """What scales the Deployment of the same name, if anything does."""
    target = {"apiVersion": "apps/v1", "kind": "Deployment", "name": name}
    if scaling.autoscaler == "hpa":
        return manifest(
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            name,
            namespace,
            labels,
            spec={
                "scaleTargetRef": target,
                "minReplicas": min_replicas,
                "maxReplicas": max_replicas,
                "metrics": list(_metrics(scaling)),
                "behavior": _behaviour(scaling),
            },
        )
    if scaling.autoscaler == "keda":
        return manifest(
            "keda.sh/v1alpha1",
            "ScaledObject",
            name,
            namespace,
            labels,
            spec={
                "scaleTargetRef": target,
                "minReplicaCount": min_replicas,
                "maxReplicaCount": max_replicas,
                "cooldownPeriod": scaling.cooldown_seconds,
                "pollingInterval": scaling.polling_seconds,
                "advanced": {
                    "horizontalPodAutoscalerConfig": {"behavior": _behaviour(scaling)},
                    "restoreToOriginalReplicaCount": False,
                },
                "triggers": _triggers(scaling, min_replicas),
            },
        )
    return None


def _metrics(scaling: Scaling) -> list[dict[str, Any]]:
    shares = {"cpu": scaling.cpu_target_percent, "memory": scaling.memory_target_percent}
    found: list[dict[str, Any]] = [
        {
            "type": "Resource",
            "resource": {
                "name": name,
                "target": {"type": "Utilization", "averageUtilization": percent},
            },
        }
        for name, percent in shares.items()
        if percent is not None
    ]
    if scaling.pods_metric is not None:
        name, each = scaling.pods_metric
        target = {"type": "AverageValue", "averageValue": _quantity(each)}
        found.append({"type": "Pods", "pods": {"metric": {"name": name}, "target": target}})
    return found


def _quantity(value: float) -> str:
    """As Kubernetes writes it: a fraction in thousandths."""
    return str(int(value)) if float(value).is_integer() else f"{round(value * 1000)}m"


def _triggers(scaling: Scaling, min_replicas: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if scaling.query is not None:
        address, query, each = scaling.query
        metadata = {"serverAddress": address, "query": query, "threshold": f"{each:g}"}
        found.append({"type": "prometheus", "metadata": metadata})
    if min_replicas:
        # Of no pods the use of CPU says nothing: KEDA refuses it as the only reason to wake up.
        metadata = {"value": str(scaling.cpu_target_percent)}
        found.append({"type": "cpu", "metricType": "Utilization", "metadata": metadata})
    return found


def _behaviour(scaling: Scaling) -> dict[str, Any]:
    def rules(window: int, percent: int, period: int) -> dict[str, Any]:
        policy = {"type": "Percent", "value": percent, "periodSeconds": period}
        return {"stabilizationWindowSeconds": window, "policies": [policy]}

    return {"scaleUp": rules(*scaling.up), "scaleDown": rules(*scaling.down)}


def disruption_budget(  # noqa: PLR0917
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    scaling: Scaling,
    min_replicas: int,
) -> Manifest | None:
    """How many pods maintenance may take away at once, if the number is limited."""
    if blocked_eviction(min_replicas, scaling.min_available, None):
        # A candidate on fewer pods than the stable version's budget counts on.
        scaling = replace(scaling, min_available=None, max_unavailable="1")
    bounds = {"minAvailable": scaling.min_available, "maxUnavailable": scaling.max_unavailable}
    given = {key: whole_or_percent(value) for key, value in bounds.items() if value is not None}
    if not given:
        return None
    return manifest(
        "policy/v1",
        "PodDisruptionBudget",
        name,
        namespace,
        labels,
        # A pod that is broken keeps no node from being drained.
        spec={
            **given,
            "selector": {"matchLabels": dict(selector)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    )
