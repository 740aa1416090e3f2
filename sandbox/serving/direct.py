"""Lambda's Invoke, as `boto3.client("lambda").invoke` asks for it."""

import base64
import json
import re
import urllib.parse
from collections.abc import Mapping

from sandbox.api.aws import refused
from sandbox.api.call import AwsError
from sandbox.api.http import Request, Response
from sandbox.serving.invoking import Functions, Place

__all__ = ["answer", "is_for"]

_PATH = re.compile(r"/2015-03-31/functions/(?P<name>[^/]+)/invocations")
_QUALIFIED_ARN_PARTS = 8
# https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html: LogType Tail.
_LOG_TAIL_BYTES = 4096


def is_for(request: Request) -> bool:
    """Whether a request has the path of an invocation."""
    path = request.path.partition("?")[0]
    return request.method == "POST" and _PATH.fullmatch(path) is not None


def answer(functions: Functions, request: Request, place: Place) -> Response:
    """Invoke, or take the event for later.

    Raises:
        NotServedError: The sandbox cannot run it.
    """
    path, _, query = request.path.partition("?")
    name = urllib.parse.unquote(path.split("/")[3])
    words = name.split(":")
    inner = words[-1] if len(words) == _QUALIFIED_ARN_PARTS else ""
    qualifier = dict(urllib.parse.parse_qsl(query)).get("Qualifier", inner)
    headers, body = request.headers, request.body or b"{}"
    kind = headers.get("x-amz-invocation-type", "RequestResponse")
    try:
        _check_json(body)
        if kind == "Event":
            request_id = functions.accept(place, name, qualifier, body)
            return Response(202, b"", "application/json", {"x-amzn-RequestId": request_id})
        if kind == "DryRun":
            functions.check(place, name, qualifier)
            return Response(204, b"", "application/json", {})
        invocation = functions.invoke(
            place, name, qualifier, body, client_context=_context(headers)
        )
    except AwsError as error:
        return refused(error)
    more = {
        "x-amzn-RequestId": invocation.request_id,
        "X-Amz-Executed-Version": invocation.version,
    }
    if invocation.outcome.error:
        more["X-Amz-Function-Error"] = invocation.outcome.error
    if headers.get("x-amz-log-type") == "Tail":
        tail = "\n".join(invocation.outcome.log).encode()[-_LOG_TAIL_BYTES:]
        more["X-Amz-Log-Result"] = base64.b64encode(tail).decode()
    return Response(200, invocation.outcome.payload, "application/json", more)


def _check_json(body: bytes) -> None:
    try:
        json.loads(body)
    except ValueError:
        raise AwsError(
            "InvalidRequestContentException", "Could not parse request body into json"
        ) from None


def _context(headers: Mapping[str, str]) -> str:
    try:
        return base64.b64decode(headers.get("x-amz-client-context", "")).decode()
    except ValueError:
        return ""
