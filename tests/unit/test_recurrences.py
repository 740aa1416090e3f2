"""Which of cron's schedules Azure can keep, and as what."""

import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.recurrences import DAYS, Recurrence, recurrence
from facts.windows_time_zones import windows_time_zone

HOURS = tuple(range(24))


@pytest.mark.parametrize(
    ("schedule", "kept"),
    [
        ("30 2 * * *", Recurrence((30,), (2,), ())),
        ("*/20 * * * *", Recurrence((0, 20, 40), HOURS, ())),
        ("5/20 8-10 ? ? *", Recurrence((5, 25, 45), (8, 9, 10), ())),
        ("0 6,18 * * 1-5", Recurrence((0,), (6, 18), DAYS[1:6])),
        ("0 6 * * sun,Wed", Recurrence((0,), (6,), ("Sunday", "Wednesday"))),
        ("@hourly", Recurrence((0,), HOURS, ())),
        ("@weekly", Recurrence((0,), (0,), ("Sunday",))),
        ("0 6 1 * *", None),
        ("0 6 * 1 *", None),
        ("@monthly", None),
        ("@every 6h", None),
        ("60 6 * * *", None),
    ],
)
def test_schedule_is_kept_or_cannot_be_said(schedule: str, kept: Recurrence | None) -> None:
    assert recurrence(schedule) == kept


@given(
    minutes=st.sets(st.integers(0, 59), min_size=1),
    hours=st.sets(st.integers(0, 23), min_size=1),
    days=st.sets(st.integers(0, 6), min_size=1),
)
def test_lists_are_kept_as_they_are(minutes: set[int], hours: set[int], days: set[int]) -> None:
    fields = [",".join(map(str, sorted(found))) for found in (minutes, hours, days)]
    assert recurrence(f"{fields[0]} {fields[1]} * * {fields[2]}") == Recurrence(
        tuple(sorted(minutes)), tuple(sorted(hours)), tuple(DAYS[day] for day in sorted(days))
    )


@pytest.mark.parametrize(
    ("name", "zone"),
    [
        ("Europe/Berlin", "W. Europe Standard Time"),
        ("Etc/UTC", "UTC"),
        ("America/New_York", "Eastern Standard Time"),
        ("Nowhere/Land", None),
    ],
)
def test_zone_has_its_name_on_windows(name: str, zone: str | None) -> None:
    assert windows_time_zone(name) == zone


def test_nearly_all_zones_have_a_name() -> None:
    """Those without are old spellings and bases of research."""
    known = {name for name in zoneinfo.available_timezones() if "/" in name}
    assert len({name for name in known if windows_time_zone(name) is None}) < len(known) / 50
