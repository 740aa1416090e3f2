"""Codes of what is wrong with what an environment makes for its models, or with models there."""

from typing import Final

__all__ = ["PLATFORM_CODES"]

PLATFORM_CODES: Final[dict[str, tuple[str, str]]] = {
    "MS0241": (
        "Which cluster",
        ("The environment has several clusters, and the pool says of none that it is its own."),
    ),
    "MS0242": (
        "A pool, cluster or network that cannot be",
        (
            "What is asked for contradicts itself, or is nothing that its cloud has: a "
            "reservation of spot machines, a GPU that is cut into parts and cannot be, an "
            "interconnect that the machine type lacks, zones of another region."
        ),
    ),
    "MS0243": (
        "More GPUs than the account may hold",
        (
            "At their largest the pools hold more GPUs of a kind than the quota in "
            "`platform.gpu_quotas`: on the busiest day nodes would fail to start."
        ),
    ),
    "MS0244": (
        "No such pool",
        ("The model asks for a pool of GPU nodes by a name that the environment does not have."),
    ),
    "MS0245": (
        "Fits no pool",
        (
            "The model's GPUs, cores, memory, labels and tolerations fit no node of any pool: its "
            "pods would wait for ever. The report names the pool that comes nearest, and what it "
            "lacks. Of a node's memory and cores, what Kubernetes keeps is taken off."
        ),
    ),
    "MS0246": (
        "More replicas than the pool has room for",
        (
            "At its most replicas, the candidate included, the model needs more GPUs, cores or "
            "memory than all nodes of the pools that fit have together. The last replicas would "
            "wait for ever. Or its fewest replicas fill the pools, and a rolling update starts a "
            "replica before it stops one: that replica would wait for ever."
        ),
    ),
    "MS0247": (
        "Data outside its regions",
        (
            "The environment's `residency` names the regions for this class of data, and the model "
            "would run in another one, or nobody says where its cluster is. Logs, and what is "
            "captured of requests, are kept where it runs."
        ),
    ),
    "MS0248": (
        "Needs the internet",
        (
            "The cluster has none (`targets.kubernetes.internet: false`, or a `platform.network` "
            "without `internet`): an artifact or an image that only the internet has would never "
            "arrive."
        ),
    ),
    "MS0249": (
        "For which cluster",
        (
            "A network, a cluster, add-ons and the order of pools belong to one cluster, which the "
            "environment's targets name; a stack with a platform of its own needs no other one."
        ),
    ),
    "MS0250": (
        "Nobody makes nodes, or knows of their GPUs",
        (
            "EKS grows no pool by itself: the cluster autoscaler does, or Karpenter. On EKS and "
            "AKS a device plugin makes GPUs known to Kubernetes. On a cluster that the stack makes "
            "there is neither unless the add-ons have it, so models would wait for ever. GKE has "
            "both, AKS an autoscaler of its own."
        ),
    ),
}
