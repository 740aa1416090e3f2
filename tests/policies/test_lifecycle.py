"""The day of a deprecation itself, and the day before it."""

from datetime import date

import pytest

from policies import evaluate
from tests.policies.cases.lifecycle import AFTER, BEFORE, FUNCTION, until
from tests.policies.cases.table import Case


@pytest.mark.parametrize(
    ("today", "rule", "says"),
    [
        (date(2027, 2, 28), BEFORE, "the end in 1 days"),
        (date(2027, 3, 1), AFTER, "the end on 2027-03-01"),
    ],
)
def test_a_model_is_past_its_deprecation_from_the_day_on(today: date, rule: str, says: str) -> None:
    for each in (BEFORE, AFTER):
        case = Case(each, "", FUNCTION, until("2027-03-01"))
        found = evaluate([case.resource()], case.config(), today=today)
        assert [one.rule for one in found] == [each] * (each == rule)
        assert all(says in str(one) for one in found)
