"""From the environment to a model that predicts: what every frame does once when it starts."""

import functools
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from runtime import logs, model_source, settings
from runtime.features import FeatureSettingsError, FeatureSource, source
from runtime.inference import LoadError, Model

__all__ = ["StartError", "Started", "checked", "load", "started"]


class StartError(Exception):
    """The instance cannot serve; one line of its log has said why."""


@dataclass(frozen=True, slots=True)
class Started:
    """The settings of this instance, its model in memory, and the model's online features."""

    settings: settings.Settings
    model: Model
    features: FeatureSource | None


@functools.cache
def started() -> Started:
    """The instance's model by its environment: loaded at the first call, the same ever after.

    Raises:
        StartError: A variable is wrong, or there is no model that loads.
    """
    with _said():
        found = settings.read()
        model = load(found)
        features = source(found.features, model.inputs, max_entities=found.max_rows)
        return Started(found, model, features)


def checked() -> None:
    """Pull and check the model's file, and do not load it: what a process does before it forks.

    Raises:
        StartError: A variable is wrong, or the file is not there or none that is served.
    """
    with _said():
        model_source.model_file(settings.read())


@contextmanager
def _said() -> Generator[None]:
    """Say in one line of log why an instance does not start."""
    try:
        yield
    except (
        settings.SettingsError,
        FeatureSettingsError,
        model_source.SourceError,
        LoadError,
    ) as error:
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
