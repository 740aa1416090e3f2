"""A Lambda model behind SnapStart: no alias leads to a version whose snapshot is not there."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.store import Fault
from tests.engine.aws_client import aws_clients
from tests.engine.aws_projects import function_code
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.running import running_up, serving_up, wait_until

pytestmark = pytest.mark.engine

_FUNCTION = "aws:lambda/function:Function"
_WARMTH = ("aws:appautoscaling/", "aws:lambda/provisionedConcurrencyConfig:")
_NAME = "iris-dev"
_PENDING = "version 1 of iris-dev is Pending"


def _code(tmp_path: Path, version: str) -> dict[str, Any]:
    path = function_code(tmp_path / f"{version}.zip", f"version = {version!r}")
    return {"code_path": path}


def _project(sandbox: Sandbox, tmp_path: Path, **more: object) -> ComponentProject:
    arguments: dict[str, Any] = {
        "environment": "dev",
        "owner": "team-botany",
        "model_version": "1.0.0",
        "model_uri": "file:iris/1.0.0/model.onnx",
        "snap_start": True,
        **_code(tmp_path, "1.0.0"),
        **more,
    }
    module = "components.aws.lambda_.lambda_endpoint"
    return ComponentProject(sandbox, "aws", module, "LambdaEndpoint", "iris", arguments)


def _fails_next(sandbox: Sandbox, message: str) -> None:
    with sandbox.store() as store:
        store.add_fault(Fault(_FUNCTION, "PublishVersion", "silent_rollback", message=message))


def _at(sandbox: Sandbox) -> dict[str, Any]:
    """State, snapshot and number of the version that the alias is at."""
    with aws_clients(sandbox) as aws:
        found = aws("lambda").get_function_configuration(FunctionName=_NAME, Qualifier="live")
    snapshot = found["SnapStart"]["OptimizationStatus"]
    return {"version": found["Version"], "state": found["State"], "snapshot": snapshot}


def test_an_alias_waits_for_the_snapshot(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = _project(sandbox, tmp_path)
    # Long enough that somebody who does not wait is seen: 120 s are 6 s here.
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.05")
    created = project.up()
    assert _PENDING in created.output
    assert created.order.index(("create", "iris-ready")) < created.order.index(
        ("create", "iris-alias")
    )
    assert _at(sandbox) == {"version": "1", "state": "Active", "snapshot": "On"}
    monkeypatch.delenv("MODEL_SERVING_SANDBOX_TIME_SCALE")
    assert project.up().steps == {}

    # A candidate's version is ready before it gets a share, and the stable one stays.
    candidate: dict[str, Any] = {
        "candidate_version": "1.1.0",
        "candidate_uri": "file:iris/1.1.0/model.onnx",
        "canary_percent": 10,
        **_code(tmp_path, "1.1.0"),
    }
    begun = project.up(**candidate)
    assert begun.order == [
        ("update", "iris-function"),
        ("update", "iris-ready"),
        ("update", "iris-alias"),
    ]
    assert _at(sandbox)["version"] == "1"
    assert project.up(canary_percent=50).steps == {"iris-alias": ["update"]}
    promoted = project.up(
        model_version="1.1.0",
        model_uri="file:iris/1.1.0/model.onnx",
        candidate_version=None,
        candidate_uri=None,
        canary_percent=None,
    )
    assert promoted.steps == {"iris-alias": ["update"]}
    assert _at(sandbox)["version"] == "2"

    assert project.refresh().names("update") == set()
    # Without SnapStart nothing has to be waited for, and the alias stays as it is.
    left = project.up(snap_start=None)
    assert left.steps["iris-ready"] == ["delete"]
    assert project.up().steps == {}
    project.destroy()


def test_warmth_that_a_killed_run_took_away_comes_back_with_the_settings_of_before(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    warm: dict[str, Any] = {"provisioned_concurrency": 2, "max_provisioned_concurrency": 6}
    project = _project(sandbox, tmp_path, snap_start=None, **warm)
    project.up()
    before = sandbox.asked(*_WARMTH)
    assert len(before) == 3
    project.write(snap_start=True, **dict.fromkeys(warm))
    command = serving_up(project.folder)
    with running_up(sandbox, project.folder, command) as run:
        wait_until(
            lambda: len(sandbox.asked(*_WARMTH)) < len(before) or run.process.poll() is not None,
            *(120, "the first of it is taken away"),
        )
        assert run.process.poll() is None, run.log()
        run.kill_engine()
    project.write(snap_start=None, **warm)
    again = sandbox.run(*command, cwd=project.folder)
    assert "iris-ready may have taken it away for its change" in again.stderr
    assert sandbox.asked(*_WARMTH) == before
    assert project.up().steps == {}


def test_a_model_that_does_not_load_gets_no_alias(sandbox: Sandbox, tmp_path: Path) -> None:
    project = _project(sandbox, tmp_path, shift="linear")
    _fails_next(sandbox, "Runtime exited with error: exit status 1")
    failed = project.up(fails=True)
    assert "version 1 of iris-dev is Failed, its update Failed (FunctionError" in failed.output
    assert "change the package" in failed.output
    assert "iris-function" in failed.names("create")
    assert "iris-alias" not in failed.names("create")
    # The same again publishes nothing, and fails the same.
    again = project.up(fails=True)
    assert "version 1 of iris-dev is Failed" in again.output
    assert "Traceback" not in again.output

    # Another package does, and the rest is made.
    mended = project.up(**_code(tmp_path, "1.0.1"))
    assert "iris-alias" in mended.names("create")
    assert _at(sandbox) == {"version": "2", "state": "Active", "snapshot": "On"}
    assert project.up().steps == {}

    # CodeDeploy is asked to move the alias to a version that is ready, and to no other.
    deployed = project.up(**_code(tmp_path, "1.0.2"))
    assert deployed.order == [
        ("update", "iris-function"),
        ("update", "iris-ready"),
        ("update", "iris-deployment"),
    ]
    assert _at(sandbox)["version"] == "3"
    _fails_next(sandbox, "Runtime exited with error: exit status 2")
    failed = project.up(fails=True, **_code(tmp_path, "1.0.3"))
    assert "FunctionError" in failed.output
    assert failed.names("update") == {"iris-function"}
    assert _at(sandbox)["version"] == "3"
    # What failed is published, and an `up` that goes on from there does not take it for ready.
    project.refresh()
    again = project.up(fails=True)
    assert "version 4 of iris-dev is Failed" in again.output
    assert _at(sandbox)["version"] == "3"
    project.up(**_code(tmp_path, "1.0.4"))
    assert _at(sandbox)["version"] == "5"
    assert project.up().steps == {}
