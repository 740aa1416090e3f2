"""What a provider's validators allow of each property, as checks; the words are in README.md."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.limits.model import ITEM, KEY, VALUE
from sandbox.rules.build.named import NAMED
from sandbox.rules.build.names import Field, kinds_of
from sandbox.rules.build.words import newer
from sandbox.schema import Library, Property, Type
from sandbox.values import listed, mapped

__all__ = ["Dropped", "checks_of"]

Check = dict[str, Any]

# The keys of a validator's leading arguments, by its name.
_BOUNDS: Mapping[str, tuple[str, ...]] = {
    "StringLenBetween": ("min_length", "max_length"),
    "LengthBetween": ("min_length", "max_length"),
    "LengthAtLeast": ("min_length",),
    "LengthAtMost": ("max_length",),
    "IntBetween": ("min", "max"),
    "FloatBetween": ("min", "max"),
    "Between": ("min", "max"),
    "ValidateTypeStringNullableIntBetween": ("min", "max"),
    "ValidateTypeStringNullableIntAtLeast": ("min",),
    "IntAtLeast": ("min",),
    "FloatAtLeast": ("min",),
    "AtLeast": ("min",),
    "IntAtMost": ("max",),
    "FloatAtMost": ("max",),
    "AtMost": ("max",),
}
_ENUMS = {"StringInSlice", "ValidateEnum", "Validate", "FrameworkValidate", "OneOf", "IntInSlice"}
_ANY_CASE = {"ValidateIgnoreCase", "OneOfCaseInsensitive", "FrameworkValidateIgnoreCase"}
_PATTERNS = {"StringMatch", "RegexMatches", "ValidateRegexp"}
_REFUSING = {
    *("StringDoesNotMatch", "StringDoesNotContainAny", "StringNotInSlice"),
    *("PrefixNoneOf", "SuffixNoneOf", "NoneOf"),
}
_ALL = {"All", "AllDiag"}
_ANY = {"Any", "AnyDiag"}
# Custom types whose enumeration has the empty word too.
_ENUM_TYPES = {"StringEnumType", "ListOfStringEnumType", "SetOfStringEnumType"}
_ITEM_TYPES = {"ListOfARNType": "ARNType", "SetOfARNType": "ARNType"}
_OF_KEYS = {"MapKeyLenBetween": "StringLenBetween", "MapKeyMatch": "StringMatch"}
_OF_VALUES = {"MapValueLenBetween": "StringLenBetween", "MapValueMatch": "StringMatch"}
# What says of something else than the value.
_SILENT = {
    *("ConflictsWith", "ExactlyOneOf", "AtLeastOneOf", "AlsoRequires", "PreferWriteOnlyAttribute"),
    *("SizeAtMost", "SizeAtLeast", "SizeBetween", "IsRequired", "CaseInsensitiveMatchDeprecation"),
    *("ValidateTypeStringNullableFloat", "ValidateTypeStringNullableBool", "NoNullValues"),
    *("None", ""),
}
_TEXTS = {"string"}
_NUMBERS = {"int", "float"}


@dataclass
class Dropped:
    """Validators that say nothing here, by name."""

    names: Counter[str] = field(default_factory=Counter[str])


@dataclass(frozen=True, slots=True)
class _Read:
    """What is read: the packages that the validators' own functions are in by their first names."""

    library: Library
    packages: tuple[str, ...]
    dropped: Dropped


@dataclass(frozen=True, slots=True)
class _Place:
    """Where validators were found, and the kind of the value."""

    packages: tuple[str, ...]
    kind: str
    dropped: Dropped


def checks_of(
    library: Library,
    resource: Mapping[str, Any],
    fields: tuple[Field, ...],
    declared: Mapping[str, Property],
    dropped: Dropped,
) -> dict[str, Check]:
    """The checks of a type by path; `[]`, `*` and `#` stand for items, values and keys."""
    folders = str(resource.get("source", "")).split("/")
    provider = "google" if library.provider == "gcp" else library.provider
    packages = (folders[-2] if len(folders) > 1 else "", provider)
    read = _Read(library, packages, dropped)
    found = {path: check for path, check in _fields(read, fields, declared, "") if check}
    return dict(sorted(found.items()))


