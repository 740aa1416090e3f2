"""Which resources have node pools, and those of each: its own, or a cluster's."""

from collections.abc import Callable, Iterator
from typing import Final

from policies.aks_pool import AksPool
from policies.eks_pool import EksPool
from policies.gke_pool import GkePool
from policies.karpenter_pool import KarpenterPool
from policies.pool import Pool
from policies.properties import Property
from policies.resource_types import (
    AKS_CLUSTER,
    AKS_NODE_POOL,
    GKE_CLUSTER,
    GKE_NODE_POOL,
    KARPENTER_NODE_POOL,
    NODE_GROUP,
)
from policies.tokens import fold
from policies.view import View

__all__ = ["POOLS", "POOL_TYPES", "gke_pools", "pools"]

# Resources that are one pool.
POOLS: Final = (NODE_GROUP, GKE_NODE_POOL, AKS_NODE_POOL, KARPENTER_NODE_POOL)
# Those, and clusters, which may have pools in them.
POOL_TYPES: Final = (*POOLS, GKE_CLUSTER, AKS_CLUSTER)


def pools(view: View) -> list[Pool]:
    """The pools of a resource: one, or those of a cluster."""
    read = _READERS.get(view.token)
    return read(view.properties) if read else []


def gke_pools(view: View) -> Iterator[GkePool]:
    """Those that are GKE's."""
    yield from (pool for pool in pools(view) if isinstance(pool, GkePool))


def _of_gke(cluster: Property) -> list[Pool]:
    """Pools in the cluster, else the one that it begins with, unless that is taken away."""
    if cluster.get("enableAutopilot").flag():
        return []
    given = cluster.get("nodePools")
    if given.absent and not cluster.get("removeDefaultNodePool").flag():
        return [GkePool(cluster)]
    return [GkePool(each, cluster) for each in given.items()]


def _of_aks(place: Property) -> list[Pool]:
    scales = place.get("virtualMachinesProfile", "scale", "manual").items()
    return [AksPool(place, scale) for scale in scales] or [AksPool(place)]


_READERS: Final[dict[str, Callable[[Property], list[Pool]]]] = {
    NODE_GROUP: lambda place: [EksPool(place)],
    GKE_NODE_POOL: lambda place: [GkePool(place)],
    GKE_CLUSTER: _of_gke,
    AKS_NODE_POOL: _of_aks,
    AKS_CLUSTER: lambda place: [
        one for each in place.get("agentPoolProfiles").items() for one in _of_aks(each)
    ],
    fold(KARPENTER_NODE_POOL): lambda place: [KarpenterPool(place)],
}
