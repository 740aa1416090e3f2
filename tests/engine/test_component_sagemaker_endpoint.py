"""SageMakerEndpoint through the real engine: which resources change at each step of its life."""

import json
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest

from sandbox.store import Fault, Row, Store
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_BUCKET = "s3://example-models/fraud"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_BUCKET}/1.5.0/model.tar.gz",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.sagemaker_endpoint",
        "SageMakerEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "model_version": "1.4.0",
            "model_uri": f"{_BUCKET}/1.4.0/model.tar.gz",
            "framework": "xgboost",
            "instance_type": "ml.m5.large",
            "max_replicas": 3,
            "shift": "canary",
        },
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.order.index(("create", "fraud-stable-latency")) < created.order.index(
        ("create", "fraud-endpoint")
    )
    assert created.order.index(("create", "fraud-role-policy")) < created.order.index(
        ("create", "fraud-stable-model")
    )
    assert project.outputs()["endpoint_name"] == "fraud-dev"
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.names("create") == {
        "fraud-candidate-model",
        "fraud-candidate-latency",
        "fraud-candidate-errors",
    }
    assert begun.names("replace") == {"fraud-configuration", "fraud-role-policy"}
    assert begun.names("update") == {"fraud-endpoint", "fraud-live"}
    live = project.resource("fraud-live")["outputs"]
    assert live["liveWeights"] == {"stable": 90, "candidate": 10}

    # The share alone: no configuration, no fleet.
    assert project.up(canary_percent=50).steps == {"fraud-live": ["update"]}
    assert project.up(canary_percent=100).steps == {"fraud-live": ["update"]}

    promoted = project.up(
        model_version="1.5.0",
        model_uri=_CANDIDATE["candidate_uri"],
        shift="all_at_once",
        **_NO_CANDIDATE,
    )
    assert promoted.names("replace") == {
        "fraud-stable-model",
        "fraud-configuration",
        "fraud-role-policy",
    }
    _before(promoted.order, ("create-replacement", "fraud-configuration"), ("update", "fraud-live"))
    # The old configuration, model and permission are there until the endpoint has left them.
    for name in ("fraud-configuration", "fraud-stable-model", "fraud-role-policy"):
        _before(promoted.order, ("update", "fraud-live"), ("delete-replaced", name))
    _before(promoted.order, ("update", "fraud-live"), ("delete", "fraud-candidate-model"))
    assert project.resource("fraud-live")["outputs"]["liveWeights"] == {"stable": 100}

    back = project.up(model_version="1.4.0", model_uri=f"{_BUCKET}/1.4.0/model.tar.gz")
    assert back.names("update") == {"fraud-endpoint", "fraud-live"}

    tightened = project.up(latency_p95_ms=50)
    assert not tightened.names("create", "replace", "delete")
    assert project.resource("fraud-stable-latency")["inputs"]["threshold"] == 50_000

    assert project.up(max_replicas=5).steps == {"fraud-stable-scaling-target": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_a_candidate_from_the_first_day_on(sandbox: Sandbox) -> None:
    """What each variant gets, from the first `up` to giving the candidate up."""
    project = _project(sandbox)
    first = project.up(**_CANDIDATE, canary_percent=50)
    # Alarms and permissions are there before the endpoint needs them; the share comes after it.
    _before(first.order, ("create", "fraud-candidate-errors"), ("create", "fraud-endpoint"))
    _before(first.order, ("create", "fraud-endpoint"), ("create", "fraud-live"))
    assert _live(sandbox) == {"stable": 50, "candidate": 50}

    # None and all, and neither makes a configuration.
    for percent in (0, 100):
        assert project.up(canary_percent=percent).steps == {"fraud-live": ["update"]}
        assert _live(sandbox) == {"stable": 100 - percent, "candidate": percent}

    # A new configuration begins with the stable model, and the share comes back at once.
    machines = project.up(candidate_replicas=2)
    assert machines.names("replace") == {"fraud-configuration"}
    assert _live(sandbox) == {"stable": 0, "candidate": 100}

    # Given up: the stable model has everything, and its own model resource was never touched.
    stable = project.resource("fraud-stable-model")["id"]
    refused = project.up(**_NO_CANDIDATE, candidate_replicas=None, fails=True)
    assert "needs the same variant names" in refused.output
    assert _live(sandbox) == {"stable": 0, "candidate": 100}
    given_up = project.up(shift="all_at_once")
    assert given_up.names("delete") == {
        "fraud-candidate-model",
        "fraud-candidate-latency",
        "fraud-candidate-errors",
    }
    # The endpoint leaves the candidate before anything of it goes.
    for operation, name in given_up.order:
        if operation.startswith("delete"):
            _before(given_up.order, ("update", "fraud-live"), (operation, name))
    assert project.resource("fraud-stable-model")["id"] == stable
    assert _live(sandbox) == {"stable": 1}
    assert project.up().steps == {}


def test_nvme_instances_have_no_key(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up(instance_type="ml.g5.xlarge")
    assert "fraud-key" not in created.names("create")
    assert "kmsKeyArn" not in project.resource("fraud-configuration")["inputs"]


def test_a_silent_rollback_fails_and_the_next_update_converges(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    old = project.resource("fraud-configuration")["outputs"]["name"]
    with _store(sandbox) as store:
        store.add_fault(Fault(_ENDPOINT, "update", "silent_rollback"))
    new: dict[str, Any] = {"model_version": "1.5.0", "model_uri": _CANDIDATE["candidate_uri"]}
    failed = project.up(fails=True, **new)
    assert f"still serves configuration {old}" in failed.output
    # What the live fleet runs on is still there: configuration, model and permission to load it.
    assert not failed.names("delete", "delete-replaced")

    # The state holds what was asked for, so only a refresh finds out that it is not so.
    again = project.up(fails=True)
    assert f"still serves configuration {old}" in again.output
    assert not again.names("delete", "delete-replaced")
    repaired = project.up(refresh=True)
    assert repaired.names("update") >= {"fraud-endpoint", "fraud-live"}
    _before(repaired.order, ("update", "fraud-live"), ("delete-replaced", "fraud-configuration"))
    with _store(sandbox) as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    assert row.live["endpoint_config_name"] != old
    assert project.up().steps == {}


def test_what_an_autoscaler_or_another_tool_changed(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up(**_CANDIDATE, canary_percent=10)

    def change(row: Row) -> Row:
        live = json.loads(json.dumps(row.live))
        for variant in live["variants"]:
            variant["current_instance_count"] = variant["desired_instance_count"] = 3
            variant["current_weight"] = variant["desired_weight"] = 50.0
        return row.replace(live=live)

    with _store(sandbox) as store:
        store.update("aws", _ENDPOINT, "fraud-dev", change)
    assert project.refresh().names("refresh", "update") >= {"fraud-live"}
    # The share is ours and comes back; the number of instances is the autoscaler's and stays.
    assert project.up().steps == {"fraud-live": ["update"]}
    with _store(sandbox) as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    assert {v["current_instance_count"] for v in row.live["variants"]} == {3}
    assert {v["name"]: v["current_weight"] for v in row.live["variants"]} == {
        "stable": 90,
        "candidate": 10,
    }


def _live(sandbox: Sandbox) -> dict[str, float]:
    """The weight of each variant that the endpoint serves."""
    with _store(sandbox) as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    return {v["name"]: v["current_weight"] for v in row.live["variants"]}


@contextmanager
def _store(sandbox: Sandbox) -> Generator[Store]:
    store = Store(sandbox.home / "store.sqlite")
    try:
        yield store
    finally:
        store.close()


def _before(order: list[tuple[str, str]], first: tuple[str, str], second: tuple[str, str]) -> None:
    assert order.index(first) < order.index(second), f"{first} after {second}"
