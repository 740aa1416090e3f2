"""Rules of Prometheus out of an SLO, judged by Prometheus: when they fire, and when not."""

from dataclasses import replace
from math import ceil, floor
from pathlib import Path
from typing import Final

import pytest

from components.kubernetes.monitoring.alerts import Alerts
from components.kubernetes.monitoring.indicators import Answering, Indicator, indicators
from components.kubernetes.monitoring.load_alerts import load_alerts
from components.kubernetes.monitoring.places import Places
from components.kubernetes.monitoring.slo_rules import rule_groups
from components.kubernetes.monitoring.watched import Watched
from facts.burn_rate import burn_rates
from facts.metric_shapes import Histogram
from facts.server_metrics import SERVER_METRICS
from facts.slo import Slo
from tests.unit import promtool

FAST, SLOW = "ModelErrorBudgetBurnsFast", "ModelErrorBudgetBurns"
MISSES = "ModelVersionMissesObjective"
ALERTS: Final = Alerts(
    Places(
        "https://wiki.corp/runbooks/{alert}", "https://grafana.corp", "Models", {}, {"team": "risk"}
    ),
    "https://grafana.corp/d/prod-models-fraud",
    {"model": "fraud", "environment": "prod", "namespace": "models", "owner": "team-risk"},
)
ABOUT: Final = Watched("fraud", "prod", "models", ALERTS)
SELECTOR: Final = 'serving_model="fraud",namespace="models"'
_LABELS: Final = 'serving_model="fraud",serving_version="1",namespace="models",pod="fraud-1"'
_SLO: Final = Slo()
_HOUR: Final = 60
# Steady traffic before and after; per minute, so that each percent is a whole number.
_PER_MINUTE: Final = 1000


def _indicators(slo: Slo = _SLO, metrics: str = "reference") -> list[Indicator]:
    return indicators(SERVER_METRICS[metrics], slo, SELECTOR)[0]


def _counted(good: int, minutes_before: int, bad: int, minutes: int) -> tuple[str, str]:
    """Two counters: good requests per minute before, and then with so many bad ones."""
    first = good * minutes_before
    return (
        f"0+{good}x{minutes_before} {first + good - bad}+{good - bad}x{minutes}",
        f"0+0x{minutes_before} {bad}+{bad}x{minutes}",
    )


@pytest.mark.parametrize("days", [7, 30, 90])
@pytest.mark.parametrize("metrics", sorted(SERVER_METRICS))
def test_prometheus_takes_the_rules_of_every_server(
    metrics: str, days: int, tmp_path: Path
) -> None:
    found = _indicators(Slo(120.0, 2.5, days), metrics)
    groups = [*rule_groups(ABOUT, found, days), load_alerts(ABOUT, Answering(SELECTOR), 1, 3)]
    promtool.check(groups, tmp_path)


@pytest.mark.parametrize(
    ("days", "bad", "calm_hours", "judged"),
    # Of 1000 requests a minute so many fail from one minute on; 10 may, over so many days. There
    # has to have been as much before as the longest window that is judged: a window without is one
    # over what there is.
    [
        (30, 200, 7, (FAST, MISSES)),
        (30, 80, 7, (FAST, MISSES)),
        (7, 20, 17, (FAST, SLOW, MISSES)),
        (7, 12, 17, (FAST, SLOW, MISSES)),
    ],
)
def test_it_fires_in_the_time_that_the_arithmetic_says(
    days: int, bad: int, calm_hours: int, judged: tuple[str, ...], tmp_path: Path
) -> None:
    calm = calm_hours * _HOUR
    begins = {
        name: calm + seconds / 60
        for name, severity in ((FAST, "page"), (SLOW, "ticket"))
        if name in judged and (seconds := _first(days, severity, bad)) is not None
    }
    # It takes ten minutes of it, as soon as five minutes hold more than 1 %.
    begins[MISSES] = calm + 10 + 5 * 10 / bad
    moments = {
        # Rates are over what was scraped each minute: two minutes to either side.
        moment: {(name, "errors") for name, begin in begins.items() if begin < moment}
        for at in begins.values()
        for moment in (floor(at) - 2, ceil(at) + 3)
        if not any(abs(moment - other) < 2 for other in begins.values())
    }
    assert len(moments) == 2 * len(begins)
    good, failed = _counted(_PER_MINUTE, calm, bad, round(max(begins.values())) - calm + 5)
    recorded, alerts = rule_groups(ABOUT, _only("errors"), days)
    alerts["rules"] = [rule for rule in alerts["rules"] if rule["alert"] in judged]
    promtool.firing(
        [recorded, alerts],
        {
            f'model_server_requests_total{{{_LABELS},status="200"}}': good,
            f'model_server_requests_total{{{_LABELS},status="500"}}': failed,
        },
        moments,
        tmp_path,
    )


