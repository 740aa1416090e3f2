"""A managed group of GPU machines in an Amazon EKS cluster."""

from collections.abc import Mapping
from typing import Any, Final, NotRequired, TypedDict, cast

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.checks import Checks
from components.serving import check_name
from facts import tags as vocabulary
from facts.accelerators import ACCELERATORS, EC2_GPU_INSTANCE_TYPES, GPU, PRODUCT_LABEL

_POOL_LABEL: Final = "model-serving/node-pool"
_TAINT_EFFECTS: Final = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}
# Exactly what a node needs to join, to pull images and to give pods addresses.
# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
_NODE_POLICIES: Final = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
    "network": "AmazonEKS_CNI_Policy",
}
# https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/cloudprovider/aws/README.md
_AUTOSCALER_TAG: Final = "k8s.io/cluster-autoscaler"
# The root disk of the AL2023 images.
_ROOT_DEVICE: Final = "/dev/xvda"
# A container image with CUDA and a language model's server needs 20 to 30 GiB, twice for a rollout.
_DEFAULT_DISK_GIB: Final = 100


class EksGpuNodePoolArgs(TypedDict):
    """Flat arguments of `EksGpuNodePool`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    cluster_name: pulumi.Input[str]
    """EKS cluster that the machines join."""
    subnet_ids: list[pulumi.Input[str]]
    """Private subnets, one per zone that the pool may use."""
    accelerator: str
    """Kind of GPU, by its name in facts/accelerators.py, such as `nvidia-l4`."""
    instance_types: NotRequired[list[str]]
    """EC2 instance types in order of preference, all with as many GPUs. Default: the
    accelerator's smallest."""
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
    capacity: NotRequired[str]
    """on_demand or spot. Default: on_demand."""
    labels: NotRequired[dict[str, str]]
    """Further node labels. Default: none."""
    taints: NotRequired[list[str]]
    """Taints as `key=value:Effect`. Default: nvidia.com/gpu=present:NoSchedule."""
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

    node_group_name: pulumi.Output[str]
    node_role_arn: pulumi.Output[str]
    labels: pulumi.Output[dict[str, str]]
    taints: pulumi.Output[list[str]]
    autoscaling_group_name: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: EksGpuNodePoolArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("EksGpuNodePool", name, args, EksGpuNodePoolArgs.__annotations__)
        check_name(checks, name)
        checks.text("cluster_name")
        if not args.get("subnet_ids"):
            checks.problem("subnet_ids", args.get("subnet_ids"), "at least one private subnet")
        accelerator = checks.choice("accelerator", "", ACCELERATORS)
        if not checks.given("accelerator"):
            checks.problem("accelerator", None, f"one of {', '.join(sorted(ACCELERATORS))}")
        instance_types = _instance_types(checks, accelerator)
        min_nodes = checks.whole("min_nodes", 0, 0, 450)
        max_nodes = checks.whole("max_nodes", max(1, min_nodes), 1, 450)
        if max_nodes < min_nodes:
            checks.problem("max_nodes", max_nodes, f"at least min_nodes ({min_nodes})")
        desired_nodes = checks.whole(
            "desired_nodes", min_nodes, min_nodes, max(min_nodes, max_nodes)
        )
        disk_gib = checks.whole("disk_gib", _DEFAULT_DISK_GIB, 30, 16_384)
        capacity = checks.choice("capacity", "on_demand", ("on_demand", "spot"))
        taints = _taints(checks)
        checks.optional_text("kubernetes_version", r"1\.\d+", "a minor version such as 1.34")
        labels = {
            **checks.mapping("labels"),
            _POOL_LABEL: name,
            PRODUCT_LABEL: ACCELERATORS[accelerator].kubernetes_label if accelerator else "",
        }
        environment = checks.plain("environment", "")
        tags = vocabulary.aws(
            checks.mapping("tags") | ({vocabulary.ENVIRONMENT: environment} if environment else {})
        )
        checks.raise_problems()
        super().__init__("model-serving:index:EksGpuNodePool", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        lookup = pulumi.InvokeOptions(parent=self)

        partition = aws.get_partition_output(opts=lookup).partition
        role = aws.iam.Role(
            f"{name}-role",
            description=f"What the machines of node pool {name} may do",
            assume_role_policy=iam.trust("ec2.amazonaws.com"),
            tags=tags,
            opts=child,
        )
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-{purpose}-policy",
                role=role.name,
                policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:policy/", policy),
                opts=child,
            )
            for purpose, policy in _NODE_POLICIES.items()
        ]
        cluster = aws.eks.get_cluster_output(name=args["cluster_name"], opts=lookup)
        template = aws.ec2.LaunchTemplate(
            f"{name}-template",
            update_default_version=True,
            metadata_options={
                "http_endpoint": "enabled",
                "http_tokens": "required",
                # One hop ends at the node: a pod without host network cannot reach the role.
                "http_put_response_hop_limit": 1,
            },
            block_device_mappings=[
                {
                    "device_name": _ROOT_DEVICE,
                    "ebs": {
                        "encrypted": "true",
                        "volume_type": "gp3",
                        "volume_size": disk_gib,
                        "delete_on_termination": "true",
                    },
                }
            ],
            network_interfaces=[
                {
                    "device_index": 0,
                    "associate_public_ip_address": "false",
                    "delete_on_termination": "true",
                    # EKS adds none once the template names an interface.
                    "security_groups": [cluster.vpc_config.cluster_security_group_id],
                }
            ],
            tag_specifications=[
                {"resource_type": kind, "tags": {**tags, "Name": name}}
                for kind in ("instance", "volume")
            ],
            tags=tags,
            opts=child,
        )
        group = aws.eks.NodeGroup(
            f"{name}-nodes",
            cluster_name=args["cluster_name"],
            node_role_arn=role.arn,
            subnet_ids=args["subnet_ids"],
            ami_type="AL2023_x86_64_NVIDIA",
            capacity_type=capacity.upper(),
            instance_types=instance_types,
            launch_template={
                "id": template.id,
                "version": template.latest_version.apply(str),
            },
            scaling_config={
                "min_size": min_nodes,
                "max_size": max_nodes,
                "desired_size": desired_nodes,
            },
            labels=labels,
            taints=[
                {"key": key, "value": value, "effect": _TAINT_EFFECTS[effect]}
                for key, value, effect in taints
            ],
            # One machine at a time: GPUs are too scarce for a second fleet.
            update_config={"max_unavailable": 1},
            # A pod disruption budget is waited for, never overruled.
            force_update_version=False,
            node_repair_config={"enabled": True},
            version=args.get("kubernetes_version"),
            tags=tags,
            opts=pulumi.ResourceOptions(
                parent=self,
                # Without its policies a node never joins, and a role is not taken from a live one.
                depends_on=attachments,
                # The autoscaler owns the number of machines.
                ignore_changes=["scalingConfig.desiredSize"],
                hooks=_bounds_hooks(name),
            ),
        )
        autoscaling_group = group.resources[0].autoscaling_groups[0].name
        # EKS tags the group for discovery, but does not say what an absent node would look like.
        for role_name, (key, value) in _template_tags(labels, taints, instance_types).items():
            aws.autoscaling.Tag(
                f"{name}-{role_name}",
                autoscaling_group_name=autoscaling_group,
                tag={"key": key, "value": value, "propagate_at_launch": False},
                opts=child,
            )

        self.node_group_name = group.node_group_name
        self.node_role_arn = role.arn
        self.labels = pulumi.Output.from_input(labels)
        self.taints = pulumi.Output.from_input(
            [f"{key}={value}:{effect}" for key, value, effect in taints]
        )
        self.autoscaling_group_name = autoscaling_group
        self.register_outputs(
            {
                "node_group_name": self.node_group_name,
                "node_role_arn": self.node_role_arn,
                "labels": self.labels,
                "taints": self.taints,
                "autoscaling_group_name": self.autoscaling_group_name,
            }
        )


