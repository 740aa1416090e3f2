"""The first-party resource against inference components that a store answers for, through boto3."""

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

from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from sandbox.store import Fault, Row, Store
from tests.unit.sagemaker_live_endpoint import QUICK, store

__all__ = ["store"]

COMPONENT = "aws:cloudcontrol/resource:Resource"
MODEL = "aws:sagemaker/model:Model"
URN = "urn:pulumi:dev::model-serving::serving:index:SageMakerLiveComponent::churn-live-component"
NEEDS = {"MinMemoryRequiredInMb": 2048}
ASKED: dict[str, Any] = {
    "componentName": "churn",
    "endpointName": "pool",
    "specification": {"ModelName": "one", "ComputeResourceRequirements": NEEDS},
    "deploymentConfig": {
        "RollingUpdatePolicy": {
            "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
            "WaitIntervalInSeconds": 0,
        }
    },
    "minCopies": 0,
    "maxCopies": 4,
    "timeoutSeconds": 5,
}
NEXT = {"ModelName": "two", "ComputeResourceRequirements": NEEDS}
ROLL, SCALE = "UpdateInferenceComponent", "UpdateInferenceComponentRuntimeConfig"


def put(store: Store, **live: object) -> None:
    """A component in service without a copy, unless said otherwise."""
    account, region = "123456789012", "eu-west-1"
    for model in ("one", "two"):
        store.put(Row("aws", MODEL, model, name=model, account=account, region=region))
    store.put(
        Row(
            provider="aws",
            token=COMPONENT,
            id="arn:aws:sagemaker:eu-west-1:123456789012:inference-component/churn",
            name="churn",
            inputs={"typeName": "AWS::SageMaker::InferenceComponent", "desiredState": "{}"},
            live={
                "status": "InService",
                "endpoint": "pool",
                "variant": "AllTraffic",
                "specification": ASKED["specification"],
                "desired_copies": 0,
                "current_copies": 0,
                **live,
            },
            account=account,
            region=region,
        )
    )


def create(**more: object) -> dict[str, Any]:
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), 0, preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).create(request)).properties)


