"""SageMakerEndpoint through the real engine: which resources change at each step of its life."""

import json
from typing import Any

import pytest

from sandbox.store import Fault, Row
from tests.engine.aws_projects import BUCKET, sagemaker_endpoint
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.engine.running import running_up, serving_up, wait_until

pytestmark = pytest.mark.engine

_ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
_SCALING = "aws:appautoscaling/"
_UPDATE = "UpdateEndpoint"
_WEIGHTS = "UpdateEndpointWeightsAndCapacities"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{BUCKET}/1.5.0/model.tar.gz",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return sagemaker_endpoint(sandbox, max_replicas=3, shift="canary")


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.order.index(("create", "fraud-stable-latency")) < created.order.index(
        ("create", "fraud-live")
    )
    assert created.order.index(("create", "fraud-role-policy")) < created.order.index(
        ("create", "fraud-stable-model")
    )
    assert project.outputs()["endpoint_name"] == "fraud-dev"
    assert project.up().steps == {}
    assert _calls(sandbox) == []

    new = project.up(model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"])
    assert new.names("replace") == {
        "fraud-stable-model",
        "fraud-configuration",
        "fraud-role-policy",
    }
    _before(new.order, ("create-replacement", "fraud-configuration"), ("update", "fraud-live"))
    # The old configuration, model and permission are there until the endpoint has left them.
    for name in ("fraud-configuration", "fraud-stable-model", "fraud-role-policy"):
        _before(new.order, ("update", "fraud-live"), ("delete-replaced", name))
    # The endpoint has new tags; what it serves is the live one's to move, with the asked shift.
    assert new.names("update") == {"fraud-endpoint", "fraud-live"}
    assert _calls(sandbox) == [_UPDATE]
    assert _routing(sandbox)["type"] == "CANARY"

    back = project.up(model_version="1.4.0", model_uri=f"{BUCKET}/1.4.0/model.tar.gz")
    assert back.names("update") == {"fraud-endpoint", "fraud-live"}

    tightened = project.up(latency_p95_ms=50)
    assert not tightened.names("create", "replace", "delete")
    assert project.resource("fraud-stable-latency")["inputs"]["threshold"] == 50_000

    assert project.up(max_replicas=5).steps == {"fraud-stable-scaling-target": ["update"]}
    # How it shifts is no change of what is live.
    assert project.up(shift="linear", shift_size_percent=20).steps == {}
    assert project.refresh().names("update") == set()
    assert _calls(sandbox) == [_UPDATE, _UPDATE]
    assert project.destroy().names("delete") >= created.names("create")


def test_a_held_share_walks_and_a_count_that_an_autoscaler_raised_stays(
    sandbox: Sandbox,
) -> None:
    """0, 10, 50, 100 and back, a candidate added, promoted, given up: by the calls, in order."""
    project = _project(sandbox)
    project.up()
    _scale(sandbox, 3)

    # A candidate: another set of variants, so one new configuration, all at once.
    begun = project.up(**_CANDIDATE, canary_percent=0)
    assert begun.names("create") == {
        "fraud-candidate-model",
        "fraud-candidate-latency",
        "fraud-candidate-errors",
    }
    assert begun.names("replace") == {"fraud-configuration", "fraud-role-policy"}
    assert "fraud-live" in begun.names("update")
    # Alarms and permissions are there before the endpoint needs them.
    _before(begun.order, ("create", "fraud-candidate-errors"), ("update", "fraud-live"))
    assert _calls(sandbox) == [_UPDATE]
    assert _routing(sandbox)["type"] == "ALL_AT_ONCE"
    assert _live(sandbox) == {"stable": 1, "candidate": 0}
    assert _counts(sandbox) == {"stable": 3, "candidate": 3}

    # The share alone: one call each, no configuration, no fleet, nothing that serves replaced.
    for percent in (10, 50, 100, 50, 10, 0, 100):
        assert project.up(canary_percent=percent).steps == {"fraud-live": ["update"]}
        assert _live(sandbox) == {"stable": 100 - percent, "candidate": percent}
    assert _calls(sandbox) == [_UPDATE, *[_WEIGHTS] * 7]
    assert _counts(sandbox)["stable"] == 3

    # Other machines for the candidate: the share is kept through the update.
    machines = project.up(candidate_replicas=2)
    assert machines.names("replace") == {"fraud-configuration"}
    assert _calls(sandbox)[8:] == [_UPDATE, _WEIGHTS]
    assert _live(sandbox) == {"stable": 0, "candidate": 100}
    # The candidate's count was asked for; the stable one's is the autoscaler's.
    assert _counts(sandbox) == {"stable": 3, "candidate": 2}

    # Promoted, with the shift that the file asks for: the variants change, so all at once.
    promoted = project.up(
        model_version="1.5.0",
        model_uri=_CANDIDATE["candidate_uri"],
        **_NO_CANDIDATE,
        candidate_replicas=None,
    )
    assert promoted.names("replace") == {
        "fraud-stable-model",
        "fraud-configuration",
        "fraud-role-policy",
    }
    for operation, name in promoted.order:
        if operation.startswith("delete"):
            _before(promoted.order, ("update", "fraud-live"), (operation, name))
    assert _calls(sandbox)[10:] == [_UPDATE]
    assert _routing(sandbox)["type"] == "ALL_AT_ONCE"
    assert _live(sandbox) == {"stable": 1}
    assert _counts(sandbox) == {"stable": 3}

    # Other machines while it autoscales: that is taken away for the update, and is there again.
    faster = project.up(instance_type="ml.c6i.large")
    assert faster.names("replace") == {"fraud-configuration"}
    assert faster.names("update") == {"fraud-live"}
    assert _calls(sandbox)[11:] == [_UPDATE]
    assert _counts(sandbox) == {"stable": 3}
    with sandbox.store() as store:
        asked = [event.operation for event in store.events(operation="application-autoscaling:*")]
    assert len(sandbox.asked(_SCALING)) == 2
    changes = [each.partition(":")[2] for each in asked if ":Describe" not in each]
    assert changes == [
        "ListTagsForResource",
        "DeregisterScalableTarget",
        "RegisterScalableTarget",
        "PutScalingPolicy",
    ]
    assert project.refresh().names("update") == set()

    # A tag changes nothing that serves.
    assert "fraud-live" not in project.up(tags={"team": "growth"}).names("update", "replace")
    assert _calls(sandbox)[12:] == []
    assert _counts(sandbox) == {"stable": 3}
    assert project.up().steps == {}


def test_scaling_that_a_killed_run_took_away_comes_back_by_a_refresh(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    project.up()
    with sandbox.store() as store:
        for row in store.list("aws"):
            if _SCALING in row.token:
                store.remove(row)
    failed = project.up(fails=True, instance_type="ml.c6i.large")
    assert "stable is no longer scaled" in failed.output
    assert "`up --refresh` makes it again" in failed.output
    repaired = project.up(refresh=True)
    assert repaired.names("create") == {
        "fraud-stable-scaling-target",
        "fraud-stable-scaling-policy",
    }
    assert project.up().steps == {}


def test_scaling_that_a_killed_run_took_away_comes_back_by_the_next_serving_up(
    sandbox: Sandbox,
) -> None:
    project = _project(sandbox)
    project.up()
    before = sandbox.asked(_SCALING)
    command = serving_up(project.folder)
    with sandbox.store() as store:
        store.add_fault(Fault(_ENDPOINT, "UpdateEndpoint", "slow", seconds=600))
    project.write(instance_type="ml.c6i.large")
    with running_up(sandbox, project.folder, command) as run:
        wait_until(
            lambda: not sandbox.asked(_SCALING) or run.process.poll() is not None,
            *(120, "the scaling is taken away"),
        )
        assert run.process.poll() is None, run.log()
        run.kill_engine()
    with sandbox.store() as store:
        store.clear_faults()
        store.add_fault(Fault(_ENDPOINT, "DescribeEndpoint", "fail", count=20))
    # What is to be read again is not forgotten where it could not be read.
    failed = sandbox.run(*command, cwd=project.folder, check=False)
    assert failed.returncode == 1
    assert "nothing was changed" in failed.stderr
    with sandbox.store() as store:
        store.clear_faults()
    again = sandbox.run(*command, cwd=project.folder)
    for name in ("fraud-live", "fraud-stable-scaling-target", "fraud-stable-scaling-policy"):
        assert f"Read again: {name} " in again.stderr
    assert sandbox.asked(_SCALING) == before
    assert project.up().steps == {}


def test_a_candidate_from_the_first_day_on(sandbox: Sandbox) -> None:
    """The share comes after the endpoint; a candidate that is given up leaves the stable model."""
    project = _project(sandbox)
    first = project.up(**_CANDIDATE, canary_percent=50)
    _before(first.order, ("create", "fraud-candidate-errors"), ("create", "fraud-live"))
    _before(first.order, ("create", "fraud-endpoint"), ("create", "fraud-live"))
    assert _live(sandbox) == {"stable": 50, "candidate": 50}
    assert _calls(sandbox) == [_WEIGHTS]

    # Its own model resource is never touched.
    stable = project.resource("fraud-stable-model")["id"]
    given_up = project.up(**_NO_CANDIDATE)
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
    assert _calls(sandbox) == [_WEIGHTS, _UPDATE]
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
    with sandbox.store() as store:
        store.add_fault(Fault(_ENDPOINT, "UpdateEndpoint", "silent_rollback", count=2))
    new: dict[str, Any] = {"model_version": "1.5.0", "model_uri": _CANDIDATE["candidate_uri"]}
    # The state does not say that it is done: each run tries again, and is told why it is not.
    for _ in range(2):
        failed = project.up(fails=True, **new)
        assert f"still serves configuration {old}" in failed.output
        # What the live fleet runs on is still there: configuration, model, permission to load it.
        assert not failed.names("delete", "delete-replaced")
    repaired = project.up()
    assert repaired.names("update") == {"fraud-live"}
    _before(repaired.order, ("update", "fraud-live"), ("delete-replaced", "fraud-configuration"))
    with sandbox.store() as store:
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

    with sandbox.store() as store:
        store.update("aws", _ENDPOINT, "fraud-dev", change)
    assert project.refresh().names("refresh", "update") >= {"fraud-live"}
    # The share is ours and comes back; the number of instances is the autoscaler's and stays.
    assert project.up().steps == {"fraud-live": ["update"]}
    with sandbox.store() as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    assert {v["current_instance_count"] for v in row.live["variants"]} == {3}
    assert {v["name"]: v["current_weight"] for v in row.live["variants"]} == {
        "stable": 90,
        "candidate": 10,
    }


def _live(sandbox: Sandbox) -> dict[str, float]:
    """The weight of each variant that the endpoint serves."""
    with sandbox.store() as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    return {v["name"]: v["current_weight"] for v in row.live["variants"]}


def _counts(sandbox: Sandbox) -> dict[str, int]:
    """The instances of each variant."""
    with sandbox.store() as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    return {v["name"]: v["current_instance_count"] for v in row.live["variants"]}


def _scale(sandbox: Sandbox, count: int) -> None:
    """What an autoscaler does, which no call of ours is to undo."""

    def change(row: Row) -> Row:
        counts = {"current_instance_count": count, "desired_instance_count": count}
        return row.replace(
            live={**row.live, "variants": [{**v, **counts} for v in row.live["variants"]]}
        )

    with sandbox.store() as store:
        store.update("aws", _ENDPOINT, "fraud-dev", change)


def _routing(sandbox: Sandbox) -> dict[str, Any]:
    """How traffic moved last."""
    with sandbox.store() as store:
        row = store.by_name("aws", _ENDPOINT, "fraud-dev")
    assert row is not None
    policy = row.live["deployment"]["blueGreenUpdatePolicy"]
    return policy["trafficRoutingConfiguration"]


def _calls(sandbox: Sandbox) -> list[str]:
    """What changed SageMaker over its API, in order: all that the live endpoint asked of it."""
    with sandbox.store() as store:
        events = store.events(operation="sagemaker:*")
    names = [event.operation.partition(":")[2] for event in events]
    return [name for name in names if not name.startswith(("Describe", "List"))]


def _before(order: list[tuple[str, str]], first: tuple[str, str], second: tuple[str, str]) -> None:
    assert order.index(first) < order.index(second), f"{first} after {second}"
