"""The settings of a provider as the engine sends them, and what a change of them leads to."""

import contextlib
import json
from collections.abc import Mapping
from typing import Any

from sandbox.clouds.base import Cloud
from sandbox.diff import Plan, changes
from sandbox.schema import Resource

__all__ = ["decoded", "plan"]


def decoded(values: Mapping[str, Any], declared: Resource) -> dict[str, Any]:
    """Settings as they were meant: anything but a string travels as JSON in a string.

    The SDK's version, which the engine adds, is left out.
    """
    found: dict[str, Any] = {}
    for name, value in values.items():
        if name == "version" or value is None:
            continue
        property_ = declared.inputs.get(name)
        if isinstance(value, str) and property_ is not None and property_.type.kind != "string":
            with contextlib.suppress(ValueError):
                found[name] = json.loads(value)
                continue
        found[name] = value
    return found


def plan(cloud: Cloud, declared: Resource, old: Mapping[str, Any], new: Mapping[str, Any]) -> Plan:
    """What changes; where that makes another provider, all its resources are replaced."""
    before, after = decoded(old, declared), decoded(new, declared)
    found = changes(before, after)
    moving = cloud.moves(before, after)
    replacing = frozenset(change.path for change in found if change.names[0] in moving)
    return Plan(found, replacing, delete_first=False)
