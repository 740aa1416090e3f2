"""Inputs of `serving:index:LambdaReadyVersion`: schema, checks, differences. Makes no call."""

import re
from collections.abc import Mapping
from typing import Any, Final

from provider.aws.lambda_names import ALIAS_NAME, FUNCTION_NAME, VERSION
from provider.input_checks import REGION, no_inputs, timeout_and_region, wrong_texts
from provider.values import UNKNOWN

TYPE: Final = "serving:index:LambdaReadyVersion"

# A little more than botocore's own waiter, PublishedVersionActive: 312 looks of 5 s.
DEFAULT_TIMEOUT_SECONDS: Final = 1800
_VERSION, _USE = VERSION
_REQUIRED: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "functionName": FUNCTION_NAME,
    "version": (
        _VERSION,
        f"{_USE}; after an update of the function that failed, `up --refresh` reads it",
    ),
}

_INPUTS: Final[dict[str, Any]] = {
    "functionName": {
        "type": "string",
        "description": "Name of the function; a change replaces this resource, not the function.",
        "willReplaceOnChanges": True,
    },
    "version": {
        "type": "string",
        "description": "Published version that has to be ready; give this output to the alias.",
    },
    "aliasName": {
        "type": "string",
        "description": (
            "Alias that is to be moved to the version. What keeps its instances warm is taken away "
            "before a version with SnapStart, which Lambda moves no warm alias to. Default: none."
        ),
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for the version. Default: 1800 s.",
    },
    "region": REGION,
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "A published version of a Lambda function that can be invoked: waits until it is active, "
        "with SnapStart until its snapshot is there, and fails with Lambda's reason where it never "
        "will be. Deleting it changes nothing in the cloud."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": list(_REQUIRED),
    "properties": {
        **_INPUTS,
        "state": {"type": "string", "description": "State of the version: `Active`."},
    },
    "required": [*_REQUIRED, "timeoutSeconds", "state"],
}
REPLACES: Final = ("functionName", "region")
COMPUTED: Final = ("state",)
# One that nobody has asked for 14 days is Inactive; the next request makes it active again:
# https://docs.aws.amazon.com/lambda/latest/dg/snapstart-activate.html#snapstart-function-states
READY: Final = ("Active", "Inactive")


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is taken as right.
    """
    alias = {} if inputs.get("aliasName") is None else {"aliasName": ALIAS_NAME}
    problems = [
        *no_inputs(inputs, _INPUTS),
        *wrong_texts(inputs, {**_REQUIRED, **alias}),
        *timeout_and_region(inputs),
    ]
    timeout = inputs.get("timeoutSeconds")
    return {
        **inputs,
        "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    }, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Inputs that differ, each with whether it replaces; a version that is not ready is one too.

    Neither how long to wait is a difference, nor for which alias: nothing would change.
    """
    found = {
        key: key in REPLACES
        for key in ("functionName", "region", "version")
        if old.get(key) != new.get(key)
    }
    if old.get("state") not in READY:
        found["state"] = False
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
