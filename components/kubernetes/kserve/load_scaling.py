"""Autoscaling of a language model by its own load: a KEDA ScaledObject.

GPU and CPU use say little of a language model: a server with one request keeps its GPU busy. What
is scaled on is vLLM's queue, its requests, or its KV cache. KServe's own KEDA support sets neither
cool-down, fallback nor activation, so the ScaledObject is ours. Nothing here, and nothing beside
it, says a number of replicas: an update never undoes what KEDA did.

Spellings: KEDA 2.17 (apis/keda/v1alpha1), https://keda.sh/docs/2.17/scalers/prometheus/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from facts.addresses import SERVER_URL
from facts.language_models import SCALE_METRICS, Release, ScaleMetric

__all__ = [
    "LoadScaling",
    "asks_for_load_scaling",
    "read_load_scaling",
    "scaled_object",
    "scales_by_load",
]

_KEYS: Final = (
    "activation_query",
    "cooldown_seconds",
    "prometheus_url",
    "load_metric",
    "load_target",
)
_POLL_SECONDS: Final = 15
# A pod of a language model needs minutes to load: two at a time, then look again.
_PODS_PER_STEP: Final = 2
# The activation's own metric wakes the model and never decides how many replicas there are.
_ONLY_ACTIVATES: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class LoadScaling:
    """The arguments of autoscaling by load, checked."""

    metric: ScaleMetric
    target: float
    prometheus_url: str
    activation_query: str | None
    cooldown_seconds: int


def asks_for_load_scaling(args: Mapping[str, object]) -> list[str]:
    """The keys of autoscaling by load that are given."""
    return [key for key in _KEYS if args.get(key) is not None]


def scales_by_load(args: Mapping[str, object]) -> bool:
    """Whether KEDA is asked to scale on what vLLM measures, and not on a query of one's own."""
    own = [key for key in asks_for_load_scaling(args) if key != "prometheus_url"]
    return args.get("autoscaler") == "keda" and bool(own)


def read_load_scaling(
    checks: Checks, args: Mapping[str, Any], min_replicas: int, kserve: Release
) -> LoadScaling:
    """Read and check; problems go to `checks`."""
    known = {name for name, each in SCALE_METRICS.items() if kserve >= each.since}
    metric = SCALE_METRICS[checks.choice("load_metric", "queue_depth", known or SCALE_METRICS)]
    checks.text("prometheus_url", SERVER_URL, "the URL of the Prometheus that has vLLM's metrics")
    if min_replicas == 0 and not checks.given("activation_query"):
        checks.problem(
            "min_replicas",
            0,
            "at least 1, or activation_query: without pods nothing says how long the queue is, "
            "so a query has to tell of waiting callers (a gateway's counter of requests)",
        )
    if min_replicas > 0 and checks.given("activation_query"):
        got = args.get("activation_query")
        checks.problem("activation_query", got, "min_replicas 0 beside it, or leave it out")
    checks.optional_text("activation_query", r"\S.*", "a PromQL query")
    return LoadScaling(
        metric=metric,
        target=checks.number("load_target", metric.target, metric.lowest, metric.highest),
        prometheus_url=str(args.get("prometheus_url", "")),
        activation_query=args.get("activation_query"),
        cooldown_seconds=checks.whole("cooldown_seconds", 300, 0, 3600),
    )


def scaled_object(  # noqa: PLR0917 - what is scaled, by what, how far
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    deployment: str,
    scaling: LoadScaling,
    min_replicas: int,
    max_replicas: int,
) -> Manifest:
    """Scales a Deployment whose pods are named after it."""
    spec: dict[str, Any] = {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicaCount": min_replicas,
        "maxReplicaCount": max_replicas,
        "pollingInterval": _POLL_SECONDS,
        "cooldownPeriod": scaling.cooldown_seconds,
        "advanced": {"horizontalPodAutoscalerConfig": {"behavior": _behavior(scaling)}},
        "triggers": [_load(scaling, namespace, deployment), *_activation(scaling)],
    }
    if scaling.metric.average and scaling.activation_query is None:
        # Without Prometheus what is there stays. KEDA takes it for AverageValue metrics only.
        spec["fallback"] = {
            "failureThreshold": 4,
            "replicas": max(1, min_replicas),
            "behavior": "currentReplicasIfHigher",
        }
    return manifest("keda.sh/v1alpha1", "ScaledObject", name, namespace, labels, spec=spec)


def _behavior(scaling: LoadScaling) -> dict[str, Any]:
    def step(pods: int) -> list[dict[str, Any]]:
        return [{"type": "Pods", "value": pods, "periodSeconds": 60}]

    return {
        "scaleUp": {"stabilizationWindowSeconds": 30, "policies": step(_PODS_PER_STEP)},
        "scaleDown": {
            "stabilizationWindowSeconds": scaling.cooldown_seconds,
            "policies": step(1),
        },
    }


def _load(scaling: LoadScaling, namespace: pulumi.Input[str], deployment: str) -> dict[str, Any]:
    def query(known: str) -> str:
        # A Deployment's pods have two more words in their names; those of others begin alike.
        pods = f"{deployment}-[a-z0-9]+-[a-z0-9]+"
        selector = f'{{namespace="{known}",pod=~"{pods}"}}'
        return scaling.metric.query.replace("{selector}", selector)

    return {
        "type": "prometheus",
        "metricType": "AverageValue" if scaling.metric.average else "Value",
        "metadata": {
            "serverAddress": scaling.prometheus_url,
            "query": pulumi.Output.from_input(namespace).apply(query),
            "threshold": f"{scaling.target:g}",
        },
    }


def _activation(scaling: LoadScaling) -> list[dict[str, Any]]:
    if scaling.activation_query is None:
        return []
    return [
        {
            "type": "prometheus",
            "metricType": "AverageValue",
            "metadata": {
                "serverAddress": scaling.prometheus_url,
                "query": scaling.activation_query,
                "threshold": str(_ONLY_ACTIVATES),
                "activationThreshold": "0",
            },
        }
    ]
