"""Inputs of `serving:index:AzureMlBatchDefault`: schema, checks, differences. Makes no call.

Source: the REST reference of batch endpoints (`defaults.deploymentName`), read 2026-11-26.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from facts.azure_ml import wrong_endpoint_name
from provider.azure.azure_ml_traffic_inputs import place
from provider.input_checks import Problems, no_inputs, shown, timeout_and_region
from provider.values import UNKNOWN

TYPE: Final = "serving:index:AzureMlBatchDefault"
DEFAULT_TIMEOUT_SECONDS: Final = 1800

_PLACE: Final[dict[str, Any]] = {
    key: {"type": "string", "description": description, "willReplaceOnChanges": True}
    for key, description in {
        "subscriptionId": "Subscription of the workspace.",
        "resourceGroupName": "Resource group of the workspace.",
        "workspaceName": "Name of the workspace.",
        "endpointName": "Name of the batch endpoint; a change replaces this resource, not that.",
    }.items()
}
_INPUTS: Final[dict[str, Any]] = {
    **_PLACE,
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
    "requiredInputs": [*_PLACE, "deploymentName"],
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "State of the endpoint: `Succeeded`."},
        "liveDeploymentName": {"type": "string", "description": "The default now."},
    },
    "required": [*_INPUTS, "status", "liveDeploymentName"],
}
REPLACES: Final = tuple(_PLACE)
COMPUTED: Final = ("status", "liveDeploymentName")
_ID: Final = re.compile(
    r"/subscriptions/(?P<subscriptionId>[^/]+)/resourceGroups/(?P<resourceGroupName>[^/]+)"
    r"/providers/Microsoft\.MachineLearningServices/workspaces/(?P<workspaceName>[^/]+)"
    r"/batchEndpoints/(?P<endpointName>[^/]+)",
    re.IGNORECASE,
)


def identity(inputs: Mapping[str, object]) -> str:
    """Pulumi's id: the endpoint's in ARM, which an import names too."""
    return (
        f"/subscriptions/{inputs['subscriptionId']}/resourceGroups/{inputs['resourceGroupName']}"
        f"/providers/Microsoft.MachineLearningServices/workspaces/{inputs['workspaceName']}"
        f"/batchEndpoints/{inputs['endpointName']}"
    )


def place_of(resource_id: str) -> dict[str, object] | None:
    """The inputs that an id says; None where it is no batch endpoint's."""
    found = _ID.fullmatch(resource_id)
    return dict(found.groupdict()) if found else None


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is not judged.
    """
    problems = [*no_inputs(inputs, _INPUTS), *place(inputs), *timeout_and_region(inputs)]
    name = inputs.get("deploymentName")
    if name is not UNKNOWN:
        wrong = wrong_endpoint_name(name) if isinstance(name, str) else "a deployment's name"
        if wrong:
            problems.append(("deploymentName", f"got {shown(name)}; use {wrong}"))
    given = {key: value for key, value in inputs.items() if value is not None}
    return {"timeoutSeconds": DEFAULT_TIMEOUT_SECONDS, **given}, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces; how long to wait is no difference."""
    compared = (*_PLACE, "deploymentName")
    return {key: key in _PLACE for key in compared if old.get(key) != new.get(key)}


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
