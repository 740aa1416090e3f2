"""AzureMlBatchDefault against an ARM that answers from a store, through Azure's client."""

import asyncio
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

from provider.azure.azure_ml_live_values_inputs import TYPE as LIVE
from provider.errors import ProviderError
from provider.serving import ServingProvider
from provider.values import UNKNOWN, plain_map, wrap_map
from sandbox.store import Fault, Row
from sandbox.values import mapped
from tests.unit.azure_clients import served
from tests.unit.azure_ml_endpoints import QUICK, SPACE
from tests.unit.sandbox_life import Stack
from tests.unit.test_sandbox_azure import NATIVE, WORKSPACE

_ML = "azure-native:machinelearningservices"
ENDPOINT, DEPLOYMENT = f"{_ML}:BatchEndpoint", f"{_ML}:BatchDeployment"
CHURN = f"{SPACE}/batchEndpoints/churn"
URN = "urn:pulumi:dev::model-serving::serving:index:AzureMlBatchDefault::churn-default"
_NAMES = {"resourceGroupName": "models", "workspaceName": "models-dev", "endpointName": "churn"}
ASKED: dict[str, object] = {
    "subscriptionId": SPACE.split("/")[2],
    **_NAMES,
    "deploymentName": "second",
    "timeoutSeconds": 3,
}
_PUT = "azureml:BatchEndpoints_CreateOrUpdate"


class Cloud(Stack):
    """A batch endpoint with the deployments first and second, and no default."""

    def __init__(self, path: Path) -> None:
        super().__init__(NATIVE, path)
        self.create(
            WORKSPACE, "w", resourceGroupName="models", workspaceName="models-dev", description="M"
        )
        self.create(
            ENDPOINT,
            "e",
            **_NAMES,
            properties={"authMode": "AADToken", "description": "scores"},
            tags={"team": "growth"},
        )
        for name in ("first", "second"):
            self.create(
                DEPLOYMENT, name, **_NAMES, deploymentName=name, properties={"outputFileName": "a"}
            )

    def state(self, token: str, resource_id: str, state: str) -> None:
        """What the service says of something."""

        def changed(row: Row) -> Row:
            told = {**row.outputs["properties"], "provisioningState": state}
            return row.replace(outputs={**row.outputs, "properties": told})

        account = resource_id.split("/")[2]
        self.store.update(NATIVE, token, resource_id, changed, account=account)

    def default(self) -> str:
        """The live default."""
        row = self.store.get(NATIVE, ENDPOINT, CHURN)
        assert row is not None
        defaults = mapped(row.inputs["properties"].get("defaults"))
        return str(defaults.get("deploymentName") or "")

    def puts(self) -> int:
        """How often the endpoint was written."""
        return len(self.store.events(operation=_PUT))


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.0005")
    made = Cloud(tmp_path / "store.sqlite")
    with served(made.store.path, monkeypatch):
        yield made
    made.store.close()


def create(**more: object) -> dict[str, Any]:
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), 0, preview=False)
    response = asyncio.run(ServingProvider(poll=QUICK).create(request))
    assert response.resource_id == CHURN
    return plain_map(response.properties)


def check(**changes: object) -> dict[str, str]:
    merged = {k: v for k, v in {**ASKED, **changes}.items() if v is not None}
    response = asyncio.run(ServingProvider().check(CheckRequest(URN, {}, wrap_map(merged), b"")))
    return {f.property: f.reason for f in response.failures or []}


def test_default_is_set_by_one_call_and_all_else_stays(cloud: Cloud) -> None:
    outputs = create()
    assert (outputs["liveDeploymentName"], outputs["status"]) == ("second", "Succeeded")
    assert (cloud.default(), cloud.puts()) == ("second", 1)
    row = cloud.store.get(NATIVE, ENDPOINT, CHURN)
    assert row is not None
    assert row.inputs["tags"] == {"team": "growth"}
    assert row.inputs["properties"]["description"] == "scores"
    # What is so already, in any case, is not written.
    assert create(deploymentName="Second")["liveDeploymentName"] == "second"
    assert cloud.puts() == 1


def test_moves_to_the_next_version(cloud: Cloud) -> None:
    create(deploymentName="first")
    properties = wrap_map(ASKED)
    request = UpdateRequest(URN, CHURN, {}, properties, 0, [], preview=False)
    response = asyncio.run(ServingProvider(poll=QUICK).update(request))
    assert plain_map(response.properties)["liveDeploymentName"] == "second"
    assert cloud.default() == "second"


