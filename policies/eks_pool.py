"""EKS's managed node groups."""

from policies.pool import Bound, Machine, Pool, bound, machine
from policies.properties import Property

__all__ = ["EksPool"]


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

    def capacity(self) -> Property:
        """Absent is on demand."""
        return self.place.get("capacityType")

    def spot(self) -> Property | None:
        """Of a managed node group alone: Karpenter has a pool of its own."""
        place = self.capacity()
        return place if place.text() == "SPOT" else None

    def zones(self) -> tuple[Property, int] | None:
        """As many as it has subnets: one in each zone is what AWS itself lays out."""
        subnets = self.place.get("subnetIds")
        return None if subnets.absent or subnets.unknown else (subnets, len(subnets.items()))

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
