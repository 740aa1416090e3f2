"""Google Cloud's APIs that list, by HTTP and JSON: Cloud Asset Inventory, Cloud Monitoring."""

import json
import re
import urllib.parse
from collections.abc import Callable
from functools import partial
from typing import Any

from sandbox.api import google_assets, google_policies
from sandbox.api.dropped import AT_ONCE, DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.api.vertex import refused
from sandbox.api.vertex_call import GoogleError
from sandbox.store import Event, Fault, Store

__all__ = ["answer", "is_for"]

_ASSETS = re.compile(r"/v1/projects/(?P<project>[^/:]+):searchAllResources")
_POLICIES = re.compile(r"/v3/projects/(?P<project>[^/:]+)/alertPolicies")
# By path: the operation, the token that rules and events know it by, and what answers.
_METHODS = (
    (
        _ASSETS,
        "cloudasset:SearchAllResources",
        "gcp:cloudasset/searchAllResources:searchAllResources",
        google_assets.search,
    ),
    (
        _POLICIES,
        "monitoring:ListAlertPolicies",
        google_policies.ALERT_POLICY,
        google_policies.listed,
    ),
)


def is_for(request: Request) -> bool:
    """Whether a request is one of these."""
    path = _path(request)
    return any(pattern.fullmatch(path) for pattern, *_ in _METHODS)


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each is logged as an event such as `monitoring:ListAlertPolicies`."""
    path, query = _path(request), request.path.partition("?")[2]
    for pattern, operation, token, work in _METHODS:
        match = pattern.fullmatch(path)
        if match is None:
            continue
        outcome, project = "ok", match["project"]
        try:
            parameters = dict(urllib.parse.parse_qsl(query))
            fault = store.take_fault(token, operation.partition(":")[2], modes=AT_ONCE)
            found = partial(_found, store, project, work, parameters)
            return _response(answered(fault, found, _refuse, GoogleError))
        except GoogleError as error:
            outcome = error.code
            return refused(error)
        except DroppedError:
            outcome = "no answer"
            return Response(0, b"", "", {})
        finally:
            store.log(
                Event(
                    operation=operation,
                    provider="gcp",
                    token=token,
                    id=project,
                    account=project,
                    outcome=outcome,
                )
            )
    return refused(GoogleError("NOT_FOUND", f"{path}: no such method."))


def _found(
    store: Store,
    project: str,
    work: Callable[[Store, str, dict[str, str]], dict[str, Any]],
    parameters: dict[str, str],
) -> dict[str, Any]:
    _admit(store, project)
    return work(store, project, parameters)


def _refuse(fault: Fault) -> None:
    if fault.mode in {"fail", "throttle"}:
        code = "RESOURCE_EXHAUSTED" if fault.mode == "throttle" else fault.code
        raise GoogleError(code or "INTERNAL", fault.message or "a fault")


def _admit(store: Store, project: str) -> None:
    if project not in [each.id for each in store.identities("gcp_project")]:
        raise GoogleError("PERMISSION_DENIED", f"Permission denied on project {project}")


def _path(request: Request) -> str:
    return urllib.parse.unquote(request.path.partition("?")[0])


def _response(document: dict[str, Any]) -> Response:
    return Response(200, json.dumps(document).encode(), "application/json; charset=UTF-8", {})
