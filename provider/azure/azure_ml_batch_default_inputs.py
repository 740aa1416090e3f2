"""Inputs of `serving:index:AzureMlBatchDefault`: schema, checks, differences. Makes no call.

Source: the REST reference of batch endpoints (`defaults.deploymentName`), read 2026-11-26.
"""

from collections.abc import Mapping
from typing import Any, Final

from provider.azure.azure_ml_place import BATCH, place_problems, wrong_name
from provider.input_checks import Problems, no_inputs, wrong_timeout
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureMlBatchDefault"
DEFAULT_TIMEOUT_SECONDS: Final = 1800

_INPUTS: Final[dict[str, Any]] = {
    **BATCH.inputs,
    "deploymentName": {
        "type": "string",
        "description": "Deployment that gets the runs of callers who name none.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for deployment and endpoint. Default: 1800 s.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "Which deployment of an Azure ML batch endpoint is its default: waits for the deployment, "
        "sets it, and fails when what is live is not what was asked for. Everything else of the "
        "endpoint stays as it is. Deleting it changes nothing in Azure."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": [*BATCH.inputs, "deploymentName"],
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "State of the endpoint: `Succeeded`."},
        "liveDeploymentName": {"type": "string", "description": "The default now."},
    },
    "required": [*_INPUTS, "status", "liveDeploymentName"],
}
REPLACES: Final = tuple(BATCH.inputs)
COMPUTED: Final = ("status", "liveDeploymentName")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [
        *no_inputs(inputs, _INPUTS),
        *place_problems(inputs),
        *wrong_timeout(inputs),
        *wrong_name(inputs, "deploymentName", "a deployment's name"),
    ]
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces; how long to wait is no difference."""
    compared = (*REPLACES, "deploymentName")
    return {key: key in REPLACES for key in compared if old.get(key) != new.get(key)}


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
