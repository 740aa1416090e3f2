"""An HTTP server on loopback that answers as the vendors do, from the store of the sandbox.

`start(store_path)` returns at once; the server lives in threads of this process and ends with it.
Requests are not authenticated: the server listens on loopback only, and a signature would need the
caller's secret.
"""

import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from sandbox.api.http import Request
from sandbox.defect import defect
from sandbox.serving import keys

if TYPE_CHECKING:
    from sandbox.serving.front_door import FrontDoor
    from sandbox.store import Store

__all__ = ["Server", "start"]

# The largest request that this sandbox has a use for; AWS's own limits are lower.
_MAX_BODY_BYTES = 16 * 1024 * 1024
# A package of code that is uploaded as one blob.
_MAX_BLOB_BYTES = 512 * 1024 * 1024
# Paths of Azure Resource Manager, of its endpoints' list, of the tokens for it, and of blobs.
_BLOBS = "/blob/"
_AZURE = (
    "/subscriptions/",
    "/providers/microsoft.resourcegraph/",
    "/metadata/endpoints",
    "/msi/token",
    _BLOBS,
)


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    # Several plugins ask at once.
    request_queue_size = 128

    def __init__(self, store_path: Path) -> None:
        self._store_path = store_path
        self._store: Store | None = None
        self._front_door: FrontDoor | None = None
        self._lock = threading.Lock()
        super().__init__(("127.0.0.1", 0), _Handler)

    def server_bind(self) -> None:
        """As in the base class, without its look-up of the host's name, which can be slow."""
        self.socket.bind(self.server_address)
        host, port = self.socket.getsockname()[:2]
        self.server_address = (host, port)
        self.server_name, self.server_port = str(host), int(port)

    def store(self) -> "Store":
        """The store, opened by the first request that comes."""
        with self._lock:
            if self._store is None:
                from sandbox.store import Store  # noqa: PLC0415 - starting must be quick

                self._store = Store(self._store_path)
            return self._store

    def front_door(self) -> "FrontDoor":
        """What answers for deployed functions, made for the first request that is for one."""
        store = self.store()
        with self._lock:
            if self._front_door is None:
                from sandbox.serving.front_door import FrontDoor  # noqa: PLC0415 - as above

                self._front_door = FrontDoor(store, keys.variables(self.url))
            return self._front_door

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_port}"

    def server_close(self) -> None:
        """Close the socket, the functions' instances and the store."""
        super().server_close()
        with self._lock:
            if self._front_door is not None:
                self._front_door.close()
            if self._store is not None:
                self._store.close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body leave in two writes; without this each answer waits for an acknowledgement.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - inherited
        """Nothing: the store's events are the log."""

    def _body(self, most: int) -> bytes | None:
        """What is sent, whole or in chunks (RFC 9112, section 7.1); None where it is too long.

        Raises:
            ValueError: its length is no number.
        """
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            given = self.headers.get("Content-Length") or "0"
            if not (given.isascii() and given.isdecimal()):
                raise ValueError(given)
            return self.rfile.read(int(given)) if int(given) <= most else None
        body = b""
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            if size < 0 or len(body) + size > most:
                return None
            body += self.rfile.read(size)
            self.rfile.readline()
        while self.rfile.readline().strip():
            """A trailer, which nobody here reads."""
        return body

    def _answer(self) -> None:
        from sandbox.api import aws, google, registries, vertex  # noqa: PLC0415 - starting must be quick
        from sandbox.serving import front_door  # noqa: PLC0415 - the same

        most = _MAX_BLOB_BYTES if self.path.startswith(_BLOBS) else _MAX_BODY_BYTES
        try:
            body = self._body(most)
        except ValueError:
            self.send_error(400)
            return
        if body is None:
            self.send_error(413)
            return
        request = Request(
            method=self.command,
            path=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        try:
            store = cast(_HttpServer, self.server).store()
            if front_door.is_for(request):
                caller, _ = aws.caller_of(store, request)
                response = cast(_HttpServer, self.server).front_door().answer(request, caller)
            elif api := next((a for a in (vertex, google, registries) if a.is_for(request)), None):
                response = api.answer(store, request)
            elif request.path.lower().startswith(_AZURE):
                from sandbox.api import azure  # noqa: PLC0415 - only when asked for

                response = azure.answer(store, request)
            else:
                response = aws.answer(store, request)
        except Exception as error:  # noqa: BLE001 - a fault of ours must look like one
            message = defect(request.path.partition("?")[0], error)
            response = aws.refused(aws.AwsError("InternalFailure", message, 500))
        if response.status == 0:
            self.close_connection = True
            return
        self.send_response(response.status)
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `url` is what `AWS_ENDPOINT_URL` and its like are set to."""

    url: str
    _server: _HttpServer

    def close(self) -> None:
        """Stop answering. Safe to call twice."""
        self._server.shutdown()
        self._server.server_close()


def start(store_path: Path | str) -> Server:
    """Serve the store at this path on a free port of 127.0.0.1, in daemon threads."""
    server = _HttpServer(Path(store_path))
    threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True, name="sandbox-api"
    ).start()
    return Server(server.url, server)
