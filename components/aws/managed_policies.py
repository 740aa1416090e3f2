"""Policies that AWS itself writes and keeps up to date, on roles of ours."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

__all__ = ["attach_managed"]


def attach_managed(
    role: aws.iam.Role, policies: Mapping[str, str], parent: pulumi.Resource
) -> list[aws.iam.RolePolicyAttachment]:
    """Attach each policy, by its path and name, as the resource that it is keyed by."""
    partition = aws.get_partition_output(opts=pulumi.InvokeOptions(parent=parent)).partition
    return [
        aws.iam.RolePolicyAttachment(
            name,
            role=role.name,
            policy_arn=pulumi.Output.concat("arn:", partition, ":iam::aws:policy/", policy),
            opts=pulumi.ResourceOptions(parent=parent),
        )
        for name, policy in policies.items()
    ]
