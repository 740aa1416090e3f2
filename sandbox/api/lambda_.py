"""Lambda: functions and aliases, with the weights that an alias gives to versions."""

import re
from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.store import Row

__all__ = ["ALIAS", "FUNCTION", "OPERATIONS", "alias_row", "route"]

FUNCTION = "aws:lambda/function:Function"
ALIAS = "aws:lambda/alias:Alias"

_ROUTES = (
    ("GET", re.compile(r"/2015-03-31/functions/([^/]+)/aliases/([^/]+)"), "GetAlias"),
    ("GET", re.compile(r"/2015-03-31/functions/([^/]+)/configuration"), "GetFunctionConfiguration"),
    ("GET", re.compile(r"/2015-03-31/functions/([^/]+)"), "GetFunction"),
)


def route(method: str, path: str) -> tuple[str, dict[str, Any]]:
    """The operation of a request, and the parameters that its path holds."""
    for verb, pattern, operation in _ROUTES:
        found = pattern.fullmatch(path)
        if verb == method and found:
            return operation, dict(zip(("FunctionName", "Name"), found.groups(), strict=False))
    raise AwsError("UnknownOperationException", f"The sandbox does not answer {method} {path}", 404)


def _get_alias(call: Call) -> dict[str, Any]:
    function, name = _short(call.text("FunctionName")), call.text("Name")
    row = alias_row(call, function, name)
    if row is None:
        arn = f"{_arn(call, function)}:{name}"
        raise AwsError("ResourceNotFoundException", f"Cannot find alias arn: {arn}", 404)
    routing: dict[str, Any] = row.inputs.get("routingConfig") or {}
    answer: dict[str, Any] = {
        "AliasArn": f"{_arn(call, function)}:{name}",
        "Name": name,
        "FunctionVersion": row.inputs.get("functionVersion", ""),
        "Description": row.inputs.get("description", ""),
    }
    weights = routing.get("additionalVersionWeights")
    if weights:
        answer["RoutingConfig"] = {"AdditionalVersionWeights": weights}
    return answer


def alias_row(call: Call, function: str, name: str) -> Row | None:
    """An alias in the caller's account and region, by the names of its function and its own."""
    rows = call.store.list("aws", ALIAS, account=call.caller.account, region=call.caller.region)
    for row in rows:
        if row.inputs.get("name") == name and _short(row.inputs.get("functionName")) == function:
            return row
    return None


def _get_function(call: Call) -> dict[str, Any]:
    return {"Configuration": _get_configuration(call), "Tags": _function(call).inputs.get("tags")}


def _get_configuration(call: Call) -> dict[str, Any]:
    row = _function(call)
    answer = {
        "FunctionName": row.name,
        "FunctionArn": _arn(call, row.name),
        "Version": row.outputs.get("version") or "$LATEST",
        "Runtime": row.inputs.get("runtime"),
        "Role": row.inputs.get("role"),
        "Handler": row.inputs.get("handler"),
        "MemorySize": row.inputs.get("memorySize"),
        "Timeout": row.inputs.get("timeout"),
        "Architectures": row.inputs.get("architectures"),
        "CodeSha256": row.outputs.get("codeSha256") or row.inputs.get("sourceCodeHash"),
        "State": "Active",
        "LastUpdateStatus": "Successful",
    }
    return {name: value for name, value in answer.items() if value is not None}


def _function(call: Call) -> Row:
    name = _short(call.text("FunctionName"))
    row = call.named(FUNCTION, name)
    if row is None:
        message = f"Function not found: {_arn(call, name)}"
        raise AwsError("ResourceNotFoundException", message, 404)
    return row


def _short(name: object) -> str:
    """A function's name, also from its ARN."""
    parts = str(name).split(":")
    return parts[6] if len(parts) > 6 else parts[-1]  # noqa: PLR2004 - arn:aws:lambda:…:function:


def _arn(call: Call, name: str) -> str:
    return f"arn:aws:lambda:{call.caller.region}:{call.caller.account}:function:{name}"


OPERATIONS: dict[str, Operation] = {
    "GetAlias": Operation(_get_alias, ALIAS),
    "GetFunction": Operation(_get_function, FUNCTION),
    "GetFunctionConfiguration": Operation(_get_configuration, FUNCTION),
}
