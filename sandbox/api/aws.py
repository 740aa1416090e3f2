"""AWS's protocols: which service and operation a request is for, and what an answer looks like.

| service | protocol of botocore 1.44 | a request is |
|---|---|---|
| SageMaker | json 1.1 | `X-Amz-Target: SageMaker.<Operation>`, JSON body |
| CodeDeploy | json 1.1 | `X-Amz-Target: CodeDeploy_20141006.<Operation>`, JSON body |
| CloudWatch | json 1.0 | `X-Amz-Target: GraniteServiceVersion20100801.<Operation>`, JSON body |
| Application Auto Scaling | json 1.1 | `X-Amz-Target: AnyScaleFrontendService.<Operation>` |
| Resource Groups Tagging | json 1.1 | `X-Amz-Target: ResourceGroupsTaggingAPI_20170126.<…>` |
| STS, IAM | query | form with `Action`, answered in XML |
| Lambda | rest-json | method and path, JSON body |
"""

import gzip
import importlib
import json
import re
import urllib.parse
import uuid
from functools import lru_cache, partial
from typing import Any, cast
from xml.sax.saxutils import escape

from sandbox import errors
from sandbox.api.call import AwsError, Call, Caller, Operation
from sandbox.api.dropped import DroppedError, answered
from sandbox.api.http import Request, Response
from sandbox.rows import OVER_HTTP
from sandbox.store import Event, Fault, Store

__all__ = ["answer", "caller_of", "refused"]

_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d{8}/(?P<region>[^/]*)/(?P<service>[^/]+)/")
_NO_CONTENT = 204
_DEFAULT_REGION = "eu-west-1"


def answer(store: Store, request: Request) -> Response:
    """Answer one request; each is logged as an event `<service>:<Operation>`."""
    caller, service = caller_of(store, request)
    target = request.headers.get("x-amz-target", "")
    if target:
        return _json(store, caller, service, target.rpartition(".")[2], request)
    if request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return _query(store, caller, service, request)
    if service == "lambda":
        return _rest(store, caller, request)
    return refused(AwsError("UnknownOperationException", "This sandbox cannot tell what for."))


def caller_of(store: Store, request: Request) -> tuple[Caller, str]:
    """Who asks, and the service that the request is signed for; empty where it is not signed."""
    found = _SCOPE.search(request.headers.get("authorization", ""))
    key, region, service = found.groups() if found else ("", _DEFAULT_REGION, "")
    return Caller(_account(store, key), region, key), service


def _json(store: Store, caller: Caller, service: str, operation: str, request: Request) -> Response:
    try:
        packed = request.headers.get("content-encoding") == "gzip"
        parameters = _document(gzip.decompress(request.body) if packed else request.body)
        members = _run(store, caller, service, operation, parameters)
    except AwsError as error:
        return refused(error)
    except DroppedError:
        return Response(0, b"", "", {})
    return _response(200, json.dumps(members).encode(), "application/x-amz-json-1.1")


def _query(store: Store, caller: Caller, service: str, request: Request) -> Response:
    form = dict(urllib.parse.parse_qsl(request.body.decode()))
    operation = form.pop("Action", "")
    try:
        members = _run(store, caller, service, operation, form)
    except AwsError as error:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{escape(error.code)}</Code>"
            f"<Message>{escape(str(error))}</Message></Error></ErrorResponse>"
        )
        return _response(error.status, text.encode(), "text/xml")
    except DroppedError:
        return Response(0, b"", "", {})
    inner = _xml(members)
    text = (
        f"<{operation}Response><{operation}Result>{inner}</{operation}Result>"
        f"<ResponseMetadata><RequestId>{uuid.uuid4()}</RequestId></ResponseMetadata>"
        f"</{operation}Response>"
    )
    return _response(200, text.encode(), "text/xml")


def _xml(value: Any) -> str:  # noqa: ANN401 - any JSON
    if isinstance(value, dict):
        members = cast("dict[str, Any]", value)
        return "".join(f"<{name}>{_xml(item)}</{name}>" for name, item in members.items())
    if isinstance(value, list):
        return "".join(f"<member>{_xml(item)}</member>" for item in cast("list[Any]", value))
    return escape(str(value).lower() if isinstance(value, bool) else str(value))


