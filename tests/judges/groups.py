"""Inputs that exclude or need one another, against the table from the Terraform providers.

The sandbox's rules come from the same source, so that this judges the way from there to a refusal,
not the facts.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.schema import Library
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Declared
from tests.judges.samples import two
from tests.judges.walk import Place, places, put, removed
from tests.unit.sandbox_life import Stack

__all__ = ["Verdict", "verdicts"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Inputs that break a group, or keep it: whether they must be refused, and are."""

    token: str
    group: tuple[str, ...]
    mistake: str
    refused: bool
    must: bool


def verdicts(
    stack: Stack, examples: Mapping[str, list[Resource]], truth: Mapping[str, Mapping[str, Any]]
) -> Iterator[Verdict]:
    """Each group of the table broken once and kept once, in the first example of its type."""
    library = stack.life.cloud.library
    for token, table in sorted(truth.items()):
        for kind in ("conflicts", "exactly_one", "at_least_one", "required_with"):
            for group in table.get(kind, ()):
                for resource in examples.get(token, [])[:1]:
                    yield from _judged(stack, library, resource, kind, tuple(group))


def _judged(
    stack: Stack, library: Library, resource: Resource, kind: str, group: tuple[str, ...]
) -> Iterator[Verdict]:
    """Cases with how many of the group are given: none, the first, the first two, all."""
    given = {"none": 0, "one": 1, "two": 2, "all": len(group)}
    must = {
        "conflicts": {"one": False, "two": True},
        "exactly_one": {"none": True, "one": False, "two": True},
        "at_least_one": {"none": True, "one": False},
        "required_with": {"one": True, "all": False},
    }[kind]
    bare = _without(resource.inputs, group)
    for case, refused in must.items():
        inputs = _with(library, resource.token, bare, group[: given[case]])
        if inputs is None or (len(group) == 1 and case in {"two", "all"}):
            continue
        found = stack.life.cloud.rules.problems(resource.token, inputs)
        about = [problem for problem in found if problem.path in group]
        yield Verdict(resource.token, group, f"{kind}: {case} given", bool(about), refused)


def _without(inputs: dict[str, Any], group: tuple[str, ...]) -> dict[str, Any]:
    while True:
        found: list[Place] = [place for place in places(inputs) if place.path in group]
        if not found:
            return inputs
        inputs = removed(inputs, found[0].steps)


def _with(
    library: Library, token: str, inputs: dict[str, Any], paths: tuple[str, ...]
) -> dict[str, Any] | None:
    declared = Declared(library, "")
    for path in paths:
        steps = declared.steps(token, path)
        kind = declared.type(token, steps) if steps else None
        if steps is None or kind is None:
            return None
        inputs = put(inputs, steps, two(library, kind)[0])
    return inputs