@pytest.mark.parametrize(
    ("token", "place", "state", "told"),
    [
        (DEPLOYMENT, f"{CHURN}/deployments/second", "Failed", "deployment second is Failed; asked"),
        (DEPLOYMENT, f"{CHURN}/deployments/second", "Creating", "deployment second is Creating"),
        (ENDPOINT, CHURN, "Updating", "was not as asked after 3 s: the endpoint is Updating"),
    ],
)
def test_waits_for_what_moves_and_takes_no_bad_deployment(
    cloud: Cloud, token: str, place: str, state: str, told: str
) -> None:
    create(deploymentName="first")
    cloud.state(token, place, state)
    with pytest.raises(ProviderError) as caught:
        create()
    assert told in str(caught.value)
    assert cloud.default() == "first"


def test_what_is_missing_is_said(cloud: Cloud) -> None:
    with pytest.raises(ProviderError, match="has no deployment third"):
        create(deploymentName="third")
    with pytest.raises(ProviderError, match="there is no batch endpoint sales"):
        create(endpointName="sales")
    assert cloud.puts() == 0


def test_a_refusal_keeps_the_default_and_says_the_reason(cloud: Cloud) -> None:
    create(deploymentName="first")
    fault = Fault(ENDPOINT, "BatchEndpoints_CreateOrUpdate", "fail", message="UserError: locked")
    cloud.store.add_fault(fault)
    with pytest.raises(ProviderError, match="UserError: locked"):
        create()
    assert cloud.default() == "first"


def test_a_busy_endpoint_is_tried_again(cloud: Cloud) -> None:
    fault = Fault(ENDPOINT, "BatchEndpoints_CreateOrUpdate", "fail", message="Conflict: busy")
    cloud.store.add_fault(fault)
    assert create()["liveDeploymentName"] == "second"
    # The call that was refused is an event too.
    assert cloud.puts() == 2


@pytest.mark.usefixtures("cloud")
def test_refresh_sees_another_default_and_import_has_all_inputs() -> None:
    create()
    provider = ServingProvider(poll=QUICK)
    create(deploymentName="first")
    request = ReadRequest(URN, CHURN, {}, wrap_map(ASKED))
    now = plain_map(asyncio.run(provider.read(request)).inputs)
    assert now["deploymentName"] == "first"
    imported = asyncio.run(provider.read(ReadRequest(URN, CHURN, {}, wrap_map({}))))
    inputs = plain_map(imported.inputs)
    assert inputs == {**ASKED, "deploymentName": "first", "timeoutSeconds": 1800}
    difference = asyncio.run(
        provider.diff(DiffRequest(URN, CHURN, imported.properties, imported.inputs, []))
    )
    assert not difference.changes
    with pytest.raises(ProviderError, match="use the id of a batch endpoint"):
        asyncio.run(provider.read(ReadRequest(URN, f"{SPACE}/onlineEndpoints/a", {}, {})))


def test_what_is_gone_is_gone(cloud: Cloud) -> None:
    row = cloud.store.get(NATIVE, ENDPOINT, CHURN)
    assert row is not None
    cloud.store.remove(row)
    response = asyncio.run(ServingProvider(poll=QUICK).read(ReadRequest(URN, CHURN, {}, {})))
    assert not response.resource_id
    # Deleting it asks nobody.
    request = DeleteRequest(URN, CHURN, wrap_map(ASKED), 0)
    asyncio.run(ServingProvider(poll=QUICK).delete(request))


def test_what_is_asked_is_checked_without_a_call() -> None:
    assert check() == {}
    assert check(deploymentName=UNKNOWN, endpointName=UNKNOWN) == {}
    assert "3 to 32 letters" in check(deploymentName="v--2")["deploymentName"]
    assert "got nothing" in check(deploymentName=None)["deploymentName"]
    assert "whole number of seconds" in check(timeoutSeconds=0)["timeoutSeconds"]
    assert "did you mean deploymentName" in check(deploymentname="second")["deploymentname"]
    assert "the id of a subscription" in check(subscriptionId="a")["subscriptionId"]


@pytest.mark.usefixtures("cloud")
def test_live_default_is_read_just_before_the_endpoint_is_written() -> None:
    urn = f"urn:pulumi:dev::model-serving::{LIVE}::churn-live"
    given = {k: v for k, v in ASKED.items() if k not in {"deploymentName", "timeoutSeconds"}}
    asked = wrap_map({**given, "batch": True, "writes": "1"})

    def live() -> dict[str, Any]:
        response = asyncio.run(
            ServingProvider(poll=QUICK).create(CreateRequest(urn, asked, 0, preview=False))
        )
        assert response.resource_id == CHURN
        return plain_map(response.properties)

    assert live()["defaultDeployment"] == ""
    create()
    assert live()["defaultDeployment"] == "second"
    read = asyncio.run(ServingProvider(poll=QUICK).read(ReadRequest(urn, CHURN, {}, {})))
    assert plain_map(read.inputs)["batch"] is True
    assert plain_map(read.properties)["defaultDeployment"] == "second"
