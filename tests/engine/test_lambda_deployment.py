"""A Lambda model whose versions CodeDeploy shifts, through the real engine and boto3."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.api import codedeploy
from sandbox.store import Fault, Row, Store
from tests.engine.aws_projects import function_code
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

ALIAS = "aws:lambda/alias:Alias"
DEPLOYMENT = "iris-deployment"


@pytest.fixture
def store(sandbox: Sandbox) -> Iterator[Store]:
    sandbox.home.mkdir(exist_ok=True)
    store = Store(sandbox.home / "store.sqlite")
    yield store
    store.close()


def _code(tmp_path: Path, version: str) -> dict[str, Any]:
    path = function_code(tmp_path / f"{version}.zip", f"version = {version!r}")
    return {"code_path": path, "model_version": version}


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
            "model_uri": "file:iris/model.onnx",
            "shift": "linear",
            **_code(tmp_path, "1.0.0"),
        },
    )


def _alias(store: Store) -> Row:
    (row,) = store.list("aws", ALIAS)
    return row


def _deployments(store: Store) -> int:
    return len(store.events(operation="codedeploy:CreateDeployment"))


def test_versions_go_live_by_deployments(sandbox: Sandbox, tmp_path: Path, store: Store) -> None:
    project = _project(sandbox, tmp_path)
    created = project.up()
    assert {"iris-deployment-group", DEPLOYMENT} <= created.names("create")
    assert _alias(store).inputs["functionVersion"] == "1"
    assert _deployments(store) == 0

    calls = len(store.events(operation="codedeploy:*")) + len(store.events(operation="lambda:*"))
    second = _code(tmp_path, "2.0.0")
    seen = project.preview(**second)
    assert seen.names("update") == {"iris-function", DEPLOYMENT}
    after = len(store.events(operation="codedeploy:*")) + len(store.events(operation="lambda:*"))
    assert after == calls

    updated = project.up()
    # The alias itself is left alone: its provider would set it back to what the state knows.
    assert updated.steps == {"iris-function": ["update"], DEPLOYMENT: ["update"]}
    assert _alias(store).inputs["functionVersion"] == "2"
    assert not _alias(store).inputs.get("routingConfig")
    assert _deployments(store) == 1
    assert project.resource(DEPLOYMENT)["outputs"]["liveWeights"] == {"2": 100}
    assert project.up().steps == {}

    # A third version begins at the second one, and a refresh finds nothing that is not ours.
    project.up(**_code(tmp_path, "3.0.0"))
    assert _alias(store).inputs["functionVersion"] == "3"
    assert DEPLOYMENT not in project.refresh().names("update")
    assert project.up().steps == {}

    # Moved by hand: seen by a refresh, and brought back by a deployment.
    store.update(
        *("aws", ALIAS, _alias(store).id),
        lambda row: row.replace(inputs={**row.inputs, "functionVersion": "1"}),
    )
    project.refresh()
    assert project.resource(DEPLOYMENT)["inputs"]["targetVersion"] == "1"
    assert project.up().steps == {DEPLOYMENT: ["update"]}
    assert _alias(store).inputs["functionVersion"] == "3"
    assert _deployments(store) == 3

    # Without a shift the alias is ours again, and goes on from what is live.
    project.up(shift=None, model_uri="file:iris/3.0.0/model.onnx")
    assert _alias(store).inputs["functionVersion"] == "3"
    assert _alias(store).inputs["description"] == "3.0.0"


def test_a_failed_deployment_fails_the_update_and_the_next_one_converges(
    sandbox: Sandbox, tmp_path: Path, store: Store
) -> None:
    project = _project(sandbox, tmp_path)
    project.up()
    store.add_fault(Fault(ALIAS, "CreateDeployment", "silent_rollback"))
    failed = project.up(fails=True, **_code(tmp_path, "2.0.0"))
    assert "to version 2 is Failed: ALARM_ACTIVE One or more alarms" in failed.output
    assert "Live now: version 1." in failed.output
    assert "run `up` again to try version 2 once more" in failed.output
    assert "serving rollback" in failed.output
    assert "Traceback" not in failed.output
    assert _alias(store).inputs["functionVersion"] == "1"
    assert not _alias(store).inputs.get("routingConfig")

    assert project.up().steps == {DEPLOYMENT: ["update"]}
    assert _alias(store).inputs["functionVersion"] == "2"
    assert project.up().steps == {}


def test_a_deployment_that_goes_on_after_a_failed_update_is_looked_at_again(
    sandbox: Sandbox, tmp_path: Path, store: Store
) -> None:
    """What was asked for stays in state, as it may come true: what was before is no truth then."""
    project = _project(sandbox, tmp_path)
    project.up()
    fault = Fault(codedeploy.DEPLOYMENT, "GetDeployment", "fail", message="AccessDenied: not now")
    store.add_fault(fault)
    assert "not now" in project.up(fails=True, **_code(tmp_path, "2.0.0")).output
    noted = project.resource(DEPLOYMENT)
    assert noted["outputs"]["targetVersion"] == "2"
    assert "not now" in noted["initErrors"][0]

    # It succeeds by itself, or goes on: the next run waits for it, and begins no other.
    assert project.preview().steps == {DEPLOYMENT: ["update"]}
    assert project.up().steps == {DEPLOYMENT: ["update"]}
    assert _alias(store).inputs["functionVersion"] == "2"
    assert _deployments(store) == 1
    assert not project.resource(DEPLOYMENT).get("initErrors")
    assert project.up().steps == {}


def test_import_by_function_and_alias(sandbox: Sandbox, tmp_path: Path, store: Store) -> None:
    project = _project(sandbox, tmp_path)
    project.up()
    urn = project.resource(DEPLOYMENT)["urn"]
    before = project.resource(DEPLOYMENT)["inputs"]
    sandbox.pulumi("state", "delete", urn, "--yes", "--stack", "dev", cwd=project.folder)
    parent = urn.replace("$serving:index:LambdaDeployment", "").replace(DEPLOYMENT, "iris")
    provider = next(
        each["urn"]
        for each in sandbox.state(project.folder)["resources"]
        if each["type"] == "pulumi:providers:serving"
    )
    sandbox.pulumi(
        *("import", "serving:index:LambdaDeployment", DEPLOYMENT, f"{before['functionName']}:live"),
        *("--parent", f"iris={parent}", "--provider", f"serving={provider}"),
        *("--yes", "--skip-preview", "--protect=false", "--generate-code=false"),
        *("--non-interactive", "--stack", "dev"),
        cwd=project.folder,
    )
    assert project.resource(DEPLOYMENT)["inputs"]["targetVersion"] == "1"
    assert project.up().steps == {}
    assert _deployments(store) == 0
