"""Inputs of `serving:index:AzureMlLiveValues`: schema, checks, differences. Makes no call."""

from collections.abc import Mapping
from typing import Any, Final, cast

from provider.azure.azure_ml_place import ONLINE, place_problems, wrong_name
from provider.input_checks import Problems, is_whole, no_inputs, shown
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureMlLiveValues"

_SHARE: Final[dict[str, Any]] = {"type": "object", "additionalProperties": {"type": "number"}}
_INPUTS: Final[dict[str, Any]] = {
    **ONLINE.inputs,
    "deploymentName": {
        "type": "string",
        "description": "The deployment that is about to be written. Default: the endpoint is.",
    },
    "writes": {
        "type": "string",
        "description": (
            "All that is about to be written, as one text or its digest: when it changes, what is "
            "live is read anew."
        ),
    },
    "batch": {
        "type": "boolean",
        "description": "Whether it is a batch endpoint. Default: false, an online endpoint.",
        "willReplaceOnChanges": True,
    },
    "capacity": {
        "type": "integer",
        "description": "Instances of a deployment that is not there yet. Default: 1.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "What others set of an Azure ML endpoint or deployment, read just before Pulumi writes it: "
        "the endpoint's traffic or default, the deployment's number of instances. Given to the "
        "resource, they are written back as they are. Makes and deletes nothing."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": [*ONLINE.inputs, "writes"],
    "properties": {
        **_INPUTS,
        "traffic": {**_SHARE, "description": "Percent of the requests by deployment."},
        "mirrorTraffic": {**_SHARE, "description": "Percent that is copied, by deployment."},
        "instances": {"type": "integer", "description": "Instances of the deployment."},
        "defaultDeployment": {
            "type": "string",
            "description": "The default of a batch endpoint; empty where there is none.",
        },
        "seen": {
            "type": "string",
            "description": (
                "Digest of what was live when it was read, by which a write that failed is known."
            ),
        },
    },
    "required": [
        *(*ONLINE.inputs, "writes", "traffic", "mirrorTraffic", "instances", "defaultDeployment"),
    ],
}
REPLACES: Final = (*ONLINE.inputs, "batch")
COMPUTED: Final = ("traffic", "mirrorTraffic", "instances", "defaultDeployment")
_KEYS: Final = ("deploymentName", "writes", "capacity")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    problems = [*no_inputs(inputs, _INPUTS), *place_problems(inputs)]
    writes, name, capacity = (inputs.get(key) for key in ("writes", "deploymentName", "capacity"))
    if writes is not UNKNOWN and not isinstance(writes, str):
        problems.append(("writes", f"got {shown(writes)}; use a text, such as a digest"))
    if name is not None:
        problems += wrong_name(inputs, "deploymentName", "the deployment's name")
    fits = is_whole(capacity) and cast(float, capacity) >= 1
    if capacity is not None and capacity is not UNKNOWN and not fits:
        problems.append(("capacity", f"got {shown(capacity)}; use a whole number from 1"))
    batch = inputs.get("batch")
    if batch is not None and batch is not UNKNOWN and not isinstance(batch, bool):
        problems.append(("batch", f"got {shown(batch)}; use true or false"))
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"capacity": 1, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths of the inputs that differ, each with whether it replaces the resource."""
    keys = (*REPLACES, *_KEYS)
    return {key: key in REPLACES for key in sorted(keys) if old.get(key) != new.get(key)}


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was read."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