def _instance_types(checks: Checks, accelerator: str) -> list[str]:
    """The types asked for, all with the pool's accelerator; or the accelerator's smallest."""
    fitting = [t.name for t in EC2_GPU_INSTANCE_TYPES.values() if t.accelerator == accelerator]
    chosen = checks.texts("instance_types", fitting[:1])
    if accelerator:
        for instance_type in chosen:
            if instance_type not in fitting:
                checks.problem(
                    "instance_types",
                    instance_type,
                    f"types that carry {accelerator}: {', '.join(fitting)}",
                )
        counts = {EC2_GPU_INSTANCE_TYPES[t].accelerator_count for t in chosen if t in fitting}
        if len(counts) > 1:
            # It scales from zero by the node-template tags, and there is one set of them.
            checks.problem("instance_types", chosen, "types with as many GPUs as each other")
    return chosen


def _bounds_hooks(name: str) -> pulumi.ResourceHookBinding:
    def before_update(args: pulumi.ResourceHookArgs) -> None:
        refuse_bounds(name, args)

    hook = pulumi.ResourceHook(
        f"{name}-nodes-update", before_update, pulumi.ResourceHookOptions(on_dry_run=True)
    )
    return pulumi.ResourceHookBinding(before_update=[hook])


def refuse_bounds(name: str, args: pulumi.ResourceHookArgs) -> None:
    """Refuse, in a preview too, bounds that leave out the machines which the state holds.

    The number of machines is the autoscaler's, so it is not changed with its bounds, and EKS takes
    no minimum above it and no maximum below it.
    """
    old, new = _scaling(args.old_inputs), _scaling(args.new_inputs)
    nodes = old.get("desiredSize", 0)
    low, high = new.get("minSize", 0), new.get("maxSize", nodes)
    if not low <= nodes <= high:
        raise pulumi.RunError(
            f"{name}: min_nodes {low:g} and max_nodes {high:g} leave out the {nodes:g} machines "
            "that the state holds; EKS refuses that. Run `up --refresh` when the autoscaler has "
            "changed their number; otherwise set it first by `aws eks update-nodegroup-config "
            "--scaling-config desiredSize=…`, then run `up --refresh`"
        )


