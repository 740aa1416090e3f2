"""What a batch deployment is made of, registered in the workspace: data stores, model, script."""

import re
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from components.azure.azure_ml_assets import Workspace, asset_version, digest
from components.azure.azure_ml_batch_settings import BatchEndpointSettings
from facts.azure_ml import WORKSPACE_MODEL
from facts.stores import STORES
from facts.strategies import slug

__all__ = ["Assets", "cluster_name", "datastores", "registered"]

_BLOB: Final = STORES["blob"]
# Of 24, with a letter between that and six digits.
_WORDS: Final = 17


@dataclass(frozen=True, slots=True)
class Assets:
    """Ids of what the deployment runs; without an image the model brings its own."""

    model_id: pulumi.Output[str]
    environment_id: pulumi.Output[str] | None
    code_id: pulumi.Output[str] | None


def datastores(
    settings: BatchEndpointSettings, workspace: Workspace, opts: pulumi.ResourceOptions
) -> dict[str, pulumi.Output[str]]:
    """The id of a data store for each URI that is reached by one, without credentials in it.

    Who reads or writes does it by its own identity.
    """
    stores: dict[tuple[str, str], pulumi.Output[str]] = {}
    found: dict[str, pulumi.Output[str]] = {}
    for uri in (settings.model_uri, settings.output_uri):
        parts = re.fullmatch(_BLOB.pattern, uri)
        if parts is None:
            continue
        where = (parts["account"], parts["container"])
        if where not in stores:
            stores[where] = _datastore(settings, workspace, where, opts)
        found[uri] = stores[where]
    return found


def _datastore(
    settings: BatchEndpointSettings,
    workspace: Workspace,
    where: tuple[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    account, container = where
    made = ml.Datastore(
        f"{settings.name}-{account}-{container}/datastore",
        name=re.sub(r"\W", "_", f"{settings.physical_name}_{account}_{container}"),
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        # It asks for the account with credentials that it has not.
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
        opts=opts,
    )
    return made.id


def registered(
    settings: BatchEndpointSettings,
    workspace: Workspace,
    stores: dict[str, pulumi.Output[str]],
    image: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> Assets:
    """Model, script and image, each by a version that is its content's."""
    return Assets(
        _model(settings, workspace, stores, opts),
        _environment(settings, workspace, image, opts) if image is not None else None,
        _code(settings, workspace, opts) if settings.code_uri is not None else None,
    )


def _model(
    settings: BatchEndpointSettings,
    workspace: Workspace,
    stores: dict[str, pulumi.Output[str]],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    named = re.fullmatch(WORKSPACE_MODEL, settings.model_uri)
    if named is not None:
        return pulumi.Output.concat(
            workspace.id, f"/models/{named['name']}/versions/{named['version']}"
        )
    path = re.fullmatch(_BLOB.pattern, settings.model_uri)
    own = settings.code_uri is not None
    made = ml.ModelVersion(
        f"{settings.name}-{slug(settings.model_version)}-model",
        name=workspace.asset_name,
        version=asset_version(settings.model_version, settings.model_uri),
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        properties=ml.ModelVersionPropertiesArgs(
            description=settings.description or None,
            model_type="custom_model" if own else "mlflow_model",
            model_uri=pulumi.Output.concat(
                "azureml:/",
                stores[settings.model_uri].apply(_short),
                "/paths/",
                path["path"] if path else "",
            ),
            tags=settings.tags(settings.model_version),
        ),
        opts=_new_first(opts),
    )
    return made.id


def _short(datastore_id: str) -> str:
    """As Azure ML's own URIs spell an id, without the vendor's part."""
    return datastore_id.replace("/providers/Microsoft.MachineLearningServices", "")


def _environment(
    settings: BatchEndpointSettings,
    workspace: Workspace,
    image: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    made = ml.EnvironmentVersion(
        f"{settings.name}-{slug(settings.model_version)}-environment",
        name=workspace.asset_name,
        version=asset_version(settings.model_version, image),
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        properties=ml.EnvironmentVersionPropertiesArgs(
            image=image, os_type="Linux", tags=settings.tags(settings.model_version)
        ),
        opts=_new_first(opts),
    )
    return made.id


def _code(
    settings: BatchEndpointSettings, workspace: Workspace, opts: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    made = ml.CodeVersion(
        f"{settings.name}-{slug(settings.model_version)}-code",
        name=workspace.asset_name,
        version=asset_version(settings.model_version, settings.code_uri),
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        properties=ml.CodeVersionPropertiesArgs(
            code_uri=settings.code_uri, tags=settings.tags(settings.model_version)
        ),
        opts=_new_first(opts),
    )
    return made.id


def cluster_name(
    settings: BatchEndpointSettings, workspace: Workspace, *parts: pulumi.Input[str]
) -> pulumi.Output[str]:
    """Of what of a cluster cannot be changed; unique in a region, at most 24 letters and digits."""
    words = settings.physical_name.replace("-", "")[:_WORDS]
    return pulumi.Output.concat(f"{words}x", digest(workspace.id, settings.physical_name, *parts))


def _new_first(opts: pulumi.ResourceOptions) -> pulumi.ResourceOptions:
    """Versions have names of their own: what runs is replaced before it goes."""
    return pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(delete_before_replace=False))
