"""The nodes of a GPU pool on GKE, in pulumi-gcp's words; and what GKE gives to them by itself."""

from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.gke_nodes import hardened
from components.gcp.gke_pool_settings import LONGEST_RUN_SECONDS, UPGRADES, GkePoolSettings
from components.gpu_node_pool import Pool, cloud_spelling
from facts import tags as vocabulary
from facts.pools.cloud_marks import GKE_QUEUED
from facts.pools.groups import COMPUTE_CLASS, joining
from facts.pools.offers import parse_taint

__all__ = [
    "labels_and_taints",
    "network_config",
    "node_config",
    "upgrade_settings",
]

_RolloutPolicy = gcp.container.NodePoolUpgradeSettingsBlueGreenSettingsStandardRolloutPolicyArgs
_RESERVATION_NAME: Final = "compute.googleapis.com/reservation-name"
# https://cloud.google.com/kubernetes-engine/docs/how-to/gpu-operator
_NO_DEVICE_PLUGIN: Final = "gke-no-default-nvidia-gpu-device-plugin"
# https://cloud.google.com/kubernetes-engine/docs/how-to/allocate-network-resources-dra
_NETWORK_DRIVER: Final = "cloud.google.com/gke-networking-dra-driver"
# https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/NodeConfig (GPUDirectConfig)
_RDMA_STRATEGY: Final = ("a3-ultragpu-", "a4-")


def labels_and_taints(pool: Pool, words: GkePoolSettings) -> tuple[dict[str, str], tuple[str, ...]]:
    """Labels that the pool gives to its nodes, and the taint of its ComputeClass."""
    labels, kept = dict(pool.labels), ()
    if pool.driver == "operator":
        labels[_NO_DEVICE_PLUGIN] = "true"
    if words.queued:
        labels[GKE_QUEUED] = "true"
    if words.own_networks:
        labels[_NETWORK_DRIVER] = "true"
    if words.compute_class:
        joined, kept = joining("gke", words.compute_class)
        labels[COMPUTE_CLASS] = joined[COMPUTE_CLASS]
    return labels, kept


def node_config(
    pool: Pool, words: GkePoolSettings, labels: dict[str, str], taints: Sequence[str]
) -> dict[str, Any]:
    """The node's configuration, in pulumi-gcp's words."""
    machine = pool.machines[0]
    node: dict[str, Any] = hardened() | {
        "machine_type": machine.name,
        "guest_accelerators": [_gpus(pool)],
        "labels": labels,
        "taints": cloud_spelling(filter(None, map(parse_taint, taints))),
        "resource_labels": vocabulary.google(pool.vocabulary),
        "disk_size_gb": pool.disk_gib,
        "disk_type": words.disk_type,
        "gvnic": {"enabled": True},
        "gcfs_config": {"enabled": pool.image_streaming},
        "secondary_boot_disks": words.secondary_disks or None,
        "reservation_affinity": _reservation(pool),
        "spot": pool.capacity == "spot",
        **_flex_start(pool, words),
    }
    if pool.local_ssd or (machine.local_ssd_disks and not machine.local_ssd_added):
        # What a machine comes with is used so anyway.
        count = machine.local_ssd_disks
        node["ephemeral_storage_local_ssd_config"] = {"local_ssd_count": count}
    if pool.driver == "operator":
        # The operator builds its driver for Ubuntu, and Secure Boot loads no module of its.
        node["image_type"] = "UBUNTU_CONTAINERD"
        node["shielded_instance_config"] |= {"enable_secure_boot": False}
    if pool.interconnect == "gpudirect_rdma" and machine.name.startswith(_RDMA_STRATEGY):
        node["gpudirect_strategy"] = "RDMA"
    if words.numa_aligned:
        node["kubelet_config"] |= {
            "cpu_manager_policy": "static",
            "memory_manager": {"policy": "Static"},
            "topology_manager": {"policy": "restricted"},
        }
    if words.sysctls or words.hugepages_2mib:
        pages = {"hugepage_size2m": words.hugepages_2mib} if words.hugepages_2mib else None
        node["linux_node_config"] = {"sysctls": words.sysctls or None, "hugepages_config": pages}
    if words.periodic_maintenance:
        node["host_maintenance_policy"] = {"maintenance_interval": "PERIODIC"}
    return node


def _gpus(pool: Pool) -> dict[str, Any]:
    machine = pool.machines[0]
    mode = "INSTALLATION_DISABLED" if pool.driver == "operator" else "DEFAULT"
    return {
        "type": machine.guest_accelerator,
        "count": machine.accelerator_count,
        "gpu_driver_installation_config": {"gpu_driver_version": mode},
        "gpu_partition_size": pool.mig_profile,
        "gpu_sharing_config": {
            "gpu_sharing_strategy": "TIME_SHARING",
            "max_shared_clients_per_gpu": pool.time_slices,
        }
        if pool.time_slices
        else None,
    }


def _reservation(pool: Pool) -> dict[str, Any] | None:
    match pool.capacity:
        case "reserved":
            return {
                "consume_reservation_type": "SPECIFIC_RESERVATION",
                "key": _RESERVATION_NAME,
                "values": [str(pool.reservation)],
            }
        case "spot" | "flex_start":
            return {"consume_reservation_type": "NO_RESERVATION"}
        case _:
            return None


def _flex_start(pool: Pool, words: GkePoolSettings) -> dict[str, Any]:
    if pool.capacity != "flex_start":
        return {}
    # What GKE takes by itself: said, it is not taken for a change afterwards.
    seconds = words.max_run_seconds or LONGEST_RUN_SECONDS
    return {"flex_start": True, "max_run_duration": f"{seconds}s"}


def upgrade_settings(strategy: str) -> gcp.container.NodePoolUpgradeSettingsArgs:
    """How nodes make room for newer ones."""
    numbers = UPGRADES[strategy]
    if numbers is None:
        return gcp.container.NodePoolUpgradeSettingsArgs(
            strategy="BLUE_GREEN",
            blue_green_settings=gcp.container.NodePoolUpgradeSettingsBlueGreenSettingsArgs(
                standard_rollout_policy=_RolloutPolicy(batch_node_count=1)
            ),
        )
    surge, unavailable = numbers
    return gcp.container.NodePoolUpgradeSettingsArgs(
        strategy="SURGE", max_surge=surge, max_unavailable=unavailable
    )


def network_config(
    networks: Sequence[pulumi.Input[str]],
    subnets: Sequence[pulumi.Input[str]],
    words: GkePoolSettings,
) -> gcp.container.NodePoolNetworkConfigArgs:
    """Private addresses, and the interfaces of the GPUs."""
    pairs = zip(networks, subnets, strict=True)
    further = [
        gcp.container.NodePoolNetworkConfigAdditionalNodeNetworkConfigArgs(
            network=network, subnetwork=subnet
        )
        for network, subnet in pairs
    ]
    return gcp.container.NodePoolNetworkConfigArgs(
        enable_private_nodes=True,
        additional_node_network_configs=further or None,
        accelerator_network_profile="auto" if words.own_networks else None,
    )
