"""What EventBridge says of schedules: `rate(…)`, `cron(…)`, and the Scheduler's `at(…)`.

Only what is certain: the forms, the six fields of `cron`, and that one of the days is not `*`.
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html
"""

import re

from sandbox.check import Problem
from sandbox.clouds.base import Call

__all__ = ["of_rule", "of_scheduler"]

_PATH = "scheduleExpression"
_FIELDS = "minutes hours day-of-month month day-of-week year"
_RATE = re.compile(r"rate\(\s*(\d+)\s+(minute|hour|day)(s?)\s*\)")
_CRON = re.compile(r"cron\((.*)\)")
_AT = re.compile(r"at\(\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?\)")


def of_rule(call: Call) -> list[Problem]:
    """Of a rule of EventBridge, which knows no `at` and asks for the right number of the unit."""
    value = call.inputs.get(_PATH)
    if not isinstance(value, str) or not value:
        return []
    match = _RATE.fullmatch(value)
    if match is None:
        return _problems(value, _cron(value, "rate(5 minutes) or cron(0 12 * * ? *)"))
    count, unit, plural = match.groups()
    wanted = f"rate({int(count)} {unit}{'' if int(count) == 1 else 's'})"
    wrong = bool(plural) == (int(count) == 1)
    return _problems(value, f"use {wanted}" if wrong else _positive(count))


def of_scheduler(call: Call) -> list[Problem]:
    """Of a schedule of the EventBridge Scheduler."""
    value = call.inputs.get(_PATH)
    if not isinstance(value, str) or not value or _AT.fullmatch(value):
        return []
    match = _RATE.fullmatch(value)
    if match is not None:
        return _problems(value, _positive(match[1]))
    forms = "rate(5 minutes), cron(0 12 * * ? *) or at(2030-01-01T12:00:00)"
    return _problems(value, _cron(value, forms))


def _positive(count: str) -> str:
    return "" if int(count) > 0 else "the rate is 1 or more"


def _cron(value: str, forms: str) -> str:
    match = _CRON.fullmatch(value)
    if match is None:
        return f"use {forms}"
    fields = match[1].split()
    if len(fields) != len(_FIELDS.split()):
        return f"cron has six fields, {_FIELDS}; these are {len(fields)}"
    if fields[2] == fields[4] == "*":
        return "day-of-month and day-of-week cannot both be *: use ? for one of them"
    return ""


def _problems(value: str, reason: str) -> list[Problem]:
    return [Problem(_PATH, f'got "{value}"; {reason}')] if reason else []
