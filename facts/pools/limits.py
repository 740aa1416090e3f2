"""What the pools of each cloud can do: settings and components are held to the same."""

from dataclasses import replace
from typing import Final

from facts.machines.choose import CLOUD_OF_CLUSTER, find
from facts.pools.rules import Limits

__all__ = ["AKS", "EKS", "GKE", "KARPENTER", "LIMITS"]


def _interconnects(cluster: str, *words: str) -> dict[str, frozenset[str]]:
    """The machine types that have each network between nodes."""
    machines = find(CLOUD_OF_CLUSTER[cluster])
    return {
        word: frozenset(m.name for m in machines if m.fabric.interconnect == word) for word in words
    }


EKS: Final = Limits(
    cluster="eks",
    machines=find("aws"),
    capacities=("on_demand", "spot", "reserved", "capacity_block"),
    reserving=("reserved", "capacity_block"),
    interconnects=_interconnects("eks", "efa"),
    most_nodes=450,
    source="https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html",
    reserved_labels=("eks.amazonaws.com/",),
)
# It makes nodes for pods, of the size that they need, and knows an absent one by its machine type
# alone, which has GPUs in whole.
KARPENTER: Final = replace(EKS, shares_gpus=False, keeps_nodes=False, largest=True)
GKE: Final = Limits(
    cluster="gke",
    machines=find("gcp"),
    capacities=("on_demand", "spot", "reserved", "flex_start"),
    reserving=("reserved",),
    interconnects=_interconnects("gke", "gpudirect_tcpx", "gpudirect_tcpxo", "gpudirect_rdma"),
    most_nodes=1000,
    source="https://cloud.google.com/kubernetes-engine/quotas",
    reserved_labels=("cloud.google.com/", "gke.io/"),
    # GKE's own limit is 40, less `-nodes` and eight signs of the engine's.
    longest_name=26,
    most_types=1,
)
AKS: Final = Limits(
    cluster="aks",
    machines=find("azure"),
    capacities=("on_demand", "spot", "reserved"),
    reserving=("reserved",),
    interconnects=_interconnects("aks", "infiniband"),
    most_nodes=1000,
    source="https://learn.microsoft.com/azure/aks/quotas-skus-regions",
    reserved_labels=("kubernetes.azure.com/",),
    most_types=1,
    zone="[123]",
)
LIMITS: Final[dict[str, Limits]] = {limits.cluster: limits for limits in (EKS, GKE, AKS)}
