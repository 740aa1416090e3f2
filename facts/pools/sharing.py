"""Whole GPUs, parts of them (MIG) and turns on them (time slices): what a pod requests, per cloud.

Which way a cloud takes decides the resource that pods name:

| | MIG | time slices |
|---|---|---|
| EKS | the GPU operator's MIG manager, strategy mixed | the device plugin's configuration |
| GKE | the node pool's partition size | the node pool's sharing strategy |
| AKS | the agent pool's instance profile, strategy single | the device plugin's configuration |

A GPU in parts never looks like a whole one: its nodes lack `PRODUCT_LABEL`, by which models ask for
a kind of GPU, and are found by the name of their pool alone.
"""

from dataclasses import dataclass, field
from typing import Final

from facts.accelerators import ACCELERATORS, GPU, PRODUCT_LABEL, MigProfile

__all__ = [
    "CLUSTERS",
    "GROUP_LABEL",
    "MIG_PROFILE",
    "MOST_TIME_SLICES",
    "POOL_LABEL",
    "Sharing",
    "mig_profiles",
    "mig_resource",
    "plugin_config",
    "pool_labels",
    "sharing",
]

CLUSTERS: Final = ("eks", "gke", "aks")
# Labels of every node of a pool of ours: the pool, and the name by which models ask for it and for
# those that stand in for it.
POOL_LABEL: Final = "model-serving/node-pool"
GROUP_LABEL: Final = "model-serving/pool-group"

_SHARED_GPU: Final = "nvidia.com/gpu.shared"
# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-operator-mig.html
_MIG_CONFIG_LABEL: Final = "nvidia.com/mig.config"
# https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/gpu-sharing.html
_PLUGIN_CONFIG_LABEL: Final = "nvidia.com/device-plugin.config"
# Labels that GKE gives to such nodes by itself.
# https://cloud.google.com/kubernetes-engine/docs/how-to/gpus-multi
_GKE_PARTITION: Final = "cloud.google.com/gke-gpu-partition-size"
# https://cloud.google.com/kubernetes-engine/docs/how-to/timesharing-gpus
_GKE_STRATEGY: Final = "cloud.google.com/gke-gpu-sharing-strategy"
_GKE_CLIENTS: Final = "cloud.google.com/gke-max-shared-clients-per-gpu"
# GKE's limit on containers of one GPU, taken everywhere: beyond it nobody can say what a turn is.
MOST_TIME_SLICES: Final = 48

# Compute slices and memory of a part, as NVIDIA names it.
# https://docs.nvidia.com/datacenter/tesla/mig-user-guide/
MIG_PROFILE: Final = r"[1-7]g\.[0-9]{1,3}gb"

# Profiles that GKE has no partition size for.
_NOT_ON_GKE: Final = frozenset({"4g"})
# AKS has a profile by its compute slices alone: the smallest memory that they come with.
_ON_AKS: Final = {1: 8, 2: 4, 3: 2, 4: 2, 7: 1}


@dataclass(frozen=True, slots=True)
class Sharing:
    """What pods request of a pool's GPUs, and the labels that make it so.

    `per_gpu` of `resource` are on each GPU, with `memory_mib` of GPU memory each. Pods that take
    turns on a GPU share that memory, and wait for each other.
    """

    resource: str
    per_gpu: int
    memory_mib: int
    whole: bool = True
    """Whether a pod has a GPU to itself."""
    takes_turns: bool = False
    node_labels: dict[str, str] = field(default_factory=dict[str, str])
    """Labels that the pool gives to its nodes."""
    cloud_labels: dict[str, str] = field(default_factory=dict[str, str])
    """Labels that the cloud gives to them, by which pods select as well."""


def mig_profiles(cluster: str, accelerator: str) -> dict[str, MigProfile]:
    """The profiles into which a cloud cuts this kind of GPU; none where it cannot be cut.

    GKE: https://cloud.google.com/kubernetes-engine/docs/how-to/gpus-multi (partition sizes), AKS:
    https://learn.microsoft.com/azure/aks/gpu-multi-instance (MIG1g, 2g, 3g, 4g and 7g), EKS: all
    that the GPU operator has.
    """
    known = ACCELERATORS[accelerator]
    return {
        name: profile
        for name, profile in known.mig_profiles.items()
        if _offers(cluster, name, profile, known.memory_mib)
    }


def _offers(cluster: str, name: str, profile: MigProfile, memory_mib: int) -> bool:
    compute = int(name[0])
    if cluster == "gke":
        return name.partition(".")[0] not in _NOT_ON_GKE
    if cluster == "aks":
        part = _ON_AKS.get(compute)
        # The memory of a part is rounded in its name.
        return part is not None and abs(profile.memory_mib * part - memory_mib) < memory_mib / 4
    return True


def sharing(
    cluster: str, accelerator: str, *, mig_profile: str | None, time_slices: int | None
) -> Sharing:
    """How the GPUs of a pool are requested; the profile is one of `mig_profiles`."""
    known = ACCELERATORS[accelerator]
    mig = known.mig_profiles.get(mig_profile or "")
    per_gpu = mig.per_gpu if mig else 1
    memory = mig.memory_mib if mig else known.memory_mib
    resource, labels, cloud = GPU, dict[str, str](), dict[str, str]()
    if mig and cluster == "gke":
        cloud[_GKE_PARTITION] = str(mig_profile)
    elif mig and cluster == "eks":
        resource = mig_resource(str(mig_profile))
        labels[_MIG_CONFIG_LABEL] = f"all-{mig_profile}"
    if time_slices and cluster == "gke":
        cloud |= {_GKE_STRATEGY: "time-sharing", _GKE_CLIENTS: str(time_slices)}
    elif time_slices:
        labels[_PLUGIN_CONFIG_LABEL] = plugin_config(time_slices)
        # AKS' autoscaler knows an absent node by its size alone, which has no GPUs of other names.
        if cluster == "eks":
            resource = f"{resource}.shared" if mig else _SHARED_GPU
    return Sharing(
        resource,
        per_gpu * (time_slices or 1),
        memory,
        whole=not (mig or time_slices),
        takes_turns=bool(time_slices),
        node_labels=labels,
        cloud_labels=cloud,
    )


def mig_resource(profile: str) -> str:
    """What a pod requests of parts, where each profile is a resource of its own."""
    return f"nvidia.com/mig-{profile}"


def plugin_config(time_slices: int) -> str:
    """The device plugin's configuration for as many turns: the name in its ConfigMap."""
    return f"time-slices-{time_slices}"


def pool_labels(pool: str, group: str, accelerator: str, shared: Sharing) -> dict[str, str]:
    """Labels that a pool of ours gives to its nodes, the same on every cloud."""
    kind = {PRODUCT_LABEL: ACCELERATORS[accelerator].kubernetes_label} if shared.whole else {}
    return {POOL_LABEL: pool, GROUP_LABEL: group, **kind, **shared.node_labels}
