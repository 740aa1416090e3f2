"""Values that are written otherwise and are the same to the provider."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

__all__ = ["KINDS", "is_smaller", "same_scalar"]


def _json(one: str, other: str) -> bool:
    """One JSON document: order of keys and spaces do not count."""
    try:
        return json.loads(one) == json.loads(other)
    except ValueError:
        return False


def _policy(one: str, other: str) -> bool:
    """One IAM policy: nor do the order of lists and whether a single item is in one."""
    try:
        return _unordered(json.loads(one)) == _unordered(json.loads(other))
    except ValueError:
        return False


def _unordered(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value)
        return {key: _unordered(item) for key, item in items.items()}
    if isinstance(value, list):
        found = [_unordered(item) for item in cast("list[Any]", value)]
        if len(found) == 1:
            return found[0]
        return sorted(found, key=lambda item: json.dumps(item, sort_keys=True))
    return value


def _case(one: str, other: str) -> bool:
    return one.lower() == other.lower()


def _link(one: str, other: str) -> bool:
    """One resource of Google Cloud, with or without the address of the API before its path."""
    return _relative(one) == _relative(other)


def _link_or_name(one: str, other: str) -> bool:
    """The same; a new value without a slash is compared as a name."""
    return _name(one, other) if "/" not in other else _link(one, other)


def _name(one: str, other: str) -> bool:
    return one.rpartition("/")[2] == other.rpartition("/")[2]


def _relative(link: str) -> str:
    _, found, path = link.partition("/projects/")
    return f"projects/{path}" if found else link.lstrip("/")


# By the names that the tables of rules use; the old value comes first.
KINDS: Mapping[str, Callable[[str, str], bool]] = {
    "json": _json,
    "policy": _policy,
    "case": _case,
    "link": _link,
    "link_or_name": _link_or_name,
    "name": _name,
}


def same_scalar(old: Any, new: Any, *, coerces: bool) -> bool:  # noqa: ANN401
    """Whether two scalars are the same; a provider that coerces takes "5" for 5."""
    # In Python True equals 1; in a resource it does not.
    if isinstance(old, bool) or isinstance(new, bool):
        if coerces and isinstance(old, str | bool) and isinstance(new, str | bool):
            return str(old).lower() == str(new).lower()
        return old is new
    if coerces and {type(old), type(new)} in ({str, int}, {str, float}):
        try:
            return float(old) == float(new)
        except ValueError:
            return False
    return bool(old == new)


def is_smaller(new: Any, old: Any) -> bool:  # noqa: ANN401
    """Whether a number became smaller, or true became false."""
    return isinstance(new, int | float) and isinstance(old, int | float) and new < old
