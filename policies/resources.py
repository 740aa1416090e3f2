"""Resources: nothing without a bound, nothing larger than it may be."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from policies import instances
from policies.configuration import setting
from policies.pods import POD_TYPES, components, pods
from policies.properties import Property
from policies.quantities import is_accelerator, is_extended, quantity
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
SCALING_TARGET = "aws:appautoscaling/target:Target"
FUNCTION = "aws:lambda/function:Function"
AUTOSCALER = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
INFERENCE_SERVICE = "kubernetes:serving.kserve.io/v1beta1:InferenceService"
DEPLOYMENTS = ("kubernetes:apps/v1:Deployment", "kubernetes:apps/v1:StatefulSet")


@dataclass(frozen=True)
class ContainerLimits:
    """Settings."""

    require_cpu_limit: bool = setting(
        False,  # noqa: FBT003 - the default.
        "Also require a CPU limit, which throttles rather than protects.",
    )


@resource_rule(
    "resources/container-limits",
    severity=Severity.HIGH,
    types=POD_TYPES,
    fix="Set resources.requests.cpu, resources.requests.memory and resources.limits.memory.",
    unknown=Unknown.LATER,
    settings=ContainerLimits,
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

    A slip of the pen here books a machine with eight GPUs per replica.
    """
    for pod in pods(view):
        total, place = Decimal(0), None
        for container in pod.containers:
            for name, limit in container.place.get("resources", "limits").entries():
                if is_accelerator(name) and (amount := quantity(limit)) is not None and amount > 0:
                    total, place = total + amount, limit
        if place is not None and total > settings.max_accelerators:
            yield place.fault(f"at most {settings.max_accelerators} in one pod", f"{total:f}")


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
    if view.token == "kubernetes:serving.kserve.io:InferenceService":  # noqa: S105 - a type.
        for part in components(view):
            yield part.get("minReplicas"), part.get("maxReplicas"), 1
    elif view.token.startswith("kubernetes:autoscaling:"):
        yield view.get("spec", "minReplicas"), view.get("spec", "maxReplicas"), 1
    elif view.token == SCALING_TARGET:
        yield view.get("minCapacity"), view.get("maxCapacity"), 0


@resource_rule(
    "resources/replicas-unbounded",
    severity=Severity.HIGH,
    types=(INFERENCE_SERVICE, AUTOSCALER, SCALING_TARGET, *DEPLOYMENTS),
    fix="Set max_replicas to what the model needs at its peak; to allow more, raise the cap.",
    unknown=Unknown.LATER,
    settings=ReplicasCap,
)
def replicas_unbounded(view: View, settings: ReplicasCap) -> Faults:
    """A model can scale without a bound, or beyond the allowed one.

    Knative scales an InferenceService without maxReplicas as far as the cluster goes; 0 means the
    same there.
    """
    cap = settings.max_replicas
    for _, upper, _ in _replicas(view):
        most = upper.number()
        unset = upper.absent or most == 0
        if unset:
            if view.token.startswith("kubernetes:serving") and _standard_mode(view):
                continue
            yield upper.fault(f"a number from 1 to {cap}")
        elif most is not None and most > cap:
            yield upper.fault(f"at most {cap}")
    if view.token.startswith("kubernetes:apps:"):
        fixed = view.get("spec", "replicas")
        if (count := fixed.number()) is not None and count > cap:
            yield fixed.fault(f"at most {cap}")


