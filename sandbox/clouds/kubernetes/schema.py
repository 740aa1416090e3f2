"""Whether an object fits its kind's structural schema, and the defaults that the schema has.

As the API server does it: fields that are not declared are not taken, a null where none is allowed
counts as absent, defaults come before the checks, and what an update leaves as it was is not
checked again. Source: https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/
custom-resource-definitions/
"""

import copy
import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple, cast

from sandbox.check import Problem, nearest, not_in, shown
from sandbox.clouds.kubernetes.formats import FORMATS, quantity
from sandbox.wire import UNKNOWN, has_unknown

__all__ = [
    "MISSING",
    "PRESERVE",
    "defaulted",
    "is_typed",
    "item_key",
    "matching",
    "part_of",
    "problems",
]

Schema = Mapping[str, Any]
PRESERVE = "x-kubernetes-preserve-unknown-fields"
_EITHER = "x-kubernetes-int-or-string"
_EMBEDDED = "x-kubernetes-embedded-resource"
_LIST_TYPE = "x-kubernetes-list-type"
_MAP_KEYS = "x-kubernetes-list-map-keys"
_IDENTITY = ("apiVersion", "kind", "metadata")
# Where there is no old value to compare with.
MISSING = object()


class _How(NamedTuple):
    """What is looked for: undeclared fields, missing and mistyped ones, repeated items."""

    strict: bool
    shape: bool
    unique: bool
    found: list[Problem]


_RANGES = {"int32": 2**31, "int64": 2**63}


def problems(
    value: Any,  # noqa: ANN401 - an object
    schema: Schema,
    path: str = "",
    old: Any = MISSING,  # noqa: ANN401
    *,
    shape: bool = True,
    duplicates: bool = True,
) -> list[Problem]:
    """Everything in a value that its schema does not allow.

    Args:
        value: JSON, in which what is not known yet is `UNKNOWN`.
        schema: a structural schema.
        path: where the value is.
        old: what it was before an update.
        shape: whether undeclared, missing and mistyped fields are looked for: those of types
            that the SDK declares are found by `sandbox.check`.
        duplicates: whether items of a list that have the same key are looked for: the API server
            takes those of built-in kinds when they are created, and server-side apply does not.
    """
    how = _How(strict=shape, shape=shape, unique=duplicates, found=[])
    _visit(value, schema, path, old, how)
    return how.found


def _visit(
    value: Any,  # noqa: ANN401
    schema: Schema,
    at: str,
    old: Any,  # noqa: ANN401
    how: _How,
) -> None:
    found = how.found
    if value is UNKNOWN or (old is not MISSING and value == old):
        return
    if value is None and schema.get("nullable"):
        return
    if schema.get(_EITHER):
        if wrong := _either(value, schema):
            found.append(Problem(at, f"got {shown(value)}; use {wrong}"))
            return
    elif (kind := schema.get("type")) and not _is_a(kind, value):
        if how.shape:
            found.append(Problem(at, f"got {shown(value)}; use {_wanted(kind)}"))
        return
    if isinstance(value, list):
        _list(cast("list[Any]", value), schema, at, old, how)
    elif isinstance(value, dict):
        _object(cast("dict[str, Any]", value), schema, at, old, how)
    else:
        _scalar(value, schema, at, found)
    enum = schema.get("enum")
    if enum is not None and not any(_same(value, each) for each in enum):
        found.append(Problem(at, not_in(value, enum)))
    _junctors(value, schema, at, found)


def _object(
    value: dict[str, Any],
    schema: Schema,
    at: str,
    old: Any,  # noqa: ANN401
    how: _How,
) -> None:
    found = how.found
    declared: Mapping[str, Schema] = schema.get("properties", {})
    more = schema.get("additionalProperties")
    before: Mapping[str, Any] = cast("dict[str, Any]", old) if isinstance(old, dict) else {}
    for name, item in value.items():
        part = declared.get(name)
        if part is None:
            if isinstance(more, Mapping):
                where = f"{at}[{json.dumps(name)}]"
                was = before.get(name, MISSING)
                _visit(
                    item, cast("Schema", more), where, was, how
                )  # fmt: skip
            elif how.strict and not _is_open(schema, name, more):
                found.append(Problem(_below(at, name), _undeclared(name, declared)))
        elif item is not None or part.get("nullable"):
            was = before.get(name, MISSING)
            _visit(item, part, _below(at, name), was, how)
    if how.shape:
        for name in schema.get("required", ()):
            if value.get(name) is None and not (
                name in value and declared.get(name, {}).get("nullable")
            ):
                kind = declared.get(name, {}).get("type")
                wanted = f"; give it {_wanted(kind)}" if kind else ""
                found.append(Problem(_below(at, name), f"missing required property{wanted}"))
    _counted(len(value), schema, "Properties", at, found)


