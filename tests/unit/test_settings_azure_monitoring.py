"""From an environment's `azure.monitoring` and a model's `slo` to what watches it."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.azure_functions_spaces import make_packages
from tests.unit.azure_monitored import LOGS, PAGES
from tests.unit.settings_project import (
    AZURE_FUNCTIONS,
    AZURE_FUNCTIONS_TARGETS,
    AZURE_ML,
    AZURE_ML_TARGETS,
    Project,
    project,
)
from tests.unit.settings_to_component import arguments_taken

_MONITORING: Final = {
    "page_action_group_id": PAGES,
    "log_workspace_id": LOGS,
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
}
_MODELS: Final[dict[str, dict[str, Any]]] = {
    "azure_ml": AZURE_ML,
    "azure_functions": AZURE_FUNCTIONS,
}
_PLACE: Final = "model-serving:targets.azure.monitoring"


def _site(
    tmp_path: Path, model: dict[str, Any], monitoring: dict[str, Any] | None = _MONITORING
) -> Project:
    targets = AZURE_ML_TARGETS | AZURE_FUNCTIONS_TARGETS
    azure = targets["azure"] | ({"monitoring": monitoring} if monitoring is not None else {})
    made = project(tmp_path)
    made.environment(targets=targets | {"azure": azure})
    made.model("fraud", model)
    make_packages(made)
    return made


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_every_target_that_answers_is_watched(target: str, tmp_path: Path) -> None:
    site = _site(tmp_path, _MODELS[target] | {"slo": {"window_days": 7}})
    given = arguments_taken(site, "fraud")
    expected = {"alarms": "burn_rate", "dashboard": True, "window_days": 7, **_MONITORING}
    if target == "azure_functions":
        # Their requests are in a workspace of their own.
        del expected["log_workspace_id"]
    assert given.items() >= expected.items()


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_nothing_is_billed_unasked(target: str, tmp_path: Path) -> None:
    given = arguments_taken(_site(tmp_path, _MODELS[target], None), "fraud")
    assert not {"alarms", "dashboard", "window_days", "log_workspace_id"} & set(given)


def test_a_workbook_alone(tmp_path: Path) -> None:
    asked = {"alarms": "symptoms", "log_workspace_id": LOGS}
    given = arguments_taken(_site(tmp_path, AZURE_ML, asked), "fraud")
    assert (given["alarms"], given["dashboard"]) == ("symptoms", True)
    assert given["log_workspace_id"] == LOGS


def test_words_alone_log_nothing(tmp_path: Path) -> None:
    """Who wants runbooks in the alerts that are there pays for no row of a log."""
    asked = {"alarms": "symptoms", "dashboards": False, "log_workspace_id": LOGS}
    given = arguments_taken(_site(tmp_path, AZURE_ML, asked), "fraud")
    assert "log_workspace_id" not in given


@pytest.mark.parametrize(
    ("monitoring", "key", "code", "says"),
    [
        (
            {"alarms": "symptoms", "page_action_group_id": PAGES, "log_workspace_id": LOGS},
            "page_action_group_id",
            "MS0631",
            "has none that is a page",
        ),
        ({}, "log_workspace_id", "MS0630", "objectives of fraud are measured by AmlOnline"),
        (
            {"alarms": "symptoms"},
            "log_workspace_id",
            "MS0630",
            "which a Log Analytics workspace has to take",
        ),
    ],
)
def test_what_nobody_would_be_told(
    monitoring: dict[str, Any], key: str, code: str, says: str, tmp_path: Path
) -> None:
    site = _site(tmp_path, AZURE_ML, monitoring)
    (problem,) = site.problems()
    assert (problem.code, problem.key) == (code, f"{_PLACE}.{key}")
    assert says in problem.message


@pytest.mark.parametrize(
    ("model", "monitoring"),
    [
        (AZURE_FUNCTIONS, {}),
        (AZURE_ML, {"alarms": "symptoms", "dashboards": False}),
        (AZURE_ML, _MONITORING),
    ],
)
def test_what_is_measured_needs_no_more(
    model: dict[str, Any], monitoring: dict[str, Any], tmp_path: Path
) -> None:
    assert _site(tmp_path, model, monitoring).problems() == []


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_an_objective_that_no_alert_could_tell(target: str, tmp_path: Path) -> None:
    slo = {"error_rate_percent": 40, "window_days": 90}
    model = _MODELS[target] | {"slo": slo}
    (problem,) = _site(tmp_path, model).problems()
    assert problem.code == "MS0601"
    quiet = _MONITORING | {"alarms": "symptoms"}
    del quiet["page_action_group_id"]
    other = tmp_path / "quiet"
    other.mkdir()
    assert _site(other, model, quiet).problems() == []


def test_a_level_of_logging_that_hides_requests(tmp_path: Path) -> None:
    name = "AzureFunctionsJobHost__logging__logLevel__default"
    model = AZURE_FUNCTIONS | {"environment_variables": {name: "Warning"}}
    (problem,) = _site(tmp_path, model, {}).problems()
    assert (problem.code, problem.key) == ("MS0630", f"environment_variables.{name}")
    other = tmp_path / "other"
    other.mkdir()
    quiet = {"alarms": "symptoms", "dashboards": False}
    assert _site(other, model, quiet).problems() == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("page_action_group_id", "on-call"),
        ("log_workspace_id", PAGES),
        ("runbook_url", "wiki"),
        ("alarms", "all"),
    ],
)
def test_what_is_no_such_thing(key: str, value: str, tmp_path: Path) -> None:
    (problem,) = _site(tmp_path, AZURE_ML, _MONITORING | {key: value}).problems()
    assert problem.key == f"{_PLACE}.{key}"
