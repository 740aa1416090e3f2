"""Vertex AI's API over HTTP and JSON: which method a request is for, and what an answer looks like.

Both versions, v1 and v1beta1, are answered alike. Operations are also read under `/ui/`, where
google-cloud-aiplatform polls them. Times are scaled as `sandbox.eventual` says.
"""

import dataclasses
import json
import re
import urllib.parse
from collections.abc import Callable, Mapping
from typing import Any

from sandbox import errors
from sandbox.api import (
    vertex_deployments,
    vertex_endpoints,
    vertex_jobs,
    vertex_models,
    vertex_monitoring,
    vertex_operations,
    vertex_pools,
    vertex_serving,
)
from sandbox.api.dropped import DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.api.vertex_call import Call, GoogleError, Operation, require
from sandbox.api.vertex_facts import ENDPOINT, MODEL, POOL
from sandbox.check import nearest
from sandbox.rows import OVER_HTTP
from sandbox.store import Event, Fault, Store
from sandbox.values import mapped

__all__ = ["answer", "is_for", "refused"]

_PATH = re.compile(
    r"/(?:v1|v1beta1|ui)/(?P<parent>projects/[^/]+/locations/[^/]+)/(?P<rest>.+?)"
    r"(?::(?P<method>[A-Za-z]+))?"
)
_OPERATION = re.compile(r"(.+/)?operations/\d+")
_OPERATIONS_OF = re.compile(r"(.+)/operations")
_OPERATIONS = {
    **vertex_models.OPERATIONS,
    **vertex_endpoints.OPERATIONS,
    **vertex_deployments.OPERATIONS,
    **vertex_jobs.OPERATIONS,
    **vertex_monitoring.OPERATIONS,
    **vertex_pools.OPERATIONS,
}
_EMPTY = {"@type": "type.googleapis.com/google.protobuf.Empty"}
_PACKAGE = "type.googleapis.com/google.cloud.aiplatform.v1"


