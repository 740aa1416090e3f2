"""An Azure ML workspace with what it needs, made in a sandbox before a test's own project runs."""

from pathlib import Path
from typing import Protocol

from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Row, Store
from tests.unit.sandbox_life import Stack

__all__ = [
    "ARTIFACTS",
    "REGISTRY_ID",
    "WORKSPACE",
    "WORKSPACE_ID",
    "calls",
    "make_workspace",
    "move_by_hand",
]

WORKSPACE = "models-dev"
_GROUP = f"/subscriptions/{AZURE_SUBSCRIPTION}/resourceGroups/models"
WORKSPACE_ID = f"{_GROUP}/providers/Microsoft.MachineLearningServices/workspaces/{WORKSPACE}"
REGISTRY_ID = f"{_GROUP}/providers/Microsoft.ContainerRegistry/registries/exampleimages"
ARTIFACTS = "https://examplemodels.blob.core.windows.net/artifacts"
_WRITES = ("create", "update", "delete")
_PLACE = {"resourceGroupName": "models", "location": "westeurope"}


class Home(Protocol):
    """What has a sandbox of its own."""

    @property
    def home(self) -> Path:
        """Folder of store and state."""
        ...


def make_workspace(sandbox: Home) -> Store:
    """The sandbox's store, with a private workspace, a registry and containers."""
    stack = Stack("azure-native", sandbox.home / "store.sqlite")
    stack.create(
        "azure-native:storage:StorageAccount",
        "storage",
        **_PLACE,
        accountName="examplemodels",
        kind="StorageV2",
        sku={"name": "Standard_LRS"},
    )
    for container in ("artifacts", "captured"):
        stack.create(
            "azure-native:storage:BlobContainer",
            container,
            resourceGroupName="models",
            accountName="examplemodels",
            containerName=container,
        )
    stack.create(
        "azure-native:containerregistry:Registry",
        "images",
        **_PLACE,
        registryName="exampleimages",
        sku={"name": "Standard"},
    )
    stack.create(
        "azure-native:machinelearningservices:Workspace",
        "workspace",
        **_PLACE,
        workspaceName=WORKSPACE,
    )
    # By which deployments reach it.
    stack.create(
        "azure-native:network:VirtualNetwork",
        "network",
        **_PLACE,
        virtualNetworkName="models",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "private", "addressPrefix": "10.0.0.0/24"}],
    )
    stack.create(
        "azure-native:network:PrivateEndpoint",
        "private",
        **_PLACE,
        privateEndpointName="workspace",
        subnet={
            "id": f"{_GROUP}/providers/Microsoft.Network/virtualNetworks/models/subnets/private"
        },
        privateLinkServiceConnections=[
            {
                "name": "workspace",
                "privateLinkServiceId": WORKSPACE_ID,
                "groupIds": ["amlworkspace"],
            }
        ],
    )
    return stack.store


def calls(store: Store, since: int = 0) -> list[str]:
    """What ARM wrote of endpoints and deployments, in order, after so many events.

    `move fraud-dev` is a PUT by the first-party provider; others are pulumi-azure-native's, as
    `create v1-4-0-0a1b2c`.
    """
    found: list[str] = []
    for event in store.events()[since:]:
        name, kind = event.id.rpartition("/")[2], event.token.rpartition(":")[2]
        if event.operation == "azureml:OnlineEndpoints_CreateOrUpdate":
            # The row that the call wrote came just before it.
            if found and found[-1] == f"update {name}":
                found.pop()
            found.append(f"move {name}")
        elif kind in {"OnlineEndpoint", "OnlineDeployment"} and event.operation in _WRITES:
            found.append(f"{event.operation} {name}")
    return found


def move_by_hand(store: Store, endpoint_id: str, traffic: dict[str, int]) -> None:
    """Give an endpoint other traffic, as somebody does it in the portal."""

    def changed(row: Row) -> Row:
        inputs = {**row.inputs["properties"], "traffic": traffic}
        outputs = {**row.outputs["properties"], "traffic": traffic}
        return row.replace(
            inputs={**row.inputs, "properties": inputs},
            outputs={**row.outputs, "properties": outputs},
        )

    token = "azure-native:machinelearningservices:OnlineEndpoint"
    store.update("azure-native", token, endpoint_id, changed, account=AZURE_SUBSCRIPTION)
