"""Places inside the inputs of a resource, and the same inputs with one of them changed."""

import copy
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.wire import asset_kind

__all__ = ["Place", "Step", "places", "plain", "put", "removed", "renamed"]

Step = str | int


@dataclass(frozen=True, slots=True)
class Place:
    """A property of the inputs, at any depth.

    `steps` lead to it, with positions: `("variants", 0, "type")`; `names` are without them.
    """

    steps: tuple[Step, ...]
    value: Any

    @property
    def names(self) -> tuple[str, ...]:
        """The names alone: `("variants", "type")`."""
        return tuple(step for step in self.steps if isinstance(step, str))

    @property
    def path(self) -> str:
        """The names, joined by dots."""
        return ".".join(self.names)


def places(inputs: Mapping[str, Any]) -> Iterator[Place]:
    """Every property, from outside to inside; assets are not looked into."""
    return _inside(inputs, ())


def _inside(value: Any, steps: tuple[Step, ...]) -> Iterator[Place]:  # noqa: ANN401
    if isinstance(value, Mapping) and not asset_kind(value):
        for name, item in cast("Mapping[str, Any]", value).items():
            yield Place((*steps, name), item)
            yield from _inside(item, (*steps, name))
    elif isinstance(value, list):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _inside(item, (*steps, index))


def put(inputs: Mapping[str, Any], steps: tuple[Step, ...], value: Any) -> dict[str, Any]:  # noqa: ANN401
    """The same with another value at a place; objects and lists around it are made where needed."""
    return _put(dict(inputs), steps, value)


def removed(inputs: Mapping[str, Any], steps: tuple[Step, ...]) -> dict[str, Any]:
    """A copy without a property."""
    changed = copy.deepcopy(dict(inputs))
    del _around(changed, steps)[steps[-1]]
    return changed


def renamed(inputs: Mapping[str, Any], steps: tuple[Step, ...], name: str) -> dict[str, Any]:
    """A copy with a property under another name."""
    changed = copy.deepcopy(dict(inputs))
    around = _around(changed, steps)
    around[name] = around.pop(steps[-1])
    return changed


def plain(path: str) -> str:
    """A problem's path without positions and quotes: `a[0]["b"].c` is `a.b.c`."""
    return re.sub(r'\["([^"]*)"\]', r".\1", re.sub(r"\[\d+\]", "", path)).lstrip(".")


def _put(around: Any, steps: tuple[Step, ...], value: Any) -> Any:  # noqa: ANN401
    if not steps:
        return value
    step, rest = steps[0], steps[1:]
    if isinstance(step, int):
        items = cast("list[Any]", around) if isinstance(around, list) else []
        inner = items[step] if step < len(items) else None
        return [*items[:step], _put(inner, rest, value), *items[step + 1 :]]
    named = cast("dict[str, Any]", around) if isinstance(around, dict) else {}
    return {**named, step: _put(named.get(step), rest, value)}


def _around(inputs: dict[str, Any], steps: tuple[Step, ...]) -> Any:  # noqa: ANN401
    around: Any = inputs
    for step in steps[:-1]:
        around = around[step]
    return around
