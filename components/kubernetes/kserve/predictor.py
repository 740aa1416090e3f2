"""The predictor of an InferenceService: what serves the model, on what, and how far it scales."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.confinement import CONFINED
from components.kubernetes.kserve.kserve_companions import environment
from components.kubernetes.kserve.kserve_settings import KServeSettings
from components.kubernetes.kserve.serving_runtimes import ports, probes
from components.kubernetes.kserve.split_route import CANARY
from components.managed import Capturing
from components.serving import Core
from facts import tags
from facts.captured_requests import KSERVE_BATCH, KSERVE_FOLDER, is_stored

__all__ = ["canary", "predictor", "storage_uri"]

_CONTAINER: Final = "kserve-container"
# Else Knative gives a revision up after ten minutes, however long the model loads.
_DEADLINE: Final = "serving.knative.dev/progress-deadline"


def storage_uri(uri: str) -> str:
    """KServe parts the commit of `hf://owner/model` by `:`; the hub's own tools write `@`."""
    return uri.replace("@", ":", 1) if uri.startswith("hf://") else uri


def predictor(
    core: Core, settings: KServeSettings, uri: pulumi.Output[str], args: Mapping[str, Any]
) -> dict[str, Any]:
    """The predictor of one model; its share, where it has one, is not in it."""
    annotations = dict(settings.scaling.component_annotations)
    if settings.is_knative:
        annotations[_DEADLINE] = f"{settings.ready_timeout_seconds}s"
    made: dict[str, Any] = {
        "minReplicas": core.min_replicas,
        "maxReplicas": core.max_replicas,
        **settings.scaling.fields,
        # The model server calls no API of the cluster.
        "automountServiceAccountToken": False,
        **_model(settings, uri),
    }
    if settings.capture is not None:
        made["logger"] = _logger(settings.capture, batches=settings.version.batches_captured)
    if settings.pod_labels:
        made["labels"] = settings.pod_labels
    if annotations:
        made["annotations"] = annotations
    if settings.extras.volumes:
        made["volumes"] = list(settings.extras.volumes)
    made |= settings.gpus.pod_fields()
    if "service_account_name" in args:
        made["serviceAccountName"] = args["service_account_name"]
    return made


def _logger(capture: Capturing, *, batches: bool) -> dict[str, Any]:
    made: dict[str, Any] = {"mode": _mode(capture), "url": capture.uri}
    if is_stored(capture.uri):
        # The webhook wants all three (inference_service_validation.go: validateLogger); nothing
        # reads the key. Credentials are those of the pod's own service account.
        made["storage"] = {
            "path": KSERVE_FOLDER,
            "parameters": {"format": "json"},
            "key": "credentials",
        }
        if batches:
            made["batchSize"], made["batchInterval"] = KSERVE_BATCH
    return made


def _mode(capture: Capturing) -> str:
    """KServe, pkg/apis/serving/v1beta1: LoggerSpec."""
    if capture.request and capture.response:
        return "all"
    return "request" if capture.request else "response"


def canary(
    core: Core, settings: KServeSettings, uri: pulumi.Output[str], share: pulumi.Input[int]
) -> dict[str, Any]:
    """The candidate of standard mode; what it does not say is the stable predictor's.

    It has a fixed number of pods: KServe refuses to autoscale it.
    """
    version = {tags.MODEL_VERSION: core.newest_version}
    served = _model(settings, uri)
    if "model" in served:
        # The definition wants a name here, which the stable predictor's model must not have.
        served["model"] |= {"name": _CONTAINER}
    return {
        "trafficPercent": share,
        "predictor": {
            "name": CANARY,
            "minReplicas": settings.candidate_replicas,
            "labels": settings.pod_labels | tags.kubernetes(version),
            **served,
        },
    }


def _model(settings: KServeSettings, uri: pulumi.Output[str]) -> dict[str, Any]:
    """The model in a runtime, or the container with a server of its own."""
    server, extras = settings.server, settings.extras
    container: dict[str, Any] = {
        # Equal, so that nothing is evicted for what a neighbour takes; GPUs have to be.
        "resources": {"requests": _amounts(settings), "limits": _amounts(settings)},
        "securityContext": CONFINED,
        **probes(server, settings.startup_timeout_seconds, knative=settings.is_knative),
    }
    if arguments := [*settings.arguments, *extras.arguments]:
        container["args"] = arguments
    if variables := [*environment(settings.env), *extras.environment]:
        container["env"] = variables
    if extras.volume_mounts:
        container["volumeMounts"] = list(extras.volume_mounts)
    two = settings.version.two_protocols
    if opened := ports(server, knative=settings.is_knative, two_protocols=two):
        container["ports"] = opened
    if server.image is not None:
        # What KServe reads of an own image: where its model is, and how a transformer asks it.
        told: list[dict[str, Any]] = [{"name": "STORAGE_URI", "value": uri}]
        # It takes v1 and v2 there; that a port speaks gRPC its name tells.
        if server.protocol is not None and not server.is_grpc:
            told.append({"name": "PROTOCOL", "value": server.protocol})
        own = {"name": _CONTAINER, "image": server.image}
        return {"containers": [{**container, **own, "env": [*told, *container.get("env", [])]}]}
    model = {**container, "modelFormat": {"name": server.framework}, "storageUri": uri}
    if server.runtime is not None:
        model["runtime"] = server.runtime
    if server.protocol is not None:
        model["protocolVersion"] = server.protocol
    return {"model": model}


def _amounts(settings: KServeSettings) -> dict[str, str]:
    amounts = {"cpu": f"{settings.cpu:g}", "memory": f"{settings.memory_mib}Mi"}
    return amounts | settings.gpus.amounts()
