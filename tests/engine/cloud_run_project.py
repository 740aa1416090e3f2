"""A project with one CloudRunEndpoint, and what its tests call things."""

from typing import Any

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

__all__ = ["IMAGE", "NOT_READY", "OBJECT", "SERVICE", "cloud_run_project"]

SERVICE = "gcp:cloudrunv2/service:Service"
OBJECT = "gcp:storage/bucketObject:BucketObject"
# 64 hexadecimal digits follow.
IMAGE = "europe-west4-docker.pkg.dev/example-models/serve/model@sha256:"
NOT_READY = "Error code 9, message: Revision is not ready and cannot serve traffic"


def cloud_run_project(
    sandbox: Sandbox, stable: dict[str, Any], *, setup: str = ""
) -> ComponentProject:
    """The endpoint `fraud` of a stable model, not deployed yet; `setup` as of ComponentProject."""
    return ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.cloud_run.cloud_run_endpoint",
        "CloudRunEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "project": "example-models",
            "region": "europe-west4",
            **stable,
        },
        setup,
    )
