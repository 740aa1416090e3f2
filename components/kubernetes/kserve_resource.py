"""The InferenceService as a Kubernetes object, with its status.

`pulumi_kubernetes.apiextensions.CustomResource` declares no `status` in Python, so what KServe
reports (the URL) could not be read from it; this is the class that crd2pulumi would write.
"""

from collections.abc import Mapping
from typing import Any

import pulumi


class InferenceServiceResource(pulumi.CustomResource):
    """Version `serving.kserve.io/v1beta1`; `status` is None until KServe speaks."""

    metadata: pulumi.Output[dict[str, Any]]
    spec: pulumi.Output[dict[str, Any]]
    status: pulumi.Output[dict[str, Any] | None]

    def __init__(
        self,
        resource_name: str,
        *,
        metadata: Mapping[str, Any],
        spec: Mapping[str, Any],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "apiVersion": "serving.kserve.io/v1beta1",
            "kind": "InferenceService",
            "metadata": dict(metadata),
            "spec": dict(spec),
            "status": None,
        }
        super().__init__(
            "kubernetes:serving.kserve.io/v1beta1:InferenceService",
            resource_name,
            properties,
            opts,
        )
