"""Azure Resource Manager's protocol: paths, versions, long-running operations, errors.

A request is `<method> /subscriptions/…?api-version=…` with JSON; what takes long is answered at
once, with the URL of its state in `Azure-AsyncOperation`, as
https://learn.microsoft.com/azure/azure-resource-manager/management/async-operations tells.
`/metadata/endpoints` tells clients that ask for a cloud's endpoints (`ARM_CLOUD_METADATA_URL`) to
come here.
"""

import base64
import contextlib
import json
import re
import time
import urllib.parse
import uuid
from functools import partial
from typing import Any, cast

from sandbox import errors, eventual, seed
from sandbox.api import azure_blobs, azure_graph
from sandbox.api.azure_apps import ROUTES
from sandbox.api.azureml import ArmCall, ArmError, Outcome, operation_of
from sandbox.api.dropped import AT_ONCE, DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.defect import defect
from sandbox.rows import OVER_HTTP
from sandbox.store import Event, Fault, Store
from sandbox.values import mapped

__all__ = ["answer", "refused"]

# Where clients get a token, with this header; `environment.py` tells them.
_TOKEN_PATH = "/msi/token"  # noqa: S105 - a path
_IDENTITY_HEADER = "sandbox"

_STATES = re.compile(
    r"^/subscriptions/[^/]+/providers/Microsoft\.MachineLearningServices/locations/[^/]+/"
    r"mfeOperationsStatus/([\w-]+=*)$",
    re.IGNORECASE,
)
_LEAST_WAIT_MS = 20


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each is logged as an event such as `azureml:<Operation>`."""
    if request.path.startswith(azure_blobs.PATH):
        return azure_blobs.answer(store, request)
    return _answer(store, request)


def _answer(store: Store, request: Request) -> Response:
    path, _, query = request.path.partition("?")
    path = urllib.parse.unquote(path).rstrip("/")
    base = f"http://{request.headers.get('host', '127.0.0.1')}"
    if path in {_TOKEN_PATH, "/metadata/endpoints"}:
        token = path == _TOKEN_PATH
        return _token(request) if token else _response(200, _metadata(base, query))
    try:
        version = dict(urllib.parse.parse_qsl(query)).get("api-version", "")
        if path.lower() == azure_graph.PATH:
            outcome = Outcome(200, _graph(store, request))
        else:
            _admit(store, request, path, version)
            state = _STATES.match(path)
            if state:
                return _response(*_state(store, path, state[1]))
            outcome = _run(store, request, path, base)
    except ArmError as error:
        return refused(error)
    except DroppedError:
        return Response(0, b"", "", {})
    except Exception as error:  # noqa: BLE001 - a fault of ours must look like one
        return refused(ArmError("InternalServerError", defect(path, error), 500))
    return _response(outcome.status, outcome.body, _polling(outcome, base, version))


def refused(error: ArmError) -> Response:
    """A refusal as ARM words it."""
    document = {"error": {"code": error.code, "message": str(error), "details": error.details}}
    headers = {"x-ms-failure-cause": "gateway"}
    if error.status == 401:  # noqa: PLR2004 - HTTP
        headers["WWW-Authenticate"] = 'Bearer authorization_uri="https://login.microsoftonline.com"'
    return _response(error.status, document, headers)


def _graph(store: Store, request: Request) -> dict[str, Any]:
    """A question that is of several subscriptions, in none's path."""
    outcome = "ok"
    try:
        _refuse_strangers(request)
        return answered(
            store.take_fault(azure_graph.TOKEN, "Resources", modes=AT_ONCE),
            lambda: azure_graph.resources(store, _document(request.body)),
            partial(_refuse, azure_graph.TOKEN),
            ArmError,
        )
    except ArmError as error:
        outcome = error.code
        raise
    except DroppedError:
        outcome = "no answer"
        raise
    finally:
        store.log(
            Event(
                operation=azure_graph.OPERATION,
                provider="azure-native",
                token=azure_graph.TOKEN,
                id=azure_graph.PATH,
                outcome=outcome,
            )
        )


def _refuse_strangers(request: Request) -> None:
    if not request.headers.get("authorization"):
        raise ArmError(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
            401,
        )


def _admit(store: Store, request: Request, path: str, version: str) -> None:
    _refuse_strangers(request)
    subscription = path.split("/")[2]
    if subscription not in [known.id for known in store.identities("azure_subscription")]:
        raise ArmError(
            "SubscriptionNotFound", f"The subscription '{subscription}' could not be found.", 404
        )
    if not version:
        raise ArmError(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )


