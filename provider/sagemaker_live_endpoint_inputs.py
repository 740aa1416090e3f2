"""Inputs of `serving:index:SageMakerLiveEndpoint`: schema, checks, differences. Makes no call.

Sources: the API model of SageMaker (names, weights), read 2026-11-21.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from provider.input_checks import REGION, is_whole, no_inputs, shown, timeout_and_region
from provider.values import UNKNOWN

TYPE: Final = "serving:index:SageMakerLiveEndpoint"

DEFAULT_TIMEOUT_SECONDS: Final = 1800
# EndpointName, EndpointConfigName and VariantName in SageMaker's API model.
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ALL_PERCENT: Final = 100
# Weights are 32-bit floats: one of three comes back as 33.33333206176758.
_DIGITS: Final = 2

_INPUTS: Final[dict[str, Any]] = {
    "endpointName": {
        "type": "string",
        "description": "Name of the endpoint; a change replaces this resource, not the endpoint.",
        "willReplaceOnChanges": True,
    },
    "endpointConfigName": {
        "type": "string",
        "description": "Name of the endpoint configuration that must be live.",
    },
    "weights": {
        "type": "object",
        "additionalProperties": {"type": "number"},
        "description": (
            "Percent of the requests that each production variant gets: whole numbers from 0 to "
            "100, of all variants together 100."
        ),
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for the endpoint. Default: 1800 s.",
    },
    "region": REGION,
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "What a SageMaker endpoint serves: waits until it is in service, fails when its live "
        "configuration is not the one asked for, and sets the weights of its variants. Deleting "
        "it changes nothing in the cloud."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": ["endpointName", "endpointConfigName", "weights"],
    "properties": {
        **_INPUTS,
        "status": {"type": "string", "description": "The endpoint's status: `InService`."},
        "liveWeights": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "Percent of the requests that each variant gets now.",
        },
        "liveEndpointConfigName": {
            "type": "string",
            "description": "Name of the endpoint configuration that is live now.",
        },
    },
    "required": [
        "endpointName",
        "endpointConfigName",
        "weights",
        "timeoutSeconds",
        "status",
        "liveWeights",
        "liveEndpointConfigName",
    ],
}
REPLACES: Final = ("endpointName", "region")
COMPUTED: Final = ("status", "liveWeights", "liveEndpointConfigName")


def identity(inputs: Mapping[str, object]) -> str:
    """Pulumi's id, which an import names too."""
    return str(inputs["endpointName"])


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is taken as right.
    """
    problems = no_inputs(inputs, _INPUTS)
    for key in ("endpointName", "endpointConfigName"):
        value = inputs.get(key)
        if value is UNKNOWN:
            continue
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            problems.append(
                (key, f"got {shown(value)}; use 1 to 63 letters, digits and inner hyphens")
            )
    problems += _check_weights(inputs.get("weights"))
    problems += timeout_and_region(inputs)
    timeout = inputs.get("timeoutSeconds")
    return {
        **inputs,
        "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    }, problems


def _check_weights(value: object) -> list[tuple[str, str]]:
    if value is UNKNOWN:
        return []
    weights = cast(dict[str, object], value) if isinstance(value, dict) else {}
    if not weights:
        given = shown(cast(object, value))
        return [("weights", f"got {given}; use percent by variant, as in {{stable: 100}}")]
    problems = [
        (f"weights.{name}", f"got {shown(weight)}; use a whole number from 0 to {ALL_PERCENT}")
        for name, weight in weights.items()
        if weight is not UNKNOWN
        and not (is_whole(weight) and 0 <= cast(float, weight) <= ALL_PERCENT)
    ]
    problems += [
        (f"weights.{name}", "the variant's name has 1 to 63 letters, digits and inner hyphens")
        for name in weights
        if not _NAME.fullmatch(name)
    ]
    if problems or UNKNOWN in weights.values():
        return problems
    total = sum(cast(float, weight) for weight in weights.values())
    if len(weights) > 1 and total != ALL_PERCENT:
        return [
            ("weights", f"got {percent(_numbers(weights))}, {total:g} together; use {ALL_PERCENT}")
        ]
    if total == 0:
        return [
            ("weights", f"got {percent(_numbers(weights))}; one variant alone needs {ALL_PERCENT}")
        ]
    return []


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths of the inputs that differ, each with whether it replaces the resource.

    How long to wait is no difference: nothing in the cloud would change.
    """
    found: dict[str, bool] = {}
    for key in _INPUTS.keys() - {"timeoutSeconds"}:
        before, after = old.get(key), new.get(key)
        if key == "weights" and isinstance(before, dict) and isinstance(after, dict):
            before = cast(dict[str, object], before)
            after = cast(dict[str, object], after)
            for name in sorted({*before, *after}):
                if before.get(name) != after.get(name):
                    found[f"weights.{name}"] = False
        elif before != after:
            found[key] = key in REPLACES
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}


def _numbers(weights: Mapping[str, object]) -> dict[str, float]:
    return {name: cast(float, weight) for name, weight in weights.items()}


def share(weight: float, weights: Mapping[str, float]) -> float:
    """Percent of the requests: a weight in the sum of all of them; 0 when all are 0."""
    total = math.fsum(weights.values())
    return round(ALL_PERCENT * weight / total, _DIGITS) if total > 0 else 0.0


def percent(shares: Mapping[str, float]) -> str:
    """As in `candidate 10 %, stable 90 %`."""
    return ", ".join(f"{name} {share:g} %" for name, share in sorted(shares.items()))
