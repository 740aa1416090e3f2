"""What terraform-provider-azurerm replaces, for properties that azure-native has as the same thing.

Both providers speak to the same API; the pairs below were made by hand, from the two declarations.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.schema import Library
from tests.judges.truth.make.shapes import objects

__all__ = ["facts"]

_PLACE = {"resource_group_name": "resourceGroupName", "location": "location"}
_POOL = {
    "capacity_reservation_group_id": "capacityReservationGroupID",
    "eviction_policy": "scaleSetEvictionPolicy",
    "gpu_instance": "gpuInstanceProfile",
    "host_group_id": "hostGroupID",
    "node_public_ip_prefix_id": "nodePublicIPPrefixID",
    "os_type": "osType",
    "priority": "scaleSetPriority",
    "proximity_placement_group_id": "proximityPlacementGroupID",
    "spot_max_price": "spotMaxPrice",
    "auto_scaling_enabled": "enableAutoScaling",
    "max_count": "maxCount",
    "min_count": "minCount",
    "mode": "mode",
    "node_count": "count",
    "node_labels": "nodeLabels",
    "node_taints": "nodeTaints",
    "orchestrator_version": "orchestratorVersion",
    "scale_down_mode": "scaleDownMode",
    "name": "agentPoolName",
}
_CLUSTER = {
    "name": "resourceName",
    "disk_encryption_set_id": "diskEncryptionSetID",
    "dns_prefix": "dnsPrefix",
    "linux_profile.admin_username": "linuxProfile.adminUsername",
    "network_profile.dns_service_ip": "networkProfile.dnsServiceIP",
    "network_profile.load_balancer_sku": "networkProfile.loadBalancerSku",
    "network_profile.network_mode": "networkProfile.networkMode",
    "network_profile.service_cidr": "networkProfile.serviceCidr",
    "node_resource_group": "nodeResourceGroup",
    "private_cluster_enabled": "apiServerAccessProfile.enablePrivateCluster",
    "private_dns_zone_id": "apiServerAccessProfile.privateDNSZone",
    "role_based_access_control_enabled": "enableRBAC",
    "windows_profile.admin_username": "windowsProfile.adminUsername",
    "kubernetes_version": "kubernetesVersion",
    "local_account_disabled": "disableLocalAccounts",
    "auto_scaler_profile": "autoScalerProfile",
    "sku_tier": "sku.tier",
    **_PLACE,
}
_WORKSPACE = {
    "name": "workspaceName",
    "application_insights_id": "applicationInsights",
    "container_registry_id": "containerRegistry",
    "high_business_impact": "hbiWorkspace",
    "key_vault_id": "keyVault",
    "storage_account_id": "storageAccount",
    "description": "description",
    "friendly_name": "friendlyName",
    "image_build_compute_name": "imageBuildCompute",
    "primary_user_assigned_identity": "primaryUserAssignedIdentity",
    **_PLACE,
}
_STORAGE = {
    "name": "accountName",
    "edge_zone": "extendedLocation",
    "infrastructure_encryption_enabled": "encryption.requireInfrastructureEncryption",
    "is_hns_enabled": "isHnsEnabled",
    "nfsv3_enabled": "enableNfsV3",
    "access_tier": "accessTier",
    "allow_nested_items_to_be_public": "allowBlobPublicAccess",
    "https_traffic_only_enabled": "enableHttpsTrafficOnly",
    "min_tls_version": "minimumTlsVersion",
    "shared_access_key_enabled": "allowSharedKeyAccess",
    "network_rules": "networkRuleSet",
    **_PLACE,
}
_SITE = {
    "name": "name",
    "enabled": "enabled",
    "https_only": "httpsOnly",
    "client_certificate_enabled": "clientCertEnabled",
    "site_config": "siteConfig",
    "virtual_network_subnet_id": "virtualNetworkSubnetId",
    **_PLACE,
}
_ALERT = {
    "name": "ruleName",
    "resource_group_name": "resourceGroupName",
    "auto_mitigate": "autoMitigate",
    "description": "description",
    "enabled": "enabled",
    "frequency": "evaluationFrequency",
    "scopes": "scopes",
    "severity": "severity",
    "window_size": "windowSize",
}
# azure-native's type: azurerm's, and which attribute is which property.
_PAIRS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "resources:ResourceGroup": (
        "resource_group",
        {"name": "resourceGroupName", "location": "location", "managed_by": "managedBy"},
    ),
    "containerservice:ManagedCluster": ("kubernetes_cluster", _CLUSTER),
    "containerservice:AgentPool": ("kubernetes_cluster_node_pool", _POOL),
    "machinelearningservices:Workspace": ("machine_learning_workspace", _WORKSPACE),
    "managedidentity:UserAssignedIdentity": (
        "user_assigned_identity",
        {"name": "resourceName", **_PLACE},
    ),
    "managedidentity:FederatedIdentityCredential": (
        "federated_identity_credential",
        {
            "name": "federatedIdentityCredentialResourceName",
            "audience": "audiences",
            "issuer": "issuer",
            "subject": "subject",
        },
    ),
    "keyvault:Vault": (
        "key_vault",
        {
            "name": "vaultName",
            "enabled_for_deployment": "properties.enabledForDeployment",
            "enabled_for_disk_encryption": "properties.enabledForDiskEncryption",
            "network_acls": "properties.networkAcls",
            "public_network_access_enabled": "properties.publicNetworkAccess",
            "sku_name": "properties.sku.name",
            **_PLACE,
        },
    ),
    "keyvault:Key": (
        "key_vault_key",
        {
            "name": "keyName",
            "curve": "properties.curveName",
            "key_size": "properties.keySize",
            "key_type": "properties.kty",
        },
    ),
    "keyvault:Secret": (
        "key_vault_secret",
        {
            "name": "secretName",
            "value": "properties.value",
            "content_type": "properties.contentType",
        },
    ),
    "storage:StorageAccount": ("storage_account", _STORAGE),
    "storage:BlobContainer": (
        "storage_container",
        {
            "name": "containerName",
            "default_encryption_scope": "defaultEncryptionScope",
            "container_access_type": "publicAccess",
            "metadata": "metadata",
        },
    ),
    "storage:Queue": ("storage_queue", {"name": "queueName", "metadata": "metadata"}),
    "monitor:MetricAlert": ("monitor_metric_alert", _ALERT),
    "monitor:ActionGroup": (
        "monitor_action_group",
        {
            "name": "actionGroupName",
            "enabled": "enabled",
            "short_name": "groupShortName",
            "email_receiver": "emailReceivers",
            **_PLACE,
        },
    ),
    "monitor:AutoscaleSetting": (
        "monitor_autoscale_setting",
        {
            "name": "autoscaleSettingName",
            "target_resource_id": "targetResourceUri",
            "enabled": "enabled",
            "profile": "profiles",
            **_PLACE,
        },
    ),
    "monitor:DiagnosticSetting": (
        "monitor_diagnostic_setting",
        {
            "name": "name",
            "target_resource_id": "resourceUri",
            "log_analytics_workspace_id": "workspaceId",
            "storage_account_id": "storageAccountId",
        },
    ),
    "containerregistry:Registry": (
        "container_registry",
        {
            "name": "registryName",
            "zone_redundancy_enabled": "zoneRedundancy",
            "admin_enabled": "adminUserEnabled",
            "anonymous_pull_enabled": "anonymousPullEnabled",
            "data_endpoint_enabled": "dataEndpointEnabled",
            "sku": "sku.name",
            **_PLACE,
        },
    ),
    "web:AppServicePlan": (
        "service_plan",
        {
            "name": "name",
            "os_type": "reserved",
            "sku_name": "sku.name",
            "maximum_elastic_worker_count": "maximumElasticWorkerCount",
            "per_site_scaling_enabled": "perSiteScaling",
            **_PLACE,
        },
    ),
    "web:WebApp": ("linux_function_app", _SITE),
    "applicationinsights:Component": (
        "application_insights",
        {
            "name": "resourceName",
            "application_type": "applicationType",
            "retention_in_days": "retentionInDays",
            "workspace_id": "workspaceResourceId",
            "sampling_percentage": "samplingPercentage",
            **_PLACE,
        },
    ),
    "operationalinsights:Workspace": (
        "log_analytics_workspace",
        {"name": "workspaceName", "retention_in_days": "retentionInDays", **_PLACE},
    ),
    "network:VirtualNetwork": (
        "virtual_network",
        {
            "name": "virtualNetworkName",
            "address_space": "addressSpace.addressPrefixes",
            "dns_servers": "dhcpOptions.dnsServers",
            "flow_timeout_in_minutes": "flowTimeoutInMinutes",
            **_PLACE,
        },
    ),
    "network:Subnet": (
        "subnet",
        {
            "name": "subnetName",
            "resource_group_name": "resourceGroupName",
            "virtual_network_name": "virtualNetworkName",
            "address_prefixes": "addressPrefixes",
            "delegation": "delegations",
        },
    ),
    "network:NetworkSecurityGroup": (
        "network_security_group",
        {"name": "networkSecurityGroupName", "security_rule": "securityRules", **_PLACE},
    ),
    "network:PublicIPAddress": (
        "public_ip",
        {
            "name": "publicIpAddressName",
            "ip_version": "publicIPAddressVersion",
            "sku": "sku.name",
            "sku_tier": "sku.tier",
            "zones": "zones",
            "idle_timeout_in_minutes": "idleTimeoutInMinutes",
            **_PLACE,
        },
    ),
    "network:PrivateEndpoint": (
        "private_endpoint",
        {
            "name": "privateEndpointName",
            "custom_network_interface_name": "customNetworkInterfaceName",
            "subnet_id": "subnet",
            **_PLACE,
        },
    ),
    "authorization:RoleAssignment": (
        "role_assignment",
        {
            "name": "roleAssignmentName",
            "principal_id": "principalId",
            "principal_type": "principalType",
            "role_definition_id": "roleDefinitionId",
            "scope": "scope",
            "description": "description",
            "condition": "condition",
        },
    ),
    "authorization:RoleDefinition": (
        "role_definition",
        {
            "role_definition_id": "roleDefinitionId",
            "scope": "scope",
            "assignable_scopes": "assignableScopes",
            "description": "description",
            "name": "roleName",
            "permissions": "permissions",
        },
    ),
    "app:ContainerApp": (
        "container_app",
        {
            "name": "containerAppName",
            "resource_group_name": "resourceGroupName",
            "container_app_environment_id": "managedEnvironmentId",
            "template": "template",
            "workload_profile_name": "workloadProfileName",
        },
    ),
    "app:ManagedEnvironment": (
        "container_app_environment",
        {
            "name": "environmentName",
            "zone_redundancy_enabled": "zoneRedundant",
            "infrastructure_subnet_id": "vnetConfiguration.infrastructureSubnetId",
            "internal_load_balancer_enabled": "vnetConfiguration.internal",
            "workload_profile": "workloadProfiles",
            **_PLACE,
        },
    ),
    "compute:DiskEncryptionSet": (
        "disk_encryption_set",
        {"name": "diskEncryptionSetName", "encryption_type": "encryptionType", **_PLACE},
    ),
}


def facts(library: Library, resources: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """By type and path, whether azurerm makes a new resource."""
    found: dict[str, dict[str, Any]] = {}
    for noun, (name, pairs) in sorted(_PAIRS.items()):
        token = f"azure-native:{noun}"
        if token not in library.tokens():
            continue
        resource = resources[f"azurerm_{name}"]
        told = dict(_told(library, token, resource, pairs))
        if told:
            found[token] = told
    return found


def _told(
    library: Library, token: str, resource: Mapping[str, Any], pairs: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, Any]]]:
    conditional = {path.replace(".0.", ".") for path in resource.get("force_new_if", ())}
    for attribute, path in pairs.items():
        value = _attribute(resource["attributes"], attribute)
        if value is None or attribute in conditional or not _declared(library, token, path):
            continue
        source = f"{resource['source']}:{value['line']}"
        yield path, {"replace": bool(value.get("force_new")), "source": source}


def _attribute(attributes: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    first, _, rest = path.partition(".")
    value = attributes.get(first)
    return value if value is None or not rest else _attribute(value.get("nested", {}), rest)


def _declared(library: Library, token: str, path: str) -> bool:
    here = library.resource(token).inputs
    for name in path.split("."):
        if name not in here:
            return False
        here = objects(library, here[name].type) or {}
    return True
