"""Inputs of `serving:index:AzureFunctionsDeployment`: schema, checks, differences."""

from collections.abc import Mapping
from typing import Any, Final

from provider.azure.azure_functions_place import APP, STORED, place_problems
from provider.input_checks import Problems, no_inputs, wrong_timeout
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureFunctionsDeployment"
DEFAULT_TIMEOUT_SECONDS: Final = 1800

_SOURCE: Final[dict[str, Any]] = {
    "accountName": {"type": "string", "description": STORED["accountName"]["description"]},
    "containerName": {"type": "string", "description": STORED["containerName"]["description"]},
    "digest": {
        "type": "string",
        "description": "`sha256:…` of the package, which `AzureFunctionsPackage` brought there.",
    },
}
_INPUTS: Final[dict[str, Any]] = {
    **APP,
    **_SOURCE,
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long the deployment may take. Default: 1800 s.",
    },
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "Which package an app on the Flex Consumption plan runs: hands it over by one deploy, "
        "waits for the end, and fails with the reason where it failed. Deleting it changes nothing "
        "in Azure."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": [*APP, *_SOURCE],
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "State of the deployment: `Succeeded`."},
        "deploymentId": {"type": "string", "description": "The deployment, as Azure names it."},
    },
    "required": [*_INPUTS, "status", "deploymentId"],
}
REPLACES: Final = tuple(APP)
COMPUTED: Final = ("status", "deploymentId")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [
        *no_inputs(inputs, _INPUTS),
        *place_problems(inputs, {**APP, **_SOURCE}),
        *wrong_timeout(inputs),
    ]
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces.

    Neither how long to wait is a difference, nor where the same package lies.
    """
    return {key: key in REPLACES for key in (*REPLACES, "digest") if old.get(key) != new.get(key)}


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
