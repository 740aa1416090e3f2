"""Whether values keep to a type's limits: every problem at once, with what is allowed and where.

Only what has the declared shape is judged: `sandbox.check` has said what has not.
"""

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sandbox.check import Problem, not_in, shown
from sandbox.limits.formats import WORDS, fits
from sandbox.limits.model import ITEM, KEY, VALUE, Limit, TypeLimits
from sandbox.wire import UNKNOWN, asset_kind

__all__ = ["Node", "problems", "tree"]


@dataclass(slots=True)
class Node:
    """Limits by path, one node per name."""

    limit: Limit | None = None
    parts: "dict[str, Node]" = field(default_factory=dict[str, "Node"])


def tree(limits: TypeLimits) -> Node:
    """The limits of a type, for walking beside a value."""
    root = Node()
    for path, limit in limits.paths.items():
        node = root
        for name in path.split("."):
            node = node.parts.setdefault(name, Node())
        node.limit = limit
    return root


def problems(limits: TypeLimits, root: Node, inputs: Mapping[str, Any]) -> list[Problem]:
    """Everything in the inputs that is outside the limits; what is not known yet is not judged."""
    return list(_object(limits, root, inputs, ""))


def _object(
    limits: TypeLimits, node: Node, values: Mapping[str, Any], path: str
) -> Iterator[Problem]:
    for name, part in node.parts.items():
        at = f"{path}.{name}" if path else name
        value = values.get(name)
        if value is None:
            if part.limit is not None and part.limit.required:
                yield Problem(at, f"missing; the service requires it ({_page(limits, part.limit)})")
        else:
            yield from _value(limits, part, value, at)


def _value(limits: TypeLimits, node: Node, value: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    if value is UNKNOWN or value is None or asset_kind(value):
        return
    if node.limit is not None:
        reason = _broken(node.limit, value)
        if reason:
            yield Problem(at, f"{reason} ({_page(limits, node.limit)})")
    if isinstance(value, dict):
        yield from _mapping(limits, node, cast("dict[str, Any]", value), at)
    elif isinstance(value, list) and (part := node.parts.get(ITEM)):
        for index, item in enumerate(cast("list[Any]", value)):
            yield from _value(limits, part, item, f"{at}[{index}]")


def _mapping(limits: TypeLimits, node: Node, values: dict[str, Any], at: str) -> Iterator[Problem]:
    each, keys = node.parts.get(VALUE), node.parts.get(KEY)
    if each is None and keys is None:
        yield from _object(limits, node, values, at)
        return
    for key, item in values.items():
        if keys is not None:
            yield from _value(limits, keys, key, f'{at}["{key}"]')
        if each is not None:
            yield from _value(limits, each, item, f'{at}["{key}"]')


def _broken(limit: Limit, value: Any) -> str:  # noqa: ANN401, PLR0911 - one per kind
    """What is wrong with one value, without the page; empty if nothing is."""
    if limit.blank and not value:
        return ""
    if limit.every or limit.some:
        return _broken_parts(limit, value)
    if isinstance(value, str):
        return _broken_text(limit, value)
    if isinstance(value, bool):
        return ""
    if isinstance(value, int | float):
        return _broken_number(limit, value)
    if isinstance(value, dict | list):
        count = len(cast("list[Any]", value))
        return _outside(count, limit.min_length, limit.max_length, f"got {count} items", "items")
    return ""


def _broken_parts(limit: Limit, value: Any) -> str:  # noqa: ANN401
    """What is wrong with a value that has several limits, or one of several."""
    own = replace(limit, every=(), some=())
    for part in (own, *limit.every):
        if reason := _broken(part, value):
            return reason
    reasons = [_broken(part, value) for part in limit.some]
    if not reasons or not all(reasons):
        return ""
    first, *others = dict.fromkeys(reasons)
    return " or ".join([first, *(reason.partition("; use ")[2] for reason in others)])


def _broken_text(limit: Limit, text: str) -> str:  # noqa: PLR0911 - one per kind
    if limit.values and text not in limit.values:
        return not_in(text, [word for word in limit.values if word])
    if limit.minimum is not None or limit.maximum is not None:
        # Terraform's providers take "5" for 5.
        try:
            return _broken_number(limit, float(text))
        except ValueError:
            return ""
    got = f"got {shown(text)}"
    count = len(text.encode("utf-8", "surrogatepass")) if limit.octets else len(text)
    unit = "characters" if count == len(text) else "bytes"
    bounds = (limit.min_length, limit.max_length)
    if reason := _outside(count, *bounds, f"{got}, {count} {unit}", unit):
        return reason
    if limit.pattern and not _compiled(limit.pattern).fullmatch(text):
        return f"{got}; use what matches {limit.published or limit.pattern}"
    if limit.forbidden and _compiled(limit.forbidden).search(text):
        return f"{got}; use what does not match {limit.published or limit.forbidden}"
    if limit.format and not fits(limit.format, text):
        return f"{got}; use {WORDS[limit.format]}"
    return ""


def _broken_number(limit: Limit, number: float) -> str:
    if limit.values and _told(number) not in limit.values:
        return not_in(number, limit.values)
    return _outside(number, limit.minimum, limit.maximum, f"got {_told(number)}", "")


def _outside(number: float, low: float | None, high: float | None, got: str, unit: str) -> str:
    if (low is None or number >= low) and (high is None or number <= high):
        return ""
    if low is not None and high is not None:
        allowed = _told(low) if low == high else f"{_told(low)} to {_told(high)}"
    else:
        allowed = f"at most {_told(high or 0)}" if low is None else f"at least {_told(low)}"
    return f"{got}; use {allowed}{f' {unit}' if unit else ''}"


def _told(number: float) -> str:
    return f"{number:.15g}"


@functools.lru_cache(maxsize=1024)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _page(limits: TypeLimits, limit: Limit) -> str:
    page = limit.page or limits.page
    if limits.provider:
        return f"{page}, {limits.source}"
    # A word that is new at the vendor is in a newer model.
    return f"{page}, {limits.source.partition(':')[0]}" if limit.values else page
