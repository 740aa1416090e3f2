"""Karpenter's NodePools: machines by requirements, bounds by limits."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Final

from policies import machine_types
from policies.pool import Bound, Machine, Pool, bound, machine
from policies.properties import Property
from policies.quantities import is_accelerator, quantity

__all__ = ["KarpenterPool"]

_CAPACITY: Final = "karpenter.sh/capacity-type"
_ZONES: Final = "topology.kubernetes.io/zone"
_TYPES: Final = ("node.kubernetes.io/instance-type", "karpenter.azure.com/sku-name")
# https://karpenter.sh/docs/reference/instance-types/, and the same words of Azure's and Google's
_COUNT: Final = re.compile(r"karpenter\.[a-z0-9.]+/(instance|sku)-(gpu|accelerator)-count")
_ACCELERATOR: Final = re.compile(
    r"karpenter\.[a-z0-9.]+/(instance|sku)-(gpu|accelerator)-(count|name|manufacturer|memory)"
)
_FAMILY: Final = re.compile(r"karpenter\.[a-z0-9.]+/(instance-(category|family)|sku-family)")
# Categories and families of machines that all carry accelerators.
_ACCELERATED: Final = re.compile(r"(g|gr|p|trn|inf|dl|vt)(\d[a-z0-9-]*)?|N[CDGVP]?|a[2-9]x?|tpu.*")
_MIB: Final = 2**20


class KarpenterPool(Pool):
    """What Karpenter may make for pods that find no place."""

    no_schedule = "NoSchedule"
    name_labels = ("karpenter.sh/nodepool",)

    def _requirements(self) -> Iterator[tuple[str, str, list[Property]]]:
        """Key, operator, values; what is not known is left out."""
        for each in self.place.get("spec", "template", "spec", "requirements").items():
            key, operator = each.get("key").text(), each.get("operator").text()
            if key is not None and operator is not None:
                yield key, operator, each.get("values").items()

    def machines(self) -> list[Machine]:
        """By their names, or by the number of GPUs that they may have."""
        found: list[Machine] = []
        for key, operator, values in self._requirements():
            if key in _TYPES and operator == "In":
                found += [one for place in values for one in machine(place)]
            elif _COUNT.fullmatch(key) and operator in ("In", "Lt"):
                for place in values:
                    count = (place.number() or 0) - (operator == "Lt")
                    found.append(Machine(place, "", count, accelerated=count > 0))
        return found

    def accelerated(self) -> bool:
        """By the machines, or by a word that only machines with accelerators have."""
        return super().accelerated() or any(
            self._asks(key, operator, values) for key, operator, values in self._requirements()
        )

    @staticmethod
    def _asks(key: str, operator: str, values: list[Property]) -> bool:
        if _ACCELERATOR.fullmatch(key) and not _COUNT.fullmatch(key):
            return operator in ("In", "Exists", "Gt")
        if _COUNT.fullmatch(key):
            return operator in ("Exists", "Gt")
        families = [place.text() or "" for place in values]
        return (
            _FAMILY.fullmatch(key) is not None
            and operator == "In"
            and bool(families)
            and all(_ACCELERATED.fullmatch(family) for family in families)
        )

    def capacity(self) -> Property:
        """Among the requirements."""
        return self.place.get("spec", "template", "spec", "requirements")

    def spot(self) -> Property | None:
        """Where spot is among what it may buy."""
        for key, operator, values in self._requirements():
            if key == _CAPACITY and operator == "In":
                return next((place for place in values if place.text() == "spot"), None)
        return None

    def zones(self) -> tuple[Property, int] | None:
        """Where they are required; else all that its subnets are in."""
        for key, operator, values in self._requirements():
            if key == _ZONES and operator == "In" and values:
                known = [place.text() for place in values]
                return None if None in known else (values[0], len(values))
        return None

    def least(self) -> Bound | None:
        """Karpenter takes away all nodes that nobody needs, unless it keeps a fixed number."""
        return bound(self.place.get("spec", "replicas"))

    def most(self) -> Bound | None:
        """The tightest of the limits that can be counted in nodes.

        https://karpenter.sh/docs/concepts/nodepools/#speclimits
        """
        fixed = self.place.get("spec", "replicas")
        if not fixed.absent:
            return bound(fixed)
        return min(self._in_nodes(), key=lambda one: one.count, default=None)

    def unbounded(self) -> Property | None:
        """No limit means as many as the account's quota lets."""
        limits = self.place.get("spec", "limits")
        fixed = self.place.get("spec", "replicas")
        if not fixed.absent or limits.unknown or any(True for _ in limits.entries()):
            return None
        return limits

    def _in_nodes(self) -> Iterator[Bound]:
        for name, place in self.place.get("spec", "limits").entries():
            amount, each = quantity(place), self._least_of(name)
            if amount is not None and each:
                nodes = float(amount // each)
                yield Bound(place, nodes, None if name == "nodes" else f"{nodes:g} nodes")

    def _least_of(self, name: str) -> Decimal | None:
        """The least of a resource that each node takes from its limit; None: nobody knows."""
        if name == "nodes":
            return Decimal(1)
        machines = self.machines()
        if is_accelerator(name):
            counts = [int(one.count) for one in machines if one.count]
            return Decimal(min(counts, default=1))
        facts = [machine_types.known(one.name) for one in machines]
        if name == "cpu":
            return min((Decimal(one.vcpu) for one in facts if one), default=None)
        if name == "memory":
            return min((Decimal(one.memory_mib * _MIB) for one in facts if one), default=None)
        return None

    def accelerators(self, further: Sequence[Machine] = ()) -> Bound | None:
        """By their own limit, or by the number of nodes."""
        limits = [
            Bound(place, float(amount))
            for name, place in self.place.get("spec", "limits").entries()
            if is_accelerator(name) and (amount := quantity(place)) is not None
        ]
        by_nodes = super().accelerators(further)
        found = [*limits, *([by_nodes] if by_nodes else [])]
        return min(found, key=lambda one: one.count, default=None)

    def taints(self) -> Property:
        """Not those that go away when a node has started."""
        return self.place.get("spec", "template", "spec", "taints")

    def name(self) -> Property:
        """Of the object."""
        return self.place.get("metadata", "name")

    def labels(self) -> Property:
        """Of the template."""
        return self.place.get("spec", "template", "metadata", "labels")
