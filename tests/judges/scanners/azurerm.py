"""Clusters on Azure and their pools in Terraform's words, as far as checkov's rules ask for them.

azure-native is not made of Terraform's provider, so nobody else's table says which attribute is
which property. These are the attributes of
https://registry.terraform.io/providers/hashicorp/azurerm/latest/docs/resources/kubernetes_cluster
that a rule of checkov reads, each with the property of ARM that the provider sends it as.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from sandbox.values import at, listed, mapped
from tests.judges.scanners.plan import Made, Planned

__all__ = ["TYPES", "resources"]

_CLUSTER: Final = "azure-native:containerservice:ManagedCluster"
_POOL: Final = "azure-native:containerservice:AgentPool"
_COMPUTE: Final = "azure-native:machinelearningservices:Compute"
TYPES: Final[Mapping[str, str]] = {
    _CLUSTER: "azurerm_kubernetes_cluster",
    _POOL: "azurerm_kubernetes_cluster_node_pool",
    _COMPUTE: "azurerm_machine_learning_compute_cluster",
}
# The taint that `only_critical_addons_enabled` is.
_CRITICAL: Final = "CriticalAddonsOnly=true:NoSchedule"
_CLUSTER_ATTRIBUTES: Final = {
    "private_cluster_enabled": "apiServerAccessProfile.enablePrivateCluster",
    "disk_encryption_set_id": "diskEncryptionSetID",
    "sku_tier": "sku.tier",
    "local_account_disabled": "disableLocalAccounts",
    "role_based_access_control_enabled": "enableRBAC",
    "automatic_upgrade_channel": "autoUpgradeProfile.upgradeChannel",
    "azure_policy_enabled": "addonProfiles.azurepolicy.enabled",
    "http_application_routing_enabled": "addonProfiles.httpApplicationRouting.enabled",
}
_BLOCKS: Final = {
    "api_server_access_profile": {
        "authorized_ip_ranges": "apiServerAccessProfile.authorizedIPRanges"
    },
    "network_profile": {
        "network_plugin": "networkProfile.networkPlugin",
        "network_policy": "networkProfile.networkPolicy",
    },
    "oms_agent": {
        "log_analytics_workspace_id": (
            "addonProfiles.omsagent.config.logAnalyticsWorkspaceResourceID"
        )
    },
    "key_vault_secrets_provider": {
        "secret_rotation_enabled": (
            "addonProfiles.azureKeyvaultSecretsProvider.config.enableSecretRotation"
        )
    },
}
_POOL_ATTRIBUTES: Final = {
    "max_pods": "maxPods",
    "host_encryption_enabled": "enableEncryptionAtHost",
    "node_public_ip_enabled": "enableNodePublicIP",
    "os_disk_type": "osDiskType",
    "type": "type",
}
Object = dict[str, Any]


def resources(made: Iterable[Made]) -> list[Planned]:
    """The clusters and pools among these."""
    return [
        Planned(TYPES[each.token], each.name, _VALUES[each.token](each.inputs))
        for each in made
        if each.token in TYPES
    ]


def _cluster(inputs: Mapping[str, Any]) -> Object:
    found = _taken(inputs, _CLUSTER_ATTRIBUTES)
    for name, attributes in _BLOCKS.items():
        if block := _taken(inputs, attributes):
            found[name] = [block]
    # The provider wants the first system pool in the cluster, which the API does not.
    pools = [mapped(each) for each in listed(inputs.get("agentPoolProfiles"))]
    return {**found, "default_node_pool": [_pool(each) for each in pools[:1]]}


def _pool(inputs: Mapping[str, Any]) -> Object:
    critical = _CRITICAL in listed(inputs.get("nodeTaints"))
    return {**_taken(inputs, _POOL_ATTRIBUTES), "only_critical_addons_enabled": critical}


def _compute(inputs: Mapping[str, Any]) -> Object:
    """A cluster of Azure ML: Terraform says what is allowed, ARM what is disabled."""
    least = at(inputs, "properties", "properties", "scaleSettings", "minNodeCount")
    return {
        "local_auth_enabled": at(inputs, "properties", "disableLocalAuth") is not True,
        "scale_settings": [{"min_node_count": least}],
    }


def _taken(inputs: Mapping[str, Any], attributes: Mapping[str, str]) -> Object:
    values = {name: at(inputs, *path.split(".")) for name, path in attributes.items()}
    return {name: value for name, value in values.items() if value is not None}


_VALUES: Final[Mapping[str, Callable[[Mapping[str, Any]], Object]]] = {
    _CLUSTER: _cluster,
    _POOL: _pool,
    _COMPUTE: _compute,
}
