"""A managed group of GPU machines in an Amazon EKS cluster."""

import base64
from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from components.aws.autoscaler_tags import autoscaler_tags
from components.aws.eks_gpu_machines import GpuMachine, read_machine
from components.aws.eks_nodes import (
    METADATA_OPTIONS,
    node_role,
    read_policies,
    subnets_in,
    tag_specifications,
)
from components.aws.gpu_fabric import fabric_group, placement_group
from components.aws.node_group_bounds import bounds_hooks
from components.checks import Checks
from components.cluster import read_version
from components.gpu_node_pool import cloud_spelling, read_pool
from facts import tags as vocabulary
from facts.pools.cloud_marks import cloud_labels
from facts.pools.limits import EKS

__all__ = ["EksGpuNodePool", "EksGpuNodePoolArgs"]

_CAPACITY_TYPES: Final = {
    "on_demand": "ON_DEMAND",
    "spot": "SPOT",
    # A reservation is paid for; what runs in it is on demand.
    "reserved": "ON_DEMAND",
    "capacity_block": "CAPACITY_BLOCK",
}
# https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html
_UPGRADES: Final = {"extra_node": None, "drain_first": "MINIMAL"}
# https://docs.aws.amazon.com/eks/latest/userguide/eks-linux-ami-versions.html
_IMAGE: Final = r"\d+\.\d+\.\d+-[0-9a-z]+"


