"""Resources: machines and pools of them, none larger than it may be."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from policies import machine_types
from policies.configuration import setting
from policies.pool import Machine, Pool, machine
from policies.pools import POOL_TYPES, POOLS, pools
from policies.properties import Property
from policies.resource_types import (
    AKS_CLUSTER,
    ENDPOINT_CONFIGURATION,
    GKE_CLUSTER,
    LAUNCH_TEMPLATE,
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
    types=POOL_TYPES,
    fix="Lower max_nodes of the pool; to allow more, raise the rule's max_nodes.",
    unknown=Unknown.LATER,
    settings=NodePoolCap,
)
def node_pool_over_cap(view: View, settings: NodePoolCap) -> Faults:
    """A node pool may grow beyond the allowed number of nodes.

    The autoscaler goes as far as it is let; a loop in a client then books the whole bound. GKE
    counts maxNodeCount in each zone, of which a regional pool has three unless nodeLocations names
    them. Karpenter without limits goes as far as the account's quota; its limits on cores and
    memory are judged where the machines are named and known.
    """
    for pool in pools(view):
        missing, most = pool.unbounded(), pool.most()
        if missing is not None:
            yield missing.fault(f"nodes, at most {settings.max_nodes}")
        elif most is not None and most.count > settings.max_nodes:
            yield most.place.fault(f"at most {settings.max_nodes}", most.found)


@dataclass(frozen=True)
class InstanceTypeCap:
    """Settings."""

    max_accelerators: int = setting(4, "Most accelerators of one machine.", minimum=0)
    allowed: tuple[str, ...] = setting((), "Instance types that may be larger.")


def instance_types(view: View) -> list[Property]:
    """The instance types that a launch template or an endpoint names."""
    if view.token == LAUNCH_TEMPLATE:
        return [view.get("instanceType")]
    if view.token != ENDPOINT_CONFIGURATION:
        return []
    return [
        variant.get("instanceType")
        for key in ("productionVariants", "shadowProductionVariants")
        for variant in view.get(key).items()
    ]


@resource_rule(
    "resources/instance-type-over-cap",
    severity=Severity.HIGH,
    types=(*POOL_TYPES, LAUNCH_TEMPLATE, ENDPOINT_CONFIGURATION),
    fix="Choose a smaller instance type, or put this one into the rule's list of allowed types.",
    unknown=Unknown.REST,
    settings=InstanceTypeCap,
)
def instance_type_over_cap(view: View, settings: InstanceTypeCap) -> Faults:
    """An instance type carries more accelerators than allowed.

    A type that the facts do not have is judged by its size: the whole machine of an accelerated
    family counts as too large. Of Karpenter's requirements, names of types and numbers of GPUs are
    judged, families are not.
    """
    cap = settings.max_accelerators
    for one in _machines(view):
        if one.name in settings.allowed:
            continue
        if one.count is None and machine_types.is_whole_machine(one.name):
            yield one.place.fault(f"a machine with at most {cap} accelerators, or an allowed type")
        elif one.count is not None and one.count > cap:
            found = f"{one.shown} with {one.count:g}" if one.shown else None
            yield one.place.fault(f"a machine with at most {cap} accelerators", found)


def _machines(view: View) -> list[Machine]:
    named = [one for place in instance_types(view) for one in machine(place)]
    return named + [one for pool in pools(view) for one in pool.machines()]


@resource_rule(
    "resources/accelerator-pool-untainted",
    severity=Severity.MEDIUM,
    types=POOL_TYPES,
    fix="Add the taint nvidia.com/gpu=present:NoSchedule to the pool; GPU pods tolerate it.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def accelerator_pool_untainted(view: View, _settings: NoSettings) -> Faults:
    """A GPU pool takes any pod.

    Ordinary pods then fill expensive nodes and keep them from scaling down. GKE taints such a pool
    by itself only where the cluster has another one already, so it has to be said; AKS taints spot
    pools. https://cloud.google.com/kubernetes-engine/docs/how-to/gpus
    """
    for pool in pools(view):
        if pool.accelerated() and pool.repels() is False:
            yield pool.taints().fault(f"a taint with the effect {pool.no_schedule}")


@dataclass(frozen=True)
class StackAccelerators:
    """Settings."""

    max_accelerators: int = setting(32, "Most accelerators of the whole stack.", minimum=0)


@stack_rule(
    "resources/stack-accelerators-over-cap",
    severity=Severity.HIGH,
    types=(*POOL_TYPES, ENDPOINT_CONFIGURATION, SCALING_TARGET),
    fix="Lower max_nodes or max_replicas of the largest; to allow more, raise max_accelerators.",
    unknown=Unknown.REST,
    settings=StackAccelerators,
)
def stack_accelerators_over_cap(stack: Stack, settings: StackAccelerators) -> Faults:
    """All pools and endpoints together can hold more accelerators than allowed.

    Each pool at its largest size, each endpoint at its largest number of instances: what the
    account's quota, and the bill, must cover on the busiest day. A node group may have its machine
    type from its launch template; what GKE may provision by itself counts by its limits.
    """
    held: list[tuple[float, View, Property]] = []
    for view, pool in stack_pools(stack):
        most = pool.accelerators(by_template(stack, view))
        if most is not None:
            held.append((most.count, view, most.place))
    held += _made_by_gke(stack)
    targets = ScalingTargets(stack)
    for view in stack.of(ENDPOINT_CONFIGURATION):
        for variant in view.get("productionVariants").items():
            name = variant.get("instanceType").text()
            count = variant.get("initialInstanceCount")
            if name is not None:
                most = max(count.number() or 1, targets.most(view, variant))
                held.append(((machine_types.accelerators(name) or 0) * most, view, count))
    total = sum(amount for amount, _, _ in held)
    if total > settings.max_accelerators:
        _, view, place = max(held, key=lambda one: one[0])
        yield Stack.fault(
            view,
            place,
            f"at most {settings.max_accelerators} over all pools and endpoints; here the most",
            f"{total:g} in the stack",
        )


def stack_pools(stack: Stack) -> Iterator[tuple[View, Pool]]:
    """Each pool once: a cluster's outputs name those that are resources of their own too."""
    single = [(view, pool) for view in stack.of(*POOLS) for pool in pools(view)]
    named = {(type(pool), pool.name().text()) for _, pool in single}
    yield from single
    for view in stack.of(GKE_CLUSTER, AKS_CLUSTER):
        for pool in pools(view):
            name = pool.name().text()
            if name is None or (type(pool), name) not in named:
                yield view, pool


