"""What of drift this project's own runtime cannot do, or is not there to do."""

import re
from collections.abc import Iterator
from typing import Final

from facts.captured_requests import CAPTURED_SHAPE
from facts.drift import interval_hours
from facts.drift_profiles import METRICS, PROFILE_PLACES
from facts.kserve import KSERVE_VERSIONS, kserve_version
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.drift import Drift
from stacks.settings.kserve import KServeModel
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import Problem, shown
from stacks.settings.profiled_drift import WithProfiledDrift
from stacks.settings.stored_capture import stored_capture
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

_DRIFT: Final[KeyPath] = ("drift",)
_MAKE: Final = "`python -m runtime.drift profile rows.csv -o profile.json`"
_ALL_ROWS: Final = "all rows are counted, which costs some 20 microseconds a request"
# By key, why the runtime has no use for it.
_OF_OTHERS: Final = {
    "features": f"the columns are the profile's; make it of these alone: {_MAKE}",
    "sample_percent": _ALL_ROWS,
    "label_column": f"a profile knows what is predicted: {_MAKE[:-1]} --prediction <column>`",
    "retention_days": "no requests are kept",
}

_OF_JOBS: Final = {
    "sample_percent": "a job looks at 10,000 files by chance, however many there are",
    "retention_days": "the bucket's owner decides how long something stays there",
}
_LOGGER: Final = (
    "https://kserve.github.io/website/docs/model-serving/predictive-inference/logger/"
    "blob-storage-logger"
)


def _problem(  # noqa: PLR0917
    asked: Asked, path: KeyPath, code: str, got: object, why: str, fix: str, source: str = ""
) -> Problem:
    message = f"got {shown(got)}: {why}"
    return Problem(asked.where(path), code, dotted(path), message, fix=fix, source=source)


def _asked_drift(asked: Asked) -> Drift | None:
    settings = asked.settings
    if not isinstance(settings, WithProfiledDrift):
        return None
    if isinstance(settings, KServeModel) and not asked.of_its_own((*_DRIFT, "baseline_uri")):
        # A default for all models asks nothing of a model that stores nothing.
        return settings.drift if stored_capture(settings, asked.origins) else None
    return settings.drift


def _server(asked: Asked) -> Iterator[Problem]:
    """Servers of others, which count no rows."""
    settings = asked.settings
    if _asked_drift(asked) is None:
        return
    if isinstance(settings, ModelServerModel) and settings.server not in METRICS:
        yield _problem(
            asked,
            _DRIFT,
            "MS0651",
            f"drift with server {settings.server}",
            "only this project's own server counts requests by a profile",
            "server: reference; or target: kserve with `capture` to a bucket, of which a job looks "
            "at what is stored; the component DriftJob does so for whatever stores as KServe does",
        )
    elif isinstance(settings, CloudRunModel) and settings.model.image is not None:
        yield _problem(
            asked,
            _DRIFT,
            "MS0651",
            "drift with model.image",
            "a container's metrics are scraped by nobody there; the runtime's function writes its "
            "distances to the log",
            "no model.image, so that the function serves; or target: kubernetes",
        )


def _profile(asked: Asked) -> Iterator[Problem]:
    """A profile where the replicas can read it."""
    drift = _asked_drift(asked)
    if drift is None:
        return
    place = PROFILE_PLACES[str(asked.settings.target)]
    if not re.fullmatch(place.pattern, drift.baseline_uri):
        path = (*_DRIFT, "baseline_uri")
        why = "instances cannot read a profile from there"
        yield _problem(asked, path, "MS0652", drift.baseline_uri, why, place.shape)


def _times(asked: Asked) -> Iterator[Problem]:
    """An hour of the day: nothing begins then, for counts go on all the time."""
    drift = _asked_drift(asked)
    if isinstance(asked.settings, KServeModel):
        # A job begins whenever it is told to.
        return
    if drift is not None and interval_hours(drift.schedule) is None:
        why = "rows are counted as they come, and what is looked back on has no hour of the day"
        fix = "hourly, daily, or every so many hours that a day has no rest of: `0 0/6 * * *`"
        yield _problem(asked, (*_DRIFT, "schedule"), "MS0653", drift.schedule, why, fix)


def _of_others(asked: Asked) -> Iterator[Problem]:
    drift = _asked_drift(asked)
    reasons = _OF_OTHERS | (_OF_JOBS if isinstance(asked.settings, KServeModel) else {})
    for key, why in reasons.items():
        if drift is not None and asked.of_its_own((*_DRIFT, key)) and getattr(drift, key):
            path = (*_DRIFT, key)
            yield _problem(asked, path, "MS0654", getattr(drift, key), why, "leave it out")


def _stored(asked: Asked) -> Iterator[Problem]:
    """KServe: what its logger stores is what a job can look at."""
    model = asked.settings
    if not isinstance(model, KServeModel) or _asked_drift(asked) is None:
        return
    cluster = asked.site.targets.kubernetes if asked.site else None
    if stored_capture(model, asked.origins) is None:
        yield _problem(
            asked,
            _DRIFT,
            "MS0655",
            "drift without requests in a store",
            "nothing of KServe's counts requests, so that a job has to read them",
            f"capture: {{uri: …, payload: [request]}} in the model's own file, {CAPTURED_SHAPE}; "
            "or target: kubernetes with this project's server, which keeps none",
        )
    elif model.capture is not None and "request" not in model.capture.payload:
        path = ("capture", "payload")
        got = ", ".join(model.capture.payload)
        yield _problem(asked, path, "MS0655", got, "drift is of requests", "add `request`")
    if cluster is not None and cluster.drift_image is None:
        yield _problem(
            asked,
            _DRIFT,
            "MS0656",
            "drift without drift_image",
            "the job that looks runs this project's own image",
            "drift_image under targets.kubernetes, by its digest (docs/images.md)",
        )


def _store(asked: Asked) -> Iterator[Problem]:
    """KServe: whether its logger can store there, and by which right."""
    model = asked.settings
    if not isinstance(model, KServeModel):
        return
    uri = stored_capture(model, asked.origins)
    cluster = asked.site.targets.kubernetes if asked.site else None
    if uri is None or cluster is None:
        return
    path: KeyPath = ("capture", "uri")
    first = next(each for each in KSERVE_VERSIONS if each.stores_captured)
    identity = cluster.identity or ""
    if not kserve_version(cluster.kserve_version).stores_captured:
        why = f"KServe {cluster.kserve_version} has no `logger.storage`"
        fix = f"KServe {first.version} or newer, or an HTTP address"
        yield _problem(asked, path, "MS0657", uri, why, fix, _LOGGER)
    elif model.service_account_name is None and not (
        uri.startswith("s3:") and identity.startswith("eks_")
    ):
        why = (
            "nothing gives the pods the right to write there; to Cloud Storage KServe's logger "
            "writes by a key file alone (pkg/agent/storage, GetProvider)"
        )
        fix = "service_account_name, of an account with that right; on EKS with S3 `identity`"
        yield _problem(asked, path, "MS0657", uri, why, fix, _LOGGER)
    if model.capture is not None and model.capture.retention_days is not None:
        days = model.capture.retention_days
        path = ("capture", "retention_days")
        why, fix = _OF_JOBS["retention_days"], "leave it out; a rule of the bucket's lifecycle"
        yield _problem(asked, path, "MS0657", days, why, fix)


RULES: Final[tuple[Rule, ...]] = (_server, _profile, _times, _of_others, _stored, _store)