def _first(days: int, severity: str, bad: int) -> float | None:
    rates = [each for each in burn_rates(days) if each.severity == severity]
    found = [each.seconds_to_fire(0.01, bad / _PER_MINUTE) for each in rates]
    return min((each for each in found if each is not None), default=None)


@pytest.mark.parametrize("bad", [0, 9])
def test_nothing_fires_while_the_objective_is_met(bad: int, tmp_path: Path) -> None:
    good, failed = _counted(_PER_MINUTE, 60, bad, 8 * _HOUR)
    promtool.firing(
        rule_groups(ABOUT, _only("errors"), 30),
        {
            f'model_server_requests_total{{{_LABELS},status="200"}}': good,
            # What is refused by the caller's own fault.
            f'model_server_requests_total{{{_LABELS},status="400"}}': f"0+100x{9 * _HOUR}",
            f'model_server_requests_total{{{_LABELS},status="500"}}': failed,
        },
        {moment * _HOUR: set() for moment in (1, 2, 8)},
        tmp_path,
    )


def _only(word: str, metrics: str = "reference") -> list[Indicator]:
    found = [each for each in _indicators(metrics=metrics) if each.word == word]
    assert found
    return found


@pytest.mark.parametrize(
    ("in_bucket", "fires"),
    # Of 1000 requests 800 are under 50 ms, the others between 50 and 200. With a bound of 100 ms a
    # third of these counts as in time: 200 * 2/3 = 133 are late, 13.3 % of all, 2.7 times 5 %.
    [(200, True), (70, False)],
)
def test_between_two_bounds_requests_are_spread_evenly(
    in_bucket: int, *, fires: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    histogram = Histogram(name="odd_ms", unit="ms", bounds=(50.0, 200.0, 1000.0))
    odd = replace(SERVER_METRICS["reference"], name="odd", errors=None, duration=histogram)
    monkeypatch.setitem(SERVER_METRICS, "odd", odd)
    below = _PER_MINUTE - in_bucket
    series = {
        f'odd_ms_bucket{{{_LABELS},le="50"}}': f"0+{below}x60",
        **{
            f'odd_ms_bucket{{{_LABELS},le="{le}"}}': f"0+{_PER_MINUTE}x60"
            for le in ("200", "1000", "+Inf")
        },
        f"odd_ms_count{{{_LABELS}}}": f"0+{_PER_MINUTE}x60",
    }
    groups = rule_groups(ABOUT, _only("latency", metrics="odd"), 30)
    promtool.firing(groups, series, {45: _told(2.7) if fires else set()}, tmp_path)


@pytest.mark.parametrize(
    ("slow", "fires"),
    # One in twenty may be late: both sides of it.
    [(51, True), (49, False)],
)
def test_p95_has_two_sides(slow: int, *, fires: bool, tmp_path: Path) -> None:
    fast = _PER_MINUTE - slow
    name = "model_server_request_duration_seconds"
    labels = f'{_LABELS},protocol="v2"'
    series = {
        f'{name}_bucket{{{labels},le="0.05"}}': f"0+{fast}x60",
        f'{name}_bucket{{{labels},le="0.1"}}': f"0+{fast}x60",
        f'{name}_bucket{{{labels},le="+Inf"}}': f"0+{_PER_MINUTE}x60",
        f"{name}_count{{{labels}}}": f"0+{_PER_MINUTE}x60",
    }
    expected = _told(1.02) if fires else set[tuple[str, str]]()
    promtool.firing(rule_groups(ABOUT, _only("latency"), 30), series, {45: expected}, tmp_path)


def _told(factor: float) -> set[tuple[str, str]]:
    """Of what has been so bad since there is anything: all windows hold nothing else."""
    names = {FAST: 6, SLOW: 1, MISSES: 1}
    return {(name, "latency") for name, least in names.items() if factor > least}


def test_a_bad_candidate_is_told_by_its_version(tmp_path: Path) -> None:
    """A tenth of the requests, all of which fail: the model's budget burns ten times too fast."""
    labels = 'serving_model="fraud",namespace="models"'
    series = {
        f'model_server_requests_total{{{labels},serving_version="1",status="200"}}': "0+900x120",
        f'model_server_requests_total{{{labels},serving_version="2",status="500"}}': "0+100x120",
    }
    groups = rule_groups(ABOUT, _only("errors"), 30)
    burns = {(FAST, "errors"), (SLOW, "errors")}
    promtool.firing(groups, series, {5: burns, 30: burns | {(MISSES, "errors")}}, tmp_path)
    rules = [rule for group in groups for rule in group["rules"] if rule.get("alert") == MISSES]
    assert "{{ $labels.serving_version }}" in rules[0]["annotations"]["summary"]


def test_what_no_caller_sees_spends_no_budget(tmp_path: Path) -> None:
    """A shadow fails all copies that it gets: its version is told, and nobody is woken."""
    labels = 'serving_model="fraud",namespace="models"'
    series = {
        f'model_server_requests_total{{{labels},serving_version="1",status="200"}}': "0+900x120",
        f'model_server_requests_total{{{labels},serving_version="2",status="500"}}': "0+900x120",
    }
    found, _ = indicators(
        SERVER_METRICS["reference"], _SLO, SELECTOR, counted='serving_version!="2"'
    )
    groups = rule_groups(ABOUT, [each for each in found if each.word == "errors"], 30)
    promtool.firing(groups, series, {5: set(), 30: {(MISSES, "errors")}}, tmp_path)


def test_pods_that_do_not_answer_and_that_cannot_be_added(tmp_path: Path) -> None:
    group = load_alerts(ABOUT, Answering(SELECTOR), 1, 2)
    up = f'up{{{SELECTOR},serving_version="1",pod="%s"}}'
    series = {up % "a": "1x40 0x20 1x40", up % "b": "1x40 _x60"}
    promtool.firing(
        [group],
        series,
        {
            29: set(),
            32: {("ModelAtMaximumReplicas", "")},
            # The other pod's last answer counts for five minutes.
            49: set(),
            52: {("ModelDoesNotAnswer", "")},
            65: set(),
        },
        tmp_path,
    )


def test_a_pod_that_is_asked_by_two_ports_is_one(tmp_path: Path) -> None:
    """It answers when both do: an objective of the other's metrics is not measured meanwhile."""
    up = f'up{{{SELECTOR},serving_version="1",pod="%s",instance="%s"}}'
    series = {
        up % ("a", "a:9091"): "1x80",
        up % ("a", "a:8080"): "1x40 0x40",
        # Of the candidate, which has both pods that it may have.
        **{
            f'up{{{SELECTOR},serving_version="2",pod="{pod}",instance="{pod}:{port}"}}': "1x40 _x40"
            for pod in ("b", "c")
            for port in (9091, 8080)
        },
    }
    alone = {name: values for name, values in series.items() if 'serving_version="2"' not in name}
    group = load_alerts(ABOUT, Answering(SELECTOR), 1, 2)
    promtool.firing([group], alone, {39: set(), 47: {("ModelDoesNotAnswer", "")}}, tmp_path)
    promtool.firing([group], series, {39: {("ModelAtMaximumReplicas", "")}}, tmp_path)


def test_every_alert_says_whose_it_is_and_where_to_look() -> None:
    rollout = replace(ALERTS, annotations={"rollout": "2 has 10 % beside 1"})
    groups = [
        *rule_groups(replace(ABOUT, alerts=rollout), _indicators(), 30),
        load_alerts(ABOUT, Answering(SELECTOR), 1, 3),
    ]
    alerts = [rule for group in groups for rule in group["rules"] if "alert" in rule]
    assert {rule["labels"]["severity"] for rule in alerts} == {"page", "ticket"}
    for rule in alerts:
        assert rule["labels"].items() >= {"team": "risk", "owner": "team-risk"}.items()
        annotations = rule["annotations"]
        assert annotations["runbook_url"] == f"https://wiki.corp/runbooks/{rule['alert']}"
        assert annotations["dashboard_url"] == ALERTS.dashboard_url
    told = [rule["annotations"].get("rollout") for rule in groups[1]["rules"]]
    assert set(told) == {"2 has 10 % beside 1"}


@pytest.mark.parametrize(("bound", "told"), [(300, True), (299, False)])
def test_below_all_bounds_nothing_is_made_up(bound: float, *, told: bool) -> None:
    """The histogram of vLLM's queue begins at 0.3 s: of less it does not say how much."""
    slo = replace(_SLO, latency_p95_ms=30_000, queue_p95_ms=bound)
    found, missing = indicators(SERVER_METRICS["vllm"], slo, SELECTOR)
    assert ("queue" in {each.word for each in found}) is told
    assert [each.reason for each in missing] == (
        [] if told else ["vllm does not tell apart what takes less than 300 ms"]
    )
