"""When drift is looked at, in the forms that all platforms have.

SageMaker begins monitoring at full hours, once an hour, once a day or every so many hours from one
on, and has no other cron:
https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-schedule-expression.html
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

__all__ = [
    "FEATURE",
    "SCHEDULE",
    "SCHEDULE_SHAPE",
    "DriftTimes",
    "drift_times",
    "interval_hours",
]

_HOUR: Final = "(?:[01]?[0-9]|2[0-3])"
_EVERY: Final = "(?:[1-9]|1[0-9]|2[0-4])"
SCHEDULE: Final = (
    rf"hourly|daily|0 \* \* \* \*|0 {_HOUR} \* \* \*|0 (?:\*|{_HOUR})/{_EVERY} \* \* \*"
)
SCHEDULE_SHAPE: Final = "hourly, daily, or full hours as in `0 3 * * *` and `0 3/6 * * *`"
# What a metric's name may have at CloudWatch and a column's at BigQuery, and no quotes anywhere.
FEATURE: Final = r"[A-Za-z_][A-Za-z0-9_.-]{0,127}"
_DAY: Final = 24
_CRON: Final = re.compile(r"0 (?P<first>\*|\d+)(?:/(?P<every>\d+))? \* \* \*")


@dataclass(frozen=True, slots=True)
class DriftTimes:
    """From an hour of the day (UTC) on, every so many hours until the day ends."""

    first: int
    every: int

    @property
    def hours(self) -> tuple[int, ...]:
        """The hours of a day at which it is looked at."""
        return tuple(range(self.first, _DAY, self.every))

    @property
    def longest_wait(self) -> int:
        """Hours from one look to the next, the longest of a day."""
        hours = self.hours
        return max(after - before for before, after in pairwise((*hours, hours[0] + _DAY)))


def drift_times(schedule: str) -> DriftTimes:
    """A schedule that `SCHEDULE` matches.

    Raises:
        ValueError: It does not.
    """
    if schedule in {"hourly", "daily"}:
        return DriftTimes(0, 1 if schedule == "hourly" else _DAY)
    found = _CRON.fullmatch(schedule)
    if found is None or not re.fullmatch(SCHEDULE, schedule):
        msg = f"got {schedule!r}; use {SCHEDULE_SHAPE}"
        raise ValueError(msg)
    first, every = found["first"], found["every"]
    if first == "*":
        return DriftTimes(0, int(every or 1))
    return DriftTimes(int(first), int(every or _DAY))


def interval_hours(schedule: str) -> int | None:
    """Hours from one look to the next, where these alone are meant; None with an hour of the day.

    The schedule is one that `SCHEDULE` matches.
    """
    times = drift_times(schedule)
    return times.every if times.first == 0 and _DAY % times.every == 0 else None
