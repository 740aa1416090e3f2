"""A batch prediction of Vertex AI, declared: made once for its inputs, another one for others.

`serving:index:VertexBatchPredictionJob` is served by the provider in `provider/`; see its README.
"""

from collections.abc import Mapping, Sequence

import pulumi

from components.gcp.vertex.vertex_resource import VertexResource, verbatim


class VertexBatchPredictionJob(VertexResource):
    """`output_location` is the folder or table that the job wrote."""

    name: pulumi.Output[str]
    state: pulumi.Output[str]
    output_location: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str],
        region: pulumi.Input[str],
        display_name: pulumi.Input[str],
        model: pulumi.Input[str],
        instances_format: pulumi.Input[str],
        predictions_format: pulumi.Input[str],
        machine_type: pulumi.Input[str],
        input_uris: Sequence[pulumi.Input[str]] | None = None,
        bigquery_input_uri: pulumi.Input[str] | None = None,
        output_uri: pulumi.Input[str] | None = None,
        bigquery_output_uri: pulumi.Input[str] | None = None,
        accelerator_type: pulumi.Input[str] | None = None,
        accelerator_count: int | None = None,
        starting_replica_count: int | None = None,
        max_replica_count: int | None = None,
        batch_size: int | None = None,
        service_account: pulumi.Input[str] | None = None,
        kms_key_name: pulumi.Input[str] | None = None,
        labels: Mapping[str, pulumi.Input[str]] | None = None,
        run: pulumi.Input[str] | None = None,
        wait_for_completion: bool | None = None,
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "project": project,
            "region": region,
            "display_name": display_name,
            "model": model,
            "instances_format": instances_format,
            "input_uris": input_uris,
            "bigquery_input_uri": bigquery_input_uri,
            "predictions_format": predictions_format,
            "output_uri": output_uri,
            "bigquery_output_uri": bigquery_output_uri,
            "machine_type": machine_type,
            "accelerator_type": accelerator_type,
            "accelerator_count": accelerator_count,
            "starting_replica_count": starting_replica_count,
            "max_replica_count": max_replica_count,
            "batch_size": batch_size,
            "service_account": service_account,
            "kms_key_name": kms_key_name,
            "labels": verbatim(labels),
            "run": run,
            "wait_for_completion": wait_for_completion,
            "timeout_seconds": timeout_seconds,
            "name": None,
            "state": None,
            "output_location": None,
        }
        super().__init__("serving:index:VertexBatchPredictionJob", resource_name, properties, opts)
