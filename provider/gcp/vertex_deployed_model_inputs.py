"""Inputs of `serving:index:VertexDeployedModel`: schema, checks, differences. Makes no call.

Source: DeployModel, MutateDeployedModel, DeployedModel and DedicatedResources in the v1 types of
google-cloud-aiplatform.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.gcp.vertex_inputs import (
    PAGES,
    PLACE,
    Reading,
    differing,
    fingerprint,
    mapped,
    short,
    timeout,
)
from provider.input_checks import Problems, is_whole, shown
from provider.values import UNKNOWN

TYPE: Final = "serving:index:VertexDeployedModel"
# A large image and model can take most of an hour.
DEFAULT_TIMEOUT_SECONDS: Final = 3600
_PAGE: Final = f"{PAGES}/projects.locations.endpoints"
_RESOURCES: Final = f"{PAGES}/DedicatedResources"
_METRICS_PAGE: Final = f"{_RESOURCES}#AutoscalingMetricSpec"
_ID: Final = re.compile(r"[0-9]{1,10}")
METRICS: Final = (
    "aiplatform.googleapis.com/prediction/online/accelerator/duty_cycle",
    "aiplatform.googleapis.com/prediction/online/cpu/utilization",
    "aiplatform.googleapis.com/prediction/online/request_count",
)
_ALL_PERCENT: Final = 100
_DEFAULT_TARGET: Final = 60

_INPUTS: Final[dict[str, Any]] = {
    **PLACE,
    "endpoint": {
        "type": "string",
        "description": "The endpoint's id, or its whole name.",
        "willReplaceOnChanges": True,
    },
    "deployedModelId": {
        "type": "string",
        "description": (
            "Id on the endpoint, 1 to 10 digits. Default: made of what cannot change in place, so "
            "that a change of it makes another one first."
        ),
        "willReplaceOnChanges": True,
    },
    "model": {
        "type": "string",
        "description": "`projects/…/models/…`, with `@version` where it is not the default one.",
        "willReplaceOnChanges": True,
    },
    "displayName": {
        "type": "string",
        "description": "Name that people read.",
        "willReplaceOnChanges": True,
    },
    "machineType": {
        "type": "string",
        "description": "Machine of each replica. This, or `deploymentResourcePool`.",
        "willReplaceOnChanges": True,
    },
    "acceleratorType": {
        "type": "string",
        "description": "Kind of GPU, as in `NVIDIA_L4`.",
        "willReplaceOnChanges": True,
    },
    "acceleratorCount": {
        "type": "integer",
        "description": "GPUs of each replica.",
        "willReplaceOnChanges": True,
    },
    "spot": {
        "type": "boolean",
        "default": False,
        "description": "On spot machines. Default: no.",
        "willReplaceOnChanges": True,
    },
    "minReplicaCount": {
        "type": "integer",
        "default": 1,
        "description": "Fewest replicas. Default: 1.",
    },
    "maxReplicaCount": {
        "type": "integer",
        "description": "Most replicas. Default: `minReplicaCount`.",
    },
    "requiredReplicaCount": {
        "type": "integer",
        "description": "Replicas that are enough for a success. Default: `minReplicaCount`.",
    },
    "autoscalingMetricSpecs": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": "`metricName` and `target` (percent) of each metric. Default: CPU, 60.",
    },
    "deploymentResourcePool": {
        "type": "string",
        "description": "Name of a pool of machines that deployed models share.",
        "willReplaceOnChanges": True,
    },
    "serviceAccount": {
        "type": "string",
        "description": "Who the container runs as. Default: an account without access.",
        "willReplaceOnChanges": True,
    },
    "disableContainerLogging": {
        "type": "boolean",
        "default": False,
        "description": "Whether the container's output is not logged. Default: it is.",
    },
    "enableAccessLogging": {
        "type": "boolean",
        "default": False,
        "description": "Whether each request is logged. Default: no.",
        "willReplaceOnChanges": True,
    },
    "timeoutSeconds": timeout(DEFAULT_TIMEOUT_SECONDS, "the deployment"),
}
_OUTPUTS: Final[dict[str, Any]] = {
    "modelVersionId": {"type": "string", "description": "The version that is deployed."},
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A model deployed to a Vertex AI endpoint, without traffic at first (VertexTrafficSplit "
        "gives it). Replica bounds and metrics change in place; a replacement is made first."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": ["project", "region", "endpoint", "model", "displayName"],
    "properties": {**_INPUTS, **_OUTPUTS},
    "required": [
        *("project", "region", "endpoint", "model", "displayName", "deployedModelId"),
        *("timeoutSeconds", *_OUTPUTS),
    ],
}
REPLACES: Final = tuple(
    key for key, one in _INPUTS.items() if cast(dict[str, Any], one).get("willReplaceOnChanges")
)
COMPUTED: Final = tuple(_OUTPUTS)
MUTABLE: Final = (
    *("minReplicaCount", "maxReplicaCount", "requiredReplicaCount"),
    *("autoscalingMetricSpecs", "disableContainerLogging"),
)
DEFAULTS: Final[dict[str, object]] = {"minReplicaCount": 1}
_DEDICATED: Final = (
    *("acceleratorType", "acceleratorCount", "spot", "minReplicaCount", "maxReplicaCount"),
    *("requiredReplicaCount", "autoscalingMetricSpecs"),
)


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    reading = Reading.of(inputs, _INPUTS)
    reading.endpoint()
    reading.text("deployedModelId", _ID, f"use 1 to 10 digits ({_PAGE}#DeployedModel)")
    # It may be in another region than the endpoint: DeployedModel.model in the API.
    reading.full_name("model", "models", must=True, version=True)
    reading.display_name()
    reading.exactly_one(("machineType", "deploymentResourcePool"), f"{_PAGE}#DeployedModel")
    pool = reading.full_name("deploymentResourcePool", "deploymentResourcePools")
    reading.same_region("deploymentResourcePool", pool)
    reading.machine()
    reading.flag("spot", "disableContainerLogging", "enableAccessLogging")
    reading.service_account()
    _check_replicas(reading)
    _check_metrics(reading)
    if reading.given("deploymentResourcePool"):
        for key in _DEDICATED:
            if reading.given(key):
                reading.note(key, "is the pool's; leave it out, or give machineType for a pool")
    given = inputs.get("timeoutSeconds")
    found = {**inputs, "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if given is None else given}
    if not reading.given("deploymentResourcePool"):
        least = inputs.get("minReplicaCount")
        found["minReplicaCount"] = 1 if least is None else least
        if inputs.get("maxReplicaCount") is None:
            found["maxReplicaCount"] = found["minReplicaCount"]
    return found, reading.problems


def _check_replicas(reading: Reading) -> None:
    least = reading.whole("minReplicaCount", 1, None, _RESOURCES)
    most = reading.whole("maxReplicaCount", 1, None, _RESOURCES)
    required = reading.whole("requiredReplicaCount", 1, None, _RESOURCES)
    fewest = 1 if not reading.given("minReplicaCount") else least
    if most is not None and fewest is not None and most < fewest:
        reading.note(
            "maxReplicaCount", f"got {most}; use minReplicaCount, {fewest}, or more ({_RESOURCES})"
        )
    if required is not None and fewest is not None and required > fewest:
        reading.note(
            "requiredReplicaCount",
            f"got {required}; use at most minReplicaCount, {fewest} ({_RESOURCES})",
        )


def _check_metrics(reading: Reading) -> None:
    value = reading.known("autoscalingMetricSpecs")
    if value is None:
        return
    seen: set[str] = set()
    for at, each in enumerate(cast(list[object], value) if isinstance(value, list) else [value]):
        spec, path = mapped(each), f"autoscalingMetricSpecs[{at}]"
        if each is UNKNOWN:
            continue
        name, target = spec.get("metricName"), spec.get("target", _DEFAULT_TARGET)
        if name is not UNKNOWN and name not in METRICS:
            reading.note(
                f"{path}.metricName",
                f"got {shown(name)}; use one of {', '.join(METRICS)} ({_METRICS_PAGE})",
            )
        elif name in seen:
            reading.note(f"{path}.metricName", f"is there twice; one entry a metric ({_RESOURCES})")
        seen.add(str(name))
        percent = not str(name).endswith("request_count")
        fits = is_whole(target) and target >= 1 and (target <= _ALL_PERCENT or not percent)
        if target is not UNKNOWN and not fits:
            allowed = f"1 to {_ALL_PERCENT} percent" if percent else "1"
            reading.note(
                f"{path}.target",
                f"got {shown(target)}; use a whole number from {allowed} ({_METRICS_PAGE})",
            )
        for key in spec.keys() - {"metricName", "target"}:
            reading.note(f"{path}.{key}", "is no input; use metricName, target")


def _plain(inputs: Mapping[str, object]) -> dict[str, object]:
    """With the endpoint by its id alone."""
    return {**inputs, "endpoint": short(inputs.get("endpoint") or "")}


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, each with whether it replaces the resource."""
    keys = _INPUTS.keys() - {"timeoutSeconds"}
    if new.get("deployedModelId") is None:
        keys -= {"deployedModelId"}
    unknown = new.get("endpoint") is UNKNOWN
    return differing(_plain(old), new if unknown else _plain(new), keys, REPLACES)


def deployed_id(inputs: Mapping[str, object]) -> str:
    """The id on the endpoint: the one given, else made of what cannot change in place.

    Empty while something of it is not known.
    """
    given = inputs.get("deployedModelId")
    if given is not None:
        return "" if given is UNKNOWN else str(given)
    if inputs.get("endpoint") is UNKNOWN:
        return ""
    found = fingerprint(_plain(inputs), [key for key in REPLACES if key != "deployedModelId"])
    # Ten digits, the first no zero: a number of seven hexadecimal digits and an offset.
    return str(1_000_000_000 + int(found[:7], 16)) if found else ""


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    known = deployed_id(inputs) or UNKNOWN
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN), "deployedModelId": known}