def _list(
    value: list[Any],
    schema: Schema,
    at: str,
    old: Any,  # noqa: ANN401
    how: _How,
) -> None:
    found = how.found
    items: Schema | None = schema.get("items")
    if items is not None:
        for index, item in enumerate(value):
            was = matching(item, schema, old)
            _visit(item, items, f"{at}[{index}]", was, how)
    _counted(len(value), schema, "Items", at, found)
    kind = schema.get(_LIST_TYPE)
    if not how.unique or (kind not in {"set", "map"} and not schema.get("uniqueItems")):
        return
    seen: set[str] = set()
    for index, item in enumerate(value):
        if has_unknown(item):
            continue
        key = item_key(item, schema)
        if key in seen:
            what = f"another item has {key}" if kind == "map" else f"{shown(item)} is there twice"
            found.append(Problem(f"{at}[{index}]", f"duplicate value: {what}"))
        seen.add(key)


def item_key(item: Any, schema: Schema) -> str:  # noqa: ANN401
    """What tells an item of a list of type `map` or `set` from the others."""
    keys: list[str] = schema.get(_MAP_KEYS, [])
    if schema.get(_LIST_TYPE) == "map" and isinstance(item, dict):
        given = cast("dict[str, Any]", item)
        defaults = schema.get("items", {}).get("properties", {})
        return json.dumps({k: given.get(k, defaults.get(k, {}).get("default")) for k in keys})
    return json.dumps(item, sort_keys=True)


def matching(item: Any, schema: Schema, old: Any) -> Any:  # noqa: ANN401
    """The item of the old list that a new one stands for; `MISSING` where none does."""
    if schema.get(_LIST_TYPE) != "map" or not isinstance(old, list) or has_unknown(item):
        return MISSING
    key = item_key(item, schema)
    return next((e for e in cast("list[Any]", old) if item_key(e, schema) == key), MISSING)


def _either(value: Any, schema: Schema) -> str:  # noqa: ANN401
    """What to use instead of a value that is neither a number nor a string, as wanted."""
    if schema.get("format") == "quantity":
        return "a quantity such as 500m or 2Gi" if quantity(value) is None else ""
    fits = isinstance(value, str) or _is_a("integer", value)
    return "" if fits else "a whole number or a string"


def _scalar(value: Any, schema: Schema, at: str, found: list[Problem]) -> None:  # noqa: ANN401
    if isinstance(value, str):
        _string(value, schema, at, found)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        _number(value, schema, at, found)


def _string(value: str, schema: Schema, at: str, found: list[Problem]) -> None:
    low, high = schema.get("minLength"), schema.get("maxLength")
    if low is not None and len(value) < low:
        found.append(Problem(at, f"got {shown(value)}; use at least {low} characters"))
    if high is not None and len(value) > high:
        got = f"{shown(value)} of {len(value)} characters"
        found.append(Problem(at, f"got {got}; use at most {high}"))
    pattern = schema.get("pattern")
    if pattern is not None:
        expression = _expression(pattern)
        if expression is not None and not expression.search(value):
            found.append(Problem(at, f"got {shown(value)}; it must match {pattern}"))
    checked = FORMATS.get(schema.get("format", ""))
    if checked is not None and not checked[0](value):
        found.append(Problem(at, f"got {shown(value)}; use {checked[1]}"))


def _number(value: float, schema: Schema, at: str, found: list[Problem]) -> None:
    low, high = schema.get("minimum"), schema.get("maximum")
    if low is not None and (value < low or (value == low and schema.get("exclusiveMinimum"))):
        sign = "above" if schema.get("exclusiveMinimum") else "at least"
        found.append(Problem(at, f"got {value}; use {sign} {low}"))
    if high is not None and (value > high or (value == high and schema.get("exclusiveMaximum"))):
        sign = "below" if schema.get("exclusiveMaximum") else "at most"
        found.append(Problem(at, f"got {value}; use {sign} {high}"))
    limit = _RANGES.get(schema.get("format", ""))
    if limit is not None and not -limit <= value < limit:
        found.append(Problem(at, f"got {value}; use a whole number of {schema['format'][3:]} bits"))
    step = schema.get("multipleOf")
    if step and value % step:
        found.append(Problem(at, f"got {value}; use a multiple of {step}"))


def _counted(count: int, schema: Schema, what: str, at: str, found: list[Problem]) -> None:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is not None and count < low:
        found.append(Problem(at, f"got {count} {what.lower()}; give at least {low}"))
    if high is not None and count > high:
        found.append(Problem(at, f"got {count} {what.lower()}; give at most {high}"))


def is_typed(value: Any, schema: Schema) -> bool:  # noqa: ANN401
    """Whether every value is of the type that its schema has; what is not declared is."""
    if value is UNKNOWN or value is None:
        return True
    if schema.get(_EITHER):
        return not _either(value, schema) or isinstance(value, str)
    if (kind := schema.get("type")) and not _is_a(kind, value):
        return False
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return all(is_typed(item, part_of(schema, name) or {}) for name, item in items)
    if isinstance(value, list):
        part: Schema = schema.get("items", {})
        return all(is_typed(item, part) for item in cast("list[Any]", value))
    return True


