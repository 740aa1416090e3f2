"""How deeply a kind is checked: its schema, the rules in that, the server's and webhooks' code."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, cast

from sandbox.clouds.base import Depth
from sandbox.clouds.kubernetes import custom, replace, rules
from sandbox.clouds.kubernetes.cel import Rules
from sandbox.clouds.kubernetes.control import served
from sandbox.kinds import Kind

__all__ = ["of", "unknown"]

_LIMITS = (
    *("enum", "exclusiveMaximum", "exclusiveMinimum", "maxItems", "maxLength", "maxProperties"),
    *("maximum", "minItems", "minLength", "minProperties", "minimum", "pattern", "uniqueItems"),
)


def of(kind: Kind, token: str, expressions: Rules) -> Depth:
    """The depth of a kind that the cluster serves."""
    cel = len(expressions.programs(kind.schema)) if kind.custom else 0
    group, _, name = served(token)
    judged = rules.judged(group, name)
    how = ("schema", *(["CEL"] if cel else []), *(["rules"] if judged else []))
    return Depth(
        limits=_limited(kind.schema, set()),
        source=f"{kind.source}: {', '.join(how)}",
        rules=cel,
        references=True,
        own=judged,
        replaces=len(replace.TABLE.get((group or "core", name), ())),
    )


def unknown(declared: Depth, token: str, groups: Collection[str]) -> Depth:
    """The depth of a type that is no kind of the cluster, which serves others of these groups."""
    if token.endswith("List") and not custom.is_custom(token):
        return dataclasses.replace(declared, own=True, source="refused, as the provider does")
    if ":" in token.partition(":")[2] and served(token)[0] in groups:
        text = "not served by the cluster: refused when it is made"
        return dataclasses.replace(declared, own=True, source=text)
    return declared


def _limited(schema: Mapping[str, Any], seen: set[int]) -> int:
    """How many places of a schema take not every value of their type."""
    if id(schema) in seen:
        return 0  # A schema in itself, or one that several places share.
    seen.add(id(schema))
    count = int(any(name in schema for name in _LIMITS) or "format" in schema)
    parts = [*schema.get("properties", {}).values()]
    parts += [schema[name] for name in ("items", "additionalProperties") if name in schema]
    inner = [cast("Mapping[str, Any]", part) for part in parts if isinstance(part, Mapping)]
    return count + sum(_limited(part, seen) for part in inner)
