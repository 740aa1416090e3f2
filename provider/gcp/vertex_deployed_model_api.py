"""A VertexDeployedModel's inputs as the API's DeployedModel, and back."""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_api import machine_inputs, machine_of, named_by_id, whole
from provider.gcp.vertex_inputs import mapped, same_resource

_COUNTS: Final = ("minReplicaCount", "maxReplicaCount", "requiredReplicaCount")
_FLAGS: Final = ("disableContainerLogging", "enableAccessLogging")


def deployed_of(inputs: Mapping[str, object], mine: str) -> dict[str, Any]:
    """What is deployed, under the id on the endpoint."""
    model: dict[str, Any] = {
        "id": mine,
        "model": inputs["model"],
        "displayName": inputs["displayName"],
    }
    if inputs.get("deploymentResourcePool"):
        model["sharedResources"] = inputs["deploymentResourcePool"]
    else:
        model["dedicatedResources"] = _dedicated(inputs)
    if inputs.get("serviceAccount"):
        model["serviceAccount"] = inputs["serviceAccount"]
    return model | {key: True for key in _FLAGS if inputs.get(key)}


def _dedicated(inputs: Mapping[str, object]) -> dict[str, Any]:
    found: dict[str, Any] = {"machineSpec": machine_of(inputs)}
    found |= {key: whole(inputs[key]) for key in _COUNTS if inputs.get(key) is not None}
    specs = [mapped(each) for each in cast(list[Any], inputs.get("autoscalingMetricSpecs") or [])]
    if specs:
        found["autoscalingMetricSpecs"] = [
            {**each, **({"target": whole(each["target"])} if "target" in each else {})}
            for each in specs
        ]
    if inputs.get("spot"):
        found["spot"] = True
    return found


def inputs_of(found: Mapping[str, Any], project: str) -> dict[str, object]:
    """The inputs that a live deployed model stands for, without place, endpoint and id.

    The API names projects by number; `project` is the id to name them by.
    """
    dedicated = mapped(found.get("dedicatedResources"))
    name = named_by_id(found["model"], project).partition("@")[0]
    version = found.get("modelVersionId")
    inputs: dict[str, object] = {
        "model": f"{name}@{version}" if version else name,
        "displayName": found.get("displayName"),
        **machine_inputs(mapped(dedicated.get("machineSpec"))),
        "spot": dedicated.get("spot"),
        "autoscalingMetricSpecs": dedicated.get("autoscalingMetricSpecs"),
        "deploymentResourcePool": found.get("sharedResources"),
        "serviceAccount": found.get("serviceAccount"),
        **{key: found.get(key) for key in _FLAGS},
        **{key: dedicated.get(key) for key in _COUNTS},
    }
    if dedicated and not inputs["maxReplicaCount"]:
        inputs["maxReplicaCount"] = inputs["minReplicaCount"]
    if pool := inputs["deploymentResourcePool"]:
        inputs["deploymentResourcePool"] = named_by_id(pool, project)
    return {key: value for key, value in inputs.items() if value not in (None, "", [], 0, False)}


def same_model(asked: str, found: Mapping[str, Any]) -> bool:
    """Whether the live model is the one asked for; an alias was resolved when it was deployed."""
    name, _, version = asked.partition("@")
    live, _, _ = str(found["model"]).partition("@")
    if not same_resource(name, live):
        return False
    return not version.isdecimal() or version == str(found.get("modelVersionId", version))
