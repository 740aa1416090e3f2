"""What our GKE clusters have, in pulumi-gcp's words: access, logs, metrics, times of change."""

import re
from datetime import datetime
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.cluster import ClusterSettings
from components.gcp.gke_nodes import SCOPES
from facts.addresses import is_private

__all__ = ["every_cluster", "googles_nodes", "our_nodes"]

_PROFILES: Final = ("balanced", "optimize_utilization")
_CHANNELS: Final = ("extended", "rapid", "regular", "stable")
# https://cloud.google.com/kubernetes-engine/docs/concepts/about-persistent-volumes
_DRIVERS: Final = {
    "filestore": "gcp_filestore_csi_driver_config",
    "gcs_fuse": "gcs_fuse_csi_driver_config",
    "lustre": "lustre_csi_driver_config",
    "parallelstore": "parallelstore_csi_driver_config",
}
# https://cloud.google.com/kubernetes-engine/docs/concepts/about-logs and configure-metrics
_LOGGED: Final = (
    *("SYSTEM_COMPONENTS", "WORKLOADS"),
    *("APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"),
)
_MEASURED: Final = (
    *("SYSTEM_COMPONENTS", "APISERVER", "CONTROLLER_MANAGER", "SCHEDULER"),
    *("CADVISOR", "DAEMONSET", "DEPLOYMENT", "HPA", "KUBELET", "POD", "STATEFULSET", "STORAGE"),
    # GPUs.
    "DCGM",
)
_EXCLUSION: Final = re.compile(r"([a-z][-a-z0-9]*)=([^/]+Z)/([^/]+Z)")
# https://cloud.google.com/kubernetes-engine/docs/concepts/maintenance-windows-and-exclusions
_MOST_EXCLUSIONS: Final = 3


def every_cluster(checks: Checks, settings: ClusterSettings) -> dict[str, Any]:
    """What both kinds of cluster have, as the provider's arguments."""
    channel = checks.choice("release_channel", "regular", _CHANNELS).upper()
    window = checks.plain("maintenance_start", "03:00")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", window):
        checks.problem("maintenance_start", window, "a time in UTC, such as 03:00")
    checks.optional_text("security_group", r"gke-security-groups@.+", "gke-security-groups@…")
    group = checks.optional("security_group")
    policy = checks.flag("binary_authorization", default=True)
    gateways = checks.flag("gateway_api", default=False)
    external = checks.flag("dns_endpoint", default=False)
    everywhere = checks.flag("global_access", default=False)
    private = all(is_private(network) for network in settings.authorized_networks)
    return {
        "min_master_version": settings.kubernetes_version,
        "release_channel": {"channel": channel},
        "maintenance_policy": {
            "daily_maintenance_window": {"start_time": window},
            "maintenance_exclusions": _exclusions(checks),
        },
        "networking_mode": "VPC_NATIVE",
        "private_cluster_config": {
            "enable_private_nodes": True,
            "enable_private_endpoint": private,
            "master_global_access_config": {"enabled": everywhere},
        },
        # Even without a network in it: so all others are kept out.
        "master_authorized_networks_config": {
            "cidr_blocks": [
                {"cidr_block": network, "display_name": network}
                for network in settings.authorized_networks
            ],
            "gcp_public_cidrs_access_enabled": False,
        },
        "control_plane_endpoints_config": {
            "dns_endpoint_config": {"allow_external_traffic": external}
        },
        "master_auth": {"client_certificate_config": {"issue_client_certificate": False}},
        "enable_legacy_abac": False,
        "authenticator_groups_config": {"security_group": group} if group else None,
        "binary_authorization": {
            "evaluation_mode": "PROJECT_SINGLETON_POLICY_ENFORCE" if policy else "DISABLED"
        },
        "gateway_api_config": {"channel": "CHANNEL_STANDARD"} if gateways else None,
        "logging_config": {"enable_components": list(_LOGGED)},
        "monitoring_config": {
            "enable_components": list(_MEASURED),
            "managed_prometheus": {"enabled": True},
        },
        "cost_management_config": {"enabled": True},
        "security_posture_config": {"mode": "BASIC"},
        "addons_config": _addons(checks),
    }


def our_nodes(checks: Checks) -> dict[str, Any]:
    """What a cluster with pools of nodes has beside: GKE decides on it in Autopilot."""
    profile = checks.choice("autoscaling_profile", "balanced", _PROFILES)
    return {
        # Pools are resources of their own, so that one is changed without the cluster.
        "remove_default_node_pool": True,
        "initial_node_count": 1,
        "enable_shielded_nodes": True,
        "enable_intranode_visibility": True,
        # Network policies are its own.
        "datapath_provider": "ADVANCED_DATAPATH",
        "network_policy": {"enabled": False, "provider": "PROVIDER_UNSPECIFIED"},
        # Pools are made by us alone; of those that are there the autoscaler owns the sizes.
        "cluster_autoscaling": {"enabled": False, "autoscaling_profile": profile.upper()},
        "enable_multi_networking": checks.flag("multi_networking", default=False),
        "node_pool_defaults": {
            "node_config_defaults": {"insecure_kubelet_readonly_port_enabled": "FALSE"}
        },
    }


def googles_nodes(email: pulumi.Input[str], key: pulumi.Input[str]) -> dict[str, Any]:
    """What Autopilot's nodes have; it decides on the rest."""
    return {
        "enable_autopilot": True,
        "cluster_autoscaling": {
            "auto_provisioning_defaults": {
                "service_account": email,
                "boot_disk_kms_key": key,
                "oauth_scopes": list(SCOPES),
            }
        },
    }


def _addons(checks: Checks) -> dict[str, Any]:
    asked = checks.texts("csi_drivers", [])
    for driver in asked:
        if driver not in _DRIVERS:
            checks.problem("csi_drivers", driver, f"words of {', '.join(_DRIVERS)}")
    drivers = {word: {"enabled": driver in asked} for driver, word in _DRIVERS.items()}
    return {"gce_persistent_disk_csi_driver_config": {"enabled": True}, **drivers}


def _exclusions(checks: Checks) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    texts = checks.texts("maintenance_exclusions", [])
    if len(texts) > _MOST_EXCLUSIONS:
        checks.problem("maintenance_exclusions", len(texts), f"at most {_MOST_EXCLUSIONS}")
    for text in texts:
        match = _EXCLUSION.fullmatch(text)
        if match is None or not _in_order(match[2], match[3]):
            use = "name=start/end, both such as 2026-11-20T00:00:00Z, the start first"
            checks.problem("maintenance_exclusions", text, use)
            continue
        found.append(
            {
                "exclusion_name": match[1],
                "start_time": match[2],
                "end_time": match[3],
                "exclusion_options": {"scope": "NO_UPGRADES"},
            }
        )
    return found


def _in_order(start: str, end: str) -> bool:
    try:
        return datetime.fromisoformat(start) < datetime.fromisoformat(end)
    except ValueError:
        return False
