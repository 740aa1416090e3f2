"""A pool of GPU nodes in an Azure Kubernetes Service cluster."""

from typing import Any, Final, NotRequired, TypedDict

import pulumi
import pulumi_azure_native as azure
from pulumi_azure_native import containerservice as aks

from components.azure.aks_pool_settings import AksPoolSettings, numbered, read_pool_settings
from components.checks import Checks
from components.gpu_node_pool import Pool, read_pool
from facts import tags as vocabulary
from facts.pools.cloud_marks import cloud_labels, cloud_taints
from facts.pools.limits import AKS

__all__ = ["AksGpuNodePool", "AksGpuNodePoolArgs"]

# AKS has no policy for memory.
_ALIGNED: Final = {"cpu_manager_policy": "static", "topology_manager_policy": "restricted"}
_OS: Final = {"ubuntu": "Ubuntu", "azure_linux": "AzureLinux"}


class AksGpuNodePoolArgs(TypedDict):
    """Flat arguments of `AksGpuNodePool`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    cluster_name: pulumi.Input[str]
    """AKS cluster that the nodes join."""
    resource_group: pulumi.Input[str]
    """Resource group of the cluster."""
    subnet_id: NotRequired[pulumi.Input[str]]
    """Subnet of the nodes, in the network of the cluster's other pools. Default: the network that
    AKS made; a cluster in a network of yours needs it."""
    location: NotRequired[pulumi.Input[str]]
    """Region of the cluster, for `placement` compact. Default: that of the resource group."""
    accelerator: str
    """Kind of GPU, by its name in facts/accelerators.py, such as `nvidia-t4`."""
    accelerator_count: NotRequired[int]
    """GPUs of a node. Default: those of `instance_types`; without any, of the cheapest size."""
    instance_types: NotRequired[list[str]]
    """VM size that carries them, such as Standard_NC4as_T4_v3; a pool of AKS has one. Default: the
    cheapest."""
    zones: NotRequired[list[str]]
    """Zones of the nodes: 1, 2, 3. Default: none, Azure chooses."""
    min_nodes: NotRequired[int]
    """Fewest nodes, 0 allowed. Default: 0."""
    max_nodes: NotRequired[int]
    """Most nodes. Default: the larger of 1 and `min_nodes`."""
    desired_nodes: NotRequired[int]
    """Nodes when the pool is made; afterwards the autoscaler owns the number. Change the pool by
    `up --refresh`: the provider sends the number that the state holds along. Default:
    `min_nodes`."""
    disk_gib: NotRequired[int]
    """Size of the system disk, which has images and what pods write, in GiB. Default: 100."""
    disk_key: NotRequired[pulumi.Input[str]]
    """Refused: AKS encrypts the disks of all pools by the cluster's key. Default: that."""
    capacity: NotRequired[str]
    """How the nodes are bought: on_demand, spot or reserved. Default: on_demand."""
    spot_max_price: NotRequired[float]
    """Most US dollars an hour for a spot node. Default: what it costs on demand."""
    reservation: NotRequired[str]
    """Id of the capacity reservation group; the cluster's identity is Contributor of the resource
    group that it is in. Default: none."""
    mig_profile: NotRequired[str]
    """MIG profile into which each GPU is cut, such as 1g.10gb. Default: whole GPUs."""
    time_slices: NotRequired[int]
    """Pods that take turns on a GPU, 2 to 48, by the device plugin's configuration time-slices-<n>.
    Default: one pod has it."""
    driver: NotRequired[str]
    """cloud: AKS installs the driver, an add-on the device plugin; operator: NVIDIA's GPU operator
    installs both. Default: cloud."""
    interconnect: NotRequired[str]
    """Network between GPUs of several nodes: none, infiniband. Default: none."""
    placement: NotRequired[str]
    """compact puts the nodes next to each other, in one zone; or spread. Default: spread."""
    local_ssd: NotRequired[bool]
    """Whether system, images and what pods fetch lie on the machine's own disk, of which
    `disk_gib` is taken. Default: false."""
    image_streaming: NotRequired[bool]
    """Refused: no stable version of AKS's API has it. Default: false."""
    node_repair: NotRequired[bool]
    """AKS always repairs nodes; false is refused. Default: true."""
    os: NotRequired[str]
    """ubuntu or azure_linux. Default: ubuntu."""
    secure_boot: NotRequired[bool]
    """Whether nodes start signed software alone and have a virtual TPM, of sizes that can; on
    ubuntu with `driver` operator. Default: false."""
    fips: NotRequired[bool]
    """Whether the system's cryptography is FIPS-validated. Default: false."""
    encryption_at_host: NotRequired[bool]
    """Whether temporary disks and caches are encrypted too; the subscription has the feature
    EncryptionAtHost. Default: true."""
    max_surge: NotRequired[str]
    """Nodes that an upgrade adds meanwhile, such as 1 or 33%; with 0 one node after the other is
    away. Default: 0, as GPUs are scarce."""
    drain_timeout_minutes: NotRequired[int]
    """How long an upgrade waits for the pods of a node. Default: 30."""
    scale_down: NotRequired[str]
    """What the autoscaler does with a node too many: delete, or deallocate, whose disk with its
    images is paid for and makes it come back faster. Default: delete."""
    max_pods_per_node: NotRequired[int]
    """Pods of a node, 10 to 250; for more than 110 AKS keeps more memory than `offer` says.
    Default: 110."""
    numa_aligned: NotRequired[bool]
    """Whether a pod's cores and GPUs are of one side of the machine. Default: false."""
    sysctls: NotRequired[dict[str, str]]
    """Kernel parameters of the nodes, such as `net.core.somaxconn: "8192"`. Default: AKS's."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version of the nodes, such as `1.34`; the cluster's first. Default: the
    cluster's when the pool is made, with the patches that the cluster gets."""
    pool_group: NotRequired[str]
    """Name by which models ask for this pool and those that stand in for it. Default: its own."""
    labels: NotRequired[dict[str, str]]
    """Further node labels. Default: none."""
    taints: NotRequired[list[str]]
    """Taints as `key=value:Effect`. Default: nvidia.com/gpu=present:NoSchedule."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class AksGpuNodePool(pulumi.ComponentResource):
    """Agent pool and, for compact placement, its proximity placement group.

    AKS refuses to change most of a pool, so its name has a digest of that: another size, zone or
    disk is another pool. It is there before AKS evicts the pods of the old one, within their
    disruption budgets, and deletes it. Spot nodes have a taint of AKS's own: it is in `taints`,
    and pods tolerate it.
    """

    pool_name: pulumi.Output[str]
    pool_id: pulumi.Output[str]
    labels: pulumi.Output[dict[str, str]]
    taints: pulumi.Output[list[str]]
    gpu_resource: pulumi.Output[str]
    node_selector: pulumi.Output[dict[str, str]]
    offer: pulumi.Output[dict[str, Any]]

    def __init__(
        self,
        name: str,
        args: AksGpuNodePoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AksGpuNodePool", name, args, AksGpuNodePoolArgs.__annotations__)
        pool = read_pool(checks, name, AKS)
        words = read_pool_settings(checks, pool)
        checks.raise_problems()
        assert pool is not None  # noqa: S101 - else there was a problem
        super().__init__("model-serving:index:AksGpuNodePool", name, {}, opts)

        tags = vocabulary.aws(pool.vocabulary)
        # What AKS adds to nodes; said in the request too, it is the same after a refresh.
        added = cloud_taints("aks", pool.capacity, pool.machines[0])
        labels = {**pool.labels, **cloud_labels("aks", pool.capacity, pool.machines[0])}
        taints = [*pool.taint_texts, *added]
        fixed = _fixed(args, pool, words)
        if pool.compact:
            fixed["proximity_placement_group_id"] = self._placement(args, pool, tags).id
        agent_pool = aks.AgentPool(
            f"{name}-nodes",
            agent_pool_name=numbered(name, fixed),
            resource_group_name=args["resource_group"],
            resource_name_=args["cluster_name"],
            mode="User",
            type="VirtualMachineScaleSets",
            os_type="Linux",
            os_sku=_OS[words.os],
            enable_auto_scaling=True,
            count=pool.desired_nodes,
            min_count=pool.min_nodes,
            max_count=pool.max_nodes,
            node_labels=labels,
            node_taints=taints,
            orchestrator_version=words.kubernetes_version,
            enable_fips=words.fips,
            scale_down_mode=words.scale_down.capitalize(),
            security_profile=aks.AgentPoolSecurityProfileArgs(
                enable_secure_boot=words.secure_boot,
                enable_vtpm=words.secure_boot,
                ssh_access="Disabled",
            ),
            upgrade_settings=_upgrades(words, spot=pool.capacity == "spot"),
            tags=tags,
            **fixed,
            opts=pulumi.ResourceOptions(
                parent=self,
                # The provider goes by the name alone, which is given, and would delete first.
                delete_before_replace=False,
                # The autoscaler owns the number.
                ignore_changes=["count"],
            ),
        )

        self.pool_name = agent_pool.name.apply(str)
        self.pool_id = agent_pool.id
        self.labels = pulumi.Output.from_input(labels)
        self.taints = pulumi.Output.from_input(taints)
        self.gpu_resource = pulumi.Output.from_input(pool.sharing.resource)
        self.node_selector = pulumi.Output.from_input(pool.node_selector)
        offer = pool.offer(labels=labels, taints=added)
        self.offer = pulumi.Output.from_input(offer.as_output())
        self.register_outputs(
            {
                "pool_name": self.pool_name,
                "pool_id": self.pool_id,
                "labels": self.labels,
                "taints": self.taints,
                "gpu_resource": self.gpu_resource,
                "node_selector": self.node_selector,
                "offer": self.offer,
            }
        )

    def _placement(
        self, args: AksGpuNodePoolArgs, pool: Pool, tags: dict[str, str]
    ) -> azure.compute.ProximityPlacementGroup:
        """Where there is room for machines of this size, next to each other."""
        return azure.compute.ProximityPlacementGroup(
            f"{pool.name}-placement",
            resource_group_name=args["resource_group"],
            location=args.get("location"),
            proximity_placement_group_type="Standard",
            intent={"vm_sizes": [pool.machines[0].name]},
            zones=list(pool.zones),
            tags=tags,
            # Azure moves no group: another zone has another one.
            opts=pulumi.ResourceOptions(parent=self, replace_on_changes=["zones"]),
        )


def _fixed(args: AksGpuNodePoolArgs, pool: Pool, words: AksPoolSettings) -> dict[str, Any]:
    """What AKS never changes of a pool."""
    spot = pool.capacity == "spot"
    return {
        "vm_size": pool.machines[0].name,
        "availability_zones": list(pool.zones) or None,
        "vnet_subnet_id": args.get("subnet_id"),
        "max_pods": words.max_pods_per_node,
        "os_disk_type": "Ephemeral" if pool.local_ssd else "Managed",
        "os_disk_size_gb": pool.disk_gib,
        "enable_encryption_at_host": words.encryption_at_host,
        "enable_node_public_ip": False,
        "gpu_profile": {"driver": "Install" if pool.driver == "cloud" else "None"},
        # The profile of a part by its compute slices alone.
        "gpu_instance_profile": f"MIG{pool.mig_profile[0]}g" if pool.mig_profile else None,
        "scale_set_priority": "Spot" if spot else "Regular",
        "scale_set_eviction_policy": "Delete" if spot else None,
        "spot_max_price": words.spot_max_price if spot else None,
        "capacity_reservation_group_id": pool.reservation,
        "kubelet_config": _ALIGNED if words.numa_aligned else None,
        "linux_os_config": {"sysctls": words.sysctls} if words.sysctls else None,
    }


def _upgrades(words: AksPoolSettings, *, spot: bool) -> aks.AgentPoolUpgradeSettingsArgs:
    """AKS takes neither number for spot nodes.

    https://learn.microsoft.com/azure/aks/upgrade-aks-node-pools-rolling
    """
    in_place = words.max_surge in {"0", "0%"}
    return aks.AgentPoolUpgradeSettingsArgs(
        max_surge=None if spot else words.max_surge,
        max_unavailable="1" if in_place and not spot else None,
        drain_timeout_in_minutes=words.drain_timeout_minutes,
    )
