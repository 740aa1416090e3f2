"""Bounds of schedules that cross each other."""

import pytest

from facts.scheduled_bounds import crossed


@pytest.mark.parametrize(
    ("bounds", "found"),
    [
        ([], []),
        ([(2, None)], []),
        ([(3, None)], [(0, "min_replicas", 3, 2)]),
        # Both are set together, or another schedule raises the upper one.
        ([(3, 3)], []),
        ([(3, None), (None, 4)], []),
        ([(5, None), (None, 4)], [(0, "min_replicas", 5, 4)]),
        ([(None, 1)], []),
        ([(None, 0)], [(0, "max_replicas", 0, 1)]),
        ([(0, None), (None, 0)], []),
    ],
)
def test_one_bound_alone_meets_the_other_one(
    bounds: list[tuple[int | None, int | None]], found: list[tuple[int, str, int, int]]
) -> None:
    assert crossed(bounds, fewest=1, most=2) == found
