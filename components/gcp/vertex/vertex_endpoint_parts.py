"""Parts of a Vertex AI endpoint: who gets to it, its pool of machines, its address."""

import json
from typing import Any

import pulumi
import pulumi_gcp as gcp

from components.gcp.vertex.vertex_deployed_model import VertexDeployedModel
from components.gcp.vertex.vertex_endpoint_settings import EndpointSettings
from components.gcp.vertex.vertex_traffic_split import VertexTrafficSplit
from components.serving import Core

__all__ = ["invoke_policy", "private_access", "resource_pool", "url"]


def private_access(
    settings: EndpointSettings,
) -> gcp.vertex.AiEndpointPrivateServiceConnectConfigArgsDict | None:
    """Who may make a way in by Private Service Connect."""
    if settings.kind != "private_service_connect":
        return None
    config: gcp.vertex.AiEndpointPrivateServiceConnectConfigArgsDict = {
        "enable_private_service_connect": True,
        "project_allowlists": settings.allowed_projects,
    }
    if settings.consumer_networks:
        config["psc_automation_configs"] = [
            {"project_id": network.split("/")[1], "network": network}
            for network in settings.consumer_networks
        ]
    return config


def resource_pool(
    parent: pulumi.Resource, core: Core, project: pulumi.Input[str], settings: EndpointSettings
) -> pulumi.Input[str] | None:
    """The pool that was named, or one of these machines; None for machines of each version's."""
    if settings.resource_pool is not None:
        place = f"/locations/{settings.region}/deploymentResourcePools/{settings.resource_pool}"
        return pulumi.Output.concat("projects/", project, place)
    if not settings.own_resource_pool:
        return None
    machine, scaling = settings.machine, settings.scaling
    spec: gcp.vertex.AiDeploymentResourcePoolDedicatedResourcesMachineSpecArgsDict = {
        "machine_type": machine.machine_type
    }
    if machine.accelerator_type is not None:
        spec["accelerator_type"] = machine.accelerator_type
        spec["accelerator_count"] = machine.accelerator_count
    resources: gcp.vertex.AiDeploymentResourcePoolDedicatedResourcesArgsDict = {
        "machine_spec": spec,
        "min_replica_count": core.min_replicas,
        "max_replica_count": core.max_replicas,
    }
    if scaling is not None:
        resources["autoscaling_metric_specs"] = [
            {"metric_name": scaling["metric_name"], "target": scaling.get("target")}
        ]
    made = gcp.vertex.AiDeploymentResourcePool(
        # Named anew each time: all of a pool is fixed, and a new one is there before the old goes.
        f"{core.name}-pool",
        project=project,
        region=settings.region,
        dedicated_resources=resources,
        opts=pulumi.ResourceOptions(parent=parent),
    )
    place = f"/locations/{settings.region}/deploymentResourcePools/"
    return pulumi.Output.concat("projects/", project, place, made.name)


def url(
    settings: EndpointSettings,
    endpoint: gcp.vertex.AiEndpoint,
    split: VertexTrafficSplit,
    number: pulumi.Output[str],
    stable: VertexDeployedModel,
) -> pulumi.Output[str]:
    """Where requests go; by Private Service Connect to the rule in the caller's network."""
    if settings.kind == "peered":
        # https://cloud.google.com/vertex-ai/docs/predictions/using-private-endpoints
        return pulumi.Output.concat(
            "http://",
            endpoint.name,
            ".aiplatform.googleapis.com/v1/models/",
            stable.deployed_model_id,
            ":predict",
        )
    hosts: dict[str, pulumi.Input[str]] = {
        "public": f"{settings.region}-aiplatform.googleapis.com",
        "dedicated": split.dedicated_endpoint_dns,
        "private_service_connect": endpoint.private_service_connect_config.apply(_rule_address),
    }
    return pulumi.Output.concat(
        "https://",
        hosts[settings.kind],
        "/v1/projects/",
        number,
        f"/locations/{settings.region}/endpoints/",
        endpoint.name,
        ":predict",
    )


def _rule_address(
    config: gcp.vertex.outputs.AiEndpointPrivateServiceConnectConfig | None,
) -> str:
    """The address of the forwarding rule that Google made, or what stands for it."""
    rules = config.psc_automation_configs if config is not None else None
    addresses = [each.ip_address for each in rules or [] if each.ip_address]
    return addresses[0] if addresses else "forwarding-rule"


def invoke_policy(kind: str, endpoint_id: str, network: str | None, *, projects: list[str]) -> str:
    """Who may call: by IAM, or whoever reaches the network."""
    if kind == "peered":
        return json.dumps({"network": network})
    policy: dict[str, Any] = {
        "resource": endpoint_id,
        "permission": "aiplatform.endpoints.predict",
        "role": "roles/aiplatform.user",
    }
    if kind == "private_service_connect":
        policy["projects"] = projects
    return json.dumps(policy)
