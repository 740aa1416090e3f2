"""What a batch deployment is made of, registered in the workspace: model, script, image."""

from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from components.azure.azure_ml.azure_ml_assets import (
    Workspace,
    asset_version,
    digest,
    model,
    registered,
)
from components.azure.azure_ml.azure_ml_batch_settings import BatchEndpointSettings
from components.azure.azure_ml.azure_ml_datastores import Datastores
from facts.strategies import slug

__all__ = ["Assets", "cluster_name", "made_of"]

# Of 24, with a letter between that and six digits.
_WORDS: Final = 17


@dataclass(frozen=True, slots=True)
class Assets:
    """Ids of what the deployment runs; without an image the model brings its own."""

    model_id: pulumi.Output[str]
    environment_id: pulumi.Output[str] | None
    code_id: pulumi.Output[str] | None


def made_of(
    settings: BatchEndpointSettings,
    workspace: Workspace,
    stores: Datastores,
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
    stores: Datastores,
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    known = registered(workspace, settings.model_uri)
    if known is not None:
        return known
    return model(
        f"{settings.name}-{slug(settings.model_version)}-model",
        workspace,
        settings.model_uri,
        place=stores.place(settings.model_uri, "model"),
        version=settings.model_version,
        framework=None if settings.code_uri is not None else "mlflow",
        tags=settings.aws_tags(settings.model_version),
        opts=_new_first(opts),
    )


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
            image=image, os_type="Linux", tags=settings.aws_tags(settings.model_version)
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
            code_uri=settings.code_uri, tags=settings.aws_tags(settings.model_version)
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
