"""LambdaEndpoint through the real engine: which resources change at each step of its life."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.engine.aws_projects import function_code
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def _project(sandbox: Sandbox, tmp_path: Path) -> ComponentProject:
    return ComponentProject(
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


def test_life(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _project(sandbox, tmp_path)
    created = project.up()
    assert created.names("create") >= {"iris-function", "iris-alias", "iris-api", "iris-logs"}
    assert project.up().steps == {}
    # Made again, elsewhere and at another time: the same bytes are no change.
    again = tmp_path / "again.zip"
    again.write_bytes(Path(project.args["code_path"]).read_bytes())
    os.utime(again, (1, 1))
    assert project.up(code_path=str(again)).steps == {}
    project.args["code_path"] = str(tmp_path / "1.0.0.zip")

    candidate: dict[str, Any] = {
        "candidate_version": "1.1.0",
        "candidate_uri": "file:iris/1.1.0/model.onnx",
        "code_path": function_code(tmp_path / "1.1.0.zip", "version = 2"),
    }
    stable = project.resource("iris-alias")["outputs"]["functionVersion"]
    begun = project.up(**candidate, canary_percent=10)
    assert begun.steps == {"iris-function": ["update"], "iris-alias": ["update"]}
    alias = project.resource("iris-alias")["outputs"]
    newest = project.resource("iris-function")["outputs"]["version"]
    assert alias["functionVersion"] == stable != newest
    assert alias["routingConfig"]["additionalVersionWeights"] == {newest: 0.1}

    assert project.up(canary_percent=50).steps == {"iris-alias": ["update"]}
    assert project.outputs()["status"]["canary_percent"] == 50

    promoted = project.up(
        model_version="1.1.0",
        model_uri="file:iris/1.1.0/model.onnx",
        candidate_version=None,
        candidate_uri=None,
        canary_percent=None,
    )
    assert promoted.steps == {"iris-alias": ["update"]}
    alias = project.resource("iris-alias")["outputs"]
    assert alias["functionVersion"] == newest
    assert not alias.get("routingConfig")

    # Going back is a new version with the old code: a published version cannot be changed.
    back = project.up(
        model_version="1.0.0",
        model_uri="file:iris/1.0.0/model.onnx",
        code_path=str(tmp_path / "1.0.0.zip"),
    )
    assert back.steps == {"iris-function": ["update"], "iris-alias": ["update"]}

    changed = project.up(timeout_seconds=20, log_retention_days=60)
    assert changed.names("update") == {
        "iris-function",
        "iris-alias",
        "iris-integration",
        "iris-logs",
        "iris-access-logs",
    }
    assert not changed.names("create", "replace", "delete")
    assert project.refresh().names("update") == set()

    destroyed = project.destroy()
    assert destroyed.names("delete") >= created.names("create")


def test_a_candidate_needs_a_stable_model(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _project(sandbox, tmp_path)
    stable_code = project.args["code_path"]
    asked: dict[str, Any] = {
        "candidate_version": "1.1.0",
        "candidate_uri": "file:iris/1.1.0/model.onnx",
        "code_path": function_code(tmp_path / "1.1.0.zip", "version = 2"),
    }
    for run in (project.preview, project.up):
        refused = run(fails=True, **asked, canary_percent=10)
        assert "no stable model is live yet; deploy the stable model alone first" in refused.output
    assert all("iris-function" not in each["urn"] for each in _resources(project))

    project.up(
        candidate_version=None, candidate_uri=None, canary_percent=None, code_path=stable_code
    )
    project.up(**asked, canary_percent=10)
    for run in (project.preview, project.up):
        refused = run(fails=True, model_version="1.0.1")
        assert "the stable model changes from 1.0.0 to 1.0.1" in refused.output


def test_codedeploy_owns_the_alias(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _project(sandbox, tmp_path)
    created = project.up(shift="canary")
    assert {"iris-application", "iris-deployment-group"} <= created.names("create")
    group = project.resource("iris-deployment-group")["inputs"]
    assert group["deploymentConfigName"] == "CodeDeployDefault.LambdaCanary10Percent5Minutes"
    new: dict[str, Any] = {
        "code_path": function_code(tmp_path / "2.zip", "version = 2"),
        "model_version": "2.0.0",
    }
    updated = project.up(**new)
    assert updated.names("update") == {"iris-function", "iris-deployment"}


def _resources(project: ComponentProject) -> list[dict[str, str]]:
    return project.sandbox.state(project.folder).get("resources", [])
