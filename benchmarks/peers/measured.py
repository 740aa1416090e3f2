"""The arithmetic over what was timed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median

from benchmarks.timed import Run

__all__ = ["Figure", "exponent", "growth"]


@dataclass(slots=True)
class Figure:
    """All runs of one contender over one set of so many models."""

    work: str
    contender: str
    models: int
    runs: list[Run] = field(default_factory=list[Run])

    @property
    def cpu(self) -> float:
        """The least, which other work on the machine adds least to."""
        return min(run.cpu for run in self.runs)

    @property
    def cpu_median(self) -> float:
        """The middle one."""
        return median(run.cpu for run in self.runs)

    @property
    def wall(self) -> float:
        """The least."""
        return min(run.wall for run in self.runs)

    @property
    def mib(self) -> float:
        """The most."""
        return max(run.mib for run in self.runs)


def exponent(points: Mapping[int, float]) -> float | None:
    """The slope of a straight line through the points by least squares, both axes logarithmic.

    1 is linear; None for fewer than two points that have a logarithm.
    """
    logs = [(math.log(size), math.log(value)) for size, value in points.items() if value > 0]
    if len({x for x, _ in logs}) < 2:  # noqa: PLR2004 - a line takes two points
        return None
    mean_x = sum(x for x, _ in logs) / len(logs)
    mean_y = sum(y for _, y in logs) / len(logs)
    over = sum((x - mean_x) * (y - mean_y) for x, y in logs)
    return over / sum((x - mean_x) ** 2 for x, _ in logs)


def growth(points: Mapping[int, float]) -> float | None:
    """The exponent of what comes with models: the smallest size is taken off as the start.

    A start of some seconds would hide a square that is small at a hundred.
    """
    if len(points) < 3:  # noqa: PLR2004 - one is the start
        return None
    least = min(points)
    return exponent({n - least: value - points[least] for n, value in points.items() if n > least})
