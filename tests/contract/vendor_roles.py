"""What roles of Google Cloud and Azure hold that components grant, as the vendors' APIs tell it.

The table is of iam.roles.get and of `az role definition list`, recorded on 2026-08-22; the pages:
https://cloud.google.com/iam/docs/roles-permissions and
https://learn.microsoft.com/azure/role-based-access-control/built-in-roles.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

__all__ = ["AZURE", "GOOGLE", "BuiltIn", "matches"]

_TABLE: Final = json.loads(Path(__file__).with_suffix(".json").read_text(encoding="utf-8"))
# Permissions by role; what ends in `*` is all that begins so.
GOOGLE: Final[Mapping[str, list[str]]] = _TABLE["google"]


@dataclass(frozen=True, slots=True)
class BuiltIn:
    """A role of Azure: what of resources and of the data in them, and what is taken out of that."""

    name: str
    given: tuple[str, ...]
    taken: tuple[str, ...]

    def allows(self, action: str) -> bool:
        """Whether it has the action."""
        return matches(self.given, action) and not matches(self.taken, action)


def matches(patterns: tuple[str, ...] | list[str], action: str) -> bool:
    """Whether one of them is the action's; both clouds take no account of upper and lower case."""
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in patterns)


def _built_in(told: Mapping[str, Any]) -> BuiltIn:
    def of(*keys: str) -> tuple[str, ...]:
        return tuple(action for key in keys for action in told.get(key, ()))

    return BuiltIn(told["name"], of("actions", "dataActions"), of("notActions", "notDataActions"))


# By the last part of a definition's id.
AZURE: Final = {identity: _built_in(told) for identity, told in _TABLE["azure"].items()}
