"""Lambda's Runtime API on loopback: what hands a runtime its events and takes its answers.

One `RuntimeApi` is for one instance, that is one process of a runtime interface client such as
awslambdaric, which finds it by `AWS_LAMBDA_RUNTIME_API`. It has one event at a time, as an instance
of Lambda has: https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
"""

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal, cast

__all__ = ["TOO_LARGE", "Answer", "Event", "RuntimeApi"]

_PREFIX = "/2018-06-01/runtime/"
_ACCEPTED, _FORBIDDEN, _NOT_FOUND = 202, 403, 404
# A synchronous answer of Lambda has at most 6 MB, and an error is small:
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
TOO_LARGE = "Function.ResponseSizeTooLarge"
_MAX_ANSWER_BYTES = 6 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One invocation: the payload, and what the handler's context says of it."""

    payload: bytes
    function_arn: str
    timeout_seconds: float
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    trace_id: str = ""
    client_context: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """How an invocation or a start ended: `error` has the type that the runtime gave it."""

    kind: Literal["response", "error", "init_error"]
    body: bytes
    error: str = ""
    content_type: str = "application/json"


class RuntimeApi:
    """A server for one instance; `close` ends it, and with it the instance's waiting."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._event: Event | None = None
        self._taken = ""
        self._answer: Answer | None = None
        self._init_error: Answer | None = None
        self._waiting = False
        self._closed = False
        self._server = _Server(self)
        threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            daemon=True,
            name="runtime-api",
        ).start()

    @property
    def address(self) -> str:
        """Host and port: the value of `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Stop answering. Safe to call twice."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._server.shutdown()
        self._server.server_close()

    # ---- the platform's side ----

    def started(self, seconds: float) -> Answer | Literal["ready"] | None:
        """Wait for the end of the start: an error, `ready` for events, or None for neither yet."""
        with self._changed:
            self._changed.wait_for(lambda: self._init_error or self._waiting, max(0.0, seconds))
            return self._init_error or ("ready" if self._waiting else None)

    def send(self, event: Event) -> None:
        """Give the instance an event, once it asks for one."""
        with self._changed:
            self._event, self._taken, self._answer = event, "", None
            self._changed.notify_all()

    def answered(self, seconds: float) -> Answer | None:
        """Wait for the answer to what was sent; None when it takes longer."""
        with self._changed:
            self._changed.wait_for(lambda: self._answer or self._init_error, max(0.0, seconds))
            return self._answer or self._init_error

    # ---- the runtime's side ----

    def next(self) -> Event | None:
        """Wait for an event; None when the server closes."""
        with self._changed:
            self._waiting = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._event is not None or self._closed)
            event, self._event = self._event, None
            self._waiting = False
            self._taken = event.request_id if event else ""
            return event

    def take(self, request_id: str, answer: Answer) -> bool:
        """Take the answer of an invocation; False when it is not the one that runs."""
        with self._changed:
            if request_id != self._taken or self._answer is not None:
                return False
            self._answer = answer
            self._changed.notify_all()
            return True

    def fail_start(self, answer: Answer) -> None:
        """Take the error with which a start ended."""
        with self._changed:
            self._init_error = answer
            self._changed.notify_all()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, api: RuntimeApi) -> None:
        self.api = api
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """As in the base class, without its look-up of the host's name, which can be slow."""
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()[:2]
        self.server_address = (host, port)
        self.server_name, self.server_port = str(host), int(port)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401 - inherited
        """Nothing: an instance that ends drops its connection."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Nothing: the instance's own output is its log."""

    def do_GET(self) -> None:
        """The next event; or, of an instance with SnapStart, that it is restored."""
        if self.path == f"{_PREFIX}restore/next":
            self._reply(200)
            return
        if self.path != f"{_PREFIX}invocation/next":
            self._refuse(_NOT_FOUND, "UnknownPath", self.path)
            return
        event = self._api.next()
        if event is None:
            self.close_connection = True
            return
        headers = {
            "Lambda-Runtime-Aws-Request-Id": event.request_id,
            "Lambda-Runtime-Deadline-Ms": str(int((time.time() + event.timeout_seconds) * 1000)),
            "Lambda-Runtime-Invoked-Function-Arn": event.function_arn,
        }
        if event.trace_id:
            headers["Lambda-Runtime-Trace-Id"] = event.trace_id
        if event.client_context:
            headers["Lambda-Runtime-Client-Context"] = event.client_context
        self._reply(200, event.payload, headers)

    def do_POST(self) -> None:
        """An answer, an error of an invocation, or the error of a start."""
        body = self._body()
        words = self.path.removeprefix(_PREFIX).split("/")
        error = self.headers.get("Lambda-Runtime-Function-Error-Type") or _error_type(body)
        if words in (["init", "error"], ["restore", "error"]):
            self._api.fail_start(Answer("init_error", body, error))
            self._reply(_ACCEPTED)
            return
        kind = words[2] if len(words) == 3 and words[0] == "invocation" else ""  # noqa: PLR2004
        if kind not in {"response", "error"}:
            self._refuse(_NOT_FOUND, "UnknownPath", self.path)
            return
        answer = Answer(
            "response" if kind == "response" else "error",
            body,
            error if kind == "error" else "",
            self.headers.get("Content-Type") or "application/json",
        )
        if kind == "response" and len(body) > _MAX_ANSWER_BYTES:
            size = f"Exceeded maximum allowed payload size ({_MAX_ANSWER_BYTES} bytes)."
            self._refuse(413, "RequestEntityTooLarge", size)
            said = {"errorType": TOO_LARGE, "errorMessage": size}
            answer = Answer("error", json.dumps(said).encode(), TOO_LARGE)
            self._api.take(words[1], answer)
        elif self._api.take(words[1], answer):
            self._reply(_ACCEPTED, b'{"status":"OK"}')
        else:
            self._refuse(_FORBIDDEN, "InvalidRequestID", "Invalid request ID")

    @property
    def _api(self) -> RuntimeApi:
        return cast(_Server, self.server).api

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            parts: list[bytes] = []
            while size := int(self.rfile.readline().split(b";")[0], 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)
        return self.rfile.read(int(self.headers.get("Content-Length") or 0))

    def _refuse(self, status: int, kind: str, message: str) -> None:
        body = json.dumps({"errorType": kind, "errorMessage": message}).encode()
        self._reply(status, body)

    def _reply(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


def _error_type(body: bytes) -> str:
    try:
        document = json.loads(body)
    except ValueError:
        return ""
    if not isinstance(document, dict):
        return ""
    return str(cast("dict[str, Any]", document).get("errorType") or "")
