"""The first-party resource against an ARM that answers from a store, through Azure's client."""

import asyncio
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

from provider.errors import HalfMadeError, ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from provider.waiting import Poll
from sandbox.store import Fault
from tests.unit.azure_ml_endpoints import (
    ASKED,
    FRAUD,
    QUICK,
    SPACE,
    URN,
    Cloud,
    cloud,
    create,
    puts,
)
from tests.unit.test_sandbox_azure import DEPLOYMENT, ENDPOINT, NATIVE

__all__ = ["cloud"]

_PUT = "OnlineEndpoints_CreateOrUpdate"


def update(**more: object) -> dict[str, Any]:
    properties = wrap_map({**ASKED, **more})
    request = UpdateRequest(URN, FRAUD, {}, properties, 0, [], preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties)


def read(**inputs: object) -> tuple[dict[str, Any], dict[str, Any]]:
    request = ReadRequest(URN, FRAUD, {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    assert response.resource_id == FRAUD
    return plain_map(response.inputs), plain_map(response.properties)


def check(**changes: object) -> dict[str, str]:
    """Problems by property path, of the asked inputs with changes (None takes a key away)."""
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


# ---- create and update ----


def test_traffic_is_moved_by_one_call_and_all_else_stays(cloud: Cloud) -> None:
    before = cloud.store.get(NATIVE, ENDPOINT, FRAUD)
    outputs = create()
    assert outputs["liveTraffic"] == {"blue": 90, "green": 10}
    assert outputs["status"] == "Succeeded"
    assert outputs["traffic"] == ASKED["traffic"]
    assert puts(cloud) == 1
    after = cloud.store.get(NATIVE, ENDPOINT, FRAUD)
    assert before is not None
    assert after is not None
    assert after.inputs["identity"] == before.inputs["identity"]
    assert after.outputs["identity"] == before.outputs["identity"]
    assert after.inputs["tags"] == {"team": "risk"}
    assert after.inputs["properties"] == {
        "authMode": "AADToken",
        "traffic": {"blue": 90, "green": 10},
        # What the service answers of itself is written back as it is.
        "publicNetworkAccess": "Enabled",
    }


@pytest.mark.parametrize("traffic", [{"blue": 100}, {"blue": 100, "green": 0}])
def test_no_call_moves_traffic_that_is_right(cloud: Cloud, traffic: dict[str, int]) -> None:
    assert create(traffic=traffic)["liveTraffic"] == {"blue": 100}
    assert puts(cloud) == 0


def test_copies_go_to_one_deployment_without_traffic(cloud: Cloud) -> None:
    outputs = update(traffic={"blue": 100}, mirrorTraffic={"green": 50})
    assert outputs["liveMirrorTraffic"] == {"green": 50}
    assert cloud.live("mirrorTraffic") == {"green": 50}
    update(traffic={"green": 100}, mirrorTraffic={})
    assert (cloud.live(), cloud.live("mirrorTraffic")) == ({"green": 100}, {})


def test_a_change_that_ends_failed_fails_with_the_reason(cloud: Cloud) -> None:
    reason = "UserError: deployment green is not healthy."
    cloud.store.add_fault(Fault(ENDPOINT, _PUT, "silent_rollback", message=reason))
    with pytest.raises(HalfMadeError) as caught:
        create()
    for part in (
        "endpoint fraud (Failed) serves blue 100 %",
        "asked: blue 90 %, green 10 %",
        "UserError: deployment green is not healthy.",
        "serving rollback",
    ):
        assert part in str(caught.value)
    # It stays in state: what was made may have traffic.
    assert caught.value.resource_id == FRAUD
    assert plain_map(caught.value.properties)["liveTraffic"] == {"blue": 100}
    assert cloud.live() == {"blue": 100}
    # Going back is a change too: it ends the endpoint's failure.
    assert update(traffic={"blue": 100})["status"] == "Succeeded"
    assert puts(cloud) == 2
    assert update()["liveTraffic"] == {"blue": 90, "green": 10}


def test_what_runs_is_waited_for_and_not_begun_again(cloud: Cloud) -> None:
    """An earlier run was killed while Azure moved the traffic."""
    cloud.store.add_fault(Fault(ENDPOINT, _PUT, "never_ready"))
    with pytest.raises(ProviderError, match=r"not as asked after 0\.4 s: the change is under way"):
        create(timeout=0.4)
    lines: list[str] = []

    async def log(urn: str, message: str) -> None:
        assert urn == URN
        lines.append(message)
        if len(lines) == 2:
            cloud.release()

    assert create(ServingProvider(log, poll=QUICK))["status"] == "Succeeded"
    assert lines[0].startswith("the endpoint is Updating, 0 s of at most 5 s")
    assert puts(cloud) == 1


def test_another_change_in_between_is_waited_out(cloud: Cloud) -> None:
    message = "Conflict: another operation is in progress"
    cloud.store.add_fault(Fault(ENDPOINT, _PUT, "fail", count=2, message=message))
    assert create()["liveTraffic"] == {"blue": 90, "green": 10}
    assert puts(cloud) == 3


def test_throttling_is_retried(cloud: Cloud) -> None:
    cloud.store.add_fault(Fault(ENDPOINT, "*", "throttle", count=1))
    assert create()["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("state", "reason"),
    [
        ("Failed", r"deployment red is Failed; asked: Succeeded\. The traffic stays: blue 100 %"),
        ("Canceled", r"deployment red is Canceled"),
        ("Creating", r"not as asked after 0\.3 s: deployment red is Creating"),
    ],
)
def test_no_traffic_goes_to_a_deployment_that_is_not_ready(
    cloud: Cloud, state: str, reason: str
) -> None:
    cloud.deploy("red", state)
    with pytest.raises(ProviderError, match=reason):
        create(traffic={"blue": 50, "red": 50}, timeout=0.3)
    assert puts(cloud) == 0


def test_what_is_not_there_is_named(cloud: Cloud) -> None:
    with pytest.raises(ProviderError, match="no deployment red; it has blue, green"):
        create(traffic={"red": 100})
    cloud.store.delete(NATIVE, ENDPOINT, FRAUD, account=FRAUD.split("/")[2])
    with pytest.raises(ProviderError, match=r"no online endpoint fraud in workspace models-dev"):
        create()
    assert puts(cloud) == 0


def test_cancel_ends_the_wait_at_once(cloud: Cloud) -> None:
    cloud.state(FRAUD, ENDPOINT, "Updating")

    async def scenario() -> None:
        provider = ServingProvider(poll=Poll(first_seconds=60, longest_seconds=60))
        request = UpdateRequest(
            URN, FRAUD, {}, wrap_map({**ASKED, "timeoutSeconds": 600}), 0, [], preview=False
        )
        running = asyncio.create_task(provider.update(request))
        await asyncio.sleep(1)
        await provider.cancel()
        await asyncio.wait_for(running, 5)

    with pytest.raises(ProviderError, match="cancelled while waiting"):
        asyncio.run(scenario())


def test_previews_make_no_calls(cloud: Cloud) -> None:
    since = len(cloud.store.events())
    asked = wrap_map({**ASKED, "endpointName": UNKNOWN})
    created = asyncio.run(ServingProvider().create(CreateRequest(URN, asked, 0, preview=True)))
    outputs = plain_map(created.properties)
    assert outputs["traffic"] == ASKED["traffic"]
    assert outputs["liveTraffic"] is UNKNOWN
    assert len(cloud.store.events()) == since


# ---- delete ----


def delete() -> None:
    asyncio.run(ServingProvider(poll=QUICK).delete(DeleteRequest(URN, FRAUD, wrap_map(ASKED), 0)))


def test_delete_takes_all_traffic_away(cloud: Cloud) -> None:
    create()
    delete()
    assert (cloud.live(), cloud.live("mirrorTraffic")) == ({}, {})
    # So that deployments can go, and nothing more to do the second time.
    delete()
    assert puts(cloud) == 2
    cloud.store.delete(NATIVE, ENDPOINT, FRAUD, account=FRAUD.split("/")[2])
    delete()


# ---- read ----


def test_read_shows_what_is_live(cloud: Cloud) -> None:
    update(traffic={"blue": 100}, mirrorTraffic={"green": 5})
    inputs, outputs = read(**ASKED)
    live = {"traffic": cloud.live(), "mirrorTraffic": {"green": 5}}
    assert inputs == {**ASKED, **live}
    assert outputs == {
        **inputs,
        "status": "Succeeded",
        "liveTraffic": {"blue": 100},
        "liveMirrorTraffic": {"green": 5},
    }
    # A deployment without traffic may be named.
    named = {"blue": 100, "green": 0}
    assert read(**{**ASKED, "traffic": named})[0]["traffic"] == named
    # An import names those that are named there.
    moved = {"blue": 0, "green": 100}
    update(traffic=moved)
    assert read()[0]["traffic"] == moved


def test_import_needs_the_id_alone(cloud: Cloud) -> None:
    assert cloud.live() == {"blue": 100}
    inputs, _ = read()
    assert inputs == {**ASKED, "traffic": {"blue": 100}, "timeoutSeconds": 3600}
    assert not check(**inputs)
    with pytest.raises(ProviderError, match="use the id of an online endpoint"):
        asyncio.run(ServingProvider().read(ReadRequest(URN, "fraud", {}, {})))


def test_an_endpoint_that_is_gone_reads_as_nothing(cloud: Cloud) -> None:
    assert cloud.live()
    request = ReadRequest(URN, f"{SPACE}/onlineEndpoints/other", {}, wrap_map(ASKED))
    response = asyncio.run(ServingProvider().read(request))
    assert not response.resource_id


# ---- check ----


@pytest.mark.parametrize(
    ("changes", "path", "reason"),
    [
        ({"traffic": None}, "traffic", "got nothing; use percent by deployment"),
        ({"traffic": {"blue": 90}}, "traffic", "blue 90 %, 90 together; use 100, or 0"),
        ({"traffic": {"blue": 90, "green": 20}}, "traffic", "110 together"),
        ({"traffic": {"blue": 101}}, "traffic.blue", "got 101; use a whole number from 0 to 100"),
        ({"traffic": {"blue": 99.5, "green": 0.5}}, "traffic.green", "got 0.5"),
        ({"traffic": {"b": 100}}, "traffic.b", "a deployment's name has 3 to 32"),
        ({"traffic": [100]}, "traffic", "use percent by deployment"),
        (
            {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 60}},
            "mirrorTraffic.green",
            "got 60; use 0 to 50 % of the requests (https://learn.microsoft.com/",
        ),
        (
            {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 10, "red": 10}},
            "mirrorTraffic",
            "green 10 %, red 10 %; use one deployment",
        ),
        (
            {"mirrorTraffic": {"green": 5}},
            "mirrorTraffic.green",
            "green has 10 % of the live traffic; use a deployment without any",
        ),
        ({"subscriptionId": "x"}, "subscriptionId", "use the id of a subscription"),
        ({"workspaceName": "x"}, "workspaceName", "3 to 33 letters"),
        ({"resourceGroupName": "x."}, "resourceGroupName", "no dot at the end"),
        ({"endpointName": "fraud--dev"}, "endpointName", "single dashes, a letter first"),
        ({"timeoutSeconds": 0}, "timeoutSeconds", "use a whole number of seconds"),
        ({"mirrortraffic": {}}, "mirrortraffic", "did you mean mirrorTraffic?"),
    ],
)
def test_a_wrong_input_is_named(changes: dict[str, object], path: str, reason: str) -> None:
    assert reason in check(**changes)[path]


