"""Terraform's names beside Pulumi's: which declared property is which attribute, beyond doubt."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.schema import Library, Property, Type

__all__ = ["Field", "fields_of", "kinds_of", "plain", "singular", "unknown", "walk"]

# Attributes that Pulumi has as outputs alone.
_NO_INPUTS = frozenset({"tags_all", "id"})
# What providers add to all types, or to those of the newer SDK.
_EVERYWHERE = ("region", "timeouts")
_SCALARS = {
    "string": {"string"},
    "int": {"integer", "number"},
    "float": {"integer", "number"},
    "bool": {"boolean", "string"},
}


@dataclass(frozen=True, slots=True)
class Field:
    """One attribute with the declared property that it is."""

    # Pulumi's path: names only.
    path: tuple[str, ...]
    # Terraform's steps: names, and `*` for an item of a list, a set or a map.
    steps: tuple[str, ...]
    attribute: Mapping[str, Any]
    parts: "tuple[Field, ...]" = field(default=())

    @property
    def dotted(self) -> str:
        """The path as the tables write it."""
        return ".".join(self.path)

    @property
    def kinds(self) -> set[str]:
        """What its values, or the items of a list of them, are declared as."""
        if self.is_block:
            return {"object"}
        return _SCALARS.get(self.attribute["type"], {"string"})

    @property
    def is_block(self) -> bool:
        """Whether it holds other attributes."""
        return _is_block(self.attribute)


def _is_block(attribute: Mapping[str, Any]) -> bool:
    return bool(attribute.get("nested") or attribute.get("block"))


def plain(name: str) -> str:
    """A name without what case and separators differ in."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def singular(name: str) -> str:
    """A plain name in what is the same for its singular and plural."""
    for ending, kept in (("indexes", "index"), ("indices", "index"), ("ies", "y")):
        if name.endswith(ending):
            return name.removesuffix(ending) + kept
    for ending in ("ses", "xes", "ches", "shes"):
        if name.endswith(ending):
            return name.removesuffix("es")
    if name.endswith("s") and not name.endswith("ss"):
        return name[:-1]
    # `addresses` loses "es", `address` nothing: both end in "ss".
    return name


def fields_of(
    library: Library,
    attributes: Mapping[str, Any],
    declared: Mapping[str, Property],
    renamed: Mapping[str, str],
    missed: list[str],
) -> tuple[Field, ...]:
    """The attributes that are declared inputs; those that cannot be told are added to `missed`."""
    return tuple(_fields(_Scope(library, renamed, missed), attributes, declared, (), ()))


@dataclass(frozen=True, slots=True)
class _Scope:
    library: Library
    renamed: Mapping[str, str]
    missed: list[str]


def _fields(
    scope: _Scope,
    attributes: Mapping[str, Any],
    declared: Mapping[str, Property],
    path: tuple[str, ...],
    steps: tuple[str, ...],
) -> Iterator[Field]:
    names = _paired(scope, attributes, declared, steps)
    for attribute, value in attributes.items():
        if not (value.get("required") or value.get("optional")):
            continue
        if not steps and attribute in _NO_INPUTS:
            continue
        here = (*steps, attribute)
        name = names.get(attribute)
        if name is None:
            scope.missed.append(".".join(here))
            continue
        parts: tuple[Field, ...] = ()
        nested = value.get("nested")
        if nested:
            inner = _object_of(scope.library, declared[name].type)
            if inner is None:
                scope.missed.append(".".join((*here, "*")))
            else:
                below = here if value["type"] == "object" else (*here, "*")
                parts = tuple(_fields(scope, nested, inner, (*path, name), below))
        yield Field((*path, name), here, value, parts)


def _paired(
    scope: _Scope,
    attributes: Mapping[str, Any],
    declared: Mapping[str, Property],
    steps: tuple[str, ...],
) -> dict[str, str]:
    """The declared name of each attribute that has exactly one, and of which it is the only one."""
    found: dict[str, str] = {}
    exact = {plain(name): name for name in declared}
    for attribute in attributes:
        renamed = scope.renamed.get(attribute) if not steps else None
        name = renamed or exact.get(plain(attribute), "")
        if name in declared and _fits(scope, attributes[attribute], declared[name].type):
            found[attribute] = name
    taken = set(found.values())
    loose: dict[str, list[str]] = {}
    for name in declared:
        if name not in taken:
            loose.setdefault(singular(plain(name)), []).append(name)
    for attribute, value in attributes.items():
        if attribute in found:
            continue
        names = [
            name
            for name in loose.get(singular(plain(attribute)), [])
            if _fits(scope, value, declared[name].type)
        ]
        if len(names) == 1 and names[0] not in found.values():
            found[attribute] = names[0]
    return found


def kinds_of(library: Library, declared: Type) -> Iterator[tuple[str, Type]]:
    """What a declared type can be: an enumeration is a `string`, a class is an `object`."""
    if declared.kind == "union":
        for part in declared.of:
            yield from kinds_of(library, part)
    elif declared.kind == "ref":
        nested = library.nested(declared.ref)
        enum = nested is not None and nested.properties is None
        yield ("string" if enum else "object"), declared
    else:
        yield declared.kind, declared


def _kinds_in(library: Library, declared: Type) -> Iterator[str]:
    """What a declared type, or each item of a list of it, can be."""
    for kind, part in kinds_of(library, declared):
        if kind == "array":
            yield from _kinds_in(library, part.of[0])
        else:
            yield kind


def _fits(scope: _Scope, attribute: Mapping[str, Any], declared: Type) -> bool:  # noqa: PLR0911 - one per kind
    """Whether the attribute's type can be the declared one: the guard against a chance name."""
    kinds = {kind for kind, _ in kinds_of(scope.library, declared)}
    if "any" in kinds:
        return True
    kind, nested = attribute["type"], _is_block(attribute)
    if kind in {"list", "set"}:
        # At most one item: Pulumi has the item itself.
        if "array" in kinds:
            return True
        return bool(kinds & ({"object"} if nested else {"string", "integer", "number", "boolean"}))
    if kind == "map":
        return "map" in kinds
    if kind == "object":
        return "object" in kinds
    if kind in _SCALARS:
        return bool(kinds & (_SCALARS[kind] | {"asset", "archive"}))
    return True


def _object_of(library: Library, declared: Type) -> Mapping[str, Property] | None:
    """The properties of the object, or of each item of the list or map."""
    for kind, part in kinds_of(library, declared):
        if kind == "object":
            nested = library.nested(part.ref)
            return nested.properties if nested is not None else None
        if kind in {"array", "map"}:
            found = _object_of(library, part.of[0])
            if found is not None:
                return found
    return None


def unknown(
    library: Library,
    fields: tuple[Field, ...],
    attributes: Mapping[str, Any],
    declared: Mapping[str, Property],
    path: tuple[str, ...] = (),
) -> Iterator[tuple[tuple[str, ...], set[str]]]:
    """Declared properties that no attribute is, as of another version: paths and kinds."""
    known = {singular(plain(name)) for name in (*attributes, *_EVERYWHERE)}
    names = {item.path[-1]: item for item in fields}
    for name in declared:
        if name not in names and singular(plain(name)) not in known:
            yield (*path, name), set(_kinds_in(library, declared[name].type))
    for name, item in names.items():
        inner = _object_of(library, declared[name].type) if item.parts else None
        if inner is not None:
            nested = item.attribute["nested"]
            yield from unknown(library, item.parts, nested, inner, (*path, name))


def walk(fields: tuple[Field, ...]) -> Iterator[Field]:
    """All fields, each before its parts."""
    for item in fields:
        yield item
        yield from walk(item.parts)
