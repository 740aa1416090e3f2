"""Distances against scipy's, and against what statistics say of rows that did not change."""

from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import (  # pyright: ignore[reportMissingTypeStubs]
    jensenshannon,  # pyright: ignore[reportUnknownVariableType]
)
from scipy.stats import chi2, entropy  # pyright: ignore[reportMissingTypeStubs]

from runtime.drift.distances import LEAST_SHARE, jensen_shannon, psi
from runtime.drift.window import LEAST_ROWS

_scipy = cast(Any, entropy), cast(Any, jensenshannon), cast(Any, chi2)
ENTROPY, JENSEN_SHANNON, CHI2 = _scipy

PAIRS = st.integers(2, 20).flatmap(
    lambda bins: st.tuples(
        st.lists(st.integers(0, 1000), min_size=bins, max_size=bins).filter(any),
        st.lists(st.integers(0, 10**6), min_size=bins, max_size=bins).filter(any),
    )
)


def shares(counts: Sequence[int]) -> list[float]:
    return [count / sum(counts) for count in counts]


@given(PAIRS)
def test_the_index_is_the_entropies_of_each_by_the_other(pair: tuple[list[int], list[int]]) -> None:
    baseline, counts = shares(pair[0]), np.array(pair[1])
    p, q = np.maximum(counts / counts.sum(), LEAST_SHARE), np.maximum(baseline, LEAST_SHARE)
    # scipy's divergence takes any two arrays of the same sum; the terms of the floor add up apart.
    expected = ENTROPY(p, q) * p.sum() + ENTROPY(q, p) * q.sum()
    expected += (p.sum() - q.sum()) * (np.log(p.sum()) - np.log(q.sum()))
    found = psi(baseline, counts)
    assert found == pytest.approx(expected, abs=1e-9)
    assert found >= 0


@given(PAIRS)
def test_the_distance_is_scipys(pair: tuple[list[int], list[int]]) -> None:
    found = jensen_shannon(shares(pair[0]), np.array(pair[1]))
    assert found == pytest.approx(JENSEN_SHANNON(shares(pair[0]), shares(pair[1]), 2), abs=1e-6)
    assert 0 <= found <= 1 + 1e-9


def test_it_is_what_a_table_worked_by_hand_says() -> None:
    # 0.1 ln(0.6/0.5) of one bin, and -0.1 ln(0.4/0.5) of the other.
    assert psi([0.5, 0.5], np.array([600, 400])) == pytest.approx(0.0182321557 + 0.0223143551)
    assert psi([0.5, 0.5], np.array([7, 7])) == 0
    # A bin that the profile has nothing in: 0.1 and a thousandth of it.
    assert psi([1, 0], np.array([900, 100])) == pytest.approx(
        -0.1 * np.log(0.9) + (0.1 - 1e-4) * np.log(0.1 / 1e-4)
    )
    assert jensen_shannon([1, 0], np.array([0, 5])) == 1


def test_rows_that_did_not_change_are_told_of_as_often_as_chi_square_says() -> None:
    random = np.random.default_rng(7)
    bins, rows = 20, LEAST_ROWS
    even = [1 / bins] * bins
    found = np.array([psi(even, random.multinomial(rows, even)) for _ in range(4000)])
    assert found.mean() == pytest.approx((bins - 1) / rows, rel=0.05)
    for share in (0.5, 0.95, 0.99):
        limit = CHI2.ppf(share, bins - 1) / rows
        assert (found <= limit).mean() == pytest.approx(share, abs=0.03)
    # What the fewest rows were chosen by.
    assert CHI2.sf(0.1 * LEAST_ROWS, bins - 1) < 1e-12