# ---- one of, any of, not ----


def _junctors(value: Any, schema: Schema, at: str, found: list[Problem]) -> None:  # noqa: ANN401
    if not ({"oneOf", "anyOf", "allOf", "not"} & schema.keys()) or has_unknown(value):
        return
    for part in schema.get("allOf", ()):
        _visit(value, part, at, MISSING, _loose(found))
    if "anyOf" in schema and not any(_fits(value, part) for part in schema["anyOf"]):
        found.append(Problem(at, _alternatives("at least one", schema["anyOf"])))
    if "oneOf" in schema and sum(_fits(value, part) for part in schema["oneOf"]) != 1:
        found.append(Problem(at, _alternatives("exactly one", schema["oneOf"])))
    if "not" in schema and _fits(value, schema["not"]):
        found.append(Problem(at, _forbidden(schema["not"])))


def _fits(value: Any, schema: Schema) -> bool:  # noqa: ANN401
    how = _loose([])
    _visit(value, schema, "", MISSING, how)
    return not how.found


def _loose(found: list[Problem]) -> _How:
    """Within `oneOf` and the like, which say nothing of what else may be there."""
    return _How(strict=False, shape=True, unique=True, found=found)


def _required(schemas: list[Schema]) -> list[str]:
    names: list[str] = []
    for schema in schemas:
        names += schema.get("required", [])
        for key in ("anyOf", "oneOf"):
            names += _required(schema.get(key, []))
        if "not" in schema:
            names += _required([schema["not"]])
    return list(dict.fromkeys(names))


def _alternatives(count: str, schemas: list[Schema]) -> str:
    if names := _required(schemas):
        none = any("not" in schema for schema in schemas)
        wanted = count.replace("exactly", "at most") if none else count
        return f"give {wanted} of {', '.join(names)}"
    return f"it must fit {count} of {len(schemas)} alternatives: {shown(schemas)}"


def _forbidden(schema: Schema) -> str:
    names = _required([schema])
    return f"{' and '.join(names)} must not be there" if names else f"must not be {shown(schema)}"


def part_of(schema: Schema, name: str) -> Schema | None:
    """The schema of a field or an entry; None where nothing is said of it."""
    declared: Schema | None = schema.get("properties", {}).get(name)
    if declared is not None:
        return declared
    more: Any = schema.get("additionalProperties")
    return cast("Schema", more) if isinstance(more, Mapping) else None


# ---- defaults ----


def defaulted(value: Any, schema: Schema) -> Any:  # noqa: ANN401
    """The value with the schema's defaults, and without nulls where none is allowed."""
    if isinstance(value, list):
        items: Schema = schema.get("items", {})
        return [defaulted(item, items) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    found: dict[str, Any] = {}
    for name, item in cast("dict[str, Any]", value).items():
        part = part_of(schema, name)
        if part is None:
            found[name] = item
        elif item is not None or part.get("nullable"):
            found[name] = defaulted(item, part)
    declared: Mapping[str, Schema] = schema.get("properties", {})
    for name, part in declared.items():
        if name not in found and "default" in part:
            found[name] = defaulted(copy.deepcopy(part["default"]), part)
    return found


# ---- words ----


def _is_a(kind: str, value: Any) -> bool:  # noqa: ANN401, PLR0911 - one per kind
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "boolean":
            return isinstance(value, bool)
        case "integer":
            whole = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
            return whole and not isinstance(value, bool)
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case _:
            return True


def _wanted(kind: str) -> str:
    return {"array": "a list", "object": "an object", "integer": "a whole number"}.get(
        kind, f"a {kind}"
    )


def _is_open(schema: Schema, name: str, more: Any) -> bool:  # noqa: ANN401
    """Whether a field may be there that is not declared."""
    if schema.get(PRESERVE) or more is True or (schema.get(_EMBEDDED) and name in _IDENTITY):
        return True
    return schema.get("type") != "object" and "properties" not in schema


def _undeclared(name: str, declared: Mapping[str, Schema]) -> str:
    meant = nearest(name, declared)
    hint = f'did you mean "{meant}"?' if meant else f"declared are {_listed(sorted(declared))}"
    return f"unknown field, which the API server would not take; {hint}"


def _listed(words: list[str]) -> str:
    limit = 12
    more = f" and {len(words) - limit} more" if len(words) > limit else ""
    return ", ".join(words[:limit]) + more if words else "none"


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _same(one: Any, other: Any) -> bool:  # noqa: ANN401
    return one == other and isinstance(one, bool) == isinstance(other, bool)


@cache
def _expression(pattern: str) -> re.Pattern[str] | None:
    """A pattern as Go reads it; None for one that Python does not have."""
    try:
        return re.compile(pattern.replace(r"\z", r"\Z"))
    except re.error:
        return None
