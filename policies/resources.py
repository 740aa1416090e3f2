"""Resources: nothing without a bound, nothing larger than it may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.pods import POD_TYPES, components, pod_accelerators, pods
from policies.pools import POOL_TYPES, pools
from policies.properties import Property
from policies.quantities import is_extended, quantity
from policies.resource_types import (
    INFERENCE_SERVICE,
    LANGUAGE_MODEL,
    SCALED_OBJECT,
    SCALING_TARGET,
    SELDON_MODEL,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
# https://docs.aws.amazon.com/autoscaling/application/APIReference/API_ScalableTarget.html
_REPLICA_DIMENSIONS: Final = (
    "sagemaker:variant:DesiredInstanceCount",
    "sagemaker:inference-component:DesiredCopyCount",
    "ecs:service:DesiredCount",
)
DEPLOYMENTS: Final = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")


# Where each type has its bounds: place, lower and upper one, and the default of the lower one.
_BOUNDS: Final[dict[str, tuple[tuple[tuple[str, ...], str, str, float], ...]]] = {
    fold(AUTOSCALER): ((("spec",), "minReplicas", "maxReplicas", 1),),
    fold(SCALED_OBJECT): ((("spec",), "minReplicaCount", "maxReplicaCount", 0),),
    fold(SELDON_MODEL): ((("spec",), "minReplicas", "maxReplicas", 0),),
    fold(LANGUAGE_MODEL): (
        (("spec", "scaling"), "minReplicas", "maxReplicas", 1),
        (("spec", "prefill", "scaling"), "minReplicas", "maxReplicas", 1),
    ),
    SCALING_TARGET: (((), "minCapacity", "maxCapacity", 0),),
}
# Where a fixed number of replicas is, which nothing scales when there are no bounds.
_FIXED: Final[dict[str, tuple[tuple[str, ...], ...]]] = {
    **{fold(kind): (("spec", "replicas"),) for kind in (*DEPLOYMENTS, SELDON_MODEL)},
    fold(LANGUAGE_MODEL): (("spec", "replicas"), ("spec", "prefill", "replicas")),
}


@dataclass(frozen=True)
class ContainerLimits:
    """Settings."""

    require_cpu_limit: bool = setting(
        False,
        "Also require a CPU limit, which throttles rather than protects.",
    )


@resource_rule(
    "resources/container-limits",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.",
    unknown=Unknown.LATER,
    settings=ContainerLimits,
    checkov=("CKV_K8S_11", "CKV_K8S_13"),
)
def container_limits(view: View, settings: ContainerLimits) -> Faults:
    """A container has no bound on CPU or memory.

    Without requests the scheduler overfills nodes; without a memory limit one model evicts its
    neighbours. A limit counts as request, as Kubernetes does. What KServe's serving runtime sets
    for a model server is not asked for again, and debugging containers cannot have resources.
    """
    for pod in pods(view):
        for container in pod.containers:
            if container.served or ".ephemeralContainers[" in container.place.path:
                continue
            given = container.place.get("resources")
            limits, requests = given.get("limits"), given.get("requests")
            for name in ("cpu", "memory"):
                if requests.get(name).absent and limits.get(name).absent:
                    yield requests.get(name).fault(f"a {name} request")
            if limits.get("memory").absent:
                yield limits.get("memory").fault("a memory limit")
            if settings.require_cpu_limit and limits.get("cpu").absent:
                yield limits.get("cpu").fault("a CPU limit")


@resource_rule(
    "resources/accelerator-request",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Ask for whole accelerators in resources.limits, and for the same number in requests.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def accelerator_request(view: View, _settings: NoSettings) -> Faults:
    """An accelerator request is fractional, or unlike its limit.

    Kubernetes refuses both for devices, after the update has begun:
    https://kubernetes.io/docs/tasks/manage-gpus/scheduling-gpus/
    """
    for pod in pods(view):
        for container in pod.containers:
            given = container.place.get("resources")
            limits, requests = given.get("limits"), given.get("requests")
            for name, limit in limits.entries():
                amount = quantity(limit) if is_extended(name) else None
                if amount is not None and (amount < 0 or amount != amount.to_integral_value()):
                    yield limit.fault("a whole number of devices")
            for name, request in requests.entries():
                if not is_extended(name) or (asked := quantity(request)) is None:
                    continue
                limit = limits.get(name)
                if limit.absent:
                    yield limit.fault(f"the same as the request, {request.shown}")
                elif (amount := quantity(limit)) is not None and amount != asked:
                    yield request.fault(f"the same as the limit, {limit.shown}")


@dataclass(frozen=True)
class AcceleratorsPerPod:
    """Settings."""

    max_accelerators: int = setting(4, "Most accelerators that one pod may hold.", minimum=0)


@resource_rule(
    "resources/accelerators-over-cap",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Ask for fewer accelerators, or for a larger kind; to allow it, raise max_accelerators.",
    unknown=Unknown.LATER,
    settings=AcceleratorsPerPod,
)
def accelerators_over_cap(view: View, settings: AcceleratorsPerPod) -> Faults:
    """One pod asks for more accelerators than allowed.

    A slip of the pen here books a machine with eight GPUs per replica. Containers run together,
    initialising ones before them, one by one.
    """
    for pod in pods(view):
        held, place = pod_accelerators(pod)
        if place is not None and held > settings.max_accelerators:
            yield place.fault(f"at most {settings.max_accelerators} in one pod", f"{held:f}")


@dataclass(frozen=True)
class ReplicasCap:
    """Settings."""

    max_replicas: int = setting(20, "Most replicas of one model.", minimum=1)


def _standard_mode(view: View) -> bool:
    """KServe without Knative: an absent maximum is the minimum there."""
    mode = view.get("metadata", "annotations").get("serving.kserve.io/deploymentMode")
    return mode.raw in ("Standard", "RawDeployment")


def _replicas(view: View) -> Iterator[tuple[Property, Property, float]]:
    """Lower bound, upper bound, and the vendor's default of the lower one."""
    if view.token == fold(INFERENCE_SERVICE):
        for part in components(view):
            yield part.get("minReplicas"), part.get("maxReplicas"), 1
    for path, lower_key, upper_key, default in _BOUNDS.get(view.token, ()):
        place = view.get(*path)
        lower, upper = place.get(lower_key), place.get(upper_key)
        if view.token in _FIXED and lower.absent and upper.absent:
            continue
        yield lower, upper, default


