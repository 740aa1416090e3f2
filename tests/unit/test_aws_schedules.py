import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facts.aws_schedules import aws_schedule


@pytest.mark.parametrize(
    ("cron", "aws"),
    [
        ("0 8 * * *", "cron(0 8 * * ? *)"),
        ("0 8 * * 1-5", "cron(0 8 ? * MON-FRI *)"),
        ("0 8 * * mon,wed", "cron(0 8 ? * MON,WED *)"),
        ("0 8 1 * *", "cron(0 8 1 * ? *)"),
        ("0 8 ? jan-mar ?", "cron(0 8 * JAN-MAR ? *)"),
        ("*/15 * * * *", "cron(0,15,30,45 * * * ? *)"),
        ("5/20 9-17/4 * * *", "cron(5,25,45 9,13,17 * * ? *)"),
        ("0 0 * * 0/3", "cron(0 0 ? * SUN,WED,SAT *)"),
        ("@daily", "cron(0 0 * * ? *)"),
        ("@weekly", "cron(0 0 ? * SUN *)"),
        ("@every 6h", "rate(6 hours)"),
        ("@every 1h0m0s", "rate(1 hour)"),
        ("@every 30m", "rate(30 minutes)"),
        ("@every 1h30m", "rate(90 minutes)"),
        ("@every 120s", "rate(2 minutes)"),
        ("@every 60m", "rate(1 hour)"),
        # AWS takes one kind of day, and no seconds.
        ("0 8 1 * 1", ""),
        ("@every 90s", ""),
        ("@every 0h", ""),
        ("@every 1.5h", ""),
        ("@every 59s", ""),
        ("8am", ""),
    ],
)
def test_schedules(cron: str, aws: str) -> None:
    assert aws_schedule(cron) == aws


@given(
    minute=st.integers(0, 59),
    hour=st.integers(0, 23),
    day=st.integers(0, 6),
    step=st.integers(1, 30),
)
def test_every_field_stays_what_it_was(minute: int, hour: int, day: int, step: int) -> None:
    found = re.fullmatch(r"cron\((.*)\)", aws_schedule(f"{minute}/{step} {hour} * * {day}"))
    assert found is not None
    minutes, hours, days, months, weekday, year = found[1].split()
    assert [int(each) for each in minutes.split(",")] == list(range(minute, 60, step))
    assert (int(hours), days, months, year) == (hour, "?", "*", "*")
    assert weekday == ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"][day]
