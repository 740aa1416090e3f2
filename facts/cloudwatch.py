"""What CloudWatch's alarms can look back on, and what an alarm of several alarms can hold.

A standard alarm is evaluated each minute, over a window that slides with it; one that looks back on
more than a day once an hour, on data up to the full hour:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
"""

from dataclasses import dataclass
from typing import Final

from facts.limits import Limit

__all__ = [
    "ALARM_METRICS",
    "COMPOSITE_CHILDREN",
    "DAY_MINUTES",
    "LONG_PERIODS_SECONDS",
    "PERIOD_SECONDS",
    "RUNBOOK_URL_LENGTH",
    "SHORT_PERIODS_SECONDS",
    "AlarmWindow",
    "alarm_window",
]

_API: Final = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/"
_ALARM: Final = _API + "API_PutMetricAlarm.html"
_COMPOSITE: Final = _API + "API_PutCompositeAlarm.html"
_READ: Final = "2026-11-26"
_HOUR: Final = 3600
DAY_MINUTES: Final = 24 * 60

PERIOD_SECONDS: Final = Limit(
    "period of a metric's statistic",
    60,
    86_400,
    "seconds",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html",
    _READ,
)
SHORT_PERIODS_SECONDS: Final = Limit(
    "what an alarm with periods under an hour looks back on", 60, 86_400, "seconds", _ALARM, _READ
)
LONG_PERIODS_SECONDS: Final = Limit(
    "what an alarm with periods of an hour and more looks back on",
    3600,
    604_800,
    "seconds",
    _ALARM,
    _READ,
)
ALARM_METRICS: Final = Limit(
    "metrics of an alarm's expression",
    1,
    10,
    "metrics",
    "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/"
    "Create-alarm-on-metric-math-expression.html",
    _READ,
)
COMPOSITE_CHILDREN: Final = Limit(
    "alarms in the rule of a composite alarm", 1, 100, "alarms", _COMPOSITE, _READ
)
# Ours: a description, of 1024 characters at most, holds the link beside all else that it says.
RUNBOOK_URL_LENGTH: Final = Limit(
    "link to a runbook in a description", 1, 200, "characters", _ALARM, _READ
)


@dataclass(frozen=True, slots=True)
class AlarmWindow:
    """A window as an alarm has it: so many periods, in each of which it has to breach."""

    period_seconds: int
    periods: int


def alarm_window(minutes: int) -> AlarmWindow | None:
    """The window of an alarm that looks back on so many minutes; None where CloudWatch has none.

    Up to a day it is one period, whose statistic is that of all its requests. Longer ones are
    equal periods of a day at most, and each of them has to breach: then the whole window does too,
    while one that breaches as a whole may have a period that does not.
    """
    count = -(-minutes // DAY_MINUTES)
    if minutes < 1 or minutes % count:
        return None
    period = minutes * 60 // count
    limit = SHORT_PERIODS_SECONDS if period < _HOUR else LONG_PERIODS_SECONDS
    if not PERIOD_SECONDS.allows(period) or not limit.allows(period * count):
        return None
    return AlarmWindow(period, count)