def _run(store: Store, request: Request, path: str, base: str) -> Outcome:
    operation, target, token = operation_of(request.method, path, ROUTES)
    outcome, detail = "ok", ""
    try:
        fault = store.take_fault(token, operation.name, modes=(*OVER_HTTP, "never_ready"))
        call = ArmCall(store, target, token, _document(request.body), fault, base)
        refuse = partial(_refuse, token)
        return answered(fault, lambda: operation.answer(call), refuse, ArmError)
    except ArmError as error:
        outcome, detail = error.code, str(error)
        raise
    except DroppedError:
        outcome = "no answer"
        raise
    finally:
        store.log(
            Event(
                operation=f"{operation.service}:{operation.name}",
                provider="azure-native",
                token=token,
                id=target,
                account=path.split("/")[2],
                outcome=outcome,
                detail=detail,
            )
        )


def _polling(outcome: Outcome, base: str, version: str) -> dict[str, str]:
    """The headers that lead a client to the state of what takes long."""
    row = outcome.pending
    if row is None:
        return {}
    known = f"{outcome.status}|{row.token}|{row.id}|{outcome.failure}"
    token = base64.urlsafe_b64encode(known.encode()).decode()
    region = str(row.inputs.get("location") or seed.AZURE_LOCATION)
    url = (
        f"{base}/subscriptions/{row.account}/providers/Microsoft.MachineLearningServices/"
        f"locations/{region}/mfeOperationsStatus/{token}?api-version={version}"
    )
    return {"Azure-AsyncOperation": url, **_wait(eventual.remaining(row))}


def _state(store: Store, path: str, token: str) -> tuple[int, dict[str, Any], dict[str, str]]:
    """Whether an operation has ended: the resource is ready, or gone."""
    try:
        _, kind, resource_id, failure = base64.urlsafe_b64decode(token).decode().split("|", 3)
    except ValueError:
        raise ArmError("NotFound", "There is no such operation.", 404) from None
    row = store.get("azure-native", kind, resource_id)
    passing = row is not None and eventual.is_passing(row)
    ended = "Failed" if failure else "Succeeded"
    document: dict[str, Any] = {
        "id": path,
        "name": token,
        "status": "InProgress" if passing else ended,
        "percentComplete": 50.0 if passing else 100.0,
    }
    if failure and not passing:
        code, colon, text = failure.partition(": ")
        document["error"] = {
            "code": code if colon else "UserError",
            "message": text if colon else failure,
        }
    return 200, document, _wait(eventual.remaining(row)) if row is not None and passing else {}


def _token(request: Request) -> Response:
    """A token as App Service's managed identity gives it, which Azure's clients ask for by HTTP.

    https://learn.microsoft.com/azure/app-service/overview-managed-identity#rest-endpoint-reference
    """
    if request.headers.get("x-identity-header") != _IDENTITY_HEADER:
        return _response(401, {"statusCode": 401, "message": "X-IDENTITY-HEADER is not right."})
    lifetime = 24 * 3600
    return _response(
        200,
        {
            "access_token": "sandbox",
            "expires_on": str(int(time.time()) + lifetime),
            "resource": "https://management.azure.com/",
            "token_type": "Bearer",
        },
    )


def _wait(seconds: float) -> dict[str, str]:
    # Clients of Azure read milliseconds of this header, and wait 30 s without any.
    return {"retry-after-ms": str(max(_LEAST_WAIT_MS, round(seconds * 1000)))}


def _refuse(token: str, fault: Fault) -> None:
    """As a rule for the operation (by its name, as in `OnlineEndpoints_Get`) says."""
    if fault.mode == "throttle":
        raise ArmError("TooManyRequests", fault.message or "The request is being throttled.", 429)
    if fault.mode == "fail" and fault.code:
        text, status = errors.plain("azure-native", token, fault.code, fault.message)
        raise ArmError(fault.code, text, status)
    if fault.mode == "fail":
        code, colon, text = fault.message.partition(": ")
        if colon and code.isalnum():
            raise ArmError(code, text)
        raise ArmError("InternalServerError", fault.message or "Internal server error.", 500)


def _document(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    with contextlib.suppress(ValueError):
        document = json.loads(body)
        if isinstance(document, dict):
            return cast("dict[str, Any]", document)
    raise ArmError("InvalidRequestContent", "The request content was invalid: no JSON object.")


def _metadata(base: str, query: str) -> Any:  # noqa: ANN401 - a list or an object
    """The endpoints of this cloud, in the form that the version asks for."""
    cloud = {
        "name": "sandbox",
        "portal": base,
        "resourceManager": base,
        "authentication": {
            "loginEndpoint": base,
            "audiences": ["https://management.azure.com/"],
            "tenant": "common",
            "identityProvider": "AAD",
        },
        "graphAudience": base,
        "suffixes": {
            "storage": "core.windows.net",
            "keyVaultDns": "vault.azure.net",
            "acrLoginServer": "azurecr.io",
        },
        "media": base,
        "batch": base,
    }
    return cloud if "2015" in query else [cloud]


def _response(status: int, document: Any, headers: dict[str, str] | None = None) -> Response:  # noqa: ANN401 - JSON
    body = b"" if document is None else json.dumps(document).encode()
    identity = {"x-ms-request-id": str(uuid.uuid4())}
    given = mapped(headers)
    return Response(status, body, "application/json; charset=utf-8", identity | given)
