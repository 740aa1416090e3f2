"""Inputs of `serving:index:SageMakerLiveEndpoint`: schema, checks, differences. Makes no call.

Sources: the API model of SageMaker (names, weights), read 2026-11-21.
"""

import difflib
import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

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
    "region": {
        "type": "string",
        "description": "AWS region. Default: the provider's, else AWS_REGION.",
        "willReplaceOnChanges": True,
    },
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


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is taken as right.
    """
    problems: list[tuple[str, str]] = []
    for key in inputs:
        if key not in _INPUTS:
            near = difflib.get_close_matches(key, _INPUTS, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            problems.append((key, f"is no input; use {', '.join(_INPUTS)}{hint}"))
    for key in ("endpointName", "endpointConfigName"):
        value = inputs.get(key)
        if value is UNKNOWN:
            continue
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            problems.append(
                (key, f"got {_shown(value)}; use 1 to 63 letters, digits and inner hyphens")
            )
    problems += _check_weights(inputs.get("weights"))
    timeout = inputs.get("timeoutSeconds")
    if timeout is None:
        timeout = DEFAULT_TIMEOUT_SECONDS
    elif timeout is not UNKNOWN and not (_is_whole(timeout) and cast(float, timeout) >= 1):
        problems.append(
            ("timeoutSeconds", f"got {_shown(timeout)}; use a whole number of seconds from 1")
        )
    region = inputs.get("region")
    if region is not None and region is not UNKNOWN and not (isinstance(region, str) and region):
        problems.append(("region", f"got {_shown(region)}; use a region such as eu-west-1"))
    return {**inputs, "timeoutSeconds": timeout}, problems


def _check_weights(value: object) -> list[tuple[str, str]]:
    if value is UNKNOWN:
        return []
    weights = cast(dict[str, object], value) if isinstance(value, dict) else {}
    if not weights:
        shown = _shown(cast(object, value))
        return [("weights", f"got {shown}; use percent by variant, as in {{stable: 100}}")]
    problems = [
        (f"weights.{name}", f"got {_shown(weight)}; use a whole number from 0 to {ALL_PERCENT}")
        for name, weight in weights.items()
        if weight is not UNKNOWN
        and not (_is_whole(weight) and 0 <= cast(float, weight) <= ALL_PERCENT)
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


def _is_whole(value: object) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        and float(value).is_integer()
    )


def _numbers(weights: Mapping[str, object]) -> dict[str, float]:
    return {name: cast(float, weight) for name, weight in weights.items()}


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return repr(value)


def share(weight: float, weights: Mapping[str, float]) -> float:
    """Percent of the requests: a weight in the sum of all of them; 0 when all are 0."""
    total = math.fsum(weights.values())
    return round(ALL_PERCENT * weight / total, _DIGITS) if total > 0 else 0.0


def percent(shares: Mapping[str, float]) -> str:
    """As in `candidate 10 %, stable 90 %`."""
    return ", ".join(f"{name} {share:g} %" for name, share in sorted(shares.items()))
