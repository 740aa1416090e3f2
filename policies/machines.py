"""Resources: machines and pools of them, none larger than it may be."""

from dataclasses import dataclass

from policies import instances
from policies.configuration import setting
from policies.properties import Property
from policies.resource_types import (
    ENDPOINT_CONFIGURATION,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    SCALING_TARGET,
)
from policies.rule import Faults, NoSettings, Severity, Unknown, resource_rule, stack_rule
from policies.view import Stack, View


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
        named = resource is None or resource.endswith(f"/variant/{name}")
        if related and name is not None and named:
            most = max(most, target.get("maxCapacity").number() or 0)
    return most


RULES = (
    node_pool_over_cap,
    instance_type_over_cap,
    accelerator_pool_untainted,
    stack_accelerators_over_cap,
)
