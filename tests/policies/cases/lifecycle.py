"""Cases of models that are to go; their days lie far away on both sides."""

from typing import Any

from tests.policies.cases.cost_and_tags import FUNCTION
from tests.policies.cases.resources import KSERVE
from tests.policies.cases.spending import AZURE_ML, CLOUD_RUN
from tests.policies.cases.table import UNKNOWN, Case

BEFORE = "lifecycle/deprecated"
AFTER = "lifecycle/past-deprecation"
TO_COME, PAST = "9999-01-01", "2000-01-01"


def until(day: object) -> dict[str, Any]:
    return {"tags": {"model-serving:deprecation-date": day}}


CASES = (
    Case(
        BEFORE,
        "a day to come",
        FUNCTION,
        until(TO_COME),
        ("tags",),
        says="days, on 9999-01-01; expected callers of its own no more",
    ),
    Case(BEFORE, "a day that is past", FUNCTION, until(PAST)),
    Case(BEFORE, "absent", FUNCTION, {}),
    Case(BEFORE, "no day", FUNCTION, until("soon")),
    Case(BEFORE, "unknown day", FUNCTION, until(UNKNOWN)),
    Case(
        BEFORE,
        "a label",
        KSERVE,
        {"metadata": {"labels": {"model-serving/deprecation-date": TO_COME}}},
        ("metadata.labels",),
    ),
    Case(
        BEFORE,
        "a label of Google Cloud",
        CLOUD_RUN,
        {"labels": {"model-serving-deprecation-date": TO_COME}},
        ("labels",),
    ),
    Case(BEFORE, "Azure ML", AZURE_ML, until(TO_COME), ("tags",)),
    Case(AFTER, "a day that is past", FUNCTION, until(PAST), ("tags",), says="the end on 2000-01"),
    Case(AFTER, "a day to come", FUNCTION, until(TO_COME)),
    Case(AFTER, "absent", FUNCTION, {}),
    Case(AFTER, "unknown day", FUNCTION, until(UNKNOWN)),
    Case(AFTER, "no day", FUNCTION, until("2000-99-01")),
)
