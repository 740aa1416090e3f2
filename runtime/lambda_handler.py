"""AWS Lambda's handler: `POST /predict` with JSON, behind API Gateway, a function URL or an ALB.

`runtime/requests.py` has request, answer and statuses. Payload formats: API Gateway 2.0 and
function URLs, API Gateway 1.0, and ALB target groups, with and without multi-value headers:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html

An event that is no HTTP request is the document itself, `{"instances": [...]}`: the answer is the
document with the predictions, and what is refused or fails raises `RequestError`, so that Lambda's
retries, dead letters and destinations of asynchronous callers work.

Each line of log is also a record of CloudWatch's embedded metric format, which Lambda's log group
turns into metrics by model and version; a request that has no line (`runtime/request_logs.py`) has
a record of its numbers alone, for the metrics are of all requests:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html

SnapStart: the model is loaded and has predicted once before the snapshot. Nothing that a snapshot
makes stale is held: connections are opened by requests, and no random number is drawn.
"""

import base64
import binascii
import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final, cast

from runtime import logs
from runtime.functions import Request, answered
from runtime.loading import Started, started
from runtime.request_logs import trace_id, xray_trace_id
from runtime.requests import Answer, RefusedError, sized

__all__ = ["RequestError", "handler"]

# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB a synchronous
# answer; https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html:
# 1 MB behind a load balancer.
_MAX_ANSWER_BYTES: Final = 6 * 1024 * 1024
_MAX_LOAD_BALANCER_ANSWER_BYTES: Final = 1024 * 1024
# What is left to write an answer once a prediction was ended.
_SECONDS_TO_ANSWER: Final = 0.25
_NUMBERS: Final = ("model_name", "model_version", "rows", "duration_ms")
_METRICS: Final = (
    {"Name": "duration_ms", "Unit": "Milliseconds"},
    {"Name": "rows", "Unit": "Count"},
    {"Name": "faults", "Unit": "Count"},
)
_DRIFT_METRICS: Final = ({"Name": "drift_psi", "Unit": "None"},)


class RequestError(Exception):
    """An event that was not answered, for Lambda to report; the text may be shown to a caller."""


def handler(event: object, context: object) -> dict[str, Any]:
    """Answer one event. A fault shows its type and place in the log alone.

    Raises:
        RequestError: An event that is no HTTP request is refused, or fails.
        StartError: There is no model; only outside Lambda, which stops before.
    """
    now = started()
    http = cast(Mapping[str, Any], event) if _is_http(event) else None
    request = _http(http, context, now) if http else _direct(event, context, now)
    emit, count, tell_drift = _emit(now), _count(now), _tell_drift(now)
    if http is None:
        return _document(answered(now, request, emit, count=count, tell_drift=tell_drift))
    limit = _MAX_LOAD_BALANCER_ANSWER_BYTES if _elb(http) else _MAX_ANSWER_BYTES
    answer = answered(
        now, request, emit, lambda answer: _fitted(answer, limit), count, tell_drift=tell_drift
    )
    return _response(answer, multi_value="multiValueHeaders" in http and "headers" not in http)


def _is_http(event: object) -> bool:
    known = {"requestContext", "httpMethod", "body"}
    return isinstance(event, dict) and not known.isdisjoint(cast(dict[object, object], event))


def _http(event: Mapping[str, Any], context: object, now: Started) -> Request:
    return Request(
        method=_method(event),
        path=_text(event.get("rawPath")) or _text(event.get("path")),
        read=lambda: _body(event, now.settings.max_body_bytes),
        request_id=_request_id(context),
        seconds_left=lambda: _seconds_left(context),
        **_trace(event),
    )


def _direct(event: object, context: object, now: Started) -> Request:
    """The event is the document: written as JSON again, so that it meets the same rules."""
    return Request(
        method="POST",
        path="",
        read=lambda: sized(
            json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass"),
            now.settings.max_body_bytes,
        ),
        request_id=_request_id(context),
        seconds_left=lambda: _seconds_left(context),
        **_trace({}),
    )


def _document(answer: Answer) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.body)
    if answer.status == HTTPStatus.OK:
        return document
    raise RequestError(f"{answer.status}: {document['error']}")


def _response(answer: Answer, *, multi_value: bool) -> dict[str, Any]:
    headers = answer.headers
    response: dict[str, Any] = {
        "statusCode": answer.status,
        "headers": headers,
        "isBase64Encoded": False,
        "body": answer.body,
    }
    if multi_value:
        # A target group with multi-value headers reads no others.
        response["multiValueHeaders"] = {name: [value] for name, value in headers.items()}
    return response


