"""When policies of Cloud Monitoring tell, by its documentation: a judge, on made-up series.

A condition is looked at each minute, over an alignment period that slides with it, and is met once
it has held for its duration: https://cloud.google.com/monitoring/alerts/concepts-indepth
A burn rate is the share of bad requests of the lookback period over what the goal leaves:
https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/alerting-on-budget-burn-rate
What Google adds until data are seen, two to six minutes, is not in it.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Policies", "Series"]

Minutes = npt.NDArray[np.float64]
_PART = re.compile(r'(?P<key>[\w.]+) (?P<how>=|>=) (?P<quote>"?)(?P<value>[^"]*)(?P=quote)')
_SELECTOR = re.compile(r'select_slo_burn_rate\("(?P<slo>[^"]+)", "(?P<seconds>\d+)s"\)')


@dataclass
class Series:
    """One time series: what each minute has of each value.

    Of a counter the value is 1, of a gauge it is what the minute says, of a distribution there are
    several.
    """

    type: str
    resource: str
    labels: Mapping[str, str]
    points: list[tuple[float | Minutes, Minutes]] = field(
        default_factory=list[tuple[float | Minutes, Minutes]]
    )

    def __post_init__(self) -> None:
        self._sums = [np.concatenate(([0.0], np.cumsum(count))) for _, count in self.points]

    def matches(self, filter_: str) -> bool:
        """Whether a filter selects it; raises `ValueError` on one that this judge cannot read."""
        return all(self._has(part) for part in filter_.split(" AND "))

    def _has(self, part: str) -> bool:
        found = _PART.fullmatch(part)
        if found is None:
            raise ValueError(f"this judge does not read {part!r}")
        known = {"metric.type": self.type, "resource.type": self.resource, **self.labels}
        value = known.get(found["key"], "")
        if found["how"] == ">=":
            return bool(value) and int(value) >= int(found["value"])
        return value == found["value"]

    def count(self, until: int, minutes: int, most: float | None = None) -> float:
        """How many there were in the minutes before, of values up to `most`."""
        first, last = max(0, until - minutes), max(0, until)
        return sum(
            float(sums[last] - sums[first])
            for (value, _), sums in zip(self.points, self._sums, strict=True)
            if most is None or float(np.max(value)) <= most
        )

    def aligned(self, aligner: str, until: int, minutes: int) -> float | None:
        """One value for the minutes before; None where there is none."""
        first, last = max(0, until - minutes), max(0, until)
        total = self.count(until, minutes)
        if total <= 0:
            return None
        if aligner == "ALIGN_RATE":
            return total / (minutes * 60)
        if percentile := re.fullmatch(r"ALIGN_PERCENTILE_(\d+)", aligner):
            return self._percentile(int(percentile[1]) / 100 * total, until, minutes)
        values = np.concatenate(
            [
                np.broadcast_to(value, count.shape)[first:last][count[first:last] > 0]
                for value, count in self.points
            ]
        )
        return float({"ALIGN_MEAN": np.mean, "ALIGN_MAX": np.max}[aligner](values))

    def _percentile(self, wanted: float, until: int, minutes: int) -> float:
        values = sorted(float(np.max(value)) for value, _ in self.points)
        return next(each for each in values if self.count(until, minutes, each) >= wanted - 1e-9)


_REDUCERS = {"REDUCE_SUM": np.sum, "REDUCE_MEAN": np.mean, "REDUCE_MAX": np.max}


@dataclass
class Policies:
    """Alert policies and objectives, as a program registers them, on series."""

    inputs: Mapping[str, Mapping[str, Any]]
    series: Sequence[Series]

    def tells(self, name: str, until: int) -> bool:
        """Whether a policy has an incident at the end of a minute."""
        policy = self.inputs[name]
        met = [self.meets(each["conditionThreshold"], until) for each in policy["conditions"]]
        return {"AND": all, "OR": any}[policy["combiner"]](met)

    def meets(self, condition: Mapping[str, Any], until: int) -> bool:
        """Whether it has held long enough."""
        minutes = int(condition["duration"].removesuffix("s")) // 60
        held: set[str] | None = None
        for moment in range(until - minutes, until + 1):
            above = {
                group
                for group, value in self._values(condition, moment).items()
                if value > condition["thresholdValue"]
            }
            held = above if held is None else held & above
            if not held:
                return False
        return bool(held)

    def _values(self, condition: Mapping[str, Any], until: int) -> dict[str, float]:
        selector = _SELECTOR.fullmatch(condition["filter"])
        if selector is not None:
            rate = self.burn_rate(selector["slo"], until, int(selector["seconds"]) // 60)
            return {} if rate is None else {"": rate}
        values = self._reduced(condition["filter"], condition["aggregations"], until)
        if "denominatorFilter" not in condition:
            return values
        of = self._reduced(
            condition["denominatorFilter"], condition["denominatorAggregations"], until
        )
        return {group: value / of[group] for group, value in values.items() if of.get(group)}

    def _reduced(
        self, filter_: str, aggregations: Sequence[Mapping[str, Any]], until: int
    ) -> dict[str, float]:
        (how,) = aggregations
        minutes = int(how["alignmentPeriod"].removesuffix("s")) // 60
        groups: dict[str, list[float]] = {}
        for each in (each for each in self.series if each.matches(filter_)):
            value = each.aligned(how["perSeriesAligner"], until, minutes)
            group = "/".join(each.labels.get(key, "") for key in how.get("groupByFields") or ())
            if value is not None:
                groups.setdefault(group, []).append(value)
        reduce = _REDUCERS[how["crossSeriesReducer"]]
        return {group: float(reduce(values)) for group, values in groups.items()}

    def burn_rate(self, objective: str, until: int, minutes: int) -> float | None:
        """How many times too fast the budget goes; None without requests."""
        slo = self.inputs[objective]
        measures = slo["requestBasedSli"]
        if cut := measures.get("distributionCut"):
            found = [each for each in self.series if each.matches(cut["distributionFilter"])]
            total = sum(each.count(until, minutes) for each in found)
            good = sum(each.count(until, minutes, cut["range"]["max"]) for each in found)
            bad = total - good
        else:
            ratio = measures["goodTotalRatio"]
            bad, total = (
                sum(each.count(until, minutes) for each in self.series if each.matches(ratio[key]))
                for key in ("badServiceFilter", "totalServiceFilter")
            )
        return None if total <= 0 else bad / total / (1 - slo["goal"])
