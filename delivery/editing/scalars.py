"""Values as they are written: quoted where they would be read as something else."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

from typing_extensions import TypeIs

from stacks.settings.yaml_source import parse

__all__ = ["Value", "block", "flow", "item", "scalar"]

Value: TypeAlias = "str | int | float | bool | Mapping[str, Value] | list[Value] | None"

# Anything else is quoted. A colon within a word is one of a URI.
_PLAIN: Final = re.compile(r"[A-Za-z/_][A-Za-z0-9_./@+-]*(:[A-Za-z0-9_./@+-]+)*")
_PLAIN_IN_FLOW: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_STEP: Final = "  "


def scalar(value: str | float | bool | None, style: str = "", *, in_flow: bool = False) -> str:  # noqa: FBT001 - the value
    """One value on one line; a text in the quotes of `style`, where it can be."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        return f"{value:g}" if isinstance(value, float) and value.is_integer() else repr(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    plain = (_PLAIN_IN_FLOW if in_flow else _PLAIN).fullmatch(value)
    if style != '"' and plain and parse(f"k: {value}".encode(), "").data.get("k") == value:
        return value
    # JSON's strings are YAML's, but for signs beyond the first 65,536, which stay as they are.
    return json.dumps(value, ensure_ascii=not value.isprintable())


def block(keys: Sequence[str], value: Value, indent: str) -> list[str]:
    """Lines of a key (or of keys within keys) and its value, each with its indentation."""
    (key, *rest) = keys
    inner: Value = value
    for name in reversed(rest):
        inner = {name: inner}
    if isinstance(inner, Mapping) and inner:
        lines = [f"{indent}{scalar(key)}:"]
        for name, each in inner.items():
            lines += block([name], each, indent + _STEP)
        return lines
    if isinstance(inner, list) and inner:
        return [f"{indent}{scalar(key)}:", *(item(each, indent + _STEP) for each in inner)]
    return [f"{indent}{scalar(key)}: {flow(inner) if _is_many(inner) else scalar(inner)}"]


def item(value: Value, indent: str) -> str:
    """The line of an element of a list, in whatever it is nested."""
    return f"{indent}- {flow(value) if _is_many(value) else scalar(value)}"


def _is_many(value: Value) -> TypeIs[Mapping[str, Value] | list[Value]]:
    return isinstance(value, Mapping | list)


def flow(value: Value) -> str:
    """The same within braces."""
    if isinstance(value, Mapping):
        pairs = (f"{scalar(key, in_flow=True)}: {flow(each)}" for key, each in value.items())
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return scalar(value, in_flow=True)
