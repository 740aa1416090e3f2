"""The code of an app in Blob Storage, and which of it an app on Flex Consumption runs, declared.

Both are served by the provider in `provider/`: pulumi-azure-native writes blobs by an account's
keys alone, and has no resource for one deploy.
"""

from typing import Final, TypedDict

import pulumi

__all__ = ["AzureFunctionsDeployment", "AzureFunctionsPackage", "StoredAt"]


class StoredAt(TypedDict):
    """Where packages are."""

    subscription_id: pulumi.Input[str]
    resource_group_name: pulumi.Input[str]
    account_name: pulumi.Input[str]
    container_name: pulumi.Input[str]


class _Resource(pulumi.CustomResource):
    """A resource of `serving:index:AzureFunctions…`, with names for the wire by a table."""

    def translate_output_property(self, prop: str) -> str:
        """Wire names are camelCase, as in every Pulumi schema; here they are Python's."""
        return _PYTHON_NAMES.get(prop, prop)

    def translate_input_property(self, prop: str) -> str:
        """The other way round."""
        return _WIRE_NAMES.get(prop, prop)


class AzureFunctionsPackage(_Resource):
    """A zip that is known by its digest; `blob_name` is its name in the container."""

    blob_name: pulumi.Output[str]
    digest: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        place: StoredAt,
        path: str,
        digest: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "path": path,
            "digest": digest,
            "timeout_seconds": None,
            "blob_name": None,
        }
        super().__init__("serving:index:AzureFunctionsPackage", resource_name, properties, opts)


class AzureFunctionsDeployment(_Resource):
    """Hands the package over, and fails when the app does not take it."""

    status: pulumi.Output[str]
    deployment_id: pulumi.Output[str]

    def __init__(
        self,
        resource_name: str,
        *,
        place: StoredAt,
        app_name: pulumi.Input[str],
        digest: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        properties = {
            **place,
            "app_name": app_name,
            "digest": digest,
            "timeout_seconds": None,
            "status": None,
            "deployment_id": None,
        }
        super().__init__("serving:index:AzureFunctionsDeployment", resource_name, properties, opts)


_WIRE_NAMES: Final = {
    "subscription_id": "subscriptionId",
    "resource_group_name": "resourceGroupName",
    "account_name": "accountName",
    "container_name": "containerName",
    "app_name": "appName",
    "blob_name": "blobName",
    "deployment_id": "deploymentId",
    "timeout_seconds": "timeoutSeconds",
}
_PYTHON_NAMES: Final = {wire: python for python, wire in _WIRE_NAMES.items()}
