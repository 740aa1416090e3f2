"""HTTP/1.1 by uvicorn and httptools, with an end to what slow clients may take.

uvicorn ends connections that are idle after an answer. It waits for ever for the first request, for
the rest of one's headers, however long they are, and for a client that does not read; and it queues
as many requests as one connection sends without reading the answers (measured: 600 MiB in 12 s).
httptools leaves out the body of a request that offers another protocol, and takes it for the next
request; Java's own client offers HTTP/2 so. RFC 9110, section 7.8: the offer may be ignored.
"""

import asyncio
import json
import re
from typing import Any, Final, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol
from uvicorn.server import ServerState

__all__ = ["MAX_PIPELINED", "make_protocol"]

# nginx takes 32 KiB (large_client_header_buffers), Envoy 60 KiB.
_MAX_HEADER_BYTES: Final = 64 * 1024
# Clients of today send one request and wait for its answer.
MAX_PIPELINED: Final = 32
_HEAD_ENDS: Final = b"\r\n\r\n"
_UPGRADE: Final = re.compile(rb"\r\nupgrade(?=[ \t]*:)", re.IGNORECASE)


class _ImpatientProtocol(HttpToolsProtocol):
    """One connection."""

    read_timeout_seconds: float

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._head = b""
        self._in_body = False
        self._clock: asyncio.TimerHandle | None = None
        self._write_clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.timeout_keep_alive_task = self.loop.call_later(
            self.timeout_keep_alive, self.timeout_keep_alive_handler
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._unset_keepalive_if_required()
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        # What more comes of a body that was answered already is read, and thrown away.
        answered = not self.cycle or self.cycle.response_complete
        if answered and self._clock is None:
            self._clock = self.loop.call_later(self.read_timeout_seconds, self._too_slow)
        if not self._in_body:
            self._unset_keepalive_if_required()
            data = self._head + data
            end = data.find(_HEAD_ENDS)
            self._head = b"" if end >= 0 else data
            if max(end, len(self._head)) > _MAX_HEADER_BYTES:
                self._head = b""
                self._refuse(431, f"the headers are over {_MAX_HEADER_BYTES} bytes")
                return
            if end < 0:
                return
            data = _UPGRADE.sub(b"\r\nx-upgrade", data[:end]) + data[end:]
        super().data_received(data)

    def on_headers_complete(self) -> None:
        self._stop_clock()
        self._in_body = True
        if cast(Any, self.parser).should_upgrade():
            # CONNECT, or an offer after another request that is not answered yet.
            self._refuse(400, "this server speaks HTTP/1.1 alone")
            raise ConnectionAbortedError
        super().on_headers_complete()
        if len(self.pipeline) > MAX_PIPELINED:
            # No answer would be that of the right request.
            self.transport.abort()
            raise ConnectionAbortedError

    def on_message_complete(self) -> None:
        self._stop_clock()
        self._in_body = False
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._abort_later()

    def resume_writing(self) -> None:
        if self._write_clock is not None:
            self._write_clock.cancel()
            self._write_clock = None
        super().resume_writing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._abort_if_not_read()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._abort_if_not_read()

    def shutdown(self) -> None:
        super().shutdown()
        self._abort_if_not_read()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - uvicorn's own words
        self._refuse(400, "this is no HTTP request")

    def _abort_if_not_read(self) -> None:
        # A closed connection stays until the client has read what is left of its answer.
        if self.transport.is_closing():
            self._abort_later()

    def _abort_later(self) -> None:
        if self._write_clock is None:
            self._write_clock = self.loop.call_later(
                self.read_timeout_seconds, self.transport.abort
            )

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _too_slow(self) -> None:
        self._clock = None
        if self._in_body:
            self.transport.abort()
        else:
            self._refuse(408, f"the headers did not come within {self.read_timeout_seconds:g} s")

    def _refuse(self, status: int, reason: str) -> None:
        self._stop_clock()
        if self.transport.is_closing():
            return
        body = json.dumps({"error": reason}).encode()
        head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n\r\n"
        self.transport.write(STATUS_LINE[status] + head % len(body) + body)
        self.transport.close()
        self._abort_later()


def make_protocol(read_timeout_seconds: float) -> type[HttpToolsProtocol]:
    """The class that uvicorn makes one of for each connection."""
    return type("Protocol", (_ImpatientProtocol,), {"read_timeout_seconds": read_timeout_seconds})
