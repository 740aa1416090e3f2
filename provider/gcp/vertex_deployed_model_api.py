"""A VertexDeployedModel's inputs as the API's DeployedModel, and back."""

from collections.abc import Mapping
from typing import Any, Final, cast

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
    machine: dict[str, Any] = {"machineType": inputs["machineType"]}
    if inputs.get("acceleratorType"):
        machine["acceleratorType"] = inputs["acceleratorType"]
        machine["acceleratorCount"] = _whole(inputs["acceleratorCount"])
    found: dict[str, Any] = {"machineSpec": machine}
    found |= {key: _whole(inputs[key]) for key in _COUNTS if inputs.get(key) is not None}
    specs = [mapped(each) for each in cast(list[Any], inputs.get("autoscalingMetricSpecs") or [])]
    if specs:
        found["autoscalingMetricSpecs"] = [
            {**each, **({"target": _whole(each["target"])} if "target" in each else {})}
            for each in specs
        ]
    if inputs.get("spot"):
        found["spot"] = True
    return found


def inputs_of(found: Mapping[str, Any], project: str) -> dict[str, object]:
    """The inputs that a live deployed model stands for, without place, endpoint and id.

    The API names projects by number; `project` is the id to name them by.
    """
    dedicated, machine = mapped(found.get("dedicatedResources")), {}
    if dedicated:
        machine = mapped(dedicated.get("machineSpec"))
    rest = str(found["model"]).split("/", 2)[2].partition("@")[0]
    version = found.get("modelVersionId")
    inputs: dict[str, object] = {
        "model": f"projects/{project}/{rest}{f'@{version}' if version else ''}",
        "displayName": found.get("displayName"),
        "machineType": machine.get("machineType"),
        "acceleratorType": machine.get("acceleratorType"),
        "acceleratorCount": machine.get("acceleratorCount"),
        "spot": dedicated.get("spot"),
        "autoscalingMetricSpecs": dedicated.get("autoscalingMetricSpecs"),
        "deploymentResourcePool": found.get("sharedResources"),
        "serviceAccount": found.get("serviceAccount"),
        **{key: found.get(key) for key in _FLAGS},
        **{key: dedicated.get(key) for key in _COUNTS},
    }
    if inputs["acceleratorType"] == "ACCELERATOR_TYPE_UNSPECIFIED":
        inputs["acceleratorType"] = None
    if dedicated and not inputs["maxReplicaCount"]:
        inputs["maxReplicaCount"] = inputs["minReplicaCount"]
    if pool := inputs["deploymentResourcePool"]:
        inputs["deploymentResourcePool"] = f"projects/{project}/{str(pool).split('/', 2)[2]}"
    return {key: value for key, value in inputs.items() if value not in (None, "", [], 0, False)}


def same_model(asked: str, found: Mapping[str, Any]) -> bool:
    """Whether the live model is the one asked for; an alias was resolved when it was deployed."""
    name, _, version = asked.partition("@")
    live, _, _ = str(found["model"]).partition("@")
    if not same_resource(name, live):
        return False
    return not version.isdecimal() or version == str(found.get("modelVersionId", version))


def _whole(value: object) -> int:
    return int(cast(float, value))
