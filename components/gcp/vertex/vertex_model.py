"""A custom model in Vertex AI's Model Registry, declared: uploaded once, deleted with the stack.

`serving:index:VertexModel` is served by the provider in `provider/`; see its README.
"""

from collections.abc import Mapping, Sequence
from typing import TypedDict

import pulumi

from components.gcp.vertex.vertex_resource import Verbatim, VertexResource, verbatim, wire


class VertexProbe(TypedDict, total=False):
    """When a container counts as started or able to answer: `path` or `command`, one of them."""

    path: str
    """Path of an HTTP GET."""
    port: int
    """Its port. Default: the container's."""
    command: Sequence[str]
    """A command in the container, which must end with 0."""
    period_seconds: int
    """How often. Default: Vertex AI's, 10."""
    timeout_seconds: int
    """How long one may take. Default: Vertex AI's, 1."""
    failure_threshold: int
    """Failures in a row that count. Default: Vertex AI's, 3."""
    success_threshold: int
    """Successes in a row that count. Default: Vertex AI's, 1."""
    initial_delay_seconds: int
    """When the first one is. Default: Vertex AI's, 0."""


class VertexModel(VertexResource):
    """`version_name` is what is deployed: `projects/…/models/id@1`."""

    name: pulumi.Output[str]
    version_id: pulumi.Output[str]
    version_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str],
        region: pulumi.Input[str],
        display_name: pulumi.Input[str],
        image_uri: pulumi.Input[str],
        model_id: pulumi.Input[str] | None = None,
        parent_model: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        labels: Mapping[str, pulumi.Input[str]] | None = None,
        version_description: pulumi.Input[str] | None = None,
        version_aliases: Sequence[str] | None = None,
        artifact_uri: pulumi.Input[str] | None = None,
        command: Sequence[pulumi.Input[str]] | None = None,
        args: Sequence[pulumi.Input[str]] | None = None,
        env: Mapping[str, pulumi.Input[str]] | None = None,
        port: int | None = None,
        grpc_port: int | None = None,
        predict_route: pulumi.Input[str] | None = None,
        health_route: pulumi.Input[str] | None = None,
        shared_memory_mib: int | None = None,
        deployment_timeout_seconds: int | None = None,
        startup_probe: VertexProbe | None = None,
        health_probe: VertexProbe | None = None,
        liveness_probe: VertexProbe | None = None,
        kms_key_name: pulumi.Input[str] | None = None,
        upload_service_account: pulumi.Input[str] | None = None,
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "project": project,
            "region": region,
            "model_id": model_id,
            "parent_model": parent_model,
            "display_name": display_name,
            "description": description,
            "labels": verbatim(labels),
            "version_description": version_description,
            "version_aliases": version_aliases,
            "artifact_uri": artifact_uri,
            "image_uri": image_uri,
            "command": command,
            "args": args,
            "env": verbatim(env),
            "port": port,
            "grpc_port": grpc_port,
            "predict_route": predict_route,
            "health_route": health_route,
            "shared_memory_mib": shared_memory_mib,
            "deployment_timeout_seconds": deployment_timeout_seconds,
            "startup_probe": _wired(startup_probe),
            "health_probe": _wired(health_probe),
            "liveness_probe": _wired(liveness_probe),
            "kms_key_name": kms_key_name,
            "upload_service_account": upload_service_account,
            "timeout_seconds": timeout_seconds,
            "name": None,
            "version_id": None,
            "version_name": None,
        }
        super().__init__("serving:index:VertexModel", resource_name, properties, opts)


def _wired(probe: VertexProbe | None) -> dict[str, object] | None:
    return None if probe is None else {Verbatim(wire(key)): value for key, value in probe.items()}
