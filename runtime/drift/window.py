"""What an instance that nobody scrapes tells of drift: distances over its own latest rows.

The window slides by a tenth: counts go on from the start, and of ten earlier states the oldest is
subtracted. Whatever the traffic, eleven arrays of the profile's bins are kept, and no rows.
"""

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from runtime.drift.bins import Bins
from runtime.drift.distances import jensen_shannon, psi
from runtime.tensors import Array

__all__ = ["LEAST_ROWS", "Estimate", "Window", "estimate"]

# Fewer tell nothing. Without drift, the index of n rows in k bins is a chi-square of k - 1 degrees
# of freedom over n: of 1000 rows in 20 bins it is above 0.1 once in 10^12.
LEAST_ROWS: Final = 1000
_SECONDS: Final = 86_400.0
_STEPS: Final = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """Distances of each column, `feature` or `prediction` before its name, over so many rows."""

    rows: int
    psi: dict[str, float]
    jensen_shannon: dict[str, float]

    @property
    def farthest(self) -> str:
        """The column with the largest index."""
        return max(self.psi, key=lambda name: self.psi[name])


class Window:
    """The last 10,000 rows of one instance, or those of a day, and never less than a thousand."""

    def __init__(self, bins: Bins, clock: Callable[[], float] = time.monotonic) -> None:
        """`bins` go on counting elsewhere."""
        self.bins = bins
        self._clock = clock
        self._lock = threading.Lock()
        self._states: deque[tuple[float, int, Array]] = deque(maxlen=_STEPS)
        self._states.append((clock(), bins.rows, bins.counts()))

    def due(self) -> Estimate | None:
        """What is to be told now: once a tenth of the window's rows, else nothing."""
        rows = self.bins.rows
        # Most requests end here; two threads may not take the same step.
        if rows - self._states[-1][1] < LEAST_ROWS or not self._lock.acquire(blocking=False):
            return None
        try:
            now, counts = self._clock(), self.bins.counts()
            while len(self._states) > 1 and now - self._states[1][0] > _SECONDS:
                self._states.popleft()
            _, begin, before = self._states[0]
            self._states.append((now, rows, counts))
        finally:
            self._lock.release()
        return estimate(self.bins, rows - begin, counts - before)


def estimate(bins: Bins, rows: int, counts: Array) -> Estimate:
    """The distances of all columns, of counts by their bins."""
    found = Estimate(rows, {}, {})
    for column, begin, end in zip(bins.columns, bins.begins, bins.begins[1:], strict=False):
        name = f"{column.kind} {column.name}"
        own = counts[begin:end]
        found.psi[name] = round(psi(column.shares, own), 6)
        found.jensen_shannon[name] = round(jensen_shannon(column.shares, own), 6)
    return found
