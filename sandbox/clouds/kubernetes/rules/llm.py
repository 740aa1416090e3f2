"""What KServe's webhook refuses of an LLMInferenceService, beyond its schema.

Source: pkg/apis/serving/v1alpha2/llm_inference_service_validation.go of KServe 0.20:
validateRouterCrossFieldConstraints, validateTrafficFields, validateWorkloadParallelism,
validateSchedulerConfig, validateImmutable; GetSize of llm_inference_service_types_func.go. Scaling
and replica bounds are in the schema's own rules.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import mapped
from sandbox.wire import has_unknown

__all__ = ["SCHEMES", "change", "llm_inference_service"]

Object = dict[str, Any]
# attachModelArtifacts in pkg/controller/v1alpha2/llmisvc/workload_storage.go.
SCHEMES = ("hf://", "s3://", "pvc://", "oci://", "oci+native://")


def llm_inference_service(value: Object) -> Iterator[Problem]:
    """What is wrong with an LLMInferenceService."""
    spec = mapped(value.get("spec"))
    yield from _route(mapped(spec.get("router")))
    yield from _scheduler(mapped(mapped(spec.get("router")).get("scheduler")))
    yield from _parallelism(spec, "spec")
    if words.is_object(spec.get("prefill")):
        yield from _parallelism(mapped(spec["prefill"]), "spec.prefill")


def _route(router: Object) -> Iterator[Problem]:
    route, at = mapped(router.get("route")), "spec.router.route"
    http, gateway = mapped(route.get("http")), router.get("gateway")
    if http.get("refs") and http.get("spec") is not None:
        yield Problem(f"{at}.http", "give refs or spec, not both")
    if http.get("refs") and words.is_object(gateway) and not mapped(gateway).get("refs"):
        yield Problem(
            f"{at}.http.refs", "not with a managed gateway; give spec.router.gateway.refs"
        )
    given = [name for name in ("group", "weight") if route.get(name) is not None]
    if not given or has_unknown(route):
        return
    if router.get("ingress") is not None:
        yield Problem(f"{at}.group", "traffic splitting requires Gateway API routing")
    elif len(given) == 1:
        missing = "weight" if given == ["group"] else "group"
        yield Problem(f"{at}.{missing}", f"missing; {given[0]} requires it")
    elif http.get("refs"):
        yield Problem(f"{at}.group", "traffic splitting cannot be used with custom HTTPRoute refs")


def _scheduler(scheduler: Object) -> Iterator[Problem]:
    at = "spec.router.scheduler"
    yield from words.at_least(scheduler.get("replicas"), 1, f"{at}.replicas")
    config = scheduler.get("config")
    if words.is_object(config) and not has_unknown(config):
        given = [name for name in ("inline", "ref") if mapped(config).get(name) is not None]
        if len(given) != 1:
            yield Problem(f"{at}.config", "give either inline or ref")


def _parallelism(workload: Object, at: str) -> Iterator[Problem]:
    given = mapped(workload.get("parallelism"))
    if has_unknown([workload.get("parallelism"), given]):
        return
    data = [name for name in ("data", "dataLocal") if given.get(name) is not None]
    if workload.get("worker") is not None and not data and given.get("pipeline") is None:
        text = "parallelism must be configured for data parallelism or pipeline parallelism"
        yield Problem(f"{at}.worker", text)
    if data and given.get("pipeline") is not None:
        yield Problem(f"{at}.parallelism", "cannot set both pipeline and data parallelism")
    if len(data) == 1:
        missing = "dataLocal" if data == ["data"] else "data"
        yield Problem(f"{at}.parallelism.{missing}", f"must be set when {data[0]} is set")


def change(old: Object, new: Object) -> Iterator[Problem]:
    """What an update must not change."""
    first, second = (mapped(value.get("spec")) for value in (old, new))
    pairs = [("spec", first, second)]
    if first.get("prefill") and second.get("prefill"):
        pairs.append(("spec.prefill", mapped(first["prefill"]), mapped(second["prefill"])))
    for at, before, after in pairs:
        sizes = [_size(mapped(each.get("parallelism"))) for each in (before, after)]
        if sizes[0] != sizes[1]:
            yield Problem(
                f"{at}.parallelism",
                f"total parallelism size is immutable, previous size {sizes[0]}, curr size"
                f" {sizes[1]}",
            )


def _size(given: Object) -> int:
    """Pods of one replica."""
    if given.get("data") or given.get("dataLocal"):
        return max(int(given.get("data") or 1) // int(given.get("dataLocal") or 1), 1)
    return int(given.get("pipeline") or 1)
