"""What Kubernetes leaves of a machine to pods, per cloud.

EKS: https://github.com/awslabs/amazon-eks-ami (nodeadm's kubelet configuration), GKE:
https://cloud.google.com/kubernetes-engine/docs/concepts/plan-node-sizes, AKS:
https://learn.microsoft.com/azure/aks/node-resource-reservations. DaemonSets take from the rest;
how much is each cluster's own.
"""

from typing import Final

__all__ = ["allocatable"]

# (of so many cores or GiB, this share); the last is of all beyond.
_CPU: Final = ((1, 0.06), (1, 0.01), (2, 0.005), (float("inf"), 0.0025))
_GKE_MEMORY: Final = ((4, 0.25), (4, 0.20), (8, 0.10), (112, 0.06), (float("inf"), 0.02))
# Cores, and what AKS keeps of them.
_AKS_CPU: Final = ((1, 0.06), (2, 0.1), (4, 0.14), (8, 0.18), (16, 0.26), (32, 0.42), (64, 0.74))
_AKS_MOST_CPU: Final = 0.74
_EVICTION_MIB: Final = 100
# Pods that a node may have, by which memory is kept: the usual ones.
_PODS: Final = 110
_EKS_MIB_PER_POD: Final = 11
_EKS_MIB: Final = 255
_AKS_MIB_PER_POD: Final = 20
_AKS_MIB: Final = 50
_AKS_MOST: Final = 0.25


def allocatable(cluster: str, vcpu: float, memory_mib: float) -> tuple[float, int]:
    """CPU cores and MiB that all pods of a node can request together."""
    if cluster == "gke":
        kept = _steps(_GKE_MEMORY, memory_mib / 1024) * 1024
        cpu = _steps(_CPU, vcpu)
    elif cluster == "aks":
        kept = min(_AKS_MIB_PER_POD * _PODS + _AKS_MIB, _AKS_MOST * memory_mib)
        cpu = next((kept for cores, kept in _AKS_CPU if vcpu <= cores), _AKS_MOST_CPU)
    else:
        kept = _EKS_MIB_PER_POD * _PODS + _EKS_MIB
        cpu = _steps(_CPU, vcpu)
    return round(vcpu - cpu, 3), int(memory_mib - kept - _EVICTION_MIB)


def _steps(steps: tuple[tuple[float, float], ...], amount: float) -> float:
    kept = 0.0
    for size, share in steps:
        kept += min(amount, size) * share
        amount = max(0.0, amount - size)
    return kept
