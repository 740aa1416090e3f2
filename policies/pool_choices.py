"""Resources and cost: which machines are taken, how they are bought, in how many zones."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Final

from policies import machine_types
from policies.azure_ml import deployment
from policies.configuration import setting
from policies.machines import instance_types
from policies.pool import Machine, machine
from policies.pools import POOL_TYPES, pools
from policies.resource_types import (
    AZURE_ML_DEPLOYMENT,
    ENDPOINT_CONFIGURATION,
    LAUNCH_TEMPLATE,
    VERTEX_DEPLOYED_MODEL,
)
from policies.rule import Faults, Level, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

_CAPACITIES: Final = ("any", "on_demand", "spot")


@dataclass(frozen=True)
class AllowedTypes:
    """Settings."""

    allowed: tuple[str, ...] = setting(
        (), "Instance types that may be taken, also as g6.* or Standard_NC*; none: all may."
    )
    accelerated_alone: bool = setting(
        True, "Judge types of families with accelerators alone, not every machine."
    )


@resource_rule(
    "resources/instance-type-not-allowed",
    severity=Severity.HIGH,
    types=(
        *POOL_TYPES,
        *(LAUNCH_TEMPLATE, ENDPOINT_CONFIGURATION),
        *(AZURE_ML_DEPLOYMENT, VERTEX_DEPLOYED_MODEL),
    ),
    fix="Choose one of the allowed instance types, or add this one to the rule's list.",
    unknown=Unknown.REST,
    settings=AllowedTypes,
)
def instance_type_not_allowed(view: View, settings: AllowedTypes) -> Faults:
    """An instance type is not one of those that are allowed here.

    A platform team has capacity, quota, drivers and prices for some types. Silent until the list
    has one. SageMaker's types are meant with their prefix: ml.g5.xlarge, or ml.g5.*.
    """
    if not settings.allowed:
        return
    wanted = "one of " + ", ".join(settings.allowed)
    for one in _machines(view):
        judged = not settings.accelerated_alone or machine_types.is_accelerated(one.name)
        if one.name and judged and not _matches(one.name, settings.allowed):
            yield one.place.fault(wanted)


def _machines(view: View) -> list[Machine]:
    places = instance_types(view)
    if view.token == fold(AZURE_ML_DEPLOYMENT):
        places = [deployment(view).get("instanceType")]
    elif view.token == VERTEX_DEPLOYED_MODEL:
        places = [view.get("machineType")]
    named = [one for place in places for one in machine(place)]
    return named + [one for pool in pools(view) for one in pool.machines()]


def _matches(name: str, allowed: tuple[str, ...]) -> bool:
    # Azure takes sizes in any case.
    return any(fnmatchcase(name.lower(), pattern.lower()) for pattern in allowed)


def _wrong_capacity(word: str) -> str:
    return "" if word in _CAPACITIES else f"one of {', '.join(_CAPACITIES)}"


@dataclass(frozen=True)
class BoughtHow:
    """Settings."""

    capacity: str = setting(
        "any",
        "How nodes with accelerators have to be bought: any, on_demand (where users wait for "
        "answers) or spot (where nobody does).",
        wanted=_wrong_capacity,
    )


@resource_rule(
    "cost/pool-capacity",
    severity=Severity.LOW,
    types=POOL_TYPES,
    fix="Set capacity of the pool to the one that is expected here.",
    unknown=Unknown.LATER,
    settings=BoughtHow,
    level=Level.ADVISORY,
)
def pool_capacity(view: View, settings: BoughtHow) -> Faults:
    """A GPU pool is bought in another way than it should be here.

    Spot nodes are taken away at 30 seconds' to two minutes' notice, which no objective of a model
    in production survives; where nobody waits for answers, nodes on demand are paid for in vain.
    https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html#managed-node-group-capacity-types,
    https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms and
    https://learn.microsoft.com/azure/aks/spot-node-pool. Silent until capacity is configured.
    """
    for pool in pools(view) if settings.capacity != "any" else ():
        if not pool.accelerated():
            continue
        spot = pool.spot()
        if spot is not None and settings.capacity == "on_demand":
            yield spot.fault("capacity on demand")
        elif spot is None and settings.capacity == "spot" and not pool.capacity().unknown:
            yield pool.capacity().fault("spot capacity")


@dataclass(frozen=True)
class Zones:
    """Settings."""

    min_zones: int = setting(2, "Fewest zones of a pool's nodes.", minimum=1)
    accelerated_too: bool = setting(
        False, "Judge pools with accelerators too, whose capacity is often in one zone alone."
    )


@resource_rule(
    "resources/node-pool-one-zone",
    severity=Severity.MEDIUM,
    types=POOL_TYPES,
    fix="Give the pool subnets or zones in several zones of the region.",
    unknown=Unknown.LATER,
    settings=Zones,
    level=Level.ADVISORY,
)
def node_pool_one_zone(view: View, settings: Zones) -> Faults:
    """All nodes of a pool are in one zone, and go with it.

    Of EKS the subnets are counted, one in each zone being what AWS lays out; of AKS a pool without
    availabilityZones has none in particular; a GKE pool takes its cluster's. Pools of one node are
    in one zone whatever is said. https://docs.aws.amazon.com/eks/latest/best-practices/
    data-plane.html, https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters and
    https://learn.microsoft.com/azure/aks/availability-zones-overview
    """
    for pool in pools(view):
        zones, most = pool.zones(), pool.most()
        grows = most is None or most.count > 1
        if zones is None or not grows or (pool.accelerated() and not settings.accelerated_too):
            continue
        place, count = zones
        if count < settings.min_zones:
            yield place.fault(f"{settings.min_zones} zones or more", f"{count}")


RULES = (instance_type_not_allowed, pool_capacity, node_pool_one_zone)