@resource_rule(
    "resources/replicas-order",
    severity=Severity.HIGH,
    types=(INFERENCE_SERVICE, AUTOSCALER, SCALING_TARGET, NODE_GROUP),
    fix="Put the numbers in order: 0 ≤ min ≤ desired ≤ max.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def replicas_order(view: View, _settings: NoSettings) -> Faults:
    """The lower bound is above the upper one.

    Some vendors refuse it halfway through the update; KServe without its webhook accepts it.
    """
    bounds = list(_replicas(view))
    if view.token == NODE_GROUP:
        for place in view.get("scalingConfig").items():
            wanted = place.get("desiredSize")
            bounds += [
                (place.get("minSize"), place.get("maxSize"), 0),
                (place.get("minSize"), wanted, 0),
                (wanted, place.get("maxSize"), 0),
            ]
    for lower, upper, default in bounds:
        low = default if lower.absent else lower.number()
        high = upper.number()
        if low is not None and low < 0:
            yield lower.fault("0 or more")
        # 0 is Knative's word for no bound.
        if low is not None and high and low > high:
            yield lower.fault(f"at most {upper.path.rpartition('.')[2]}, which is {upper.shown}")


@dataclass(frozen=True)
class NodePoolCap:
    """Settings."""

    max_nodes: int = setting(10, "Most nodes of one pool.", minimum=0)


@resource_rule(
    "resources/node-pool-over-cap",
    severity=Severity.HIGH,
    types=(NODE_GROUP,),
    fix="Lower max_nodes of the pool; to allow more, raise the rule's max_nodes.",
    unknown=Unknown.LATER,
    settings=NodePoolCap,
)
def node_pool_over_cap(view: View, settings: NodePoolCap) -> Faults:
    """A node pool may grow beyond the allowed number of nodes.

    The autoscaler goes as far as it is let; a loop in a client then books the whole bound.
    """
    for place in view.get("scalingConfig").items():
        most = place.get("maxSize")
        if (count := most.number()) is not None and count > settings.max_nodes:
            yield most.fault(f"at most {settings.max_nodes}")


@dataclass(frozen=True)
class InstanceTypeCap:
    """Settings."""

    max_accelerators: int = setting(4, "Most accelerators of one machine.", minimum=0)
    allowed: tuple[str, ...] = setting((), "Instance types that may be larger.")


def instance_types(view: View) -> list[Property]:
    """The instance types that a resource names."""
    if view.token == NODE_GROUP:
        return view.get("instanceTypes").items()
    if view.token == LAUNCH_TEMPLATE:
        return [view.get("instanceType")]
    return [
        variant.get("instanceType")
        for key in ("productionVariants", "shadowProductionVariants")
        for variant in view.get(key).items()
    ]


@resource_rule(
    "resources/instance-type-over-cap",
    severity=Severity.HIGH,
    types=(NODE_GROUP, LAUNCH_TEMPLATE, ENDPOINT_CONFIGURATION),
    fix="Choose a smaller instance type, or put this one into the rule's list of allowed types.",
    unknown=Unknown.REST,
    settings=InstanceTypeCap,
)
def instance_type_over_cap(view: View, settings: InstanceTypeCap) -> Faults:
    """An instance type carries more accelerators than allowed.

    A type that the facts do not have is judged by its size: the whole machine of an accelerated
    family counts as too large.
    """
    for place in instance_types(view):
        name = place.text()
        if name is None or name in settings.allowed:
            continue
        count = instances.accelerators(name)
        cap = settings.max_accelerators
        if count is None and instances.is_whole_machine(name):
            yield place.fault(f"a machine with at most {cap} accelerators, or an allowed type")
        elif count is not None and count > cap:
            yield place.fault(
                f"a machine with at most {cap} accelerators", f"{place.shown} with {count}"
            )


@resource_rule(
    "resources/accelerator-pool-untainted",
    severity=Severity.MEDIUM,
    types=(NODE_GROUP,),
    fix="Add the taint nvidia.com/gpu=present:NoSchedule to the pool; GPU pods tolerate it.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def accelerator_pool_untainted(view: View, _settings: NoSettings) -> Faults:
    """A GPU pool takes any pod.

    Ordinary pods then fill expensive nodes and keep them from scaling down.
    """
    named = [name for place in instance_types(view) if (name := place.text()) is not None]
    if not any(instances.is_accelerated(name) for name in named):
        return
    taints = view.get("taints")
    given = [place.get("effect") for place in taints.items()]
    if taints.unknown or any(effect.unknown for effect in given):
        return
    if not any(effect.text() in ("NO_SCHEDULE", "NO_EXECUTE") for effect in given):
        yield taints.fault("a taint with the effect NO_SCHEDULE")


@dataclass(frozen=True)
class StackAccelerators:
    """Settings."""

    max_accelerators: int = setting(32, "Most accelerators of the whole stack.", minimum=0)


@stack_rule(
    "resources/stack-accelerators-over-cap",
    severity=Severity.HIGH,
    types=(NODE_GROUP, ENDPOINT_CONFIGURATION, SCALING_TARGET),
    fix="Lower max_nodes or max_replicas of the largest; to allow more, raise max_accelerators.",
    unknown=Unknown.REST,
    settings=StackAccelerators,
)
def stack_accelerators_over_cap(stack: Stack, settings: StackAccelerators) -> Faults:
    """All pools and endpoints together can hold more accelerators than allowed.

    Each pool at its largest size, each endpoint at its largest number of instances: what the
    account's quota, and the bill, must cover on the busiest day.
    """
    held: list[tuple[float, View, Property]] = []
    for view in stack.of(NODE_GROUP):
        counts = [
            instances.accelerators(name) or 0
            for place in instance_types(view)
            if (name := place.text()) is not None
        ]
        for place in view.get("scalingConfig").items():
            most = place.get("maxSize")
            held.append((max(counts, default=0) * (most.number() or 0), view, most))
    for view in stack.of(ENDPOINT_CONFIGURATION):
        for variant in view.get("productionVariants").items():
            name = variant.get("instanceType").text()
            count = variant.get("initialInstanceCount")
            if name is not None:
                most = max(count.number() or 1, _scaled_to(stack, view, variant))
                held.append(((instances.accelerators(name) or 0) * most, view, count))
    total = sum(amount for amount, _, _ in held)
    if total > settings.max_accelerators:
        _, view, place = max(held, key=lambda one: one[0])
        yield Stack.fault(
            view,
            place,
            f"at most {settings.max_accelerators} over all pools and endpoints; here the most",
            f"{total:g} in the stack",
        )


def _scaled_to(stack: Stack, configuration: View, variant: Property) -> float:
    """The largest capacity that a scaling target gives to this variant.

    A target belongs to a configuration when it is computed from it, or has the same parent.
    """
    name = variant.get("variantName").text()
    most = 0.0
    for target in stack.of(SCALING_TARGET):
        resource = target.get("resourceId").text()
        parent = target.resource.parent
        related = configuration.urn in stack.upstream(target, "resourceId") or (
            "$" in configuration.urn and parent == configuration.resource.parent
        )
        if related and name is not None and (resource or name).endswith(name):
            most = max(most, target.get("maxCapacity").number() or 0)
    return most


RULES = (
    container_limits,
    accelerator_request,
    accelerators_over_cap,
    replicas_unbounded,
    replicas_order,
    node_pool_over_cap,
    instance_type_over_cap,
    accelerator_pool_untainted,
    stack_accelerators_over_cap,
)
