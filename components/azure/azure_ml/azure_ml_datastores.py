"""Data stores of a workspace: how it names a place in Blob Storage, without credentials in it.

Who reads or writes there does it by its own identity. Models and what is captured are at `azureml:`
URIs below a data store; a blob's own URL is in no list of what Azure ML takes for them.
https://learn.microsoft.com/azure/machine-learning/how-to-manage-models
"""

import re
from typing import Final, cast

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from components.azure.azure_ml.azure_ml_assets import Workspace
from facts.stores import STORES

__all__ = ["Datastores"]

_BLOB: Final = STORES["blob"]
_VENDOR: Final = "/providers/Microsoft.MachineLearningServices"


class Datastores:
    """One for each container of one endpoint, made when it is first asked for."""

    def __init__(self, name: str, workspace: Workspace, opts: pulumi.ResourceOptions) -> None:
        self._name = name
        self._workspace = workspace
        self._opts = opts
        self._known: dict[str, pulumi.Output[str]] = {}

    def place(self, uri: pulumi.Input[str], word: str) -> pulumi.Output[str]:
        """`azureml://…/datastores/…/paths/…` of a blob's URL, as models name it."""
        found = self.path(uri, word).apply(lambda path: path.replace(_VENDOR, ""))
        return pulumi.Output.concat("azureml:/", found)

    def path(self, uri: pulumi.Input[str], word: str) -> pulumi.Output[str]:
        """`/subscriptions/…/datastores/…/paths/…` of a blob's URL, as batch runs name it.

        An output of another resource gets a store that is named by `word`: which container it is
        in is known too late.
        """
        parts = pulumi.Output.from_input(uri).apply(_parts)
        account = parts.apply(lambda found: found[0])
        container = parts.apply(lambda found: found[1])
        key = "-".join(_parts(uri)[:2]) if isinstance(uri, str) else word
        if key not in self._known:
            self._known[key] = self._made(key, account, container)
        return pulumi.Output.concat(
            self._known[key], "/paths/", parts.apply(lambda found: found[2])
        )

    def _made(
        self, key: str, account: pulumi.Output[str], container: pulumi.Output[str]
    ) -> pulumi.Output[str]:
        name = pulumi.Output.concat(self._workspace.asset_name, "_", account, "_", container)
        made = ml.Datastore(
            f"{self._name}-{key}/datastore",
            name=name.apply(lambda text: re.sub(r"\W", "_", text)),
            resource_group_name=self._workspace.resource_group,
            workspace_name=self._workspace.name,
            # It would ask for the account with credentials that it has not.
            skip_validation=True,
            properties=ml.AzureBlobDatastoreArgs(
                datastore_type="AzureBlob",
                account_name=account,
                container_name=container,
                endpoint="core.windows.net",
                protocol="https",
                credentials=ml.NoneDatastoreCredentialsArgs(credentials_type="None"),
                service_data_access_auth_identity="None",
            ),
            opts=self._opts,
        )
        return made.id


def _parts(uri: str) -> tuple[str, str, str]:
    found = re.fullmatch(_BLOB.pattern, uri)
    if found is None:
        raise pulumi.RunError(f"got {uri!r}; use {_BLOB.shape}")
    return cast("tuple[str, str, str]", found.group("account", "container", "path"))
