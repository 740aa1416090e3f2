"""Schedules of batch runs, as Kubernetes' CronJob reads them.

The rules are those of github.com/robfig/cron/v3 `ParseStandard`, which the API server uses:
five fields, `@daily` and its likes, `@every` with a duration; no time zone within the text.
https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#schedule-syntax
"""

import re
import zoneinfo
from typing import Final

__all__ = ["SCHEDULE_KEYS", "wrong_schedule", "wrong_time_zone"]

# Settings of a batch run that say nothing where no schedule is.
SCHEDULE_KEYS: Final = ("time_zone", "overlap", "late_seconds", "suspended", "kept_runs")
_MACROS: Final = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_EVERY: Final = re.compile(r"@every ([0-9]+(\.[0-9]+)?(h|m|s|ms|us|ns))+")
_ZONE: Final = re.compile(r"[A-Za-z_+-]{1,14}(/[A-Za-z0-9_+-]{1,30}){0,2}")
_MONTHS: Final = (
    *("jan", "feb", "mar", "apr", "may", "jun"),
    *("jul", "aug", "sep", "oct", "nov", "dec"),
)
_DAYS: Final = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_FIELDS: Final[tuple[tuple[str, int, int, tuple[str, ...]], ...]] = (
    ("a minute", 0, 59, ()),
    ("an hour", 0, 23, ()),
    ("a day of the month", 1, 31, ()),
    ("a month", 1, 12, _MONTHS),
    ("a day of the week", 0, 6, _DAYS),
)


def wrong_schedule(text: str) -> str:
    """What a schedule should be where it cannot be read; empty for a right one."""
    if text.startswith("@"):
        if text in _MACROS or _EVERY.fullmatch(text):
            return ""
        return f"one of {', '.join(_MACROS)}, `@every 6h`, or five fields"
    if "TZ" in text:
        return "five fields; the zone goes into time_zone"
    fields = text.split()
    if len(fields) != len(_FIELDS):
        return "five fields: minute, hour, day of the month, month, day of the week"
    for field, (name, low, high, words) in zip(fields, _FIELDS, strict=True):
        if not all(_fits(part, low, high, words) for part in field.split(",")):
            return f"{name} from {low} to {high}, where it has {field!r}"
    return ""


def _fits(part: str, low: int, high: int, words: tuple[str, ...]) -> bool:
    """One part between commas: `*`, a value or a range, with or without a step."""
    span, slash, step = part.partition("/")
    if slash and not (re.fullmatch(r"[0-9]{1,4}", step) and int(step) > 0):
        return False
    if span in {"*", "?"}:
        return True
    ends = [_number(end, low, words) for end in span.split("-")]
    known = [end for end in ends if end is not None and low <= end <= high]
    return len(known) == len(ends) <= 2 and known == sorted(known)  # noqa: PLR2004 - two ends


def _number(text: str, low: int, words: tuple[str, ...]) -> int | None:
    if text.lower() in words:
        return words.index(text.lower()) + low
    return int(text) if re.fullmatch(r"[0-9]{1,4}", text) else None


def wrong_time_zone(text: str) -> str:
    """What a time zone should be where it is none; empty for a right one.

    https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/#time-zones
    """
    # A machine without the database knows no name; then the shape alone is looked at.
    known = zoneinfo.available_timezones()
    right = text in known if known else _ZONE.fullmatch(text)
    # "Local" would be the zone of whatever machine the controller runs on.
    if text.lower() == "local" or not right:
        return "a name of the time zone database, such as Europe/Berlin"
    return ""
