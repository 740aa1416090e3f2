"""Node pools of EKS, GKE and AKS, as resources of their own and in clusters; Karpenter's too."""

import re
from collections.abc import Callable
from typing import Final

from policies.karpenter import KarpenterPool
from policies.pool import Bound, Machine, Pool, bound, machine
from policies.properties import Property
from policies.resource_types import (
    AKS_CLUSTER,
    AKS_NODE_POOL,
    GKE_CLUSTER,
    GKE_NODE_POOL,
    KARPENTER_NODE_POOL,
    NODE_GROUP,
)
from policies.tokens import fold
from policies.view import View

__all__ = ["POOLS", "POOL_TYPES", "AksPool", "GkePool", "Pool", "pools"]

# Resources that are one pool.
POOLS: Final = (NODE_GROUP, GKE_NODE_POOL, AKS_NODE_POOL, KARPENTER_NODE_POOL)
# Those, and clusters, which may have pools in them.
POOL_TYPES: Final = (*POOLS, GKE_CLUSTER, AKS_CLUSTER)
_ZONE: Final = re.compile(r".+-[a-z]")
# Where a regional cluster has its nodes unless it is told.
# https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters
_REGIONAL_ZONES: Final = 3
_STRATEGY: Final = "cloud.google.com/gke-gpu-sharing-strategy"


class EksPool(Pool):
    """A managed node group of EKS."""

    name_labels = ("eks.amazonaws.com/nodegroup",)

    def machines(self) -> list[Machine]:
        """By their names; what a launch template names is judged there."""
        places = self.place.get("instanceTypes").items()
        return [one for place in places for one in machine(place)]

    def _bound(self, key: str) -> Bound | None:
        found = [bound(place.get(key)) for place in self.place.get("scalingConfig").items()]
        return found[0] if found else None

    def least(self) -> Bound | None:
        """Of its Auto Scaling group."""
        return self._bound("minSize")

    def most(self) -> Bound | None:
        """Of its Auto Scaling group."""
        return self._bound("maxSize")

    def orders(self) -> list[tuple[Property, Property]]:
        """The number to begin with is between the bounds."""
        pairs = (("minSize", "maxSize"), ("minSize", "desiredSize"), ("desiredSize", "maxSize"))
        scaling = self.place.get("scalingConfig").items()
        return [(each.get(low), each.get(high)) for each in scaling for low, high in pairs]

    def taints(self) -> Property:
        """Each with key, value and effect."""
        return self.place.get("taints")

    def name(self) -> Property:
        """Absent where Pulumi makes one."""
        return self.place.get("nodeGroupName")

    def labels(self) -> Property:
        """Its own."""
        return self.place.get("labels")


class GkePool(Pool):
    """A node pool of GKE: a resource, one in a cluster, or the one that a cluster begins with."""

    name_labels = ("cloud.google.com/gke-nodepool",)

    def __init__(self, place: Property, cluster: Property | None = None) -> None:
        super().__init__(place)
        self._cluster = cluster or place

    def config(self) -> Property:
        """Of its nodes."""
        return self.place.get("nodeConfig")

    def machines(self) -> list[Machine]:
        """By the type's name, or by the GPUs that are attached to it (N1)."""
        found = machine(self.config().get("machineType"))
        attached = [each.get("count") for each in self.config().get("guestAccelerators").items()]
        count = sum(place.number() or 0 for place in attached)
        if not count or any(one.count for one in found):
            return found
        name, shown = (found[0].name, found[0].shown) if found else ("", "")
        return [Machine(attached[0], name, count, accelerated=True, shown=shown)]

    def _zones(self) -> int | None:
        """How many zones have as many nodes each; None where the update decides."""
        given = self.place.get("nodeLocations")
        if given.absent:
            given = self._cluster.get("nodeLocations")
        if given.unknown:
            return None
        if zones := given.items():
            return len(zones)
        location = self._cluster.get("location")
        name = location.text()
        if location.unknown:
            return None
        return 1 if name is None or _ZONE.fullmatch(name) else _REGIONAL_ZONES

    def _bound(self, total: str, each: str) -> Bound | None:
        scaling = self.place.get("autoscaling")
        if scaling.absent:
            count = self.place.get("nodeCount")
            fixed = self.place.get("initialNodeCount") if count.absent else count
            return bound(fixed, self._zones())
        limits = scaling.items()
        if not limits:
            return None
        whole, zonal = limits[0].get(total), limits[0].get(each)
        # Outputs have both, that which is not used as 0.
        if whole.absent or (not whole.number() and not whole.unknown and zonal.number()):
            return bound(zonal, self._zones())
        return bound(whole)

    def least(self) -> Bound | None:
        """In all zones; the fixed number of a pool that nothing scales."""
        return self._bound("totalMinNodeCount", "minNodeCount")

    def most(self) -> Bound | None:
        """In all zones; the fixed number of a pool that nothing scales."""
        return self._bound("totalMaxNodeCount", "maxNodeCount")

    def orders(self) -> list[tuple[Property, Property]]:
        """In each zone, or in all."""
        pairs = (("minNodeCount", "maxNodeCount"), ("totalMinNodeCount", "totalMaxNodeCount"))
        scaling = self.place.get("autoscaling").items()
        return [(each.get(low), each.get(high)) for each in scaling for low, high in pairs]

    def taints(self) -> Property:
        """Each with key, value and effect."""
        return self.config().get("taints")

    def name(self) -> Property:
        """Absent where Pulumi makes one."""
        return self.place.get("name")

    def labels(self) -> Property:
        """Its own, not those of its machines."""
        return self.config().get("labels")

    def cloud_labels(self) -> dict[str, str]:
        """How GPUs are shared, beside the name."""
        found = super().cloud_labels()
        for each in self.config().get("guestAccelerators").items():
            for shared in each.get("gpuSharingConfig").items():
                strategy = shared.get("gpuSharingStrategy").text()
                clients = shared.get("maxSharedClientsPerGpu").number()
                if strategy is not None and (clients is None or clients > 1):
                    found[_STRATEGY] = strategy.lower().replace("_", "-")
        return found


