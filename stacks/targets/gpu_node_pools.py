"""The table cluster → component of a pool of GPU nodes, and settings as its arguments."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from facts.tags import OWNER
from stacks.settings.load import Settings
from stacks.settings.platforms.gpu_pools import AskedPool, asked_pools
from stacks.targets.component_kind import ComponentKind
from stacks.targets.translation import given, words

__all__ = ["POOLS", "PoolKind", "gpu_node_pools"]

# Keys that the components have under the same name.
_SAME: Final = (
    *("accelerator", "accelerator_count", "instance_types", "zones", "min_nodes", "max_nodes"),
    *("desired_nodes", "disk_gib", "disk_key", "capacity", "reservation", "mig_profile"),
    *("time_slices", "driver", "interconnect", "placement", "local_ssd", "image_streaming"),
    *("node_repair", "labels", "taints", "kubernetes_version"),
)


@dataclass(frozen=True, slots=True)
class PoolKind(ComponentKind):
    """A pool's component, and where its nodes go."""

    place: Callable[[Settings], dict[str, Any]]


def _eks(settings: Settings) -> dict[str, Any]:
    eks = settings.site.targets.eks
    return {
        "cluster_name": eks.cluster_name if eks else None,
        "subnet_ids": list(eks.subnet_ids) if eks else None,
    }


def _gke(settings: Settings) -> dict[str, Any]:
    targets = settings.site.targets
    return {
        "cluster_name": targets.gke.cluster_name if targets.gke else None,
        "location": targets.gke.location if targets.gke else None,
        "project": targets.gcp.project if targets.gcp else None,
    }


def _aks(settings: Settings) -> dict[str, Any]:
    aks, azure = settings.site.targets.aks, settings.site.targets.azure
    group = azure.resource_group if azure else None
    return {
        "cluster_name": aks.cluster_name if aks else None,
        "resource_group": aks.resource_group or group if aks else None,
        "subnet_id": aks.subnet_id if aks else None,
    }


POOLS: Final[dict[tuple[str, str], PoolKind]] = {
    ("eks", "node_group"): PoolKind(
        "components.aws.eks_gpu_node_pool", "EksGpuNodePool", ("aws",), _eks
    ),
    ("eks", "karpenter"): PoolKind(
        "components.aws.karpenter_gpu_node_pool",
        "KarpenterGpuNodePool",
        ("aws", "kubernetes"),
        _eks,
    ),
    ("gke", "node_group"): PoolKind(
        "components.gcp.gke_gpu_node_pool", "GkeGpuNodePool", ("gcp",), _gke
    ),
    ("aks", "node_group"): PoolKind(
        "components.azure.aks_gpu_node_pool", "AksGpuNodePool", ("azure",), _aks
    ),
}


def gpu_node_pools(settings: Settings) -> dict[str, tuple[PoolKind, dict[str, Any]]]:
    """Each pool by its name, fallbacks too: its component and that one's arguments."""
    return {
        pool.name: (kind, _arguments(settings, pool, kind))
        for pool in asked_pools(settings.site)
        if (kind := POOLS.get((pool.cluster or "", pool.settings.provisioner))) is not None
    }


def _arguments(settings: Settings, pool: AskedPool, kind: PoolKind) -> dict[str, Any]:
    asked = pool.settings
    return given(
        {
            "environment": settings.environment,
            **kind.place(settings),
            **words(asked, _SAME),
            "pool_group": pool.group if pool.order else None,
            # Karpenter tries the heaviest first.
            "weight": 100 - 10 * pool.order
            if asked.provisioner == "karpenter" and not pool.alone
            else None,
            "compute_class": pool.group if pool.in_class else None,
            **words(getattr(asked, pool.cluster or "", None)),
            "tags": {**settings.site.tags, OWNER: asked.owner, **asked.tags},
        }
    )
