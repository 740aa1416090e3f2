"""From the environment to a model that predicts: what every frame does once when it starts."""

import functools
import time
from dataclasses import dataclass

from runtime import logs, model_source, settings
from runtime.drift.profile import ProfileError
from runtime.drift.window import Window
from runtime.features import FeatureSettingsError, FeatureSource, source
from runtime.inference import Model
from runtime.request_logs import PAYLOADS
from runtime.starting import StartError, said

__all__ = ["StartError", "Started", "load", "start", "started"]


@dataclass(frozen=True, slots=True)
class Started:
    """The settings of this instance, its model in memory, and the model's online features.

    `drift` looks at the requests of a model that has a profile.
    """

    settings: settings.Settings
    model: Model
    features: FeatureSource | None
    drift: Window | None = None


@functools.cache
def started() -> Started:
    """The instance's model by its environment: loaded at the first call, the same ever after.

    Raises:
        StartError: A variable is wrong, or there is no model that loads.
    """
    with said(FeatureSettingsError, ProfileError):
        found = settings.read()
        if found.request_logs.payload_bytes:
            logs.write("WARN", PAYLOADS, payload_bytes=found.request_logs.payload_bytes)
        return start(found)


def start(found: settings.Settings) -> Started:
    """What these settings name: the model, and its online features.

    Raises:
        SourceError: The model's file cannot be had, or has another digest.
        LoadError: It is no model that can be served here.
        FeatureSettingsError: The features are wrong, or are not those of the model.
        ProfileError: What its requests are to be compared with is no profile, or not of the model.
    """
    model = load(found)
    features = source(found.features, model.inputs, max_entities=found.max_rows)
    if not found.drift_profile_uri:
        return Started(found, model, features)
    # Imports of some 30 ms that a model without a profile does not need.
    from runtime.drift.source import bins_of  # noqa: PLC0415

    bins = bins_of(found, model)
    # After the warm-up, which is no request.
    model.watch = bins.add
    return Started(found, model, features, Window(bins))


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
