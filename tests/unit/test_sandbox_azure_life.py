"""What Azure refuses by what there is, and the life of its resources."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.azure.paths import path_of
from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Made, Stack, urn
from tests.unit.test_sandbox_azure import (
    APP,
    CLUSTER,
    CONTAINER,
    DEPLOYMENT,
    ENDPOINT,
    GROUP,
    IDENTITY,
    NATIVE,
    NETWORK,
    PLAN,
    ROLE,
    ROOT,
    STORAGE,
    SUBNET,
    SUBSCRIPTION,
    VAULT,
    WORKSPACE,
)

MODEL = f"{NATIVE}:machinelearningservices:ModelVersion"
OTHER = "/subscriptions/00000000-0000-0000-0000-000000000009/resourceGroups/g/providers"


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack(NATIVE, tmp_path / "store.sqlite")


def make(azure: Stack, token: str, name: str, /, **inputs: object) -> Made:
    return azure.create(token, name, resourceGroupName="models", **inputs)


def space(azure: Stack) -> Made:
    return make(azure, WORKSPACE, "w", workspaceName="www")


# ---- what a new sandbox holds ----


def test_what_is_there_at_first_is_as_if_it_had_been_made(azure: Stack) -> None:
    """By inputs that Azure takes, under the ids and with the outputs that they give."""
    rows = azure.store.list(NATIVE)
    assert {WORKSPACE, STORAGE, CONTAINER, VAULT} <= {row.token for row in rows}
    for row in rows:
        assert azure.problems(row.token, row.inputs) == []
        assert row.id == path_of(row.token, None).id(row.inputs, SUBSCRIPTION)
        written = azure.life.update(
            urn(row.token, "it"), row.id, row.inputs, row.inputs, set(), state=row.outputs
        )
        assert row.outputs == {name: written.outputs[name] for name in row.outputs}


# ---- references ----


def test_groups_exist(azure: Stack) -> None:
    with pytest.raises(RefusedError, match=r"ResourceGroupNotFound.*did you mean 'models'"):
        azure.create(WORKSPACE, "w", resourceGroupName="model")
    # ARM compares without case, and answers in the group's own spelling.
    assert azure.create(WORKSPACE, "w", resourceGroupName="MODELS").id.startswith(f"{ROOT}/models/")


@pytest.mark.parametrize(
    ("token", "inputs", "path"),
    [
        (ENDPOINT, {"workspaceName": "vvv", "properties": {"authMode": "Key"}}, "workspaceName"),
        (
            f"{NATIVE}:containerservice:AgentPool",
            {"resourceName": "c", "agentPoolName": "p"},
            "resourceName",
        ),
        (CONTAINER, {"accountName": "nothing", "containerName": "abc"}, "accountName"),
        (SUBNET, {"virtualNetworkName": "n", "subnetName": "s"}, "virtualNetworkName"),
    ],
)
def test_parents_exist(azure: Stack, token: str, inputs: dict[str, Any], path: str) -> None:
    with pytest.raises(RefusedError, match=rf"{path}: ParentResourceNotFound"):
        make(azure, token, "it", **inputs)


def of(kind: str, name: str) -> str:
    return f"{ROOT}/models/providers/{kind}/{name}"


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (
            WORKSPACE,
            {"keyVault": of("Microsoft.KeyVault/vaults", "none")},
            r"keyVault: ResourceNotFound: The Resource 'Microsoft.KeyVault/vaults/none'",
        ),
        (
            WORKSPACE,
            {"keyVault": of("Microsoft.Storage/storageAccounts", "s")},
            r"keyVault: got an id of a Microsoft.Storage/storageAccounts; use",
        ),
        (
            WORKSPACE,
            {
                "identity": {
                    "type": "UserAssigned",
                    "userAssignedIdentities": [
                        of("Microsoft.ManagedIdentity/userAssignedIdentities", "none")
                    ],
                }
            },
            r"identity.userAssignedIdentities\[0\]: ResourceNotFound",
        ),
        (
            APP,
            {"name": "app", "serverFarmId": of("Microsoft.Web/serverfarms", "none")},
            "serverFarmId: ResourceNotFound",
        ),
        (
            CLUSTER,
            {
                "agentPoolProfiles": [
                    {
                        "name": "p",
                        "mode": "System",
                        "vnetSubnetID": of("Microsoft.Network/virtualNetworks/n/subnets", "s"),
                    }
                ]
            },
            r"agentPoolProfiles\[0\].vnetSubnetID: ResourceNotFound",
        ),
    ],
)
def test_ids_lead_somewhere(azure: Stack, token: str, inputs: dict[str, Any], message: str) -> None:
    with pytest.raises(RefusedError, match=message):
        make(azure, token, "it", **inputs)


def test_ids_that_lead_somewhere(azure: Stack) -> None:
    network = make(
        azure,
        NETWORK,
        "n",
        virtualNetworkName="net",
        addressSpace={"addressPrefixes": ["10.0.0.0/16"]},
        subnets=[{"name": "nodes", "addressPrefix": "10.0.1.0/24"}],
    )
    own = make(azure, SUBNET, "s", virtualNetworkName="net", subnetName="pods")
    for number, subnet in enumerate((f"{network.id}/subnets/nodes", own.id.upper())):
        make(
            azure, CLUSTER, f"c{number}", agentPoolProfiles=[{"name": "p", "vnetSubnetID": subnet}]
        )
    # Another subscription is somebody else's to judge.
    make(azure, WORKSPACE, "w", keyVault=f"{OTHER}/Microsoft.KeyVault/vaults/theirs")


def test_roles_are_on_something(azure: Stack) -> None:
    role = "/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    given = {"principalId": "p", "roleDefinitionId": role}
    with pytest.raises(RefusedError, match="scope: ResourceNotFound"):
        azure.create(ROLE, "r", scope=of("Microsoft.Storage/storageAccounts", "none"), **given)
    assert azure.create(ROLE, "r", scope=f"/subscriptions/{SUBSCRIPTION}", **given).id


# ---- traffic ----


def traffic(live: object = None, mirrored: object = None, **more: object) -> dict[str, Any]:
    shares = {"traffic": live, "mirrorTraffic": mirrored}
    return {
        "authMode": "Key",
        **{name: share for name, share in shares.items() if share is not None},
        **more,
    }


@pytest.mark.parametrize(
    ("properties", "path"),
    [
        (traffic({"a": 100}), None),
        (traffic({"a": 90, "b": 10}), None),
        (traffic({"a": 0, "b": 0}), None),
        (traffic({"a": 90, "b": 9}), "properties.traffic"),
        (traffic({"a": 100, "b": 10}), "properties.traffic"),
        (traffic({"a": 100}, {"b": 50}), None),
        (traffic({"a": 100}, {"b": 51}), 'properties.mirrorTraffic["b"]'),
        (traffic({"a": 100}, {"b": 10, "c": 10}), "properties.mirrorTraffic"),
        (traffic({"a": 100}, {"b": 10, "c": 0}), None),
        (traffic({"a": 100}, {"a": 10}), 'properties.mirrorTraffic["a"]'),
        (traffic({"a": 100}, {"b": 10}, compute="/kube"), "properties.mirrorTraffic"),
    ],
)
def test_shares(azure: Stack, properties: dict[str, Any], path: str | None) -> None:
    given = {"resourceGroupName": "models", "workspaceName": "www", "properties": properties}
    problems = azure.life.cloud.constraints(azure.life.call(urn(ENDPOINT, "e"), given, None))
    assert [problem.path for problem in problems] == ([path] if path else [])


def endpoint(azure: Stack, **properties: object) -> Made:
    return make(
        azure,
        ENDPOINT,
        "e",
        workspaceName="www",
        endpointName="fraud",
        properties={"authMode": "Key", **properties},
    )


def deployment(azure: Stack, name: str) -> Made:
    return make(
        azure,
        DEPLOYMENT,
        name,
        workspaceName="www",
        endpointName="fraud",
        deploymentName=name,
        properties={"endpointComputeType": "Managed", "instanceType": "Standard_DS3_v2"},
    )


def test_traffic_goes_to_deployments_that_exist(azure: Stack) -> None:
    space(azure)
    with pytest.raises(RefusedError, match=r'traffic\["blue"\].*no deployment \'blue\''):
        endpoint(azure, traffic={"blue": 100})
    made = endpoint(azure)
    deployment(azure, "blue")
    with pytest.raises(RefusedError, match="it has blue"):
        azure.update(made, properties=traffic({"blu": 100}))
    changed = azure.update(made, properties=traffic({"blue": 100}))
    assert changed.outputs["properties"]["traffic"] == {"blue": 100}


def test_a_deployment_with_traffic_stays(azure: Stack) -> None:
    space(azure)
    made = endpoint(azure)
    blue, green = deployment(azure, "blue"), deployment(azure, "green")
    made = azure.update(made, properties=traffic({"blue": 100}, {"green": 10}))
    with pytest.raises(RefusedError, match=r"100 % of the live traffic of endpoint fraud"):
        azure.delete(blue)
    with pytest.raises(RefusedError, match="10 % of the mirrored traffic"):
        azure.delete(green)
    azure.update(made, properties=traffic({"blue": 0}))
    azure.delete(blue)
    azure.delete(green)
    assert azure.read(blue) is None


def test_an_endpoint_takes_its_deployments_along(azure: Stack) -> None:
    space(azure)
    made = endpoint(azure)
    blue = deployment(azure, "blue")
    made = azure.update(made, properties=traffic({"blue": 100}))
    azure.delete(made)
    assert azure.read(blue) is None


# ---- life ----


def test_life(azure: Stack) -> None:
    made = space(azure)
    changed = azure.update(made, tags={"a": "b"})
    assert azure.plan(changed).changes == []
    read = azure.read(changed)
    assert read is not None
    assert read.inputs["tags"] == {"a": "b"}
    azure.delete(changed)
    assert azure.read(changed) is None


def test_ids_are_read_in_any_case(azure: Stack) -> None:
    made = space(azure)
    read = azure.life.read(urn(WORKSPACE, "w"), made.id.upper(), {}, set())
    assert read is not None
    assert read.id == made.id
    assert read.inputs["workspaceName"] == "www"
    with pytest.raises(RefusedError, match="exists already"):
        make(azure, WORKSPACE, "other", workspaceName="WWW")


def test_a_seeded_group_can_be_imported(azure: Stack) -> None:
    read = azure.life.read(urn(GROUP, "g"), f"{ROOT}/models", {}, set())
    assert read is not None
    assert read.inputs == {"resourceGroupName": "models", "location": "westeurope"}


def test_a_group_takes_its_content_along(azure: Stack) -> None:
    group = azure.create(GROUP, "g", location="westeurope", resourceGroupName="mine")
    inside = azure.create(WORKSPACE, "w", resourceGroupName="mine", workspaceName="www")
    beside = azure.create(GROUP, "h", location="westeurope", resourceGroupName="mine-too")
    azure.delete(group)
    assert azure.read(inside) is None
    assert azure.read(beside) is not None


def test_names_that_are_unique_in_the_world(azure: Stack) -> None:
    azure.create(GROUP, "g", location="westeurope", resourceGroupName="mine")
    account = {"accountName": "models", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}}
    make(azure, STORAGE, "s", **account)
    with pytest.raises(RefusedError, match="models exists already"):
        azure.create(STORAGE, "t", resourceGroupName="mine", **account)


def test_what_is_in_use_stays(azure: Stack) -> None:
    plan = make(azure, PLAN, "p", name="p")
    app = make(azure, APP, "a", name="scorer", serverFarmId=plan.id)
    with pytest.raises(RefusedError, match=r"Server farm 'p'.*scorer"):
        azure.delete(plan)
    azure.delete(app)
    azure.delete(plan)


def test_a_vault_is_found_by_its_id(azure: Stack) -> None:
    vault = make(
        azure,
        VAULT,
        "v",
        properties={"sku": {"family": "A", "name": "standard"}, "tenantId": "t"},
    )
    made = make(azure, WORKSPACE, "w", keyVault=vault.id.replace("models", "Models"))
    assert made.outputs["keyVault"]


def test_a_model_of_a_deployment_exists(azure: Stack) -> None:
    made = space(azure)
    endpoint(azure)
    version = f"{made.id}/models/fraud/versions/1"
    properties = {"endpointComputeType": "Managed", "model": version}
    names = {"workspaceName": "www", "endpointName": "fraud", "deploymentName": "blue"}
    with pytest.raises(RefusedError, match=r"properties.model: ResourceNotFound"):
        make(azure, DEPLOYMENT, "blue", properties=properties, **names)
    container = f"{NATIVE}:machinelearningservices:ModelContainer"
    make(azure, container, "m", workspaceName="www", name="fraud", properties={})
    make(
        azure,
        MODEL,
        "v",
        workspaceName="www",
        name="fraud",
        version="1",
        properties={"modelUri": "azureml://x"},
    )
    assert make(azure, DEPLOYMENT, "blue", properties=properties, **names).id


def test_identities_of_a_user_are_made_first(azure: Stack) -> None:
    identity = make(azure, IDENTITY, "i", resourceName="runner")
    federated = f"{NATIVE}:managedidentity:FederatedIdentityCredential"
    made = make(
        azure,
        federated,
        "f",
        resourceName="runner",
        audiences=["api://AzureADTokenExchange"],
        issuer="https://westeurope.oic.prod-aks.azure.com/t/i/",
        subject="system:serviceaccount:models:runner",
        federatedIdentityCredentialResourceName="kube",
    )
    assert made.id == f"{identity.id}/federatedIdentityCredentials/kube"
