"""What the models run on: pools of GPU nodes, nodes that keep models, as an environment says it."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facts.pools.limits import LIMITS
from facts.pools.offers import EFFECTS
from facts.pools.sharing import MIG_PROFILE, MOST_TIME_SLICES
from stacks.settings.cluster import AddOns, Cluster, Network
from stacks.settings.common import Accelerator
from stacks.settings.fields import (
    Closed,
    DnsLabel,
    KubernetesVersion,
    Number,
    OneLine,
    PinnedImage,
    Tags,
    Text,
    Truth,
    Whole,
)

__all__ = [
    "AksPool",
    "EksPool",
    "GkePool",
    "GpuNodePool",
    "ModelNodeGroup",
    "Platform",
    "PoolFallback",
]

# Of the largest pools that there are; each component knows its own.
_MOST_NODES = max(limits.most_nodes for limits in LIMITS.values())
# What the least demanding of them boots from.
_LEAST_DISK_GIB = min(limits.least_disk_gib for limits in LIMITS.values())
Capacity = Literal["on_demand", "spot", "reserved", "capacity_block", "flex_start"]
MigProfile = Annotated[
    str,
    StringConstraints(pattern=rf"^{MIG_PROFILE}$"),
    Field(json_schema_extra={"allowed": "a profile of the GPU, such as 1g.10gb"}),
]
Taint = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9./_-]{1,253}(=[A-Za-z0-9._-]{0,63})?"
        rf":({'|'.join(EFFECTS)})$"
    ),
    Field(json_schema_extra={"allowed": "key=value:Effect, such as dedicated=ml:NoSchedule"}),
]


class PoolFallback(Closed):
    """The next thing to try when the pool has no capacity; what is not said is the pool's."""

    name: DnsLabel
    """Name of this fallback, which its own pool gets behind the pool's."""
    accelerator: Accelerator | None = None
    """Kind of GPU."""
    accelerator_count: Whole | None = Field(default=None, ge=1, le=16)
    """GPUs of a node."""
    instance_types: list[Text] | None = None
    """Machine types that carry it, the preferred one first. Default: with another accelerator or
    count the cheapest, else the pool's."""
    zones: list[Text] | None = None
    """Zones to try."""
    capacity: Capacity | None = None
    """How the nodes are bought."""
    reservation: Text | None = None
    """Reservation, where they are bought by one. Never the pool's."""
    min_nodes: Whole = Field(default=0, ge=0, le=_MOST_NODES)
    """Fewest nodes."""
    max_nodes: Whole | None = Field(default=None, ge=1, le=_MOST_NODES)
    """Most nodes."""


class EksPool(Closed):
    """Words of EKS alone."""

    os: Literal["al2023", "bottlerocket"] | None = None
    """Operating system of the nodes. Default: al2023."""
    image_version: Text | None = None
    """Release of the image: `1.34.1-20260105` of a node group, `v20260105` of Karpenter. Default:
    the newest; a node group keeps the one that it was made with."""
    security_group_ids: list[Text] = Field(default=[], max_length=4)
    """Further security groups of the nodes."""
    node_policies: list[Text] = Field(default=[], max_length=10)
    """ARNs of further IAM policies of the nodes."""
    upgrade: Literal["extra_node", "drain_first"] | None = None
    """A node group's: how nodes are replaced. Default: drain_first in a reservation, else
    extra_node."""
    capacity_fallbacks: list[Literal["spot", "on_demand"]] | None = Field(
        default=None, max_length=2
    )
    """Karpenter's: what is bought when there is none of `capacity`; [] is nothing. Default:
    on_demand beside spot."""
    consolidation: Literal["when_empty", "when_underused"] | None = None
    """Karpenter's: which nodes are taken away. Default: when_empty."""
    consolidate_after_seconds: Whole | None = Field(default=None, ge=0, le=86_400)
    """Karpenter's: how long a node is like that before. Default: 600."""
    expire_after_hours: Whole | None = Field(default=None, ge=0, le=8_760)
    """Karpenter's: age at which a node is replaced; 0: never. Default: 720."""


