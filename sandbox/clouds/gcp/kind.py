"""What is special about one resource type of Google Cloud."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call, Naming
from sandbox.store import Row

__all__ = ["LOWER", "Identity", "Kind"]

# Where names end up in URLs, the provider makes them so: pulumi-gcp's `lowercaseAutoName`.
LOWER = Naming("name", max_length=63, lower=True)


@dataclass(frozen=True, slots=True)
class Identity:
    """Where a resource is and what it is called; `number` is its project's."""

    id: str
    name: str
    project: str
    number: str
    place: str
    # The row's `live`, as it will be.
    live: dict[str, Any] = field(default_factory=dict[str, Any])


def _nothing(call: Call, identity: Identity) -> dict[str, Any]:
    del call, identity
    return {}


def _no_problems(call: Call) -> list[Problem]:
    del call
    return []


def _may_go(call: Call, row: Row) -> list[Problem]:
    del call, row
    return []


@dataclass(frozen=True, slots=True)
class Kind:
    """One resource type."""

    naming: Naming | None = None
    # The input with the vendor's name.
    name: str = "name"
    # Computed outputs; `call.previous` is there at an update.
    outputs: Callable[[Call, Identity], dict[str, Any]] = _nothing
    # What the cloud knows beyond Pulumi's properties: the row's `live`.
    live: Callable[[Call, Identity], dict[str, Any]] = _nothing
    # What properties point to: paths such as `template.containers.[].image`, and names of
    # `references.TARGETS`.
    references: Mapping[str, str] = field(default_factory=dict[str, str])
    # The same, where that is not enough; inputs are all known.
    referring: Callable[[Call], list[Problem]] = _no_problems
    # What is wrong beyond shape and limits, as far as inputs alone tell; values may be UNKNOWN.
    constraints: Callable[[Call], list[Problem]] = _no_problems
    # Why the service does not delete it now.
    deletion: Callable[[Call, Row], list[Problem]] = _may_go
    # Types that belong to this one and go with it, by an input or, where it is empty, by their ids.
    parts: Mapping[str, str] = field(default_factory=dict[str, str])
    # The same, of what must be gone before.
    users: Mapping[str, str] = field(default_factory=dict[str, str])
    # The name stays taken after a deletion, as those of keys do for ever.
    name_stays: bool = False