def update(before: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any input
    olds, news = wrap_map(before or ASKED), wrap_map({**ASKED, **more})
    request = UpdateRequest(URN, "churn", olds, news, 0, [], preview=False)
    return plain_map(asyncio.run(ServingProvider(poll=QUICK).update(request)).properties)


def read(**inputs: object) -> tuple[dict[str, object], dict[str, object]] | None:
    request = ReadRequest(URN, "churn", {}, wrap_map(inputs))
    response = asyncio.run(ServingProvider(poll=QUICK).read(request))
    if not response.resource_id:
        return None
    return plain_map(response.inputs), plain_map(response.properties)


def check(**changes: object) -> dict[str, str]:
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


def calls(store: Store) -> list[str]:
    found = store.events(operation="sagemaker:UpdateInferenceComponent*")
    return [each.operation.partition(":")[2] for each in found]


def live(store: Store) -> dict[str, Any]:
    row = store.by_name("aws", COMPONENT, "churn")
    assert row is not None
    return row.live


def test_the_first_copy_proves_that_the_model_starts(store: Store) -> None:
    put(store)
    outputs = create()
    assert (outputs["status"], outputs["liveCopies"]) == ("InService", 1)
    assert calls(store) == [SCALE]
    # Found as asked, nothing is done: a run that was killed is continued.
    assert create()["liveCopies"] == 1
    assert calls(store) == [SCALE]


@pytest.mark.parametrize(
    ("copies", "bounds", "after"),
    [
        (0, (0, 4), 0),
        (3, (0, 4), 3),
        (4, (0, 4), 4),
        (5, (0, 4), 4),
        (0, (2, 4), 2),
        (1, (2, 4), 2),
    ],
)
def test_an_update_brings_copies_within_their_bounds_alone(
    store: Store, copies: int, bounds: tuple[int, int], after: int
) -> None:
    put(store, desired_copies=copies, current_copies=copies)
    low, high = bounds
    assert update(minCopies=low, maxCopies=high)["liveCopies"] == after
    assert calls(store) == ([SCALE] if copies != after else [])


def test_another_model_says_no_number_of_copies(store: Store) -> None:
    put(store, desired_copies=3, current_copies=3)
    assert update(specification=NEXT)["liveCopies"] == 3
    assert calls(store) == [ROLL]
    assert live(store)["specification"] == NEXT
    assert live(store)["deployment"] == ASKED["deploymentConfig"]


def test_what_is_asked_no_longer_goes(store: Store) -> None:
    more = {**NEEDS, "NumberOfCpuCoresRequired": 1}
    before = {"ModelName": "one", "ComputeResourceRequirements": more}
    put(store, specification=before)
    update({**ASKED, "specification": before})
    assert live(store)["specification"] == ASKED["specification"]
    # What SageMaker filled in by itself was asked by nobody, and is no difference.
    put(store, specification=before)
    seen = len(calls(store))
    update()
    assert len(calls(store)) == seen


def test_tags_of_others_stay(store: Store) -> None:
    put(store, tags={"a": "1", "b": "2", "theirs": "x"})
    update({**ASKED, "tags": {"a": "1", "b": "2"}}, tags={"a": "3", "c": "4"})
    assert live(store)["tags"] == {"a": "3", "c": "4", "theirs": "x"}
    found = read(**{**ASKED, "tags": {"a": "3", "gone": "y"}})
    assert found is not None
    assert found[0]["tags"] == {"a": "3"}


def test_a_rollback_is_told_with_its_reason(store: Store) -> None:
    put(store, desired_copies=1, current_copies=1)
    store.add_fault(Fault(COMPONENT, ROLL, "silent_rollback"))
    with pytest.raises(ProviderError) as raised:
        update(specification=NEXT)
    told = str(raised.value)
    assert "churn still runs model one (MinMemoryRequiredInMb 2048); asked: model two" in told
    assert "SageMaker rolled the update back. FailureReason: The update was rolled back" in told
    assert "serving rollback" in told


def test_a_component_that_is_busy_is_waited_for(store: Store) -> None:
    put(store, desired_copies=1, current_copies=1)
    message = "ValidationException: Cannot update in-progress inference component"
    store.add_fault(Fault(COMPONENT, ROLL, "fail", message=message, count=1))
    assert update(specification=NEXT)["status"] == "InService"
    assert calls(store) == [ROLL, ROLL]


def test_one_that_looks_at_rest_and_stays_busy_is_given_up_at_the_deadline(store: Store) -> None:
    put(store, desired_copies=1, current_copies=1)
    message = "ValidationException: Cannot update in-progress endpoint"
    store.add_fault(Fault(COMPONENT, ROLL, "fail", message=message, count=-1))
    with pytest.raises(ProviderError, match="was not ready after 1 s"):
        update(specification=NEXT, timeoutSeconds=1)
    # It is asked again after a pause each time, and not without end.
    assert 1 < len(calls(store)) < 100


@pytest.mark.parametrize(
    ("state", "asked", "told"),
    [
        (
            {"status": "Failed", "failure_reason": "No image."},
            {},
            "churn is Failed; asked: model one (MinMemoryRequiredInMb 2048) in service",
        ),
        (
            {"status": "Failed", "failure_reason": "No image."},
            {"specification": NEXT},
            "delete-inference-component --inference-component-name churn`), and `pulumi up --refr",
        ),
        ({}, {"endpointName": "other"}, "is on endpoint pool; asked: other"),
        (
            {"desired_copies": 2, "current_copies": 1, "failure_reason": "Not enough hardware"},
            {},
            "has 1 of 2 copies in service. FailureReason: Not enough hardware",
        ),
        (
            {"desired_copies": 2, "current_copies": 1},
            {"timeoutSeconds": 1},
            "was not ready after 1 s: it is InService with 1 of 2 copies",
        ),
    ],
)
def test_what_is_not_as_asked_fails(
    store: Store, state: dict[str, object], asked: dict[str, Any], told: str
) -> None:
    put(store, **state)
    with pytest.raises(ProviderError) as raised:
        update(**asked)
    assert told in str(raised.value)


@pytest.mark.usefixtures("store")
def test_a_component_that_is_not_there() -> None:
    with pytest.raises(ProviderError, match="there is no inference component churn"):
        create()
    assert read() is None


def test_reading_shows_drift_and_imports(store: Store) -> None:
    put(store, desired_copies=2, current_copies=2, deployment=ASKED["deploymentConfig"])
    assert read(**ASKED) == (ASKED, {**ASKED, "status": "InService", "liveCopies": 2})
    drifted = read(**{**ASKED, "specification": NEXT})
    assert drifted is not None
    assert drifted[0]["specification"] == ASKED["specification"]
    imported = read()
    assert imported is not None
    wanted = {**ASKED, "minCopies": 2, "maxCopies": 2, "timeoutSeconds": 3600}
    assert imported[0] == wanted


def test_deleting_it_asks_nothing_of_the_cloud(store: Store) -> None:
    request = DeleteRequest(URN, "churn", wrap_map(ASKED), 0)
    asyncio.run(ServingProvider(poll=QUICK).delete(request))
    assert store.events(operation="sagemaker:*") == []


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"componentName": "-x"}, "componentName"),
        ({"endpointName": None}, "endpointName"),
        ({"specification": {}}, "specification"),
        ({"specification": {"ModelName": "a", "Container": {}}}, "specification"),
        ({"deploymentConfig": "rolling"}, "deploymentConfig"),
        ({"minCopies": -1}, "minCopies"),
        ({"maxCopies": 0}, "maxCopies"),
        ({"minCopies": 5}, "maxCopies"),
        ({"timeoutSeconds": 0}, "timeoutSeconds"),
        ({"tags": "a"}, "tags"),
        ({"copies": 1}, "copies"),
    ],
)
def test_a_wrong_input_is_named(changes: dict[str, object], key: str) -> None:
    assert set(check(**changes)) == {key}
    assert check() == {}
    assert check(specification=UNKNOWN, minCopies=UNKNOWN) == {}


def test_differences() -> None:
    def diff(**changes: object) -> dict[str, bool]:
        new = wrap_map({**ASKED, **changes})
        request = DiffRequest(URN, "churn", wrap_map(ASKED), new, [])
        found = asyncio.run(ServingProvider().diff(request)).detailed_diff or {}
        replace = PropertyDiffKind.UPDATE_REPLACE
        return {path: each.kind == replace for path, each in found.items()}

    assert diff() == {}
    assert diff(specification=NEXT) == {"specification.ModelName": False}
    assert diff(componentName="other") == {"componentName": True}
    assert diff(maxCopies=5) == {"maxCopies": False}
    # How long to wait, and how the next update goes, change nothing by themselves.
    assert diff(timeoutSeconds=9, deploymentConfig={}) == {}
