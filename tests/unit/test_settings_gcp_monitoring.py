"""From an environment's `gcp.monitoring` and a model's `slo` to what watches it."""

from pathlib import Path
from typing import Any, Final

import pytest

from stacks import targets
from tests.unit.settings_project import (
    CLOUD_RUN,
    CLOUD_RUN_TARGETS,
    VERTEX,
    VERTEX_BATCH,
    VERTEX_TARGETS,
    Project,
    project,
)
from tests.unit.settings_to_component import arguments_taken

_PAGES: Final = "projects/example-models/notificationChannels/7"
_MONITORING: Final = {
    "page_channels": [_PAGES],
    "runbook_url": "https://wiki.corp/runbooks/{alert}",
}
_IMAGE: Final = "europe-west4-docker.pkg.dev/example-models/serve/model@sha256:" + "0" * 64
# With an image of one's own nothing is packaged here.
_RUN: Final = {**CLOUD_RUN, "model": {**CLOUD_RUN["model"], "image": _IMAGE}}
_MODELS: Final[dict[str, dict[str, Any]]] = {"vertex": VERTEX, "cloud_run": _RUN}


def _site(
    tmp_path: Path, model: dict[str, Any], monitoring: dict[str, Any] | None = _MONITORING
) -> Project:
    gcp = {"project": "example-models"} | ({"monitoring": monitoring} if monitoring else {})
    made = project(tmp_path)
    made.environment(targets={**VERTEX_TARGETS, **CLOUD_RUN_TARGETS, "gcp": gcp})
    made.model("fraud", model)
    return made


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_every_target_that_answers_is_watched(target: str, tmp_path: Path) -> None:
    site = _site(tmp_path, _MODELS[target] | {"slo": {"window_days": 7}})
    assert (
        arguments_taken(site, "fraud").items()
        >= {"alarms": "burn_rate", "dashboard": True, "window_days": 7, **_MONITORING}.items()
    )
    assert targets.has_dashboard(site.load(), "fraud")


@pytest.mark.parametrize("target", sorted(_MODELS))
def test_nothing_is_billed_unasked(target: str, tmp_path: Path) -> None:
    site = _site(tmp_path, _MODELS[target], None)
    assert not {"alarms", "dashboard", "window_days"} & set(arguments_taken(site, "fraud"))
    assert not targets.has_dashboard(site.load(), "fraud")


def test_a_batch_is_not_watched(tmp_path: Path) -> None:
    site = _site(tmp_path, VERTEX_BATCH)
    assert "alarms" not in arguments_taken(site, "fraud")
    assert not targets.has_dashboard(site.load(), "fraud")


def test_policies_without_a_dashboard(tmp_path: Path) -> None:
    site = _site(tmp_path, VERTEX, {"dashboards": False})
    assert arguments_taken(site, "fraud")["dashboard"] is False
    assert not targets.has_dashboard(site.load(), "fraud")


@pytest.mark.parametrize(
    ("monitoring", "code", "key", "says"),
    [
        (
            _MONITORING | {"alarms": "symptoms"},
            "MS0621",
            "page_channels",
            f"got {_PAGES}, and alarms symptoms has none",
        ),
        ({"page_channels": ["#on-call"]}, "MS0106", "page_channels[0]", "notificationChannels"),
        ({"runbook_url": "wiki"}, "MS0106", "runbook_url", "a URL, with {alert}"),
    ],
)
def test_whom_nobody_reaches(
    monitoring: dict[str, Any], code: str, key: str, says: str, tmp_path: Path
) -> None:
    (problem,) = _site(tmp_path, VERTEX, monitoring).problems()
    assert (problem.code, problem.key) == (code, f"model-serving:targets.gcp.monitoring.{key}")
    assert says in str(problem)


@pytest.mark.parametrize(
    ("slo", "monitoring", "code", "says"),
    [
        ({"error_rate_percent": 33.3}, _MONITORING, None, ""),
        ({"error_rate_percent": 33.4}, _MONITORING, "MS0601", "3 x 33.4 % is no less"),
        ({"error_rate_percent": 33.4}, {"alarms": "symptoms"}, None, ""),
        ({"error_rate_percent": 33.4}, None, None, ""),
        # Ten days and less are looked back on as elsewhere.
        ({"error_rate_percent": 99, "window_days": 10}, _MONITORING, None, ""),
        ({"error_rate_percent": 100, "window_days": 10}, _MONITORING, "MS0601", "1 x 100 %"),
        ({"error_rate_percent": 0.01}, _MONITORING, None, ""),
        (
            {"error_rate_percent": 0.009},
            _MONITORING,
            "MS0620",
            "a goal of 0.99991, where Cloud Monitoring takes 0.9999 at most",
        ),
        ({"error_rate_percent": 0.009}, None, None, ""),
        ({"window_days": 30}, _MONITORING, None, ""),
        ({"window_days": 31}, _MONITORING, "MS0620", "looks back on 30 days"),
        ({"window_days": 31}, {"alarms": "symptoms"}, "MS0620", "looks back on 30 days"),
        ({"window_days": 31}, {"alarms": "symptoms", "dashboards": False}, None, ""),
    ],
)
def test_objectives_that_cannot_be_watched(
    slo: dict[str, Any],
    monitoring: dict[str, Any] | None,
    code: str | None,
    says: str,
    tmp_path: Path,
) -> None:
    site = _site(tmp_path, _RUN | {"slo": slo}, monitoring)
    if code is None:
        assert site.problems() == []
    else:
        key = "error_rate_percent" if "error_rate_percent" in slo else "window_days"
        site.has_one_problem_of_model("fraud", code, f"slo.{key}", says)


def test_both_are_said_at_once(tmp_path: Path) -> None:
    site = _site(tmp_path, VERTEX | {"slo": {"window_days": 60, "error_rate_percent": 90}})
    assert {problem.code for problem in site.problems()} == {"MS0620", "MS0601"}
