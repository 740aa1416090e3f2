"""Rules of Jobs and CronJobs.

Source: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ and
pkg/apis/batch/validation/validation.go of the API server, 1.34: validateJobSpec,
validatePodReplacementPolicy, validateCronJobSpec, validateScheduleFormat, validateTimeZone.
"""

import re
import zoneinfo
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.rules import pods, words
from sandbox.values import mapped
from sandbox.wire import UNKNOWN

__all__ = ["cron_job", "job"]

Object = dict[str, Any]
_ONCE = ("OnFailure", "Never")
_MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
# Minute, hour, day of the month, month, day of the week, as the cron library of the controller.
_CRON: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    (
        *("month", 1, 12),
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    ),
    ("day of the week", 0, 6, ("sun", "mon", "tue", "wed", "thu", "fri", "sat")),
)


def job(value: Object) -> Iterator[Problem]:
    """A Job."""
    yield from _job(mapped(value.get("spec")), "spec")


def _job(spec: Object, at: str) -> Iterator[Problem]:
    for name in ("parallelism", "completions", "backoffLimit", "ttlSecondsAfterFinished"):
        yield from words.at_least(spec.get(name), 0, f"{at}.{name}")
    yield from words.at_least(spec.get("activeDeadlineSeconds"), 0, f"{at}.activeDeadlineSeconds")
    failing = spec.get("podFailurePolicy")
    replaced = ("Failed",) if failing is not None else ("Failed", "TerminatingOrFailed")
    yield from words.among(spec.get("podReplacementPolicy"), replaced, f"{at}.podReplacementPolicy")
    yield from _indexed(spec, at)
    mode = spec.get("completionMode")
    yield from words.among(mode, ("Indexed", "NonIndexed"), f"{at}.completionMode")
    if mode == "Indexed" and spec.get("completions") is None:
        yield Problem(f"{at}.completions", "missing; it is needed where completionMode is Indexed")
    chosen = spec.get("selector") not in (None, UNKNOWN)
    if chosen and spec.get("manualSelector") in {None, False}:
        yield Problem(f"{at}.selector", "the server makes it; leave it out, or set manualSelector")
    given = mapped(spec.get("template")).get("spec")
    if not words.is_object(given):
        return
    inner = mapped(given)
    yield from pods.problems(inner, f"{at}.template.spec", restart=_ONCE)
    if failing is not None and inner.get("restartPolicy") == "OnFailure":
        yield Problem(
            f"{at}.template.spec.restartPolicy", "use Never where podFailurePolicy is given"
        )


def _indexed(spec: Object, at: str) -> Iterator[Problem]:
    """What only jobs of numbered pods have."""
    for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
        yield from words.at_least(spec.get(name), 0, f"{at}.{name}")
    if spec.get("completionMode") in {None, "NonIndexed"}:
        for name in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
            if spec.get(name) is not None and spec[name] is not UNKNOWN:
                yield Problem(f"{at}.{name}", "needs completionMode Indexed")
    elif spec.get("maxFailedIndexes") is not None and spec.get("backoffLimitPerIndex") is None:
        yield Problem(f"{at}.backoffLimitPerIndex", "missing; it is needed with maxFailedIndexes")
    most: Any = spec.get("maxFailedIndexes")
    count: Any = spec.get("completions")
    if words.number(most) and words.number(count) and most > count:
        yield Problem(f"{at}.maxFailedIndexes", f"got {most}; use at most completions {count}")


def cron_job(value: Object) -> Iterator[Problem]:
    """A CronJob."""
    spec = mapped(value.get("spec"))
    yield from _schedule(spec.get("schedule"))
    policies = ("Allow", "Forbid", "Replace")
    yield from words.among(spec.get("concurrencyPolicy"), policies, "spec.concurrencyPolicy")
    for name in (
        *("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"),
    ):
        yield from words.at_least(spec.get(name), 0, f"spec.{name}")
    zone = spec.get("timeZone")
    if isinstance(zone, str) and (not zone or zone.lower() == "local" or not _is_zone(zone)):
        yield Problem("spec.timeZone", f"got {shown(zone)}; use a zone such as Europe/Berlin")
    template = mapped(mapped(spec.get("jobTemplate")).get("spec"))
    yield from _job(template, "spec.jobTemplate.spec")


def _is_zone(name: str) -> bool:
    if not zoneinfo.TZPATH or not zoneinfo.available_timezones():
        return True  # This machine has no list to look into.
    try:
        zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _schedule(text: Any) -> Iterator[Problem]:  # noqa: ANN401
    if not isinstance(text, str):
        return
    at = "spec.schedule"
    if "TZ" in text:
        yield Problem(at, "a time zone goes into spec.timeZone")
    elif text.startswith("@"):
        if text not in _MACROS and not re.fullmatch(r"@every [0-9.hmsuµn]+", text):
            yield Problem(at, f"got {shown(text)}; use five fields, or one of {', '.join(_MACROS)}")
    else:
        yield from _fields(text, at)


def _fields(text: str, at: str) -> Iterator[Problem]:
    fields = text.split()
    if len(fields) != len(_CRON):
        yield Problem(
            at,
            f"got {shown(text)}; use minute, hour, day of the month, month and day of the"
            ' week, as "0 3 * * 1"',
        )
        return
    for field, (name, low, high, names) in zip(fields, _CRON, strict=True):
        if not _is_field(field, low, high, names):
            known = f" or a name as {names[0]}" if names else ""
            text = f'{name} is {shown(field)}; use "*", numbers from {low} to {high}{known}'
            yield Problem(at, f"{text}, ranges, lists and steps of them")


def _is_field(field: str, low: int, high: int, names: tuple[str, ...]) -> bool:
    """Whether a part of a schedule is a list of numbers, ranges and steps."""
    for part in field.split(","):
        values, _, step = part.partition("/")
        if "/" in part and not (step.isdecimal() and int(step) > 0):
            return False
        if values in {"*", "?"}:
            continue
        ends = [_number(end, low, names) for end in values.split("-")]
        if len(ends) > 2 or ends != sorted(ends) or ends[0] < low or ends[-1] > high:  # noqa: PLR2004 - a range
            return False
    return True


def _number(text: str, low: int, names: tuple[str, ...]) -> int:
    """The number of a part of a schedule; -1 for none."""
    if text.lower() in names:
        return names.index(text.lower()) + low
    return int(text) if text.isdecimal() else -1
