"""The wait for a published version, against a Lambda that answers from a store, through boto3."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.provider import (
    CheckRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    ReadRequest,
    UpdateRequest,
)

from provider.aws import lambda_ready_version_inputs as inputs_of
from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from provider.waiting import Poll
from sandbox.api.autoscaling import TARGET
from sandbox.api.lambda_aliases import PROVISIONED
from sandbox.api.lambda_words import ALIAS, FUNCTION
from sandbox.store import Fault, Store
from tests.unit.sandbox_api import answering, put

URN = "urn:pulumi:dev::model-serving::serving:index:LambdaReadyVersion::iris-ready"
ASKED: dict[str, object] = {
    "functionName": "iris-dev",
    "version": "1",
    "aliasName": "live",
    "timeoutSeconds": 5,
}
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:iris-dev"
SNAP_START: dict[str, Any] = {"snapStart": {"applyOn": "PublishedVersions"}}
QUICK = Poll(first_seconds=0.02, longest_seconds=0.1)
HOUR = 3600


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A function with two versions: the first with SnapStart, the second without."""
    snapshots: dict[str, Any] = {"1": SNAP_START, "2": {}}
    with answering(tmp_path, monkeypatch) as store:
        live = {"versions": ["1", "2"], "snapshots": snapshots, "status": "Active"}
        put(store, FUNCTION, "iris-dev", live=live)
        yield store


def makes(store: Store, *, seconds: float = HOUR, failure: str = "", since: float = 0) -> None:
    """Lambda makes the snapshot of the first version."""
    made = {"since": since or time.time(), "seconds": seconds, "failure": failure}
    store.update(
        "aws",
        FUNCTION,
        "iris-dev",
        lambda row: row.replace(live={**row.live, "making": {"1": made}}),
    )


def warms(store: Store) -> None:
    """The alias is at the second version and keeps instances warm, as many as are used."""
    alias = {"name": "live", "functionName": "iris-dev", "functionVersion": "2"}
    put(store, ALIAS, f"{ARN}:live", inputs=alias)
    warm = {"functionName": "iris-dev", "qualifier": "live", "provisionedConcurrentExecutions": 2}
    put(store, PROVISIONED, "iris-dev,live", inputs=warm, live={"status": "READY"})
    target = {
        "serviceNamespace": "lambda",
        "resourceId": "function:iris-dev:live",
        "scalableDimension": "lambda:function:ProvisionedConcurrency",
        "minCapacity": 2,
        "maxCapacity": 6,
    }
    put(store, TARGET, "service/lambda/iris-dev", inputs=target)


def warm(store: Store) -> int:
    return len(store.list("aws", PROVISIONED)) + len(store.list("aws", TARGET))


def calls(store: Store) -> list[str]:
    found = [*store.events(operation="application-autoscaling:*"), *store.events(operation="la*")]
    return [event.operation.rpartition(":")[2] for event in found]


def apply(provider: ServingProvider | None = None, **more: object) -> dict[str, Any]:
    provider = provider or ServingProvider(poll=QUICK)
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), 0, preview=False)
    response = asyncio.run(provider.create(request))
    assert response.resource_id == "iris-dev"
    return plain_map(response.properties)


