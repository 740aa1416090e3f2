"""Schedules as cron writes them, in the words of Application Auto Scaling and EventBridge.

AWS counts days of the week from 1 (Sunday), has a sixth field for the year, and takes `?` for the
day that is not said: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html.
"""

import re
from typing import Final

from facts.schedules import wrong_schedule

__all__ = ["ADVICE", "aws_schedule"]

ADVICE: Final = (
    "days of the month or days of the week, not both: AWS takes one of them; or `@every` with "
    "whole minutes"
)
_MACROS: Final = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY: Final = re.compile(r"@every ((?:[0-9]+[hms])+)")
_SECONDS: Final = {"h": 3600, "m": 60, "s": 1}
_UNITS: Final = (("hour", 3600), ("minute", 60))
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_ENDS: Final = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 6))
_DAY_OF_WEEK: Final = 4
_ANY: Final = ("*", "?")


def aws_schedule(text: str) -> str:
    """`cron(…)` or `rate(…)` of a schedule; empty where AWS cannot have it, see `ADVICE`.

    The schedule has to be one that `wrong_schedule` finds right.
    """
    if every := _EVERY.fullmatch(text):
        return _rate(every[1])
    text = _MACROS.get(text, text)
    if text.startswith("@") or wrong_schedule(text):
        return ""
    fields = text.split()
    minute, hour, day, month, weekday = (
        ",".join(_part(part, place) for part in field.split(","))
        for place, field in enumerate(fields)
    )
    if fields[2] in _ANY:
        day = "?" if fields[_DAY_OF_WEEK] not in _ANY else "*"
    elif fields[_DAY_OF_WEEK] not in _ANY:
        return ""
    if fields[_DAY_OF_WEEK] in _ANY:
        weekday = "?"
    return f"cron({minute} {hour} {day} {month} {weekday} *)"


def _rate(duration: str) -> str:
    """So many hours, or minutes: AWS has no seconds, and one unit alone."""
    parts = re.findall(r"([0-9]+)([hms])", duration)
    seconds = sum(int(count) * _SECONDS[unit] for count, unit in parts)
    for unit, each in _UNITS:
        count, rest = divmod(seconds, each)
        if count and not rest:
            return f"rate({count} {unit}{'' if count == 1 else 's'})"
    return ""


def _part(part: str, place: int) -> str:
    """One part between commas; steps become lists, which every reader takes in one way."""
    span, slash, step = part.partition("/")
    if not slash:
        return _span(span, place)
    low, high = _ENDS[place]
    if span not in _ANY:
        ends = [_number(end, place) for end in span.split("-")]
        low, high = ends[0], ends[1] if len(ends) > 1 else high
    found = range(low, high + 1, int(step))
    return ",".join(_DAYS[each] if place == _DAY_OF_WEEK else str(each) for each in found)


def _span(span: str, place: int) -> str:
    if span in _ANY:
        return "*"
    if place != _DAY_OF_WEEK:
        return span.upper()
    return "-".join(_DAYS[_number(end, place)] for end in span.split("-"))


def _number(text: str, place: int) -> int:
    word = text.upper()
    if place == _DAY_OF_WEEK and word in _DAYS:
        return _DAYS.index(word)
    return _MONTHS.index(word) + 1 if word in _MONTHS else int(text)
