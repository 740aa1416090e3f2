"""What the stand-in of Azure computes and names, and which changes make a new resource."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.azure import paths
from sandbox.clouds.azure.paths import kind_of, parents_of, path_of
from sandbox.clouds.base import RefusedError
from sandbox.naming import Autonaming
from sandbox.schema import Library
from tests.unit.sandbox_life import Stack, urn

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ROOT = f"/subscriptions/{SUBSCRIPTION}/resourceGroups"
NATIVE = "azure-native"
GROUP = f"{NATIVE}:resources:ResourceGroup"
WORKSPACE = f"{NATIVE}:machinelearningservices:Workspace"
ENDPOINT = f"{NATIVE}:machinelearningservices:OnlineEndpoint"
DEPLOYMENT = f"{NATIVE}:machinelearningservices:OnlineDeployment"
CLUSTER = f"{NATIVE}:containerservice:ManagedCluster"
POOL = f"{NATIVE}:containerservice:AgentPool"
PLAN = f"{NATIVE}:web:AppServicePlan"
APP = f"{NATIVE}:web:WebApp"
SLOT = f"{NATIVE}:web:WebAppSlot"
STORAGE = f"{NATIVE}:storage:StorageAccount"
CONTAINER = f"{NATIVE}:storage:BlobContainer"
IDENTITY = f"{NATIVE}:managedidentity:UserAssignedIdentity"
FEDERATED = f"{NATIVE}:managedidentity:FederatedIdentityCredential"
VAULT = f"{NATIVE}:keyvault:Vault"
SECRET = f"{NATIVE}:keyvault:Secret"
ROLE = f"{NATIVE}:authorization:RoleAssignment"
NETWORK = f"{NATIVE}:network:VirtualNetwork"
SUBNET = f"{NATIVE}:network:Subnet"
ALERT = f"{NATIVE}:monitor:MetricAlert"
REGISTRY = f"{NATIVE}:containerregistry:Registry"
COMPONENT = f"{NATIVE}:applicationinsights:Component"
DIAGNOSTICS = f"{NATIVE}:monitor:DiagnosticSetting"
PATHS = Path(paths.__file__).with_name("paths.json")
NAMES = {"resourceGroupName": "g"}


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    return Stack(NATIVE, tmp_path / "store.sqlite")


def test_another_subscription_than_meant(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="SubscriptionNotFound"):
        Stack(NATIVE, tmp_path / "store.sqlite", {"subscriptionId": "x"})


# ---- ids ----

ML = f"{ROOT}/g/providers/Microsoft.MachineLearningServices/workspaces/www"
KUBE = f"{ROOT}/g/providers/Microsoft.ContainerService/managedClusters/c"
USER = f"{ROOT}/g/providers/Microsoft.ManagedIdentity/userAssignedIdentities/i"
ACCOUNT = f"{ROOT}/g/providers/Microsoft.Storage/storageAccounts/s"


@pytest.mark.parametrize(
    ("token", "inputs", "expected"),
    [
        (GROUP, {"resourceGroupName": "g"}, f"{ROOT}/g"),
        (WORKSPACE, {**NAMES, "workspaceName": "www"}, ML),
        (
            DEPLOYMENT,
            {**NAMES, "workspaceName": "www", "endpointName": "e", "deploymentName": "d"},
            f"{ML}/onlineEndpoints/e/deployments/d",
        ),
        (POOL, {**NAMES, "resourceName": "c", "agentPoolName": "p"}, f"{KUBE}/agentPools/p"),
        (
            SLOT,
            {**NAMES, "name": "a", "slot": "green"},
            f"{ROOT}/g/providers/Microsoft.Web/sites/a/slots/green",
        ),
        (
            FEDERATED,
            {**NAMES, "resourceName": "i", "federatedIdentityCredentialResourceName": "f"},
            f"{USER}/federatedIdentityCredentials/f",
        ),
        (
            CONTAINER,
            {**NAMES, "accountName": "s", "containerName": "models"},
            f"{ACCOUNT}/blobServices/default/containers/models",
        ),
        (
            ROLE,
            {"scope": ACCOUNT, "roleAssignmentName": "r"},
            f"{ACCOUNT}/providers/Microsoft.Authorization/roleAssignments/r",
        ),
        (
            DIAGNOSTICS,
            {"resourceUri": ML, "name": "logs"},
            f"{ML}/providers/Microsoft.Insights/diagnosticSettings/logs",
        ),
        # A type that no client's request is known of gets a path of the usual form.
        (
            f"{NATIVE}:signalrservice:SignalR",
            {**NAMES, "resourceName": "a"},
            f"{ROOT}/g/providers/Microsoft.Signalrservice/signalRs/a",
        ),
    ],
)
def test_ids(token: str, inputs: dict[str, Any], expected: str) -> None:
    path = path_of(token, Library(NATIVE).resource(token))
    assert path.id(inputs, SUBSCRIPTION) == expected


def test_paths_are_made_of_inputs() -> None:
    library = Library(NATIVE)
    for token in json.loads(PATHS.read_text(encoding="utf-8"))["types"]:
        declared = library.resource(token).inputs
        for name in path_of(token, None).parameters:
            assert name.partition(".")[0] in declared, (token, name)


def test_kinds_and_parents_of_ids() -> None:
    deployment = f"{ML}/onlineEndpoints/e/deployments/d"
    kinds = [kind_of(resource_id) for resource_id in (deployment, *parents_of(deployment))]
    service = "Microsoft.MachineLearningServices/workspaces"
    assert kinds == [
        f"{service}/onlineEndpoints/deployments",
        f"{service}/onlineEndpoints",
        service,
        "Microsoft.Resources/resourceGroups",
    ]
    assert kind_of(f"{ML}/providers/Microsoft.Authorization/roleAssignments/r") == (
        "Microsoft.Authorization/roleAssignments"
    )
    assert not kind_of("https://example.invalid/subscriptions/x")


# ---- names ----


@pytest.mark.parametrize(
    ("token", "inputs", "name", "pattern"),
    [
        (WORKSPACE, NAMES, "workspaceName", r"it[0-9a-f]{8}"),
        (GROUP, {}, "resourceGroupName", r"it[0-9a-f]{8}"),
        # A part of another resource has the program's own name, but endpoints have hosts.
        (POOL, {**NAMES, "resourceName": "c"}, "agentPoolName", "it"),
        (ENDPOINT, {**NAMES, "workspaceName": "www"}, "endpointName", r"it[0-9a-f]{8}"),
        (ROLE, {"scope": ML}, "roleAssignmentName", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    ],
)
def test_automatic_names(
    azure: Stack, token: str, inputs: dict[str, Any], name: str, pattern: str
) -> None:
    added, _ = azure.life.check(urn(token, "it"), inputs, {}, Autonaming(seed=b"tests"))
    assert re.fullmatch(pattern, added[name])
    # A random name lets the new resource be made before the old one goes.
    assert added.get("__createBeforeDelete", False) is (pattern != "it")


@pytest.mark.parametrize(
    ("token", "first"),
    [(WORKSPACE, False), (POOL, True)],
)
def test_order_of_a_replacement(azure: Stack, token: str, *, first: bool) -> None:
    added, _ = azure.life.check(urn(token, "it"), NAMES, {}, Autonaming(seed=b"tests"))
    old = {**NAMES, **added}
    plan = azure.life.diff(urn(token, "it"), old, {**old, "resourceGroupName": "h"}, [])
    assert plan.replacing == {"resourceGroupName"}
    assert plan.delete_first is first


def test_a_name_of_the_program_is_deleted_first(azure: Stack) -> None:
    old = {**NAMES, "workspaceName": "www"}
    assert azure.life.diff(
        urn(WORKSPACE, "it"), old, {**old, "workspaceName": "vvv"}, []
    ).delete_first


def test_location_of_the_group_or_the_provider(azure: Stack, tmp_path: Path) -> None:
    group = azure.create(GROUP, "g", location="northeurope").inputs["resourceGroupName"]
    assert azure.create(IDENTITY, "i", resourceGroupName=group).outputs["location"] == "northeurope"
    other = Stack(NATIVE, tmp_path / "store.sqlite", {"location": "uksouth"})
    assert other.create(IDENTITY, "j", resourceGroupName=group).outputs["location"] == "uksouth"


# ---- update or replace ----


@pytest.mark.parametrize(
    ("token", "old", "new", "replaces"),
    [
        (WORKSPACE, {"workspaceName": "a"}, {"workspaceName": "b"}, True),
        (WORKSPACE, {"resourceGroupName": "a"}, {"resourceGroupName": "b"}, True),
        (WORKSPACE, {"description": "a"}, {"description": "b"}, False),
        # Create-only in the client's models.
        (ENDPOINT, {"location": "a"}, {"location": "b"}, True),
        (ALERT, {"location": "a"}, {"location": "b"}, True),
        (PLAN, {"reserved": True}, {"reserved": False}, True),
        (PLAN, {"sku": {"name": "a"}}, {"sku": {"name": "b"}}, False),
        # The provider's own list.
        (CLUSTER, {"dnsPrefix": "a"}, {"dnsPrefix": "b"}, True),
        (CLUSTER, {"kubernetesVersion": "1.33"}, {"kubernetesVersion": "1.34"}, False),
        (
            CLUSTER,
            {"networkProfile": {"networkPlugin": "azure"}},
            {"networkProfile": {"networkPlugin": "none"}},
            True,
        ),
        (
            CLUSTER,
            {"networkProfile": {"loadBalancerSku": "basic"}},
            {"networkProfile": {"loadBalancerSku": "standard"}},
            False,
        ),
        (CLUSTER, {}, {"networkProfile": {"networkPlugin": "azure"}}, False),
        (
            CLUSTER,
            {"linuxProfile": {"adminUsername": "a"}},
            {"linuxProfile": {"adminUsername": "b"}},
            True,
        ),
        (POOL, {"vmSize": "a"}, {"vmSize": "b"}, True),
        (POOL, {"count": 1}, {"count": 2}, False),
        (STORAGE, {"isHnsEnabled": True}, {"isHnsEnabled": False}, True),
        (STORAGE, {"kind": "StorageV2"}, {"kind": "BlobStorage"}, False),
        (ROLE, {"principalId": "a"}, {"principalId": "b"}, True),
        # One region, two spellings.
        (ENDPOINT, {"location": "West Europe"}, {"location": "westeurope"}, False),
    ],
)
def test_update_or_replace(
    azure: Stack, token: str, old: dict[str, Any], new: dict[str, Any], *, replaces: bool
) -> None:
    plan = azure.life.diff(urn(token, "x"), old, new, [], state=old)
    assert bool(plan.replacing) is replaces
    if token == ENDPOINT and not replaces:
        assert plan.changes == []


def test_a_region_that_cannot_change_in_place(azure: Stack) -> None:
    made = azure.create(WORKSPACE, "w", resourceGroupName="models")
    assert azure.paths(made, location="northeurope") == {"location": False}
    with pytest.raises(RefusedError, match=r"InvalidResourceLocation.*replace_on_changes"):
        azure.update(made, location="northeurope")


# ---- outputs ----


def made(azure: Stack, token: str, name: str, /, **inputs: object) -> dict[str, Any]:
    return azure.create(token, name, resourceGroupName="models", **inputs).outputs


def test_outputs_of_azure_ml(azure: Stack) -> None:
    space = made(azure, WORKSPACE, "w", workspaceName="www", identity={"type": "SystemAssigned"})
    assert space["type"] == "Microsoft.MachineLearningServices/workspaces"
    assert space["azureApiVersion"] == "2025-12-01"
    assert space["provisioningState"] == "Succeeded"
    assert re.fullmatch(r"[0-9a-f-]{36}", space["identity"]["principalId"])
    assert space["systemData"]["createdByType"] == "Application"
    end = made(
        azure,
        ENDPOINT,
        "e",
        workspaceName="www",
        endpointName="fraud",
        properties={"authMode": "Key"},
    )
    assert end["properties"] == {
        "authMode": "Key",
        "publicNetworkAccess": "Enabled",
        "provisioningState": "Succeeded",
        "scoringUri": "https://fraud.westeurope.inference.ml.azure.com/score",
        "swaggerUri": "https://fraud.westeurope.inference.ml.azure.com/swagger.json",
    }


def test_outputs_of_kubernetes(azure: Stack) -> None:
    cluster = made(
        azure, CLUSTER, "c", resourceName="c", dnsPrefix="p", oidcIssuerProfile={"enabled": True}
    )
    assert re.fullmatch(r"p-[0-9a-f]{8}\.hcp\.westeurope\.azmk8s\.io", cluster["fqdn"])
    assert cluster["nodeResourceGroup"] == "MC_models_c_westeurope"
    assert cluster["oidcIssuerProfile"]["issuerURL"].startswith("https://westeurope.oic.prod-aks")


def test_outputs_of_the_rest(azure: Stack) -> None:
    plan = azure.create(PLAN, "p", resourceGroupName="models", name="p")
    app = made(azure, APP, "a", name="scorer", serverFarmId=plan.id)
    assert app["defaultHostName"] == "scorer.azurewebsites.net"
    account = made(
        azure, STORAGE, "s", accountName="models", kind="StorageV2", sku={"name": "Standard_LRS"}
    )
    assert account["primaryEndpoints"]["blob"] == "https://models.blob.core.windows.net/"
    sku = {"family": "A", "name": "standard"}
    vault = made(azure, VAULT, "v", vaultName="vault", properties={"sku": sku, "tenantId": "t"})
    assert vault["properties"]["vaultUri"] == "https://vault.vault.azure.net/"
    secret = made(azure, SECRET, "s", vaultName="vault", secretName="s", properties={"value": "x"})
    assert "value" not in secret["properties"]
    assert secret["properties"]["secretUri"] == "https://vault.vault.azure.net/secrets/s"
    identity = made(azure, IDENTITY, "i", resourceName="runner")
    assert identity["principalId"] != identity["clientId"]
    registry = made(azure, REGISTRY, "r", registryName="models", sku={"name": "Basic"})
    assert registry["loginServer"] == "models.azurecr.io"


def test_identities_are_kept_by_an_update(azure: Stack) -> None:
    user = azure.create(IDENTITY, "i", resourceGroupName="models")
    both = {"type": "SystemAssigned,UserAssigned", "userAssignedIdentities": [user.id]}
    space = azure.create(WORKSPACE, "w", resourceGroupName="models", identity=both)
    users = space.outputs["identity"]["userAssignedIdentities"]
    assert users == {user.id: {name: user.outputs[name] for name in ("clientId", "principalId")}}
    changed = azure.update(space, tags={"a": "b"})
    assert changed.outputs["identity"] == space.outputs["identity"]
    assert changed.inputs["identity"] == both
