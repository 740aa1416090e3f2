"""Groups of node pools that stand in for each other: how pods choose one, how pools join it."""

from typing import Final

from facts.pools.sharing import GROUP_LABEL

__all__ = ["COMPUTE_CLASS", "joining", "selector"]

# https://cloud.google.com/kubernetes-engine/docs/concepts/about-custom-compute-classes
COMPUTE_CLASS: Final = "cloud.google.com/compute-class"


def selector(cluster: str, group: str) -> dict[str, str]:
    """The node labels by which pods choose a group; on GKE they choose its ComputeClass by it.

    GKE adds the toleration of the class's taint to such pods.
    """
    return {COMPUTE_CLASS: group} if cluster == "gke" else {GROUP_LABEL: group}


def joining(cluster: str, group: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """Labels and taints that a pool must have beside its own, so that the order reaches it.

    GKE uses a pool for a ComputeClass where its nodes have the class as label and as taint.
    https://cloud.google.com/kubernetes-engine/docs/how-to/custom-compute-classes
    """
    if cluster != "gke":
        return {GROUP_LABEL: group}, ()
    return {GROUP_LABEL: group, COMPUTE_CLASS: group}, (f"{COMPUTE_CLASS}={group}:NoSchedule",)
