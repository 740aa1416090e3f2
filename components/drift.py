"""Arguments on drift that the clouds' managed endpoints share."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import pulumi

from components.checks import Checks
from facts.drift import FEATURE, SCHEDULE, SCHEDULE_SHAPE, interval_hours

__all__ = ["Drifting", "read_drift", "read_profiled_drift"]

_USUAL: Final = "daily"
_MOST: Final = 10
# What says nothing where requests are held against no baseline.
_KEYS: Final = ("drift_threshold", "drift_schedule", "drift_features", "drift_sample_percent")


@dataclass(frozen=True, slots=True)
class Drifting:
    """What is asked of drift, checked."""

    baseline_uri: pulumi.Input[str]
    threshold: float | None
    """None: the platform's own."""
    schedule: str
    features: list[str]
    """None: those that the platform can look at by itself."""


def read_drift(
    checks: Checks, args: Mapping[str, Any], *, pattern: str, use: str
) -> Drifting | None:
    """`drift_baseline_uri` and what goes with it; None where nothing is compared."""
    if not checks.given("drift_baseline_uri"):
        for key in filter(checks.given, _KEYS):
            checks.problem(key, args[key], "it with drift_baseline_uri, or not at all")
        return None
    checks.text("drift_baseline_uri", pattern, use)
    schedule = checks.plain("drift_schedule", _USUAL)
    if not re.fullmatch(SCHEDULE, schedule):
        checks.problem("drift_schedule", schedule, SCHEDULE_SHAPE)
        schedule = _USUAL
    features = checks.texts("drift_features", [])
    for feature in features:
        if not re.fullmatch(FEATURE, feature):
            checks.problem("drift_features", feature, "letters, digits, _ - and .")
    threshold = None
    if checks.given("drift_threshold"):
        threshold = checks.number("drift_threshold", 0.1, 1e-6, _MOST)
    return Drifting(
        cast("pulumi.Input[str]", args["drift_baseline_uri"]), threshold, schedule, features
    )


def read_profiled_drift(
    checks: Checks, args: Mapping[str, Any], *, pattern: str, use: str
) -> Drifting | None:
    """The same of our own runtime, which counts all requests, by the columns of a profile."""
    found = read_drift(checks, args, pattern=pattern, use=use)
    if found is not None and interval_hours(found.schedule) is None:
        use = "hourly, daily or `0 0/6 * * *`: what is looked back on has no hour of the day"
        checks.problem("drift_schedule", found.schedule, use)
    return found
