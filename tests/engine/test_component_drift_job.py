"""DriftJob through the real engine: what a change touches, and what it leaves alone."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_drift_job import MINIMAL, WATCHED

pytestmark = pytest.mark.engine


def test_life_of_a_drift_job(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.drift.drift_job",
        "DriftJob",
        "fraud",
        {**MINIMAL, "namespace": "default"},
    )
    created = project.up()
    assert created.names("create") >= {
        "fraud-drift-cron-job",
        "fraud-drift-service-account",
        "fraud-drift-network-policy",
    }
    assert project.outputs() == {"cron_job_name": "fraud-drift", "alerts": []}
    assert project.up().steps == {}

    # Another threshold is the next look's; nothing is made anew.
    assert project.up(threshold=0.3).steps == {"fraud-drift-cron-job": ["update"]}
    rested = project.up(suspended=True)
    assert rested.properties == {"fraud-drift-cron-job": {"spec.suspend"}}

    told = {key: WATCHED[key] for key in ("runbook_url", "grafana_url")}
    assert project.up(**told).steps == {"fraud-drift-rules": ["create"]}
    assert project.outputs()["alerts"] == ["ModelDataDrifts", "ModelDriftUnknown"]
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"fraud-drift-cron-job", "fraud-drift-rules"}
