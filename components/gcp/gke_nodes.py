"""What all nodes of ours on GKE have: an identity that can do little, and no way around it."""

import re
from collections.abc import Sequence
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.gcp.names import account_id

__all__ = ["SCOPES", "hardened", "node_identity", "read_repositories"]

# What a node does by itself: logs, metrics, and the state of its own.
# https://cloud.google.com/kubernetes-engine/docs/how-to/service-accounts#default-gke-service-agent
_NODE_ROLE: Final = "roles/container.defaultNodeServiceAccount"
_IMAGES_ROLE: Final = "roles/artifactregistry.reader"
_REPOSITORY: Final = r"projects/[^/]+/locations/[^/]+/repositories/[^/]+"
# The scope is no limit, the roles are.
# https://cloud.google.com/kubernetes-engine/docs/how-to/access-scopes
SCOPES: Final = ("https://www.googleapis.com/auth/cloud-platform",)


def hardened() -> dict[str, Any]:
    """A node's configuration, in pulumi-gcp's words, with nothing in it that helps an intruder."""
    return {
        "image_type": "COS_CONTAINERD",
        "shielded_instance_config": {
            "enable_secure_boot": True,
            "enable_integrity_monitoring": True,
        },
        # Pods get tokens of their own identity, never the node's.
        "workload_metadata_config": {"mode": "GKE_METADATA"},
        "metadata": {"disable-legacy-endpoints": "true"},
        "kubelet_config": {"insecure_kubelet_readonly_port_enabled": "FALSE"},
        "oauth_scopes": list(SCOPES),
    }


def read_repositories(checks: Checks) -> list[str]:
    """The argument `image_repositories`."""
    repositories = checks.texts("image_repositories", [])
    for repository in repositories:
        if not re.fullmatch(_REPOSITORY, repository):
            use = "projects/…/locations/…/repositories/…"
            checks.problem("image_repositories", repository, use)
    return repositories


def node_identity(
    name: str,
    *,
    project: pulumi.Input[str],
    repositories: Sequence[str],
    parent: pulumi.Resource,
) -> tuple[pulumi.Output[str], list[pulumi.Resource]]:
    """A service account of nodes, by its email, and its grants.

    Args:
        name: of the component whose nodes they are.
        project: of the cluster.
        repositories: Artifact Registry repositories that it pulls from; none: all of the project.
        parent: component of which it is a child.
    """
    child = pulumi.ResourceOptions(parent=parent)
    account = gcp.serviceaccount.Account(
        f"{name}-node",
        account_id=account_id(name),
        display_name=f"What the machines of {name} may do",
        project=project,
        # By its own name it cannot be there twice.
        opts=pulumi.ResourceOptions(parent=parent, delete_before_replace=True),
    )
    member = account.member
    grants: list[pulumi.Resource] = [
        gcp.projects.IAMMember(
            f"{name}-node-role", project=project, role=_NODE_ROLE, member=member, opts=child
        )
    ]
    if not repositories:
        grants.append(
            gcp.projects.IAMMember(
                f"{name}-node-images", project=project, role=_IMAGES_ROLE, member=member, opts=child
            )
        )
    for repository in repositories:
        _, owner, _, location, _, short = repository.split("/")
        grants.append(
            gcp.artifactregistry.RepositoryIamMember(
                f"{name}-node-images-{repository}",
                project=owner,
                location=location,
                repository=short,
                role=_IMAGES_ROLE,
                member=member,
                opts=child,
            )
        )
    return account.email, grants
