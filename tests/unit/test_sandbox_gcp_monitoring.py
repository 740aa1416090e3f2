"""What the stand-in of Cloud Monitoring takes: objectives, conditions, dashboards' JSON."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_gcp import ALERT, PLACE, PROJECT
from tests.unit.sandbox_life import Stack

_LEVEL = "gcp:monitoring/customService:CustomService"
_OBJECTIVE = "gcp:monitoring/slo:Slo"
_DASHBOARD = "gcp:monitoring/dashboard:Dashboard"
_RATIO = {"goodTotalRatio": {"badServiceFilter": "bad", "totalServiceFilter": "all"}}
_INACTIVE = "EVALUATION_MISSING_DATA_INACTIVE"
_NAME = f"projects/{PROJECT}/services/fraud/serviceLevelObjectives/errors"


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": PROJECT, "region": PLACE})


def _policy(filter_: str, **more: object) -> dict[str, Any]:
    threshold = {"filter": filter_, "comparison": "COMPARISON_GT", "duration": "0s", **more}
    condition = {"displayName": "it", "conditionThreshold": threshold}
    return {"displayName": "it", "combiner": "OR", "conditions": [condition]}


def _burns(lookback: str, slo: str = _NAME) -> str:
    return f'select_slo_burn_rate("{slo}", "{lookback}")'


def test_an_objective_is_named_by_its_program(gcp: Stack) -> None:
    level = gcp.create(_LEVEL, "level", serviceId="fraud")
    assert level.id == f"projects/{PROJECT}/services/fraud"
    made = gcp.create(
        _OBJECTIVE,
        "errors",
        service="fraud",
        sloId="errors",
        goal=0.99,
        rollingPeriodDays=30,
        requestBasedSli=_RATIO,
    )
    assert made.outputs["name"] == made.id == _NAME
    # One that is not named has a name of Google's.
    assert gcp.create(_LEVEL, "other").id.rpartition("/")[2].isdecimal()
    assert gcp.paths(made, goal=0.95) == {"goal": False}
    assert gcp.paths(made, sloId="failures") == {"sloId": True}


def test_what_is_pointed_to_is_there(gcp: Stack) -> None:
    with pytest.raises(RefusedError, match='service of objectives "fraud" does not exist'):
        gcp.create(
            _OBJECTIVE, "o", service="fraud", goal=0.9, rollingPeriodDays=1, requestBasedSli=_RATIO
        )
    with pytest.raises(RefusedError, match=r"objective .* does not exist"):
        gcp.create(ALERT, "it", **_policy(_burns("3600s")))
    gcp.create(_LEVEL, "level", serviceId="fraud")
    more = {"goal": 0.9, "rollingPeriodDays": 1, "requestBasedSli": _RATIO}
    gcp.create(_OBJECTIVE, "o", service="fraud", sloId="errors", **more)
    gcp.create(ALERT, "it", **_policy(_burns("3600s")))
    # Google makes services of its own.
    gcp.create(_OBJECTIVE, "p", service="gae:project_default", sloId="errors", **more)


@pytest.mark.parametrize(
    ("good", "bad", "key"),
    [
        (_policy(_burns("86400s")), _policy(_burns("86401s")), "filter"),
        (_policy(_burns("24h")), _policy(_burns("25h")), "filter"),
        (_policy(_burns("300s")), _policy(f'select_slo_burn_rate("{_NAME}")'), "filter"),
        (_policy(f'select_slo_health("{_NAME}")'), _policy("select_slo_health"), "filter"),
        (_policy('metric.type = "m"'), _policy('resource.type = "r"'), "filter"),
        (
            _policy('metric.type = "m"', duration="60s"),
            _policy('metric.type = "m"', duration="90s"),
            "duration",
        ),
        (
            _policy("metric.type", duration="60s", evaluationMissingData=_INACTIVE),
            _policy("metric.type", evaluationMissingData=_INACTIVE),
            "evaluationMissingData",
        ),
        (
            _policy("metric.type", aggregations=[{"alignmentPeriod": "90000s"}]),
            _policy("metric.type", aggregations=[{"alignmentPeriod": "90060s"}]),
            "aggregations[0].alignmentPeriod",
        ),
        (
            _policy('metric.type = "m"', denominatorFilter="metric.type"),
            _policy(_burns("300s"), denominatorFilter="metric.type"),
            "denominatorFilter",
        ),
    ],
)
def test_both_sides_of_a_condition(
    gcp: Stack, good: dict[str, Any], bad: dict[str, Any], key: str
) -> None:
    assert gcp.problems(ALERT, good) == []
    (problem,) = gcp.problems(ALERT, bad)
    assert problem.path == f"conditions[0].conditionThreshold.{key}"


def test_a_policy_has_six_conditions_at_most(gcp: Stack) -> None:
    policy = _policy("metric.type")
    assert gcp.problems(ALERT, policy | {"conditions": policy["conditions"] * 6}) == []
    (problem,) = gcp.problems(ALERT, policy | {"conditions": policy["conditions"] * 7})
    assert problem.path == "conditions"


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"goal": 0}, "goal"),
        ({"goal": 0.99991}, "goal"),
        ({"rollingPeriodDays": 31}, "rollingPeriodDays"),
        (
            {"requestBasedSli": {"goodTotalRatio": {"totalServiceFilter": "all"}}},
            "requestBasedSli.goodTotalRatio",
        ),
    ],
)
def test_objectives_that_are_none(gcp: Stack, inputs: dict[str, Any], path: str) -> None:
    good = {"service": "s", "goal": 0.9999, "rollingPeriodDays": 30, "requestBasedSli": _RATIO}
    assert gcp.problems(_OBJECTIVE, good) == []
    assert [each.path for each in gcp.problems(_OBJECTIVE, good | inputs)] == [path]


def _tile(**more: object) -> dict[str, Any]:
    tile = {"width": 4, "height": 4, "widget": {"text": {"content": "it"}}, **more}
    return {"displayName": "it", "mosaicLayout": {"columns": 12, "tiles": [tile]}}


@pytest.mark.parametrize(
    ("document", "says"),
    [
        # The provider's own example has numbers as texts.
        ({"displayName": "it", "gridLayout": {"columns": "2"}}, None),
        ({"display_name": "it"}, "displayName is required"),
        (_tile(), None),
        (_tile(xPos=8), None),
        (_tile(xPos=9), "tiles[0] is not within the 12 columns"),
        (_tile(height=0), "tiles[0] is not within"),
        (_tile(widgets={}), "mosaicLayout.tiles[0].widgets is unknown; did you mean widget?"),
        (_tile(widget={"text": {"content": 1}}), "text.content is to be a string, and is 1"),
        (
            _tile(widget={"text": {"format": "MARKDWN"}}),
            'text.format is "MARKDWN"; did you mean MARKDOWN?',
        ),
        (_tile(widget={"xyChart": {"timeshiftDuration": "1h"}}), "written as 300s"),
        (_tile(widget={"xyChart": {"dataSets": {}}}), "xyChart.dataSets is to be a list"),
        (_tile(widget=[]), "mosaicLayout.tiles[0].widget is to be an object"),
        (
            {"displayName": "it", "gridLayout": {}, "mosaicLayout": {"columns": 1}},
            "gridLayout and mosaicLayout exclude one another",
        ),
        ({"displayName": "it", "mosaicLayout": {"columns": 49}}, "use 1 to 48"),
        ([], "it is to be an object"),
    ],
)
def test_a_dashboards_json(gcp: Stack, document: object, says: str | None) -> None:
    found = [
        each.reason for each in gcp.problems(_DASHBOARD, {"dashboardJson": json.dumps(document)})
    ]
    if says is None:
        assert found == []
    else:
        assert any(says in each for each in found), found
