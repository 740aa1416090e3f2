"""Vertex AI's long operations: rows of their own, which any process answers for, also after a kill.

An operation is done when its time is over. One that fails has changed nothing.
"""

import time
from collections.abc import Callable
from typing import Any

from sandbox.api.vertex_call import Call, GoogleError, by_number, moment, page
from sandbox.api.vertex_facts import OPERATION, number
from sandbox.eventual import Transition, is_over, seconds
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["begun", "listed_of", "now"]

_PACKAGE = "type.googleapis.com/google.cloud.aiplatform.v1"
# Numbers of google.rpc.Code.
_CODES = {
    "CANCELLED": 1,
    "UNKNOWN": 2,
    "INVALID_ARGUMENT": 3,
    "DEADLINE_EXCEEDED": 4,
    "NOT_FOUND": 5,
    "ALREADY_EXISTS": 6,
    "PERMISSION_DENIED": 7,
    "RESOURCE_EXHAUSTED": 8,
    "FAILED_PRECONDITION": 9,
    "ABORTED": 10,
    "UNIMPLEMENTED": 12,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
}
_METADATA = {
    "UploadModel": "UploadModelOperationMetadata",
    "CreateEndpoint": "CreateEndpointOperationMetadata",
    "DeployModel": "DeployModelOperationMetadata",
    "UndeployModel": "UndeployModelOperationMetadata",
    "MutateDeployedModel": "MutateDeployedModelOperationMetadata",
    "CreateDeploymentResourcePool": "CreateDeploymentResourcePoolOperationMetadata",
    "UpdateModelDeploymentMonitoringJob": "UpdateModelDeploymentMonitoringJobOperationMetadata",
    "Delete": "DeleteOperationMetadata",
}


def begun(call: Call, resource: str, kind: str, transition: Transition) -> dict[str, Any]:
    """An operation that has begun; one that is to fail ends in the rule's words."""
    name = f"{resource}/operations/{number()}"
    live: dict[str, Any] = {"kind": kind, "since": time.time(), "seconds": seconds(transition)}
    if call.failing is not None:
        code = _CODES.get(call.failing.code, 13)
        live["error"] = {"code": code, "message": str(call.failing)}
    row = Row("gcp", OPERATION, name, account=call.project, live=live)
    call.store.put(row, operation="begin")
    return _described(call, row) | {"done": False}


def now(call: Call, answer: Callable[[str, str], dict[str, Any]]) -> dict[str, Any]:
    """The operation as it is now; `answer` gives its response, by resource and kind."""
    row = call.store.get("gcp", OPERATION, call.name, account=call.project)
    if row is None:
        raise GoogleError("NOT_FOUND", f"The operation {call.name} was not found.")
    return _as_it_is(call, row, answer)


def listed_of(call: Call, answer: Callable[[str, str], dict[str, Any]]) -> dict[str, Any]:
    """The operations on one resource, the newest first; `call.name` is the resource's."""
    rows = call.store.starting("gcp", OPERATION, f"{call.name}/operations/")
    rows.sort(key=lambda row: row.created, reverse=True)
    return page(call, "operations", [_as_it_is(call, row, answer) for row in rows])


def _as_it_is(call: Call, row: Row, answer: Callable[[str, str], dict[str, Any]]) -> dict[str, Any]:
    found = _described(call, row)
    if not is_over(float(row.live["since"]), float(row.live["seconds"])):
        return found | {"done": False}
    if error := mapped(row.live.get("error")):
        return found | {"done": True, "error": error}
    resource = row.id.partition("/operations/")[0]
    try:
        response = answer(resource, str(row.live["kind"]))
    except GoogleError:
        # What it made is gone by now.
        response = {}
    return found | {"done": True, "response": response}


def _described(call: Call, row: Row) -> dict[str, Any]:
    return {
        "name": by_number(call, row.id),
        "metadata": {
            "@type": f"{_PACKAGE}.{_METADATA[str(row.live['kind'])]}",
            "genericMetadata": {"createTime": row.created or moment(), "updateTime": moment()},
        },
    }
