"""Monitoring's life through the engine: made, unchanged, followed by its model's SLO, gone."""

from typing import Any

import pytest

from tests.engine.component_project import ROOT, ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_model_monitoring import MINIMAL

pytestmark = pytest.mark.engine

_ALL = {"fraud-pod-monitor", "fraud-rules", "fraud-dashboard"}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.monitoring.model_monitoring",
        "ModelMonitoring",
        "fraud",
        MINIMAL | {"namespace": "default"},
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    looked = project.preview()
    assert looked.names("create") >= _ALL
    assert project.up().names("create") >= _ALL
    assert project.up().steps == {}

    # The objective is among the labels of all of them.
    assert set(project.up(error_rate_percent=0.5).steps) == _ALL
    assert set(project.up(scrape_seconds=15).steps) == {"fraud-pod-monitor"}
    # A rollout is told by alerts, and shown.
    changed = project.up(model_version="1", candidate_version="2", canary_percent=10)
    assert set(changed.steps) == {"fraud-rules", "fraud-dashboard"}
    outputs = project.outputs()
    assert outputs["dashboard_url"] == "https://grafana.corp/d/dev-default-fraud"
    assert "ModelErrorBudgetBurnsFast" in outputs["alerts"]
    assert outputs["unmeasured"] == {}

    # Pods of a router come and go with their own monitor, and want their token.
    router = {
        "role": "router",
        "pod_labels": {"app.kubernetes.io/component": "router"},
        "metrics_port": 9090,
        "version": "1",
        "helps": True,
        "token_secret": "metrics-reader",
    }
    with_router = project.up(further_pods=[router])
    assert with_router.names("create") == {"fraud-pod-monitor-router"}
    # One model of a shared server: its series alone are kept.
    shared: dict[str, Any] = {"metrics": "triton", "metrics_port": 8002}
    shared["model_names"] = {"fraud": "1"}
    changed = project.up(**shared, further_pods=[])
    assert changed.names("delete") == {"fraud-pod-monitor-router"}
    assert set(changed.steps) == {*_ALL, "fraud-pod-monitor-router"}

    # Somebody took the rules out by hand: the next update has them back.
    sandbox.run(
        *(ROOT / "sandbox" / "cloud", "set", "fraud", "spec.groups=[]"),
        *("--token", "*:PrometheusRule", "--account", "serving-dev"),
    )
    assert set(project.refresh().steps) == {"fraud-rules"}
    assert set(project.up().steps) == {"fraud-rules"}
    assert project.destroy().names("delete") >= _ALL


def test_the_definitions_of_the_operator_are_the_judge(sandbox: Sandbox) -> None:
    """A label that Prometheus cannot have is refused before, one that its operator refuses here."""
    refused = _project(sandbox).preview(fails=True, alert_labels={"not-a-label": "x"})
    assert "alert_labels: got 'not-a-label'" in refused.output
    assert "Traceback" not in refused.output
