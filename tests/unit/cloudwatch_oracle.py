"""When CloudWatch's alarms go off, by its documentation: a judge of alarms, on made-up requests.

Periods slide by a minute, those of alarms over more than a day by an hour:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
Missing data: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/
alarms-and-missing-data.html
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import CodeType
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["Alarms", "Metrics", "is_alarm", "math_value"]

Minutes = npt.NDArray[np.float64]
Key = tuple[str, str, frozenset[tuple[str, str]]]
_DAY_SECONDS: Final = 86_400


@dataclass
class Metrics:
    """By namespace, name and dimensions: values, and how many there were of each in each minute."""

    minutes: int
    values: dict[Key, list[tuple[float, Minutes]]] = field(
        default_factory=dict[Key, list[tuple[float, Minutes]]]
    )

    def add(
        self, namespace: str, name: str, dimensions: Mapping[str, str], value: float, count: Minutes
    ) -> None:
        """So many data points of a value in each minute, which may be parts of one."""
        key = (namespace, name, frozenset(dimensions.items()))
        sums = np.concatenate(([0.0], np.cumsum(count)))
        self.values.setdefault(key, []).append((value, sums))

    def statistic(self, metric: Mapping[str, Any], until: int, minutes: int) -> float | None:
        """A statistic of the minutes before `until`; None where there are no data points.

        Raises `ValueError` on one that is not known here: a judge does not guess.
        """
        key = (
            metric["namespace"],
            metric["metricName"],
            frozenset(metric.get("dimensions", {}).items()),
        )
        first, until = max(0, until - minutes), max(0, until)
        points = [
            (value, float(sums[until] - sums[first])) for value, sums in self.values.get(key, [])
        ]
        total = sum(count for _, count in points)
        if total <= 0:
            return None
        return _statistic(metric["stat"], points, total)


def _statistic(name: str, points: Sequence[tuple[float, float]], total: float) -> float:
    if name == "Sum":
        return sum(value * count for value, count in points)
    if name == "SampleCount":
        return total
    if name == "Average":
        return sum(value * count for value, count in points) / total
    if name == "Maximum":
        return max(value for value, count in points if count)
    if percentile := re.fullmatch(r"p(\d+(?:\.\d+)?)", name):
        return _percentile(float(percentile[1]), points, total)
    rank = re.fullmatch(r"PR\(:(\d+(?:\.\d+)?)\)", name)
    if rank is None:
        raise ValueError(f"this judge does not know how the statistic {name} is reckoned")
    # Its upper bound is inclusive.
    bound = float(rank[1])
    return 100 * sum(count for value, count in points if value <= bound) / total


def _percentile(percent: float, points: Sequence[tuple[float, float]], total: float) -> float:
    """The least value that so many of all are up to."""
    seen = 0.0
    for value, count in sorted(points):
        seen += count
        if seen >= total * percent / 100 - 1e-9:
            return value
    return max(value for value, _ in points)


def is_alarm(points: Sequence[float | bool | None], needed: int, of: int, missing: str) -> bool:
    """Whether data points of the evaluation range, oldest first, make an alarm.

    Missing ones are looked at only where there are fewer real ones than periods.
    """
    real = [point for point in points if point is not None]
    judged = real[-of:]
    breaching = sum(bool(each) for each in judged)
    if missing == "breaching":
        breaching += of - len(judged)
    return breaching >= needed


@dataclass
class Alarms:
    """Metric alarms and alarms of alarms, as a program registers them, on metrics."""

    inputs: Mapping[str, Mapping[str, Any]]
    metrics: Metrics

    def fires(self, name: str, until: int) -> bool:
        """Whether a metric alarm is in ALARM at the end of a minute."""
        alarm = self.inputs[name]
        queries: list[dict[str, Any]] = alarm["metricQueries"]
        period = round(next(each["metric"]["period"] for each in queries if "metric" in each) // 60)
        periods, needed = round(alarm["evaluationPeriods"]), round(alarm["datapointsToAlarm"])
        if periods * period * 60 > _DAY_SECONDS:
            until -= until % 60
        # More is read than is judged; how much more is not documented, but of three periods five.
        read = periods + 2
        filled = any(
            self.metrics.statistic(each["metric"], until, read * period) is not None
            for each in queries
            if "metric" in each
        )
        points: list[bool | None] = []
        for number in reversed(range(read)):
            value = self._value(queries, until - number * period, period) if filled else None
            points.append(None if value is None else value > alarm["threshold"])
        return is_alarm(points, needed, periods, alarm["treatMissingData"])

    def joined_fires(self, name: str, until: int) -> bool:
        """The same of an alarm of alarms."""
        rule: str = self.inputs[name]["alarmRule"]

        def state(match: re.Match[str]) -> str:
            return f'_in("{match[1]}")'

        text = re.sub(r'ALARM\("([^"]+)"\)', state, rule)
        text = text.replace(" AND ", " and ").replace(" OR ", " or ")

        def fires(each: str) -> bool:
            return self.fires(each, until)

        return bool(eval(_compiled(text), {"_in": fires}))  # noqa: S307 - ours

    def first(self, name: str, minutes: int) -> int | None:
        """The first minute at whose end an alarm of alarms is in ALARM."""
        return next((each for each in range(1, minutes) if self.joined_fires(name, each)), None)

    def _value(self, queries: list[dict[str, Any]], until: int, period: int) -> float | None:
        known = {
            each["id"]: self.metrics.statistic(each["metric"], until, period)
            for each in queries
            if "metric" in each
        }
        shown = next(each for each in queries if each["returnData"])
        if "metric" in shown:
            return known[shown["id"]]
        return math_value(shown["expression"], known)


def math_value(expression: str, known: Mapping[str, float | None]) -> float | None:
    """Metric math of one point in time; without a metric that it needs there is none.

    Args:
        expression: of `IF`, `FILL`, numbers and names.
        known: values by the metrics' names, None where there are no data points.
    """
    code = _compiled(expression)
    functions: dict[str, Callable[..., Any]] = {"IF": _if, "FILL": _fill}
    numbers = {key: None if value is None else np.float64(value) for key, value in known.items()}
    # What is divided by none is not what an IF takes then.
    with np.errstate(all="ignore"):
        try:
            return float(eval(code, {**functions, **numbers}))  # noqa: S307 - our own expressions
        except TypeError:
            return None


@cache
def _compiled(expression: str) -> CodeType:
    return compile(expression, "math", "eval")


def _if(condition: object, then: object, other: object) -> object:
    return then if condition else other


def _fill(value: float | None, instead: float) -> np.float64:
    return np.float64(instead if value is None else value)
