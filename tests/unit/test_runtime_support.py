"""The days on which support ends: names are the vendors' own, and the day itself is over."""

from datetime import date
from typing import Any, cast

import pytest

from facts.runtime_support import EKS_EXTENDED, EKS_STANDARD, GOOGLE_FUNCTIONS, LAMBDA, READ
from policies.runtimes import over
from tests.unit.sandbox_api import LOADER

END = date(2026, 10, 31)


def test_lambda_names_are_those_of_its_api() -> None:
    """Each runtime of the table is one of the client's; all of Python's with a day are in it."""
    model = cast("dict[str, Any]", LOADER.load_service_model("lambda", "service-2"))
    known = set(model["shapes"]["Runtime"]["enum"])
    assert set(LAMBDA) <= known
    # What is newer than the table.
    assert known - set(LAMBDA) == {"nodejs26.x", "python3.15", "custom"}


def test_extended_support_is_longer() -> None:
    """No version's extended support ends before its standard support."""
    assert EKS_EXTENDED.keys() == EKS_STANDARD.keys()
    assert all(EKS_EXTENDED[name] >= end for name, end in EKS_STANDARD.items())
    assert EKS_EXTENDED["1.34"] == date(2027, 12, 2)
    assert EKS_EXTENDED["1.21"] == date(2024, 7, 15)


def test_something_is_supported_and_something_is_not() -> None:
    """Of each table on the day when it was read."""
    for table in (LAMBDA, EKS_STANDARD, GOOGLE_FUNCTIONS):
        ended = [name for name, end in table.items() if over(end, READ, 0)]
        assert 0 < len(ended) < len(table)


@pytest.mark.parametrize(
    ("today", "notice_days", "ended"),
    [
        (date(2026, 10, 30), 0, False),
        (date(2026, 10, 31), 0, True),
        (date(2026, 10, 29), 1, False),
        (date(2026, 10, 30), 1, True),
    ],
)
def test_both_sides_of_the_last_day(today: date, notice_days: int, *, ended: bool) -> None:
    """On its day support is over; with notice, so many days before."""
    assert over(END, today, notice_days) is ended
