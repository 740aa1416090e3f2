"""Pods that ask for GPUs, of the workloads of a cluster: each is taken as if it were pending."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.clouds.kubernetes.formats import quantity
from sandbox.store import Row, Store
from sandbox.values import at, listed, mapped

__all__ = ["Pod", "amount", "pending"]

Object = dict[str, Any]
_GPUS = "nvidia.com/"
# Kind of a workload, and where its pods' specification is. DaemonSets grow no pool.
_SPECS: Mapping[str, tuple[str, ...]] = {
    "core/v1:Pod": ("spec",),
    "apps/v1:Deployment": ("spec", "template", "spec"),
    "apps/v1:StatefulSet": ("spec", "template", "spec"),
    "batch/v1:Job": ("spec", "template", "spec"),
    "batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template", "spec"),
    "serving.kserve.io/v1beta1:InferenceService": ("spec", "predictor"),
    "serving.kserve.io/v1alpha1:LLMInferenceService": ("spec", "template"),
    "serving.kserve.io/v1alpha2:LLMInferenceService": ("spec", "template"),
}


@dataclass(frozen=True, slots=True)
class Pod:
    """What a scheduler looks at. `requests` are in cores, bytes and pieces."""

    workload: str
    requests: dict[str, float]
    selector: dict[str, str] = field(default_factory=dict[str, str])
    # Terms of which one must hold, each with expressions that all must hold.
    affinity: tuple[tuple[Object, ...], ...] = ()
    tolerations: tuple[Object, ...] = ()

    @property
    def gpus(self) -> dict[str, float]:
        """The GPU resources that it asks for."""
        return {name: n for name, n in self.requests.items() if name.startswith(_GPUS) and n}


def pending(store: Store, context: str) -> list[Pod]:
    """One pod of each workload of a cluster that asks for GPUs, ordered by name."""
    found: list[Pod] = []
    for kind, path in _SPECS.items():
        for row in store.list("kubernetes", f"kubernetes:{kind}", account=context):
            pod = _pod(row, at(row.outputs, *path))
            if pod.gpus and at(row.outputs, "spec", "replicas") != 0:
                found.append(pod)
    return sorted(found, key=lambda pod: pod.workload)


def amount(value: object) -> float:
    """A quantity of Kubernetes as a number; 0 for what is none."""
    return float(quantity(value) or 0)


def _pod(row: Row, spec: object) -> Pod:
    kind = row.token.rpartition(":")[2]
    terms = at(
        spec,
        "affinity",
        "nodeAffinity",
        "requiredDuringSchedulingIgnoredDuringExecution",
        "nodeSelectorTerms",
    )
    return Pod(
        f"{kind} {row.id}",
        _requests(spec),
        {str(key): str(value) for key, value in mapped(at(spec, "nodeSelector")).items()},
        tuple(
            tuple(mapped(each) for each in listed(mapped(term).get("matchExpressions")))
            for term in listed(terms)
        ),
        tuple(mapped(each) for each in listed(at(spec, "tolerations"))),
    )


def _requests(spec: object) -> dict[str, float]:
    """Of all containers together; of those that run before them, where one asks for more.

    KServe's `model` is one more container; what has a limit alone requests as much.
    """
    together: dict[str, float] = {}
    for container in _containers(spec, ("model", "containers")):
        for name, number in _asked(container).items():
            together[name] = together.get(name, 0.0) + number
    for container in _containers(spec, ("initContainers",)):
        for name, number in _asked(container).items():
            together[name] = max(together.get(name, 0.0), number)
    return together


def _containers(spec: object, names: Iterable[str]) -> Iterator[Object]:
    for name in names:
        value = at(spec, name)
        yield from map(mapped, listed(value) or [cast("object", value)])


def _asked(container: Object) -> dict[str, float]:
    resources = mapped(container.get("resources"))
    both = {**mapped(resources.get("limits")), **mapped(resources.get("requests"))}
    return {name: amount(value) for name, value in both.items()}
