"""Which share of an endpoint's requests each deployed model gets, declared.

`serving:index:VertexTrafficSplit` is served by the provider in `provider/`: it moves the traffic
after all deployments, and fails when something else is live afterwards.
"""

from collections.abc import Sequence
from typing import TypedDict

import pulumi

from components.gcp.vertex.vertex_resource import VertexResource


class VertexTrafficShare(TypedDict):
    """The requests of one deployed model."""

    deployed_model_id: pulumi.Input[str]
    """Its id on the endpoint."""
    percent: int
    """Percent of the requests, a whole number from 0 to 100."""


class VertexTrafficSplit(VertexResource):
    """The shares of all deployed models together are 100; `live_traffic` is percent by id."""

    live_traffic: pulumi.Output[dict[str, int]]
    dedicated_endpoint_dns: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        project: pulumi.Input[str],
        region: pulumi.Input[str],
        endpoint: pulumi.Input[str],
        traffic: Sequence[VertexTrafficShare],
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "project": project,
            "region": region,
            "endpoint": endpoint,
            "traffic": traffic,
            "timeout_seconds": timeout_seconds,
            "live_traffic": None,
            "dedicated_endpoint_dns": None,
        }
        super().__init__("serving:index:VertexTrafficSplit", resource_name, properties, opts)
