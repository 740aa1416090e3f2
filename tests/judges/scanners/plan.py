"""Resources of Pulumi's bridged providers as a plan of Terraform, which scanners know.

The bridge makes Pulumi's names of Terraform's: camel case, a plural for a list of blocks, the block
itself for a list of at most one. The way back is its rule, and `names/<provider>.json` where a
type's attribute does not follow it.
"""

import base64
import functools
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sandbox.schema import Library, Property, Type

__all__ = [
    "Made",
    "NotConvertedError",
    "Planned",
    "plan",
    "planned",
    "snake",
    "terraform_type",
    "values",
]

_NAMES = Path(__file__).with_name("names")
# The versions of plans that checkov knows.
_FORMAT, _TERRAFORM = "1.2", "1.9.0"
# What is base64 in a plan as well. A scanner that looks for secrets in it would see none.
_ENCODED = {"aws:ec2/launchTemplate:LaunchTemplate": "user_data"}
Object = dict[str, Any]


class NotConvertedError(Exception):
    """It cannot be said what Terraform, or ARM, calls something."""


@dataclass(frozen=True, slots=True)
class Made:
    """One resource: a name that no other has, its type in Pulumi, and inputs in wire spelling.

    `answers` are the texts by which other resources refer to it, such as its id.
    """

    name: str
    token: str
    inputs: Mapping[str, Any]
    answers: tuple[str, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class Planned:
    """One resource in Terraform's words."""

    type: str
    name: str
    values: Object
    answers: tuple[str, ...] = field(default=())

    @property
    def address(self) -> str:
        """What Terraform calls it."""
        return f"{self.type}.{self.name}"


def planned(made: Made) -> Planned:
    """A resource of a bridged provider, in Terraform's words.

    Raises:
        NotConvertedError: its type or a property has no name in Terraform that is certain.
    """
    type_ = terraform_type(made.token)
    return Planned(type_, made.name, values(made.token, made.inputs), made.answers)


def terraform_type(token: str) -> str:
    """What Terraform calls a type.

    Raises:
        NotConvertedError: it has no such type.
    """
    provider = token.partition(":")[0]
    rules = _table(Path(__file__).parents[3] / "sandbox" / "rules" / f"{provider}.json")
    if token not in rules:
        raise NotConvertedError(f"{token} has no type in Terraform")
    return rules[token]["terraform"]


def plan(resources: Iterable[Planned]) -> Object:
    """What `terraform show -json` says before all of these are made."""
    given = list(resources)
    known = {text: each.address for each in given for text in each.answers}
    heads = [
        {"address": each.address, "mode": "managed", "type": each.type, "name": each.name}
        for each in given
    ]
    both = list(zip(heads, given, strict=True))
    changes = [
        {**head, "change": {"actions": ["create"], "before": None, "after": each.values}}
        for head, each in both
    ]
    configured = [{**head, "expressions": _expressions(each.values, known)} for head, each in both]
    return {
        "format_version": _FORMAT,
        "terraform_version": _TERRAFORM,
        "planned_values": {
            "root_module": {"resources": [{**head, "values": each.values} for head, each in both]}
        },
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": configured}},
    }


def values(token: str, inputs: Mapping[str, Any]) -> Object:
    """Inputs in Terraform's words.

    A plan has the provider's defaults too; rules know those themselves, and some take a default
    for something that was said.
    """
    found = _Type(token).object(_declared(token), inputs, ())
    if encoded := found.get(_ENCODED.get(token, "")):
        found[_ENCODED[token]] = base64.b64decode(encoded).decode()
    return found


def snake(name: str) -> str:
    """The attribute that is usual for a property: `vpcConfig` is `vpc_config`."""
    return re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", name).lower()


class _Type:
    """How one type's properties are called."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._library = _library(token.partition(":")[0])
        self._entry = _names(token.partition(":")[0]).get(token, {})

    def object(
        self, declared: Mapping[str, Property], given: Mapping[str, Any], path: tuple[str, ...]
    ) -> Object:
        """An object, or all inputs."""
        found: Object = {}
        for name, value in given.items():
            here = (*path, name)
            if name not in declared or ".".join(here) in self._entry.get("unsure", ()):
                raise NotConvertedError(f"{self._token}: {'.'.join(here)} has no name in Terraform")
            if value == [] or (value == {} and declared[name].type.kind == "map"):
                continue  # To Terraform it is as if nothing were given.
            found[self._name(here)] = self._value(declared[name].type, value, here)
        return found

    def _name(self, path: tuple[str, ...]) -> str:
        return self._entry.get("names", {}).get(".".join(path)) or snake(path[-1])

    def _value(self, type_: Type, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
        if isinstance(value, list):
            of = type_.of[0] if type_.kind == "array" else type_
            return [self._item(of, item, path) for item in cast("list[Any]", value)]
        if ".".join(path) in self._entry.get("lists", ()):
            return [value]
        found = self._item(type_, value, path)
        # A block is a list of blocks, even where there can be only one.
        single = not self._is_object(type_) or ".".join(path) in self._entry.get("objects", ())
        return found if single else [found]

    def _item(self, type_: Type, value: Any, path: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
        if not isinstance(value, dict):
            return value
        document = cast("Object", value)
        if self._is_object(type_):
            nested = self._library.nested(type_.ref)
            return self.object((nested and nested.properties) or {}, document, path)
        if type_.kind == "map":
            # Keys are the user's own words.
            return {key: self._item(type_.of[0], each, path) for key, each in document.items()}
        raise NotConvertedError(f"{self._token}: {'.'.join(path)} is no object of Terraform's")

    def _is_object(self, type_: Type) -> bool:
        nested = self._library.nested(type_.ref) if type_.kind == "ref" else None
        return nested is not None and nested.properties is not None


def _declared(token: str) -> Mapping[str, Property]:
    return _library(token.partition(":")[0]).resource(token).inputs


def _names(provider: str) -> Mapping[str, Any]:
    return _table(_NAMES / f"{provider}.json")


@functools.cache
def _table(path: Path) -> Mapping[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))["types"]


@functools.cache
def _library(provider: str) -> Library:
    return Library(provider)


def _expressions(value: Object, known: Mapping[str, str]) -> Object:
    """Which attributes refer to which resources, in the form of a plan's configuration."""
    found: Object = {}
    for name, item in value.items():
        each = cast("list[Any]", item) if isinstance(item, list) else [item]
        blocks = [_expressions(cast("Object", one), known) for one in each if isinstance(one, dict)]
        if blocks:
            found[name] = blocks
        elif addresses := [known[one] for one in each if isinstance(one, str) and one in known]:
            found[name] = {"references": addresses}
    return found
