"""Schedules that Azure can keep: times of day, on some days of the week or on all.

Azure has no cron: its recurrences (of Logic Apps, of autoscale profiles) list hours, minutes and
days of the week, and fire at each combination, as the fields of cron do. Days of the month and
months they cannot say together with a time.
https://learn.microsoft.com/azure/connectors/connectors-native-recurrence
"""

from dataclasses import dataclass
from typing import Final

from facts.schedules import wrong_schedule

__all__ = ["DAYS", "SHAPE", "Recurrence", "recurrence"]

# From Sunday on, as cron counts them.
DAYS: Final = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
SHAPE: Final = "minutes, hours and days of the week, with `* *` between them, as in `30 2 * * 1-5`"
_MACROS: Final = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
}
_ANY: Final = ("*", "?")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Each minute at each hour, on each of the days; no days are all days."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[str, ...]


def recurrence(schedule: str) -> Recurrence | None:
    """A schedule that cron reads as Azure keeps it; None where Azure cannot say it."""
    text = _MACROS.get(schedule, schedule)
    if wrong_schedule(text) or text.startswith("@"):
        return None
    minute, hour, day, month, weekday = text.split()
    if day not in _ANY or month not in _ANY:
        return None
    days = () if weekday in _ANY else tuple(DAYS[at] for at in _values(weekday, 0, 6))
    return Recurrence(_values(minute, 0, 59), _values(hour, 0, 23), days)


def _values(field: str, low: int, high: int) -> tuple[int, ...]:
    """All numbers that a field of cron stands for."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        start = low if first in _ANY else _number(first)
        # `5/15` begins at 5 and has no end of its own.
        end = high if first in _ANY or (step and not dash) else _number(last or first)
        found.update(range(start, end + 1, int(step or 1)))
    return tuple(sorted(found))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    return next(at for at, day in enumerate(DAYS) if day[:3].lower() == text.lower())
