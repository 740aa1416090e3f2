"""Inputs of `serving:index:LambdaDeployment`: schema, checks, differences. Makes no call.

Sources: the API models of Lambda and CodeDeploy in botocore, read 2026-11-21.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from provider.aws.lambda_names import ALIAS_NAME, FUNCTION_NAME, VERSION
from provider.input_checks import REGION, no_inputs, timeout_and_region, wrong_texts
from provider.values import UNKNOWN

TYPE: Final = "serving:index:LambdaDeployment"

# The longest predefined shift takes 100 min (LambdaLinear10PercentEvery10Minutes):
# https://docs.aws.amazon.com/codedeploy/latest/userguide/deployment-configurations.html
DEFAULT_TIMEOUT_SECONDS: Final = 7200
# ApplicationName and DeploymentGroupName in CodeDeploy's API model.
_GROUP: Final = re.compile(r"[A-Za-z0-9+=,.@_-]{1,100}")
_TEXTS: Final[dict[str, tuple[re.Pattern[str], str]]] = {
    "applicationName": (_GROUP, "use 1 to 100 letters, digits and + = , . @ _ -"),
    "deploymentGroupName": (_GROUP, "use 1 to 100 letters, digits and + = , . @ _ -"),
    "functionName": FUNCTION_NAME,
    "aliasName": ALIAS_NAME,
    # An alias that shifts cannot hold $LATEST (CreateAlias, routing).
    "targetVersion": VERSION,
}

_INPUTS: Final[dict[str, Any]] = {
    "applicationName": {"type": "string", "description": "Name of the CodeDeploy application."},
    "deploymentGroupName": {
        "type": "string",
        "description": "Name of the deployment group: how fast, which alarms, which role.",
    },
    "functionName": {
        "type": "string",
        "description": "Name of the function; a change replaces this resource, not the function.",
        "willReplaceOnChanges": True,
    },
    "aliasName": {
        "type": "string",
        "description": "Name of the alias; a change replaces this resource, not the alias.",
        "willReplaceOnChanges": True,
    },
    "targetVersion": {
        "type": "string",
        "description": "Published version that the alias must be at, with all of the requests.",
    },
    "timeoutSeconds": {
        "type": "integer",
        "default": DEFAULT_TIMEOUT_SECONDS,
        "description": "How long to wait for the deployment. Default: 7200 s.",
    },
    "region": REGION,
}
SCHEMA: Final[dict[str, Any]] = {
    "description": (
        "The version that an alias of a Lambda function is at, moved by CodeDeploy: starts the "
        "deployment or goes on with the one that runs, waits for its end, and fails when the "
        "alias is not at the version asked for. Deleting it changes nothing in the cloud."
    ),
    "inputProperties": _INPUTS,
    "requiredInputs": list(_TEXTS),
    "properties": {
        **_INPUTS,
        "liveWeights": {
            "type": "object",
            "additionalProperties": {"type": "number"},
            "description": "Percent of the requests that each version gets now.",
        },
        "deploymentId": {
            "type": "string",
            "description": "The deployment that was waited for last; empty when none was needed.",
        },
    },
    "required": [*_TEXTS, "timeoutSeconds", "liveWeights", "deploymentId"],
}
REPLACES: Final = ("functionName", "aliasName", "region")
COMPUTED: Final = ("liveWeights", "deploymentId")


def identity(inputs: Mapping[str, object]) -> str:
    """Pulumi's id, which an import names too."""
    return f"{inputs['functionName']}:{inputs['aliasName']}"


def check(inputs: Mapping[str, object]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    """The inputs with their defaults, and every problem as (property path, reason).

    What is not known yet is taken as right.
    """
    problems = [
        *no_inputs(inputs, _INPUTS),
        *wrong_texts(inputs, _TEXTS),
        *timeout_and_region(inputs),
    ]
    timeout = inputs.get("timeoutSeconds")
    return {
        **inputs,
        "timeoutSeconds": DEFAULT_TIMEOUT_SECONDS if timeout is None else timeout,
    }, problems


def changes(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, bool]:
    """Paths that differ, each with whether it replaces the resource.

    How the next deployment is made (application, group, time) is no difference: nothing in the
    cloud would change. Requests that another version gets are one.
    """
    found = {
        key: key in REPLACES
        for key in ("functionName", "aliasName", "region", "targetVersion")
        if old.get(key) != new.get(key)
    }
    weights = old.get("liveWeights")
    if isinstance(weights, dict) and len(weights) > 1:  # pyright: ignore[reportUnknownArgumentType]
        found["liveWeights"] = False
    return dict(sorted(found.items()))


def preview(inputs: Mapping[str, object]) -> dict[str, object]:
    """The outputs as far as they are known before anything was done."""
    return {**inputs, **dict.fromkeys(COMPUTED, UNKNOWN)}
