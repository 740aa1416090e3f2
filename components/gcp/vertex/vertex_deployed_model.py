"""A model deployed to a Vertex AI endpoint, declared: machines, bounds, and no traffic of its own.

`serving:index:VertexDeployedModel` is served by the provider in `provider/`; see its README.
"""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi

from components.gcp.vertex.vertex_resource import VertexResource


class VertexMetricSpec(TypedDict):
    """What replicas are added by."""

    metric_name: str
    """As in `aiplatform.googleapis.com/prediction/online/cpu/utilization`."""
    target: NotRequired[int]
    """Percent, or requests per minute and replica. Default: 60."""


class VertexDeployedModel(VertexResource):
    """`deployed_model_id` is what VertexTrafficSplit names."""

    deployed_model_id: pulumi.Output[str]
    model_version_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str],
        region: pulumi.Input[str],
        endpoint: pulumi.Input[str],
        model: pulumi.Input[str],
        display_name: pulumi.Input[str],
        deployed_model_id: pulumi.Input[str] | None = None,
        machine_type: pulumi.Input[str] | None = None,
        accelerator_type: pulumi.Input[str] | None = None,
        accelerator_count: int | None = None,
        spot: bool | None = None,
        min_replica_count: int | None = None,
        max_replica_count: int | None = None,
        required_replica_count: int | None = None,
        autoscaling_metric_specs: Sequence[VertexMetricSpec] | None = None,
        deployment_resource_pool: pulumi.Input[str] | None = None,
        service_account: pulumi.Input[str] | None = None,
        disable_container_logging: bool | None = None,
        enable_access_logging: bool | None = None,
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "project": project,
            "region": region,
            "endpoint": endpoint,
            "deployed_model_id": deployed_model_id,
            "model": model,
            "display_name": display_name,
            "machine_type": machine_type,
            "accelerator_type": accelerator_type,
            "accelerator_count": accelerator_count,
            "spot": spot,
            "min_replica_count": min_replica_count,
            "max_replica_count": max_replica_count,
            "required_replica_count": required_replica_count,
            "autoscaling_metric_specs": autoscaling_metric_specs,
            "deployment_resource_pool": deployment_resource_pool,
            "service_account": service_account,
            "disable_container_logging": disable_container_logging,
            "enable_access_logging": enable_access_logging,
            "timeout_seconds": timeout_seconds,
            "model_version_id": None,
        }
        super().__init__("serving:index:VertexDeployedModel", resource_name, properties, opts)
