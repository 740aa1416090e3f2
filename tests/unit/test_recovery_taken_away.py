"""What a resource of ours takes away beside it for a change is read again after a kill."""

import re
from pathlib import Path
from typing import Any

import pytest

from delivery.recovery.judge import Decided, judged
from delivery.recovery.taken_away import TAKERS, left_over
from provider import kinds
from tests.unit.recovery_records import record, state, urn

ROLE = "aws:iam/role:Role"
TARGET = "aws:appautoscaling/target:Target"
POLICY = "aws:appautoscaling/policy:Policy"
WARMTH = "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig"
LIVE = record("serving:index:SageMakerLiveEndpoint", {"endpointName": "fraud"})
FUNCTION = "aws:lambda/function:Function"
READY = record("serving:index:LambdaReadyVersion", {"functionName": "iris", "aliasName": "live"})
# What was begun, what else the state has, and whether that is read again too.
BESIDE: list[tuple[dict[str, Any], str, dict[str, Any], bool]] = [
    (LIVE, TARGET, {"resourceId": "endpoint/fraud/variant/stable"}, True),
    (LIVE, POLICY, {"resourceId": "endpoint/fraud/variant/candidate"}, True),
    (LIVE, TARGET, {"resourceId": "endpoint/fraud-eu/variant/stable"}, False),
    (LIVE, TARGET, {"resourceId": "function:iris:live"}, False),
    (LIVE, TARGET, {}, False),
    (LIVE, ROLE, {"resourceId": "endpoint/fraud/variant/stable"}, False),
    (READY, TARGET, {"resourceId": "function:iris:live"}, True),
    (READY, POLICY, {"resourceId": "function:iris:live"}, True),
    (READY, POLICY, {"resourceId": "function:iris:live2"}, False),
    (READY, WARMTH, {"functionName": "iris", "qualifier": "live"}, True),
    (READY, WARMTH, {"functionName": "iris", "qualifier": "other"}, False),
    (
        record(ROLE, {"name": "it-3ef3a2a"}),
        TARGET,
        {"resourceId": "endpoint/fraud/variant/stable"},
        False,
    ),
]


@pytest.mark.parametrize(("begun", "kind", "inputs", "again"), BESIDE)
def test_what_a_cut_off_change_may_have_taken_away_is_read_again(
    begun: dict[str, Any], kind: str, inputs: dict[str, Any], *, again: bool
) -> None:
    beside = record(kind, inputs, id="x") | {"urn": urn(kind, "beside")}
    told = f"beside ({kind}) x: begun may have taken it away for its change"
    assert read_again("updating", begun, beside) == [told] * again
    # An endpoint that is made has nothing to take; an alias that gets snapshots has.
    creating = again and begun["type"] == READY["type"]
    assert read_again("creating", begun, beside) == [told] * creating
    assert read_again("deleting", begun, beside) == []
    assert read_again("updating", begun, beside | {"delete": True}) == []
    # By two runs that were killed one after the other, it is told of once.
    assert read_again("updating", begun, beside, runs=2) == [told] * again


def read_again(
    operation: str, begun: dict[str, Any], beside: dict[str, Any], *, runs: int = 1
) -> list[str]:
    """What is said of the resource beside one that was changed."""
    what = begun | {"urn": urn(begun["type"], "begun"), "id": "begun"}
    pending = [{"type": operation, "resource": what}] * runs
    deployment = {"resources": [*state(), beside], "pending_operations": pending}
    found = judged(deployment, Decided(), lambda _: {}, lambda _: None).changed
    return [str(each) for each in found if each.name == "beside"]


@pytest.mark.parametrize(("ready", "kind", "inputs", "again"), BESIDE)
def test_an_alias_with_snapshots_that_is_kept_warm_is_of_an_update_that_ended_in_between(
    ready: dict[str, Any], kind: str, inputs: dict[str, Any], *, again: bool
) -> None:
    beside = record(kind, inputs, id="x") | {"urn": urn(kind, "beside")}
    function = record(FUNCTION, {"name": "iris", "snapStart": {"applyOn": "PublishedVersions"}})
    wanted = [(ready, beside)] * (again and ready["type"] == READY["type"])
    assert left_over([*state(), function, ready, beside]) == wanted
    assert left_over([*state(), function, ready | {"delete": True}, beside]) == []
    # Who only waits for a version has no snapshots, and may be warm.
    assert left_over([*state(), record(FUNCTION, {"name": "iris"}), ready, beside]) == []
    # Nothing is pending, and it is read again all the same.
    deployment = {"resources": [*state(), function, ready, beside]}
    found = judged(deployment, Decided(), lambda _: {}, lambda _: None).changed
    assert [each.name for each in found] == ["beside"] * len(wanted)


def test_what_a_resource_of_ours_takes_away_at_aws_is_known() -> None:
    """What removes something by boto3 is named here with its type: one of those that are known."""
    removes = re.compile(r"\.(?:delete|deregister|detach|remove|stop)_(?!tags\b)\w+\(")
    files = Path("provider").rglob("*.py")
    found = {file.stem for file in files if removes.search(file.read_text())}
    takes = {
        "sagemaker_scaling": "serving:index:SageMakerLiveEndpoint",
        "lambda_ready_version": "serving:index:LambdaReadyVersion",
    }
    # What becomes of the job itself, and of nothing beside it.
    of_itself = {"sagemaker_transform_job"}
    assert found == takes.keys() | of_itself
    assert set(takes.values()) == TAKERS
    assert kinds.KINDS.keys() > TAKERS
