"""Latency: a model with an objective does not wait for its neighbours on a GPU."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

from facts.accelerators import PRODUCT_LABEL
from facts.pools.groups import COMPUTE_CLASS
from facts.pools.sharing import GROUP_LABEL, POOL_LABEL
from policies.configuration import setting
from policies.gke_pool import SHARING_STRATEGY
from policies.latency import slo_ms
from policies.pods import POD_TYPES, Pod, components, model_places, pods
from policies.pool import Pool
from policies.pools import POOL_TYPES, pools
from policies.properties import Property
from policies.quantities import is_accelerator, quantity
from policies.resource_types import INFERENCE_SERVICE, TRAINED_MODEL
from policies.rule import Faults, Severity, Unknown, stack_rule
from policies.tokens import fold
from policies.view import Stack, View

# A job has no one that waits for its answer.
_SERVING: Final = tuple(one for one in POD_TYPES if not one.startswith("kubernetes:batch/"))
_RUNTIMES: Final = (
    "kubernetes:serving.kserve.io/v1alpha1:ServingRuntime",
    "kubernetes:serving.kserve.io/v1alpha1:ClusterServingRuntime",
)
_INFERENCE_SERVICE: Final = fold(INFERENCE_SERVICE)
_TRAINED_MODEL: Final = fold(TRAINED_MODEL)
# Node labels that say how GPUs are shared: the device plugin's configuration, by the names that
# people give to it; GPU feature discovery's; GKE's.
# https://github.com/NVIDIA/k8s-device-plugin (time-slicing, and labels of feature discovery)
# https://cloud.google.com/kubernetes-engine/docs/concepts/gpu-sharing
_TURNS: Final = {
    "nvidia.com/device-plugin.config": re.compile(r".*time-?slic.*", re.IGNORECASE),
    "nvidia.com/gpu.sharing-strategy": re.compile(r"time-slicing"),
    PRODUCT_LABEL: re.compile(r".+-SHARED"),
    SHARING_STRATEGY: re.compile(r"time-sharing"),
}
_BESIDE: Final = {
    "nvidia.com/device-plugin.config": re.compile(r"(.*[-_.])?mps([-_.].*)?", re.IGNORECASE),
    "nvidia.com/gpu.sharing-strategy": re.compile(r"mps"),
    SHARING_STRATEGY: re.compile(r"mps"),
}
# Labels by which pods choose a pool, beside those that clouds give with its name.
_CHOOSING: Final = (GROUP_LABEL, POOL_LABEL, COMPUTE_CLASS)


@dataclass(frozen=True)
class TimeSlicedGpu:
    """Settings."""

    refuse_mps: bool = setting(
        False,
        "Also refuse GPUs on which pods run side by side, each with a share (MPS).",
    )


@stack_rule(
    "latency/time-sliced-gpu",
    severity=Severity.HIGH,
    types=(*_SERVING, TRAINED_MODEL, *POOL_TYPES),
    fix="Ask for a whole GPU or for a MIG profile, on a pool without time_slices; or exempt the "
    "model, whose objective leaves room for its neighbours' turns.",
    unknown=Unknown.REST,
    settings=TimeSlicedGpu,
)
def time_sliced_gpu(stack: Stack, settings: TimeSlicedGpu) -> Faults:
    """A model with a latency objective takes turns on a GPU.

    It waits while its neighbours compute, and nothing bounds how long: the p95 is theirs. Seen are
    requests for a shared resource (`nvidia.com/gpu.shared`, which may also mean MPS), nodes chosen
    by a label that says it, pools of the same stack that are shared so, and the runtime or server
    that a model names. Jobs have no objective. A MIG profile is a part of one's own.
    """
    shared = _shared_pools(stack, settings)
    for view in stack.of(*_SERVING, TRAINED_MODEL):
        objective = slo_ms(view)
        if objective is None:
            continue
        wanted = f"a GPU or a MIG profile of its own: the objective is {objective:g} ms"
        for pod in pods(view):
            place, found = next(_turns(pod, shared, settings), (None, ""))
            if place is not None:
                yield Stack.fault(view, place, wanted, found)
        for place, found in _by_name(stack, view, shared, settings):
            yield Stack.fault(view, place, wanted, found)


def _turns(
    pod: Pod, shared: dict[tuple[str, str], str], settings: TimeSlicedGpu
) -> Iterator[tuple[Property, str]]:
    """Where a pod asks for a turn, and what is found there."""
    for container in pod.containers:
        for kind in ("limits", "requests"):
            for name, amount in container.place.get("resources", kind).entries():
                shares = name.endswith(".shared") and is_accelerator(name)
                if shares and (quantity(amount) or 0) > 0:
                    yield amount, f"{amount.shown} of {name}"
    for key, value, place in _chosen(pod.spec):
        if _says_turns(key, value, settings):
            yield place, f"{place.shown} for {key}"
        elif (key, value) in shared:
            yield place, f"{place.shown}, a pool whose GPUs are shared ({shared[key, value]})"


def _chosen(spec: Property) -> Iterator[tuple[str, str, Property]]:
    """The node labels that a pod requires, each with one value that it may have."""
    for key, place in spec.get("nodeSelector").entries():
        if (value := place.text()) is not None:
            yield key, value, place
    required = "requiredDuringSchedulingIgnoredDuringExecution"
    terms = spec.get("affinity", "nodeAffinity", required, "nodeSelectorTerms")
    for term in terms.items():
        for each in term.get("matchExpressions").items():
            if each.get("operator").text() == "In" and (key := each.get("key").text()) is not None:
                for place in each.get("values").items():
                    if (value := place.text()) is not None:
                        yield key, value, place


def _says_turns(key: str, value: str, settings: TimeSlicedGpu) -> bool:
    tables = (_TURNS, _BESIDE) if settings.refuse_mps else (_TURNS,)
    return any(key in table and table[key].fullmatch(value) for table in tables)


def _shared_pools(stack: Stack, settings: TimeSlicedGpu) -> dict[tuple[str, str], str]:
    """Labels by which pods choose a shared pool of the stack, with the name of its resource."""
    found: dict[tuple[str, str], str] = {}
    for view in stack.of(*POOL_TYPES):
        for pool in pools(view):
            labels = _labels(pool)
            if any(_says_turns(key, value, settings) for key, value in labels.items()):
                for key in (*_CHOOSING, *pool.name_labels):
                    if key in labels:
                        found[key, labels[key]] = view.name
    return found


def _labels(pool: Pool) -> dict[str, str]:
    own = {
        key: value for key, place in pool.labels().entries() if (value := place.text()) is not None
    }
    return own | pool.cloud_labels()


def _by_name(
    stack: Stack, view: View, shared: dict[tuple[str, str], str], settings: TimeSlicedGpu
) -> Iterator[tuple[Property, str]]:
    """What serves the model and is another resource of the stack: named, and taking turns."""
    for place, types in _servers(view):
        name = place.text()
        for server in stack.of(*types) if name is not None else ():
            if server.get("metadata", "name").text() == name:
                for pod in pods(server):
                    for _, found in islice(_turns(pod, shared, settings), 1):
                        yield place, f"{place.shown}, which asks for {found}"


def _servers(view: View) -> Iterator[tuple[Property, tuple[str, ...]]]:
    """Where an InferenceService names its runtimes, and a TrainedModel its server."""
    if view.token == _TRAINED_MODEL:
        yield view.get("spec", "inferenceService"), (INFERENCE_SERVICE,)
    elif view.token == _INFERENCE_SERVICE:
        for part in components(view):
            for model in model_places(part):
                yield model.get("runtime"), _RUNTIMES


RULES = (time_sliced_gpu,)
