"""The settings of one model of an environment, for the commands that are about it."""

from pathlib import Path

from delivery import project
from delivery.failure import Failure
from stacks.settings.load import Settings, load
from stacks.settings.problems import SettingsError, report

__all__ = ["refuse_other_teams", "settings_of"]


def settings_of(folder: Path, environment: str, model: str) -> Settings:
    """The environment's settings, which have the model.

    Raises:
        Failure: no such environment or model; settings that are wrong; a model of another team.
    """
    project.known_environment(folder, environment)
    project.known_model(folder, model)
    try:
        settings = load(folder, environment, only=model)
    except SettingsError as error:
        raise Failure(report(error.problems)) from None
    refuse_other_teams(settings, model)
    return settings


def refuse_other_teams(settings: Settings, model: str) -> None:
    """A stack can be for the models of one team alone.

    Raises:
        Failure: the model is another team's.
    """
    if model not in settings.models:
        raise Failure(
            f"{model!r} is not in {settings.environment!r}: the stack holds the models of team "
            f"{settings.site.team!r} alone"
        )
