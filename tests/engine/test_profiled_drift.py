"""Drift by a profile through the real engine: what comes, changes and goes with it."""

from pathlib import Path
from typing import Any

import pytest

from tests.engine.aws_projects import function_code
from tests.engine.cloud_run_project import cloud_run_project
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit import azure_functions_cases, test_model_monitoring

pytestmark = pytest.mark.engine

_MODELS = "https://exampleartifacts.blob.core.windows.net/models/fraud"
_OFF: dict[str, Any] = {"drift_baseline_uri": None, "drift_threshold": None, "drift_schedule": None}


def test_on_lambda_rights_come_before_the_function_reads_and_go_after(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.aws.lambda_.lambda_endpoint",
        "LambdaEndpoint",
        "iris",
        {
            "environment": "dev",
            "owner": "team-botany",
            "model_version": "1.0.0",
            "model_uri": "file:iris/1.0.0/model.onnx",
            "code_path": function_code(tmp_path / "1.0.0.zip", "version = 1"),
        },
    )
    project.up()
    begun = project.up(drift_baseline_uri="s3://models/iris/drift/profile.json")
    assert begun.names("create") == {"iris-reads-drift-profile", "iris-drift"}
    # The new version has the profile; the alias leads there.
    assert begun.names("update") == {"iris-function", "iris-alias"}
    assert project.up().steps == {}
    # What is looked at is the alarm's alone.
    changed = project.up(drift_threshold=0.3, drift_schedule="0 0/6 * * *")
    assert changed.steps == {"iris-drift": ["update"]}
    ended = project.up(**_OFF)
    assert ended.names("delete") == {"iris-reads-drift-profile", "iris-drift"}
    assert ended.names("update") == {"iris-function", "iris-alias"}


def test_on_cloud_run_a_metric_and_its_policy(sandbox: Sandbox, tmp_path: Path) -> None:
    stable = {
        "model_version": "1.0.0",
        "model_uri": "gs://example-models/fraud/1.0.0/model.onnx",
        "code_path": function_code(tmp_path / "1.0.0.zip", "version = 1"),
        "bucket": "example-models",
    }
    project = cloud_run_project(sandbox, stable)
    project.up()
    begun = project.up(drift_baseline_uri="gs://example-models/fraud/drift/profile.json")
    own = {"fraud-drift", "fraud-drift-metric", "fraud-drift-profile"}
    assert begun.names("create") == own
    assert begun.names("update") == {"fraud-service", "fraud-stable"}
    assert project.up().steps == {}
    assert set(project.up(drift_threshold=0.3).steps) == {"fraud-drift"}
    ended = project.up(**_OFF)
    assert ended.names("delete") == own
    assert ended.names("update") == {"fraud-service", "fraud-stable"}


def test_on_azure_a_rule_over_traces(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.functions.azure_functions_endpoint",
        "AzureFunctionsEndpoint",
        "fraud",
        azure_functions_cases.MINIMAL | {"model_uri": f"{_MODELS}/1.4.0/model.onnx"},
    )
    made = project.up(drift_baseline_uri=f"{_MODELS}/drift/profile.json")
    assert "fraud-drift" in made.names("create")
    assert project.up(drift_schedule="hourly").steps == {"fraud-drift": ["update"]}
    ended = project.up(**_OFF)
    assert ended.names("delete") == {"fraud-drift"}
    # The container's right has a path less, and the app a variable.
    assert "fraud-app" in ended.steps


def test_on_kubernetes_rules_and_dashboard_have_it(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.monitoring.model_monitoring",
        "ModelMonitoring",
        "fraud",
        test_model_monitoring.MINIMAL | {"namespace": "default"},
    )
    project.up()
    assert "ModelDataDrifts" not in project.outputs()["alerts"]
    assert set(project.up(drift_threshold=0.2).steps) == {"fraud-rules", "fraud-dashboard"}
    assert "ModelDataDrifts" in project.outputs()["alerts"]
    assert project.up().steps == {}
