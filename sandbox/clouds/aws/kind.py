"""What is special about one AWS resource type."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, Naming
from sandbox.store import Row

__all__ = ["Identity", "Kind"]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a resource is called, made before its other outputs."""

    id: str
    name: str
    arn: str
    account: str
    region: str
    parent: str


def _nothing(call: Call, identity: Identity) -> dict[str, Any]:
    del call, identity
    return {}


def _as_asked(live: dict[str, Any]) -> dict[str, Any]:
    del live
    return {}


def _no_problems(call: Call) -> list[Problem]:
    del call
    return []


def _may_go(call: Call, row: Row) -> list[Problem]:
    del call, row
    return []


def _by_templates(call: Call) -> Identity | None:
    del call
    return None


def _none_volatile(call: Call) -> frozenset[str]:
    del call
    return frozenset()


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type.

    Templates may use {name}, {id}, {account}, {region} and {input:<name>}, with
    {input:<name>|<text>} where there is a default. {function:<name>} is the name of the function
    whose name or ARN an input holds, {host:<name>} a URL without its scheme; {/<name>} and
    {:<name>} are an input behind that sign, and nothing where it is not given. `id` may also use
    {hex17}, {hex10}, {uuid}, {letters6}, {letters7}, {letters10}, {key16}: fresh ones; `arn` may
    use {version}, the next of the resource's name.
    """

    # The ARN, as the service's page of the Service Authorization Reference has it.
    arn: str = ""
    id: str = "{name}"
    # What it is called, where inputs alone do not say it in a template's way.
    known_as: Callable[[Call], Identity | None] = _by_templates
    # What the id is unique in, where that is not the account and region.
    parent: str = ""
    # What `pulumi import` takes, as the SDK's documentation of the type has it.
    import_id: str = "{id}"
    # Where the id does not hold the name: inputs within whose values no two have the same name.
    unique: tuple[str, ...] | None = None
    # The service has one call for making and changing (`Put…`): what is there is changed.
    overwrites: bool = False
    # The input that holds the vendor's name; empty: the type has none.
    name: str = "name"
    naming: Naming | None = None
    # IAM, CloudFront and the like are seen from every region.
    is_global: bool = False
    outputs: Callable[[Call, Identity], dict[str, Any]] = _nothing
    # What the cloud knows beyond Pulumi's properties: the row's `live`.
    live: Callable[[Call, Identity], dict[str, Any]] = _nothing
    # Inputs that are read back as what is live, whatever was asked for.
    served: Callable[[dict[str, Any]], dict[str, Any]] = _as_asked
    references: Callable[[Call], list[Problem]] = _no_problems
    # What the service takes though it leads nowhere.
    doubts: Callable[[Call], list[Problem]] = _no_problems
    # What is wrong beyond the shape, as far as inputs alone tell; values may be UNKNOWN.
    constraints: Callable[[Call], list[Problem]] = _no_problems
    # Why the service does not delete it now.
    deletion: Callable[[Call, Row], list[Problem]] = _may_go
    # Inputs by which types of the same service belong to this one, and go with it.
    parts: tuple[str, ...] = ()
    volatile: Callable[[Call], frozenset[str]] = _none_volatile

    @property
    def refers(self) -> bool:
        """Whether what it points to is looked up."""
        return self.references is not _no_problems
