"""Monitoring of a Vertex AI endpoint's requests, declared: an endpoint has one such job.

`serving:index:VertexMonitoringJob` is served by the provider in `provider/`; see its README.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.gcp.vertex.vertex_resource import VertexResource, verbatim


class VertexMonitoringJob(VertexResource):
    """`job_id` is what logs know it by."""

    name: pulumi.Output[str]
    job_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str],
        region: pulumi.Input[str],
        endpoint: pulumi.Input[str],
        display_name: pulumi.Input[str],
        deployed_model_ids: Sequence[pulumi.Input[str]],
        baseline_uri: pulumi.Input[str],
        target_field: pulumi.Input[str],
        features: Sequence[str] | None = None,
        threshold: float | None = None,
        interval_hours: int | None = None,
        sample_percent: int | None = None,
        log_days: int | None = None,
        kms_key_name: pulumi.Input[str] | None = None,
        labels: Mapping[str, pulumi.Input[str]] | None = None,
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "project": project,
            "region": region,
            "endpoint": endpoint,
            "display_name": display_name,
            "deployed_model_ids": list(deployed_model_ids),
            "baseline_uri": baseline_uri,
            "target_field": target_field,
            "features": list(features) if features else None,
            "threshold": threshold,
            "interval_hours": interval_hours,
            "sample_percent": sample_percent,
            "log_days": log_days,
            "kms_key_name": kms_key_name,
            "labels": verbatim(labels),
            "timeout_seconds": timeout_seconds,
            "name": None,
            "job_id": None,
        }
        super().__init__("serving:index:VertexMonitoringJob", resource_name, properties, opts)
