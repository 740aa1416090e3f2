"""Which deployment of a batch endpoint gets the runs of callers who name none, declared.

`serving:index:AzureMlBatchDefault` is served by the provider in `provider/`: it sets the default
once the deployment is ready, and fails when another is live.
"""

import pulumi

from components.azure.azure_ml.azure_ml_resource import AzureMlPlace, AzureMlResource

__all__ = ["AzureMlBatchDefault"]


class AzureMlBatchDefault(AzureMlResource):
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
