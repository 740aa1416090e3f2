"""Which deployment of a batch endpoint gets the runs of callers who name none, declared.

`serving:index:AzureMlBatchDefault` is served by the provider in `provider/`: it waits for the
deployment, writes the endpoint with it as its default, and fails when that is not live afterwards.
"""

from typing import Final

import pulumi

__all__ = ["AzureMlBatchDefault"]


class AzureMlBatchDefault(pulumi.CustomResource):
    """Of an endpoint that pulumi-azure-native makes, without the default among its properties."""

    deployment_name: pulumi.Output[str]
    endpoint_name: pulumi.Output[str]
    status: pulumi.Output[str]
    live_deployment_name: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        subscription_id: pulumi.Input[str],
        resource_group_name: pulumi.Input[str],
        workspace_name: pulumi.Input[str],
        endpoint_name: pulumi.Input[str],
        deployment_name: pulumi.Input[str],
        writes: pulumi.Input[str],
        timeout_seconds: int | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            "subscription_id": subscription_id,
            "resource_group_name": resource_group_name,
            "workspace_name": workspace_name,
            "endpoint_name": endpoint_name,
            "deployment_name": deployment_name,
            "writes": writes,
            "timeout_seconds": timeout_seconds,
            "status": None,
            "live_deployment_name": None,
        }
        super().__init__("serving:index:AzureMlBatchDefault", resource_name, properties, opts)

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
    "timeout_seconds": "timeoutSeconds",
    "live_deployment_name": "liveDeploymentName",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
