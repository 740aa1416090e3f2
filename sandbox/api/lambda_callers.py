"""Lambda: a function's URL, its asynchronous callers, and what else is kept beside it."""

import re
from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.api.lambda_words import FUNCTION, arn_of, found_function
from sandbox.api.spelling import epoch, pascal, present
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["OPERATIONS", "ROUTES"]

_URL = "aws:lambda/functionUrl:FunctionUrl"
_INVOKE = "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig"
_RECURSION = "aws:lambda/functionRecursionConfig:FunctionRecursionConfig"
_RUNTIME = "aws:lambda/runtimeManagementConfig:RuntimeManagementConfig"
_NAME = r"functions/(?P<FunctionName>[^/]+)"
ROUTES = tuple(
    ("GET", re.compile(rf"/{version}/{_NAME}/{what}"), operation)
    for version, what, operation in (
        ("2021-10-31", "url", "GetFunctionUrlConfig"),
        ("2019-09-25", "event-invoke-config", "GetFunctionEventInvokeConfig"),
        ("2019-09-30", "concurrency", "GetFunctionConcurrency"),
        ("2024-08-31", "recursion-config", "GetFunctionRecursionConfig"),
        ("2021-07-20", "runtime-management-config", "GetRuntimeManagementConfig"),
    )
)
"""Method, path and operation, as sandbox/api/lambda_.py has them."""


def _url(call: Call) -> dict[str, Any]:
    row = _needed(call, _URL, "/", "The resource you requested does not exist.")
    return present(
        {
            "FunctionUrl": row.outputs["functionUrl"],
            "FunctionArn": _qualified(call),
            "AuthType": row.inputs["authorizationType"],
            "InvokeMode": row.inputs.get("invokeMode", "BUFFERED"),
            "Cors": pascal(mapped(row.inputs.get("cors"))) or None,
            "CreationTime": row.created,
            "LastModifiedTime": row.updated,
        }
    )


def _invoke(call: Call) -> dict[str, Any]:
    missing = f"The function {_qualified(call)} doesn't have an EventInvokeConfig"
    row = _needed(call, _INVOKE, ":", missing)
    return present(
        {
            "FunctionArn": _qualified(call),
            "LastModified": epoch(row.updated),
            "MaximumRetryAttempts": row.inputs.get("maximumRetryAttempts"),
            "MaximumEventAgeInSeconds": row.inputs.get("maximumEventAgeInSeconds"),
            "DestinationConfig": pascal(mapped(row.inputs.get("destinationConfig"))),
        }
    )


def _concurrency(call: Call) -> dict[str, Any]:
    """Nothing, where nothing is reserved."""
    reserved = found_function(call).inputs.get("reservedConcurrentExecutions", -1)
    return {"ReservedConcurrentExecutions": reserved} if reserved >= 0 else {}


def _recursion(call: Call) -> dict[str, Any]:
    row = _beside(call, _RECURSION, "")
    return {"RecursiveLoop": row.inputs["recursiveLoop"] if row is not None else "Terminate"}


def _runtime(call: Call) -> dict[str, Any]:
    row = _beside(call, _RUNTIME, ":")
    asked = row.inputs if row is not None else {}
    return present(
        {
            "FunctionArn": _qualified(call),
            "UpdateRuntimeOn": asked.get("updateRuntimeOn", "Auto"),
            "RuntimeVersionArn": asked.get("runtimeVersionArn"),
        }
    )


def _qualified(call: Call) -> str:
    arn, qualifier = arn_of(call, found_function(call).name), call.parameters.get("Qualifier")
    return f"{arn}:{qualifier}" if qualifier else arn


def _beside(call: Call, token: str, sign: str) -> Row | None:
    """What is kept of a function, or of one of its aliases, by its id."""
    name, qualifier = found_function(call).name, call.parameters.get("Qualifier")
    scope = {"account": call.caller.account, "region": call.caller.region}
    ending = f"{sign}{qualifier}" if qualifier else ""
    for each in (name, arn_of(call, name)):
        row = call.store.get("aws", token, f"{each}{ending}", **scope)
        if row is not None:
            return row
    return None


def _needed(call: Call, token: str, sign: str, missing: str) -> Row:
    row = _beside(call, token, sign)
    if row is None:
        raise AwsError("ResourceNotFoundException", missing, 404)
    return row


OPERATIONS: dict[str, Operation] = {
    "GetFunctionConcurrency": Operation(_concurrency, FUNCTION),
    "GetFunctionEventInvokeConfig": Operation(_invoke, _INVOKE),
    "GetFunctionRecursionConfig": Operation(_recursion, _RECURSION),
    "GetFunctionUrlConfig": Operation(_url, _URL),
    "GetRuntimeManagementConfig": Operation(_runtime, _RUNTIME),
}
