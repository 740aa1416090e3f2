"""What is sent back to a request, and what is noted of it."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from runtime import requests
from runtime.requests import Answer
from runtime.server.body import UnreadError

__all__ = ["Record", "Reply", "as_json", "record_of", "refusal", "reply_to_error"]

_RECORD: Final = "model_serving.record"


@dataclass(slots=True)
class Record:
    """One request, as its log line and the metrics tell of it."""

    request_id: str
    method: str
    started: float = field(default_factory=time.perf_counter)
    route: str = ""
    """The path with names for what varies; empty where there is no such path."""
    protocol: str = ""
    """Of a prediction: `predict`, `v1` or `v2`; empty for other requests."""
    status: int = 0
    rows: int = 0
    received: int = 0
    """Bytes of the body."""
    sent: int = 0
    fault: Mapping[str, str] = field(default_factory=dict[str, str])
    trace_id: str = ""
    request_body: str = ""
    """Its beginning, where payloads are asked for; else empty, as of the answer."""
    response_body: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer in the bytes that are sent; `rows` and `fault` as in `runtime.requests.Answer`."""

    status: int
    body: bytes
    headers: Mapping[str, str]
    rows: int = 0
    fault: Mapping[str, str] = field(default_factory=dict[str, str])

    @classmethod
    def of(cls, answer: Answer) -> "Reply":
        """The same answer, in bytes."""
        return cls(
            answer.status, answer.body.encode(), answer.headers, answer.rows, dict(answer.fault)
        )

    def response(self) -> Response:
        """For Starlette to send."""
        return Response(self.body, self.status, dict(self.headers))


def reply_to_error(error: Exception, request_id: str) -> Reply:
    """The answer to a request that an error ended: one line of JSON without internals."""
    reply = Reply.of(requests.failure(error, request_id))
    if isinstance(error, UnreadError):
        return Reply(reply.status, reply.body, {**reply.headers, "connection": "close"})
    return reply


def refusal(status: int, reason: str, headers: Mapping[str, str] | None = None) -> Response:
    """An error as one line of JSON."""
    answer = Answer(status, json.dumps({"error": reason}))
    return Response(answer.body, status, {**answer.headers, **(headers or {})})


def as_json(document: Mapping[str, Any], status: int = 200) -> Response:
    """A small document; 503 tells when to ask again."""
    answer = Answer(status, json.dumps(document, allow_nan=False))
    return Response(answer.body, status, answer.headers)


def record_of(request: Request) -> Record:
    """What is noted of the request that is being answered."""
    return request.scope[_RECORD]


def keep(scope: Any, record: Record) -> None:  # noqa: ANN401 - ASGI's mapping of anything
    """Make `record_of` find it."""
    scope[_RECORD] = record
