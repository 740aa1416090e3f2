"""Where the logs of a GKE cluster are kept: in Cloud Logging, in a bucket of their own.

Without one they share the project's `_Default` bucket, which keeps them for 30 days under Google's
key. A copy goes on there, unless whoever owns the project excludes it:
https://cloud.google.com/logging/docs/routing/overview
"""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

__all__ = ["kept_logs"]

# https://cloud.google.com/logging/docs/api/v2/resource-list
_RESOURCES: Final = (
    *("gke_cluster", "gke_nodepool", "k8s_cluster", "k8s_container"),
    *("k8s_control_plane_component", "k8s_node", "k8s_pod"),
)


def kept_logs(
    name: str,
    *,
    project: pulumi.Input[str],
    region: str,
    key: pulumi.Input[str],
    days: int,
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> pulumi.Output[str]:
    """A bucket for all logs of the cluster of that name, by its id; it is the sink's alone."""
    bucket = gcp.logging.ProjectBucketConfig(
        f"{name}-logs",
        project=project,
        location=region,
        bucket_id=f"gke-{name}",
        description=f"Logs of GKE cluster {name}",
        retention_days=days,
        cmek_settings={"kms_key_name": key},
        opts=pulumi.ResourceOptions(parent=parent, depends_on=list(after)),
    )
    kinds = " OR ".join(f'"{each}"' for each in _RESOURCES)
    gcp.logging.ProjectSink(
        f"{name}-sink",
        project=project,
        # Within a project a sink may write without a grant.
        destination=pulumi.Output.concat("logging.googleapis.com/", bucket.id),
        filter=(
            f'resource.type=({kinds}) AND resource.labels.cluster_name="{name}"'
            f' AND resource.labels.location="{region}"'
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return bucket.id
