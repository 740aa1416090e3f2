"""The first-party resource against a SageMaker that answers from a store, through boto3."""

import asyncio
import re
from typing import Any

import pytest
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    PropertyDiffKind,
    ReadRequest,
    UpdateRequest,
)

from provider.aws.sagemaker_live_endpoint import Poll
from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from sandbox.store import Fault, Store
from tests.unit.sagemaker_live_endpoint import (
    ASKED,
    QUICK,
    TOKEN,
    URN,
    calls,
    change,
    create,
    put,
    store,
)

__all__ = ["store"]

WEIGHTS_CALL = "sagemaker:UpdateEndpointWeightsAndCapacities"


def update(**more: object) -> dict[str, Any]:
    properties = wrap_map({**ASKED, **more})
    request = UpdateRequest(URN, "fraud", {}, properties, 0, [], preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties)


def read(**inputs: object) -> tuple[dict[str, object], dict[str, object]]:
    request = ReadRequest(URN, "fraud", {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    assert response.resource_id == "fraud"
    return plain_map(response.inputs), plain_map(response.properties)


def check(**changes: object) -> dict[str, str]:
    """Problems by property path, of the asked inputs with changes (None takes a key away)."""
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


# ---- create and update ----


def test_weights_are_moved_and_verified(store: Store) -> None:
    put(store)
    outputs = create()
    assert outputs["liveWeights"] == {"stable": 90, "candidate": 10}
    assert outputs["liveEndpointConfigName"] == "fraud-2"
    assert outputs["status"] == "InService"
    assert outputs["weights"] == ASKED["weights"]
    assert len(calls(store, WEIGHTS_CALL)) == 1


def test_no_call_moves_weights_that_are_right(store: Store) -> None:
    put(store, weights={"stable": 9, "candidate": 1})
    assert create()["liveWeights"] == {"stable": 90, "candidate": 10}
    assert calls(store) == ["sagemaker:DescribeEndpoint"]


def test_instance_counts_stay_the_autoscalers(store: Store) -> None:
    put(store)
    update(weights={"stable": 50, "candidate": 50})
    row = store.get("aws", TOKEN, "fraud")
    assert row is not None
    assert {v["current_instance_count"] for v in row.live["variants"]} == {3}
    assert {v["desired_instance_count"] for v in row.live["variants"]} == {3}


def test_one_variant_alone_needs_no_call_whatever_its_weight(store: Store) -> None:
    put(store, weights={"stable": 1})
    assert create(weights={"stable": 100})["liveWeights"] == {"stable": 100}
    assert calls(store, WEIGHTS_CALL) == []


@pytest.mark.parametrize("status", ["Failed", "OutOfService", "UpdateRollbackFailed", "Deleting"])
def test_an_endpoint_that_ended_badly_fails(store: Store, status: str) -> None:
    put(store, status=status, failure_reason="no capacity")
    with pytest.raises(ProviderError, match=f"is {status} with .* FailureReason: no capacity"):
        create()


@pytest.mark.parametrize("status", ["Creating", "Updating", "SystemUpdating", "RollingBack"])
def test_a_moving_endpoint_is_waited_for(store: Store, status: str) -> None:
    put(store, status=status, weights={"stable": 90, "candidate": 10})
    lines: list[str] = []

    async def log(urn: str, message: str) -> None:
        assert urn == URN
        lines.append(message)
        if len(lines) == 3:
            await asyncio.to_thread(change, store, status="InService")

    provider = ServingProvider(log, poll=QUICK)
    assert create(provider)["status"] == "InService"
    assert re.match(rf"{status}, \d s of at most 5 s", lines[0])


def test_the_deadline_ends_the_wait_and_says_how_to_go_on(store: Store) -> None:
    put(store, status="Updating", config="fraud-1")
    with pytest.raises(ProviderError, match=r"not ready after 1 s: it is Updating .*`up`"):
        create(timeoutSeconds=1)
    with pytest.raises(ProviderError, match=r"not ready after 0\.3 s"):
        create(timeout=0.3)


def test_cancel_ends_the_wait_at_once(store: Store) -> None:
    put(store, status="Updating")

    async def scenario() -> None:
        provider = ServingProvider(poll=Poll(first_seconds=60))
        request = CreateRequest(URN, wrap_map({**ASKED, "timeoutSeconds": 600}), 0, preview=False)
        running = asyncio.create_task(provider.create(request))
        await asyncio.sleep(1)
        await provider.cancel()
        await asyncio.wait_for(running, 5)

    with pytest.raises(ProviderError, match="cancelled while waiting"):
        asyncio.run(scenario())


def test_a_weight_change_that_is_rolled_back_fails(store: Store) -> None:
    put(store)
    store.add_fault(Fault(TOKEN, "UpdateEndpointWeightsAndCapacities", "silent_rollback"))
    with pytest.raises(ProviderError, match=r"candidate 0 %, stable 100 %; asked: candidate 10 %"):
        create()


def test_another_update_in_between_is_waited_out(store: Store) -> None:
    """The autoscaler and this resource may update at once; AWS refuses the second one."""
    put(store)
    message = 'ValidationException: Cannot update in-progress endpoint "arn".'
    store.add_fault(
        Fault(TOKEN, "UpdateEndpointWeightsAndCapacities", "fail", count=2, message=message)
    )
    assert create()["liveWeights"] == {"stable": 90, "candidate": 10}
    assert len(calls(store, WEIGHTS_CALL)) == 3


def test_throttling_is_retried(store: Store) -> None:
    put(store)
    store.add_fault(Fault(TOKEN, "*", "throttle", count=2))
    assert create()["status"] == "InService"


@pytest.mark.parametrize(
    ("live", "asked"),
    [({"stable": 1}, {"stable": 90, "candidate": 10}), ({"a": 1, "b": 0}, {"a": 100})],
)
def test_every_live_variant_must_be_named(
    store: Store, live: dict[str, float], asked: dict[str, float]
) -> None:
    put(store, weights=live)
    with pytest.raises(ProviderError, match="Name each variant"):
        create(weights=asked)
    assert calls(store, WEIGHTS_CALL) == []


def test_a_missing_endpoint_says_what_to_do(store: Store) -> None:
    assert store.list("aws", TOKEN) == []
    with pytest.raises(ProviderError, match=r"no endpoint fraud .*pulumi refresh"):
        create()


def test_previews_make_no_calls(store: Store) -> None:
    provider = ServingProvider()
    asked = wrap_map({**ASKED, "endpointConfigName": UNKNOWN})
    created = asyncio.run(provider.create(CreateRequest(URN, asked, 0, preview=True)))
    assert created.resource_id is None
    updated = asyncio.run(
        provider.update(UpdateRequest(URN, "fraud", {}, asked, 0, [], preview=True))
    )
    for response in (created, updated):
        outputs = plain_map(response.properties)
        assert outputs["weights"] == ASKED["weights"]
        for key in ("status", "liveWeights", "liveEndpointConfigName", "endpointConfigName"):
            assert outputs[key] is UNKNOWN
    assert calls(store) == []


def test_delete_does_nothing_in_the_cloud(store: Store) -> None:
    put(store)
    asyncio.run(ServingProvider().delete(DeleteRequest(URN, "fraud", wrap_map(ASKED), 0)))
    assert calls(store) == []


# ---- read ----


def test_read_shows_what_is_live(store: Store) -> None:
    put(store, config="fraud-9", weights={"stable": 3, "candidate": 1})
    inputs, outputs = read(**ASKED)
    assert inputs == {
        **ASKED,
        "endpointConfigName": "fraud-9",
        "weights": {"stable": 75, "candidate": 25},
    }
    assert outputs == {
        **inputs,
        "status": "InService",
        "liveEndpointConfigName": "fraud-9",
        "liveWeights": {"stable": 75, "candidate": 25},
    }


def test_import_needs_the_name_alone(store: Store) -> None:
    put(store)
    inputs, outputs = read()
    assert inputs == {
        "endpointName": "fraud",
        "endpointConfigName": "fraud-2",
        "weights": {"stable": 100, "candidate": 0},
        "timeoutSeconds": 5700,
    }
    assert outputs["status"] == "InService"


def test_an_import_tells_the_last_shift(store: Store) -> None:
    put(store)
    size = {"type": "CAPACITY_PERCENT", "value": 20}
    routing = {"type": "LINEAR", "waitIntervalInSeconds": 60, "linearStepSize": size}
    deployment = {
        "blueGreenUpdatePolicy": {"trafficRoutingConfiguration": routing},
        "autoRollbackConfiguration": {"alarms": [{"alarmName": "slow"}]},
    }
    store.update(
        *("aws", TOKEN, "fraud"),
        lambda row: row.replace(inputs={"deploymentConfig": deployment}),
    )
    inputs, _ = read()
    assert inputs == {
        "endpointName": "fraud",
        "endpointConfigName": "fraud-2",
        "weights": {"stable": 100, "candidate": 0},
        "shift": "linear",
        "shiftSizePercent": 20,
        "shiftWaitSeconds": 60,
        "alarmNames": ["slow"],
        "timeoutSeconds": 5100,
    }


def test_what_was_asked_and_is_live_reads_back_as_asked(store: Store) -> None:
    put(store, weights={"stable": 1})
    inputs, _ = read(**{**ASKED, "weights": {"stable": 7}})
    assert inputs["weights"] == {"stable": 7}


def test_an_endpoint_that_is_gone_reads_as_nothing(store: Store) -> None:
    assert store.list("aws", TOKEN) == []
    request = ReadRequest(URN, "fraud", wrap_map(ASKED), wrap_map(ASKED))
    response = asyncio.run(ServingProvider().read(request))
    assert not response.resource_id
    assert response.properties == {}


# ---- check ----


def test_good_inputs_pass_with_their_defaults() -> None:
    asked = {k: v for k, v in ASKED.items() if k != "timeoutSeconds"}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(asked), b"")))
    assert not response.failures
    assert plain_map(response.inputs or {}) == {**asked, "timeoutSeconds": 5700}


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"endpointName": None}, "endpointName", "got nothing"),
        ({"endpointName": "-x"}, "endpointName", "got '-x'; use 1 to 63 letters"),
        ({"endpointName": "x" * 64}, "endpointName", "use 1 to 63"),
        ({"endpointConfigName": ""}, "endpointConfigName", "use 1 to 63"),
        ({"endpointConfigName": 5}, "endpointConfigName", "got 5"),
        ({"weights": None}, "weights", "got nothing; use percent by variant"),
        ({"weights": {}}, "weights", "use percent by variant"),
        ({"weights": [100]}, "weights", "use percent by variant"),
        ({"weights": {"a": 50, "b": 49}}, "weights", "a 50 %, b 49 %, 99 together; use 100"),
        ({"weights": {"a": 0}}, "weights", "alone needs 100"),
        ({"weights": {"a": 101, "b": 0}}, "weights.a", "got 101; use a whole number from 0 to 100"),
        ({"weights": {"a": -1, "b": 101}}, "weights.a", "got -1"),
        ({"weights": {"a": 99.5, "b": 0.5}}, "weights.b", "got 0.5"),
        ({"weights": {"a": True}}, "weights.a", "got True"),
        ({"weights": {"a": "100"}}, "weights.a", "got '100'"),
        ({"weights": {"a b": 100}}, "weights.a b", "name has 1 to 63"),
        ({"shift": "blue"}, "shift", "got 'blue'; use all_at_once, canary, linear, rolling"),
        ({"shift": "canary", "shiftSizePercent": 51}, "shiftSizePercent", "from 1 to 50"),
        ({"shift": "linear", "shiftSizePercent": 9}, "shiftSizePercent", "from 10 to 50"),
        ({"shift": "rolling", "shiftSizePercent": 4}, "shiftSizePercent", "from 5 to 50"),
        ({"shiftWaitSeconds": 3601}, "shiftWaitSeconds", "from 0 to 3600"),
        ({"shift": "linear", "shiftWaitSeconds": 2521}, "shiftWaitSeconds", "from 0 to 2520"),
        ({"alarmNames": [f"a{n}" for n in range(11)]}, "alarmNames", "use at most 10 names"),
        ({"alarmNames": [""]}, "alarmNames", "use at most 10 names"),
        ({"timeoutSeconds": 0}, "timeoutSeconds", "got 0; use a whole number of seconds"),
        ({"timeoutSeconds": 1.5}, "timeoutSeconds", "got 1.5"),
        ({"region": ""}, "region", "use a region such as"),
        ({"endpointname": "x"}, "endpointname", "did you mean endpointName?"),
    ],
)
def test_a_wrong_input_is_named(changes: dict[str, object], path: str, reason: str) -> None:
    problems = check(**changes)
    assert list(problems) == ["weights.a", "weights.b"] or path in problems
    assert reason in problems[path]