@pytest.mark.parametrize(
    "changes",
    [
        {"traffic": {"blue": 100, "green": 0}},
        {"traffic": {}},
        {"traffic": {"blue": 0}},
        {"traffic": {"blue": 100}, "mirrorTraffic": {"green": 50, "red": 0}},
        {"traffic": UNKNOWN, "mirrorTraffic": {"green": 50}},
        {"traffic": {"blue": UNKNOWN, "green": 7}, "endpointName": UNKNOWN},
        {"mirrorTraffic": None, "timeoutSeconds": None},
    ],
)
def test_right_or_unknown_inputs_pass(changes: dict[str, object]) -> None:
    assert check(**changes) == {}


# ---- diff ----


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {}),
        ({"timeoutSeconds": 9}, {}),
        (
            {"traffic": {"blue": 90, "green": 10, "red": 0}},
            {"traffic.red": PropertyDiffKind.UPDATE},
        ),
        ({"endpointName": "other"}, {"endpointName": PropertyDiffKind.UPDATE_REPLACE}),
        (
            {"traffic": {"blue": 100}},
            {"traffic.blue": PropertyDiffKind.UPDATE, "traffic.green": PropertyDiffKind.UPDATE},
        ),
        ({"mirrorTraffic": {"red": 5}}, {"mirrorTraffic.red": PropertyDiffKind.UPDATE}),
        ({"traffic": UNKNOWN}, {"traffic": PropertyDiffKind.UPDATE}),
    ],
)
def test_differences(changes: dict[str, object], expected: dict[str, PropertyDiffKind]) -> None:
    request = DiffRequest(URN, FRAUD, wrap_map(ASKED), wrap_map({**ASKED, **changes}), [])
    response = asyncio.run(ServingProvider().diff(request))
    assert {path: each.kind for path, each in response.detailed_diff.items()} == expected
    assert response.changes == bool(expected)


