"""Facts of language models: what fits, what a shell would read, what is never passed on."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.accelerators import ACCELERATORS
from facts.language_models import (
    SCALE_METRICS,
    argument_tells_a_secret,
    fit_problem,
    forbidden_argument,
    release,
    unsafe_in_shell,
)

_SHELL = "abcXYZ019-_=./:, \t\n$`'\"\\|&;<>(){}[]*?#!~%@+^"


@given(
    weights=st.floats(0.01, 4096),
    accelerator=st.sampled_from(sorted(ACCELERATORS)),
    devices=st.integers(1, 64),
    utilization=st.floats(0.1, 0.99),
)
def test_more_room_never_refuses_what_fits(
    weights: float, accelerator: str, devices: int, utilization: float
) -> None:
    room = ACCELERATORS[accelerator].memory_mib / 1024 * devices * utilization
    fits = fit_problem(weights, accelerator, devices, utilization) is None
    assert fits == (weights < room)
    if fits:
        assert fit_problem(weights, accelerator, devices + 1, utilization) is None
        assert fit_problem(weights / 2, accelerator, devices, utilization) is None


@given(st.text(alphabet=_SHELL, min_size=1, max_size=30))
def test_what_passes_is_one_word_of_a_shell(argument: str) -> None:
    if not unsafe_in_shell(argument):
        assert shlex.split(argument) == [argument]
        assert not set(argument) & set("$`\\*?[]{}~;|&<>()!#'\"")


@pytest.mark.parametrize(
    ("argument", "secret"),
    [
        ("--api-key=letmein", True),
        ("--hf_token=hf_abcdefghijklmnopqrstuvwxyz012345", True),
        ("--max-num-batched-tokens=512", False),
        ("--tokenizer=/mnt/models", False),
        ("--api-key", False),
    ],
)
def test_secrets_among_arguments(argument: str, secret: bool) -> None:  # noqa: FBT001 - a case
    assert argument_tells_a_secret(argument) == secret


@pytest.mark.parametrize("argument", ["--trust-remote-code", "--trust_remote_code=True"])
def test_code_of_others(argument: str) -> None:
    assert forbidden_argument(argument)
    assert forbidden_argument(argument.replace("remote", "local")) is None


@pytest.mark.parametrize(
    ("version", "known"), [("0.20.0", (0, 20)), ("v0.19.1", (0, 19)), ("x", ()), (None, ())]
)
def test_releases(version: object, known: tuple[int, ...]) -> None:
    assert release(version) == known


def test_defaults_are_within_their_ranges() -> None:
    for metric in SCALE_METRICS.values():
        assert metric.lowest <= metric.target <= metric.highest
        assert "{selector}" in metric.query
