"""A pool of GPU nodes in a Google Kubernetes Engine cluster."""

import dataclasses
from typing import Any, NotRequired, TypedDict, cast

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.cluster import read_version
from components.gcp.gke_gpu_nodes import (
    labels_and_taints,
    network_config,
    node_config,
    upgrade_settings,
)
from components.gcp.gke_nodes import node_identity
from components.gcp.gke_pool_settings import read_location, read_pool_settings
from components.gcp.own_key import check_key
from components.gpu_node_pool import Pool, read_pool
from facts.pools.cloud_marks import cloud_labels, cloud_taints
from facts.pools.groups import COMPUTE_CLASS
from facts.pools.limits import GKE

__all__ = ["GkeGpuNodePool", "GkeGpuNodePoolArgs"]


class GkeGpuNodePoolArgs(TypedDict):
    """Flat arguments of `GkeGpuNodePool`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the labels. Default: not labelled."""
    cluster_name: pulumi.Input[str]
    """GKE cluster that the nodes join; it has pools, so it is not of Autopilot."""
    project: pulumi.Input[str]
    """Project of the cluster."""
    location: pulumi.Input[str]
    """Region of the cluster, or zone of a zonal one."""
    accelerator: str
    """Kind of GPU, by its name in facts/accelerators.py, such as `nvidia-l4`."""
    accelerator_count: NotRequired[int]
    """GPUs of a node. Default: those of `instance_types`; without any, of the cheapest one."""
    instance_types: NotRequired[list[str]]
    """Machine type that carries them; a pool of GKE has one. Default: the cheapest."""
    zones: NotRequired[list[str]]
    """Zones of the nodes. Default: those of the cluster."""
    min_nodes: NotRequired[int]
    """Fewest nodes in all zones together, 0 allowed. Default: 0."""
    max_nodes: NotRequired[int]
    """Most nodes in all zones together. Default: the larger of 1 and `min_nodes`."""
    desired_nodes: NotRequired[int]
    """Nodes when the pool is made, as many in each zone, rounded up where that is not above
    `max_nodes`; afterwards the autoscaler owns the number. Default: `min_nodes`."""
    disk_gib: NotRequired[int]
    """Size of the boot disk in GiB. Default: 100."""
    disk_type: NotRequired[str]
    """pd-balanced, pd-ssd, pd-standard or hyperdisk-balanced, as the machine can. Default:
    pd-balanced; hyperdisk-balanced on machines that take no other."""
    disk_key: NotRequired[pulumi.Input[str]]
    """Cloud KMS key of the boot disks, which Compute Engine's agent may use. Default: Google's."""
    capacity: NotRequired[str]
    """on_demand, spot, reserved, or flex_start: nodes for up to seven days, from Dynamic Workload
    Scheduler. Default: on_demand."""
    reservation: NotRequired[str]
    """Name of the reservation, or `projects/…/reservations/…` of a shared one, for `reserved`.
    Default: none."""
    queued: NotRequired[bool]
    """With flex_start: nodes come all at once, by ProvisioningRequests alone. Default: false."""
    max_run_seconds: NotRequired[int]
    """With flex_start: how long a node stays, 600 to 604800. Default: seven days."""
    mig_profile: NotRequired[str]
    """Profile by which each GPU is cut into parts, such as `1g.10gb`. Default: whole GPUs."""
    time_slices: NotRequired[int]
    """Pods that take turns on a GPU, or on a part of it, 2 to 48. Default: one has it to itself."""
    driver: NotRequired[str]
    """cloud: GKE installs driver and device plugin; operator: NVIDIA's GPU operator does, on
    Ubuntu without Secure Boot. Default: cloud."""
    interconnect: NotRequired[str]
    """Network between GPUs of several nodes: none, gpudirect_tcpx, gpudirect_tcpxo,
    gpudirect_rdma. Default: none."""
    gpu_networks: NotRequired[list[pulumi.Input[str]]]
    """Networks of the GPUs' interfaces, for a cluster with `multi_networking`: 4 for TCPX, 8 for
    TCPXO; for RDMA one for the host, then one per GPU. Default: GKE makes them, from 1.34.1 on."""
    gpu_subnetworks: NotRequired[list[pulumi.Input[str]]]
    """Their subnets, in the same order. Default: none."""
    placement: NotRequired[str]
    """compact puts the nodes next to each other, in one zone; or spread. Default: spread."""
    placement_policy: NotRequired[pulumi.Input[str]]
    """With compact: name of a resource policy of one's own. Default: GKE makes one."""
    local_ssd: NotRequired[bool]
    """Whether images and what pods fetch lie on the machine's own SSDs; machines that come with
    some always use them so. Default: false."""
    image_streaming: NotRequired[bool]
    """Whether containers start before their image is there in whole. Default: false."""
    image_cache_disks: NotRequired[list[str]]
    """Disk images with container images, which every node has from its start; they need
    `image_streaming`. Default: none."""
    data_disks: NotRequired[list[str]]
    """Disk images with data such as weights, which every node has below
    /mnt/disks/gke-secondary-disks. Default: none."""
    node_repair: NotRequired[bool]
    """Whether GKE replaces nodes that are not healthy; never those of flex_start. Default: true."""
    upgrade: NotRequired[str]
    """How GKE replaces nodes: drain_first one by one, with an extra_node, or blue_green with as
    many again. Default: drain_first, as GPUs are scarce."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version of the nodes when the pool is made, such as `1.34`; upgrades are the
    release channel's. Default: the control plane's."""
    max_pods_per_node: NotRequired[int]
    """Pods of a node, 8 to 256, which decides how many addresses it takes. Default: the
    cluster's."""
    numa_aligned: NotRequired[bool]
    """Whether a pod's cores, memory and GPUs are of one side of the machine. Default: false."""
    sysctls: NotRequired[dict[str, str]]
    """Kernel parameters of the nodes. Default: GKE's."""
    hugepages_2mib: NotRequired[int]
    """Pages of 2 MiB that each node sets aside. Default: none."""
    periodic_maintenance: NotRequired[bool]
    """Whether Compute Engine's maintenance of hosts comes bundled, announced and once a month at
    most, where the machine has that. Default: false, as needed."""
    pool_group: NotRequired[str]
    """Name by which models ask for this pool and those that stand in for it. Default: its own."""
    compute_class: NotRequired[str]
    """ComputeClass that uses the pool (GpuNodeFallback makes one per group): its pods alone come
    here. Default: none."""
    labels: NotRequired[dict[str, str]]
    """Further node labels. Default: none."""
    taints: NotRequired[list[str]]
    """Taints as `key=value:Effect`. Default: nvidia.com/gpu=present:NoSchedule."""
    service_account: NotRequired[pulumi.Input[str]]
    """Email of the nodes' service account, such as the cluster's. Default: one of the pool's own,
    which writes logs and metrics and reads images."""
    image_repositories: NotRequired[list[str]]
    """Artifact Registry repositories that an account of the pool's own reads,
    `projects/…/locations/…/repositories/…`. Default: all of the project."""
    tags: NotRequired[dict[str, str]]
    """Labels of the machines; words of the vocabulary (facts/tags.py), such as owner, get its
    prefix. Default: none."""


