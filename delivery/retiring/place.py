"""What an environment says of a model that is to go, and what its last update left there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from delivery import state
from delivery.exits import Exit
from delivery.failure import Failure
from stacks.settings.deprecation import Deprecation
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError, report
from stacks.settings.protection import allowed_deletions, is_protected

__all__ = ["Place", "place_of"]


@dataclass(frozen=True, slots=True)
class Place:
    """An environment, as far as the model is concerned."""

    settings: Settings
    model: str
    resources: Sequence[dict[str, Any]] | None
    """None where there is no stack of it on this backend."""

    @property
    def name(self) -> str:
        """Of the environment."""
        return self.settings.environment

    @property
    def live(self) -> bool:
        """Whether its last update left the model, or a part of it, in the state."""
        ours = f"::{self.model}"
        return any(
            str(each["urn"]).endswith(ours) and str(each["type"]).startswith(state.COMPONENT)
            for each in self.resources or ()
        )

    @property
    def protected(self) -> bool:
        """Whether nothing may be deleted there that its file does not let go."""
        return is_protected(self.name, self.settings.site)

    def lets_go(self, today: date) -> bool:
        """Whether its file allows the deletion."""
        return not self.protected or self.model in allowed_deletions(self.settings.site, today)

    @property
    def deprecation(self) -> Deprecation | None:
        """What is said there of the model's end."""
        return getattr(self.settings.models.get(self.model), "deprecation", None)

    @property
    def replacement(self) -> str | None:
        """What callers use instead."""
        return self.deprecation.replacement if self.deprecation is not None else None


def place_of(folder: Path, environment: str, model: str) -> Place:
    """An environment as its files and its state have it.

    Raises:
        Failure: the settings have faults, or the state cannot be read.
    """
    try:
        settings = load(folder, environment, only=model)
    except SettingsError as error:
        raise Failure(report(error.problems)) from None
    try:
        resources = state.resources(folder, environment)
    except Failure as failure:
        if failure.code is not Exit.NO_STACK:
            raise
        resources = None
    return Place(settings, model, resources)
