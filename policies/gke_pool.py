"""GKE's node pools, and where there are none: in clusters of Autopilot."""

import re
from typing import Final

from policies.pool import Bound, Machine, Pool, bound, machine
from policies.properties import Property

__all__ = ["SHARING_STRATEGY", "GkePool", "is_autopilot"]

# The label by which GKE says how pods share a GPU.
# https://cloud.google.com/kubernetes-engine/docs/concepts/gpu-sharing
SHARING_STRATEGY: Final = "cloud.google.com/gke-gpu-sharing-strategy"
_ZONE: Final = re.compile(r".+-[a-z]")
# Where a regional cluster has its nodes unless it is told.
# https://cloud.google.com/kubernetes-engine/docs/concepts/regional-clusters
_REGIONAL_ZONES: Final = 3


def is_autopilot(cluster: Property) -> bool:
    """Whether Google decides on a cluster's nodes; one that the update decides is left alone."""
    asked = cluster.get("enableAutopilot")
    return asked.flag() is True or asked.unknown


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
        attached = self.config().get("guestAccelerators").items()
        count = sum(each.get("count").number() or 0 for each in attached)
        if not count or any(one.count for one in found):
            return found
        name, shown = (found[0].name, found[0].shown) if found else ("", "")
        place, kind = attached[0].get("count"), attached[0].get("type").text() or ""
        return [Machine(place, name, count, accelerated=True, shown=shown, attached=kind)]

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

    def capacity(self) -> Property:
        """Absent is on demand."""
        return self.config().get("spot")

    def spot(self) -> Property | None:
        """Preemptible nodes are their older kind."""
        for key in ("spot", "preemptible"):
            place = self.config().get(key)
            if place.flag():
                return place
        return None

    def zones(self) -> tuple[Property, int] | None:
        """Its own, or its cluster's; by the location where none are named, if that is said."""
        place, location = self.place.get("nodeLocations"), self._cluster.get("location")
        named = not place.absent or not self._cluster.get("nodeLocations").absent
        if not named and (location.absent or location.unknown):
            return None
        count = self._zones()
        return None if count is None else (place, count)

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
                    found[SHARING_STRATEGY] = strategy.lower().replace("_", "-")
        return found
