"""What a node pool is to the rules, whoever makes its machines.

A pool reads its properties when it is asked, so that a rule notes only those unknown that it needs.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from policies import machine_types
from policies.properties import Property

__all__ = ["Bound", "Machine", "Pool", "bound", "machine"]

# How EKS and GKE, and how Kubernetes spell the effects that keep ordinary pods away.
_REPELLING: Final = ("NO_SCHEDULE", "NO_EXECUTE", "NoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True)
class Machine:
    """Machines that a pool may take. `count`: accelerators of each, None where nobody says.

    `shown` is the name for messages, which a secret one is not in. `attached` is Compute Engine's
    name of the GPUs that are attached to it, where they are no part of its type (N1).
    """

    place: Property
    name: str
    count: float | None
    accelerated: bool
    shown: str = ""
    attached: str = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """How many nodes, or accelerators, a property allows.

    `found` says how, where its value alone does not.
    """

    place: Property
    count: float
    found: str | None = None


def machine(place: Property) -> list[Machine]:
    """The machine type that is named there; none where it is absent or unknown."""
    name = place.text()
    if name is None:
        return []
    count, accelerated = machine_types.accelerators(name), machine_types.is_accelerated(name)
    return [Machine(place, name, count, accelerated, place.shown)]


def bound(place: Property, times: int | None = 1) -> Bound | None:
    """The number there, in each of so many zones; None where one of both is not known."""
    number = place.number()
    if number is None or times is None:
        return None
    if times == 1:
        return Bound(place, number)
    return Bound(place, number * times, f"{place.shown} in each of {times} zones")


class Pool(ABC):
    """A node pool; a class per vendor says where each thing is."""

    no_schedule = "NO_SCHEDULE"
    """Its vendor's word for the effect."""
    name_labels: tuple[str, ...] = ()
    """Labels that the cloud gives to the nodes, with the pool's name."""

    def __init__(self, place: Property) -> None:
        self.place = place

    @abstractmethod
    def machines(self) -> list[Machine]:
        """The machines that it may take, as far as they are known."""

    def accelerated(self) -> bool:
        """Whether its nodes carry accelerators."""
        return any(one.accelerated for one in self.machines())

    @abstractmethod
    def least(self) -> Bound | None:
        """Fewest nodes."""

    @abstractmethod
    def most(self) -> Bound | None:
        """Most nodes."""

    @abstractmethod
    def capacity(self) -> Property:
        """Where it says how its nodes are bought."""

    def spot(self) -> Property | None:
        """Where it says that its nodes may be taken away at any time; None where it does not."""
        return None

    def zones(self) -> tuple[Property, int] | None:
        """Where its zones are named, and how many; None where nobody says, or the update does."""
        return None

    def unbounded(self) -> Property | None:
        """Where a bound is missing, so that nothing but the account's quota ends its growth."""
        return None

    def orders(self) -> list[tuple[Property, Property]]:
        """Pairs of numbers of which the first is at most the second."""
        return []

    def accelerators(self, further: Sequence[Machine] = ()) -> Bound | None:
        """The most accelerators of all its nodes, at the place that decides it.

        `further` are machines that it may take and that are named elsewhere.
        """
        most = self.most()
        each = max((one.count or 0 for one in (*self.machines(), *further)), default=0)
        return Bound(most.place, most.count * each) if most else None

    @abstractmethod
    def taints(self) -> Property:
        """Where its taints are."""

    def effects(self) -> list[Property]:
        """The effect of each taint."""
        return [taint.get("effect") for taint in self.taints().items()]

    def repels(self) -> bool | None:
        """Whether a taint keeps ordinary pods away; None where the update decides."""
        effects = self.effects()
        words = [(effect.text() or "").rpartition(":")[2] for effect in effects]
        if any(word in _REPELLING for word in words):
            return True
        return None if self.taints().unknown or any(one.unknown for one in effects) else False

    @abstractmethod
    def name(self) -> Property:
        """Its name, as the cloud knows it."""

    @abstractmethod
    def labels(self) -> Property:
        """Labels that it gives to its nodes."""

    def cloud_labels(self) -> dict[str, str]:
        """Labels that the cloud gives to them, as far as they are known: the pool's name."""
        name = self.name().text()
        return dict.fromkeys(self.name_labels, name) if name is not None else {}
