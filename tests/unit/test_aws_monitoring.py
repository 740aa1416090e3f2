"""What watches a model on AWS: when its alarms go off, in which units, and within which limits."""

import math
import re

import numpy as np
import pytest

from facts.burn_rate import BurnRate, burn_rates
from tests.unit.aws_monitored import KINDS, monitored
from tests.unit.cloudwatch_oracle import Alarms, Metrics, is_alarm

_BUDGETS = {"errors": 0.01, "latency": 0.05}
_SEVERITIES = {"page": "burns-fast", "ticket": "burns"}


def _bound(kind: str) -> float:
    """Of latency, in the metric's unit: what each kind has where nothing is said."""
    return {"lambda": 100.0, "async": 60_000_000.0}.get(kind, 100_000.0)


def _requests(kind: str, minutes: int, share: float, *, before: int = 0) -> Metrics:
    """100 requests a minute, of which from minute `before` on a share fails and is slow."""
    found = Metrics(minutes)
    bad = np.where(np.arange(minutes) < before, 0.0, 100.0 * share)
    good = 100.0 - bad
    bound = _bound(kind)
    for dimensions, part in _dimensions(kind):
        namespace = "AWS/ApiGateway" if kind == "lambda" else "AWS/SageMaker"

        failed, requests, latency = {
            "lambda": ("5xx", "Count", "Latency"),
            "async": ("InvocationFailures", "InvocationsProcessed", "ModelLatency"),
        }.get(kind, ("Invocation5XXErrors", "Invocations", "ModelLatency"))
        for name, value, count in (
            (failed, 1, bad),
            (failed, 0, good),
            (requests, 1, good + bad),
            # The bound itself is within the objective.
            (latency, bound, good),
            (latency, bound + 1, bad),
        ):
            found.add(namespace, name, dimensions, value, count * part)
    return found


def _dimensions(kind: str) -> list[tuple[dict[str, str], float]]:
    """Where requests are counted, and which part of them."""

    def variant(endpoint: str, name: str) -> dict[str, str]:
        return {"EndpointName": endpoint, "VariantName": name}

    return {
        "endpoint": [(variant("fraud-dev", "stable"), 1.0)],
        "candidate": [
            (variant("fraud-dev", "stable"), 0.75),
            (variant("fraud-dev", "candidate"), 0.25),
        ],
        "serverless": [(variant("fraud-dev-serverless", "stable"), 1.0)],
        "async": [(variant("fraud-dev-async", "stable"), 1.0)],
        "component": [({"InferenceComponentName": "fraud-dev"}, 1.0)],
        "shared": [(variant("fraud-dev", "AllTraffic"), 1.0)],
        "lambda": [({"ApiId": "fraud-api-id"}, 1.0)],
    }[kind]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_both_sides_of_every_threshold(kind: str) -> None:
    """With as many bad requests as may be, no alarm; with a few more, each of them."""
    inputs = monitored(kind)
    names = [name for name in inputs if re.search(r"-(page|ticket)-\d+m$", name)]
    assert len(names) == 16
    for name in names:
        limit = inputs[name]["threshold"] / 100
        _, word, severity, _ = name.split("-")
        factors = {round(_BUDGETS[word] * r.factor, 6) for r in burn_rates(30)}
        assert round(limit, 6) in factors, (severity, limit)
        minutes = 3 * 1440
        quiet = Alarms(inputs, _requests(kind, minutes, limit * (1 - 1e-9)))
        assert not quiet.fires(name, minutes), name
        loud = Alarms(inputs, _requests(kind, minutes, limit * (1 + 1e-6)))
        assert loud.fires(name, minutes), name


