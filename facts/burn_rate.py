"""When an error budget is spent too fast: windows and factors of multi-window burn-rate alerts.

An SLO over a window of W leaves a budget: the share of requests that may be bad. At a burn rate of
1 the budget lasts exactly W. An alert fires when a share of the budget goes within a long window,
hence at the burn rate share x W / long window, and goes out soon after the burning ends, because a
twelfth of that window has to burn as well. Shares and windows are those of
https://sre.google/workbook/alerting-on-slos/ ("Multiwindow, Multi-Burn-Rate Alerts"), for 30 days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["BurnRate", "Severity", "burn_rates", "duration", "out_of_reach", "reachable"]

Severity = Literal["page", "ticket"]
_DAY: Final = 24 * 60
# Severity, share of the budget, and the longest window in minutes that may be waited for it.
_STEPS: Final[tuple[tuple[Severity, float, int], ...]] = (
    ("page", 0.02, 60),
    ("page", 0.05, 6 * 60),
    ("ticket", 0.10, _DAY),
    ("ticket", 0.10, 3 * _DAY),
)
# The long window is this many times the short one.
_SHORT: Final = 12


@dataclass(frozen=True, slots=True)
class BurnRate:
    """One pair of windows, in minutes, and how many times too fast the budget goes in both."""

    severity: Severity
    budget_share: float
    """Share of the whole budget that is spent within the long window at this rate, 0 to 1."""
    factor: float
    long_minutes: int
    short_minutes: int

    @property
    def spent(self) -> str:
        """For people: 2 % in 1 h (14.4 x)."""
        share = f"{round(self.budget_share * 100, 1):g} %"
        return f"{share} in {duration(self.long_minutes)} ({self.factor:g} x)"

    def threshold(self, budget: float) -> float:
        """Share of bad requests, above which it fires; `budget` is the share that may be bad."""
        return self.factor * budget

    def seconds_to_fire(self, budget: float, bad_share: float) -> float | None:
        """Seconds from the beginning of an outage until it fires; None where that is never.

        Both windows are then above the threshold, at this share of bad requests, after steady
        traffic without any.
        """
        if bad_share <= self.threshold(budget):
            return None
        return self.long_minutes * 60 * self.threshold(budget) / bad_share


def duration(minutes: int) -> str:
    """As people write it: 30 min, 24 h, 3 days."""
    if minutes > _DAY and minutes % _DAY == 0:
        return f"{minutes // _DAY} days"
    if minutes % 60 == 0:
        return f"{minutes // 60} h"
    return f"{minutes} min"


def burn_rates(window_days: int, longest_minutes: int | None = None) -> tuple[BurnRate, ...]:
    """The pairs for an SLO's window, those that fire first in front.

    A window under 30 days shortens those of tickets in proportion. Left out is what would fire
    while the budget lasts (a factor below 1), and what a pair before it tells already, and sooner.

    Where a vendor looks back on `longest_minutes` at most, a pair with a longer window has that
    one, in which the same share of the budget goes: its rate is higher.
    """
    found: list[BurnRate] = []
    for each in _pairs(window_days * _DAY, longest_minutes):
        told = any(one.factor <= each.factor for one in found)
        if each.factor >= 1 and not told:
            found.append(each)
    # What is cut tells all that a shorter window with the same share tells, and at the same time.
    cut = {_spent(each) for each in found if each.long_minutes == longest_minutes}
    return tuple(
        each for each in found if each.long_minutes == longest_minutes or _spent(each) not in cut
    )


def _spent(rate: BurnRate) -> tuple[Severity, float]:
    return rate.severity, rate.budget_share


def _pairs(window: int, longest: int | None) -> Iterator[BurnRate]:
    for severity, share, usual in _STEPS:
        # Tickets have time: as much of the window as they have of 30 days.
        long = usual if severity == "page" else min(usual, window * usual // (30 * _DAY))
        long = long if longest is None else min(long, longest)
        short = max(1, long // _SHORT)
        yield BurnRate(severity, share, round(share * window / long, 4), long, short)


def reachable(rates: tuple[BurnRate, ...], budget: float) -> tuple[BurnRate, ...]:
    """Those that can fire at all: no more than all requests can be bad."""
    return tuple(each for each in rates if each.threshold(budget) < 1)


def out_of_reach(
    window_days: int, budget: float, longest_minutes: int | None = None
) -> float | None:
    """The slowest rate that is told, where even that is more than all requests; else None."""
    rates = burn_rates(window_days, longest_minutes)
    return None if reachable(rates, budget) else min(each.factor for each in rates)
