"""AKS's agent pools."""

from policies.pool import Bound, Machine, Pool, bound, machine
from policies.properties import Property

__all__ = ["AksPool"]


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

    def capacity(self) -> Property:
        """Absent is on demand."""
        return self.place.get("scaleSetPriority")

    def spot(self) -> Property | None:
        """Of a scale set."""
        place = self.capacity()
        return place if place.says("Spot") else None

    def zones(self) -> tuple[Property, int] | None:
        """None said is none in particular: the nodes may all be in one."""
        given = self.place.get("availabilityZones")
        named = given.items()
        return None if given.unknown else (given, max(1, len(named)))

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
        tainted = priority.says("Spot") or super().repels()
        return None if priority.unknown and not tainted else tainted

    def name(self) -> Property:
        """In a cluster it is spelt otherwise."""
        name = self.place.get("agentPoolName")
        return self.place.get("name") if name.absent else name

    def labels(self) -> Property:
        """Its own."""
        return self.place.get("nodeLabels")