@pytest.mark.parametrize("word", sorted(_BUDGETS))
@pytest.mark.parametrize("rate", burn_rates(30), ids=lambda rate: f"{rate.factor:g}")
@pytest.mark.parametrize("kind", ["endpoint", "candidate", "lambda"])
def test_an_outage_is_told_when_the_arithmetic_says(kind: str, rate: BurnRate, word: str) -> None:
    """From the beginning of an outage that the pair is the first to see, to the minute."""
    budget = _BUDGETS[word]
    share = 1.05 * rate.threshold(budget)
    before = 3 * rate.long_minutes
    horizon = before + 2 * rate.long_minutes
    alarms = Alarms(monitored(kind), _requests(kind, horizon, share, before=before))
    name = f"fraud-{word}-{_SEVERITIES[rate.severity]}"
    expected = rate.seconds_to_fire(budget, share)
    assert expected is not None
    step = 1
    if rate.long_minutes > 1440:
        # Each day of three has to be bad enough, and there is a look an hour.
        days = rate.long_minutes // 1440
        expected = 86_400 * (days - 1) + expected / days
        step = 60
    last = before + math.ceil(expected / 60) - 1
    quiet = {*range(before, last, max(1, rate.long_minutes // 20)), last}
    assert not [each for each in quiet if alarms.joined_fires(name, each)]
    assert alarms.joined_fires(name, last + 1 + step)


@pytest.mark.parametrize("word", sorted(_BUDGETS))
@pytest.mark.parametrize("severity", sorted(_SEVERITIES))
def test_what_spends_no_budget_too_fast_is_not_told(severity: str, word: str) -> None:
    slowest = min(rate.factor for rate in burn_rates(30) if rate.severity == severity)
    minutes = 4 * 1440
    share = 0.99 * slowest * _BUDGETS[word]
    alarms = Alarms(monitored("endpoint"), _requests("endpoint", minutes, share))
    name = f"fraud-{word}-{_SEVERITIES[severity]}"
    assert not any(alarms.joined_fires(name, each) for each in range(0, minutes, 30))


def test_what_is_over_goes_out_with_the_short_window() -> None:
    """Half an hour after an outage the long windows still burn, and nobody is told any more."""
    metrics = Metrics(200)
    bad = np.where((np.arange(200) >= 100) & (np.arange(200) < 110), 100.0, 0.0)
    dimensions = {"EndpointName": "fraud-dev", "VariantName": "stable"}
    for value, count in ((1.0, bad), (0.0, 100.0 - bad)):
        metrics.add("AWS/SageMaker", "Invocation5XXErrors", dimensions, value, count)
    metrics.add("AWS/SageMaker", "Invocations", dimensions, 1, np.full(200, 100.0))
    alarms = Alarms(monitored("endpoint"), metrics)
    assert alarms.joined_fires("fraud-errors-burns-fast", 110)
    assert alarms.fires("fraud-errors-page-60m", 130)
    # Half an hour is the longer of the short ones.
    assert alarms.joined_fires("fraud-errors-burns-fast", 138)
    assert alarms.fires("fraud-errors-page-60m", 141)
    assert not alarms.joined_fires("fraud-errors-burns-fast", 141)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_who_is_asked_no_more_is_not_slow(kind: str) -> None:
    """Where a period has no requests, it is no bad one."""
    inputs = monitored(kind)
    metrics = _requests(kind, 100, 0)
    for points in metrics.values.values():
        for number, (value, sums) in enumerate(points):
            points[number] = (value, np.concatenate((sums, np.full(400, sums[-1]))))
    alarms = Alarms(inputs, metrics)
    for name in (name for name in inputs if re.search(r"-(page|ticket)-\d+m$", name)):
        assert not any(alarms.fires(name, each) for each in range(95, 500, 3)), name


def test_a_candidate_that_nobody_asks_hides_nothing() -> None:
    """With a share of 0 it has no metrics at all."""
    alarms = Alarms(monitored("candidate"), _requests("endpoint", 400, 0.8))
    for word in _BUDGETS:
        assert alarms.joined_fires(f"fraud-{word}-burns-fast", 400)


def test_nobody_asks_and_nobody_is_told() -> None:
    inputs = monitored("endpoint")
    alarms = Alarms(inputs, Metrics(10_000))
    for name, alarm in inputs.items():
        if "metricQueries" in alarm:
            assert not alarms.fires(name, 9_999), name


@pytest.mark.parametrize(
    ("points", "needed", "not_breaching", "breaching"),
    [
        # The tables of the page on missing data: X breaches, 0 does not, - is missing.
        ("0-X-X", 3, False, False),
        ("0----", 3, False, False),
        ("-----", 3, False, True),
        ("0XX-X", 3, True, True),
        ("----X", 3, False, True),
        ("0-X-X", 2, True, True),
        ("00X0X", 2, True, True),
        ("0-X--", 2, False, True),
        ("----0", 2, False, True),
        ("----X", 2, False, True),
    ],
)
def test_the_oracle_itself(
    points: str, needed: int, *, not_breaching: bool, breaching: bool
) -> None:
    found = [{"0": False, "X": True, "-": None}[sign] for sign in points]
    assert is_alarm(found, needed, 3, "notBreaching") is not_breaching
    assert is_alarm(found, needed, 3, "breaching") is breaching
