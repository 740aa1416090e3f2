"""How much one replica may get so that it keeps its objective, by Little's law.

Requests in flight are requests per second times the seconds that each takes (L = λW, J. D. C.
Little, Operations Research 9(3), 1961). A replica that is measured to keep its latency with so many
requests in flight, and is filled to a share of that, gets λ = L / W. The objective's own bound as W
is the longest that a request may take within it: the mean is shorter, so that what follows is too
few requests for a replica and never too many. A measured mean is nearer.
"""

from dataclasses import dataclass
from typing import Final

__all__ = ["DEFAULT_UTILIZATION_PERCENT", "MINUTE_MS", "SECOND_MS", "Capacity"]

DEFAULT_UTILIZATION_PERCENT: Final = 70
MINUTE_MS: Final = 60_000
SECOND_MS: Final = 1000


@dataclass(frozen=True, slots=True)
class Capacity:
    """What one replica is good for."""

    concurrency: int
    """Requests in flight with which it keeps its latency."""
    latency_ms: float
    """Milliseconds that a request takes: the objective's bound, or a measured mean."""
    utilization_percent: int = DEFAULT_UTILIZATION_PERCENT
    """Share of the concurrency that is aimed for, in percent; the rest is for what comes while
    another replica starts."""

    @property
    def in_flight(self) -> float:
        """Requests in flight of a replica that are aimed for."""
        return self.concurrency * self.utilization_percent / 100

    @property
    def per_minute(self) -> float:
        """Requests of a replica and minute that are aimed for."""
        return self._per(MINUTE_MS)

    @property
    def per_second(self) -> float:
        """Requests of a replica and second that are aimed for."""
        return self._per(SECOND_MS)

    def says(self, unit_ms: int | None) -> str:
        """The arithmetic, for people; `unit_ms` is the time that requests are counted over.

        None for requests in flight, for which it does not matter how long one takes.
        """
        held = f"{self.concurrency} x {self.utilization_percent} %"
        if unit_ms is None:
            return f"{held} = {self.in_flight:g}"
        return f"{unit_ms} ms / {self.latency_ms:g} ms x {held} = {self._per(unit_ms):.4g}"

    def _per(self, unit_ms: int) -> float:
        return self.in_flight * unit_ms / self.latency_ms