def _fields(
    read: _Read, fields: tuple[Field, ...], declared: Mapping[str, Property], prefix: str
) -> Iterator[tuple[str, Check]]:
    for item in fields:
        name = item.path[-1]
        type_ = declared[name].type
        here = f"{prefix}{name}"
        yield from _attribute(read, item.attribute, type_, here)
        if item.parts:
            for below, inner in _objects(read.library, type_, here):
                yield from _fields(read, item.parts, inner, f"{below}.")


def _objects(
    library: Library, declared: Type, path: str
) -> Iterator[tuple[str, Mapping[str, Property]]]:
    """Where the object of a block is, with its properties."""
    for kind, part in kinds_of(library, declared):
        if kind == "object":
            nested = library.nested(part.ref)
            if nested is not None and nested.properties is not None:
                yield path, nested.properties
                return
        elif kind in {"array", "map"}:
            yield from _objects(library, part.of[0], f"{path}.{ITEM if kind == 'array' else VALUE}")
            return


def _attribute(
    read: _Read, attribute: Mapping[str, Any], declared: Type, path: str
) -> Iterator[tuple[str, Check]]:
    kind = attribute["type"]
    rules = [*attribute.get("validators", ())]
    kinds = dict(kinds_of(read.library, declared))
    if kind in _TEXTS | _NUMBERS:
        if kinds.keys() <= {"string", "integer", "number", "boolean"}:
            place = _Place(read.packages, kind, read.dropped)
            rules += [{"name": attribute.get("custom_type")}]
            yield path, _own(place, rules, attribute)
    elif kind in {"list", "set"}:
        array = kinds.get("array")
        if array is not None:
            yield path, _items(attribute)
            declared, path = array.of[0], f"{path}.{ITEM}"
        items = [*attribute.get("element_validators", ())]
        items += [arg for rule in rules for arg in _inner(rule, "ValueStringsAre")]
        items += [{"name": _ITEM_TYPES.get(str(attribute.get("custom_type")))}]
        of = {name for name, _ in kinds_of(read.library, declared)}
        if of <= {"string", "integer", "number"}:
            kind = "string" if "string" in of else "int"
            yield path, _own(_Place(read.packages, kind, read.dropped), items, attribute)
    elif kind == "map" and "map" in kinds:
        place = _Place(read.packages, "string", read.dropped)
        yield from _map(place, rules, path)


def _items(attribute: Mapping[str, Any]) -> Check:
    low, high = attribute.get("min_items") or 0, attribute.get("max_items") or 0
    found: Check = {"min_items": low} if low > 1 else {}
    return {**found, "max_items": high} if high else found


def _map(place: _Place, rules: list[Any], path: str) -> Iterator[tuple[str, Check]]:
    keys: list[Any] = []
    values: list[Any] = []
    whole: Check = {}
    for rule in _flat(rules):
        name, args = str(rule.get("name")), listed(rule.get("args"))
        if name in {"KeysAre", "MapKeysAre"}:
            keys += args
        elif name == "ValueStringsAre":
            values += args
        elif name in _OF_KEYS:
            keys.append({"name": _OF_KEYS[name], "args": args})
        elif name in _OF_VALUES:
            values.append({"name": _OF_VALUES[name], "args": args})
        elif name == "MapSizeAtMost" and isinstance(args[0], int):
            whole = {"max_items": args[0]}
        elif name not in _SILENT:
            place.dropped.names[name] += 1
    yield path, whole
    yield f"{path}.{KEY}", _merged([_check(place, rule) for rule in keys])
    yield f"{path}.{VALUE}", _merged([_check(place, rule) for rule in values])


def _flat(rules: list[Any]) -> Iterator[Mapping[str, Any]]:
    for rule in map(mapped, rules):
        if rule.get("name") in _ALL:
            yield from _flat(listed(rule.get("args")))
        elif rule:
            yield rule


def _inner(rule: Any, name: str) -> list[Any]:  # noqa: ANN401 - JSON
    return [arg for each in _flat([rule]) if each.get("name") == name for arg in each["args"]]


def _own(place: _Place, rules: list[Any], attribute: Mapping[str, Any]) -> Check:
    found = _merged([_check(place, rule) for rule in rules if mapped(rule).get("name") or rule])
    if attribute.get("custom_type") in _ENUM_TYPES and "enum" in found:
        found["enum"] = [*found["enum"], ""]
    return found