def _made_by_gke(stack: Stack) -> list[tuple[float, View, Property]]:
    """Accelerators of pools that GKE may make by itself, each kind up to its limit.

    https://cloud.google.com/kubernetes-engine/docs/how-to/node-auto-provisioning
    """
    return [
        (most, view, limit.get("maximum"))
        for view in stack.of(GKE_CLUSTER)
        for limit in view.get("clusterAutoscaling", "resourceLimits").items()
        if limit.get("resourceType").text() not in ("cpu", "memory", None)
        and (most := limit.get("maximum").number()) is not None
    ]


def by_template(stack: Stack, view: View) -> list[Machine]:
    """Machines that a node group's launch template names: those of a capacity block."""
    templates = stack.upstream(view, "launchTemplate")
    return [
        one
        for template in stack.of(LAUNCH_TEMPLATE)
        if template.urn in templates
        for one in _machines(template)
    ]


class ScalingTargets:
    """What scaling targets give to variants; gone through once, as stacks have many of both."""

    def __init__(self, stack: Stack) -> None:
        self._computed_from: dict[str, list[View]] = defaultdict(list)
        self._beside: dict[str, list[View]] = defaultdict(list)
        for target in stack.of(SCALING_TARGET):
            for urn in stack.upstream(target, "resourceId"):
                self._computed_from[urn].append(target)
            self._beside[target.resource.parent].append(target)

    def most(self, configuration: View, variant: Property) -> float:
        """The largest capacity of this variant.

        A target belongs to a configuration when it is computed from it, or has the same parent.
        """
        related = list(self._computed_from[configuration.urn])
        if "$" in configuration.urn:
            related += self._beside[configuration.resource.parent]
        name = variant.get("variantName").text()
        most = 0.0
        for target in related:
            resource = target.get("resourceId").text()
            named = resource is None or resource.endswith(f"/variant/{name}")
            if name is not None and named:
                most = max(most, target.get("maxCapacity").number() or 0)
        return most


RULES = (
    node_pool_over_cap,
    instance_type_over_cap,
    accelerator_pool_untainted,
    stack_accelerators_over_cap,
)
