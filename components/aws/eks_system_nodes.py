"""The machines of an EKS cluster's own pods."""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.eks_nodes import (
    METADATA_OPTIONS,
    NODE_POLICIES,
    is_arm,
    node_role,
    private_interface,
    root_disk,
    tag_specifications,
)
from components.cluster import ClusterSettings
from facts import tags as vocabulary

__all__ = ["system_nodes"]

_DISK_GIB: Final = 50


def system_nodes(
    parent: pulumi.Resource,
    cluster: aws.eks.Cluster,
    settings: ClusterSettings,
    subnet_ids: Sequence[pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
) -> aws.eks.NodeGroup:
    """Machines without taints, as many as were asked for: no autoscaler owns them."""
    name = f"{settings.name}-system"
    tags = vocabulary.aws(settings.vocabulary)
    # The add-on gives pods their addresses by a role of its own.
    purposes = {key: policy for key, policy in NODE_POLICIES.items() if key != "network"}
    role, rights = node_role(
        name, of=f"EKS cluster {settings.name}", tags=tags, parent=parent, purposes=purposes
    )
    group = cluster.vpc_config.cluster_security_group_id
    template = aws.ec2.LaunchTemplate(
        f"{name}-template",
        update_default_version=True,
        metadata_options=METADATA_OPTIONS,
        block_device_mappings=[root_disk("/dev/xvda", _DISK_GIB)],
        network_interfaces=[private_interface([group])],
        tag_specifications=tag_specifications(name, tags),
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    kind = "ARM_64" if is_arm(settings.system_instance_type) else "x86_64"
    return aws.eks.NodeGroup(
        f"{name}-nodes",
        cluster_name=cluster.name,
        node_role_arn=role.arn,
        subnet_ids=subnet_ids,
        ami_type=f"AL2023_{kind}_STANDARD",
        instance_types=[settings.system_instance_type],
        launch_template={"id": template.id, "version": template.latest_version.apply(str)},
        scaling_config={
            "min_size": settings.system_nodes,
            "max_size": settings.system_nodes,
            "desired_size": settings.system_nodes,
        },
        update_config={"max_unavailable": 1},
        node_repair_config={"enabled": True},
        # Nodes follow the control plane, which is upgraded first.
        version=cluster.version,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[*rights, *after]),
    )