class EksGpuNodePoolArgs(TypedDict):
    """Flat arguments of `EksGpuNodePool`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    cluster_name: pulumi.Input[str]
    """EKS cluster that the machines join."""
    subnet_ids: list[pulumi.Input[str]]
    """Private subnets, one per zone that the pool may use."""
    zones: NotRequired[list[str]]
    """Zones of the nodes, each with one of the subnets. Default: those of all subnets."""
    accelerator: str
    """Kind of GPU, by its name in facts/accelerators.py, such as `nvidia-l4`."""
    accelerator_count: NotRequired[int]
    """GPUs of a node. Default: those of the instance types; without any, of the cheapest one."""
    instance_types: NotRequired[list[str]]
    """EC2 instance types in order of preference, all with as many GPUs. Default: the
    accelerator's cheapest."""
    min_nodes: NotRequired[int]
    """Fewest machines, 0 allowed. Not above the machines that are there: EKS refuses that.
    Default: 0."""
    max_nodes: NotRequired[int]
    """Most machines. Change bounds by `up --refresh`: the provider sends the number of machines
    that the state holds along with them. Default: the larger of 1 and `min_nodes`."""
    desired_nodes: NotRequired[int]
    """Machines when the pool is made; afterwards an autoscaler owns the number. Default:
    `min_nodes`."""
    disk_gib: NotRequired[int]
    """Size of the encrypted root disk in GiB. Default: 100."""
    disk_key: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the disks, which AWSServiceRoleForAutoScaling may use. Default: the
    account's own key for EBS."""
    capacity: NotRequired[str]
    """How the nodes are bought: on_demand, spot, reserved or capacity_block. Default:
    on_demand."""
    reservation: NotRequired[str]
    """Id of the capacity reservation or capacity block (`cr-…`), or ARN of a group of reservations,
    beside which AWS launches on demand. Default: none."""
    mig_profile: NotRequired[str]
    """Profile by which the GPU operator cuts each GPU into parts, such as 1g.10gb. Default: whole
    GPUs."""
    time_slices: NotRequired[int]
    """Pods that take turns on a GPU, or on a part. Default: one pod has it to itself."""
    driver: NotRequired[str]
    """cloud: EKS's image has the driver; NVIDIA's GPU operator brings none here. Default: cloud."""
    interconnect: NotRequired[str]
    """Network between nodes, for models that span several: none or efa. Default: none."""
    placement: NotRequired[str]
    """compact puts the nodes next to each other, in one zone; or spread. Default: spread."""
    local_ssd: NotRequired[bool]
    """Whether images and what pods fetch lie on the machine's own SSDs. Default: false."""
    image_streaming: NotRequired[bool]
    """Whether images are pulled and unpacked in parallel, on a faster root disk unless `local_ssd`;
    EKS starts no container before its image is there. Default: false."""
    node_repair: NotRequired[bool]
    """Whether EKS replaces nodes that are not healthy. Default: true."""
    upgrade: NotRequired[str]
    """How nodes are replaced, one by one: extra_node makes the new one first; drain_first needs no
    machine more. Default: drain_first in a reservation, else extra_node."""
    os: NotRequired[str]
    """al2023 or bottlerocket. Default: al2023."""
    image_version: NotRequired[str]
    """Release of EKS's image, such as `1.34.1-20260105`; another one replaces nodes one by one.
    Default: the newest when the pool is made, and then that."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Further security groups of the nodes, beside the cluster's. Default: none."""
    node_policies: NotRequired[list[str]]
    """ARNs of further IAM policies of the nodes, such as AmazonSSMManagedInstanceCore for sessions
    on them. Default: none."""
    pool_group: NotRequired[str]
    """Name by which models ask for this pool and for those that stand in for it. Default: the
    pool's name."""
    labels: NotRequired[dict[str, str]]
    """Further node labels. Default: none."""
    taints: NotRequired[list[str]]
    """Taints as `key=value:Effect`. The cluster's own pods on every node tolerate all of them,
    NVIDIA's those that they are told. Default: nvidia.com/gpu=present:NoSchedule."""
    kubernetes_version: NotRequired[str]
    """Kubernetes minor version of the machines, such as `1.34`. Default: the cluster's."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class EksGpuNodePool(pulumi.ComponentResource):
    """Launch template, node role, node group and the tags that let it grow from zero.

    Machines have no public address, encrypted disks and IMDSv2 with one hop: pods cannot take the
    node's role, they have to use Pod Identity or IRSA. Unhealthy machines are replaced by EKS.
    """

    pool_name: pulumi.Output[str]
    labels: pulumi.Output[dict[str, str]]
    taints: pulumi.Output[list[str]]
    gpu_resource: pulumi.Output[str]
    node_selector: pulumi.Output[dict[str, str]]
    offer: pulumi.Output[dict[str, Any]]
    node_group_name: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    autoscaling_group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EksGpuNodePoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("EksGpuNodePool", name, args, EksGpuNodePoolArgs.__annotations__)
        checks.text("cluster_name")
        if not args.get("subnet_ids"):
            checks.problem("subnet_ids", args.get("subnet_ids"), "at least one private subnet")
        read = read_machine(checks, read_pool(checks, name, EKS), args)
        version = read_version(checks)
        checks.optional_text("image_version", _IMAGE, "a release, such as 1.34.1-20260105")
        policies = read_policies(checks)
        upgrade = checks.choice(
            "upgrade", "drain_first" if checks.given("reservation") else "extra_node", _UPGRADES
        )
        checks.raise_problems()
        machine = cast("GpuMachine", read)
        super().__init__("model-serving:index:EksGpuNodePool", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)
        pool = machine.pool
        tags = vocabulary.aws(pool.vocabulary)
        labels = {**pool.labels, **cloud_labels("eks", pool.capacity, pool.machines[0])}

        role, attachments = node_role(
            name, of=f"node pool {name}", tags=tags, parent=self, further=policies
        )
        cluster = aws.eks.get_cluster_output(name=args["cluster_name"], opts=lookup)
        group = cluster.vpc_config.cluster_security_group_id
        fabric = [fabric_group(self, name, cluster.vpc_config.vpc_id, tags)] if machine.efa else []
        user_data = machine.user_data()
        template = aws.ec2.LaunchTemplate(
            f"{name}-template",
            update_default_version=True,
            metadata_options=METADATA_OPTIONS,
            block_device_mappings=machine.disks(args.get("disk_key")),
            network_interfaces=machine.interfaces(
                [group, *args.get("security_group_ids", [])], fabric
            ),
            user_data=base64.b64encode(user_data.encode()).decode() if user_data else None,
            placement={"group_name": placement_group(self, name, tags)} if pool.compact else None,
            **_reservation(machine),
            tag_specifications=tag_specifications(name, tags),
            tags=tags,
            opts=child,
        )
        nodes = aws.eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=_subnets(args, pool.zones, lookup),
            ami_type=machine.ami_type,
            capacity_type=_CAPACITY_TYPES[pool.capacity],
            # A capacity block's type is in the template, and then nowhere else.
            instance_types=(
                None if pool.capacity == "capacity_block" else [m.name for m in pool.machines]
            ),
            launch_template={
                "id": template.id,
                "version": template.latest_version.apply(str),
            },
            scaling_config={
                "min_size": pool.min_nodes,
                "max_size": pool.max_nodes,
                "desired_size": pool.desired_nodes,
            },
            labels=labels,
            taints=cloud_spelling(pool.taints),
            # One machine at a time: GPUs are too scarce for a second fleet.
            update_config={"max_unavailable": 1, "update_strategy": _UPGRADES[upgrade]},
            # A pod disruption budget is waited for, never overruled.
            force_update_version=False,
            node_repair_config={"enabled": pool.node_repair},
            version=version,
            release_version=args.get("image_version"),
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Without its policies a node never joins, and a role is not taken from a live one.
                depends_on=attachments,
                # The autoscaler owns the number of machines.
                ignore_changes=["scalingConfig.desiredSize"],
                hooks=bounds_hooks(name),
            ),
        )
        autoscaling_group = nodes.resources[0].autoscaling_groups[0].name
        autoscaler_tags(name, autoscaling_group, machine, labels, self)

        self.pool_name = nodes.node_group_name
        self.labels = pulumi.Output.from_input(labels)
        self.taints = pulumi.Output.from_input(pool.taint_texts)
        self.gpu_resource = pulumi.Output.from_input(pool.sharing.resource)
        self.node_selector = pulumi.Output.from_input(pool.node_selector)
        self.offer = pulumi.Output.from_input(pool.offer(labels=labels).as_output())
        self.node_group_name = nodes.node_group_name
        self.node_role_arn = role.arn
        self.autoscaling_group_name = autoscaling_group
        self.register_outputs(
            {
                "pool_name": self.pool_name,
                "labels": self.labels,
                "taints": self.taints,
                "gpu_resource": self.gpu_resource,
                "node_selector": self.node_selector,
                "offer": self.offer,
                "node_group_name": self.node_group_name,
                "node_role_arn": self.node_role_arn,
                "autoscaling_group_name": self.autoscaling_group_name,
            }
        )


def _reservation(machine: GpuMachine) -> dict[str, Any]:
    """What of a launch template makes machines run in a reservation.

    https://docs.aws.amazon.com/eks/latest/userguide/capacity-blocks-mng.html
    """
    pool = machine.pool
    if pool.reservation is None:
        return {}
    is_group = pool.reservation.startswith("arn:")
    key = "capacity_reservation_resource_group_arn" if is_group else "capacity_reservation_id"
    target = {"capacity_reservation_target": {key: pool.reservation}}
    if pool.capacity != "capacity_block":
        return {"capacity_reservation_specification": target}
    return {
        "capacity_reservation_specification": target,
        "instance_market_options": {"market_type": "capacity-block"},
        "instance_type": pool.machines[0].name,
    }


def _subnets(
    args: EksGpuNodePoolArgs, zones: Sequence[str], lookup: pulumi.InvokeOptions
) -> Sequence[pulumi.Input[str]] | pulumi.Output[list[str]]:
    """The subnets in these zones, or all of them."""
    if not zones:
        return args["subnet_ids"]
    subnets = [aws.ec2.get_subnet_output(id=each, opts=lookup) for each in args["subnet_ids"]]
    found = [pulumi.Output.all(each.id, each.availability_zone) for each in subnets]

    return pulumi.Output.all(*found).apply(lambda known: subnets_in(zones, known))
