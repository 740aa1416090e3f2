"""One version of a model on an Azure ML endpoint: its assets, its deployment, its scale rule.

A deployment is named by its version and a digest of what is rolled out anew with it; so a changed
image or machine is another deployment, which is there before the traffic moves and the old one
goes. What changes in place (probes, limits, tags) is written with the instances that are live.
"""

import math
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_access import Access
from components.azure.azure_ml.azure_ml_assets import (
    Workspace,
    deployment_name,
    digest,
    environment,
    model,
    registered,
)
from components.azure.azure_ml.azure_ml_datastores import Datastores
from components.azure.azure_ml.azure_ml_resource import AzureMlPlace
from components.azure.azure_ml.azure_ml_scaling import follow_load
from components.azure.azure_ml.azure_ml_settings import AzureMlSettings, Probing
from components.azure.azure_ml.azure_ml_traffic import AzureMlLiveValues
from components.serving import Core
from facts.strategies import slug

__all__ = ["Place", "Version", "deployed"]

# Of readiness at least, whatever a container may load for.
_LEAST_FAILURES: Final = 3
_LIVE_FAILURES: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """What is deployed, and with how many instances it begins."""

    version: str
    uri: pulumi.Input[str]
    image: pulumi.Input[str] | None
    framework: str | None
    capacity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and by what right; `captured` are ids of data assets by what is kept of a request.

    `egress` is None where the workspace's managed network decides.
    """

    workspace: Workspace
    location: pulumi.Input[str]
    endpoint: azure.machinelearningservices.OnlineEndpoint
    access: Access
    captured: dict[str, pulumi.Output[str]]
    stores: Datastores
    egress: pulumi.Output[str | None]
    at: AzureMlPlace
    child: pulumi.ResourceOptions


@dataclass(frozen=True, slots=True)
class Deployed:
    """The deployment's name, which is known before it is there, and what there is then."""

    name: pulumi.Output[str]
    deployment: azure.machinelearningservices.OnlineDeployment
    scaling: azure.monitor.AutoscaleSetting | None

    @property
    def made(self) -> list[pulumi.Resource]:
        """The deployment, and what follows its load."""
        return [self.deployment, *([self.scaling] if self.scaling is not None else [])]


def deployed(core: Core, settings: AzureMlSettings, of: Version, place: Place) -> Deployed:
    """Register the version; the resources are named by it, so that promoting it renames none."""
    role = f"{core.name}-{slug(of.version)}"
    tags, keeping = core.aws_tags(of.version), core.aws_tags_keeping(of.version)
    paths = (settings.live_path, settings.ready_path, settings.score_path)
    rolled: list[Any] = [
        of.uri,
        of.image or of.framework,
        *((settings.port, *paths, settings.model_mount_path) if of.image else ()),
        settings.instance_type,
        settings.env,
        settings.egress_public_access,
    ]
    name = deployment_name(of.version, *rolled)
    # A new version of an asset is there before the old one goes, as ARM would not do by itself.
    fixed = pulumi.ResourceOptions.merge(
        place.child, pulumi.ResourceOptions(delete_before_replace=False)
    )
    model_id = registered(place.workspace, of.uri)
    if model_id is None:
        model_id = model(
            f"{role}-model",
            place.workspace,
            of.uri,
            place=place.stores.place(of.uri, slug(of.version)),
            version=of.version,
            framework=None if of.image else of.framework,
            tags=tags,
            opts=fixed,
        )
    environment_id = (
        environment(
            f"{role}-environment",
            place.workspace,
            of.image,
            version=of.version,
            port=settings.port,
            paths=paths,
            tags=tags,
            opts=fixed,
        )
        if of.image is not None
        else None
    )
    properties = _properties(settings, place, model_id, environment_id)
    instances: pulumi.Input[int] = of.capacity
    if settings.scaling is not None:
        live = AzureMlLiveValues(
            f"{role}-live",
            place=place.at,
            deployment_name=name,
            capacity=of.capacity,
            writes=digest(keeping, properties),
            opts=place.child,
        )
        instances = live.instances
    timeout = f"{settings.ready_timeout_seconds}s"
    deployment = azure.machinelearningservices.OnlineDeployment(
        f"{role}-deployment",
        resource_group_name=place.workspace.resource_group,
        workspace_name=place.workspace.name,
        endpoint_name=place.endpoint.name,
        deployment_name=name,
        location=place.location,
        sku=azure.machinelearningservices.SkuArgs(name="Default", capacity=instances),
        properties=azure.machinelearningservices.ManagedOnlineDeploymentArgs(**properties),
        tags=keeping,
        opts=pulumi.ResourceOptions.merge(
            fixed,
            pulumi.ResourceOptions(
                depends_on=place.access.rights,
                # It goes with the endpoint; alone only when it has no traffic any more.
                deleted_with=place.endpoint,
                custom_timeouts=pulumi.CustomTimeouts(
                    create=timeout, update=timeout, delete=timeout
                ),
            ),
        ),
    )
    scaling = None
    if settings.scaling is not None:
        scaling = follow_load(
            f"{role}-scaling",
            settings.scaling,
            bounds=(core.min_replicas, core.max_replicas),
            deployment=deployment,
            deployment_name=name,
            endpoint_id=place.endpoint.id,
            resource_group=place.workspace.resource_group,
            location=place.location,
            tags=tags,
            opts=place.child,
        )
    return Deployed(name, deployment, scaling)


def _properties(
    settings: AzureMlSettings,
    place: Place,
    model_id: pulumi.Output[str],
    environment_id: pulumi.Output[str] | None,
) -> dict[str, Any]:
    """Arguments of the deployment's properties, as a dictionary: its digest is made too."""
    found: dict[str, Any] = {
        "endpoint_compute_type": "Managed",
        "model": model_id,
        "instance_type": settings.instance_type,
        "app_insights_enabled": settings.app_insights,
        "egress_public_network_access": place.egress,
        "request_settings": {
            "request_timeout": f"PT{settings.request_timeout_seconds}S",
            "max_concurrent_requests_per_instance": settings.max_concurrent_requests,
        },
        **_probes(settings.probing),
    }
    if environment_id is not None:
        found |= {
            "environment_id": environment_id,
            "model_mount_path": settings.model_mount_path,
        }
    if settings.env:
        found["environment_variables"] = settings.env
    if settings.capture is not None:
        found["data_collector"] = {
            "collections": {
                word: {
                    "data_collection_mode": "Enabled",
                    "data_id": data_id,
                    "sampling_rate": settings.capture.percent / 100,
                    "client_id": place.access.identity.client_id,
                }
                for word, data_id in place.captured.items()
            }
        }
    return found


def _probes(probing: Probing) -> dict[str, Any]:
    """A container is asked whether it lives once it has had its time to load."""
    usual = {
        "period": f"PT{probing.period_seconds}S",
        "timeout": f"PT{probing.timeout_seconds}S",
        "success_threshold": 1,
    }
    failures = math.ceil(probing.load_seconds / probing.period_seconds)
    return {
        "liveness_probe": {
            **usual,
            "initial_delay": f"PT{probing.load_seconds}S",
            "failure_threshold": _LIVE_FAILURES,
        },
        "readiness_probe": {
            **usual,
            "initial_delay": f"PT{min(probing.load_seconds, probing.period_seconds)}S",
            "failure_threshold": max(_LEAST_FAILURES, failures),
        },
    }
