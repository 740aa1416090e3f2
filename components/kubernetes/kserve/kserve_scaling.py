"""How far a component of an InferenceService scales, and on what.

Knative mode: Knative's own autoscaler (requests in flight, requests per second), or its HPA class
(CPU, memory). Standard mode: a HorizontalPodAutoscaler, a KEDA ScaledObject, or nothing, where
somebody else scales. Nothing here says how many replicas there are at the moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.kserve.load_scaling import scales_by_load
from facts.addresses import SERVER_URL
from facts.kserve import AUTOSCALERS

__all__ = ["AUTOSCALER_ANNOTATION", "Scaling", "read_scaling"]

AUTOSCALER_ANNOTATION: Final = "serving.kserve.io/autoscalerClass"
_KNATIVE: Final = "autoscaling.knative.dev/"
_DEFAULT_CONCURRENCY: Final = 10
_RESOURCES: Final = {"cpu_target_percent": "cpu", "memory_target_percent": "memory"}
_REQUESTS: Final = {"concurrency_target": "concurrency", "requests_per_second_target": "rps"}
_QUERY: Final = ("prometheus_url", "prometheus_query", "prometheus_target")
_RETENTION: Final = "scale_to_zero_retention_seconds"
_UTILIZATION: Final = "target_utilization_percent"
_NO_ZERO: Final = (
    "at least 1, or deployment_mode knative with concurrency_target, or autoscaler keda with a "
    "prometheus_query: CPU and memory of no pods say nothing"
)


@dataclass(frozen=True, slots=True)
class Scaling:
    """In KServe's spelling: of the component, and annotations of it and of the whole."""

    fields: dict[str, Any] = field(default_factory=dict[str, Any])
    component_annotations: dict[str, str] = field(default_factory=dict[str, str])
    annotations: dict[str, str] = field(default_factory=dict[str, str])
    autoscaler: str | None = None
    """What scales in standard mode; None in Knative mode."""


def read_scaling(
    checks: Checks,
    args: Mapping[str, Any],
    *,
    mode: str,
    min_replicas: int,
    memory_mib: int,
    has_candidate: bool,
) -> Scaling:
    """Reads and notes what is wrong; the caller raises."""
    if mode == "knative":
        return _knative(checks, args, min_replicas, memory_mib)
    if scales_by_load(args):
        return _by_load(checks, args)
    return _standard(checks, args, min_replicas, has_candidate=has_candidate)


def _by_load(checks: Checks, args: Mapping[str, Any]) -> Scaling:
    """To KServe somebody else scales: the ScaledObject beside the InferenceService."""
    for key in filter(checks.given, (*_REQUESTS, *_RESOURCES, _RETENTION, _UTILIZATION)):
        use = "it without load_metric: KEDA scales a language model by what vLLM measures"
        checks.problem(key, args[key], use)
    return Scaling(annotations={AUTOSCALER_ANNOTATION: "external"}, autoscaler="external")


