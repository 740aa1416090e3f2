from typing import Any

import pulumi
import pytest

from components.azure.aks_cluster import AksCluster
from tests.unit.component_mocks import SUBSCRIPTION, Recorded, record

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
_SUBNETS = f"{_GROUP}/Microsoft.Network/virtualNetworks/net/subnets"
_ADMINISTRATORS = "11111111-2222-3333-4444-555555555555"
_VAULT = f"{_GROUP}/Microsoft.KeyVault/vaults/keys"
_REGISTRY = f"{_GROUP}/Microsoft.ContainerRegistry/registries/images"
MINIMAL: dict[str, Any] = {
    "resource_group": "models",
    "location": "westeurope",
    "subnet_id": f"{_SUBNETS}/nodes",
    "administrators": [_ADMINISTRATORS],
}


def _made(**changes: object) -> Recorded:
    return record(AksCluster, "serving", MINIMAL | changes)


def _cluster(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["serving-cluster"]


def _rights(recorded: Recorded) -> dict[str, str]:
    """What is granted, by resource name: the role's id."""
    found = recorded.of("azure-native:authorization:RoleAssignment")
    return {name: each["roleDefinitionId"].rpartition("/")[2] for name, each in found.items()}


def test_it_is_private_and_entra_id_alone_lets_people_in() -> None:
    recorded = _made()
    cluster = _cluster(recorded)
    assert cluster["apiServerAccessProfile"] == {
        "enablePrivateCluster": True,
        "enablePrivateClusterPublicFQDN": False,
        "privateDNSZone": "system",
        "disableRunCommand": True,
    }
    assert cluster["disableLocalAccounts"] is True
    assert cluster["enableRBAC"] is True
    assert cluster["aadProfile"]["adminGroupObjectIDs"] == [_ADMINISTRATORS]
    assert cluster["aadProfile"]["enableAzureRBAC"] is True
    assert recorded.outputs["endpoint"] == "https://serving.privatelink.westeurope.azmk8s.io:443"
    assert recorded.outputs["kubeconfig"] == "apiVersion: v1"
    assert recorded.outputs["oidc_issuer_url"] == "https://issuer.example/"
    assert cluster["resourceName"] == "serving"


def test_nodes_without_internet_get_the_systems_images_from_inside() -> None:
    cluster = _cluster(_made())
    assert cluster["networkProfile"] == {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "networkDataplane": "cilium",
        "networkPolicy": "cilium",
        "loadBalancerSku": "standard",
        "outboundType": "none",
        "podCidr": "10.244.0.0/16",
        "serviceCidr": "10.0.0.0/16",
        "dnsServiceIP": "10.0.0.10",
    }
    assert cluster["bootstrapProfile"] == {"artifactSource": "Cache"}
    assert cluster["autoUpgradeProfile"] == {
        "upgradeChannel": "patch",
        "nodeOSUpgradeChannel": "NodeImage",
    }
    own = _made(registry_id=_REGISTRY)
    assert _cluster(own)["bootstrapProfile"]["containerRegistryId"] == _REGISTRY
    pull = own.inputs["serving-pull-system"]
    assert (pull["scope"], pull["principalId"]) == (_REGISTRY, "principal")
    open_ = _cluster(_made(outbound="nat_gateway"))
    assert open_["networkProfile"]["outboundType"] == "userAssignedNATGateway"
    assert "bootstrapProfile" not in open_


def test_the_api_may_be_open_to_networks() -> None:
    recorded = _made(outbound="load_balancer", authorized_networks=["203.0.113.0/24"])
    assert _cluster(recorded)["apiServerAccessProfile"] == {
        "enablePrivateCluster": False,
        "authorizedIPRanges": ["203.0.113.0/24"],
        "disableRunCommand": True,
    }


def test_nodes_inside_reach_an_open_api_without_internet() -> None:
    subnet = f"{_SUBNETS}/api-server"
    cluster = _cluster(_made(api_server_subnet_id=subnet, authorized_networks=["203.0.113.0/24"]))
    assert cluster["networkProfile"]["outboundType"] == "none"
    assert cluster["apiServerAccessProfile"] == {
        "enablePrivateCluster": False,
        "authorizedIPRanges": ["203.0.113.0/24"],
        "enableVnetIntegration": True,
        "subnetId": subnet,
        "disableRunCommand": True,
    }


def test_the_system_pool_takes_everybodys_pods_on_encrypted_machines() -> None:
    (pool,) = _cluster(_made(system_nodes=3, system_disk_gib=64))["agentPoolProfiles"]
    assert "nodeTaints" not in pool
    assert pool["mode"] == "System"
    assert (pool["count"], pool["enableAutoScaling"]) == (3, False)
    assert pool["enableEncryptionAtHost"] is True
    assert pool["enableNodePublicIP"] is False
    assert (pool["osDiskType"], pool["osDiskSizeGB"]) == ("Ephemeral", 64)
    assert pool["vnetSubnetID"] == MINIMAL["subnet_id"]
    assert pool["availabilityZones"] == ["1", "2", "3"]
    (versioned,) = _cluster(_made(kubernetes_version="1.34"))["agentPoolProfiles"]
    assert versioned["orchestratorVersion"] == "1.34"
    (regional,) = _cluster(_made(zones=[]))["agentPoolProfiles"]
    assert "availabilityZones" not in regional


def test_its_own_key_encrypts_disks() -> None:
    recorded = _made()
    vault = recorded.inputs["serving-vault"]
    # Of the identity's id, which is as random as a vault's name has to be.
    assert vault["vaultName"] == "serving-principa"
    properties = vault["properties"]
    assert properties["enablePurgeProtection"] is True
    assert properties["publicNetworkAccess"] == "Disabled"
    assert properties["networkAcls"] == {"defaultAction": "Deny", "bypass": "AzureServices"}
    assert recorded.inputs["serving-key"]["properties"]["kty"] == "RSA-HSM"
    disks = recorded.inputs["serving-disks"]
    assert disks["activeKey"]["keyUrl"] == "https://vault.example/keys/key/1"
    assert _cluster(recorded)["diskEncryptionSetID"] == "serving-disks-id"
    # A private vault is out of an API server's reach that is not in the network.
    assert "azureKeyVaultKms" not in _cluster(recorded)["securityProfile"]


def test_with_the_api_server_in_the_network_it_encrypts_secrets_too() -> None:
    subnet = f"{_SUBNETS}/api-server"
    recorded = _made(api_server_subnet_id=subnet)
    cluster = _cluster(recorded)
    assert cluster["apiServerAccessProfile"]["enableVnetIntegration"] is True
    assert cluster["apiServerAccessProfile"]["subnetId"] == subnet
    assert cluster["securityProfile"]["azureKeyVaultKms"] == {
        "enabled": True,
        "keyId": "https://vault.example/keys/key/1",
        "keyVaultNetworkAccess": "Private",
        "keyVaultResourceId": "serving-vault-id",
    }
    assert recorded.inputs["serving-api-server-subnet"]["scope"] == subnet


def test_a_key_of_ones_own() -> None:
    recorded = _made(key=f"{_VAULT}/keys/disks")
    assert not recorded.of("azure-native:keyvault:Vault")
    assert recorded.inputs["serving-disks"]["activeKey"] == {
        "keyUrl": "https://vault.example/keys/theirs/1",
        "sourceVault": {"id": _VAULT},
    }
    assert recorded.inputs["serving-disks-key"]["scope"] == _VAULT


def test_rights_are_the_least_that_are_needed() -> None:
    assert _rights(_made()) == {
        "serving-nodes-subnet": "4d97b98b-1d4f-4787-a291-c67834d212e7",
        "serving-disks-reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
        "serving-kubelet-operator": "f1a07417-d97a-45cb-824c-7a7467783830",
        "serving-disks-key": "e147488a-f6f5-4113-8e2d-b22465e65bf6",
    }
    more = (
        _rights(
            _made(api_server_subnet_id=f"{_SUBNETS}/api", registries={"models": _REGISTRY})
        ).keys()
        - _rights(_made()).keys()
    )
    assert more == {
        "serving-api-server-subnet",
        "serving-secrets-key",
        "serving-secrets-vault",
        "serving-pull/models",
    }
    subnet = _made().inputs["serving-nodes-subnet"]
    assert subnet["scope"] == MINIMAL["subnet_id"]


def test_logs_of_the_control_plane_are_kept() -> None:
    recorded = _made(log_retention_days=365)
    workspace = recorded.inputs["serving-workspace"]
    assert workspace["retentionInDays"] == 365
    assert workspace["features"] == {"disableLocalAuth": True}
    assert workspace["publicNetworkAccessForIngestion"] == "Disabled"
    setting = recorded.inputs["serving-logs"]
    assert {"kube-apiserver", "kube-audit-admin", "guard"} <= {
        each["category"] for each in setting["logs"] if each["enabled"]
    }
    theirs = f"{_GROUP}/Microsoft.OperationalInsights/workspaces/logs"
    given = _made(log_workspace_id=theirs)
    assert not given.of("azure-native:operationalinsights:Workspace")
    assert given.inputs["serving-logs"]["workspaceId"] == theirs


def test_aks_upgrades_once_a_week() -> None:
    usual = _made().of("azure-native:containerservice:MaintenanceConfiguration")
    assert {each["configName"] for each in usual.values()} == {
        "aksManagedAutoUpgradeSchedule",
        "aksManagedNodeOSUpgradeSchedule",
    }
    for each in usual.values():
        assert each["maintenanceWindow"] == {
            "startTime": "03:00",
            "durationHours": 4,
            "schedule": {"weekly": {"dayOfWeek": "Sunday", "intervalWeeks": 1}},
        }
    asked = _made(maintenance_day="Tuesday", maintenance_start="22:30").inputs["serving-upgrades"]
    assert asked["maintenanceWindow"]["startTime"] == "22:30"
    assert asked["maintenanceWindow"]["schedule"]["weekly"]["dayOfWeek"] == "Tuesday"


def test_what_is_on_and_what_has_to_be_asked_for() -> None:
    usual = _cluster(_made())
    assert usual["oidcIssuerProfile"] == {"enabled": True}
    assert usual["securityProfile"]["workloadIdentity"] == {"enabled": True}
    assert usual["securityProfile"]["imageCleaner"] == {"enabled": True, "intervalHours": 168}
    assert usual["addonProfiles"]["azurepolicy"]["enabled"] is True
    assert usual["autoScalerProfile"]["skipNodesWithLocalStorage"] == "false"
    assert usual["sku"] == {"name": "Base", "tier": "Standard"}
    assert "defender" not in usual["securityProfile"]
    assert "serving-lock" not in _made().inputs
    asked = _made(defender=True, deletion_lock=True, expander="priority")
    assert _cluster(asked)["securityProfile"]["defender"]["securityMonitoring"] == {"enabled": True}
    assert asked.inputs["serving-lock"]["level"] == "CanNotDelete"
    assert _cluster(asked)["autoScalerProfile"]["expander"] == "priority"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subnet_id": "subnet-1"}, "subnet_id: got 'subnet-1'; use the id of a subnet"),
        ({"administrators": []}, "administrators: got []; use at least one group"),
        ({"administrators": ["ops"]}, "administrators: got 'ops'; use object ids of groups"),
        ({"log_retention_days": 29}, "log_retention_days: got 29; use a whole number from 30"),
        ({"log_retention_days": 731}, "log_retention_days: got 731"),
        ({"key": "https://keys.vault.azure.net/keys/disks"}, "key: got 'https://keys"),
        ({"key": _VAULT}, "key: got '/subscriptions"),
        ({"outbound": "internet"}, "outbound: got 'internet'; use one of"),
        (
            {"outbound": "nat_gateway", "registry_id": _REGISTRY},
            "registry_id: got 'an id'; use it with outbound none",
        ),
        (
            {"authorized_networks": ["203.0.113.0/24"]},
            "authorized_networks: got ['203.0.113.0/24']; use none: without internet",
        ),
        ({"authorized_networks": ["0.0.0.0/0"]}, "the networks of your own, not all"),
        ({"zones": ["1", "4"]}, "zones: got '4'; use 1, 2 or 3"),
        ({"service_cidr": "10.244.0.0/24"}, "service_cidr: got '10.244.0.0/24'; use one outside"),
        ({"pod_cidr": "10.244.0.0/24"}, "pod_cidr: got '10.244.0.0/24'; use a private network"),
        ({"pod_cidr": "203.0.113.0/16"}, "pod_cidr: got"),
        ({"maintenance_day": "Sun"}, "maintenance_day: got 'Sun'; use one of Friday"),
        ({"maintenance_start": "24:00"}, "maintenance_start: got '24:00'; use a time in UTC"),
        ({"system_nodes": 0}, "system_nodes: got 0"),
        ({"kubernetes_version": "1.34.1"}, "kubernetes_version: got '1.34.1'"),
        ({"location": None}, "location: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)
