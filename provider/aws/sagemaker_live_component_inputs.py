"""Inputs of `serving:index:SageMakerLiveComponent`: schema, checks, differences. Makes no call.

Sources: UpdateInferenceComponent and its shapes in SageMaker's API model, read 2026-11-26.
"""

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.input_checks import REGION, is_whole, no_inputs, shown, timeout_and_region
from provider.values import UNKNOWN

TYPE: Final = "serving:index:SageMakerLiveComponent"

DEFAULT_TIMEOUT_SECONDS: Final = 3600
# InferenceComponentName and EndpointName.
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
_FREE: Final[dict[str, Any]] = {
    "type": "object",
    "additionalProperties": {"$ref": "pulumi.json#/Any"},
}

_INPUTS: Final[dict[str, Any]] = {
    "componentName": {
        "type": "string",
        "description": (
            "Name of the inference component, which is there; a change replaces this resource, "
            "not the component."
        ),
        "willReplaceOnChanges": True,
    },
    "endpointName": {
        "type": "string",
        "description": "Name of the endpoint that the component must be on.",
    },
    "specification": {
        **_FREE,
        "description": (
            "What every copy must run and get, as `Specification` of UpdateInferenceComponent: "
            "ModelName or Container, ComputeResourceRequirements, StartupParameters."
        ),
    },
    "deploymentConfig": {
        **_FREE,
        "description": (
            "How copies are replaced when the specification changes, as `DeploymentConfig` of "
            "UpdateInferenceComponent. Default: SageMaker's own."
        ),
    },
    "minCopies": {
        "type": "integer",
        "description": "Fewest copies that may be live, 0 or more.",
    },
    "maxCopies": {
        "type": "integer",
        "description": "Most copies that may be live, 1 or more.",
    },
    "tags": {
        "type": "object",
        "additionalProperties": {"type": "string"},
        "description": "Tags of the component; those that others set stay. Default: none.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for the component. Default: 3600 s.",
    },
    "region": REGION,
}
_REQUIRED: Final = ["componentName", "endpointName", "specification", "minCopies", "maxCopies"]
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "What a SageMaker inference component runs: waits until it is in service, moves it to "
        "another specification by a rolling update, and fails when SageMaker went back. The "
        "number of copies is only brought within its bounds, never set otherwise. Deleting it "
        "changes nothing in the cloud."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": _REQUIRED,
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "The component's status: `InService`."},
        "liveCopies": {"type": "integer", "description": "Copies that are wanted now."},
    },
    "required": [*_REQUIRED, "timeoutSeconds", "status", "liveCopies"],
}
REPLACES: Final = ("componentName", "region")
COMPUTED: Final = ("status", "liveCopies")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The inputs with their defaults, and every problem as (property path, reason)."""
    problems = no_inputs(inputs, _INPUTS)
    for key in ("componentName", "endpointName"):
        value = inputs.get(key)
        if value is not UNKNOWN and not (isinstance(value, str) and _NAME.fullmatch(value)):
            problems.append(
                (key, f"got {shown(value)}; use 1 to 63 letters, digits and inner hyphens")
            )
    problems += _check_specification(inputs.get("specification"))
    deployment = inputs.get("deploymentConfig")
    if deployment is not None and deployment is not UNKNOWN and not isinstance(deployment, dict):
        problems.append(("deploymentConfig", f"got {shown(deployment)}; use an object"))
    tags = inputs.get("tags")
    if tags is not None and tags is not UNKNOWN and not isinstance(tags, dict):
        problems.append(("tags", f"got {shown(tags)}; use texts by name"))
    problems += _check_copies(inputs) + timeout_and_region(inputs)
    timeout = inputs.get("timeoutSeconds")
    return {
        **inputs,
        "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    }, problems


def _check_specification(value: object) -> list[tuple[str, str]]:
    if value is UNKNOWN:
        return []
    given = cast("dict[str, object]", value) if isinstance(value, dict) else {}
    if len({"ModelName", "Container"} & given.keys()) != 1:
        return [("specification", "use an object with either ModelName or Container")]
    return []


def _check_copies(inputs: Mapping[str, object]) -> list[tuple[str, str]]:
    problems: list[tuple[str, str]] = []
    for key, least in (("minCopies", 0), ("maxCopies", 1)):
        value = inputs.get(key)
        whole = is_whole(value) and cast(float, value) >= least
        if value is not UNKNOWN and not whole:
            problems.append((key, f"got {shown(value)}; use a whole number from {least}"))
    low, high = inputs.get("minCopies"), inputs.get("maxCopies")
    if not problems and UNKNOWN not in (low, high) and cast(float, high) < cast(float, low):
        problems.append(("maxCopies", f"got {shown(high)}; use at least minCopies, {shown(low)}"))
    return problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths of the inputs that differ, each with whether it replaces the resource.

    How long to wait, and how the next update will go, are no difference: nothing in the cloud
    would change.
    """
    found: dict[str, bool] = {}
    for key in _INPUTS.keys() - {"timeoutSeconds", "deploymentConfig"}:
        before, after = old.get(key), new.get(key)
        if (
            key in {"specification", "tags"}
            and isinstance(before, dict)
            and isinstance(after, dict)
        ):
            before = cast("dict[str, object]", before)
            after = cast("dict[str, object]", after)
            for name in sorted({*before, *after}):
                if before.get(name) != after.get(name):
                    found[f"{key}.{name}"] = False
        elif before != after:
            found[key] = key in REPLACES
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
