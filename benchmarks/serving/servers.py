"""The servers under load: ours, and MLServer as it comes and without its extra process."""

import json
import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.serving.processes import Usage, usage
from benchmarks.serving.tools import Program

__all__ = ["MODEL", "Running", "Server", "mlserver", "ours", "running"]

ROOT: Final = Path(__file__).parents[2]
MODEL: Final = "iris-classifier"
_START_SECONDS: Final = 60
_POLL_SECONDS: Final = 0.005


@dataclass(frozen=True, slots=True)
class Server:
    """How a server is started on `port`: its command, environment and folder."""

    name: str
    port: int
    command: Sequence[str]
    environment: Mapping[str, str]
    folder: Path


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers. `url` takes predictions; `usage` tells what it uses now."""

    name: str
    url: str
    start_seconds: float
    start_cpu_seconds: float
    usage: Callable[[], Usage]


def ours(model: Path, folder: Path, port: int) -> Server:
    """The project's server as its image starts it, with its log of requests."""
    folder.mkdir()
    environment = {
        "MODEL_SERVING_MODEL_PATH": str(model),
        "MODEL_SERVING_HOST": "127.0.0.1",
        "MODEL_SERVING_PORT": str(port),
        "PYTHONPATH": str(ROOT),
    }
    return Server("ours", port, (sys.executable, "-m", "runtime.server"), environment, folder)


def mlserver(program: Program, model: Path, folder: Path, port: int, workers: int) -> Server:
    """MLServer with its settings for production, and `workers` processes that predict.

    Its default is one beside the process that serves; 0 predicts in that.
    """
    folder.mkdir()
    name = "MLServer" if workers else "MLServer, no worker"
    shutil.copy(Path(__file__).parent / "mlserver" / "onnx_model.py", folder)
    settings = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": port + 1,
        "metrics_port": port + 2,
        "parallel_workers": workers,
        # It is on by default, and writes a line for each request and each load of a model.
        "debug": False,
    }
    (folder / "settings.json").write_text(json.dumps(settings))
    model_settings = {
        "name": MODEL,
        "implementation": "onnx_model.OnnxModel",
        "parameters": {"uri": str(model)},
    }
    (folder / "model-settings.json").write_text(json.dumps(model_settings))
    environment = {"PYTHONPATH": "", "PATH": f"{program.path.parent}:{os.environ['PATH']}"}
    return Server(name, port, (str(program.path), "start", str(folder)), environment, folder)


@contextmanager
def running(server: Server) -> Generator[Running]:
    """Start a server, wait until its model is ready, and end it.

    Raises:
        RuntimeError: it ended, or was not ready in time; with the end of its log.
    """
    log = server.folder / "server.log"
    base = f"http://127.0.0.1:{server.port}/v2/models/{MODEL}"
    with log.open("w") as file:
        start = time.perf_counter()
        process = subprocess.Popen(
            server.command,
            cwd=server.folder,
            env={**os.environ, **server.environment},
            stdout=file,
            stderr=subprocess.STDOUT,
        )
        try:
            while not _is_ready(f"{base}/ready"):
                late = time.perf_counter() - start > _START_SECONDS
                if late or process.poll() is not None:
                    tail = log.read_text()[-3000:]
                    raise RuntimeError(f"{server.name} did not get ready:\n{tail}")
                time.sleep(_POLL_SECONDS)
            seconds = time.perf_counter() - start
            now = usage(process.pid)
            yield Running(
                server.name, f"{base}/infer", seconds, now.cpu_seconds, lambda: usage(process.pid)
            )
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:  # noqa: S310 - http on loopback
            return bool(answer.status == 200)  # noqa: PLR2004 - HTTP's OK
    except (urllib.error.URLError, OSError):
        return False


def predict(url: str, body: bytes) -> dict[str, list[Any]]:
    """By output, the data that a server answers to one request."""
    request = urllib.request.Request(url, body, {"content-type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - http on loopback
        document: dict[str, Any] = json.load(answer)
    return {output["name"]: output["data"] for output in document["outputs"]}
