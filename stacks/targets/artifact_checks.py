"""Packages and models of this machine that functions run, before anything is registered."""

from pathlib import Path

from stacks.settings.load import Settings
from stacks.settings.problems import SettingsError
from stacks.targets import azure_functions, cloud_run, lambda_function

__all__ = ["check_artifacts"]


def check_artifacts(root: Path, settings: Settings) -> None:
    """Packages that set-up has not made, and artifacts that are not the ones that were meant.

    Raises:
        SettingsError: with all of them.
    """
    found = [
        *lambda_function.artifact_problems(root, settings),
        *cloud_run.artifact_problems(root, settings),
        *azure_functions.artifact_problems(root, settings),
    ]
    if found:
        raise SettingsError(found)
