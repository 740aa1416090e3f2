"""Burn rates: the workbook's table, other windows, and when an alert fires."""

import json
import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from facts.burn_rate import BurnRate, burn_rates, duration, reachable
from tests.judges import rules
from tests.judges.report import FIGURES


def test_thirty_days_are_the_workbooks_table() -> None:
    """https://sre.google/workbook/alerting-on-slos/, table 5-8, and 1 day of 10 % beside it."""
    assert [
        (each.severity, each.budget_share, each.factor, each.long_minutes, each.short_minutes)
        for each in burn_rates(30)
    ] == [
        ("page", 0.02, 14.4, 60, 5),
        ("page", 0.05, 6.0, 360, 30),
        ("ticket", 0.10, 3.0, 1440, 120),
        ("ticket", 0.10, 1.0, 4320, 360),
    ]


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        (1, [("ticket", 48, 3.0), ("ticket", 144, 1.0)]),
        (7, [("page", 60, 3.36), ("page", 360, 1.4), ("ticket", 1008, 1.0)]),
        (
            90,
            [("page", 60, 43.2), ("page", 360, 18.0), ("ticket", 1440, 9.0), ("ticket", 4320, 3.0)],
        ),
    ],
)
def test_other_windows(days: int, expected: list[tuple[str, int, float]]) -> None:
    found = [(each.severity, each.long_minutes, each.factor) for each in burn_rates(days)]
    assert found == expected


@given(st.integers(1, 365))
def test_every_pair_spends_its_share_and_tells_something_new(days: int) -> None:
    rates = burn_rates(days)
    assert rates
    factors = [each.factor for each in rates]
    assert factors == sorted(factors, reverse=True)
    assert len(set(factors)) == len(factors)
    for each in rates:
        assert each.factor >= 1
        spent = each.factor * each.long_minutes / (days * 24 * 60)
        assert spent == pytest.approx(each.budget_share, rel=1e-3)
        assert 1 <= each.short_minutes < each.long_minutes


def test_what_cannot_fire_is_not_reachable() -> None:
    # 14.4 times 5 % are 72 % of all requests, 14.4 times 7 % more than all of them.
    assert [each.factor for each in reachable(burn_rates(30), 0.05)] == [14.4, 6.0, 3.0, 1.0]
    assert [each.factor for each in reachable(burn_rates(30), 0.07)] == [6.0, 3.0, 1.0]
    assert reachable(burn_rates(30), 1.0) == ()


@given(
    st.sampled_from(burn_rates(30) + burn_rates(7)),
    st.floats(0.0005, 0.05),
    st.floats(0.001, 1.0),
)
def test_it_fires_when_both_windows_are_over_the_threshold(
    rate: BurnRate, budget: float, bad: float
) -> None:
    # On the edge itself rounding decides.
    assume(abs(bad / rate.threshold(budget) - 1) > 0.01)
    expected = rate.seconds_to_fire(budget, bad)
    fired = _first_minute(rate, budget, bad)
    if expected is None:
        assert fired is None
    else:
        assert fired is not None
        assert fired - 1 <= math.ceil(expected / 60) <= fired + 1


def _first_minute(rate: BurnRate, budget: float, bad: float) -> int | None:
    """Minute by minute: what the windows hold after an outage of so many minutes."""
    for minute in range(1, rate.long_minutes + 2):
        shares = [
            bad * min(minute, window) / window for window in (rate.long_minutes, rate.short_minutes)
        ]
        if all(share > rate.threshold(budget) for share in shares):
            return minute
    return None


def test_sloth_makes_the_same_alerts() -> None:
    """As `make judges` found when it last ran; what changed since is told at the end of tests."""
    document = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert rules.failures(document["rules"]) == []


@pytest.mark.parametrize(
    ("minutes", "said"),
    [(30, "30 min"), (90, "90 min"), (60, "1 h"), (1440, "24 h"), (2880, "2 days"), (2940, "49 h")],
)
def test_how_people_write_how_long_it_is(minutes: int, said: str) -> None:
    assert duration(minutes) == said