@pytest.mark.parametrize(
    "changes",
    [
        {"weights": {"a": 0, "b": 100}},
        {"weights": {"a": 100, "b": 0}},
        {"weights": {"a": 1}},
        {"endpointName": "x" * 63},
        {"endpointName": "A-1--b"},
        {"endpointName": UNKNOWN, "endpointConfigName": UNKNOWN, "weights": UNKNOWN},
        {"weights": {"a": UNKNOWN, "b": 99}},
        {"timeoutSeconds": 1},
        {"shift": "canary", "shiftSizePercent": 50, "shiftWaitSeconds": 3600},
        {"shift": "linear", "shiftSizePercent": 10, "shiftWaitSeconds": 2520},
        {"shift": "rolling", "shiftSizePercent": 5, "shiftWaitSeconds": 1260},
        {"shift": UNKNOWN, "shiftSizePercent": UNKNOWN, "alarmNames": [UNKNOWN, "a"]},
        {"alarmNames": [f"a{n}" for n in range(10)]},
    ],
)
def test_right_or_unknown_inputs_pass(changes: dict[str, object]) -> None:
    assert check(**changes) == {}


def test_every_problem_is_told_at_once() -> None:
    problems = check(endpointName="", endpointConfigName="?", weights={"a": 1, "b": 1}, x=1)
    assert set(problems) == {"endpointName", "endpointConfigName", "weights", "x"}