def _rest(store: Store, caller: Caller, request: Request) -> Response:
    from sandbox.api import lambda_  # noqa: PLC0415 - only when asked for

    path, _, query = request.path.partition("?")
    try:
        operation, parameters = lambda_.route(request.method, path)
        parameters |= _document(request.body) | dict(urllib.parse.parse_qsl(query))
        members = _run(store, caller, "lambda", operation, parameters)
    except AwsError as error:
        return refused(error)
    except DroppedError:
        return Response(0, b"", "", {})
    status = lambda_.STATUS.get(operation, 200)
    body = b"" if status == _NO_CONTENT else json.dumps(members).encode()
    return _response(status, body, "application/json")


def _run(
    store: Store, caller: Caller, service: str, name: str, parameters: dict[str, Any]
) -> dict[str, Any]:
    operation = _operations(service).get(name)
    if operation is None:
        raise AwsError(
            "UnknownOperationException", f"The sandbox does not answer {service}:{name} yet."
        )
    outcome, detail = "ok", ""
    try:
        fault = store.take_fault(operation.token, name, modes=OVER_HTTP)
        if fault is None and operation.rule:
            fault = store.take_fault(operation.token, operation.rule, modes=OVER_HTTP)
        rolls_back = fault is not None and fault.mode == "silent_rollback"
        call = Call(store, caller, parameters, rolls_back)
        refuse = partial(_refuse, operation.token)
        return answered(fault, lambda: operation.answer(call), refuse, AwsError)
    except AwsError as error:
        outcome, detail = error.code, str(error)
        raise
    except DroppedError:
        outcome = "no answer"
        raise
    finally:
        store.log(
            Event(
                operation=f"{service}:{name}",
                provider="aws",
                token=operation.token,
                id=_subject(parameters),
                account=caller.account,
                region=caller.region,
                outcome=outcome,
                detail=detail,
            )
        )


# Modules of a service, by the name that it is signed for; imported when it is first asked for.
_MODULES = {
    "application-autoscaling": ("autoscaling",),
    "cloudcontrolapi": ("cloudcontrol",),
    "codedeploy": ("codedeploy",),
    "iam": ("iam",),
    "lambda": ("lambda_",),
    "monitoring": ("cloudwatch",),
    "sagemaker": (
        "sagemaker",
        "sagemaker_parts",
        "sagemaker_registry",
        "sagemaker_components",
        "sagemaker_transform",
    ),
    "sts": ("sts",),
    "tagging": ("tagging",),
}


@lru_cache
def _operations(service: str) -> dict[str, Operation]:
    names = _MODULES.get(service, ())
    modules = [importlib.import_module(f"sandbox.api.{name}") for name in names]
    return {key: value for module in modules for key, value in module.OPERATIONS.items()}


def _refuse(token: str, fault: Fault) -> None:
    """As a rule for the operation (by its API name, as in `DescribeEndpoint`) says."""
    if fault.mode == "throttle":
        raise AwsError("ThrottlingException", fault.message or "Rate exceeded")
    if fault.mode == "fail" and fault.code:
        text, status = errors.plain("aws", token, fault.code, fault.message)
        raise AwsError(fault.code, text, status)
    if fault.mode == "fail":
        # A message such as `ValidationException: no capacity` names the code of a refusal.
        code, colon, text = fault.message.partition(": ")
        if colon and code.isalnum():
            raise AwsError(code, text)
        text = fault.message or "The request processing has failed."
        raise AwsError("InternalFailure", text, 500)


def _account(store: Store, access_key: str) -> str:
    """The account that an access key belongs to; a key that no account names is the first's."""
    accounts = store.identities("aws_account")
    for account in accounts:
        if access_key and account.details.get("access_key_id") == access_key:
            return account.id
    if not accounts:
        raise AwsError("UnrecognizedClientException", "The security token is invalid.", 403)
    return accounts[0].id


def _subject(parameters: dict[str, Any]) -> str:
    """The name of what a request is about: the first parameter that ends in `Name`."""
    return next((str(v) for k, v in parameters.items() if k.endswith("Name")), "")


def _document(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body or b"{}")
    except ValueError as error:
        raise AwsError("SerializationException", "The body is no JSON.") from error
    if not isinstance(document, dict):
        raise AwsError("SerializationException", "The body is no JSON object.")
    return document  # pyright: ignore[reportUnknownVariableType]


def refused(error: AwsError) -> Response:
    """A refusal in the JSON protocols."""
    body = json.dumps({"__type": error.code, "message": str(error)}).encode()
    return _response(
        error.status, body, "application/x-amz-json-1.1", {"x-amzn-ErrorType": error.code}
    )


def _response(
    status: int, body: bytes, content_type: str, headers: dict[str, str] | None = None
) -> Response:
    identity = {"x-amzn-RequestId": str(uuid.uuid4())}
    return Response(status, body, content_type, identity | (headers or {}))
