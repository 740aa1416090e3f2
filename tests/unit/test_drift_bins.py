"""Rows of requests in their bins, against numpy's own histogram; a window over them."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from runtime.drift.bins import Bins
from runtime.drift.making import profile_of
from runtime.drift.profile import Column, Profile, ProfileError
from runtime.drift.window import LEAST_ROWS, Estimate, Window
from runtime.tensors import TensorSpec

X = TensorSpec("x", "float32", (3,))
LABEL = TensorSpec("label", "int64", ())
EDGES = ((0.0,), (-1.5, 0.1, 2.5), (1.0, 2.0))


def numbers(name: str, column: int, edges: Sequence[float], kind: str = "feature") -> Column:
    shares = [0.0] * (len(edges) + 2)
    return Column(kind, name, column, (1.0, *shares[1:]), tuple(edges))


def texts(name: str, values: Sequence[str], kind: str = "feature", column: int = 0) -> Column:
    return Column(kind, name, column, (1.0, *[0.0] * len(values)), (), tuple(values))


def bins_of(*columns: Column, inputs: Sequence[TensorSpec] = (X,), **more: Any) -> Bins:  # noqa: ANN401
    return Bins(Profile(100, columns), inputs, more.pop("outputs", (LABEL,)), **more)


def by_column(bins: Bins) -> list[list[int]]:
    counts = bins.counts().tolist()
    return [counts[a:b] for a, b in zip(bins.begins, bins.begins[1:], strict=False)]


@given(
    arrays(
        "float32",
        st.tuples(st.integers(1, 20), st.just(3)),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True)
        | st.sampled_from([0.0, -1.5, np.float32(0.1).item(), 2.5, 1.0, 2.0]),
    )
)
def test_numbers_are_where_numpy_puts_them(rows: Any) -> None:  # noqa: ANN401 - an array
    bins = bins_of(*(numbers(f"x{index}", index, edges) for index, edges in enumerate(EDGES)))
    bins.add({"x": rows}, {})
    for index, (edges, found) in enumerate(zip(EDGES, by_column(bins), strict=True)):
        column = rows[:, index]
        is_number = column < np.inf
        places = cast(Any, np).digitize(column[is_number], np.array(edges, "float32"))
        expected = np.bincount(np.asarray(places, "int64"), minlength=len(edges) + 1).tolist()
        assert found == [*expected, len(column) - int(is_number.sum())]
    assert (bins.rows, bins.faults) == (len(rows), 0)


def test_columns_may_be_left_out_and_lie_in_any_order() -> None:
    bins = bins_of(numbers("last", 2, [0]), numbers("first", 0, [0]))
    bins.add({"x": np.array([[1, 1, -1], [1, 1, -1], [-1, 1, -1]], "float32")}, {})
    assert by_column(bins) == [[3, 0, 0], [1, 2, 0]]


def test_texts_booleans_and_labels_are_looked_up() -> None:
    inputs = (TensorSpec("plan", "str", (1,)), TensorSpec("new", "bool", ()))
    columns = [texts("plan", ["basic", "pro"]), texts("new", ["true", "false"])]
    bins = bins_of(
        *columns,
        texts("label", ["no", "yes"], "prediction"),
        inputs=inputs,
        labels=("no", "yes", "other"),
    )
    rows = np.array([["pro"], ["basic"], ["PRO"]], dtype=object)
    bins.add({"plan": rows, "new": np.array([True, True, False])}, {"label": np.array([1, 2, 0])})
    assert by_column(bins) == [[1, 1, 1], [2, 1, 0], [1, 1, 1]]


def test_a_column_without_a_tensor_is_of_its_name_or_of_the_only_one() -> None:
    outputs = (LABEL, TensorSpec("score", "float32", ()))
    bins = bins_of(
        numbers("anything", 1, [0]),
        numbers("score", 0, [0.5], "prediction"),
        numbers("class", 0, [0.5], "prediction"),
        outputs=outputs,
    )
    row = np.zeros((1, 3), "float32")
    bins.add({"x": row}, {"label": np.array([1]), "score": np.array([0.1], "float32")})
    assert by_column(bins) == [[0, 1, 0], [1, 0, 0], [0, 1, 0]]


@pytest.mark.parametrize(
    ("column", "inputs", "told"),
    [
        (numbers("age", 3, [0]), (X,), "feature age: there is no column 3 in x"),
        (texts("age", ["a"]), (X,), "feature age: a is no value of x: float32"),
        (texts("age", ["b"]), (LABEL,), "feature age: b is no value of label: int64"),
        (numbers("age", 0, [0]), (X, LABEL), "feature age: the model has no such tensor; it has x"),
        (numbers("s", 0, [0]), (TensorSpec("s", "str", ()),), "feature s: the profile has numbers"),
        (
            numbers("s", 0, [0]),
            (TensorSpec("s", "float32", (), scalar=True),),
            "it has none that can be counted",
        ),
        (numbers("p", 1, [0], "prediction"), (X,), "prediction p: there is no column 1 in label"),
    ],
)
def test_a_profile_of_another_model_is_refused(
    column: Column, inputs: tuple[TensorSpec, ...], told: str
) -> None:
    with pytest.raises(ProfileError) as found:
        bins_of(column, numbers("z", 9, [0]), inputs=inputs)
    assert told in str(found.value)
    # Both problems at once.
    assert "feature z" in str(found.value)


def test_what_cannot_be_counted_is_noted_and_goes_on() -> None:
    free = TensorSpec("x", "float32", (None,))
    bins = bins_of(numbers("a", 2, [0]), inputs=(free,))
    bins.add({"x": np.zeros((4, 2), "float32")}, {})
    assert (bins.rows, bins.faults) == (0, 1)
    bins.add({"x": np.zeros((4, 3), "float32")}, {})
    assert (bins.rows, bins.faults) == (4, 1)
    assert by_column(bins) == [[0, 4, 0]]


def test_threads_lose_nothing() -> None:
    bins = bins_of(numbers("a", 0, [0]))
    row = np.zeros((1, 3), "float32")
    with ThreadPoolExecutor(4) as pool:
        for _ in range(2000):
            pool.submit(bins.add, {"x": row}, {})
    assert (bins.rows, by_column(bins)) == (2000, [[0, 2000, 0]])


@given(
    # Further apart than numbers of 32 bits can be: edges lie between them.
    st.lists(st.integers(-(10**6), 10**6).map(lambda v: v / 10), min_size=100, max_size=200)
    | st.floats(-1e6, 1e6, width=32).map(lambda v: [v] * 100),
    st.integers(2, 20),
)
def test_rows_that_a_profile_is_made_of_are_at_no_distance(values: list[float], parts: int) -> None:
    rows = np.array(values, "float32")
    profile = profile_of({"x": np.array(values)}, bins=parts)
    bins = Bins(profile, (TensorSpec("x", "float32", ()),), ())
    bins.add({"x": rows}, {})
    expected = np.array(profile.columns[0].shares) * len(rows)
    assert bins.counts() == pytest.approx(expected, abs=1e-3)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_window_tells_each_thousand_rows_of_the_last_ten_thousand() -> None:
    bins, clock = bins_of(numbers("a", 0, [0])), Clock()
    window = Window(bins, clock)
    low, high = np.full((1, 3), -1, "float32"), np.ones((LEAST_ROWS, 3), "float32")
    for _ in range(LEAST_ROWS - 1):
        bins.add({"x": low}, {})
    assert window.due() is None
    bins.add({"x": low}, {})
    first = window.due()
    assert first is not None
    assert (first.rows, first.psi, first.farthest) == (LEAST_ROWS, {"feature a": 0}, "feature a")
    # What was told is not told again.
    assert window.due() is None
    told: list[Estimate | None] = []
    for _ in range(10):
        bins.add({"x": high}, {})
        told.append(window.due())
    assert [each.rows for each in told if each] == [*range(2000, 11_000, 1000), 10_000]
    distances = [each.jensen_shannon["feature a"] for each in told if each]
    assert distances == sorted(distances)
    # Nothing of the first thousand is in the window any more.
    assert distances[-1] == 1


def test_a_window_forgets_after_a_day_but_tells_of_a_thousand_rows() -> None:
    bins, clock = bins_of(numbers("a", 0, [0])), Clock()
    window = Window(bins, clock)
    rows = np.ones((LEAST_ROWS, 3), "float32")
    found: list[int] = []
    for hour in (1, 2, 24, 27, 100):
        clock.now = hour * 3600.0
        bins.add({"x": rows}, {})
        estimate = window.due()
        found.append(estimate.rows if estimate else 0)
    assert found == [1000, 2000, 3000, 2000, 1000]
