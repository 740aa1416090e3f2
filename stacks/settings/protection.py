"""Environments where nothing that serves is deleted or replaced, unless its file says so first."""

import re
from datetime import date
from typing import TYPE_CHECKING, Final

from stacks.settings.deprecation import Day
from stacks.settings.fields import Closed, OneLine, Text

if TYPE_CHECKING:
    from stacks.settings.environment import Environment

__all__ = ["AllowedDeletion", "allowed_deletions", "is_production", "is_protected"]

# As words of an environment's name: prod, prod-eu, eu_production.
_PRODUCTION: Final = re.compile(r"(?:^|[^a-z0-9])(?:prod|production)(?:$|[^a-z0-9])", re.IGNORECASE)


class AllowedDeletion(Closed):
    """What may be deleted or replaced for a time, written as the guardrails' exemptions are."""

    name: OneLine
    """Of the model, the GPU node pool or the namespace."""
    reason: Text
    """Why it may go; who has been told."""
    owner: OneLine
    """Who answers for it."""
    expires: Day
    """Last day on which it may."""

    def holds(self, today: date) -> bool:
        """Whether its last day is not over."""
        return today <= date.fromisoformat(self.expires)

    def __str__(self) -> str:
        return f"until {self.expires}, by {self.owner}: {self.reason}"


def is_protected(environment: str, site: "Environment") -> bool:
    """Whether the environment is protected: as it says, else by its name."""
    if site.protect is not None:
        return site.protect
    return is_production(environment)


def is_production(environment: str) -> bool:
    """Whether an environment is one by its name."""
    return _PRODUCTION.search(environment) is not None


def allowed_deletions(site: "Environment", today: date) -> dict[str, AllowedDeletion]:
    """What may go today, by name."""
    return {each.name: each for each in site.allow_deletion if each.holds(today)}