def _scales_replicas(dimension: Property) -> bool:
    """An absent one is refused by the vendor, and no reason to let a capacity pass."""
    return dimension.absent or dimension.text() in _REPLICA_DIMENSIONS


@resource_rule(
    "resources/replicas-unbounded",
    severity=Severity.HIGH,
    types=(
        *(INFERENCE_SERVICE, LANGUAGE_MODEL, SELDON_MODEL, AUTOSCALER, SCALED_OBJECT),
        *(SCALING_TARGET, *DEPLOYMENTS),
    ),
    fix="Set max_replicas to what the model needs at its peak; to allow more, raise the cap.",
    unknown=Unknown.LATER,
    settings=ReplicasCap,
)
def replicas_unbounded(view: View, settings: ReplicasCap) -> Faults:
    """A model can scale without a bound, or beyond the allowed one.

    Knative scales an InferenceService without maxReplicas as far as the cluster goes; 0 means the
    same there. KEDA takes 100 for an absent maxReplicaCount. Of what AWS scales, only instances,
    copies and tasks are replicas: the units of a table or a broker's storage are not.
    """
    cap = settings.max_replicas
    if view.token == SCALING_TARGET and not _scales_replicas(view.get("scalableDimension")):
        return
    for _, upper, _ in _replicas(view):
        most = upper.number()
        unset = upper.absent or most == 0
        if unset:
            if view.token.startswith("kubernetes:serving") and _standard_mode(view):
                continue
            yield upper.fault(f"a number from 1 to {cap}")
        elif most is not None and most > cap:
            yield upper.fault(f"at most {cap}")
    for path in _FIXED.get(view.token, ()):
        fixed = view.get(*path)
        if (count := fixed.number()) is not None and count > cap:
            yield fixed.fault(f"at most {cap}")


@resource_rule(
    "resources/replicas-order",
    severity=Severity.HIGH,
    types=(
        *(INFERENCE_SERVICE, LANGUAGE_MODEL, SELDON_MODEL, AUTOSCALER, SCALED_OBJECT),
        *(SCALING_TARGET, *POOL_TYPES),
    ),
    fix="Put the numbers in order: 0 ≤ min ≤ desired ≤ max.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def replicas_order(view: View, _settings: NoSettings) -> Faults:
    """The lower bound is above the upper one.

    Some vendors refuse it halfway through the update; KServe without its webhook accepts it.
    """
    bounds = list(_replicas(view))
    bounds += [(low, high, 0) for pool in pools(view) for low, high in pool.orders()]
    for lower, upper, default in bounds:
        low = default if lower.absent else lower.number()
        high = upper.number()
        if low is not None and low < 0:
            yield lower.fault("0 or more")
        # 0 is Knative's word for no bound.
        if low is not None and high and low > high:
            yield lower.fault(f"at most {upper.path.rpartition('.')[2]}, which is {upper.shown}")


RULES = (
    container_limits,
    accelerator_request,
    accelerators_over_cap,
    replicas_unbounded,
    replicas_order,
)
