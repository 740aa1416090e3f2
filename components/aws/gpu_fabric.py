"""Machines that work as one: near each other, and joined by EFA."""

import pulumi
import pulumi_aws as aws

__all__ = ["fabric_group", "placement_group"]


def placement_group(parent: pulumi.Resource, name: str, tags: dict[str, str]) -> pulumi.Output[str]:
    """A group whose machines are next to each other, in one zone; its name."""
    group = aws.ec2.PlacementGroup(
        f"{name}-placement",
        strategy="cluster",
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return group.name


def fabric_group(
    parent: pulumi.Resource, name: str, vpc_id: pulumi.Output[str], tags: dict[str, str]
) -> pulumi.Output[str]:
    """Who is in it speaks with who is in it, by anything: EFA knows no ports.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-start.html#efa-start-security
    """
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-efa",
        vpc_id=vpc_id,
        description=f"EFA between the machines of node pool {name}",
        tags=tags,
        opts=child,
    )
    for rule, direction in (
        (aws.vpc.SecurityGroupIngressRule, "from"),
        (aws.vpc.SecurityGroupEgressRule, "to"),
    ):
        rule(
            f"{name}-efa-{direction}-itself",
            security_group_id=group.id,
            referenced_security_group_id=group.id,
            description=f"EFA {direction} the machines of the pool",
            ip_protocol="-1",
            tags=tags,
            opts=child,
        )
    return group.id
