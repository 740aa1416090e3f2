"""Whether facts that somebody sets in a row's `live` have the shape that their cloud reads.

A shape is a type (`str`, `int`, `float`, `bool`), a tuple of allowed texts, a list of one shape for
all items, `{"*": shape}` for a map, or an object of shapes by name, where `name?` may be missing.
Names that a shape does not have are free.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from sandbox.check import Problem, not_in, shown

__all__ = ["Shape", "problems"]

# Nested at will, which a type cannot say.
Shape = Any

_WORDS = {
    str: "a string",
    int: "a whole number, 0 or more",
    float: "a number, 0 or more",
    bool: "true or false",
}


def problems(shape: Shape, value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    """Everything that is wrong with a value."""
    if isinstance(shape, list):
        if not isinstance(value, list):
            yield _mistyped("a list", value, at)
            return
        (each,) = cast("list[Shape]", shape)
        for index, item in enumerate(cast("list[Any]", value)):
            yield from problems(each, item, f"{at}[{index}]")
    elif isinstance(shape, dict):
        if not isinstance(value, dict):
            yield _mistyped("an object", value, at)
            return
        yield from _object(cast("dict[str, Shape]", shape), cast("dict[str, Any]", value), at)
    elif isinstance(shape, tuple):
        allowed = cast("tuple[str, ...]", shape)
        if value not in allowed:
            yield Problem(at, not_in(value, allowed))
    elif not _fits(shape, value):
        yield _mistyped(_WORDS[shape], value, at)


def _object(shape: Mapping[str, Shape], value: Mapping[str, Any], at: str) -> Iterator[Problem]:
    if "*" in shape:
        for key, item in value.items():
            yield from problems(shape["*"], item, f"{at}[{json.dumps(key)}]")
        return
    for name, part in shape.items():
        plain = name.removesuffix("?")
        if value.get(plain) is not None:
            yield from problems(part, value[plain], f"{at}.{plain}")
        elif plain == name:
            yield Problem(f"{at}.{plain}", "missing; the cloud always has it")


def _fits(kind: type, value: Any) -> bool:  # noqa: ANN401
    if kind in {int, float}:
        allowed = int if kind is int else (int, float)
        return isinstance(value, allowed) and not isinstance(value, bool) and value >= 0
    return isinstance(value, kind)


def _mistyped(wanted: str, value: Any, at: str) -> Problem:  # noqa: ANN401
    return Problem(at, f"got {shown(value)}; use {wanted}")
