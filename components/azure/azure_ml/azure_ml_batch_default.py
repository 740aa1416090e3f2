"""Which deployment of a batch endpoint gets the runs of callers who name none, declared.

Both are served by the provider in `provider/`. `AzureMlBatchDefault` sets the default once the
deployment is ready, and fails when another is live. `AzureMlLiveDefault` reads it just before
Pulumi writes the endpoint whole, so that it stays.
"""

from typing import Final

import pulumi

from components.azure.azure_ml.azure_ml_traffic import AzureMlPlace

__all__ = ["AzureMlBatchDefault", "AzureMlLiveDefault"]


class _Serving(pulumi.CustomResource):
    """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""

    def translate_output_property(self, prop: str) -> str:
        """From the wire."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


class AzureMlLiveDefault(_Serving):
    """`writes` is a digest of all that is about to be written; when it changes, this is read."""

    default_deployment: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        place: AzureMlPlace,
        writes: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "writes": writes,
            "batch": True,
            "traffic": None,
            "mirror_traffic": None,
            "instances": None,
            "default_deployment": None,
        }
        super().__init__("serving:index:AzureMlLiveValues", resource_name, properties, opts)


class AzureMlBatchDefault(_Serving):
    """Of an endpoint that pulumi-azure-native makes, before it has any deployment."""

    deployment_name: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    status: pulumi.Output[str]
    live_deployment_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        place: AzureMlPlace,
        deployment_name: pulumi.Input[str],
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "deployment_name": deployment_name,
            "timeout_seconds": timeout_seconds,
            "status": None,
            "live_deployment_name": None,
        }
        super().__init__("serving:index:AzureMlBatchDefault", resource_name, properties, opts)


_WIRE_NAMES: Final = {
    "subscription_id": "subscriptionId",
    "resource_group_name": "resourceGroupName",
    "workspace_name": "workspaceName",
    "endpoint_name": "endpointName",
    "deployment_name": "deploymentName",
    "timeout_seconds": "timeoutSeconds",
    "live_deployment_name": "liveDeploymentName",
    "mirror_traffic": "mirrorTraffic",
    "default_deployment": "defaultDeployment",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
