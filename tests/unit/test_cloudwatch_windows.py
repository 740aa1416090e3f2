"""Windows of burn rates as CloudWatch's alarms have them: both sides of each limit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.burn_rate import burn_rates
from facts.cloudwatch import (
    LONG_PERIODS_SECONDS,
    PERIOD_SECONDS,
    SHORT_PERIODS_SECONDS,
    AlarmWindow,
    alarm_window,
)

_HOUR, _DAY, _WEEK = 60, 1440, 7 * 1440


@pytest.mark.parametrize(
    ("minutes", "window"),
    [
        (0, None),
        (1, AlarmWindow(60, 1)),
        (_HOUR - 1, AlarmWindow(3540, 1)),
        (_HOUR, AlarmWindow(3600, 1)),
        (_DAY, AlarmWindow(86_400, 1)),
        # Of two periods, which are whole minutes both.
        (_DAY + 1, None),
        (_DAY + 2, AlarmWindow(43_260, 2)),
        (2 * _DAY, AlarmWindow(86_400, 2)),
        (3 * _DAY, AlarmWindow(86_400, 3)),
        (_WEEK, AlarmWindow(86_400, 7)),
        (_WEEK + 8, None),
    ],
)
def test_both_sides_of_each_limit(minutes: int, window: AlarmWindow | None) -> None:
    assert alarm_window(minutes) == window


@given(st.integers(1, 20_000))
def test_no_window_is_beyond_what_cloudwatch_takes(minutes: int) -> None:
    window = alarm_window(minutes)
    if window is None:
        return
    assert window.period_seconds * window.periods == minutes * 60
    assert window.period_seconds % 60 == 0
    assert PERIOD_SECONDS.allows(window.period_seconds)
    limit = SHORT_PERIODS_SECONDS if window.period_seconds < 3600 else LONG_PERIODS_SECONDS
    assert limit.allows(window.period_seconds * window.periods)


@pytest.mark.parametrize("days", range(1, 366))
def test_every_window_of_an_slo_can_be_had(days: int) -> None:
    for rate in burn_rates(days):
        assert alarm_window(rate.long_minutes) is not None, rate
        short = alarm_window(rate.short_minutes)
        assert short is not None
        # Only the long one is ever made of several periods.
        assert short.periods == 1
