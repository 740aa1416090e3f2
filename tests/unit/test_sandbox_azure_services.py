"""What single services of Azure refuse: vaults, apps, roles, credentials."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Made, Stack
from tests.unit.test_sandbox_azure import (
    APP,
    CLUSTER,
    DEPLOYMENT,
    ENDPOINT,
    IDENTITY,
    NATIVE,
    PLAN,
    ROLE,
    SLOT,
    STORAGE,
    SUBSCRIPTION,
    VAULT,
    WORKSPACE,
)


@pytest.fixture
def azure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.delenv("ARM_SUBSCRIPTION_ID", raising=False)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack(NATIVE, tmp_path / "store.sqlite")


def make(azure: Stack, token: str, name: str, /, **inputs: object) -> Made:
    return azure.create(token, name, resourceGroupName="models", **inputs)


# ---- vaults, and what cannot change ----

VAULT_INPUTS: dict[str, Any] = {
    "vaultName": "models",
    "properties": {"sku": {"family": "A", "name": "standard"}, "tenantId": "t"},
}


def test_a_deleted_vault_keeps_its_name(azure: Stack) -> None:
    vault = make(azure, VAULT, "v", **VAULT_INPUTS)
    azure.delete(vault)
    with pytest.raises(RefusedError, match="in deleted state"):
        make(azure, VAULT, "v", **VAULT_INPUTS)
    recovered = {**VAULT_INPUTS["properties"], "createMode": "recover"}
    again = make(azure, VAULT, "v", vaultName="models", properties=recovered)
    azure.update(again, properties=VAULT_INPUTS["properties"])
    assert make(azure, VAULT, "w", **{**VAULT_INPUTS, "vaultName": "more-models"}).id


@pytest.mark.parametrize(("given", "refused"), [(True, False), (False, True), (None, False)])
def test_purge_protection_is_final(azure: Stack, *, given: bool | None, refused: bool) -> None:
    properties = {**VAULT_INPUTS["properties"], "enablePurgeProtection": given}
    problems = azure.problems(VAULT, {"resourceGroupName": "models", "properties": properties})
    assert bool(problems) is refused


def test_what_only_a_new_resource_can_change(azure: Stack) -> None:
    first = make(azure, VAULT, "v", **VAULT_INPUTS)
    second = make(azure, VAULT, "w", **{**VAULT_INPUTS, "vaultName": "more-models"})
    made = make(azure, WORKSPACE, "w", workspaceName="www", keyVault=first.id)
    assert azure.paths(made, keyVault=second.id) == {"keyVault": False}
    with pytest.raises(RefusedError, match=r"PropertyChangeNotAllowed.*replace_on_changes"):
        azure.update(made, keyVault=second.id)
    assert azure.update(made, keyVault=first.id.upper(), tags={"a": "b"}).id


POOL = f"{NATIVE}:containerservice:AgentPool"
ADDRESS = f"{NATIVE}:network:PublicIPAddress"
OFF, ON = {"enabled": False}, {"enabled": True}


def private(
    *, enabled: bool | None = None, integrated: bool | None = None, zone: str = ""
) -> dict[str, Any]:
    profile = {
        "enablePrivateCluster": enabled,
        "enableVnetIntegration": integrated,
        "privateDNSZone": zone or None,
    }
    return {"apiServerAccessProfile": {k: v for k, v in profile.items() if v is not None}}


@pytest.mark.parametrize(
    ("token", "before", "after", "refused"),
    [
        (STORAGE, {}, {"enableNfsV3": True}, "enableNfsV3"),
        (STORAGE, {}, {"enableNfsV3": False}, ""),
        (STORAGE, {"immutableStorageWithVersioning": OFF}, {"tags": {"a": "b"}}, ""),
        (
            STORAGE,
            {"immutableStorageWithVersioning": OFF},
            {"immutableStorageWithVersioning": ON},
            "immutableStorageWithVersioning.enabled",
        ),
        (POOL, {"osType": "Linux"}, {"osType": "Windows"}, "osType"),
        (POOL, {"osType": "Linux"}, {"count": 3}, ""),
        (
            POOL,
            {"scaleSetPriority": "Spot", "scaleSetEvictionPolicy": "Delete"},
            {"scaleSetEvictionPolicy": "Deallocate"},
            "scaleSetEvictionPolicy",
        ),
        (POOL, {"availabilityZones": ["1", "2"]}, {"availabilityZones": ["2", "1"]}, ""),
        (POOL, {"availabilityZones": ["1"]}, {"availabilityZones": ["1", "2"]}, "availabil"),
        (POOL, {"osDiskSizeGB": 100}, {"osDiskSizeGB": 200}, "osDiskSizeGB"),
        (POOL, {}, {"enableEncryptionAtHost": True}, "enableEncryptionAtHost"),
        (POOL, {"enableFIPS": False}, {"enableFIPS": True}, ""),
        (POOL, {"gpuProfile": {"driver": "Install"}}, {"gpuProfile": {"driver": "None"}}, "gpu"),
        (POOL, {}, {"gpuProfile": {"driver": "None"}}, ""),
        (CLUSTER, {}, private(enabled=True), "apiServerAccessProfile.enablePrivateCluster"),
        (CLUSTER, {}, private(enabled=True, integrated=True), ""),
        (CLUSTER, private(enabled=True), private(enabled=True), ""),
        (CLUSTER, private(zone="system"), private(zone="none"), ""),
        (CLUSTER, private(zone="none"), private(zone="system"), "apiServer.*, but to none"),
        (CLUSTER, {"enableRBAC": False}, {"enableRBAC": True}, "enableRBAC"),
        (
            CLUSTER,
            {"networkProfile": {"loadBalancerSku": "basic"}},
            {"networkProfile": {"loadBalancerSku": "standard"}},
            "",
        ),
        (
            CLUSTER,
            {"networkProfile": {"loadBalancerSku": "standard"}},
            {"networkProfile": {"loadBalancerSku": "basic"}},
            "networkProfile.loadBalancerSku.*, but to standard",
        ),
        (ADDRESS, {"zones": ["1", "2"]}, {"zones": ["2", "1"]}, ""),
        (ADDRESS, {"zones": ["1", "2"]}, {"zones": ["1"]}, "zones"),
        (ADDRESS, {}, {"zones": ["1"]}, ""),
        (
            VAULT,
            {"properties": {**VAULT_INPUTS["properties"], "softDeleteRetentionInDays": 7}},
            {"properties": {**VAULT_INPUTS["properties"], "softDeleteRetentionInDays": 90}},
            r'softDelete.*replace_on_changes=\["properties.softDeleteRetentionInDays"\]',
        ),
    ],
)
def test_what_is_decided_at_creation(
    azure: Stack, token: str, before: dict[str, Any], after: dict[str, Any], refused: str
) -> None:
    given: dict[str, dict[str, Any]] = {
        STORAGE: {"accountName": "models", "kind": "StorageV2", "sku": {"name": "Standard_LRS"}},
        POOL: {"resourceName": "serving", "agentPoolName": "gpu"},
        CLUSTER: {"resourceName": "serving"},
        VAULT: {"vaultName": "models"},
    }
    if token == POOL:
        make(azure, CLUSTER, "c", resourceName="serving")
    made = make(azure, token, "it", **given.get(token, {}), **before)
    if not refused:
        assert azure.update(made, **after).id
        return
    with pytest.raises(RefusedError, match=refused) as error:
        azure.update(made, **after)
    assert "PropertyChangeNotAllowed" in str(error.value)


def test_a_deployments_way_out_is_decided_at_creation(azure: Stack) -> None:
    place = {"workspaceName": "models-dev", "endpointName": "fraud"}
    make(azure, WORKSPACE, "w", workspaceName="models-dev")
    make(azure, ENDPOINT, "e", **place, properties={"authMode": "Key"})
    properties = {"endpointComputeType": "Managed", "egressPublicNetworkAccess": "Disabled"}
    made = make(azure, DEPLOYMENT, "d", **place, deploymentName="blue", properties=properties)
    azure.update(made, properties={**properties, "appInsightsEnabled": True})
    with pytest.raises(RefusedError, match=r"PropertyChangeNotAllowed.*secure-online-endpoint"):
        azure.update(made, properties={**properties, "egressPublicNetworkAccess": "Enabled"})


def test_a_key_stays_as_it_was_made(azure: Stack) -> None:
    make(azure, VAULT, "v", **VAULT_INPUTS)
    given = {"vaultName": "models", "keyName": "k", "properties": {"kty": "RSA", "keySize": 2048}}
    key = make(azure, f"{NATIVE}:keyvault:Key", "k", **given)
    changed = azure.update(key, properties={"kty": "RSA", "keySize": 4096})
    assert azure.paths(changed, properties={"kty": "RSA", "keySize": 4096}) == {}
    seen = azure.life.read(changed.urn, changed.id, changed.inputs, set())
    assert seen is not None
    assert (seen.inputs or {})["properties"] == {"kty": "RSA", "keySize": 2048}


# ---- apps, roles, credentials ----

FLEX = {"name": "FC1", "tier": "FlexConsumption"}
PREMIUM = {"name": "EP1", "tier": "ElasticPremium"}
SETTINGS = {"runtime": {"name": "python", "version": "3.12"}}


@pytest.mark.parametrize(
    ("sku", "settings", "refused"),
    [(FLEX, None, True), (FLEX, SETTINGS, False), (PREMIUM, None, False)],
)
def test_settings_of_a_flexible_app(
    azure: Stack, sku: dict[str, str], settings: dict[str, Any] | None, *, refused: bool
) -> None:
    plan = make(azure, PLAN, "p", name="p", sku=sku)
    given = {"name": "scorer", "serverFarmId": plan.id, "functionAppConfig": settings}
    inputs = {name: value for name, value in given.items() if value is not None}
    if refused:
        with pytest.raises(RefusedError, match="functionAppConfig: missing"):
            make(azure, APP, "a", **inputs)
    else:
        assert make(azure, APP, "a", **inputs).id


@pytest.mark.parametrize(("sku", "refused"), [(FLEX, True), (PREMIUM, False)])
def test_slots_of_an_app(azure: Stack, sku: dict[str, str], *, refused: bool) -> None:
    plan = make(azure, PLAN, "p", name="p", sku=sku)
    make(azure, APP, "a", name="scorer", serverFarmId=plan.id, functionAppConfig=SETTINGS)
    if refused:
        with pytest.raises(RefusedError, match="slot: apps on a Flex Consumption plan"):
            make(azure, SLOT, "s", name="scorer", slot="green")
    else:
        assert make(azure, SLOT, "s", name="scorer", slot="green").id


@pytest.mark.parametrize(("size", "refused"), [(512, False), (2048, False), (1024, True)])
def test_sizes_of_instances(azure: Stack, size: int, *, refused: bool) -> None:
    config = {"scaleAndConcurrency": {"instanceMemoryMB": size}}
    given = {"resourceGroupName": "models", "name": "scorer", "functionAppConfig": config}
    assert bool(azure.problems(APP, given)) is refused


def test_roles_are_granted_once(azure: Stack) -> None:
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models"
    role = "/providers/Microsoft.Authorization/roleDefinitions/2a2b9908-6ea1-4ae2-8e65-a410df84e7d1"
    azure.create(ROLE, "r", scope=scope, principalId="p", roleDefinitionId=role)
    with pytest.raises(RefusedError, match="RoleAssignmentExists"):
        azure.create(ROLE, "s", scope=scope.upper(), principalId="p", roleDefinitionId=role)
    other = {"principalId": "q", "roleAssignmentName": "00000000-0000-0000-0000-000000000002"}
    assert azure.create(ROLE, "t", scope=scope, roleDefinitionId=role, **other).id


def test_credentials_of_an_identity(azure: Stack) -> None:
    make(azure, IDENTITY, "i", resourceName="runner")

    def trust(number: int, subject: str) -> Made:
        return make(
            azure,
            f"{NATIVE}:managedidentity:FederatedIdentityCredential",
            f"f{number}",
            resourceName="runner",
            federatedIdentityCredentialResourceName=f"trust-{number}",
            audiences=["api://AzureADTokenExchange"],
            issuer="https://issuer.example.com/",
            subject=subject,
        )

    first = trust(0, "system:serviceaccount:models:0")
    with pytest.raises(RefusedError, match="has the same issuer, subject already"):
        trust(1, "system:serviceaccount:models:0")
    assert azure.update(first, audiences=["other"]).id
    for number in range(1, 20):
        trust(number, f"system:serviceaccount:models:{number}")
    with pytest.raises(RefusedError, match="it can have 20"):
        trust(20, "system:serviceaccount:models:20")


@pytest.mark.parametrize(
    ("token", "inputs", "keeps"),
    [
        (f"{NATIVE}:network:PrivateEndpoint", {"privateEndpointName": "pe"}, True),
        (STORAGE, {"accountName": "models", "kind": "StorageV2"}, False),
    ],
)
def test_what_keeps_a_subnet(
    azure: Stack, token: str, inputs: dict[str, Any], *, keeps: bool
) -> None:
    make(azure, f"{NATIVE}:network:VirtualNetwork", "n", virtualNetworkName="net")
    subnet = make(
        azure, f"{NATIVE}:network:Subnet", "s", virtualNetworkName="net", subnetName="nodes"
    )
    rules = [{"virtualNetworkResourceId": subnet.id}]
    rule = {"defaultAction": "Deny", "virtualNetworkRules": rules}
    given = {"sku": {"name": "Standard_LRS"}, "networkRuleSet": rule}
    made = make(azure, token, "it", **inputs, **({"subnet": {"id": subnet.id}} if keeps else given))
    if not keeps:
        azure.delete(subnet)
        return
    with pytest.raises(RefusedError, match="InUseSubnetCannotBeDeleted: Subnet nodes is in use by"):
        azure.delete(subnet)
    azure.delete(made)
    azure.delete(subnet)
