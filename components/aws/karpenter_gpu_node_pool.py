"""A pool of GPU machines that Karpenter makes as pods ask for them, in an Amazon EKS cluster."""

import dataclasses
import re
from collections.abc import Sequence
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from components.aws.eks_gpu_machines import GpuMachine, read_machine
from components.aws.eks_nodes import node_role, read_policies
from components.aws.gpu_fabric import fabric_group, placement_group
from components.aws.karpenter_objects import (
    disk,
    machine_fields,
    read_disruption,
    requirements,
)
from components.checks import Checks
from components.gpu_node_pool import Pool, read_pool
from components.kubernetes.objects import KubernetesObject, Manifest, manifest
from facts import tags as vocabulary
from facts.pools.limits import KARPENTER

__all__ = ["KarpenterGpuNodePool", "KarpenterGpuNodePoolArgs"]

_POOL_API: Final = "karpenter.sh/v1"
_CLASS_GROUP: Final = "karpenter.k8s.aws"
_CLASS: Final = "EC2NodeClass"
# A pool is gone when its machines are drained, and models take their time.
_DRAINED: Final = pulumi.CustomTimeouts(delete="1h")
_VERSION: Final = r"latest|v\d{8}|v?\d+\.\d+\.\d+"
# In the order in which Karpenter tries them, whatever the order in which they are said.
# https://karpenter.sh/docs/concepts/nodepools/#capacity-type
_CAPACITY_TYPES: Final = {
    "reserved": "reserved",
    "capacity_block": "reserved",
    "spot": "spot",
    "on_demand": "on-demand",
}
# A capacity block has a kind of its own, which nothing else has.
_FALLBACKS: Final[dict[str, tuple[str, ...]]] = {
    "reserved": ("spot", "on_demand"),
    "capacity_block": (),
    "spot": ("on_demand",),
    "on_demand": (),
}


