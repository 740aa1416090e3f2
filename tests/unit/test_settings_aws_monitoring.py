"""From an environment's `aws.monitoring` and a model's `slo` to what watches it."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.lambda_spaces import make_packages
from tests.unit.settings_project import (
    ASYNC,
    COMPONENT,
    LAMBDA,
    SAGEMAKER,
    SERVERLESS,
    SHARED_ENDPOINT,
    TARGETS,
    Project,
    project,
)
from tests.unit.settings_to_component import arguments_taken

_PAGES: Final = "arn:aws:sns:eu-west-1:123456789012:pages"
_MONITORING: Final = {
    "page_topic_arn": _PAGES,
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
}
_MODELS: Final[dict[str, dict[str, Any]]] = {
    "sagemaker": SAGEMAKER,
    "sagemaker_serverless": SERVERLESS,
    "sagemaker_async": ASYNC,
    "sagemaker_component": COMPONENT,
    "sagemaker_shared_endpoint": SHARED_ENDPOINT,
    "lambda": LAMBDA,
}


def _site(
    tmp_path: Path, model: dict[str, Any], monitoring: dict[str, Any] | None = _MONITORING
) -> Project:
    aws = TARGETS["aws"] | ({"monitoring": monitoring} if monitoring is not None else {})
    made = project(tmp_path)
    made.environment(targets=TARGETS | {"aws": aws})
    made.model("fraud", model)
    make_packages(made)
    return made


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_every_target_that_answers_is_watched(target: str, tmp_path: Path) -> None:
    model = _MODELS[target]
    site = _site(tmp_path, model | {"slo": model.get("slo", {}) | {"window_days": 7}})
    assert (
        arguments_taken(site, "fraud").items()
        >= {"alarms": "burn_rate", "dashboard": True, "window_days": 7, **_MONITORING}.items()
    )


def test_nothing_is_billed_unasked(tmp_path: Path) -> None:
    given = arguments_taken(_site(tmp_path, SAGEMAKER, None), "fraud")
    assert not {"alarms", "dashboard", "window_days"} & set(given)


def test_a_dashboard_alone(tmp_path: Path) -> None:
    given = arguments_taken(_site(tmp_path, SAGEMAKER, {"alarms": "symptoms"}), "fraud")
    assert (given["alarms"], given["dashboard"]) == ("symptoms", True)


@pytest.mark.parametrize(
    ("monitoring", "code", "says"),
    [
        (_MONITORING | {"alarms": "symptoms"}, "MS0610", "has none that is a page"),
        (
            {"page_topic_arn": _PAGES.replace("eu-west-1", "eu-west-3")},
            "MS0106",
            "got one in eu-west-3",
        ),
    ],
)
def test_pages_that_reach_nobody(
    monitoring: dict[str, Any], code: str, says: str, tmp_path: Path
) -> None:
    (problem,) = _site(tmp_path, SAGEMAKER, monitoring).problems()
    key = "model-serving:targets.aws.monitoring.page_topic_arn"
    assert (problem.code, problem.key) == (code, key)
    assert says in problem.message


@pytest.mark.parametrize(
    ("percent", "monitoring", "refused"),
    [
        (99.9, _MONITORING, False),
        (100, _MONITORING, True),
        (100, {"alarms": "symptoms"}, False),
        (100, None, False),
    ],
)
def test_an_objective_of_which_no_alarm_could_go_off(
    percent: float, monitoring: dict[str, Any] | None, *, refused: bool, tmp_path: Path
) -> None:
    site = _site(tmp_path, SAGEMAKER | {"slo": {"error_rate_percent": percent}}, monitoring)
    if refused:
        site.has_one_problem_of_model("fraud", "MS0601", "slo.error_rate_percent", "1 x 100 %")
    else:
        assert site.problems() == []