class AksPool(Pool):
    """An agent pool of AKS, or one in a cluster. `scale`: machines of one size among several."""

    no_schedule = "NoSchedule"
    name_labels = ("kubernetes.azure.com/agentpool", "agentpool")

    def __init__(self, place: Property, scale: Property | None = None) -> None:
        super().__init__(place)
        self._scale = scale

    def machines(self) -> list[Machine]:
        """By the size's name."""
        return machine(self._scale.get("size") if self._scale else self.place.get("vmSize"))

    def _bound(self, key: str) -> Bound | None:
        if self._scale:
            return bound(self._scale.get("count"))
        scaled = self.place.get("enableAutoScaling")
        on = scaled.flag()
        return None if scaled.unknown else bound(self.place.get(key if on else "count"))

    def least(self) -> Bound | None:
        """The fixed number of a pool that nothing scales."""
        return self._bound("minCount")

    def most(self) -> Bound | None:
        """The fixed number of a pool that nothing scales."""
        return self._bound("maxCount")

    def orders(self) -> list[tuple[Property, Property]]:
        """The number to begin with is between the bounds."""
        if self._scale or not self.place.get("enableAutoScaling").flag():
            return []
        pairs = (("minCount", "maxCount"), ("minCount", "count"), ("count", "maxCount"))
        return [(self.place.get(low), self.place.get(high)) for low, high in pairs]

    def taints(self) -> Property:
        """Texts: `key=value:Effect`."""
        return self.place.get("nodeTaints")

    def effects(self) -> list[Property]:
        """The texts themselves, which end with the effect."""
        return self.taints().items()

    def repels(self) -> bool | None:
        """AKS taints the nodes of a spot pool by itself.

        https://learn.microsoft.com/azure/aks/spot-node-pool
        """
        priority = self.place.get("scaleSetPriority")
        tainted = priority.text() == "Spot" or super().repels()
        return None if priority.unknown and not tainted else tainted

    def name(self) -> Property:
        """In a cluster it is spelt otherwise."""
        name = self.place.get("agentPoolName")
        return self.place.get("name") if name.absent else name

    def labels(self) -> Property:
        """Its own."""
        return self.place.get("nodeLabels")


def pools(view: View) -> list[Pool]:
    """The pools of a resource: one, or those of a cluster."""
    read = _READERS.get(view.token)
    return read(view.properties) if read else []


def _of_gke(cluster: Property) -> list[Pool]:
    """Pools in the cluster, else the one that it begins with, unless that is taken away."""
    if cluster.get("enableAutopilot").flag():
        return []
    given = cluster.get("nodePools")
    if given.absent and not cluster.get("removeDefaultNodePool").flag():
        return [GkePool(cluster)]
    return [GkePool(each, cluster) for each in given.items()]


def _of_aks(place: Property) -> list[Pool]:
    scales = place.get("virtualMachinesProfile", "scale", "manual").items()
    return [AksPool(place, scale) for scale in scales] or [AksPool(place)]


_READERS: Final[dict[str, Callable[[Property], list[Pool]]]] = {
    NODE_GROUP: lambda place: [EksPool(place)],
    GKE_NODE_POOL: lambda place: [GkePool(place)],
    GKE_CLUSTER: _of_gke,
    fold(AKS_NODE_POOL): _of_aks,
    fold(AKS_CLUSTER): lambda place: [
        one for each in place.get("agentPoolProfiles").items() for one in _of_aks(each)
    ],
    fold(KARPENTER_NODE_POOL): lambda place: [KarpenterPool(place)],
}
