"""What the stand-ins of Google Cloud and Azure compute, refuse, update and replace."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack, urn

BUCKET = "gcp:storage/bucket:Bucket"
ACCOUNT = "gcp:serviceaccount/account:Account"
MEMBER = "gcp:projects/iAMMember:IAMMember"
BINDING = "gcp:storage/bucketIAMBinding:BucketIAMBinding"
VERTEX = "gcp:vertex/aiEndpoint:AiEndpoint"
WORKSPACE = "azure-native:machinelearningservices:Workspace"
ONLINE_ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
GROUP = "azure-native:resources:ResourceGroup"
STORAGE = "azure-native:storage:StorageAccount"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    return Stack("gcp", tmp_path / "store.sqlite", {"project": "example-models"})


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    return Stack("azure-native", tmp_path / "store.sqlite")


# ---- Google Cloud ----


def test_another_project_than_meant(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r'Error 403.*did you mean "example-models"'):
        Stack("gcp", tmp_path / "store.sqlite", {"project": "example-model"})


def test_google_ids_and_links(gcp: Stack) -> None:
    bucket = gcp.create(BUCKET, "b", location="EU")
    assert bucket.outputs["url"] == f"gs://{bucket.id}"
    endpoint = gcp.create(VERTEX, "e", name="7", displayName="e", location="europe-west1")
    assert endpoint.id == "projects/example-models/locations/europe-west1/endpoints/7"
    account = gcp.create(ACCOUNT, "a", accountId="runner")
    email = "runner@example-models.iam.gserviceaccount.com"
    assert account.outputs["email"] == email
    assert account.outputs["member"] == f"serviceAccount:{email}"


def test_google_labels(tmp_path: Path) -> None:
    settings = {"project": "example-models", "defaultLabels": {"team": "risk"}}
    gcp = Stack("gcp", tmp_path / "store.sqlite", settings)
    made = gcp.create(BUCKET, "b", location="EU", labels={"a": "b"})
    assert made.outputs["effectiveLabels"] == {
        "team": "risk",
        "a": "b",
        "goog-pulumi-provisioned": "true",
    }


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (BUCKET, {"location": "EU"}, {"location": "US"}, True),
        (BUCKET, {"location": "EU"}, {"location": "EU", "labels": {"a": "b"}}, False),
        (VERTEX, {"displayName": "a"}, {"displayName": "b"}, False),
        (VERTEX, {"network": "a"}, {"network": "b"}, True),
        (MEMBER, {"member": "a"}, {"member": "b"}, True),
        (BINDING, {"members": ["a"], "role": "r"}, {"members": ["b"], "role": "r"}, False),
        (BINDING, {"members": ["a"], "role": "r"}, {"members": ["a"], "role": "s"}, True),
    ],
)
def test_google_update_or_replace(
    gcp: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    assert bool(gcp.life.diff(urn(token, "x"), old, new, []).replacing) is replaces


def test_google_life(gcp: Stack) -> None:
    made = gcp.create(BUCKET, "b", location="EU")
    changed = gcp.update(made, labels={"a": "b"})
    read = gcp.read(changed)
    assert read is not None
    assert read.inputs["labels"] == {"a": "b"}
    gcp.delete(changed)
    assert gcp.read(changed) is None


# ---- Azure ----


def test_another_subscription_than_meant(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="SubscriptionNotFound"):
        Stack("azure-native", tmp_path / "store.sqlite", {"subscriptionId": "x"})


def test_azure_ids(azure: Stack) -> None:
    root = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
    group = azure.create(GROUP, "g", location="westeurope")
    assert group.id == f"{root}/{group.inputs['resourceGroupName']}"
    space = azure.create(WORKSPACE, "w", resourceGroupName="models", workspaceName="w")
    ml = f"{root}/models/providers/Microsoft.MachineLearningServices"
    assert space.id == f"{ml}/workspaces/w"
    endpoint = azure.create(
        ONLINE_ENDPOINT,
        "e",
        resourceGroupName="models",
        workspaceName="w",
        properties={"authMode": "Key"},
    )
    name = endpoint.inputs["endpointName"]
    assert endpoint.id == f"{ml}/workspaces/w/onlineEndpoints/{name}"
    assert endpoint.outputs["type"] == "Microsoft.MachineLearningServices/onlineEndpoints"
    storage = azure.create(
        STORAGE, "s", resourceGroupName="models", kind="StorageV2", sku={"name": "Standard_LRS"}
    )
    assert storage.id.endswith(f"Microsoft.Storage/storageAccounts/{storage.inputs['accountName']}")


def test_azure_groups_exist(azure: Stack) -> None:
    with pytest.raises(RefusedError, match=r"ResourceGroupNotFound.*did you mean 'models'"):
        azure.create(WORKSPACE, "w", resourceGroupName="model")
    assert azure.create(WORKSPACE, "w", resourceGroupName="MODELS").id


@pytest.mark.parametrize(
    ("old", "new", "replaces"),
    [
        ({"workspaceName": "a"}, {"workspaceName": "b"}, True),
        ({"location": "a"}, {"location": "b"}, True),
        ({"resourceGroupName": "a"}, {"resourceGroupName": "b"}, True),
        ({"description": "a"}, {"description": "b"}, False),
    ],
)
def test_azure_update_or_replace(
    azure: Stack, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    assert bool(azure.life.diff(urn(WORKSPACE, "w"), old, new, []).replacing) is replaces


def test_azure_life(azure: Stack) -> None:
    made = azure.create(WORKSPACE, "w", resourceGroupName="models")
    changed = azure.update(made, tags={"a": "b"})
    assert azure.plan(changed).changes == []
    read = azure.read(changed)
    assert read is not None
    assert read.inputs["tags"] == {"a": "b"}
    azure.delete(changed)
    assert azure.read(changed) is None
