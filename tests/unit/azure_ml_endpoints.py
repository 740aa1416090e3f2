"""An online endpoint in a sandbox whose API Azure's client asks, for the first-party resources."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest

from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from provider.waiting import Poll
from sandbox import eventual
from tests.unit.azure_clients import served
from tests.unit.sandbox_life import Made, Stack
from tests.unit.test_sandbox_azure import DEPLOYMENT, ENDPOINT, NATIVE, ROOT, WORKSPACE

__all__ = ["ASKED", "FRAUD", "QUICK", "SPACE", "URN", "Cloud", "cloud", "create", "puts"]

SPACE = f"{ROOT}/models/providers/Microsoft.MachineLearningServices/workspaces/models-dev"
FRAUD = f"{SPACE}/onlineEndpoints/fraud"
URN = "urn:pulumi:dev::model-serving::serving:index:AzureMlTraffic::fraud-traffic"
QUICK = Poll(first_seconds=0.02, longest_seconds=0.1)
PLACE: dict[str, object] = {
    "subscriptionId": SPACE.split("/")[2],
    "resourceGroupName": "models",
    "workspaceName": "models-dev",
    "endpointName": "fraud",
}
ASKED: dict[str, object] = {
    **PLACE,
    "traffic": {"blue": 90, "green": 10},
    "mirrorTraffic": {},
    "timeoutSeconds": 5,
}
_NAMES = {"resourceGroupName": "models", "workspaceName": "models-dev", "endpointName": "fraud"}


class Cloud(Stack):
    """An endpoint with the deployments blue, which has all traffic, and green."""

    def __init__(self, path: Path) -> None:
        super().__init__(NATIVE, path)
        self.create(
            WORKSPACE, "w", resourceGroupName="models", workspaceName="models-dev", description="M"
        )
        made = self.create(
            ENDPOINT,
            "e",
            **_NAMES,
            properties={"authMode": "AADToken"},
            identity={"type": "SystemAssigned"},
            tags={"team": "risk"},
        )
        for name in ("blue", "green"):
            self.deploy(name)
        self.endpoint: Made = self.update(
            made, properties={"authMode": "AADToken", "traffic": {"blue": 100}}
        )

    def deploy(self, name: str, state: str = "Succeeded") -> None:
        """A deployment, in this state."""
        made = self.create(
            DEPLOYMENT,
            name,
            **_NAMES,
            deploymentName=name,
            sku={"name": "Default", "capacity": 3},
            properties={"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"},
        )
        self.state(made.id, DEPLOYMENT, state)

    def state(self, resource_id: str, token: str, state: str) -> None:
        """What the service says of something."""
        self.store.update(
            NATIVE,
            token,
            resource_id,
            lambda row: row.replace(
                outputs={
                    **row.outputs,
                    "properties": {**row.outputs["properties"], "provisioningState": state},
                }
            ),
            account=resource_id.split("/")[2],
        )

    def release(self) -> None:
        """End a change that would never end."""
        self.store.update(NATIVE, ENDPOINT, FRAUD, eventual.released, account=FRAUD.split("/")[2])

    def live(self, kind: str = "traffic") -> dict[str, Any]:
        """The endpoint's shares."""
        row = self.store.get(NATIVE, ENDPOINT, FRAUD)
        assert row is not None
        return row.inputs["properties"].get(kind, {})


@pytest.fixture
def cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """What ARM answers from, and the environment by which Azure's clients find it."""
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.0005")
    made = Cloud(tmp_path / "store.sqlite")
    with served(made.store.path, monkeypatch):
        yield made
    made.store.close()


def puts(cloud: Cloud) -> int:
    """How often the endpoint was written over HTTP."""
    return len(cloud.store.events(operation="azureml:OnlineEndpoints_CreateOrUpdate"))


def create(
    provider: ServingProvider | None = None, *, timeout: float = 0, **more: object
) -> dict[str, Any]:
    """The outputs of a new resource."""
    provider = provider or ServingProvider(poll=QUICK)
    request = CreateRequest(URN, wrap_map({**ASKED, **more}), timeout, preview=False)
    response = asyncio.run(provider.create(request))
    assert response.resource_id == FRAUD
    return plain_map(response.properties)
