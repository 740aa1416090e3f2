"""How an Azure ML endpoint parts its requests, and what others set of it, declared.

Both are served by the provider in `provider/`. `AzureMlTraffic` moves the traffic once the
deployments are ready, and fails when another is live. `AzureMlLiveValues` reads traffic and
instances just before Pulumi writes an endpoint or deployment whole, so that they stay.
"""

from collections.abc import Mapping
from typing import Final, TypedDict

import pulumi

__all__ = ["AzureMlLiveValues", "AzureMlPlace", "AzureMlTraffic"]


class AzureMlPlace(TypedDict):
    """Where an online endpoint is."""

    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    workspace_name: pulumi.Input[str]
    endpoint_name: pulumi.Input[str]


class _Serving(pulumi.CustomResource):
    """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""

    def translate_output_property(self, prop: str) -> str:
        """From the wire."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


class AzureMlTraffic(_Serving):
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


class AzureMlLiveValues(_Serving):
    """`writes` is a digest of all that is about to be written; when it changes, these are read."""

    traffic: pulumi.Output[dict[str, int]]
    mirror_traffic: pulumi.Output[dict[str, int]]
    instances: pulumi.Output[int]

    def __init__(
        self,
        resource_name: str,
        *,
        place: AzureMlPlace,
        writes: pulumi.Input[str],
        deployment_name: pulumi.Input[str] | None = None,
        capacity: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "writes": writes,
            "deployment_name": deployment_name,
            "capacity": capacity,
            "traffic": None,
            "mirror_traffic": None,
            "instances": None,
        }
        super().__init__("serving:index:AzureMlLiveValues", resource_name, properties, opts)


_WIRE_NAMES: Final = {
    "subscription_id": "subscriptionId",
    "resource_group_name": "resourceGroupName",
    "workspace_name": "workspaceName",
    "endpoint_name": "endpointName",
    "deployment_name": "deploymentName",
    "mirror_traffic": "mirrorTraffic",
    "timeout_seconds": "timeoutSeconds",
    "live_traffic": "liveTraffic",
    "live_mirror_traffic": "liveMirrorTraffic",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