class GkeGpuNodePool(pulumi.ComponentResource):
    """Node pool and, unless one is given, the service account of its nodes.

    Nodes have no public address, Secure Boot, and GKE's metadata server: pods cannot take the
    node's identity. What cannot change in place makes a new pool before the old one goes, with as
    many nodes as that once began with; GKE drains the old one, as disruption budgets allow, and the
    autoscaler makes room on the new one. A pool at zero is found by its labels and taints, which
    the autoscaler reads from the pool itself.
    """

    pool_name: pulumi.Output[str]
    labels: pulumi.Output[dict[str, str]]
    taints: pulumi.Output[list[str]]
    gpu_resource: pulumi.Output[str]
    node_selector: pulumi.Output[dict[str, str]]
    autopilot_selector: pulumi.Output[dict[str, str]]
    offer: pulumi.Output[dict[str, Any]]
    node_service_account: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: GkeGpuNodePoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("GkeGpuNodePool", name, args, GkeGpuNodePoolArgs.__annotations__)
        location, region = read_location(checks, args)
        pool = read_pool(checks, name, GKE, region or None)
        for key in ("cluster_name", "project"):
            checks.text(key)
        version = read_version(checks)
        checks.optional_text("service_account", r"[^@]+@[^@]+", "the email of a service account")
        words = read_pool_settings(checks, args, pool, location)
        check_key(checks, "disk_key", args.get("disk_key"), region)
        checks.raise_problems()
        pool = cast("Pool", pool)
        super().__init__("model-serving:index:GkeGpuNodePool", name, {}, opts)

        email, grants = args.get("service_account"), list[pulumi.Resource]()
        if email is None:
            email, grants = node_identity(
                name, project=args["project"], repositories=words.repositories, parent=self
            )
        labels, kept = labels_and_taints(pool, words)
        node = node_config(pool, words, labels, (*pool.taint_texts, *kept)) | {
            "service_account": email,
            "boot_disk_kms_key": args.get("disk_key"),
        }
        nodes = gcp.container.NodePool(
            f"{name}-nodes",
            cluster=args["cluster_name"],
            project=args["project"],
            location=args["location"],
            node_locations=list(pool.zones) or None,
            initial_node_count=words.first_nodes,
            autoscaling={
                "total_min_node_count": pool.min_nodes,
                "total_max_node_count": pool.max_nodes,
                # Where there is capacity, unless zones are to be even.
                "location_policy": "BALANCED" if pool.capacity == "on_demand" else "ANY",
            },
            management={
                "auto_repair": pool.node_repair and pool.capacity != "flex_start",
                # Of a release channel, nodes go with the control plane.
                "auto_upgrade": True,
            },
            upgrade_settings=upgrade_settings(words.upgrade),
            node_drain_configs=[{"respect_pdb_during_node_pool_deletion": True}],
            placement_policy=gcp.container.NodePoolPlacementPolicyArgs(
                type="COMPACT", policy_name=args.get("placement_policy")
            )
            if pool.compact
            else None,
            queued_provisioning={"enabled": True} if words.queued else None,
            max_pods_per_node=words.max_pods_per_node,
            network_config=network_config(
                args.get("gpu_networks", []), args.get("gpu_subnetworks", []), words
            ),
            version=version,
            node_config=cast("Any", node),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=grants,
                # The autoscaler owns the number of nodes, the channel their version.
                ignore_changes=["initialNodeCount", "version"],
            ),
        )
        machine = pool.machines[0]
        by_cloud = cloud_labels("gke", pool.capacity, machine)
        tolerated = cloud_taints("gke", pool.capacity, machine, queued=words.queued)
        offer = pool.offer(taints=(*tolerated, *kept), labels={**labels, **by_cloud})
        if words.compute_class:
            by_class = {COMPUTE_CLASS: words.compute_class}
            shared = {**pool.sharing.node_labels, **pool.sharing.cloud_labels}
            offer = dataclasses.replace(offer, selector={**by_class, **shared})

        self.pool_name = nodes.name
        self.labels = pulumi.Output.from_input(offer.labels)
        self.taints = pulumi.Output.from_input(list(offer.taints))
        self.gpu_resource = pulumi.Output.from_input(offer.gpu_resource)
        self.node_selector = pulumi.Output.from_input(offer.selector)
        # For the same pods where there are no pools.
        self.autopilot_selector = pulumi.Output.from_input(
            {**by_cloud, **pool.sharing.cloud_labels}
        )
        self.offer = pulumi.Output.from_input(offer.as_output())
        self.node_service_account = pulumi.Output.from_input(email)
        self.register_outputs(
            {
                "pool_name": self.pool_name,
                "labels": self.labels,
                "taints": self.taints,
                "gpu_resource": self.gpu_resource,
                "node_selector": self.node_selector,
                "autopilot_selector": self.autopilot_selector,
                "offer": self.offer,
                "node_service_account": self.node_service_account,
            }
        )