def _fitted(answer: Answer, limit: int) -> Answer:
    # As it stands in Lambda's own JSON, where every quotation mark is escaped.
    if len(answer.body) * 2 > limit and len(json.dumps(answer.body)) > limit:
        text = f"the answer is over {limit} bytes; send fewer rows"
        return Answer(413, json.dumps({"error": text}))
    return answer


def _method(event: Mapping[str, Any]) -> str:
    context = event.get("requestContext")
    http = cast(Mapping[str, Any], context).get("http") if isinstance(context, dict) else None
    if isinstance(http, dict):
        return str(cast(Mapping[str, Any], http).get("method", "POST")).upper()
    return str(event.get("httpMethod", "POST")).upper()


def _body(event: Mapping[str, Any], limit: int) -> bytes:
    body = event.get("body")
    if not isinstance(body, str) or not body:
        raise RefusedError(400, "the request has no body")
    # Base64 takes four characters for three bytes: refused before it is decoded.
    if len(body) > (limit * 4) // 3 + 4:
        raise RefusedError(413, f"the body is over {limit} bytes")
    if event.get("isBase64Encoded"):
        try:
            data = base64.b64decode(body, validate=True)
        except (binascii.Error, ValueError) as error:
            raise RefusedError(400, "the body is not valid base64") from error
    else:
        data = body.encode(errors="surrogatepass")
    return sized(data, limit)


def _elb(event: Mapping[str, Any]) -> bool:
    context = event.get("requestContext")
    return isinstance(context, dict) and "elb" in context


def _request_id(context: object) -> str:
    return str(getattr(context, "aws_request_id", ""))


def _seconds_left(context: object) -> float | None:
    left: Any = getattr(context, "get_remaining_time_in_millis", None)
    return None if left is None else max(0.001, left() / 1000 - _SECONDS_TO_ANSWER)


def _trace(event: Mapping[str, Any]) -> dict[str, Any]:
    """X-Ray's id is the environment's during a request; W3C's, of the caller, comes in a header."""
    headers = event.get("headers")
    found = cast(Mapping[str, object], headers if isinstance(headers, dict) else {})
    names = {name.lower(): value for name, value in found.items()}
    xray = os.environ.get("_X_AMZN_TRACE_ID", "")[:256]
    parent = _text(names.get("traceparent"))[:64]
    return {
        "trace_id": trace_id(parent) or xray_trace_id(xray),
        "trace": {"xray_trace_id": xray, "traceparent": parent},
    }


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _emit(now: Started) -> Callable[..., None]:
    """Writes a request's line, which also says which of its numbers are metrics."""

    def write(**fields: Any) -> None:  # noqa: ANN401 - a line's own types
        namespace = now.settings.metrics_namespace
        if namespace:
            fields |= _metrics(namespace, fields)
        logs.write(**fields)

    return write


def _count(now: Started) -> Callable[..., None]:
    """Writes the numbers of a request that has no line, where there are metrics."""

    def write(**fields: Any) -> None:  # noqa: ANN401 - a line's own types
        namespace = now.settings.metrics_namespace
        if namespace:
            numbers = {name: fields[name] for name in _NUMBERS}
            logs.write("INFO", "counted", **numbers, **_metrics(namespace, fields))

    return write


def _tell_drift(now: Started) -> Callable[..., None]:
    """Writes a line of drift, whose largest index is a metric."""

    def write(**fields: Any) -> None:  # noqa: ANN401 - a line's own types
        namespace = now.settings.metrics_namespace
        if namespace:
            fields["_aws"] = _directive(namespace, fields, _DRIFT_METRICS)
        logs.write(**fields)

    return write


def _metrics(namespace: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    """What a request's line has beside its own, to be metrics."""
    return {
        "faults": int(fields["status"] >= HTTPStatus.INTERNAL_SERVER_ERROR),
        "_aws": _directive(namespace, fields, _METRICS),
    }


def _directive(
    namespace: str, fields: Mapping[str, Any], metrics: Sequence[Mapping[str, str]]
) -> dict[str, Any]:
    """What says which of a line's numbers are metrics."""
    # A dimension without a value makes CloudWatch drop the record.
    names = [name for name in ("model_name", "model_version") if fields[name]]
    directive = {"Namespace": namespace, "Dimensions": [names], "Metrics": metrics}
    return {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    # Without a time of this name Lambda takes every line for one of level INFO:
    # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    logs.call_time("timestamp")
    # While Lambda starts the instance it has more CPU than a request gets. A model that does not
    # load stops the start, so that its deployment fails, and not its callers.
    started()
