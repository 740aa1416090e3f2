"""What the first-party Azure ML resources share: an endpoint's place, and names for the wire.

Both ways by a table: a map's keys are translated too, and here they are deployments' names.
"""

from typing import Final, TypedDict

import pulumi

__all__ = ["AzureMlPlace", "AzureMlResource"]


class AzureMlPlace(TypedDict):
    """Where an endpoint is."""

    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    workspace_name: pulumi.Input[str]
    endpoint_name: pulumi.Input[str]


class AzureMlResource(pulumi.CustomResource):
    """A resource of `serving:index:AzureMl…`, served by the provider in `provider/`."""

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


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
    "live_deployment_name": "liveDeploymentName",
    "default_deployment": "defaultDeployment",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
