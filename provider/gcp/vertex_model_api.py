"""A VertexModel's inputs as the API's Model, and back."""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_api import whole
from provider.gcp.vertex_inputs import OWN_LABELS, mapped, texts

_SAME: Final = ("displayName", "description", "versionDescription", "artifactUri")
_PROBE_NUMBERS: Final = (
    *("periodSeconds", "timeoutSeconds", "failureThreshold", "successThreshold"),
    "initialDelaySeconds",
)


def model_of(inputs: Mapping[str, object]) -> dict[str, Any]:
    """The model to upload, without its labels."""
    model: dict[str, Any] = {key: inputs[key] for key in _SAME if inputs.get(key)}
    model["containerSpec"] = _container(inputs)
    if aliases := texts(inputs.get("versionAliases")):
        model["versionAliases"] = aliases
    if inputs.get("kmsKeyName"):
        model["encryptionSpec"] = {"kmsKeyName": inputs["kmsKeyName"]}
    return model


def _container(inputs: Mapping[str, object]) -> dict[str, Any]:
    container: dict[str, Any] = {"imageUri": inputs["imageUri"]}
    for key in ("command", "args", "predictRoute", "healthRoute"):
        if inputs.get(key):
            container[key] = inputs[key]
    if env := mapped(inputs.get("env")):
        container["env"] = [{"name": name, "value": value} for name, value in env.items()]
    for key, wire in (("port", "ports"), ("grpcPort", "grpcPorts")):
        if inputs.get(key) is not None:
            container[wire] = [{"containerPort": whole(inputs[key])}]
    if inputs.get("sharedMemoryMib") is not None:
        container["sharedMemorySizeMb"] = str(whole(inputs["sharedMemoryMib"]))
    if inputs.get("deploymentTimeoutSeconds") is not None:
        container["deploymentTimeout"] = f"{whole(inputs['deploymentTimeoutSeconds'])}s"
    for key in ("startupProbe", "healthProbe", "livenessProbe"):
        if probe := mapped(inputs.get(key)):
            container[key] = _probe(probe)
    return container


def _probe(probe: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {
        key: whole(probe[key]) for key in _PROBE_NUMBERS if probe.get(key) is not None
    }
    if "command" in probe:
        return {**found, "exec": {"command": probe["command"]}}
    get: dict[str, Any] = {"path": probe["path"]}
    if probe.get("port") is not None:
        get["port"] = whole(probe["port"])
    return {**found, "httpGet": get}


def inputs_of(model: Mapping[str, Any]) -> dict[str, object]:
    """The inputs that a live model or version stands for, without place and id."""
    container = mapped(model.get("containerSpec"))
    found: dict[str, object] = {key: model.get(key) for key in _SAME}
    for key in ("imageUri", "command", "args", "predictRoute", "healthRoute"):
        found[key] = container.get(key)
    variables = [mapped(each) for each in cast(list[Any], container.get("env", []))]
    found["env"] = {str(each["name"]): str(each.get("value", "")) for each in variables}
    for key, wire in (("port", "ports"), ("grpcPort", "grpcPorts")):
        ports = cast(list[Any], container.get(wire, []))
        found[key] = mapped(ports[0]).get("containerPort") if ports else None
    memory, start = container.get("sharedMemorySizeMb"), container.get("deploymentTimeout")
    found["sharedMemoryMib"] = int(memory) if memory else None
    found["deploymentTimeoutSeconds"] = int(float(str(start).removesuffix("s"))) if start else None
    for key in ("startupProbe", "healthProbe", "livenessProbe"):
        found[key] = _probed(mapped(container.get(key)))
    found["kmsKeyName"] = mapped(model.get("encryptionSpec")).get("kmsKeyName")
    labels = mapped(model.get("labels"))
    found["labels"] = {key: value for key, value in labels.items() if key not in OWN_LABELS}
    found["versionAliases"] = texts(model.get("versionAliases"))
    return {key: value for key, value in found.items() if value not in (None, "", [], {})}


def _probed(probe: Mapping[str, Any]) -> dict[str, Any]:
    found = {key: probe[key] for key in _PROBE_NUMBERS if key in probe}
    if command := mapped(probe.get("exec")).get("command"):
        found["command"] = command
    if get := mapped(probe.get("httpGet")):
        found |= {key: get[key] for key in ("path", "port") if key in get}
    return found
