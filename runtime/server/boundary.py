"""What is done for every request: its id, span, log line and metrics, and the last resort."""

import os
import re
import time
from http import HTTPStatus
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime.request_logs import RequestLogs, trace_id
from runtime.server.body import DisconnectedError
from runtime.server.life import Life
from runtime.server.logs import Log
from runtime.server.metrics import Metrics
from runtime.server.replies import Record, keep, reply_to_error
from runtime.server.tracing import Tracing

__all__ = ["Boundary"]

_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")
# Nobody is sent this: the client went before there was an answer. nginx's log has the same number.
_CLIENT_GONE: Final = 499
_HEAD: Final = "HEAD"


class Boundary:
    """ASGI around the application, which is asked GET where the client asks HEAD."""

    def __init__(  # noqa: PLR0917 - all of what tells of a request
        self,
        app: ASGIApp,
        life: Life,
        metrics: Metrics,
        tracing: Tracing,
        log: Log,
        request_logs: RequestLogs,
    ) -> None:
        """`app` answers; the others tell of it."""
        self.app = app
        self._request_logs = request_logs
        self._life = life
        self._metrics = metrics
        self._tracing = tracing
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        record = _record(scope)
        if record.method == _HEAD:
            # Balancers ask so for what GET says, and read no body.
            scope = {**scope, "method": "GET"}
        keep(scope, record)
        begun = False

        async def answer(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                self._complete(message, record)
            elif record.method == _HEAD:
                message["body"] = b""
            else:
                record.sent += len(message.get("body", b""))
            await send(message)

        try:
            with self._tracing.request(scope, record):
                try:
                    await self.app(scope, receive, answer)
                except DisconnectedError:
                    record.status = _CLIENT_GONE
                except Exception as error:  # noqa: BLE001 - the boundary to the caller
                    reply = reply_to_error(error, record.request_id)
                    record.fault = reply.fault
                    if not begun:
                        await reply.response()(scope, receive, answer)
                finally:
                    record.route = getattr(scope.get("route"), "path", "")
        finally:
            # Also where the server's end cut it off.
            self._note(record)

    def _complete(self, message: Message, record: Record) -> None:
        record.status = message["status"]
        headers: list[tuple[bytes, bytes]] = [
            *message.get("headers", ()),
            (b"x-request-id", record.request_id.encode()),
        ]
        if self._life.draining:
            # The next request of this client goes to another instance.
            headers.append((b"connection", b"close"))
        message["headers"] = headers

    def _note(self, record: Record) -> None:
        seconds = time.perf_counter() - record.started
        record.status = record.status or _CLIENT_GONE
        if record.protocol:
            self._metrics.answered(record, seconds)
        if record.fault:
            ours = record.status >= HTTPStatus.INTERNAL_SERVER_ERROR
            write: Any = self._log.error if ours else self._log.warning
        elif not record.protocol and record.status == HTTPStatus.OK:
            # Probes and scrapes that find everything in order.
            write = self._log.debug
        elif not self._request_logs.takes(record.trace_id, record.request_id):
            write = self._log.debug
        else:
            write = self._log.info
        write(
            "request",
            request_id=record.request_id,
            trace_id=record.trace_id,
            model_name=self._life.model_name if record.protocol else "",
            model_version=self._life.model_version if record.protocol else "",
            method=record.method,
            route=record.route,
            status=record.status,
            rows=record.rows or None,
            received_bytes=record.received or None,
            sent_bytes=record.sent,
            duration_ms=round(seconds * 1000, 3),
            **record.fault,
            request_body=record.request_body,
            response_body=record.response_body,
        )


def _record(scope: Scope) -> Record:
    request_id = trace = ""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and _REQUEST_ID.fullmatch(value):
            request_id = value.decode()
        elif name == b"traceparent":
            trace = trace_id(value.decode("latin-1"))
    # The caller's own, where it is harmless.
    return Record(request_id or os.urandom(16).hex(), scope["method"], trace_id=trace)
