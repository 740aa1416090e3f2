"""The inference server in tests: in this process without a socket, or as a process of its own."""

import asyncio
import contextlib
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import httpx
from onnx import TensorProto, helper  # pyright: ignore[reportMissingTypeStubs]

from runtime import train_example
from runtime.features import FeatureSource
from runtime.inference import Model
from runtime.server import settings
from runtime.server.app import make_app
from runtime.server.boundary import Boundary
from runtime.server.logs import make_log
from runtime.server.serving import Serving
from runtime.server.tracing import Tracing

NAME = "iris-classifier"
SETOSA = [5.1, 3.5, 1.4, 0.2]
BODY = json.dumps({"instances": [SETOSA]}).encode()
HEAD = b"POST /predict HTTP/1.1\r\nhost: server\r\n"
PROJECT = Path(__file__).resolve().parents[2]
# A start costs a second or two of imports, on a busy machine several.
_PATIENCE_SECONDS = 60


def example(folder: Path) -> Path:
    """The example's model as a file."""
    path = folder / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    return path


def identity(folder: Path, **inputs: tuple[int, list[int | str | None]]) -> Path:
    """A model that gives each of its inputs back."""
    api = cast(Any, helper)
    ins = [api.make_tensor_value_info(n, kind, shape) for n, (kind, shape) in inputs.items()]
    outs = [
        api.make_tensor_value_info(f"{n}_out", kind, shape) for n, (kind, shape) in inputs.items()
    ]
    nodes = [api.make_node("Identity", [n], [f"{n}_out"]) for n in inputs]
    return _written(folder / "identity.onnx", nodes, ins, outs)


def endless(folder: Path, times: int = 2**62) -> Path:
    """A model with a loop that adds as often as it is told: a slow one."""
    api = cast(Any, helper)
    info = api.make_tensor_value_info
    body = api.make_graph(
        [api.make_node("Identity", ["go"], ["on"]), api.make_node("Add", ["a", "a"], ["b"])],
        "body",
        [
            info("i", TensorProto.INT64, []),
            info("go", TensorProto.BOOL, []),
            info("a", TensorProto.FLOAT, [None]),
        ],
        [info("on", TensorProto.BOOL, []), info("b", TensorProto.FLOAT, [None])],
    )
    return _written(
        folder / "endless.onnx",
        [api.make_node("Loop", ["times", "", "x"], ["y"], body=body)],
        [info("x", TensorProto.FLOAT, [None])],
        [info("y", TensorProto.FLOAT, [None])],
        [api.make_tensor("times", TensorProto.INT64, [], [times])],
    )


def lookup(folder: Path) -> Path:
    """A model that looks its rows up in a table of four: its signature takes any number."""
    api = cast(Any, helper)
    return _written(
        folder / "lookup.onnx",
        [api.make_node("Gather", ["table", "x"], ["y"])],
        [api.make_tensor_value_info("x", TensorProto.INT64, [None])],
        [api.make_tensor_value_info("y", TensorProto.FLOAT, [None])],
        [api.make_tensor("table", TensorProto.FLOAT, [4], [0.0, 1.0, 2.0, 3.0])],
    )


def _written(
    path: Path, nodes: list[Any], ins: list[Any], outs: list[Any], constants: Sequence[Any] = ()
) -> Path:
    api = cast(Any, helper)
    graph = api.make_graph(nodes, path.stem, ins, outs, list(constants))
    made = api.make_model(graph, opset_imports=[api.make_opsetid("", 18)], ir_version=9)
    path.write_bytes(made.SerializeToString())
    return path


class Local:
    """A server without a process and a socket."""

    def __init__(
        self,
        environment: Mapping[str, str] | None = None,
        model: Path | None = None,
        features: FeatureSource | None = None,
        tracing: Tracing | None = None,
    ) -> None:
        """Without a model it is one that still loads."""
        given = settings.read(environment or {})
        self.log = io.StringIO()
        self.serving = Serving(given, tracing or Tracing())
        self.fastapi = make_app(self.serving)
        self.app = Boundary(
            self.fastapi,
            self.serving.life,
            self.serving.metrics,
            self.serving.tracing,
            make_log(given.log_level, self.log),
            given.core.request_logs,
        )
        if model is not None:
            core = given.core
            loaded = Model(
                model,
                max_rows=core.max_rows,
                threads=1,
                name=core.model_name,
                version=core.model_version,
            )
            self.serving.serve(loaded, features, 0.5)

    def call(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401 - httpx's
        """One request and its answer."""
        return asyncio.run(self._call(method, path, **given))

    async def _call(self, method: str, path: str, **given: Any) -> httpx.Response:  # noqa: ANN401
        transport = httpx.ASGITransport(cast(Any, self.app), raise_app_exceptions=True)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            return await client.request(method, path, **given)

    def lines(self) -> list[dict[str, Any]]:
        """The log's lines so far."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


class Running:
    """A server as a process on loopback; its log's lines are read all the time."""

    def __init__(self, model: Path | None, **variables: str) -> None:
        """Variables without their prefix; they count more than what is usual here."""
        given = {"HOST": "127.0.0.1", "PORT": "0", "DRAIN_SECONDS": "0", "WORKERS": "2"}
        given |= {} if model is None else {"MODEL_PATH": str(model)}
        given |= variables
        environment = {
            name: text for name, text in os.environ.items() if not name.startswith("MODEL_")
        }
        environment |= {f"MODEL_SERVING_{name}": text for name, text in given.items() if text}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "runtime.server"],
            cwd=PROJECT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.port = int(self.wait_for("the server listens")["port"])
        self.url = f"http://127.0.0.1:{self.port}"

    def wait_for(self, message: str) -> dict[str, Any]:
        """The first line of the log with this message."""
        end = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < end:
            for line in list(self.lines):
                if line["message"] == message:
                    return line
            assert self.process.poll() is None or self._reader.is_alive(), self.lines
            time.sleep(0.01)
        raise AssertionError(f"no line says {message}: {self.lines}")

    def connect(self, timeout: float = _PATIENCE_SECONDS) -> socket.socket:
        """A connection without a client's library around it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def end(self) -> int:
        """SIGTERM, and the exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """The exit code, once it has ended."""
        code = self.process.wait(_PATIENCE_SECONDS)
        self._reader.join(_PATIENCE_SECONDS)
        if self.process.stdout is not None:
            self.process.stdout.close()
        return code

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(
                json.loads(line) if line.startswith("{") else {"message": line.strip()}
            )


@contextmanager
def running(model: Path | None, **variables: str) -> Generator[Running]:
    """A process that serves, ready where there is a model that loads."""
    server = Running(model, **variables)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.wait()


@contextmanager
def ready(model: Path, **variables: str) -> Generator[Running]:
    """As `running`, and requests may come."""
    with running(model, **variables) as server:
        end = time.monotonic() + _PATIENCE_SECONDS
        while httpx.get(f"{server.url}/health/ready").status_code != 200:
            assert time.monotonic() < end, server.lines
            time.sleep(0.01)
        yield server


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by their lower case names, and body."""
    response = http.client.HTTPResponse(connection)
    response.begin()
    headers = {name.lower(): text for name, text in response.getheaders()}
    return response.status, headers, response.read()


def is_closed(connection: socket.socket) -> bool:
    """Whether the other side has ended it."""
    with contextlib.suppress(ConnectionError):
        return connection.recv(1) == b""
    return True
