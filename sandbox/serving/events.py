"""Payload format 2.0: the event that a function gets of a request, and the response it answers.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
"""

import base64
import datetime as dt
import json
import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.api.http import Request, Response
from sandbox.values import mapped

__all__ = ["Arrival", "FormatError", "event", "response"]

# Bodies of these types pass as text, all others in base64.
_TEXT = re.compile(r"(text/.*|application/(json|javascript|xml|[\w.+-]+\+(json|xml)))(;.*)?")
_NO_BODY = frozenset({204, 304})


class FormatError(Exception):
    """What the function answered is no response."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What the gateway knows of a request beyond the request itself."""

    account: str
    api: str
    domain: str
    route: str
    stage: str
    request_id: str
    path: str
    authorizer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    path_parameters: Mapping[str, str] = field(default_factory=dict[str, str])
    stage_variables: Mapping[str, Any] = field(default_factory=dict[str, Any])


def event(request: Request, arrival: Arrival) -> dict[str, Any]:
    """The event of a request."""
    query = request.path.partition("?")[2]
    now = dt.datetime.now(tz=dt.UTC)
    headers = {name: value for name, value in request.headers.items() if name != "cookie"}
    # What the gateway adds: the caller came over TLS, as far as the function knows.
    headers |= {
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-port": "443",
        "x-forwarded-proto": "https",
    }
    arguments: dict[str, list[str]] = {}
    for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True):
        arguments.setdefault(name, []).append(value)
    found: dict[str, Any] = {
        "version": "2.0",
        "routeKey": arrival.route,
        "rawPath": arrival.path,
        "rawQueryString": query,
        "headers": headers,
        "requestContext": {
            "accountId": arrival.account,
            "apiId": arrival.api,
            "domainName": arrival.domain,
            "domainPrefix": arrival.domain.partition(".")[0],
            "http": {
                "method": request.method,
                "path": arrival.path,
                "protocol": "HTTP/1.1",
                "sourceIp": "127.0.0.1",
                "userAgent": headers.get("user-agent", ""),
            },
            "requestId": arrival.request_id,
            "routeKey": arrival.route,
            "stage": arrival.stage,
            "time": now.strftime("%d/%b/%Y:%H:%M:%S %z"),
            "timeEpoch": int(now.timestamp() * 1000),
        },
        "isBase64Encoded": False,
    }
    if "cookie" in request.headers:
        found["cookies"] = [each.strip() for each in request.headers["cookie"].split(";")]
    if arguments:
        found["queryStringParameters"] = {k: ",".join(v) for k, v in arguments.items()}
    if arrival.authorizer:
        found["requestContext"]["authorizer"] = dict(arrival.authorizer)
    if arrival.path_parameters:
        found["pathParameters"] = dict(arrival.path_parameters)
    if arrival.stage_variables:
        found["stageVariables"] = dict(arrival.stage_variables)
    return found | _body(request)


def _body(request: Request) -> dict[str, Any]:
    if not request.body:
        return {}
    kind = request.headers.get("content-type", "")
    try:
        if _TEXT.fullmatch(kind):
            return {"body": request.body.decode()}
    except UnicodeDecodeError:
        pass
    return {"body": base64.b64encode(request.body).decode(), "isBase64Encoded": True}


def response(payload: bytes) -> Response:
    """The response in what a function answered; without `statusCode` all of it is the body.

    Raises:
        FormatError: It is none.
    """
    try:
        document = json.loads(payload)
    except ValueError:
        raise FormatError("not JSON") from None
    if not isinstance(document, dict) or "statusCode" not in document:
        return Response(200, json.dumps(document).encode(), "application/json", {})
    answer = cast("dict[str, Any]", document)
    body = answer.get("body")
    try:
        status = int(answer["statusCode"])
        headers = mapped(answer.get("headers"))
        given = {name.lower(): str(value) for name, value in headers.items()}
        text = "" if body is None else body if isinstance(body, str) else json.dumps(body)
        data = base64.b64decode(text, validate=True) if answer.get("isBase64Encoded") else text
        raw = data if isinstance(data, bytes) else data.encode()
    except (TypeError, ValueError, AttributeError) as error:
        raise FormatError(str(error)) from None
    if not 100 <= status <= 599:  # noqa: PLR2004 - HTTP's own
        raise FormatError(f"statusCode {status}")
    cookies = answer.get("cookies")
    if isinstance(cookies, list) and cookies:
        given["set-cookie"] = ", ".join(map(str, cast("list[Any]", cookies)))
    given.pop("content-length", None)
    kind = given.pop("content-type", "text/plain;charset=UTF-8")
    return Response(status, b"" if status in _NO_BODY else raw, kind, given)