def test_what_is_named_newly_or_no_more_is_no_call_unless_it_was_moved(cloud: Cloud) -> None:
    named, alone = {"blue": 100, "green": 0}, {"blue": 100}
    create()
    assert update(traffic=alone)["liveTraffic"] == alone
    assert puts(cloud) == 2
    assert update(traffic=named)["liveTraffic"] == alone
    assert update(traffic=alone)["liveTraffic"] == alone
    assert puts(cloud) == 2
    # Green gets requests by hand, and is to go.
    update(traffic={"blue": 80, "green": 20})
    assert update(traffic=alone)["liveTraffic"] == alone
    assert puts(cloud) == 4


# ---- what others set ----

LIVE_URN = "urn:pulumi:dev::model-serving::serving:index:AzureMlLiveValues::fraud-live"


def _place() -> dict[str, object]:
    return {key: ASKED[key] for key in list(ASKED)[:4]}


def values(before: dict[str, object] | None = None, **inputs: object) -> dict[str, Any]:
    """The outputs for what is about to be written."""
    asked = wrap_map({**_place(), "capacity": 1, "writes": "b", **inputs})
    provider = ServingProvider()
    if before is None:
        made = asyncio.run(provider.create(CreateRequest(LIVE_URN, asked, 0, preview=False)))
        return plain_map(made.properties)
    request = UpdateRequest(LIVE_URN, FRAUD, wrap_map(before), asked, 0, [], preview=False)
    return plain_map(asyncio.run(provider.update(request)).properties)


