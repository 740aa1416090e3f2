"""Mistakes of shape, made mechanically in examples that others wrote.

- `misspelt`: a name with one letter doubled, left out or replaced, or two letters swapped
- `mistyped`: text instead of an object, a list or a number, an object instead of text
- `missing`: a required property left out; which are required, a truth table says
- `misplaced`: a name that the resource has elsewhere, given inside one of its objects

A mutant that the vendor would take is none. That is decided by rule: what takes any name (a map) or
any value is not touched, and a wrong name is none that its object has; see `Knowledge`.
"""

import random
import string
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from sandbox.check import shown
from sandbox.wire import UNKNOWN, asset_kind
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Knowledge
from tests.judges.mutant import Mutant
from tests.judges.walk import Place, Step, places, put, removed, renamed

__all__ = ["KINDS", "misspelt", "mutants"]

# What the SDK for Kubernetes writes of its own, so that nobody can have it wrong.
WRITTEN_BY_PULUMI = {("apiVersion",), ("kind",)}
KINDS = ("misspelt", "mistyped", "missing", "misplaced")


def mutants(
    names: Knowledge, resource: Resource, required: Collection[str], chance: random.Random
) -> Iterator[Mutant]:
    """Every mutant of a resource: at each of its properties up to one of each kind."""
    token, inputs = resource.token, resource.inputs
    top = names.inside(token, ()) or ()
    for place in places(inputs):
        name, around = place.names[-1], names.inside(token, place.steps[:-1])
        if around is None or name.startswith("__") or place.steps in WRITTEN_BY_PULUMI:
            continue
        wrong = misspelt(name, chance)
        if wrong not in around:
            at = ".".join((*place.names[:-1], wrong))
            changed = renamed(inputs, place.steps, wrong)
            yield Mutant("misspelt", resource, place.path, at, changed, f"{name} is {wrong}")
        value = mistyped(place.value, chance)
        if value is not None and not names.takes_any(token, place.steps):
            changed = put(inputs, place.steps, value)
            mistake = f"{name} is {shown(value)}"
            yield Mutant("mistyped", resource, place.path, place.path, changed, mistake)
        if place.path in required:
            changed = removed(inputs, place.steps)
            mistake = f"{name} is left out"
            yield Mutant("missing", resource, place.path, place.path, changed, mistake)
        for steps in _objects(place):
            inside = names.inside(token, steps)
            foreign = sorted(set(top) - set(inside)) if inside else []
            if foreign:
                wrong = chance.choice(foreign)
                changed = put(inputs, (*steps, wrong), "x")
                mistake, at = f"{wrong} is given inside {name}", f"{place.path}.{wrong}"
                yield Mutant("misplaced", resource, place.path, at, changed, mistake)


def misspelt(name: str, chance: random.Random) -> str:
    """The name with one letter wrong; never the same name."""
    at = chance.randrange(len(name))
    way = chance.choice(("doubled", "left out", "swapped", "replaced"))
    if way == "doubled":
        return name[: at + 1] + name[at:]
    if way == "left out" and len(name) > 1:
        return name[:at] + name[at + 1 :]
    if way == "swapped" and name[at : at + 1] != name[at + 1 : at + 2] != "":
        return name[:at] + name[at + 1] + name[at] + name[at + 2 :]
    letters = [letter for letter in string.ascii_lowercase if letter != name[at].lower()]
    return name[:at] + chance.choice(letters) + name[at + 1 :]


def mistyped(value: Any, chance: random.Random) -> Any:  # noqa: ANN401
    """A value of another kind, None for what is not known; a number may be text, "5" for 5."""
    if value is UNKNOWN or value is None:
        return None
    if asset_kind(value):
        return "x"
    if isinstance(value, Mapping):
        return chance.choice(("x", 1, ["x"]))
    if isinstance(value, list):
        return chance.choice(("x", 1, {"x": 1}))
    if isinstance(value, str):
        return chance.choice(({"x": 1}, [value]))
    return chance.choice(("x", {"x": 1}, [value]))


def _objects(place: Place) -> Iterator[tuple[Step, ...]]:
    """Where the value of a property is an object, or begins with one."""
    value = place.value
    if isinstance(value, Mapping) and not asset_kind(value):
        yield place.steps
    elif isinstance(value, list) and any(isinstance(item, Mapping) for item in value[:1]):  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
        yield (*place.steps, 0)
