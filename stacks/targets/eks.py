"""Settings of a GPU node pool as arguments of EksGpuNodePool."""

from typing import Any

from facts.tags import OWNER
from stacks.settings.environment import GpuNodePool
from stacks.settings.load import Settings
from stacks.targets.translation import given


def gpu_node_pool_arguments(settings: Settings, pool: GpuNodePool) -> Any:  # noqa: ANN401
    """The arguments of EksGpuNodePool."""
    eks = settings.site.targets.eks
    return given(
        {
            "environment": settings.environment,
            "cluster_name": eks.cluster_name if eks else None,
            "subnet_ids": list(eks.subnet_ids) if eks else None,
            "accelerator": pool.accelerator,
            "instance_types": list(pool.instance_types),
            "min_nodes": pool.min_nodes,
            "max_nodes": pool.max_nodes,
            "desired_nodes": pool.desired_nodes,
            "disk_gib": pool.disk_gib,
            "capacity": pool.capacity,
            "labels": dict(pool.labels) or None,
            "kubernetes_version": pool.kubernetes_version,
            "tags": {**settings.site.tags, OWNER: pool.owner, **pool.tags},
        }
    )
