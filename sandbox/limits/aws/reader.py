"""Reads the limits of types from the inputs of the calls that make them, with all below."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.limits.aws.exceptions import adjusted, takes_empty
from sandbox.limits.aws.members import Names, nouns
from sandbox.limits.aws.operations import calls
from sandbox.limits.aws.patterns import translated
from sandbox.limits.aws.services import VERSION, Service, service
from sandbox.limits.aws.table import NAMES
from sandbox.limits.model import ITEM, KEY, VALUE, Limit, TypeLimits
from sandbox.schema import Library, Property, Type

__all__ = ["Counts", "limits_of"]

# Beyond this, types refer to themselves: statements of statements, charts of charts.
_DEEPEST = 8
# The provider's own properties, which no call of the vendor takes.
_OWN = frozenset({"region", "tagsAll"})
# How API Gateway's model says it.
_LENGTH_IN_WORDS = re.compile(r"<p>A string with a length between \[(\d+)-(\d+)\]\.</p>")
# What the provider completes a prefix with: a moment and a number.
_SUFFIX_LENGTH = 26
# A pattern of nothing but a set of characters.
_LETTERS = re.compile(r"\^?(\[[^\]^\[][^\]\[]*\])[+*]\$?")
_PARTS = (ITEM, KEY, VALUE)
_TEXTS = frozenset({"string", "character"})
_NUMBERS = frozenset({"integer", "long", "float", "double"})


@dataclass
class Counts:
    """How far properties and members were brought together, for figures.

    `matched` has the paths of texts and numbers by `<type> <path>`, and whether each is a member.
    """

    matched: dict[str, bool] = field(default_factory=dict[str, bool])
    dropped_patterns: set[str] = field(default_factory=set[str])

    def note(self, token: str, path: str, declared: Type, *, found: bool) -> None:
        """Count a property."""
        if is_scalar(declared):
            self.matched[f"{token} {path}"] = found


@dataclass(frozen=True)
class _Structure:
    """A structure of a service, and the page about it."""

    api: Service
    name: str
    page: str
    call: str = ""

    @property
    def members(self) -> dict[str, Any]:
        return self.api.shape(self.name).get("members", {})


def limits_of(library: Library, token: str, counts: Counts) -> TypeLimits | None:
    """The limits of a type; None where its calls are not known or say nothing."""
    made_by = calls(token)
    roots = [root for call in made_by if (root := _root(call)) is not None]
    if not roots:
        return None
    used = dict.fromkeys(call.partition("/")[0] for call in made_by)
    api, _, operation = next(iter(used)).partition(".")
    page = service(api).page(operation)
    walk = _Walk(library, token, nouns(token, made_by), page, counts)
    declared = library.resource(token).inputs
    walk.object(roots, declared, "")
    walk.prefixes(declared)
    if not walk.found:
        return None
    return TypeLimits(f"botocore {VERSION}: {', '.join(used)}", page, walk.found)


def _root(call: str) -> _Structure | None:
    """The structure that a call takes, or the part of it that is named after the call."""
    name, _, part = call.partition("/")
    api = service(name.partition(".")[0])
    operation = name.partition(".")[2]
    shape = api.input(operation)
    for member in part.split("/") if part else ():
        whole, shape = shape, str(api.shape(shape)["members"][member]["shape"])
        while api.shape(shape)["type"] == "list":
            shape = str(api.shape(shape)["member"]["shape"])
        if api.shape(shape)["type"] == "map":
            return _Structure(api, api.attributes(whole, member), api.page(operation), operation)
    page = api.page(shape if part else operation)
    return _Structure(api, shape, page, operation) if shape else None


@dataclass(frozen=True)
class _Place:
    """A property in a walk: its path, how deep, and the structure that its member is in."""

    root: _Structure
    path: str
    depth: int
    # An empty value is taken for none.
    blank: bool = False

    def below(self, part: str) -> "_Place":
        """The items of a list, the keys or the values of a map."""
        return replace(self, path=f"{self.path}.{part}", blank=False)


class _Walk:
    """One type: its declaration beside the structures of its calls."""

    def __init__(
        self, library: Library, token: str, own: tuple[str, ...], page: str, counts: Counts
    ) -> None:
        self.found: dict[str, Limit] = {}
        self._library = library
        self._token = token
        self._table = NAMES.get(token.removeprefix("aws:"), {})
        self._own = own
        self._page = page
        self._counts = counts

    def object(
        self, roots: list[_Structure], declared: Mapping[str, Property], path: str, depth: int = 0
    ) -> None:
        """All properties of an object, each in the first structure that has it."""
        names = [Names(root.members) for root in roots]
        for name, property_ in declared.items():
            if depth == 0 and name in _OWN:
                continue
            at = f"{path}.{name}" if path else name
            match = self._member(list(zip(roots, names, strict=True)), name, at, depth)
            self._counts.note(self._token, at, property_.type, found=match is not None)
            if match is not None:
                root, shape = match
                blank = not property_.required and takes_empty(self._token, at)
                self._value(_Place(root, at, depth, blank), shape, property_.type)

    def prefixes(self, declared: Mapping[str, Property]) -> None:
        """Prefixes of names, which the provider completes to a name."""
        for name in declared:
            whole = self.found.get(name.removesuffix("Prefix"))
            longest = whole.max_length if whole is not None else None
            if name in self.found or whole is None or longest is None or longest <= _SUFFIX_LENGTH:
                continue
            letters = _LETTERS.fullmatch(whole.pattern)
            self.found[name] = Limit(
                pattern=f"{letters[1]}*" if letters else "",
                min_length=None if takes_empty(self._token, name) else 1,
                max_length=longest - _SUFFIX_LENGTH,
            )

    def _member(
        self, roots: list[tuple[_Structure, Names]], name: str, at: str, depth: int
    ) -> tuple[_Structure, str] | None:
        """The structure that has a property, and the shape of the member that it is."""
        written = self._table.get(".".join(part for part in at.split(".") if part not in _PARTS))
        if written == "":
            return None
        for root, known in roots:
            path = written or known.find(name, () if depth else self._own)
            if path is not None and ":" in path:
                call, _, path = path.partition(":")
                path = path if call == root.call else None
            shape = _below(root, path) if path is not None else None
            if shape is not None:
                return root, shape
        return None

    def _value(self, place: _Place, name: str, declared: Type) -> None:
        shape = place.root.api.shape(name)
        kind = shape["type"]
        match declared.kind:
            case "string" | "integer" | "number":
                self._scalar(place, shape, declared.kind)
            case "union" if is_scalar(declared):
                # A closed set that the SDK leaves open: its words, or any string.
                self._scalar(place, shape, "string")
            case "array" if kind == "list":
                self._add(place, _lengths(shape))
                below = str(shape["member"]["shape"])
                self._value(place.below(ITEM), below, declared.of[0])
            case "array" if kind == "structure":
                # A block that may stand there once, as a list.
                self._value(place.below(ITEM), name, declared.of[0])
            case "array" if kind == "map":
                # A map whose keys the provider has among the properties.
                self._value(place.below(ITEM), str(shape["value"]["shape"]), declared.of[0])
            case "map" if kind == "map":
                self._add(place, _lengths(shape))
                self._value(place.below(KEY), str(shape["key"]["shape"]), Type("string"))
                self._value(place.below(VALUE), str(shape["value"]["shape"]), declared.of[0])
            case "map" if kind == "list":
                self._pairs(place, shape)
            case "ref" if kind == "structure":
                self._nested(place, name, declared.ref)
            case "ref" if kind == "list":
                # A list that the provider takes one of at most, as an object.
                self._value(place, str(shape["member"]["shape"]), declared)
            case _:
                pass

    def _nested(self, place: _Place, name: str, ref: str) -> None:
        nested = self._library.nested(ref)
        if nested is None or nested.properties is None or place.depth >= _DEEPEST:
            return
        root = place.root
        # The input of a call has the call's page.
        page = root.page if name == root.name else root.api.page(name) or root.page
        structure = _Structure(root.api, name, page)
        self.object([structure], nested.properties, place.path, place.depth + 1)

    def _pairs(self, place: _Place, shape: dict[str, Any]) -> None:
        """A map that the vendor has as a list of pairs: tags, dimensions."""
        members = _Structure(place.root.api, str(shape["member"]["shape"]), "").members
        pair = {name.lower(): str(member["shape"]) for name, member in members.items()}
        key = next((name for name in ("key", "name") if set(pair) == {name, "value"}), None)
        if key is not None:
            self._value(place.below(KEY), pair[key], Type("string"))
            self._value(place.below(VALUE), pair["value"], Type("string"))

    def _scalar(self, place: _Place, shape: dict[str, Any], kind: str) -> None:
        if kind == "string" and shape["type"] in _TEXTS:
            self._add(place, {**_lengths(shape), **self._spelling(shape)})
        elif shape["type"] in _NUMBERS:
            bounds = {"minimum": shape.get("min"), "maximum": shape.get("max")}
            self._add(place, {name: value for name, value in bounds.items() if value is not None})

    def _spelling(self, shape: dict[str, Any]) -> dict[str, Any]:
        if "enum" in shape:
            return {"values": tuple(shape["enum"])}
        published = shape.get("pattern")
        if not published:
            return {}
        pattern = translated(published)
        if pattern is None:
            self._counts.dropped_patterns.add(published)
            return {}
        return {"pattern": pattern, "published": published if published != pattern else ""}

    def _add(self, place: _Place, limits: dict[str, Any]) -> None:
        limit = adjusted(self._token, place.path, Limit(**limits))
        if limit != Limit():
            page = "" if place.root.page == self._page else place.root.page
            self.found[place.path] = replace(limit, blank=place.blank, page=page)


def _below(root: _Structure, path: str) -> str | None:
    """The shape of a member, or of one below it: `CapacityReservationTarget.Id`."""
    name = root.name
    for member in path.split(".") if path else ():
        shape = root.api.shape(name)
        while shape["type"] == "list":
            name = str(shape["member"]["shape"])
            shape = root.api.shape(name)
        if member not in shape.get("members", {}):
            return None
        name = str(shape["members"][member]["shape"])
    return name


def _lengths(shape: dict[str, Any]) -> dict[str, Any]:
    """The bounds of a text, list or map; a lower one of nothing says nothing."""
    found = {"min_length": shape.get("min") or None, "max_length": shape.get("max")}
    if told := _LENGTH_IN_WORDS.match(shape.get("documentation", "")):
        found = {"min_length": int(told[1]) or None, "max_length": int(told[2])}
    return {name: value for name, value in found.items() if value is not None}


def is_scalar(declared: Type) -> bool:
    """Whether a type is a text or a number, or a text of which the SDK knows words."""
    return declared.kind in ("string", "integer", "number") or (
        declared.kind == "union" and all(part.kind in ("string", "ref") for part in declared.of)
    )
