"""Whether settings are right with changes made, before anything is written."""

from collections.abc import Sequence
from pathlib import Path

from delivery.editing.files import Edit, tried
from delivery.failure import Failure
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError, report

__all__ = ["checked"]


def checked(
    folder: Path, edits: Sequence[Edit], model: str | None, environments: Sequence[str]
) -> dict[str, Settings]:
    """The settings with the changes made, before anything is written; of all models for None.

    Raises:
        Failure: what would be wrong with them.
    """
    found: dict[str, Settings] = {}
    with tried(folder, edits) as copy:
        for environment in environments:
            try:
                found[environment] = load(copy, environment, only=model)
            except SettingsError as error:
                raise Failure(
                    f"the settings would be wrong, so nothing was written: {report(error.problems)}"
                ) from None
    return found
