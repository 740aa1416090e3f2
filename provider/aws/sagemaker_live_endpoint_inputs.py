"""Inputs of `serving:index:SageMakerLiveEndpoint`: schema, checks, differences. Makes no call.

Sources: the API model of SageMaker (names, weights, shifts), read 2026-11-26.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Final, cast

from facts.limits import SAGEMAKER_ROLLBACK_ALARMS
from facts.sagemaker_shift import (
    DEFAULT_SIZE_PERCENT,
    DEFAULT_WAIT_SECONDS,
    SHIFTS,
    SIZE_PERCENT,
    longest_wait_seconds,
    timeout_seconds,
)
from provider.input_checks import REGION, Problems, is_whole, no_inputs, shown, timeout_and_region
from provider.values import UNKNOWN

TYPE: Final = "serving:index:SageMakerLiveEndpoint"

# EndpointName, EndpointConfigName and VariantName in SageMaker's API model.
_NAME: Final = re.compile(r"[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}")
ALL_PERCENT: Final = 100
# Weights are 32-bit floats: one of three comes back as 33.33333206176758.
_DIGITS: Final = 2
# Of an update that SageMaker ends for its own time limit: until it is back on what was live.
_ROLLBACK_SECONDS: Final = 900

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
    "shift": {
        "type": "string",
        "default": SHIFTS[0],
        "description": (
            "How traffic moves to another configuration of the same variants: all_at_once, "
            "canary, linear or rolling. Between other sets of variants it moves all at once. "
            "Default: all_at_once."
        ),
    },
    "shiftSizePercent": {
        "type": "integer",
        "default": DEFAULT_SIZE_PERCENT,
        "description": (
            "Size of the canary (1 to 50), linear step (10 to 50) or rolling batch (5 to 50) in "
            "percent of the instances. Default: 10."
        ),
    },
    "shiftWaitSeconds": {
        "type": "integer",
        "default": DEFAULT_WAIT_SECONDS,
        "description": "Time for the alarms to speak between steps, 0 to 3600. Default: 300 s.",
    },
    "alarmNames": {
        "type": "array",
        "items": {"type": "string"},
        "description": (
            "CloudWatch alarms, at most 10, of which each rolls an update back. Default: none."
        ),
    },
    "scaledVariants": {
        "type": "array",
        "items": {"type": "string"},
        "description": (
            "Variants that Application Auto Scaling scales once this is there. For an update that "
            "changes their instance type their scaling is taken away and given back. Default: "
            "none."
        ),
    },
    "timeoutSeconds": {
        "type": "integer",
        "description": "How long to wait for the endpoint. Default: as long as the shift may take.",
    },
    "region": REGION,
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "What a SageMaker endpoint serves: moves it to an endpoint configuration, keeps instance "
        "counts and weights meanwhile, waits, fails when SageMaker rolled back, and sets the "
        "weights of its variants. Deleting it changes nothing in the cloud."
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
# How an update is made and waited for; nothing in the cloud would change with these alone.
HOW: Final = frozenset(
    {"shift", "shiftSizePercent", "shiftWaitSeconds", "alarmNames", "timeoutSeconds"}
)


def identity(inputs: Mapping[str, object]) -> str:
    """Pulumi's id, which an import names too."""
    return str(inputs["endpointName"])


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], Problems]:
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
    problems += _check_shift(inputs)
    problems += _check_scaled(inputs.get("scaledVariants"))
    problems += timeout_and_region(inputs)
    return {**inputs, **defaults(inputs)}, problems


def defaults(inputs: Mapping[str, object]) -> dict[str, object]:
    """What holds where nothing is given: for how an update is made."""
    shift = _word(inputs)
    size, wait = _number(inputs, "shiftSizePercent"), _number(inputs, "shiftWaitSeconds")
    timeout = inputs.get("timeoutSeconds")
    usual = timeout_seconds(shift, size or 1, wait) + _ROLLBACK_SECONDS
    return {"timeoutSeconds": usual if timeout is None else timeout}


def shift_of(inputs: Mapping[str, object]) -> tuple[str, int, int]:
    """The checked inputs' shift, its size in percent, and the wait in seconds."""
    return (
        _word(inputs),
        _number(inputs, "shiftSizePercent"),
        _number(inputs, "shiftWaitSeconds"),
    )


def scaled_of(inputs: Mapping[str, object]) -> set[str]:
    """Variants that are said to be scaled."""
    return set(cast("list[str]", inputs.get("scaledVariants") or []))


def alarms_of(inputs: Mapping[str, object]) -> list[str]:
    """Names of the alarms that roll an update back."""
    return list(cast("list[str]", inputs.get("alarmNames") or []))


def _word(inputs: Mapping[str, object]) -> str:
    shift = inputs.get("shift")
    return shift if isinstance(shift, str) and shift in SHIFTS else SHIFTS[0]


def _number(inputs: Mapping[str, object], key: str) -> int:
    value = inputs.get(key)
    return int(cast(float, value)) if is_whole(value) else cast(int, _INPUTS[key]["default"])


def _check_shift(inputs: Mapping[str, object]) -> Problems:
    problems: Problems = []
    shift, alarms = inputs.get("shift"), inputs.get("alarmNames")
    if shift is not None and shift is not UNKNOWN and shift not in SHIFTS:
        problems.append(("shift", f"got {shown(shift)}; use {', '.join(SHIFTS)}"))
    limit = SIZE_PERCENT.get(_word(inputs))
    low, high = (limit.minimum or 1, limit.maximum or 100) if limit else (1, ALL_PERCENT)
    problems += _whole(inputs, "shiftSizePercent", int(low), int(high), limit and limit.source)
    longest = longest_wait_seconds(_word(inputs), max(_number(inputs, "shiftSizePercent"), 1))
    problems += _whole(inputs, "shiftWaitSeconds", 0, longest, "all steps together end in 25,200 s")
    if alarms is not None and alarms is not UNKNOWN:
        names = cast("list[object]", alarms) if isinstance(alarms, list) else [None]
        most = int(SAGEMAKER_ROLLBACK_ALARMS.maximum or 0)
        known = all(one is UNKNOWN or (isinstance(one, str) and one) for one in names)
        if not known or len(names) > most:
            given = shown(cast(object, alarms))
            problems.append(("alarmNames", f"got {given}; use at most {most} names of alarms"))
    return problems


def _check_scaled(value: object) -> Problems:
    if value is None or value is UNKNOWN:
        return []
    names = cast("list[object]", value) if isinstance(value, list) else [None]
    if all(isinstance(name, str) and _NAME.fullmatch(name) for name in names):
        return []
    return [("scaledVariants", f"got {shown(cast(object, value))}; use names of variants")]


def _whole(
    inputs: Mapping[str, object], key: str, low: int, high: int, why: str | None
) -> Problems:
    value = inputs.get(key)
    if value is None or value is UNKNOWN or (is_whole(value) and low <= cast(float, value) <= high):
        return []
    because = f" ({why})" if why else ""
    return [(key, f"got {shown(value)}; use a whole number from {low} to {high}{because}")]


def _check_weights(value: object) -> Problems:
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

    How an update is made is no difference.
    """
    found: dict[str, bool] = {}
    for key in _INPUTS.keys() - HOW:
        before, after = old.get(key), new.get(key)
        if key == "scaledVariants" and not (before or after):
            continue
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
