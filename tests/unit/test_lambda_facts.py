"""Arithmetic of Lambda: what instances answer, how long one takes to begin, steps of a shift."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.lambda_cold_start import MODES, Package, choose, cold_start_ms
from facts.lambda_serving import answered_per_second, sends_by, snap_starts, wrong_steps

ZIP = Package(33, model_mib=1)
SIZES = st.floats(min_value=0, max_value=10_000)
PACKAGES = st.builds(
    Package,
    zip_mib=st.none() | SIZES,
    model_mib=st.none() | SIZES,
    pulled=st.booleans(),
    snap_startable=st.booleans(),
)


@pytest.mark.parametrize(
    ("instances", "p95", "answered"),
    [(10, 100, 100), (10, 200, 50), (10, 1, 100), (1, 2000, 0.5)],
)
def test_an_instance_answers_one_request_at_a_time_and_ten_per_second(
    instances: int, p95: float, answered: float
) -> None:
    assert answered_per_second(instances, p95) == answered


@pytest.mark.parametrize(
    ("budget", "mode"),
    [(1000, "none"), (990, "snap_start"), (300, "provisioned"), (1, "provisioned")],
)
def test_the_cheapest_way_that_keeps_the_budget(budget: float, mode: str) -> None:
    assert choose(budget, ZIP).mode == mode


def test_without_snap_start_instances_are_kept_warm() -> None:
    assert choose(1000, Package(None)).mode == "snap_start"
    assert choose(1000, Package(None, snap_startable=False)).mode == "provisioned"


@given(PACKAGES, st.floats(min_value=1, max_value=900_000))
def test_a_choice_keeps_the_budget_or_is_the_fastest(package: Package, budget: float) -> None:
    chosen = choose(budget, package)
    assert chosen.expected_ms == cold_start_ms(package, chosen.mode)
    if chosen.mode == "snap_start":
        assert package.snap_startable
    if chosen.expected_ms > budget:
        assert chosen.mode == "provisioned"
    # Nothing cheaper keeps it.
    for cheaper in MODES[: MODES.index(chosen.mode)]:
        excluded = cheaper == "snap_start" and not package.snap_startable
        assert excluded or cold_start_ms(package, cheaper) > budget


@given(SIZES, SIZES)
def test_more_takes_longer(zipped: float, model: float) -> None:
    for mode in ("none", "snap_start"):
        small = cold_start_ms(Package(zipped, model), mode)
        assert cold_start_ms(Package(zipped, model + 1), mode) > small
    assert cold_start_ms(Package(zipped + 1, model), "none") > cold_start_ms(
        Package(zipped, model), "none"
    )
    assert cold_start_ms(Package(zipped, model + 1, pulled=True), "none") > cold_start_ms(
        Package(zipped, model + 1), "none"
    )


def test_the_estimate_is_near_what_aws_measured() -> None:
    """A model of 1,100 MiB that is pulled: 16.5 s, and 1.6 s from its snapshot."""
    published = Package(50, model_mib=1100, pulled=True)
    assert cold_start_ms(published, "none") == pytest.approx(16_500, rel=0.05)
    assert cold_start_ms(published, "snap_start") == pytest.approx(1600, rel=0.2)


@pytest.mark.parametrize(
    ("runtime", "can"),
    [
        ("python3.11", False),
        ("python3.12", True),
        ("python3.14", True),
        ("python4.0", True),
        ("nodejs22.x", False),
        ("provided.al2023", False),
    ],
)
def test_runtimes_of_snap_start(runtime: str, *, can: bool) -> None:
    assert snap_starts(runtime) is can


@pytest.mark.parametrize(
    ("shift", "size", "wait", "wrong"),
    [
        ("canary", 10, 300, ""),
        ("canary", 1, 60, ""),
        ("canary", 99, 172_800, ""),
        ("canary", 10, 172_860, "at most 172800 s between 1 steps"),
        ("canary", 10, 59, "whole minutes"),
        ("linear", 10, 90, "whole minutes"),
        ("linear", 100, 60, "1 to 99 %"),
        ("linear", 1, 1740, ""),
        ("linear", 1, 1800, "at most 1740 s between 99 steps"),
    ],
)
def test_steps_of_codedeploy(shift: str, size: int, wait: int, wrong: str) -> None:
    found = wrong_steps(shift, size, wait)
    assert wrong in found
    assert bool(found) == bool(wrong)


@pytest.mark.parametrize(
    ("arn", "right"),
    [
        ("arn:aws:sqs:eu-west-1:1:q", "sqs:SendMessage"),
        ("arn:aws:events:eu-west-1:1:event-bus/b", "events:PutEvents"),
        ("arn:aws:lambda:eu-west-1:1:function:f", "lambda:InvokeFunction"),
        ("arn:aws:kinesis:eu-west-1:1:stream/s", ""),
        ("queue", ""),
    ],
)
def test_what_sending_takes(arn: str, right: str) -> None:
    assert sends_by(arn) == right
