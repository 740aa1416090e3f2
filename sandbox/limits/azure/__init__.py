"""Azure's limits: what its clients state (`azure-native.json`) and what its documentation does.

The newest clients have dropped patterns, lengths and ranges, so that they cannot be read from what
is installed: `extract` has read them from the last releases that state them, and `read` takes those
that the installed SDK has a property for.
"""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.limits.azure.reviewed import FACTS, NAMES, TAGS
from sandbox.limits.model import ITEM, KEY, VALUE, Limit, TypeLimits
from sandbox.schema import Library, Type

__all__ = ["TABLE", "read"]

TABLE = Path(__file__).with_name("azure-native.json")
_REFERENCE = "https://learn.microsoft.com/azure/templates/"


def read(library: Library) -> Mapping[str, TypeLimits]:
    """The limits of every type that Azure's clients or documentation state any of."""
    document: dict[str, dict[str, Any]] = json.loads(TABLE.read_text(encoding="utf-8"))["types"]
    found: dict[str, TypeLimits] = {}
    for token in library.tokens():
        stated = document.get(token)
        paths = {
            path: Limit.from_json(limit) for path, limit in (stated or {}).get("paths", {}).items()
        }
        for path, limit in {**TAGS, **NAMES.get(token, {}), **FACTS.get(token, {})}.items():
            paths[path] = _both(paths.get(path), limit)
        if stated is None and token not in NAMES and token not in FACTS:
            continue
        paths = {path: limit for path, limit in paths.items() if _is_declared(library, token, path)}
        if paths:
            source = (stated or {}).get("source") or "Azure's documentation"
            found[token] = TypeLimits(source, (stated or {}).get("page") or _REFERENCE, paths)
    return found


def _both(stated: Limit | None, reviewed: Limit) -> Limit:
    """What the documentation says, and of what the client states the rest."""
    if stated is None:
        return reviewed
    said = {
        item.name: value
        for item in dataclasses.fields(reviewed)
        if (value := getattr(reviewed, item.name)) != item.default
    }
    if "pattern" in said:
        said.setdefault("published", "")
    return dataclasses.replace(stated, **said)


def _is_declared(library: Library, token: str, path: str) -> bool:
    first, *rest = path.split(".")
    declared = library.resource(token).inputs.get(first)
    return declared is not None and _leads(library, declared.type, rest)


def _leads(library: Library, type_: Type, names: list[str]) -> bool:
    """Whether a value of the type can have something at the end of the names."""
    if not names:
        return True
    first, *rest = names
    if type_.kind == "union":
        return any(_leads(library, part, names) for part in type_.of)
    if type_.kind in {"array", "map"}:
        fits = first == ITEM if type_.kind == "array" else first in {VALUE, KEY}
        return fits and (first == KEY or _leads(library, type_.of[0], rest))
    nested = library.nested(type_.ref) if type_.kind == "ref" else None
    property_ = (nested.properties or {}).get(first) if nested is not None else None
    return property_ is not None and _leads(library, property_.type, rest)
