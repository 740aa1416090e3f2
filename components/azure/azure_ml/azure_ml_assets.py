"""Versions of models and environments in an Azure ML workspace.

A version that is there cannot be changed, so its name has a digest of what it is: something else
is another version, which is made first. Versions of one endpoint have the endpoint's name.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from facts.azure_ml import WORKSPACE_MODEL
from facts.strategies import slug

__all__ = [
    "Workspace",
    "asset_version",
    "deployment_name",
    "digest",
    "environment",
    "model",
    "registered",
]

_MODEL_TYPES: Final = {"mlflow": "mlflow_model"}
_OWN: Final = "custom_model"
_DIGITS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """The workspace, and the name under which one endpoint keeps its assets there."""

    subscription_id: pulumi.Input[str]
    resource_group: pulumi.Input[str]
    name: pulumi.Input[str]
    asset_name: str

    @property
    def id(self) -> pulumi.Output[str]:
        """Its id in ARM."""
        return pulumi.Output.concat(
            "/subscriptions/",
            self.subscription_id,
            "/resourceGroups/",
            self.resource_group,
            "/providers/Microsoft.MachineLearningServices/workspaces/",
            self.name,
        )


def digest(*parts: Any) -> pulumi.Output[str]:  # noqa: ANN401 - whatever JSON takes, also outputs
    """Six hexadecimal digits of what the parts are."""
    return pulumi.Output.json_dumps(list(parts), sort_keys=True).apply(
        lambda text: hashlib.sha256(text.encode()).hexdigest()[:_DIGITS]
    )


def deployment_name(version: str, *parts: Any) -> pulumi.Output[str]:  # noqa: ANN401
    """3 to 32 letters, digits and single dashes, a letter first: `v1-5-0-0a1b2c`."""
    return pulumi.Output.concat(f"v{slug(version)}-", digest(*parts))


def asset_version(version: str, *parts: Any) -> pulumi.Output[str]:  # noqa: ANN401
    """A version of an asset, `1-5-0-0a1b2c`."""
    return pulumi.Output.concat(f"{slug(version)}-", digest(*parts))


def registered(workspace: Workspace, uri: pulumi.Input[str]) -> pulumi.Output[str] | None:
    """What names a model of a registry or of the workspace; None for one that is in neither.

    An output of another resource is taken as a place in Blob Storage.
    """
    if isinstance(uri, str) and uri.startswith("azureml://"):
        return pulumi.Output.from_input(uri)
    if isinstance(uri, str) and (named := re.fullmatch(WORKSPACE_MODEL, uri)):
        return pulumi.Output.concat(
            workspace.id, f"/models/{named['name']}/versions/{named['version']}"
        )
    return None


def model(
    resource: str,
    workspace: Workspace,
    uri: pulumi.Input[str],
    *,
    place: pulumi.Input[str],
    version: str,
    framework: str | None,
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """A new version of a model, which is at `place`; `uri` is what it was asked by."""
    kind = _MODEL_TYPES.get(framework or "", _OWN)
    made = azure.machinelearningservices.ModelVersion(
        resource,
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        name=workspace.asset_name,
        version=asset_version(version, uri, kind),
        properties=azure.machinelearningservices.ModelVersionPropertiesArgs(
            model_uri=place, model_type=kind, tags=tags
        ),
        opts=opts,
    )
    return made.id


def environment(
    resource: str,
    workspace: Workspace,
    image: pulumi.Input[str],
    *,
    version: str,
    port: int,
    paths: tuple[str, str, str],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> pulumi.Output[str]:
    """An image of one's own with its routes: `paths` are of liveness, readiness and scoring."""
    live, ready, score = (
        azure.machinelearningservices.RouteArgs(path=path, port=port) for path in paths
    )
    made = azure.machinelearningservices.EnvironmentVersion(
        resource,
        resource_group_name=workspace.resource_group,
        workspace_name=workspace.name,
        name=workspace.asset_name,
        version=asset_version(version, image, port, *paths),
        properties=azure.machinelearningservices.EnvironmentVersionPropertiesArgs(
            image=image,
            os_type=azure.machinelearningservices.OperatingSystemType.LINUX,
            inference_config=azure.machinelearningservices.InferenceContainerPropertiesArgs(
                liveness_route=live, readiness_route=ready, scoring_route=score
            ),
            tags=tags,
        ),
        opts=opts,
    )
    return made.id
