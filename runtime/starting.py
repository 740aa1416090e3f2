"""What an instance does before anything heavy is imported: its settings, and its model's file."""

from collections.abc import Generator
from contextlib import contextmanager

from runtime import logs, model_source, settings
from runtime.errors import LoadError, SourceError

__all__ = ["StartError", "checked", "said"]


class StartError(Exception):
    """The instance cannot serve; one line of its log has said why."""


def checked() -> None:
    """Pull and check the model's file, and do not load it.

    Raises:
        StartError: A variable is wrong, or the file is not there or none that is served.
    """
    with said():
        model_source.model_file(settings.read())


@contextmanager
def said(*more: type[Exception]) -> Generator[None]:
    """Say in one line of log why an instance does not start; `more` errors are such reasons too."""
    try:
        yield
    except (settings.SettingsError, SourceError, LoadError, *more) as error:
        logs.write("ERROR", "the model is not loaded", error=type(error).__name__, why=str(error))
        raise StartError(str(error)) from None