class GkePool(Closed):
    """Words of GKE alone."""

    disk_type: Text | None = None
    """Type of the disks. Default: pd-balanced, where the machine takes it."""
    queued: Truth | None = None
    """With flex_start: nodes come all at once, by ProvisioningRequests. Default: false."""
    max_run_seconds: Whole | None = Field(default=None, ge=600, le=604_800)
    """With flex_start: how long a node stays. Default: seven days."""
    gpu_networks: list[Text] = Field(default=[], max_length=9)
    """Networks of the GPUs' interfaces. Default: GKE makes them."""
    gpu_subnetworks: list[Text] = Field(default=[], max_length=9)
    """Their subnets, in the same order."""
    image_cache_disks: list[Text] = Field(default=[])
    """Disk images with container images, which every node has from its start."""
    data_disks: list[Text] = Field(default=[])
    """Disk images with data such as weights, which every node has."""
    upgrade: Literal["drain_first", "extra_node", "blue_green"] | None = None
    """How nodes are replaced. Default: drain_first, as GPUs are scarce."""
    max_pods_per_node: Whole | None = Field(default=None, ge=8, le=256)
    """Pods of a node. Default: the cluster's."""
    placement_policy: Text | None = None
    """With placement compact: a resource policy of your own, by its name. Default: GKE's."""
    numa_aligned: Truth | None = None
    """Whether a pod's cores, memory and GPUs are of one side of the machine. Default: false."""
    sysctls: dict[str, Text] = Field(default={})
    """Kernel parameters of the nodes. Default: GKE's."""
    hugepages_2mib: Whole | None = Field(default=None, ge=1, le=1_000_000)
    """Pages of 2 MiB that each node sets aside. Default: none."""
    periodic_maintenance: Truth | None = None
    """Whether the maintenance of hosts is announced and once a month at most. Default: false."""
    service_account: Text | None = None
    """Email of the nodes' service account. Default: one of the pool's own."""
    image_repositories: list[Text] = Field(default=[], max_length=50)
    """Artifact Registry repositories that an account of the pool's own reads. Default: all of the
    project."""


class AksPool(Closed):
    """Words of AKS alone."""

    os: Literal["ubuntu", "azure_linux"] | None = None
    """Operating system of the nodes. Default: ubuntu."""
    spot_max_price: Number | None = Field(default=None, gt=0, le=1000)
    """Most US dollars an hour for a spot node. Default: what it costs on demand."""
    secure_boot: Truth | None = None
    """Whether nodes start signed software alone. Default: false."""
    fips: Truth | None = None
    """Whether the system's cryptography is FIPS-validated. Default: false."""
    max_surge: Text | None = None
    """Nodes that an upgrade adds meanwhile. Default: 0, as GPUs are scarce."""
    drain_timeout_minutes: Whole | None = Field(default=None, ge=1, le=1440)
    """How long an upgrade waits for the pods of a node. Default: 30."""
    scale_down: Literal["delete", "deallocate"] | None = None
    """What the autoscaler does with a node too many. Default: delete."""
    encryption_at_host: Truth | None = None
    """Whether temporary disks and caches are encrypted too. Default: true."""
    max_pods_per_node: Whole | None = Field(default=None, ge=10, le=250)
    """Pods of a node. Default: 110."""
    numa_aligned: Truth | None = None
    """Whether a pod's cores and GPUs are of one side of the machine. Default: false."""
    sysctls: dict[str, Text] = Field(default={})
    """Kernel parameters of the nodes. Default: AKS's."""


class Prepulled(Closed):
    """Images that the nodes have before a model needs them."""

    images: Annotated[list[PinnedImage], Field(min_length=1, max_length=20)]
    """Images of the models' servers, each by its digest."""
    tools_image: PinnedImage
    """Image with a statically linked /bin/busybox, which keeps the others from doing anything."""
    namespace: DnsLabel = "kube-system"
    """Namespace of what pulls them, which exists."""