def is_for(request: Request) -> bool:
    """Whether a request is one to Vertex AI."""
    return _PATH.fullmatch(urllib.parse.unquote(request.path.partition("?")[0])) is not None


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each but those about operations is logged as `aiplatform:<Method>`."""
    path, _, query = request.path.partition("?")
    match = _PATH.fullmatch(urllib.parse.unquote(path))
    if match is None:
        return refused(GoogleError("NOT_FOUND", f"{path}: no such resource."))
    try:
        parent = _parent(store, match["parent"])
        name = f"{parent}/{match['rest']}"
        parameters = dict(urllib.parse.parse_qsl(query))
        call = Call(store, name, parameters, _document(request.body))
        if _OPERATION.fullmatch(match["rest"]):
            return _response(200, vertex_operations.now(call, _answering(call)))
        if of := _OPERATIONS_OF.fullmatch(match["rest"]):
            asked = dataclasses.replace(call, name=f"{parent}/{of[1]}")
            return _response(200, vertex_operations.listed_of(asked, _answering(call)))
        return _response(200, _run(call, request.method, match["rest"], match["method"] or ""))
    except GoogleError as error:
        return refused(error)
    except DroppedError:
        return Response(0, b"", "", {})


def refused(error: GoogleError) -> Response:
    """A refusal as google.rpc.Status."""
    status = {"code": error.status, "message": str(error), "status": error.code}
    return _response(error.status, {"error": status})


def _parent(store: Store, parent: str) -> str:
    """The parent with its project's id, which must be one of the sandbox's."""
    _, project, rest = parent.split("/", 2)
    projects = store.identities("gcp_project")
    for identity in projects:
        if project in {identity.id, identity.details.get("number")}:
            return f"projects/{identity.id}/{rest}"
    meant = nearest(project, [identity.id for identity in projects])
    hint = f'; did you mean "{meant}"?' if meant else ""
    raise GoogleError("PERMISSION_DENIED", f"Permission denied on project {project}{hint}")


def _run(call: Call, verb: str, rest: str, method: str) -> dict[str, Any]:
    collection, slash, name = rest.partition("/")
    operation = _OPERATIONS.get((verb, f"{collection}/*" if slash else collection, method))
    if operation is None or "/" in name:
        asked = f"{verb} {rest}{f':{method}' if method else ''}"
        raise GoogleError("UNIMPLEMENTED", f"The sandbox does not answer {asked} yet.")
    outcome, detail = "ok", ""
    try:
        fault = call.store.take_fault(
            operation.token, operation.name, (call.name, name), modes=OVER_HTTP
        )
        if fault is not None and fault.mode == "silent_rollback":
            call = dataclasses.replace(call, failing=_worded(fault))
        return answered(fault, lambda: operation.answer(call), _refuse, GoogleError)
    except GoogleError as error:
        outcome, detail = error.code, str(error)
        raise
    except DroppedError:
        outcome = "no answer"
        raise
    finally:
        call.store.log(_event(call, operation, outcome, detail))


def _event(call: Call, operation: Operation, outcome: str, detail: str) -> Event:
    return Event(
        operation=f"aiplatform:{operation.name}",
        provider="gcp",
        token=operation.token,
        id=call.name,
        account=call.project,
        outcome=outcome,
        detail=detail,
    )


def _answering(call: Call) -> Callable[[str, str], dict[str, Any]]:
    """What gives the response of an operation whose time is over, by resource and kind."""

    def done(name: str, kind: str) -> dict[str, Any]:
        match kind:
            case "UploadModel":
                row = require(call.store.get("gcp", MODEL, name), name, "Model")
                return vertex_models.uploaded(call, row)
            case "CreateEndpoint":
                row = require(call.store.get("gcp", ENDPOINT, name), name, "Endpoint")
                return {"@type": f"{_PACKAGE}.Endpoint", **vertex_endpoints.shown(call, row)}
            case "CreateDeploymentResourcePool":
                row = require(call.store.get("gcp", POOL, name), name, "DeploymentResourcePool")
                shown = vertex_pools.shown(call, row)
                return {"@type": f"{_PACKAGE}.DeploymentResourcePool", **shown}
            case "DeployModel" | "MutateDeployedModel":
                row = require(call.store.get("gcp", ENDPOINT, name), name, "Endpoint")
                deployed = vertex_serving.touched(row)
                return {"@type": f"{_PACKAGE}.{kind}Response", "deployedModel": deployed}
            case "UndeployModel":
                return {"@type": f"{_PACKAGE}.UndeployModelResponse"}
            case _:
                return dict(_EMPTY)

    return done


def _refuse(fault: Fault) -> None:
    """As a rule for a method (by its name, as in `DeployModel`) says."""
    if fault.mode == "throttle":
        raise GoogleError("RESOURCE_EXHAUSTED", fault.message or "Quota exceeded.")
    if fault.mode == "fail":
        raise _worded(fault)


def _worded(fault: Fault) -> GoogleError:
    """A rule's refusal: a message such as `UNAVAILABLE: no capacity` names the code."""
    if fault.code:
        words = errors.plain("gcp", "gcp:vertex/*", fault.code, fault.message)[0]
        return GoogleError(fault.code, words)
    code, colon, text = fault.message.partition(": ")
    if colon and code.isupper():
        return GoogleError(code, text)
    return GoogleError("INTERNAL", fault.message or "Internal error encountered.")


def _document(body: bytes) -> dict[str, Any]:
    try:
        document: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise GoogleError("INVALID_ARGUMENT", "The body is no JSON.") from error
    if not isinstance(document, dict):
        raise GoogleError("INVALID_ARGUMENT", "The body is no JSON object.")
    return mapped(document)  # pyright: ignore[reportUnknownArgumentType]


def _response(status: int, members: Mapping[str, Any]) -> Response:
    return Response(status, json.dumps(members).encode(), "application/json; charset=UTF-8", {})
