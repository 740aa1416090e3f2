"""What all machines of an EKS cluster have in common: role, disk, metadata service."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.managed_policies import attach_managed
from components.checks import Checks

__all__ = [
    "METADATA_OPTIONS",
    "NODE_POLICIES",
    "Speed",
    "is_arm",
    "node_role",
    "private_interface",
    "read_policies",
    "root_disk",
    "subnets_in",
    "tag_specifications",
]

# Exactly what a node needs to join, to pull images and to give pods addresses.
# https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
NODE_POLICIES: Final = {
    "worker": "AmazonEKSWorkerNodePolicy",
    "registry": "AmazonEC2ContainerRegistryPullOnly",
    "network": "AmazonEKS_CNI_Policy",
}
METADATA_OPTIONS: Final[aws.ec2.LaunchTemplateMetadataOptionsArgsDict] = {
    "http_endpoint": "enabled",
    "http_tokens": "required",
    # One hop ends at the node: a pod without host network cannot reach the role.
    "http_put_response_hop_limit": 1,
}
_POLICY_ARN: Final = r"arn:[a-z-]+:iam::(?:aws|\d{12}):policy/.+"
# Graviton's families have a `g` behind their generation; so has `p6e-gb200`, which has Grace.
# https://docs.aws.amazon.com/ec2/latest/instancetypes/instance-type-names.html
_ARM: Final = re.compile(r"[a-z]+\d+g[a-z]*(-\w+)?\..+|g5g\..+|p6e-gb\d+\..+")


def is_arm(instance_type: str) -> bool:
    """Whether machines of this type have ARM processors."""
    return bool(_ARM.fullmatch(instance_type))


def node_role(
    name: str,
    *,
    of: str,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
    purposes: Mapping[str, str] = NODE_POLICIES,
    further: Sequence[str] = (),
) -> tuple[aws.iam.Role, list[aws.iam.RolePolicyAttachment]]:
    """The role `<name>-role` of machines: AWS's own policies by purpose, further ones by ARN."""
    child = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        f"{name}-role",
        description=f"What the machines of {of} may do",
        assume_role_policy=iam.trust("ec2.amazonaws.com"),
        tags=tags,
        opts=child,
    )
    managed = {f"{name}-{purpose}-policy": policy for purpose, policy in purposes.items()}
    attachments = attach_managed(role, managed, parent)
    attachments += [
        aws.iam.RolePolicyAttachment(
            f"{name}-node-policy-{arn.rpartition('/')[2]}",
            role=role.name,
            policy_arn=arn,
            opts=child,
        )
        for arn in further
    ]
    return role, attachments


def read_policies(checks: Checks) -> list[str]:
    """`node_policies`, each with a name of its own."""
    arns = checks.texts("node_policies", [])
    names = [arn.rpartition("/")[2] for arn in arns]
    for arn, name in zip(arns, names, strict=True):
        if not re.fullmatch(_POLICY_ARN, arn) or names.count(name) > 1:
            checks.problem("node_policies", arn, "ARNs of IAM policies of different names")
    return arns


@dataclass(frozen=True, slots=True)
class Speed:
    """Of a gp3 volume, beyond its usual 3,000 operations and 125 MiB a second."""

    iops: int
    throughput_mib: int


def root_disk(
    device: str,
    size_gib: int,
    key_arn: pulumi.Input[str] | None = None,
    speed: Speed | None = None,
) -> Any:  # noqa: ANN401 - a nested input of the SDK
    """An encrypted disk that goes with its machine, by the account's own key unless one is given.

    The key's policy has to let the role AWSServiceRoleForAutoScaling use it.
    https://docs.aws.amazon.com/autoscaling/ec2/userguide/key-policy-requirements-EBS-encryption.html
    """
    disk: dict[str, Any] = {
        "encrypted": "true",
        "volume_type": "gp3",
        "volume_size": size_gib,
        "delete_on_termination": "true",
    }
    if speed is not None:
        disk |= {"iops": speed.iops, "throughput": speed.throughput_mib}
    if key_arn is not None:
        disk["kms_key_id"] = key_arn
    return {"device_name": device, "ebs": disk}


def private_interface(groups: Sequence[pulumi.Input[str]]) -> Any:  # noqa: ANN401 - a nested input
    """The first of a machine, which has no public address.

    EKS adds no group to these once a launch template names an interface.
    """
    return {
        "device_index": 0,
        "associate_public_ip_address": "false",
        "delete_on_termination": "true",
        "security_groups": list(groups),
    }


def tag_specifications(name: str, tags: Mapping[str, str]) -> list[Any]:
    """What a launch template tags machines and their disks with."""
    return [
        {"resource_type": kind, "tags": {**tags, "Name": name}} for kind in ("instance", "volume")
    ]


def subnets_in(zones: Sequence[str], known: Sequence[Sequence[str]]) -> list[str]:
    """The subnets in these zones; `known` are pairs of subnet and zone.

    Raises:
        pulumi.RunError: A zone has no subnet, which only AWS can tell.
    """
    having = {zone for _, zone in known}
    for zone in zones:
        if zone not in having:
            use = f"zones that have a subnet: {', '.join(sorted(having))}"
            raise pulumi.RunError(f"zones: got {zone!r}; use {use}")
    return [subnet for subnet, zone in known if zone in zones]