def test_what_others_set_is_read_before_it_is_written(cloud: Cloud) -> None:
    assert cloud.live() == {"blue": 100}
    assert values()["traffic"] == {"blue": 100}
    assert values(endpointName="other-endpoint")["traffic"] == {}
    assert values(deploymentName="blue")["instances"] == 3
    assert values(deploymentName="red")["instances"] == 1
    assert values(deploymentName="red", capacity=2)["instances"] == 2
    # What takes another one's place is as large as that.
    before = {**_place(), "writes": "a", "deploymentName": "blue"}
    assert values(before, deploymentName="red")["instances"] == 3
    assert values(before, deploymentName="red", capacity=4)["instances"] == 4
    assert cloud.store.get(NATIVE, DEPLOYMENT, f"{FRAUD}/deployments/red") is None


def test_a_refresh_of_what_others_set(cloud: Cloud) -> None:
    inputs = {**_place(), "writes": "a", "capacity": 1}
    request = ReadRequest(LIVE_URN, FRAUD, {}, wrap_map(inputs))
    found = asyncio.run(ServingProvider().read(request))
    assert plain_map(found.properties)["traffic"] == cloud.live()
    assert plain_map(found.inputs) == inputs
    gone = {**inputs, "deploymentName": "red"}
    request = ReadRequest(LIVE_URN, f"{FRAUD}/deployments/red", {}, wrap_map(gone))
    assert not asyncio.run(ServingProvider().read(request)).resource_id
