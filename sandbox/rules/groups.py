"""Inputs that exclude or need one another.

A group holds in each object that its paths have in common: in each item of a list, where they lead
through one. As in the provider, what is not known yet breaks no group; nor does an empty list or
object, which the provider takes for none in some places and not in others.
"""

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, cast

from sandbox.check import Problem
from sandbox.values import listed
from sandbox.wire import UNKNOWN

__all__ = ["GROUPS", "Groups", "problems"]

Groups = tuple[tuple[str, ...], ...]
_State = Literal["given", "absent", "unsure"]
_Names = tuple[str, ...]


def problems(groups: Mapping[str, Groups], inputs: Mapping[str, Any]) -> Iterator[Problem]:
    """The groups that inputs break; names in `__defaults` were filled in by the provider."""
    automatic = frozenset(str(name) for name in listed(inputs.get("__defaults")))
    for kind, judge in GROUPS.items():
        for group in groups.get(kind, ()):
            shared, rest = _divided(group)
            for place, values in _places(inputs, shared, ""):
                skipped = frozenset[str]() if shared else automatic
                yield from judge(_Group(place, rest, [_state(values, p, skipped) for p in rest]))


class _Group:
    """A group in one object: its members' paths with what they are."""

    def __init__(self, place: str, paths: list[_Names], states: list[_State]) -> None:
        self.paths = [f"{place}.{'.'.join(path)}" if place else ".".join(path) for path in paths]
        self.states = states

    def having(self, *wanted: _State) -> list[str]:
        """The members of these states."""
        return [
            path for path, state in zip(self.paths, self.states, strict=True) if state in wanted
        ]


def _conflicts(group: _Group) -> Iterator[Problem]:
    given = group.having("given")
    if len(given) > 1:
        yield Problem(given[1], f"conflicts with {given[0]}; give only one of them")


def _exactly_one(group: _Group) -> Iterator[Problem]:
    given = group.having("given")
    if len(given) > 1:
        yield Problem(given[1], f"conflicts with {given[0]}; give exactly one of them")
    elif not group.having("given", "unsure"):
        yield Problem(group.paths[0], f"missing; give exactly one of {', '.join(group.paths)}")


def _at_least_one(group: _Group) -> Iterator[Problem]:
    if not group.having("given", "unsure"):
        yield Problem(group.paths[0], f"missing; give at least one of {', '.join(group.paths)}")


def _required_with(group: _Group) -> Iterator[Problem]:
    """The first needs all the others."""
    missing = group.having("absent")
    if missing and group.states[0] == "given":
        yield Problem(group.paths[0], f"needs {', '.join(missing)} too")


GROUPS: Mapping[str, Callable[[_Group], Iterator[Problem]]] = {
    "conflicts": _conflicts,
    "exactly_one": _exactly_one,
    "at_least_one": _at_least_one,
    "required_with": _required_with,
}


@functools.lru_cache(maxsize=4096)
def _divided(group: tuple[str, ...]) -> tuple[_Names, list[_Names]]:
    """The object that all paths lead through, and the paths in it."""
    paths = [tuple(path.split(".")) for path in group]
    shared = paths[0][:-1]
    for path in paths:
        while path[: len(shared)] != shared or len(path) == len(shared):
            shared = shared[:-1]
    return shared, [path[len(shared) :] for path in paths]


def _places(value: Any, names: _Names, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:  # noqa: ANN401
    """Every object at the end of names, in each item of the lists on the way."""
    if isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _places(item, names, f"{at}[{index}]")
    elif isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        if not names:
            yield at, items
        else:
            name = names[0]
            yield from _places(items.get(name), names[1:], f"{at}.{name}" if at else name)


def _state(value: Any, names: _Names, automatic: frozenset[str]) -> _State:  # noqa: ANN401
    if value is UNKNOWN:
        return "unsure"
    if isinstance(value, list) and names:
        states = {_state(item, names, automatic) for item in cast("list[Any]", value)}
        return "given" if "given" in states else "unsure" if states - {"absent"} else "absent"
    if not names:
        return "absent" if value is None else "unsure" if value in ([], {}) else "given"
    if not isinstance(value, dict):
        return "absent"
    inner = cast("dict[str, Any]", value).get(names[0])
    if names[0] in automatic and inner is not None:
        return "unsure"
    return _state(inner, names[1:], frozenset())
