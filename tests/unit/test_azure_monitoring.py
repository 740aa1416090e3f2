"""What watches a model on Azure: when its alerts fire, and by which requests."""

import math
import re
from http import HTTPStatus
from typing import Any, Final, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.azure.monitoring.indicators import Requests, burn_query, indicators
from facts.azure_monitor import ARRIVAL_MINUTES, REQUESTS, watched_rates
from facts.burn_rate import BurnRate
from facts.slo import Slo
from tests.unit.azure_monitored import KINDS, monitored, requests, row
from tests.unit.kql_oracle import Table, fires, minutes_of, value

_BUDGETS: Final = {"errors": 0.01, "latency": 0.05}
_HOW: Final = {"page": "burns-fast", "ticket": "burns"}
_TWO_DAYS: Final = 2880
_BURNING: Final = [f"fraud-{word}-{how}" for word in _BUDGETS for how in _HOW.values()]


@pytest.fixture(scope="module")
def rules() -> dict[str, dict[str, dict[str, Any]]]:
    return {kind: monitored(kind) for kind in KINDS}


def _steady(kind: str, share: float, *, since: int, until: int, before: int = 0) -> Table:
    """100 requests a minute, of which from minute `before` on a share fails and is late."""
    minutes = np.arange(since, until + 1)
    bad = np.where(minutes <= before, 0.0, 100 * share)
    pair = requests(kind, [row(kind, 0), row(kind, 0, bad=True)])
    at, *_ = pair.columns
    columns = {name: np.repeat(column, len(minutes)) for name, column in pair.columns.items()}
    columns[at] = np.concatenate((minutes, minutes))
    return Table(pair.name, columns, np.concatenate((100 - bad, bad)))


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_both_sides_of_the_slowest_rate(
    rules: dict[str, dict[str, dict[str, Any]]], kind: str
) -> None:
    """With as many bad requests as may be, no alert; with a few more, each of them."""
    for word, budget in _BUDGETS.items():
        for severity, how in _HOW.items():
            rule = rules[kind][f"fraud-{word}-{how}"]
            slowest = min(r.factor for r in watched_rates(30) if r.severity == severity)
            limit = slowest * budget
            quiet = _steady(kind, limit * (1 - 1e-9), since=1, until=3000)
            loud = _steady(kind, limit * (1 + 1e-6), since=1, until=3000)
            for given_minutes in (None, _TWO_DAYS):
                # A query that has ago() may be given two days, and finds the same in them.
                assert not fires(rule, quiet, 3000, given=given_minutes), (word, severity)
                assert fires(rule, loud, 3000, given=given_minutes), (word, severity)


