"""The parts of an AKS cluster's request: API server, network, system pool, security, autoscaler."""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_azure_native import containerservice as aks

from components.azure.aks_settings import OUTBOUND, AksSettings
from components.azure.cluster_key import ClusterKey
from components.cluster import ClusterSettings

__all__ = [
    "api_server",
    "autoscaler",
    "bootstrap",
    "maintenance",
    "network",
    "security",
    "system_pool",
]

# As many pods as Kubernetes recommends for a machine.
_MOST_PODS: Final = 110
_CLEANED_EVERY_HOURS: Final = 168
# AKS asks for four hours at least: https://learn.microsoft.com/azure/aks/planned-maintenance
_WINDOW_HOURS: Final = 4
_UPGRADES: Final = {
    "upgrades": "aksManagedAutoUpgradeSchedule",
    "node-images": "aksManagedNodeOSUpgradeSchedule",
}


def api_server(
    subnet_id: pulumi.Input[str] | None, authorized_networks: Sequence[str]
) -> aks.ManagedClusterAPIServerAccessProfileArgs:
    """Private, unless somebody may come over the internet."""
    private = not authorized_networks
    return aks.ManagedClusterAPIServerAccessProfileArgs(
        enable_private_cluster=private,
        enable_private_cluster_public_fqdn=False if private else None,
        private_dns_zone="system" if private else None,
        authorized_ip_ranges=authorized_networks or None,
        enable_vnet_integration=True if subnet_id else None,
        subnet_id=subnet_id,
        # A way around the private network for everybody who may write the cluster.
        disable_run_command=True,
    )


def network(plain: AksSettings) -> aks.ContainerServiceNetworkProfileArgs:
    """Cilium, with addresses for pods that are nobody else's."""
    return aks.ContainerServiceNetworkProfileArgs(
        network_plugin="azure",
        network_plugin_mode="overlay",
        network_dataplane="cilium",
        network_policy="cilium",
        load_balancer_sku="standard",
        outbound_type=OUTBOUND[plain.outbound],
        pod_cidr=plain.pod_cidr,
        service_cidr=plain.service_cidr,
        dns_service_ip=plain.dns_service_ip,
    )


def bootstrap(
    plain: AksSettings, registry_id: pulumi.Input[str] | None
) -> aks.ManagedClusterBootstrapProfileArgs | None:
    """Where nodes without internet get AKS's own images from.

    https://learn.microsoft.com/azure/aks/network-isolated
    """
    if plain.outbound != "none":
        return None
    return aks.ManagedClusterBootstrapProfileArgs(
        artifact_source="Cache", container_registry_id=registry_id
    )


def system_pool(
    settings: ClusterSettings,
    plain: AksSettings,
    subnet_id: pulumi.Input[str],
    tags: Mapping[str, str],
) -> aks.ManagedClusterAgentPoolProfileArgs:
    """Machines for the cluster's own pods and add-ons, without a taint."""
    return aks.ManagedClusterAgentPoolProfileArgs(
        name="system",
        mode="System",
        type="VirtualMachineScaleSets",
        vm_size=settings.system_instance_type,
        count=settings.system_nodes,
        enable_auto_scaling=False,
        # Else an upgrade is of the control plane alone.
        orchestrator_version=settings.kubernetes_version,
        availability_zones=plain.zones or None,
        vnet_subnet_id=subnet_id,
        max_pods=_MOST_PODS,
        os_type="Linux",
        os_sku="AzureLinux",
        os_disk_type="Ephemeral",
        os_disk_size_gb=plain.system_disk_gib,
        enable_encryption_at_host=True,
        enable_node_public_ip=False,
        security_profile=aks.AgentPoolSecurityProfileArgs(
            enable_secure_boot=True, enable_vtpm=True, ssh_access="Disabled"
        ),
        # Of system pools, none may be away while it is upgraded.
        # https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling
        upgrade_settings=aks.AgentPoolUpgradeSettingsArgs(max_surge="33%"),
        tags=tags,
    )


def security(
    plain: AksSettings, key: ClusterKey | None, workspace_id: pulumi.Input[str]
) -> aks.ManagedClusterSecurityProfileArgs:
    """Workload identity, old images cleaned away; secrets under the key, Defender where asked."""
    kms = key and aks.AzureKeyVaultKmsArgs(
        enabled=True,
        key_id=key.uri,
        key_vault_network_access="Private",
        key_vault_resource_id=key.vault_id,
    )
    defender = plain.defender and aks.ManagedClusterSecurityProfileDefenderArgs(
        log_analytics_workspace_resource_id=workspace_id,
        security_monitoring=aks.ManagedClusterSecurityProfileDefenderSecurityMonitoringArgs(
            enabled=True
        ),
    )
    return aks.ManagedClusterSecurityProfileArgs(
        workload_identity=aks.ManagedClusterSecurityProfileWorkloadIdentityArgs(enabled=True),
        image_cleaner=aks.ManagedClusterSecurityProfileImageCleanerArgs(
            enabled=True, interval_hours=_CLEANED_EVERY_HOURS
        ),
        azure_key_vault_kms=kms,
        defender=defender or None,
    )


def autoscaler(expander: str) -> aks.ManagedClusterPropertiesAutoScalerProfileArgs:
    """For nodes that are dear and slow to come.

    https://learn.microsoft.com/azure/aks/cluster-autoscaler
    """
    return aks.ManagedClusterPropertiesAutoScalerProfileArgs(
        expander=expander,
        # Else a model's cache in an emptyDir keeps its node for good.
        skip_nodes_with_local_storage="false",
        skip_nodes_with_system_pods="true",
        # Drivers, metrics and logs run on every GPU node, used or not.
        ignore_daemonsets_utilization=True,
        scale_down_unneeded_time="10m",
        scale_down_delay_after_add="10m",
        max_node_provision_time="15m",
        max_graceful_termination_sec="600",
    )


def maintenance(
    name: str,
    plain: AksSettings,
    cluster: aks.ManagedCluster,
    resource_group: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """When AKS upgrades by itself: once a week, the cluster and its nodes' images alike."""
    for role, config in _UPGRADES.items():
        aks.MaintenanceConfiguration(
            f"{name}-{role}",
            config_name=config,
            resource_group_name=resource_group,
            resource_name_=cluster.name,
            maintenance_window=aks.MaintenanceWindowArgs(
                start_time=plain.maintenance_start,
                duration_hours=_WINDOW_HOURS,
                schedule=aks.ScheduleArgs(
                    weekly=aks.WeeklyScheduleArgs(
                        day_of_week=plain.maintenance_day, interval_weeks=1
                    )
                ),
            ),
            opts=opts,
        )
