"""From the environment to a model that predicts: what every frame does once when it starts."""

import functools
import time
from dataclasses import dataclass

from runtime import logs, model_source, settings
from runtime.inference import LoadError, Model

__all__ = ["StartError", "Started", "load", "started"]


class StartError(Exception):
    """The instance cannot serve; one line of its log has said why."""


@dataclass(frozen=True, slots=True)
class Started:
    """The settings of this instance, and its model in memory."""

    settings: settings.Settings
    model: Model


@functools.cache
def started() -> Started:
    """The instance's model by its environment: loaded at the first call, the same ever after.

    Raises:
        StartError: A variable is wrong, or there is no model that loads.
    """
    try:
        found = settings.read()
        return Started(found, load(found))
    except (settings.SettingsError, model_source.SourceError, LoadError) as error:
        logs.write("ERROR", "the model is not loaded", error=type(error).__name__, why=str(error))
        raise StartError(str(error)) from None


def load(found: settings.Settings) -> Model:
    """Pull, check, load and warm up the model that settings name; one line of log says so.

    Raises:
        SourceError: Its file cannot be had, or has another digest.
        LoadError: It is no model that can be served here.
    """
    begin = time.perf_counter()
    path = model_source.model_file(found)
    pulled = time.perf_counter()
    model = Model(
        path,
        max_rows=found.max_rows,
        threads=found.threads,
        name=found.model_name,
        version=found.model_version,
    )
    loaded = time.perf_counter()
    warm_up_error = model.warm_up()
    logs.write(
        "INFO",
        "the model is loaded",
        model_name=model.name,
        model_version=model.version,
        model_digest=found.model_digest,
        pull_ms=round((pulled - begin) * 1000, 3),
        load_ms=round((loaded - pulled) * 1000, 3),
        warm_up_ms=round((time.perf_counter() - loaded) * 1000, 3),
        warm_up_error=warm_up_error,
    )
    return model