class GpuNodePool(Closed):
    """A pool of nodes with GPUs, said in the same words for every cloud."""

    owner: OneLine
    """Team that answers for the pool and its bill."""
    cluster: Literal["eks", "gke", "aks"] | None = None
    """Which of the environment's clusters gets it. Default: the one that there is."""
    provisioner: Literal["node_group", "karpenter"] = "node_group"
    """Who makes nodes on EKS: the managed node group, with the cluster autoscaler, or Karpenter."""
    accelerator: Accelerator
    """Kind of GPU."""
    accelerator_count: Whole | None = Field(default=None, ge=1, le=16)
    """GPUs of a node. Default: those of the instance types; without any, of the cheapest one."""
    instance_types: list[Text] = Field(default=[], max_length=20)
    """Machine types that carry it, the preferred one first, all with as many GPUs. Default: the
    cheapest (`serving gpus` lists them)."""
    zones: list[Text] = Field(default=[], max_length=10)
    """Zones of the nodes. Default: all that the cluster has a subnet in."""
    min_nodes: Whole = Field(default=0, ge=0, le=_MOST_NODES)
    """Fewest nodes."""
    max_nodes: Whole = Field(default=1, ge=1, le=_MOST_NODES)
    """Most nodes."""
    desired_nodes: Whole | None = Field(default=None, ge=0, le=_MOST_NODES)
    """Nodes at the start. Default: min_nodes."""
    disk_gib: Whole | None = Field(default=None, ge=_LEAST_DISK_GIB, le=16384)
    """Root disk in GiB. Default: 100."""
    disk_key: Text | None = None
    """Key of the disks: ARN of a KMS key, name of a Cloud KMS key, id of a disk encryption set.
    Default: encrypted by the cloud's own."""
    capacity: Capacity = "on_demand"
    """How the nodes are bought: on_demand, spot, reserved, capacity_block (AWS), flex_start
    (Google Cloud)."""
    reservation: Text | None = None
    """Id or name of the reservation, the capacity block or the capacity reservation group."""
    fallbacks: list[PoolFallback] = Field(default=[], max_length=8)
    """What to try next when there is no capacity, in this order; each is a pool of its own."""
    mig_profile: MigProfile | None = None
    """Profile by which each GPU is cut into parts. Default: whole GPUs."""
    time_slices: Whole | None = Field(default=None, ge=2, le=MOST_TIME_SLICES)
    """Pods that take turns on a GPU, or on a part. Default: one pod has it to itself."""
    driver: Literal["cloud", "operator"] | None = None
    """Who installs the driver: the cloud's image, or NVIDIA's GPU operator. Default: cloud."""
    interconnect: (
        Literal["none", "efa", "gpudirect_tcpx", "gpudirect_tcpxo", "gpudirect_rdma", "infiniband"]
        | None
    ) = None
    """Network between nodes, for models that span several. Default: none."""
    placement: Literal["spread", "compact"] | None = None
    """compact puts the nodes next to each other, in one zone. Default: spread."""
    local_ssd: Truth | None = None
    """Whether images and what pods fetch lie on the machine's own SSDs. Default: false."""
    image_streaming: Truth | None = None
    """Whether containers start before their image is there in whole, on GKE; on EKS images are
    pulled in parallel. AKS has none of it. Default: false."""
    node_repair: Truth | None = None
    """Whether the cloud replaces nodes that are not healthy. Default: true."""
    eks: EksPool | None = None
    """Words of EKS alone."""
    gke: GkePool | None = None
    """Words of GKE alone."""
    aks: AksPool | None = None
    """Words of AKS alone."""
    prepulled: Prepulled | None = None
    """Images that the pool's nodes and its fallbacks' pull when they start. Default: none."""
    labels: dict[str, str] = Field(default={})
    """More labels of the nodes."""
    taints: list[Taint] | None = None
    """Taints of the nodes. Default: nvidia.com/gpu=present:NoSchedule."""
    kubernetes_version: KubernetesVersion | None = None
    """Kubernetes minor version of the nodes, in quotes. Default: the cluster's."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class ModelNodeGroup(Closed):
    """Nodes of the cluster whose disks keep models, by KServe's local model cache."""

    owner: OneLine
    """Team that answers for the nodes and their disks."""
    size_gib: Whole = Field(ge=1, le=256 * 1024)
    """Room for models on the disk of each node."""
    accelerator: Accelerator
    """Kind of GPU of the nodes."""
    node_labels: dict[str, str] = Field(default={})
    """More labels that the nodes have."""
    path: Annotated[str, StringConstraints(pattern=r"^/[A-Za-z0-9._/-]{1,250}$")] | None = None
    """Folder on the nodes, which exists. Default: /mnt/models."""
    storage_class: DnsLabel | None = None
    """StorageClass without provisioner. Default: local-storage."""
    tags: Tags = Field(default={})
    """More tags, over those of the environment."""


class Platform(Closed):
    """What the models run on."""

    network: Network | None = None
    """Private network that the stack makes. Default: none, the environment's targets name one."""
    cluster: Cluster | None = None
    """Cluster that the stack makes, named as the target says. Default: none, it is there."""
    add_ons: AddOns | None = None
    """Charts on the cluster. Default: none."""
    gpu_node_pools: dict[DnsLabel, GpuNodePool] = Field(default={})
    """GPU node pools by name."""
    more_gpu_nodes: Truth = False
    """Whether the cluster has GPU nodes that are not listed here. A model that asks by the kind of
    GPU is then not refused where no pool fits."""
    gpu_quotas: dict[Accelerator, Whole] = Field(default={})
    """GPUs of a kind that the account may hold in the region, as its quota says. Default: not
    known, and not checked."""
    model_node_groups: dict[DnsLabel, ModelNodeGroup] = Field(default={})
    """Groups of nodes that keep models, by the name that a model's `cache.node_groups` gives."""
