"""CloudWatch's alarms, and alarms of alarms: what it takes, and what holds an alarm.

Only what its pages say for certain:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.aws.kind import Kind
from sandbox.clouds.aws.references import elsewhere, exists, lookup
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import listed, mapped

__all__ = ["KINDS"]

METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
_LOCAL = "{region}:{account}:"
_HOUR, _DAY, _WEEK = 3600, 86_400, 604_800
_SECONDS = (10, 20, 30)
_MOST_METRICS = 10
_MOST_CHILDREN = 100
# A name, a sign or a word of an alarm's rule.
_TOKEN = re.compile(
    r"\s*(?:(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>\"[^\"]+\"|'[^']+'|[^()\s]+)\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))",
)


def _alarm_problems(call: Call) -> list[Problem]:
    """What an alarm looks back on, and what its queries say of each other."""
    queries = [mapped(each) for each in listed(call.inputs.get("metricQueries"))]
    periods = _number(call.inputs.get("evaluationPeriods"))
    found = _window_problems("period", _number(call.inputs.get("period")), periods)
    for number, query in enumerate(queries):
        period = _number(mapped(query.get("metric")).get("period"))
        found += _window_problems(f"metricQueries[{number}].metric.period", period, periods)
    wanted = _number(call.inputs.get("datapointsToAlarm"))
    if wanted is not None and periods is not None and wanted > periods:
        reason = f"ValidationError: {wanted:g} data points of {periods:g} evaluation periods"
        found.append(Problem("datapointsToAlarm", reason))
    # With a band of what is usual, the metric and the band are both there to be compared.
    watched = 2 if call.inputs.get("thresholdMetricId") else 1
    return found + _query_problems(queries, watched)


def _window_problems(path: str, period: float | None, periods: float | None) -> list[Problem]:
    if period is None:
        return []
    if period not in _SECONDS and period % 60:
        return [Problem(path, f"got {period:g}; use 10, 20, 30 or a multiple of 60")]
    longest = _DAY if period < _HOUR else _WEEK
    if periods is None or period * periods <= longest:
        return []
    reason = f"ValidationError: {period:g} s × {periods:g} periods; use at most {longest} s in all"
    return [Problem(path, reason)]


def _query_problems(queries: list[dict[str, Any]], wanted: int) -> list[Problem]:
    """Names are there once, one query is watched, and metrics are few and of one period."""
    reasons: list[str] = []
    ids = [str(query["id"]) for query in queries if isinstance(query.get("id"), str)]
    reasons += [f'the id "{each}" is there twice' for each in sorted(_twice(ids))]
    watched = [query.get("returnData", False) for query in queries]
    if queries and all(isinstance(each, bool) for each in watched) and sum(watched) != wanted:
        reasons.append(f"returnData is true in {sum(watched)} queries; use it in {wanted}")
    metrics = [mapped(query["metric"]) for query in queries if "metric" in query]
    if len(metrics) > _MOST_METRICS:
        reasons.append(f"an expression takes {_MOST_METRICS} metrics; there are {len(metrics)}")
    periods = {found for each in metrics if (found := _number(each.get("period"))) is not None}
    if len(periods) > 1:
        shown = ", ".join(f"{each:g}" for each in sorted(periods))
        reasons.append(f"all metrics of an alarm have one period; got {shown}")
    return [Problem("metricQueries", f"ValidationError: {reason}") for reason in reasons]


def _twice(names: list[str]) -> set[str]:
    return {each for each in names if names.count(each) > 1}


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value)


# ---- alarms of alarms ----


def _rule_problems(call: Call) -> list[Problem]:
    """Whether a rule can be read: functions, AND, OR, NOT and parentheses."""
    rule = call.inputs.get("alarmRule")
    if not isinstance(rule, str) or not rule:
        return []
    tokens = _tokens(rule)
    read = tokens[-1].end() if tokens else 0
    if rule[read:].strip():
        return [Problem("alarmRule", f"ValidationError: cannot be read after {rule[:read]!r}")]
    left = _expression([token["word"] or "ALARMS" for token in tokens])
    if left is None or left:
        return [Problem("alarmRule", "ValidationError: AlarmRule is not an expression of alarms")]
    children = len(set(_named(rule)))
    if children > _MOST_CHILDREN:
        reason = f"a rule takes {_MOST_CHILDREN} alarms at most, there are {children}"
        return [Problem("alarmRule", reason)]
    return []


def _tokens(rule: str) -> list[re.Match[str]]:
    """Words of a rule, each function as one, as far as it can be read."""
    found: list[re.Match[str]] = []
    while (token := _TOKEN.match(rule, found[-1].end() if found else 0)) is not None:
        found.append(token)
    return found


def _expression(words: list[str]) -> list[str] | None:
    """What is left behind an expression; None where there is none."""
    left = _term(words)
    while left and left[0] in {"AND", "OR"}:
        left = _term(left[1:])
    return left


def _term(words: list[str]) -> list[str] | None:
    if not words:
        return None
    first, *rest = words
    if first == "NOT":
        return _term(rest)
    if first == "(":
        left = _expression(rest)
        return left[1:] if left and left[0] == ")" else None
    return rest if first in {"ALARMS", "TRUE", "FALSE"} else None


def _named(rule: str) -> Iterator[str]:
    """Alarms of a rule, by name or ARN."""
    for match in _TOKEN.finditer(rule):
        if match["name"]:
            yield match["name"].strip("\"'")


def _composite_references(call: Call) -> list[Problem]:
    """PutCompositeAlarm refuses a rule of alarms that are not there."""
    found: list[Problem] = []
    for each in _named(str(call.inputs.get("alarmRule") or "")):
        if each.startswith("arn:") and elsewhere(call, each):
            continue
        name = each.rpartition(":alarm:")[2]
        if any(lookup(call, token, name) is not None for token in (METRIC, COMPOSITE)):
            continue
        missing = exists(call, "alarmRule", METRIC, name)
        found += [Problem("alarmRule", problem.reason) for problem in missing]
    return found


def _held_by_rules(call: Call, row: Row) -> list[Problem]:
    """DeleteAlarms refuses an alarm that the rule of another one names.

    As the service says it: https://github.com/ekristen/aws-nuke/issues/462
    """
    for other in call.store.list("aws", COMPOSITE, account=call.scope.account, region=call.region):
        names = {name.rpartition(":alarm:")[2] or name for name in _named(_rule_of(other))}
        if row.name in names and other.id != row.id:
            reason = (
                f"ValidationError: Cannot delete {row.name} as there are composite alarm(s) "
                f"depending on it ({other.name})."
            )
            return [Problem("", reason)]
    return []


def _rule_of(row: Row) -> str:
    return str(row.inputs.get("alarmRule") or "")


KINDS = {
    METRIC: Kind(
        arn="arn:aws:cloudwatch:" + _LOCAL + "alarm:{name}",
        overwrites=True,
        constraints=_alarm_problems,
        deletion=_held_by_rules,
    ),
    COMPOSITE: Kind(
        arn="arn:aws:cloudwatch:" + _LOCAL + "alarm:{name}",
        name="alarmName",
        overwrites=True,
        constraints=_rule_problems,
        references=_composite_references,
        deletion=_held_by_rules,
    ),
}
