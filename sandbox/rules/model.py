"""The rules of one resource type, as the provider's source states them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.check import Problem
from sandbox.values import at

__all__ = ["TypeRules"]

Groups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class TypeRules:
    """Rules about property paths in wire spelling, without positions: `vpcConfig.subnets`.

    Attributes:
        replaces: A change of one of these, or below it, needs a new resource.
        conflicts: At most one of each group.
        exactly_one: Exactly one of each group.
        at_least_one: One of each group or more.
        required_with: The first of each group needs all the others.
    """

    replaces: frozenset[str] = frozenset()
    conflicts: Groups = ()
    exactly_one: Groups = ()
    at_least_one: Groups = ()
    required_with: Groups = ()

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> "TypeRules":
        """What an entry of `<provider>.json` says."""
        groups = {
            name: tuple(tuple(group) for group in document.get(name, ()))
            for name in ("conflicts", "exactly_one", "at_least_one", "required_with")
        }
        return cls(replaces=frozenset(document.get("replaces", ())), **groups)

    @property
    def count(self) -> int:
        """How many rules there are."""
        groups = (self.conflicts, self.exactly_one, self.at_least_one, self.required_with)
        return len(self.replaces) + sum(map(len, groups))

    def problems(self, inputs: Mapping[str, Any]) -> Iterator[Problem]:
        """Groups that the inputs break; what is given but not known yet counts as given."""
        for group in self.conflicts:
            given = _given(group, inputs)
            if len(given) > 1:
                yield Problem(given[1], f"conflicts with {given[0]}; give only one of them")
        for group in self.exactly_one:
            given = _given(group, inputs)
            if len(given) > 1:
                yield Problem(given[1], f"conflicts with {given[0]}; give exactly one of them")
            elif not given:
                yield Problem(group[0], f"missing; give exactly one of {', '.join(group)}")
        for group in self.at_least_one:
            if not _given(group, inputs):
                yield Problem(group[0], f"missing; give at least one of {', '.join(group)}")
        for first, *others in self.required_with:
            missing = [path for path in others if at(inputs, *path.split(".")) is None]
            if missing and at(inputs, *first.split(".")) is not None:
                yield Problem(first, f"needs {', '.join(missing)} too")


def _given(group: tuple[str, ...], inputs: Mapping[str, Any]) -> list[str]:
    return [path for path in group if at(inputs, *path.split(".")) is not None]