def _check(place: _Place, rule: Any) -> Check:  # noqa: ANN401, PLR0911 - JSON; one per kind
    """What a validator certainly allows no more than; empty if it says nothing."""
    given = mapped(rule)
    name = str(given.get("name") if given else str(rule).rpartition(".")[2])
    args = listed(given.get("args"))
    if name in _ALL:
        return _merged([_check(place, arg) for arg in args])
    if name in _ANY:
        parts = [_check(place, arg) for arg in args]
        return {"any": [parts]} if parts and all(parts) else {}
    if name in _ENUMS | _ANY_CASE:
        return _enum(place, name, args, listed(given.get("types")))
    if found := _bounded(name, args) or _patterned(name, args):
        return found
    if name == "NoZeroValues" and place.kind == "string":
        return {"min_length": 1}
    for key in (*(f"{package}.{name}" for package in place.packages), name):
        if key in NAMED:
            return dict(NAMED[key])
    if name not in _SILENT | _BOUNDS.keys() and not name.endswith("Type"):
        place.dropped.names[name] += 1
    return {}


def _bounded(name: str, args: list[Any]) -> Check:
    if name not in _BOUNDS:
        return {}
    pairs = zip(_BOUNDS[name], args, strict=False)
    bounds = {key: value for key, value in pairs if isinstance(value, int | float)}
    return {key: value for key, value in bounds.items() if key != "min_length" or value}


def _patterned(name: str, args: list[Any]) -> Check:
    if name in _PATTERNS and args and isinstance(args[0], str):
        return {"pattern": [args[0]]}
    if refused := _refused(name, args):
        return {"not": [refused]}
    whole = len(args) == 2 and all(isinstance(arg, int) for arg in args)  # noqa: PLR2004 - bounds
    if name == "ValidateRFC1035Name" and whole:
        pattern = "^[a-z]([-a-z0-9]*[a-z0-9])?$"
        return {"min_length": args[0], "max_length": args[1], "pattern": [pattern]}
    if name == "IsCIDRNetwork" and whole:
        bits = "|".join(str(number) for number in range(args[0], args[1] + 1))
        return {"format": ["network"], "pattern": [f"/(?:{bits})$"]}
    return {}


def _enum(place: _Place, name: str, args: list[Any], types: list[Any]) -> Check:
    first: Any = args[0] if args else None
    words: list[Any] = listed(first) or args
    # What is left of a constant that could not be resolved is its package.
    known = all(
        isinstance(word, str | int | float) and not f"{word}".startswith("github.com/")
        for word in words
    )
    if not words or not known:
        place.dropped.names[f"{name} of unknown words"] += 1
        return {}
    found: Check = {"enum": sorted({*(f"{word}" for word in words), *newer(types)})}
    if name in _ANY_CASE or (name == "StringInSlice" and args[1:] == [True]):
        found["any_case"] = True
    return found


def _refused(name: str, args: list[Any]) -> str:
    """A pattern that is found in what the validator refuses."""
    if name not in _REFUSING:
        return ""
    first = args[0] if args else None
    words = [word for word in (listed(first) or args) if isinstance(word, str)]
    either = "|".join(map(re.escape, words))
    found = {
        "StringDoesNotMatch": first if isinstance(first, str) else "",
        "StringDoesNotContainAny": "|".join(
            map(re.escape, first if isinstance(first, str) else "")
        ),
        "StringNotInSlice": f"^(?:{either})$" if args[1:] == [False] else "",
        "PrefixNoneOf": f"^(?:{either})",
        "SuffixNoneOf": f"(?:{either})$",
        "NoneOf": f"^(?:{either})$" if words == args else "",
    }
    return str(found.get(name, ""))


def _merged(checks: list[Check]) -> Check:
    """What all of the checks allow."""
    found: Check = {}
    for check in checks:
        for key, value in check.items():
            if key not in found:
                found[key] = value
            elif key.startswith("min"):
                found[key] = max(found[key], value)
            elif key.startswith("max"):
                found[key] = min(found[key], value)
            elif key == "enum":
                found[key] = [word for word in found[key] if word in value]
            elif key != "any_case":
                found[key] = [*found[key], *(item for item in value if item not in found[key])]
    return found
