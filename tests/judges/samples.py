"""Values of declared types, made from nothing: one, and another that differs."""

from collections.abc import Mapping
from typing import Any

from sandbox.schema import Library, Type

__all__ = ["two"]

DEEPEST = 4


def two(
    library: Library, declared: Type, facts: Mapping[str, Any] | None = None
) -> tuple[Any, Any]:
    """Two different values of a type, within what a truth table allows of it.

    Objects have what is required of them, and differ in the first property that has a value of
    its own. Both are the same where no second value is to be had.
    """
    return _two(library, declared, facts or {}, DEEPEST)


def _two(  # noqa: PLR0911 - one per kind
    library: Library, declared: Type, facts: Mapping[str, Any], depth: int
) -> tuple[Any, Any]:
    if facts.get("enum"):
        return facts["enum"][0], facts["enum"][-1]
    match declared.kind:
        case "boolean":
            return False, True
        case "integer" | "number":
            return _numbers(facts)
        case "array":
            one, other = _two(library, declared.of[0], {}, depth)
            return [one], [other]
        case "map":
            one, other = _two(library, declared.of[0], {}, depth)
            return {"one": one}, {"one": other}
        case "ref" if depth:
            return _objects(library, declared, depth - 1)
        case "union":
            return _two(library, declared.of[0], facts, depth)
        case _:
            return "one", "another"


def _numbers(facts: Mapping[str, Any]) -> tuple[Any, Any]:
    low = facts.get("min")
    if low is None:
        low = min(1, facts.get("max", 1))
    return low, min(low + 1, facts.get("max", low + 1))


def _objects(library: Library, declared: Type, depth: int) -> tuple[Any, Any]:
    nested = library.nested(declared.ref)
    if nested is None:
        return {"one": 1}, {"one": 2}
    if nested.properties is None:
        return nested.values[0], nested.values[-1]
    one: dict[str, Any] = {}
    other: dict[str, Any] = {}
    wanted = [name for name, part in nested.properties.items() if part.required]
    for name in wanted or list(nested.properties)[:1]:
        one[name], second = _two(library, nested.properties[name].type, {}, depth)
        other[name] = one[name] if other != {k: v for k, v in one.items() if k != name} else second
    return one, other