def fails(**more: object) -> str:
    with pytest.raises(ProviderError) as caught:
        apply(None, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def read(**inputs: object) -> dict[str, object] | None:
    request = ReadRequest(URN, "iris-dev", {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    return plain_map(response.properties) if response.resource_id else None


# ---- waiting ----


def test_a_version_that_is_ready_needs_one_call_and_another_for_its_alias(store: Store) -> None:
    outputs = apply()
    assert (outputs["version"], outputs["state"]) == ("1", "Active")
    assert calls(store) == ["GetFunctionConfiguration", "GetProvisionedConcurrencyConfig"]


def test_without_an_alias_one_call_is_made(store: Store) -> None:
    apply(aliasName=None)
    assert calls(store) == ["GetFunctionConfiguration"]


def test_the_snapshot_is_waited_for_and_it_is_told(store: Store) -> None:
    makes(store)
    lines: list[str] = []

    async def log(urn: str, message: str) -> None:
        assert urn == URN
        lines.append(message)
        if len(lines) == 3:
            await asyncio.to_thread(makes, store, since=1, seconds=0)

    assert apply(ServingProvider(log, poll=QUICK))["state"] == "Active"
    assert len(lines) == 3
    told = "version 1 of iris-dev is Pending, its update InProgress (Creating: The function is"
    assert lines[0].startswith(told)
    assert lines[0].endswith("s of at most 5 s")


def test_a_version_without_a_model_that_loads_fails_with_lambdas_reason(store: Store) -> None:
    makes(store, seconds=0, failure="Runtime exited with error: exit status 1")
    message = fails()
    for part in (
        "version 1 of iris-dev is Failed, its update Failed (FunctionError: Runtime exited with",
        "no alias is moved to it",
        "Lambda publishes nothing for the same code and settings: change the package",
    ):
        assert part in message
    assert len(calls(store)) == 1


def test_the_deadline_says_that_lambda_goes_on(store: Store) -> None:
    makes(store)
    message = fails(timeoutSeconds=0.1)
    assert "version 1 of iris-dev is Pending, its update InProgress" in message
    assert "after 0.1 s. Lambda goes on by itself: run `up` again to continue" in message
    makes(store, seconds=0)
    assert apply()["state"] == "Active"


def test_cancel_ends_the_wait(store: Store) -> None:
    makes(store)
    provider = ServingProvider(poll=QUICK)
    asyncio.run(provider.cancel())
    with pytest.raises(ProviderError, match="cancelled while waiting: version 1 of iris-dev"):
        apply(provider)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"version": "9"}, "function iris-dev has no version 9 in this account and region"),
        ({"functionName": "other"}, "function other has no version 1 in this account"),
    ],
)
def test_what_is_missing_is_named(store: Store, changes: dict[str, object], part: str) -> None:
    assert part in fails(**changes)
    # Looked at again, as what was just published may not be found everywhere.
    assert len(calls(store)) == 1 + QUICK.settle_looks


def test_a_refusal_is_told_as_it_is(store: Store) -> None:
    store.add_fault(
        Fault(FUNCTION, "GetFunctionConfiguration", "fail", code="AccessDeniedException", count=-1)
    )
    assert fails().startswith("GetFunctionConfiguration: AccessDeniedException")


# ---- from warm instances to a snapshot ----


def test_what_keeps_the_alias_warm_goes_once_the_snapshot_is_there(store: Store) -> None:
    warms(store)
    makes(store)
    fails(timeoutSeconds=0.1)
    assert warm(store) == 2
    makes(store, seconds=0)
    apply()
    assert warm(store) == 0
    deregistered = calls(store).index("DeregisterScalableTarget")
    assert deregistered == 0
    assert calls(store).count("DeleteProvisionedConcurrencyConfig") == 1


def test_a_version_without_a_snapshot_leaves_the_alias_warm(store: Store) -> None:
    warms(store)
    apply(version="2")
    assert warm(store) == 2
    assert calls(store) == ["GetFunctionConfiguration"]


def test_a_number_that_nothing_scales_is_taken_away_too(store: Store) -> None:
    warms(store)
    store.delete("aws", TARGET, "service/lambda/iris-dev")
    apply()
    assert warm(store) == 0


def test_a_refused_deregistration_leaves_the_warm_instances(store: Store) -> None:
    warms(store)
    store.add_fault(
        Fault(TARGET, "DeregisterScalableTarget", "fail", code="AccessDeniedException", count=-1)
    )
    assert "DeregisterScalableTarget: AccessDeniedException" in fails()
    assert warm(store) == 2


# ---- life ----


