"""Arguments that the clouds' managed endpoints share: scheduled bounds, captured requests."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict, cast

import pulumi

from components.checks import Checks
from facts.schedules import wrong_schedule, wrong_time_zone

__all__ = ["STRATEGIES", "Capturing", "ScalingSchedule", "Window", "read_capture", "read_schedules"]

STRATEGIES: Final = ("canary", "ab", "shadow")
PAYLOAD: Final = ("request", "response")
_MOST_REPLICAS: Final = 1000


class ScalingSchedule(TypedDict):
    """Other bounds of the replicas from a moment on; at least one of them is given."""

    schedule: str
    """When they begin to hold, as cron writes it."""
    time_zone: NotRequired[str]
    """Time zone of the schedule. Default: Etc/UTC."""
    min_replicas: NotRequired[int]
    """Fewest replicas from then on. Default: as they are."""
    max_replicas: NotRequired[int]
    """Most replicas from then on. Default: as they are."""


@dataclass(frozen=True, slots=True)
class Window:
    """One schedule, checked."""

    schedule: str
    time_zone: str
    min_replicas: int | None
    max_replicas: int | None


@dataclass(frozen=True, slots=True)
class Capturing:
    """What is captured, checked."""

    percent: int
    uri: pulumi.Input[str]
    request: bool
    response: bool


def read_schedules(checks: Checks, *, least_min: int = 1) -> list[Window]:
    """`scaling_schedules`; `least_min` is 0 where the target can be scaled to zero."""
    found: list[Window] = []
    for number, each in enumerate(checks.dictionaries("scaling_schedules")):
        place = f"scaling_schedules[{number}]"
        inner = Checks("schedule", place, each, ScalingSchedule.__annotations__)
        window = _window(inner, each, least_min)
        if any((window.schedule, window.time_zone) == (o.schedule, o.time_zone) for o in found):
            inner.problem("schedule", window.schedule, "each time once")
        found.append(window)
        checks.take(place, inner)
    return found


def _window(checks: Checks, args: Mapping[str, object], least_min: int) -> Window:
    schedule, zone = checks.plain("schedule"), checks.plain("time_zone", "Etc/UTC")
    if schedule and (wrong := wrong_schedule(schedule)):
        checks.problem("schedule", schedule, wrong)
    if wrong := wrong_time_zone(zone):
        checks.problem("time_zone", zone, wrong)
    low = checks.whole("min_replicas", least_min, least_min, _MOST_REPLICAS)
    high = checks.whole("max_replicas", max(1, low), 1, _MOST_REPLICAS)
    if not checks.given("min_replicas") and not checks.given("max_replicas"):
        checks.problem("min_replicas", None, "min_replicas, max_replicas or both")
    elif checks.given("min_replicas") and checks.given("max_replicas") and high < low:
        checks.problem("max_replicas", high, f"at least min_replicas ({low})")
    return Window(
        schedule,
        zone,
        low if args.get("min_replicas") is not None else None,
        high if args.get("max_replicas") is not None else None,
    )


def read_capture(
    checks: Checks, args: Mapping[str, object], *, pattern: str, use: str
) -> Capturing | None:
    """`capture_percent`, `capture_uri` and `capture_payload`; None where nothing is captured."""
    percent = checks.whole("capture_percent", 0, 0, 100)
    payload = checks.texts("capture_payload", PAYLOAD)
    for wrong in [word for word in payload if word not in PAYLOAD]:
        checks.problem("capture_payload", wrong, " or ".join(PAYLOAD))
    checks.optional_text("capture_uri", pattern, use)
    if percent == 0:
        for key in ("capture_uri", "capture_payload"):
            if checks.given(key):
                checks.problem(key, args[key], "it with capture_percent, or not at all")
        return None
    if not checks.given("capture_uri"):
        checks.problem("capture_uri", None, use)
    if not payload:
        checks.problem("capture_payload", payload, " or ".join(PAYLOAD))
    return Capturing(
        percent,
        cast("pulumi.Input[str]", args.get("capture_uri", "")),
        "request" in payload,
        "response" in payload,
    )