class KarpenterGpuNodePoolArgs(TypedDict):
    """Flat arguments of `KarpenterGpuNodePool`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    cluster_name: pulumi.Input[str]
    """EKS cluster that the machines join; Karpenter runs there, and IAM's access entries count."""
    subnet_ids: list[pulumi.Input[str]]
    """Private subnets, one per zone that the pool may use."""
    zones: NotRequired[list[str]]
    """Zones of the nodes, each with one of the subnets. Default: those of all subnets."""
    accelerator: str
    """Kind of GPU, by its name in facts/accelerators.py, such as `nvidia-l4`."""
    accelerator_count: NotRequired[int]
    """GPUs of a node. Default: those of the instance types; without any, of the cheapest one."""
    instance_types: NotRequired[list[str]]
    """EC2 instance types, of which Karpenter takes the cheapest that holds the pods; all with as
    many GPUs. Default: all that carry as many of the accelerator."""
    min_nodes: NotRequired[int]
    """0 alone: Karpenter makes nodes for pods. Default: 0."""
    max_nodes: NotRequired[int]
    """Most machines. Default: 1."""
    desired_nodes: NotRequired[int]
    """0 alone. Default: 0."""
    disk_gib: NotRequired[int]
    """Size of the encrypted root disk in GiB. Default: 100."""
    disk_key: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of the disks, which Karpenter's role may use. Default: the account's own
    key for EBS."""
    capacity: NotRequired[str]
    """How the nodes are bought: on_demand, spot, reserved or capacity_block. Default:
    on_demand."""
    capacity_fallbacks: NotRequired[list[str]]
    """What is bought when there is none of that, spot before on_demand. Default: on_demand beside
    spot, else nothing."""
    reservation: NotRequired[str]
    """Id of the capacity reservation or capacity block (`cr-…`). Default: none."""
    mig_profile: NotRequired[str]
    """Refused: Karpenter knows GPUs in whole alone. Default: whole GPUs."""
    time_slices: NotRequired[int]
    """Refused: Karpenter knows GPUs in whole alone. Default: one pod has it to itself."""
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
    """Refused: Karpenter's feature gate NodeRepair decides for all pools. Default: as that says."""
    os: NotRequired[str]
    """al2023 or bottlerocket. Default: al2023."""
    image_version: NotRequired[str]
    """Version of EKS's image, such as `v20260105`; another one replaces nodes one by one.
    Default: latest, as soon as it is there."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Further security groups of the nodes, beside the cluster's. Default: none."""
    node_policies: NotRequired[list[str]]
    """ARNs of further IAM policies of the nodes, such as AmazonSSMManagedInstanceCore for sessions
    on them. Default: none."""
    pool_group: NotRequired[str]
    """Name by which models ask for this pool and for those that stand in for it. Default: the
    pool's name."""
    weight: NotRequired[int]
    """Which of several pools that fit is used first, the highest from 1 to 100. Default: 0."""
    consolidation: NotRequired[str]
    """when_empty takes nodes that no pod of a model is on; when_underused moves pods to fewer
    or cheaper nodes too. Default: when_empty."""
    consolidate_after_seconds: NotRequired[int]
    """How long a node is like that before. Default: 600."""
    expire_after_hours: NotRequired[int]
    """Age at which a node is drained and replaced, whatever runs on it; 0: never. Default: 720."""
    labels: NotRequired[dict[str, str]]
    """Further node labels. Default: none."""
    taints: NotRequired[list[str]]
    """Taints as `key=value:Effect`. The cluster's own pods on every node tolerate all of them,
    NVIDIA's those that they are told. Default: nvidia.com/gpu=present:NoSchedule."""
    kubernetes_version: NotRequired[str]
    """Refused: nodes have the cluster's version. Default: the cluster's."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


class KarpenterGpuNodePool(pulumi.ComponentResource):
    """NodePool and EC2NodeClass, and the role by which their machines join the cluster.

    Machines have no public address, encrypted disks and IMDSv2 with one hop. What changes here
    replaces them one at a time, the new one first.
    """

    pool_name: pulumi.Output[str]
    labels: pulumi.Output[dict[str, str]]
    taints: pulumi.Output[list[str]]
    gpu_resource: pulumi.Output[str]
    node_selector: pulumi.Output[dict[str, str]]
    offer: pulumi.Output[dict[str, Any]]
    node_role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: KarpenterGpuNodePoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks(
            "KarpenterGpuNodePool", name, args, KarpenterGpuNodePoolArgs.__annotations__
        )
        checks.text("cluster_name")
        if not args.get("subnet_ids"):
            checks.problem("subnet_ids", args.get("subnet_ids"), "at least one private subnet")
        read = read_machine(checks, read_pool(checks, name, KARPENTER), args, "karpenter")
        capacity_types = _capacity_types(checks, read)
        image_version = checks.plain("image_version", "latest")
        if not re.fullmatch(_VERSION, image_version):
            checks.problem("image_version", image_version, "latest, or one such as v20260105")
        policies = read_policies(checks)
        weight = checks.whole("weight", 0, 1, 100)
        disruption = read_disruption(checks)
        hours = checks.whole("expire_after_hours", 720, 0, 24 * 365)
        checks.raise_problems()
        machine = cast("GpuMachine", read)
        super().__init__("model-serving:index:KarpenterGpuNodePool", name, {}, opts)
        lookup = pulumi.InvokeOptions(parent=self)
        pool = machine.pool
        tags = vocabulary.aws(pool.vocabulary)
        words = vocabulary.kubernetes(pool.vocabulary)

        role, joined = _join(self, name, args["cluster_name"], tags, policies)
        profile = aws.iam.InstanceProfile(
            f"{name}-profile",
            role=role.name,
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=joined),
        )
        network = aws.eks.get_cluster_output(name=args["cluster_name"], opts=lookup).vpc_config
        groups = [network.cluster_security_group_id, *args.get("security_group_ids", [])]
        if machine.efa:
            groups.append(fabric_group(self, name, network.vpc_id, tags))
        class_spec: Manifest = {
            "amiSelectorTerms": [{"alias": f"{machine.os}@{image_version}"}],
            # Karpenter needs no right to make one, nor an endpoint of IAM, which VPCs have not.
            "instanceProfile": profile.name,
            "subnetSelectorTerms": [{"id": each} for each in args["subnet_ids"]],
            "securityGroupSelectorTerms": [{"id": each} for each in groups],
            "associatePublicIPAddress": False,
            "metadataOptions": {
                "httpEndpoint": "enabled",
                "httpTokens": "required",
                "httpPutResponseHopLimit": 1,
            },
            "blockDeviceMappings": [disk(each) for each in machine.disks(args.get("disk_key"))],
            "tags": tags,
            **machine_fields(machine),
        }
        if pool.compact:
            class_spec["placementGroupSelector"] = {"name": placement_group(self, name, tags)}
        node_class = KubernetesObject(
            f"{name}-class",
            manifest(f"{_CLASS_GROUP}/v1", _CLASS, name, None, words, spec=class_spec),
            pulumi.ResourceOptions(parent=self, custom_timeouts=_DRAINED),
        )
        template = {
            "metadata": {"labels": dict(pool.labels)},
            "spec": {
                "nodeClassRef": {"group": _CLASS_GROUP, "kind": _CLASS, "name": name},
                "requirements": requirements(machine, capacity_types),
                "taints": [
                    {"key": key, "value": value, "effect": effect}
                    for key, value, effect in pool.taints
                ],
                "expireAfter": f"{hours}h" if hours else "Never",
            },
        }
        limits = {
            "nodes": str(pool.max_nodes),
            pool.sharing.resource: str(pool.max_nodes * pool.gpus),
        }
        spec = {"template": template, "limits": limits, "disruption": disruption}
        nodes = KubernetesObject(
            f"{name}-pool",
            manifest(
                _POOL_API,
                "NodePool",
                name,
                None,
                words,
                spec=spec | ({"weight": weight} if weight else {}),
            ),
            # Its machines are gone before what they need goes.
            pulumi.ResourceOptions(
                parent=self, depends_on=[node_class, *joined], custom_timeouts=_DRAINED
            ),
        )

        self.pool_name = nodes.metadata.apply(lambda metadata: str(metadata["name"]))
        self.labels = pulumi.Output.from_input(dict(pool.labels))
        self.taints = pulumi.Output.from_input(pool.taint_texts)
        self.gpu_resource = pulumi.Output.from_input(pool.sharing.resource)
        self.node_selector = pulumi.Output.from_input(pool.node_selector)
        self.offer = pulumi.Output.from_input(_offer(pool))
        self.node_role_arn = role.arn
        self.register_outputs(
            {
                "pool_name": self.pool_name,
                "labels": self.labels,
                "taints": self.taints,
                "gpu_resource": self.gpu_resource,
                "node_selector": self.node_selector,
                "offer": self.offer,
                "node_role_arn": self.node_role_arn,
            }
        )


def _offer(pool: Pool) -> dict[str, Any]:
    """Karpenter finds the size that a pod needs, so there is as much as the largest has."""
    largest = max(pool.machines, key=lambda machine: (machine.memory_mib, machine.vcpu))
    return dataclasses.replace(pool, machines=[largest]).offer().as_output()


def _capacity_types(checks: Checks, read: GpuMachine | None) -> list[str]:
    """Karpenter's words for `capacity` and what stands in for it."""
    if read is None:
        return []
    capacity = read.pool.capacity
    usual = ["on_demand"] if capacity == "spot" else []
    fallbacks = checks.texts("capacity_fallbacks", usual)
    allowed = _FALLBACKS[capacity]
    for word in fallbacks:
        if word not in allowed:
            use = " or ".join(allowed) or f"nothing: Karpenter tries nothing after {capacity}"
            checks.problem("capacity_fallbacks", word, use)
    asked = (capacity, *fallbacks)
    return list(dict.fromkeys(kind for word, kind in _CAPACITY_TYPES.items() if word in asked))


def _join(
    parent: pulumi.Resource,
    name: str,
    cluster_name: pulumi.Input[str],
    tags: dict[str, str],
    policies: Sequence[str],
) -> tuple[aws.iam.Role, list[pulumi.Resource]]:
    """The machines' role, and what lets it join: nobody but EKS's node groups does so by itself."""
    role, attachments = node_role(
        name, of=f"node pool {name}", tags=tags, parent=parent, further=policies
    )
    entry = aws.eks.AccessEntry(
        f"{name}-entry",
        cluster_name=cluster_name,
        principal_arn=role.arn,
        type="EC2_LINUX",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return role, [*attachments, entry]