@pytest.mark.parametrize("word", sorted(_BUDGETS))
@pytest.mark.parametrize("rate", watched_rates(30), ids=lambda rate: f"{rate.factor:g}")
@pytest.mark.parametrize("kind", ["ml", "flex"])
@pytest.mark.parametrize("late", [0, 4])
def test_an_outage_is_told_when_the_arithmetic_says(
    rules: dict[str, dict[str, dict[str, Any]]], kind: str, rate: BurnRate, word: str, late: int
) -> None:
    """From its beginning that the pair is the first to see, whether logs come at once or not."""
    budget = _BUDGETS[word]
    share = 1.05 * rate.threshold(budget)
    before = _TWO_DAYS
    rule = rules[kind][f"fraud-{word}-{_HOW[rate.severity]}"]
    table = _steady(kind, share, since=1, until=before + 2 * rate.long_minutes, before=before)
    expected = rate.seconds_to_fire(budget, share)
    assert expected is not None
    # All minutes of which a request is in the log, with the last one that has to be there.
    last = before + math.ceil(expected / 60) - 1
    quiet = {*range(before, last, max(5, rate.long_minutes // 10)), last}
    assert not [minute for minute in quiet if fires(rule, table, minute, late=late)]
    assert fires(rule, table, last + 2 + late, late=late)


def test_a_total_outage_is_told_once_its_logs_are_there(
    rules: dict[str, dict[str, dict[str, Any]]],
) -> None:
    """Of all requests failing one minute is enough for an hour; the short window comes later."""
    rule = rules["ml"]["fraud-errors-burns-fast"]
    table = _steady("ml", 1.0, since=1, until=1000, before=900)
    told = next(minute for minute in range(901, 1000) if fires(rule, table, minute))
    # 60 min x 14.4 x 1 % = 8.64 minutes are more than the 5 that logs may take.
    assert told == 900 + math.ceil(60 * 14.4 * 0.01)
    small = monitored("ml", error_rate_percent=0.1)["fraud-errors-burns-fast"]
    told = next(minute for minute in range(901, 1000) if fires(small, table, minute))
    assert told == 900 + ARRIVAL_MINUTES + 1


def test_what_is_over_goes_out_with_the_short_window(
    rules: dict[str, dict[str, dict[str, Any]]],
) -> None:
    """The long windows still burn, and nobody is told any more."""
    rule = rules["flex"]["fraud-errors-burns-fast"]
    rows = [row("flex", minute, bad=480 < minute <= 540, count=100) for minute in range(1, 700)]
    table = requests("flex", rows)
    # Half an hour is the longer of the short ones, and it ends where logs have arrived; more than
    # 6 % of it are two minutes.
    last = 540 - 2 + 30 + ARRIVAL_MINUTES
    assert fires(rule, table, last)
    assert not fires(rule, table, last + 1)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nobody_asks_and_nobody_is_told(
    rules: dict[str, dict[str, dict[str, Any]]], kind: str
) -> None:
    for name in _BURNING:
        assert not fires(rules[kind][name], requests(kind, []), 5000)


@pytest.mark.parametrize(
    ("code", "model_code", "bad"),
    [
        (200, "200", False),
        (400, "", False),
        (401, "", False),
        (404, "", False),
        (408, "", True),
        (424, "500", True),
        (424, "503", True),
        # A container that takes a request for a wrong one: its caller's fault.
        (424, "400", False),
        (424, "422", False),
        (424, "", True),
        # Told by an alert of its own.
        (429, "", False),
        (499, "", False),
        (500, "", True),
        (503, "", True),
    ],
)
def test_what_fails_on_azure_ml(
    rules: dict[str, dict[str, dict[str, Any]]],
    code: int,
    model_code: str,
    bad: bool,  # noqa: FBT001 - a column of the table
) -> None:
    more: dict[str, Any] = {"ResponseCode": code, "ModelStatusCode": model_code}
    table = requests("ml", [row("ml", minute, **more) for minute in range(1, 400)])
    assert fires(rules["ml"]["fraud-errors-burns-fast"], table, 399) is bad


@pytest.mark.parametrize(
    ("success", "code", "bad"),
    [
        ("True", "200", False),
        ("True", "500", True),
        ("True", "503", True),
        ("False", "500", True),
        # It ended without an answer.
        ("False", "0", True),
        ("False", "", True),
        ("True", "400", False),
        ("True", "0", False),
        # It failed by what the host saw, whatever its caller was told.
        ("False", "404", True),
    ],
)
def test_what_fails_on_azure_functions(
    rules: dict[str, dict[str, dict[str, Any]]],
    success: str,
    code: str,
    bad: bool,  # noqa: FBT001 - a column of the table
) -> None:
    more: dict[str, Any] = {"success": success, "resultCode": code}
    table = requests("flex", [row("flex", minute, **more) for minute in range(1, 400)])
    for name in ("fraud-errors-burns-fast", "fraud-errors"):
        assert fires(rules["flex"][name], table, 399) is bad, name


@pytest.mark.parametrize("kind", ["flex", "premium"])
def test_both_sides_of_the_bound_of_an_app(
    rules: dict[str, dict[str, dict[str, Any]]], kind: str
) -> None:
    """1 % of five minutes, of all functions of the app, and whatever was before."""
    rule = rules[kind]["fraud-errors"]
    for bad, told in ((10, False), (11, True)):
        rows = [
            row(kind, 100, count=500 - bad),
            row(kind, 98, bad=True, itemCount=bad),
            row(kind, 98, name="health", count=500),
            row(kind, 94, bad=True, count=1000),
        ]
        assert fires(rule, requests(kind, rows), 100) is told
    assert not fires(rule, requests(kind, []), 100)


def test_the_bound_on_azure_ml_counts_what_spends_the_budget(
    rules: dict[str, dict[str, dict[str, Any]]],
) -> None:
    """By each code that there is, where the container says nothing that its callers did wrong."""
    (criterion,) = rules["ml"]["fraud-errors"]["criteria"]["allOf"]
    (dimension,) = criterion["dimensions"]
    counted = {code for code in HTTPStatus if str(code.value) in dimension["values"]}
    (query,) = rules["ml"]["fraud-errors-burns-fast"]["criteria"]["allOf"]
    burns = {
        code
        for code in HTTPStatus
        if value(
            query["query"],
            requests("ml", [row("ml", 395, ResponseCode=code.value, ModelStatusCode="")] * 2),
            402,
        )["value"][0]
    }
    assert counted == burns
    assert {408, 424, 500, 503} <= counted
    assert not {200, 400, 404, 429} & counted


@pytest.mark.parametrize(
    ("kind", "column", "other"),
    [
        ("ml", "EndpointName", "fraud-next-dev"),
        ("ml", "AzureMLWorkspaceName", "models-prod"),
        ("flex", "name", "health"),
        ("ml-shadow", "DeploymentName", ""),
    ],
)
def test_requests_of_others_are_not_counted(
    rules: dict[str, dict[str, dict[str, Any]]], kind: str, column: str, other: str
) -> None:
    query = rules[kind]["fraud-errors-burns-fast"]["criteria"]["allOf"][0]["query"]
    if not other:
        (other,) = re.findall(r'DeploymentName !~ "(v1-5-0-[^"]+)"', query)
    theirs: dict[str, Any] = {column: other}
    bad = [row(kind, minute, bad=True, **theirs) for minute in range(1, 400)]
    fine = [row(kind, minute) for minute in range(1, 400)]
    for rule in (rules[kind][name] for name in _BURNING):
        assert not fires(rule, requests(kind, bad + fine), 399)
        assert fires(rule, requests(kind, [row(kind, m, bad=True) for m in range(1, 400)]), 399)


def test_a_candidate_spends_the_budget_too(rules: dict[str, dict[str, dict[str, Any]]]) -> None:
    """By as much as it answers, on Azure ML and in a slot."""
    for kind, column in (("ml-candidate", "DeploymentName"), ("premium", "cloud_RoleName")):
        rows = [row(kind, minute, count=80) for minute in range(1, 400)]
        rows += [
            row(kind, minute, bad=True, count=20, **cast("dict[str, Any]", {column: "candidate"}))
            for minute in range(1, 400)
        ]
        assert fires(rules[kind]["fraud-errors-burns-fast"], requests(kind, rows), 399)


def test_a_sampled_request_stands_for_others(rules: dict[str, dict[str, dict[str, Any]]]) -> None:
    """14 of 1014 are no breach of a page, whatever rows they are kept as."""
    rows = [row("flex", minute, itemCount=1000) for minute in range(1, 400)]
    rows += [row("flex", minute, bad=True, itemCount=14) for minute in range(1, 400)]
    rule = rules["flex"]["fraud-errors-burns-fast"]
    assert not fires(rule, requests("flex", rows), 399)
    rows = [(each | {"itemCount": 1}, count) for each, count in rows]
    assert fires(rule, requests("flex", rows), 399)


@given(
    counts=st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=60, max_size=60),
    days=st.integers(1, 60),
    percent=st.floats(0.001, 50),
)
@settings(deadline=None)
def test_the_query_is_the_arithmetic(
    counts: list[tuple[int, int]], days: int, percent: float
) -> None:
    """On traffic of any kind the value is the worst pair's, by the lower of its two windows."""
    step, now = 100, 6000
    rates = watched_rates(days)
    of = Requests(REQUESTS, 'name =~ "predict"')
    errors, _ = indicators(Slo(error_rate_percent=percent), REQUESTS)
    rows: list[Any] = []
    for number, (fine, bad) in enumerate(counts):
        at = now - step * number - 3
        rows += [row("flex", at, count=fine), row("flex", at, bad=True, count=bad)]
    (found,) = value(burn_query(of, errors, rates), requests("flex", rows), now)["value"]

    def burn(since: int, until: int) -> float:
        inside = [
            pair
            for number, pair in enumerate(counts)
            if now - since < now - step * number - 3 <= now - until
        ]
        every = sum(fine + bad for fine, bad in inside)
        budget = float(f"{percent / 100:.10f}")
        return sum(bad for _, bad in inside) / every / budget if every else 0

    expected = max(
        min(
            burn(rate.long_minutes, 0),
            burn(rate.short_minutes + ARRIVAL_MINUTES, ARRIVAL_MINUTES),
        )
        / rate.factor
        for rate in rates
    )
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize(("refused", "told"), [(9, False), (10, False), (11, True)])
def test_both_sides_of_refused_requests(
    rules: dict[str, dict[str, dict[str, Any]]], refused: int, *, told: bool
) -> None:
    """More than 1 % of those of a quarter of an hour."""
    rows = [
        row("ml", 100, count=1000 - refused),
        row("ml", 100, count=refused, ResponseCode=429),
        row("ml", 80, count=1000, ResponseCode=429),
    ]
    rule = rules["ml"]["fraud-throttled"]
    assert fires(rule, requests("ml", rows), 101) is told
    assert not fires(rule, requests("ml", []), 101)


@pytest.mark.parametrize(
    ("instances", "gap", "told"), [(40, 0, True), (39, 0, False), (40, 1, False)]
)
def test_both_sides_of_the_most_instances(
    rules: dict[str, dict[str, dict[str, Any]]], instances: int, gap: int, *, told: bool
) -> None:
    """All 40 in each five minutes of half an hour, up to what has arrived."""
    now = 100
    rows = [
        row("flex", minute, cloud_RoleInstance=f"{number}")
        for minute in range(1, now)
        for number in range(instances)
        if not (gap and 80 <= minute < 85)
    ]
    rule = rules["flex"]["fraud-at-maximum"]
    assert fires(rule, requests("flex", rows), now, late=4) is told
    assert minutes_of(rule["windowSize"]) >= 35


def test_the_judge_itself() -> None:
    """By examples of the language's pages."""
    table = requests("flex", [row("flex", 1), row("flex", 7, itemCount=3), row("flex", 8)])
    query = "requests | where timestamp > ago(5m) | summarize n = sum(itemCount), rows = count()"
    assert {name: list(each) for name, each in value(query, table, 10).items()} == {
        "n": [4],
        "rows": [2],
    }
    query = "requests | summarize n = count() by bin(timestamp, 5m) | project m = n * 2"
    assert list(value(query, table, 10)["m"]) == [2, 4]
    for wrong in (
        "requests | take 5",
        "requests | project n = avg(itemCount)",
        "traces | count",
        "requests | project n = max_of(1)",
        "requests | summarize n = count() by bin(timestamp, 5m), name",
        "requests | summarize n = count() rows = count()",
    ):
        with pytest.raises((ValueError, IndexError)):
            value(wrong, table, 10)
