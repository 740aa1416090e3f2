"""What of drift this project's own runtime cannot do, or is not there to do."""

import re
from collections.abc import Iterator
from typing import Final

from facts.drift import interval_hours
from facts.drift_profiles import METRICS, PROFILE_PLACES
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.drift import Drift
from stacks.settings.model_server import ModelServerModel
from stacks.settings.problems import Problem, shown
from stacks.settings.profiled_drift import WithProfiledDrift
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


def _problem(asked: Asked, path: KeyPath, code: str, got: object, why: str, fix: str) -> Problem:  # noqa: PLR0917
    return Problem(asked.where(path), code, dotted(path), f"got {shown(got)}: {why}", fix=fix)


def _asked_drift(asked: Asked) -> Drift | None:
    return asked.settings.drift if isinstance(asked.settings, WithProfiledDrift) else None


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
            "server: reference; or `python -m runtime.drift compare` on rows that were captured",
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
    if drift is not None and interval_hours(drift.schedule) is None:
        why = "rows are counted as they come, and what is looked back on has no hour of the day"
        fix = "hourly, daily, or every so many hours that a day has no rest of: `0 0/6 * * *`"
        yield _problem(asked, (*_DRIFT, "schedule"), "MS0653", drift.schedule, why, fix)


def _of_others(asked: Asked) -> Iterator[Problem]:
    drift = _asked_drift(asked)
    for key, why in _OF_OTHERS.items():
        if drift is not None and asked.of_its_own((*_DRIFT, key)) and getattr(drift, key):
            path = (*_DRIFT, key)
            yield _problem(asked, path, "MS0654", getattr(drift, key), why, "leave it out")


RULES: Final[tuple[Rule, ...]] = (_server, _profile, _times, _of_others)
