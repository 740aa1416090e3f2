"""The rules of one resource type, as the provider's source states them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.check import Problem
from sandbox.diff import Likeness, Replaces
from sandbox.rules.groups import GROUPS, Groups, problems

__all__ = ["TypeRules"]


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Rules about property paths in wire spelling, without positions: `vpcConfig.subnets`.

    Attributes:
        replaces: A change of one of these, or below it, needs a new resource.
        replaces_itself: Blocks whose coming, going and number need one; what is in them has rules
            of its own.
        sometimes: Code of the provider decides from case to case.
        cases: What it decides, where that is known; see `sandbox.diff.Replaces`.
        groups: By kind, see `sandbox.rules.groups`.
        likeness: What the provider takes for the same value.
        delete_first: The provider always deletes before it replaces.
    """

    replaces: frozenset[str] = frozenset()
    replaces_itself: frozenset[str] = frozenset()
    sometimes: frozenset[str] = frozenset()
    cases: Mapping[str, str] = field(default_factory=dict[str, str])
    groups: Mapping[str, Groups] = field(default_factory=dict[str, Groups])
    likeness: Likeness = field(default_factory=Likeness)
    delete_first: bool = False

    @classmethod
    def from_json(cls, document: Mapping[str, Any], *, coerces: bool = False) -> "TypeRules":
        """What an entry of `<provider>.json` says."""
        groups = {
            name: tuple(tuple(group) for group in document[name])
            for name in GROUPS
            if name in document
        }
        likeness = Likeness(
            sets=frozenset(document.get("sets", ())),
            kept=frozenset(document.get("kept", ())),
            defaults=document.get("defaults", {}),
            alike=document.get("alike", {}),
            coerces=coerces,
            empty=bool(document.get("empty")),
        )
        return cls(
            replaces=frozenset(document.get("replaces", ())),
            replaces_itself=frozenset(document.get("replaces_itself", ())),
            sometimes=frozenset(document.get("sometimes", ())),
            cases=document.get("cases", {}),
            groups=groups,
            likeness=likeness,
            delete_first=bool(document.get("delete_first")),
        )

    @property
    def count(self) -> int:
        """How many groups of inputs exclude or need one another."""
        return sum(map(len, self.groups.values()))

    @property
    def replacing(self) -> int:
        """How many paths need a new resource."""
        return len(self.replaces) + len(self.replaces_itself)

    @property
    def replacements(self) -> Replaces:
        """Which changes need a new resource."""
        return Replaces(self.replaces, itself=self.replaces_itself, cases=self.cases)

    def problems(self, inputs: Mapping[str, Any]) -> Iterator[Problem]:
        """Groups that the inputs break."""
        return problems(self.groups, inputs)
