"""Little's law, as autoscaling's targets take it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.capacity import Capacity

_CAPACITIES = st.builds(
    Capacity,
    st.integers(1, 1000),
    st.floats(1, 60_000),
    st.integers(1, 100),
)


@given(_CAPACITIES)
def test_what_arrives_is_what_is_in_flight(capacity: Capacity) -> None:
    """Requests per second times the seconds of each are those in flight, and no more than fit."""
    assert capacity.per_second * capacity.latency_ms / 1000 == pytest.approx(capacity.in_flight)
    assert capacity.per_minute == pytest.approx(60 * capacity.per_second)
    assert capacity.in_flight <= capacity.concurrency


@given(_CAPACITIES, st.floats(0.01, 1))
def test_the_bound_errs_to_the_safe_side(capacity: Capacity, share: float) -> None:
    """A mean that is shorter than the bound leads to more requests, and never to fewer."""
    measured = Capacity(
        capacity.concurrency, capacity.latency_ms * share, capacity.utilization_percent
    )
    assert measured.per_minute >= capacity.per_minute * (1 - 1e-12)


@pytest.mark.parametrize(
    ("capacity", "unit_ms", "says"),
    [
        (Capacity(4, 200), 60_000, "60000 ms / 200 ms x 4 x 70 % = 840"),
        (Capacity(4, 200), 1000, "1000 ms / 200 ms x 4 x 70 % = 14"),
        (Capacity(1, 1500, 50), 1000, "1000 ms / 1500 ms x 1 x 50 % = 0.3333"),
        (Capacity(5, 200, 50), None, "5 x 50 % = 2.5"),
    ],
)
def test_the_arithmetic_is_shown(capacity: Capacity, unit_ms: int | None, says: str) -> None:
    assert capacity.says(unit_ms) == says