def _knative(
    checks: Checks, args: Mapping[str, Any], min_replicas: int, memory_mib: int
) -> Scaling:
    for key in ("autoscaler", *_QUERY):
        if checks.given(key):
            use = "deployment_mode standard beside it, or leave it out: Knative scales by itself"
            checks.problem(key, args[key], use)
    given = [key for key in (*_REQUESTS, *_RESOURCES) if checks.given(key)]
    if len(given) > 1:
        use = f"it without {', '.join(given[:-1])}: Knative scales on one of them"
        checks.problem(given[-1], args[given[-1]], use)
    targets = {key: checks.whole(key, 1, 1, 1000) for key in _REQUESTS}
    percents = {key: checks.whole(key, 80, 1, 100) for key in _RESOURCES}
    annotations: dict[str, str] = {}
    if checks.given(_RETENTION):
        seconds = checks.whole(_RETENTION, 0, 0, 3600)
        if min_replicas:
            checks.problem(_RETENTION, seconds, "min_replicas 0 beside it")
        annotations[f"{_KNATIVE}scale-to-zero-pod-retention-period"] = f"{seconds}s"
    key = given[0] if given else "concurrency_target"
    share = checks.whole(_UTILIZATION, 70, 1, 100)
    if checks.given(_UTILIZATION):
        if key in _RESOURCES:
            checks.problem(_UTILIZATION, share, f"it without {key}, which is a share by itself")
        # https://knative.dev/docs/serving/autoscaling/concurrency/#target-utilization
        annotations[f"{_KNATIVE}target-utilization-percentage"] = str(share)
    if key in _REQUESTS:
        target = targets[key] if given else _DEFAULT_CONCURRENCY
        fields = {"scaleMetric": _REQUESTS[key], "scaleTarget": target}
        return Scaling(fields, annotations)
    if min_replicas == 0:
        checks.problem("min_replicas", 0, _NO_ZERO)
    # KServe takes at most 100 for the target of memory, which Knative counts in MiB: so both are
    # said in Knative's own words.
    percent = percents[key]
    memory = key == "memory_target_percent"
    target = memory_mib * percent // 100 if memory else percent
    annotations |= {
        f"{_KNATIVE}class": "hpa.autoscaling.knative.dev",
        f"{_KNATIVE}metric": _RESOURCES[key],
        f"{_KNATIVE}target": str(target),
    }
    return Scaling({}, annotations)


def _standard(
    checks: Checks, args: Mapping[str, Any], min_replicas: int, *, has_candidate: bool
) -> Scaling:
    for key in (*_REQUESTS, _RETENTION, _UTILIZATION):
        if checks.given(key):
            checks.problem(key, args[key], "deployment_mode knative beside it, or leave it out")
    autoscaler = checks.choice("autoscaler", "hpa", AUTOSCALERS)
    query = [key for key in _QUERY if checks.given(key)]
    resources = [key for key in _RESOURCES if checks.given(key)]
    if min_replicas == 0 and not (autoscaler == "keda" and query):
        checks.problem("min_replicas", 0, _NO_ZERO)
    if autoscaler == "external":
        for key in (*query, *resources):
            checks.problem(key, args[key], "it without autoscaler external: somebody else scales")
    elif query and autoscaler == "hpa":
        checks.problem(query[0], args[query[0]], "autoscaler keda beside it")
    if autoscaler == "keda":
        _check_keda(checks, has_targets=bool(query or resources), has_candidate=has_candidate)
    percents = {key: checks.whole(key, 80, 1, 100) for key in _RESOURCES}
    metrics = [_resource(_RESOURCES[key], percents[key]) for key in resources]
    if query:
        metrics.append(_prometheus(checks, args))
    return Scaling(
        {"autoScaling": {"metrics": metrics}} if metrics else {},
        annotations={} if autoscaler == "hpa" else {AUTOSCALER_ANNOTATION: autoscaler},
        autoscaler=autoscaler,
    )


def _check_keda(checks: Checks, *, has_targets: bool, has_candidate: bool) -> None:
    if not has_targets:
        use = "it with prometheus_query, cpu_target_percent or memory_target_percent"
        checks.problem("autoscaler", "keda", use)
    if has_candidate:
        # A canary's ScaledObject would have no triggers, which KEDA refuses.
        checks.problem("autoscaler", "keda", "hpa or external while there is a candidate")


def _resource(name: str, percent: int) -> dict[str, Any]:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": name, "target": target}}


def _prometheus(checks: Checks, args: Mapping[str, Any]) -> dict[str, Any]:
    checks.text("prometheus_url", SERVER_URL, "the URL of a Prometheus, such as http://host:9090")
    checks.text("prometheus_query", r"\S.*", "a PromQL query")
    if not checks.given("prometheus_target"):
        checks.problem("prometheus_target", None, "the query's value that scaling aims at")
    target = checks.number("prometheus_target", 1, 0.001, 1e9)
    metric = {
        "backend": "prometheus",
        "serverAddress": args.get("prometheus_url"),
        "query": args.get("prometheus_query"),
    }
    value = {"type": "Value", "value": f"{target:g}"}
    return {"type": "External", "external": {"metric": metric, "target": value}}
