"""What the functions of azure-native answer from the sandbox's subscription."""

import base64
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack
from tests.unit.test_sandbox_azure import (
    APP,
    CLUSTER,
    ENDPOINT,
    IDENTITY,
    NATIVE,
    REGISTRY,
    STORAGE,
    SUBSCRIPTION,
    VAULT,
    WORKSPACE,
)

ML = f"{NATIVE}:machinelearningservices"
GROUP = {"resourceGroupName": "models"}
SPACE = {**GROUP, "workspaceName": "models-dev"}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    stack = Stack(NATIVE, tmp_path / "store.sqlite")
    stack.create(WORKSPACE, "w", **SPACE, description="Models")
    stack.create(ENDPOINT, "e", **SPACE, endpointName="fraud", properties={"authMode": "Key"})
    stack.create(CLUSTER, "c", **GROUP, resourceName="serving", dnsPrefix="serving")
    account = {"accountName": "models", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    stack.create(STORAGE, "s", **GROUP, **account)
    stack.create(IDENTITY, "i", **GROUP, resourceName="runner")
    sku = {"family": "A", "name": "standard"}
    vault = {"vaultName": "models", "properties": {"sku": sku, "tenantId": "t"}}
    stack.create(VAULT, "v", **GROUP, **vault)
    stack.create(APP, "a", **GROUP, name="scorer")
    for name, admin in (("models", True), ("closed", False)):
        given = {"registryName": name, "adminUserEnabled": admin, "sku": {"name": "Basic"}}
        stack.create(REGISTRY, name, **GROUP, **given)
    return stack


def ask(azure: Stack, token: str, **arguments: object) -> dict[str, Any]:
    answer, problems = azure.life.invoke(token, arguments)
    assert not problems, problems
    return answer


def test_the_client(azure: Stack) -> None:
    config = ask(azure, f"{NATIVE}:authorization:getClientConfig")
    assert config["subscriptionId"] == SUBSCRIPTION
    assert ask(azure, f"{NATIVE}:authorization:getClientToken")["token"]


@pytest.mark.parametrize(
    ("token", "arguments", "name", "value"),
    [
        (f"{NATIVE}:resources:getResourceGroup", GROUP, "location", "westeurope"),
        (f"{ML}:getWorkspace", SPACE, "description", "Models"),
        # ARM compares names without case.
        (
            f"{ML}:getWorkspace",
            {"resourceGroupName": "MODELS", "workspaceName": "Models-Dev"},
            "name",
            "models-dev",
        ),
        (
            f"{NATIVE}:managedidentity:getUserAssignedIdentity",
            {**GROUP, "resourceName": "runner"},
            "type",
            "Microsoft.ManagedIdentity/userAssignedIdentities",
        ),
        (f"{NATIVE}:keyvault:getVault", {**GROUP, "vaultName": "models"}, "name", "models"),
        (
            f"{NATIVE}:storage:getStorageAccount",
            {**GROUP, "accountName": "models"},
            "azureApiVersion",
            "2024-01-01",
        ),
    ],
)
def test_what_is_there(
    azure: Stack, token: str, arguments: dict[str, Any], name: str, value: object
) -> None:
    answer = ask(azure, token, **arguments)
    assert answer[name] == value
    assert answer["id"].startswith(f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models")


@pytest.mark.parametrize(
    ("token", "arguments", "names"),
    [
        (
            f"{ML}:listOnlineEndpointKeys",
            {**SPACE, "endpointName": "fraud"},
            ("primaryKey", "secondaryKey"),
        ),
        (f"{ML}:listWorkspaceKeys", SPACE, ("userStorageKey",)),
        (f"{NATIVE}:web:listWebAppHostKeys", {**GROUP, "name": "scorer"}, ("masterKey",)),
    ],
)
def test_keys_stay_the_same(
    azure: Stack, token: str, arguments: dict[str, Any], names: tuple[str, ...]
) -> None:
    answer = ask(azure, token, **arguments)
    assert answer == ask(azure, token, **arguments)
    keys = [answer[name] for name in names]
    assert all(len(key) > 40 for key in keys)
    assert len(set(keys)) == len(keys)


def test_keys_of_an_account(azure: Stack) -> None:
    answer = ask(azure, f"{NATIVE}:storage:listStorageAccountKeys", **GROUP, accountName="models")
    assert [key["keyName"] for key in answer["keys"]] == ["key1", "key2"]


def test_credentials_of_a_registry(azure: Stack) -> None:
    token = f"{NATIVE}:containerregistry:listRegistryCredentials"
    assert ask(azure, token, **GROUP, registryName="models")["username"] == "models"
    with pytest.raises(RefusedError, match="admin user is disabled"):
        ask(azure, token, **GROUP, registryName="closed")


@pytest.mark.parametrize("kind", ["User", "Admin"])
def test_credentials_of_a_cluster(azure: Stack, kind: str) -> None:
    token = f"{NATIVE}:containerservice:listManagedCluster{kind}Credentials"
    (config,) = ask(azure, token, **GROUP, resourceName="serving")["kubeconfigs"]
    text = base64.b64decode(config["value"]).decode()
    assert "current-context: serving" in text
    assert "azmk8s.io" in text


def test_a_workspace_shows_what_leads_to_it(azure: Stack) -> None:
    assert ask(azure, f"{ML}:getWorkspace", **SPACE)["privateEndpointConnections"] == []
    place = {**GROUP, "location": "westeurope"}
    network = azure.create(
        f"{NATIVE}:network:VirtualNetwork",
        "n",
        **place,
        virtualNetworkName="network",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "private", "addressPrefix": "10.0.0.0/24"}],
    )
    workspace = ask(azure, f"{ML}:getWorkspace", **SPACE)["id"]
    for name, target in (("mine", workspace.upper()), ("other", network.id)):
        azure.create(
            f"{NATIVE}:network:PrivateEndpoint",
            name,
            **place,
            privateEndpointName=name,
            subnet={"id": f"{network.id}/subnets/private"},
            privateLinkServiceConnections=[{"name": "a", "privateLinkServiceId": target}],
        )
    (shown,) = ask(azure, f"{ML}:getWorkspace", **SPACE)["privateEndpointConnections"]
    assert shown["id"] == f"{workspace}/privateEndpointConnections/mine"
    assert shown["privateLinkServiceConnectionState"] == {"status": "Approved"}


@pytest.mark.parametrize("token", [f"{ML}:getWorkspace", f"{ML}:listWorkspaceKeys"])
def test_what_is_not_there(azure: Stack, token: str) -> None:
    with pytest.raises(RefusedError, match=r"ResourceNotFound.*did you mean '.*models-dev'"):
        ask(azure, token, **GROUP, workspaceName="models-def")
