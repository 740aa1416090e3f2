"""What watches a model on Google Cloud: when its policies on budgets tell."""

import math
import re

import numpy as np
import pytest

from components.gcp.monitoring.asked import LONGEST_MINUTES
from facts.burn_rate import BurnRate, burn_rates
from tests.unit.cloud_monitoring_oracle import Policies
from tests.unit.gcp_monitored import KINDS, monitored, requests, watched_series

_BUDGETS = {"errors": 0.01, "latency": 0.05}
_WORDS = {"page": "burns-fast", "ticket": "burns"}
_RATES = burn_rates(30, LONGEST_MINUTES)


def _name(word: str, rate: BurnRate) -> str:
    return f"fraud-{word}-{_WORDS[rate.severity]}-{rate.long_minutes}m"


def test_a_day_is_all_that_is_looked_back_on() -> None:
    """Three days are not: the same tenth of the budget goes in one, at three times the rate."""
    found = [(each.severity, each.long_minutes, each.factor) for each in _RATES]
    assert found == [("page", 60, 14.4), ("page", 360, 6.0), ("ticket", 1440, 3.0)]
    # Up to ten days nothing is cut.
    assert all(burn_rates(days, LONGEST_MINUTES) == burn_rates(days) for days in range(1, 11))
    assert burn_rates(11, LONGEST_MINUTES) != burn_rates(11)
    assert [each.factor for each in burn_rates(14, LONGEST_MINUTES)] == [6.72, 2.8, 1.4]
    # 3 in 22 hours and 2.8 in a day are told at the same time: one of them is enough.
    assert [each.factor for each in burn_rates(28, LONGEST_MINUTES)] == [13.44, 5.6, 2.8]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_both_sides_of_every_threshold(kind: str) -> None:
    """With as many bad requests as may be, nothing is told; with a few more, each of them."""
    inputs = monitored(kind)
    policies = {name for name in inputs if re.search(r"-burns(-fast)?-\d+m$", name)}
    assert policies == {_name(word, rate) for word in _BUDGETS for rate in _RATES}
    for word, budget in _BUDGETS.items():
        for rate in _RATES:
            share, until = rate.threshold(budget), 1440
            quiet = Policies(inputs, requests(kind, until, share * (1 - 1e-6)))
            loud = Policies(inputs, requests(kind, until, share * (1 + 1e-6)))
            assert not quiet.tells(_name(word, rate), until)
            assert loud.tells(_name(word, rate), until)


@pytest.mark.parametrize("word", sorted(_BUDGETS))
@pytest.mark.parametrize("rate", _RATES, ids=lambda rate: f"{rate.factor:g}")
@pytest.mark.parametrize("kind", ["cloud_run_candidate", "vertex", "vertex_peered"])
def test_an_outage_is_told_when_the_arithmetic_says(kind: str, rate: BurnRate, word: str) -> None:
    budget = _BUDGETS[word]
    share = 1.05 * rate.threshold(budget)
    before = rate.long_minutes
    policies = Policies(
        monitored(kind), requests(kind, before + rate.long_minutes + 2, share, before=before)
    )
    expected = rate.seconds_to_fire(budget, share)
    assert expected is not None
    last = before + math.ceil(expected / 60) - 1
    quiet = {*range(before, last, max(1, rate.long_minutes // 20)), last}
    assert not [each for each in quiet if policies.tells(_name(word, rate), each)]
    assert policies.tells(_name(word, rate), last + 2)


def test_what_is_over_goes_out_with_the_short_window() -> None:
    """Ten bad minutes: the hour still burns half an hour later, and nobody is told any more."""
    bad = np.where((np.arange(200) >= 100) & (np.arange(200) < 110), 100.0, 0.0)
    series = [
        watched_series("cloud_run", "request_count", [(1.0, count)], response_code_class=code)
        for code, count in (("5xx", bad), ("2xx", 100.0 - bad))
    ]
    policies = Policies(monitored("cloud_run"), series)
    name = "fraud-errors-burns-fast-60m"
    hour, minutes = (each["conditionThreshold"] for each in policies.inputs[name]["conditions"])
    assert policies.tells(name, 110)
    assert policies.meets(hour, 130)
    assert not policies.meets(minutes, 116)
    assert not policies.tells(name, 116)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nobody_asks_and_nobody_is_told(kind: str) -> None:
    policies = Policies(monitored(kind), [])
    for name, inputs in policies.inputs.items():
        if "conditions" in inputs:
            assert not policies.tells(name, 2000), name


def test_what_spends_no_budget_too_fast_is_not_told() -> None:
    policies = Policies(monitored("vertex"), requests("vertex", 2000, 0.0299))
    assert not [n for n in policies.inputs if "-burns-" in n and policies.tells(n, 2000)]


@pytest.mark.parametrize("days", [1, 7, 14, 30])
def test_policies_are_of_the_models_own_window(days: int) -> None:
    inputs = monitored("vertex", window_days=days)
    assert inputs["fraud-errors-objective"]["rollingPeriodDays"] == days
    assert {name for name in inputs if "-burns-" in name} == {
        _name(word, rate) for word in _BUDGETS for rate in burn_rates(days, LONGEST_MINUTES)
    }


@pytest.mark.parametrize(("percent", "told"), [(6.9, 3), (7, 2), (16.5, 2), (17, 1), (33, 1)])
def test_what_cannot_tell_is_left_out(percent: float, told: int) -> None:
    """More than all requests cannot fail."""
    inputs = monitored("cloud_run", error_rate_percent=percent)
    assert len([name for name in inputs if name.startswith("fraud-errors-burns")]) == told
