"""How an Azure ML endpoint parts its requests, and what others set of it, declared.

Both are served by the provider in `provider/`. `AzureMlTraffic` moves the traffic once the
deployments are ready, and fails when another is live. `AzureMlLiveValues` reads traffic, default
and instances just before Pulumi writes an endpoint or deployment whole, so that they stay.
"""

from collections.abc import Mapping

import pulumi

from components.azure.azure_ml.azure_ml_resource import AzureMlPlace, AzureMlResource

__all__ = ["AzureMlLiveValues", "AzureMlTraffic"]


class AzureMlTraffic(AzureMlResource):
    """Shares are whole percent by deployment; live ones sum to 100, one is copied to at most."""

    endpoint_name: pulumi.Output[str]
    traffic: pulumi.Output[dict[str, int]]
    mirror_traffic: pulumi.Output[dict[str, int]]
    status: pulumi.Output[str]
    live_traffic: pulumi.Output[dict[str, float]]

    def __init__(
        self,
        resource_name: str,
        *,
        place: AzureMlPlace,
        traffic: pulumi.Input[Mapping[str, int]],
        mirror_traffic: pulumi.Input[Mapping[str, int]],
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "traffic": traffic,
            "mirror_traffic": mirror_traffic,
            "timeout_seconds": timeout_seconds,
            "status": None,
            "live_traffic": None,
            "live_mirror_traffic": None,
        }
        super().__init__("serving:index:AzureMlTraffic", resource_name, properties, opts)


class AzureMlLiveValues(AzureMlResource):
    """`writes` is a digest of all that is about to be written; when it changes, these are read."""

    traffic: pulumi.Output[dict[str, int]]
    mirror_traffic: pulumi.Output[dict[str, int]]
    instances: pulumi.Output[int]
    default_deployment: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        place: AzureMlPlace,
        writes: pulumi.Input[str],
        deployment_name: pulumi.Input[str] | None = None,
        capacity: int | None = None,
        batch: bool | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "writes": writes,
            "deployment_name": deployment_name,
            "capacity": capacity,
            "batch": batch,
            "traffic": None,
            "mirror_traffic": None,
            "instances": None,
            "default_deployment": None,
        }
        super().__init__("serving:index:AzureMlLiveValues", resource_name, properties, opts)