def test_a_refresh_reads_the_state(store: Store) -> None:
    state = {**ASKED, "state": "Active"}
    assert (read(**state) or {})["state"] == "Active"
    makes(store, seconds=0, failure="gone wrong")
    assert (read(**state) or {})["state"] == "Failed"
    assert read(**{**state, "version": "9"}) is None
    with pytest.raises(ProviderError, match="is not imported"):
        read()


def test_an_update_waits_for_the_next_version(store: Store) -> None:
    makes(store)
    news = wrap_map({**ASKED, "version": "2"})
    request = UpdateRequest(URN, "iris-dev", {}, news, 0, [], preview=False)
    response = asyncio.run(ServingProvider(poll=QUICK).update(request))
    assert plain_map(response.properties)["version"] == "2"


def test_previews_and_deletes_make_no_calls(store: Store) -> None:
    provider = ServingProvider()
    asked = wrap_map({**ASKED, "version": UNKNOWN})
    created = asyncio.run(provider.create(CreateRequest(URN, asked, 0, preview=True)))
    request = UpdateRequest(URN, "iris-dev", {}, asked, 0, [], preview=True)
    updated = asyncio.run(provider.update(request))
    for response in (created, updated):
        outputs = plain_map(response.properties)
        for key in ("version", *inputs_of.COMPUTED):
            assert outputs[key] is UNKNOWN
    asyncio.run(provider.delete(DeleteRequest(URN, "iris-dev", asked, 0)))
    assert calls(store) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({}, {}, {}),
        ({}, {"timeoutSeconds": 9}, {}),
        ({}, {"aliasName": "other"}, {}),
        ({}, {"version": "2"}, {"version": False}),
        ({}, {"functionName": "other"}, {"functionName": True}),
        ({}, {"region": "eu-west-2"}, {"region": True}),
        ({"state": "Inactive"}, {}, {}),
        # What a refresh saw is waited for again.
        ({"state": "Failed"}, {}, {"state": False}),
        ({"state": "Pending"}, {}, {"state": False}),
    ],
)
def test_changes(old: dict[str, object], new: dict[str, object], expected: dict[str, bool]) -> None:
    before = {**ASKED, "state": "Active", **old}
    assert inputs_of.changes(before, {**ASKED, **new}) == expected


def test_the_engine_is_told_the_same(store: Store) -> None:
    old = wrap_map({**ASKED, "state": "Active"})
    news = wrap_map({**ASKED, "version": "2"})
    request = DiffRequest(URN, "iris-dev", old, news, [])
    assert asyncio.run(ServingProvider().diff(request)).diffs == ["version"]
    assert calls(store) == []


@pytest.mark.parametrize(
    ("key", "value", "allowed"),
    [
        ("functionName", "iris dev", "use the function's name"),
        ("functionName", "x" * 65, "1 to 64"),
        ("version", "$LATEST", "use the number of a published version"),
        ("version", "0", "use the number of a published version"),
        ("version", "", "after an update of the function that failed, `up --refresh` reads it"),
        ("aliasName", "12", "with a letter among them"),
        ("timeoutSeconds", 0, "seconds"),
        ("regoin", "eu-west-1", "no input"),
    ],
)
def test_a_wrong_input_is_named(key: str, value: object, allowed: str) -> None:
    request = CheckRequest(URN, {}, wrap_map({**ASKED, key: value}), b"")
    (failure,) = asyncio.run(ServingProvider().check(request)).failures or []
    assert failure.property == key
    assert allowed in failure.reason


@pytest.mark.parametrize(
    "change",
    [{}, {"functionName": "x" * 64}, {"version": "1" * 20}, {"aliasName": None}],
)
def test_defaults_and_bounds(change: dict[str, object]) -> None:
    given = {key: value for key, value in {**ASKED, **change}.items() if value is not None}
    del given["timeoutSeconds"]
    answer = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(given), b"")))
    assert not answer.failures
    assert plain_map(answer.inputs or {})["timeoutSeconds"] == inputs_of.DEFAULT_TIMEOUT_SECONDS
