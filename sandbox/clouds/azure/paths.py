"""Where ARM has the resources of a type: `/subscriptions/{subscriptionId}/resourceGroups/…`.

`paths.json` is read from the requests of Azure's clients by `sandbox.limits.azure.extract`. A type
that it does not have gets a path of the usual form, made of its names.
"""

import functools
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.schema import Resource
from sandbox.values import at

__all__ = ["ArmPath", "kind_of", "parents_of", "path_of", "tokens_of"]

_TABLE = Path(__file__).with_name("paths.json")
_PARAMETER = re.compile(r"\{([\w.]+)\}")
SUBSCRIPTION = "subscriptionId"
# The parts of a path that a type of no known path may have above its name, outermost first.
_PARENTS = (
    ("workspaceName", "workspaces"),
    ("accountName", "accounts"),
    ("serverName", "servers"),
    ("vaultName", "vaults"),
    ("clusterName", "clusters"),
    ("endpointName", "endpoints"),
    ("registryName", "registries"),
)


@dataclass(frozen=True, slots=True)
class ArmPath:
    """The template of a type's ids; its parameters are inputs of the type."""

    template: str

    @property
    def parameters(self) -> list[str]:
        """The inputs that it is made of, outermost first, without the subscription."""
        return [name for name in _PARAMETER.findall(self.template) if name != SUBSCRIPTION]

    @property
    def name(self) -> str:
        """The input that names the resource; empty where there can be only one."""
        last = self.template.rpartition("/")[2]
        found = _PARAMETER.fullmatch(last)
        return found[1] if found else ""

    @property
    def kind(self) -> str:
        """ARM's type: `Microsoft.Web/sites/slots`."""
        return kind_of(self.template)

    def id(self, inputs: Mapping[str, Any], subscription: str) -> str:
        """The id that inputs lead to."""

        def value(match: re.Match[str]) -> str:
            if match[1] == SUBSCRIPTION:
                return subscription
            # A scope is an id itself.
            return str(at(inputs, *match[1].split(".")) or "").strip("/")

        return "/" + _PARAMETER.sub(value, self.template).lstrip("/")


def path_of(token: str, declared: Resource | None) -> ArmPath:
    """Where ARM has resources of a type."""
    known = _table().get(token)
    return ArmPath(known) if known else ArmPath(_usual(token, declared))


def tokens_of(kind: str) -> tuple[str, ...]:
    """The types that ARM's type may be, by `Microsoft.Web/sites` in any case."""
    return _kinds().get(kind.lower(), ())


def kind_of(resource_id: str) -> str:
    """ARM's type of an id or a template; empty where it is none."""
    names = [part for part in resource_id.split("/") if part]
    lower = [name.lower() for name in names]
    if "providers" not in lower:
        groups = lower[:1] == ["subscriptions"] and lower[2:3] == ["resourcegroups"]
        return "Microsoft.Resources/resourceGroups" if groups and len(names) == 4 else ""  # noqa: PLR2004 - two pairs
    # An extension of another resource has two: the last one says what it is.
    last = len(lower) - 1 - lower[::-1].index("providers")
    space, kinds = names[last + 1 : last + 2], names[last + 2 :: 2]
    return "/".join([*space, *kinds]) if kinds else ""


def parents_of(resource_id: str) -> Iterator[str]:
    """The ids of what an id is in, innermost first: its parents, then its resource group."""
    names = resource_id.strip("/").split("/")
    while len(names) > 4:  # noqa: PLR2004 - up to the group
        names = names[:-2]
        if len(names) % 2 == 0 and names[-2].lower() != "providers":
            yield "/" + "/".join(names)


def _usual(token: str, declared: Resource | None) -> str:
    """A path of the usual form."""
    inputs = declared.inputs if declared is not None else {}
    noun = token.rpartition(":")[2]
    kinds = f"{noun[0].lower()}{noun[1:]}"
    kinds = f"{kinds[:-1]}ies" if kinds.endswith("y") else f"{kinds}s"
    names = [name for name in inputs if name.endswith("Name") and name != "resourceGroupName"]
    own = [name for name in names if not inputs[name].required]
    fitting = [n for n in own if noun.lower().endswith(n.removesuffix("Name").lower())]
    name = next(iter([*fitting, *own, *(["name"] if "name" in inputs else []), *names[-1:]]), "")
    root = f"/subscriptions/{{{SUBSCRIPTION}}}"
    if "scope" in inputs:
        root = "/{scope}"
    elif "resourceGroupName" in inputs:
        root += "/resourceGroups/{resourceGroupName}"
    module = token.split(":")[1].split("/", maxsplit=1)[0]
    parents = "".join(
        f"/{kind}/{{{key}}}" for key, kind in _PARENTS if key in inputs and key != name
    )
    last = f"{{{name}}}" if name else "default"
    return f"{root}/providers/Microsoft.{_title(module)}{parents}/{kinds}/{last}"


def _title(module: str) -> str:
    """The namespace of a module, as the other types of the module have it."""
    return _namespaces().get(module, module.capitalize())


@functools.cache
def _table() -> dict[str, str]:
    document: dict[str, dict[str, str]] = json.loads(_TABLE.read_text(encoding="utf-8"))
    return document["types"]


@functools.cache
def _kinds() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for token, template in _table().items():
        if not template.endswith("}"):
            continue
        found.setdefault(kind_of(template).lower(), []).append(token)
    return {kind: tuple(tokens) for kind, tokens in found.items()}


@functools.cache
def _namespaces() -> dict[str, str]:
    return {
        token.split(":")[1]: kind_of(template).partition("/")[0].removeprefix("Microsoft.")
        for token, template in _table().items()
        if kind_of(template).startswith("Microsoft.")
    }
