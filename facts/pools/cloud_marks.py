"""Labels and taints that a cloud gives to the nodes of a pool by itself."""

from typing import Final

from facts.machines.shapes import MachineType

__all__ = ["GKE_QUEUED", "cloud_labels", "cloud_taints", "is_decided_elsewhere"]

# https://cloud.google.com/kubernetes-engine/docs/how-to/gpus,
# https://cloud.google.com/kubernetes-engine/docs/concepts/spot-vms,
# https://cloud.google.com/kubernetes-engine/docs/how-to/dws-flex-start-training
_GKE_KIND: Final = "cloud.google.com/gke-accelerator"
_GKE_COUNT: Final = "cloud.google.com/gke-accelerator-count"
_GKE_CAPACITY: Final = {
    "spot": "cloud.google.com/gke-spot",
    "flex_start": "cloud.google.com/gke-flex-start",
}
GKE_QUEUED: Final = "cloud.google.com/gke-queued"
# https://cloud.google.com/kubernetes-engine/docs/how-to/prepare-arm-workloads-for-deployment
_GKE_ARM: Final = "kubernetes.io/arch=arm64:NoSchedule"
# By it the cluster autoscaler waits for a new node's GPUs, and makes no second one meanwhile.
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
_EKS_KIND: Final = "k8s.amazonaws.com/accelerator"
# https://learn.microsoft.com/azure/aks/spot-node-pool
_AKS_SPOT: Final = "kubernetes.azure.com/scalesetpriority"
# What each node is labelled with by its machine and its place, and by whoever makes the nodes.
# https://kubernetes.io/docs/reference/labels-annotations-taints/
_OF_EVERY_NODE: Final = (
    *("kubernetes.io/arch", "kubernetes.io/os", "node.kubernetes.io/instance-type"),
    *("topology.kubernetes.io/region", "topology.kubernetes.io/zone"),
)
_OF_MAKERS: Final = {
    "eks": ("eks.amazonaws.com/", "karpenter.sh/", "karpenter.k8s.aws/"),
    "gke": (
        *("cloud.google.com/gke-nodepool", "cloud.google.com/gke-os-distribution"),
        *("cloud.google.com/machine-family", "cloud.google.com/gke-boot-disk"),
    ),
    "aks": ("kubernetes.azure.com/", "agentpool"),
}


def cloud_labels(cluster: str, capacity: str, machine: MachineType) -> dict[str, str]:
    """Labels that pods may select, beside those of `facts.pools.sharing`.

    Those of EKS are for its autoscaler, and a pool of ours says them itself.
    """
    if cluster == "gke":
        kind = {
            _GKE_KIND: machine.guest_accelerator,
            _GKE_COUNT: str(machine.accelerator_count),
        }
        return kind | ({_GKE_CAPACITY[capacity]: "true"} if capacity in _GKE_CAPACITY else {})
    if cluster == "aks" and capacity == "spot":
        return {_AKS_SPOT: "spot"}
    return {_EKS_KIND: machine.accelerator} if cluster == "eks" else {}


def cloud_taints(
    cluster: str, capacity: str, machine: MachineType, *, queued: bool = False
) -> tuple[str, ...]:
    """Taints that pods of the pool have to tolerate, `key=value:Effect`."""
    if cluster == "gke":
        arm = machine.architecture == "arm64"
        return (
            *((f"{GKE_QUEUED}=true:NoSchedule",) if queued else ()),
            *((_GKE_ARM,) if arm else ()),
        )
    if cluster == "aks" and capacity == "spot":
        return (f"{_AKS_SPOT}=spot:NoSchedule",)
    return ()


def is_decided_elsewhere(cluster: str, label: str) -> bool:
    """Whether nodes may have a label with a value that a pool's settings do not tell."""
    return label in _OF_EVERY_NODE or (
        label.startswith(_OF_MAKERS.get(cluster, ())) and label != _AKS_SPOT
    )