def _scaling(inputs: Mapping[str, Any] | None) -> Mapping[str, Any]:
    return cast("Mapping[str, Any]", (inputs or {}).get("scalingConfig") or {})


def _taints(checks: Checks) -> list[tuple[str, str, str]]:
    """Key, value and effect of each taint."""
    found: list[tuple[str, str, str]] = []
    for text in checks.texts("taints", [f"{GPU}=present:NoSchedule"]):
        left, _, effect = text.rpartition(":")
        key, _, value = left.partition("=")
        if not key or effect not in _TAINT_EFFECTS:
            checks.problem("taints", text, f"key=value:Effect, Effect {', '.join(_TAINT_EFFECTS)}")
            continue
        found.append((key, value, effect))
    return found


def _template_tags(
    labels: Mapping[str, str], taints: list[tuple[str, str, str]], instance_types: list[str]
) -> dict[str, tuple[str, str]]:
    """Tags by a role that is stable however the lists are ordered."""
    template = f"{_AUTOSCALER_TAG}/node-template"
    first = EC2_GPU_INSTANCE_TYPES[instance_types[0]]
    return {
        "autoscaler-gpus": (f"{template}/resources/{GPU}", str(first.accelerator_count)),
        **{
            f"autoscaler-label-{key}": (f"{template}/label/{key}", value)
            for key, value in labels.items()
        },
        **{
            f"autoscaler-taint-{key}": (f"{template}/taint/{key}", f"{value}:{effect}")
            for key, value, effect in taints
        },
    }
