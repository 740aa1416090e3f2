"""Finds the fields of a client's model among the properties that the Pulumi SDK declares.

A field is a property when its JSON name stands at the same place. pulumi-azure-native merges some
containers (`properties` above all) into the object around them: such a container is looked through.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sandbox.limits.azure.clients import Client, Constraints, Field
from sandbox.limits.model import ITEM, Limit
from sandbox.schema import Library, Property, Type

__all__ = ["Match", "limit_of", "match"]

_DEPTH = 12
Properties = Mapping[str, Property]


@dataclass(slots=True)
class Match:
    """What was found for one type.

    Attributes:
        limits: By path, as `sandbox.limits.model` writes paths.
        create_only: Properties that the model lets one set at creation only, and those of objects
            and of items directly in the type; the provider looks no deeper.
        fields: How many fields of the model were looked for, and how many were properties.
        loose: Constraints that were dropped because they mean something else to each variant, or
            cannot be said as a limit.
    """

    limits: dict[str, Limit] = field(default_factory=dict[str, Limit])
    create_only: set[str] = field(default_factory=set[str])
    fields: int = 0
    matched: int = 0
    loose: int = 0


def match(library: Library, client: Client, model: str, declared: Properties) -> Match:
    """The limits that a model states of the properties of a type."""
    found = Match()
    _Walk(library, client, found).object(model, declared, "", ())
    return found


@dataclass(frozen=True, slots=True)
class _Walk:
    library: Library
    client: Client
    found: Match

    def object(self, model: str, declared: Properties, path: str, above: tuple[str, ...]) -> None:
        if len(above) > _DEPTH or model in above:
            return
        for item in self.client.fields(model):
            self.found.fields += 1
            places = list(_places(self.library, item.wire, declared, path))
            if places:
                self.found.matched += 1
            for name, type_ in places:
                if item.create_only and (plain := name.replace(f".{ITEM}", "")).count(".") <= 1:
                    self.found.create_only.add(plain)
                self._value(item, type_, name, (*above, model))
            merged = not places and item.wire == ("properties",) and not item.containers
            if merged and item.model:
                self.found.matched += 1
                self.object(item.model, declared, path, (*above, model))

    def _value(self, item: Field, type_: Type, path: str, above: tuple[str, ...]) -> None:
        if item.constraints:
            # What is said of a list is said of the list, not of its items.
            limit = limit_of(item.constraints)
            if limit is None:
                self.found.loose += 1
            elif limit != Limit():
                self.found.limits[path] = limit
        for container in item.containers:
            wanted = "array" if container == ITEM else "map"
            if type_.kind != wanted:
                return
            path, type_ = f"{path}.{container}", type_.of[0]
        if not item.model:
            return
        variants = list(_objects(self.library, type_))
        if len(variants) == 1:
            self.object(item.model, variants[0][1], path, above)
        elif variants:
            self._variants(variants, path, above)

    def _variants(
        self, variants: list[tuple[str, Properties]], path: str, above: tuple[str, ...]
    ) -> None:
        """Several models share a place: what they all say of a property holds."""
        each: list[tuple[Properties, dict[str, Limit]]] = []
        for ref, properties in variants:
            model = ref.rpartition(":")[2].removesuffix("Args")
            part = Match()
            if model in self.client.models:
                _Walk(self.library, self.client, part).object(model, properties, path, above)
            self.found.fields += part.fields
            self.found.matched += part.matched
            self.found.loose += part.loose
            each.append((properties, part.limits))
        for place in dict.fromkeys(place for _, limits in each for place in limits):
            first = place.removeprefix(f"{path}.").split(".")[0]
            said = {limits.get(place) for properties, limits in each if first in properties}
            if len(said) == 1 and (limit := said.pop()) is not None:
                self.found.limits[place] = limit
            else:
                self.found.loose += 1


def _places(
    library: Library, wire: tuple[str, ...], declared: Properties, path: str
) -> Iterator[tuple[str, Type]]:
    """Where the SDK has a field: nested as in JSON, or merged into the object around it."""
    first, *rest = wire
    # `scan-interval` and `odata.type` in the SDK's spelling.
    first = re.sub(r"[-.](\w)", lambda found: found[1].upper(), first)
    property_ = declared.get(first)
    if property_ is None:
        if rest:
            yield from _places(library, tuple(rest), declared, path)
        return
    here = f"{path}.{first}" if path else first
    if not rest:
        yield here, property_.type
        return
    for _, properties in _objects(library, property_.type):
        yield from _places(library, tuple(rest), properties, here)


def _objects(library: Library, type_: Type) -> Iterator[tuple[str, Properties]]:
    if type_.kind == "union":
        for part in type_.of:
            yield from _objects(library, part)
    elif type_.kind == "ref":
        nested = library.nested(type_.ref)
        if nested is not None and nested.properties is not None:
            yield type_.ref, nested.properties


def limit_of(constraints: Constraints) -> Limit | None:
    """A client's constraints as a limit; None where they cannot be said as one."""
    pattern = str(constraints.get("pattern") or "")
    if pattern:
        try:
            re.compile(pattern)
        except re.error:
            return None
    whole = _whole(pattern)
    return Limit(
        pattern=whole,
        published="" if whole == pattern else pattern,
        minimum=constraints.get("minimum"),
        maximum=constraints.get("maximum"),
        min_length=constraints.get("min_length", constraints.get("min_items")),
        max_length=constraints.get("max_length", constraints.get("max_items")),
    )


def _whole(pattern: str) -> str:
    """The same pattern for a whole text: the vendor's may match anywhere in it."""
    if not pattern:
        return ""
    if pattern.startswith("^") and pattern.endswith("$") and "|" not in _outside(pattern):
        return pattern
    return f"(?s:.*?)(?:{pattern})(?s:.*)"


def _outside(pattern: str) -> str:
    """What of a pattern is in no group and no class."""
    text, depth, position = "", 0, 0
    while position < len(pattern):
        sign = pattern[position]
        if sign == "\\":
            position += 2
            continue
        if sign == "[":
            end = pattern.find("]", position + 2)
            position = end + 1 if end > 0 else len(pattern)
            continue
        depth += (sign == "(") - (sign == ")")
        text += sign if depth == 0 else ""
        position += 1
    return text