# ---- diff ----


def diff(**changes: object) -> tuple[dict[str, PropertyDiffKind], bool | None]:
    old: dict[str, object] = {
        **ASKED,
        "status": "InService",
        "liveWeights": 0,
        "liveEndpointConfigName": "fraud-2",
    }
    request = DiffRequest(URN, "fraud", wrap_map(old), wrap_map({**ASKED, **changes}), [])
    response = asyncio.run(ServingProvider().diff(request))
    assert response.replaces == [p for p, d in response.detailed_diff.items() if d.kind.value == 5]
    return {path: d.kind for path, d in response.detailed_diff.items()}, response.changes


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"endpointName": "other"}, {"endpointName": PropertyDiffKind.UPDATE_REPLACE}),
        ({"region": "us-east-1"}, {"region": PropertyDiffKind.UPDATE_REPLACE}),
        ({"endpointConfigName": "fraud-3"}, {"endpointConfigName": PropertyDiffKind.UPDATE}),
        ({"endpointConfigName": UNKNOWN}, {"endpointConfigName": PropertyDiffKind.UPDATE}),
        ({"timeoutSeconds": 9}, {}),
        # How an update is made is no difference: nothing in the cloud would change.
        ({"shift": "linear", "shiftSizePercent": 20, "shiftWaitSeconds": 9}, {}),
        ({"alarmNames": UNKNOWN}, {}),
        (
            {"weights": {"stable": 50, "candidate": 50}},
            {
                "weights.candidate": PropertyDiffKind.UPDATE,
                "weights.stable": PropertyDiffKind.UPDATE,
            },
        ),
        (
            {"weights": {"stable": 90, "b": 10}},
            {"weights.b": PropertyDiffKind.UPDATE, "weights.candidate": PropertyDiffKind.UPDATE},
        ),
    ],
)
def test_only_a_new_endpoint_or_region_replaces(
    changes: dict[str, object], expected: dict[str, PropertyDiffKind]
) -> None:
    assert diff(**changes) == (expected, bool(expected))
