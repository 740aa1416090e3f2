"""The server as a process on loopback: models that do not load, its end, also under load."""

import hashlib
import http.client
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.unit.inference_server import (
    BODY,
    HEAD,
    PROJECT,
    Running,
    answer_of,
    endless,
    example,
    ready,
    running,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


def digest_of(path: Path) -> str:
    return f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"


def test_a_model_of_the_right_digest_is_served_until_sigterm(model: Path) -> None:
    with ready(model, MODEL_DIGEST=digest_of(model)) as server:
        answer = httpx.post(f"{server.url}/predict", content=BODY)
        assert answer.json()["predictions"][0]["label"] == "setosa"
        assert "date" in answer.headers
        assert "server" not in answer.headers
        assert server.end() == 0
        messages = [line["message"] for line in server.lines]
        assert messages[-2:] == ["the server drains", "the server ends"]


def truncated(path: Path, model: Path) -> dict[str, str]:
    path.write_bytes(model.read_bytes()[:-100])
    return {}


def of_another_digest(path: Path, model: Path) -> dict[str, str]:
    path.write_bytes(model.read_bytes())
    return {"MODEL_DIGEST": f"sha256:{'0' * 64}"}


def truncated_with_the_digest_of_the_whole(path: Path, model: Path) -> dict[str, str]:
    path.write_bytes(model.read_bytes()[:-100])
    return {"MODEL_DIGEST": digest_of(model)}


def missing(_path: Path, _model: Path) -> dict[str, str]:
    return {}


def wrong_features(path: Path, model: Path) -> dict[str, str]:
    path.write_bytes(model.read_bytes())
    return {"FEATURES": json.dumps({"store": "none of ours"})}


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (truncated, "model.onnx"),
        (of_another_digest, "the settings say sha256:0000"),
        (truncated_with_the_digest_of_the_whole, "has the digest"),
        (missing, "there is no model at"),
        (wrong_features, "store"),
    ],
)
def test_what_cannot_be_served_is_never_ready_and_ends_with_3(
    model: Path, tmp_path: Path, spoil: Callable[[Path, Path], dict[str, str]], why: str
) -> None:
    path = tmp_path / "model.onnx"
    variables = spoil(path, model)
    with running(path, **variables) as server:
        line = server.wait_for("the model is not loaded")
        assert why in line["why"]
        # Probes are told so before it ends.
        for probe, status in (("live", 200), ("startup", 503), ("ready", 503)):
            assert httpx.get(f"{server.url}/health/{probe}").status_code == status
        refused = httpx.post(f"{server.url}/predict", content=BODY)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        # It ends by itself; the signal only shortens the wait.
        assert server.end() == 3
        said = [line for line in server.lines if line["message"] == "the model is not loaded"]
        assert len(said) == 1


def test_a_wrong_model_ends_the_process_without_a_signal(tmp_path: Path) -> None:
    with running(tmp_path / "missing.onnx", FAILED_SECONDS="0.1") as server:
        assert server.wait() == 3


def test_a_slow_prediction_leaves_the_server_answering(tmp_path: Path) -> None:
    """Both workers are busy without end; probes are answered, and the time limit frees them."""
    path = endless(tmp_path)
    with ready(path, TIMEOUT_SECONDS="3", MODEL_NAME="endless") as server:
        statuses: list[int] = []

        def ask() -> None:
            response = httpx.post(f"{server.url}/predict", json={"instances": [1.0]}, timeout=60)
            statuses.append(response.status_code)

        asking = [threading.Thread(target=ask) for _ in range(4)]
        for thread in asking:
            thread.start()
        gauge = "model_server_requests_in_flight "
        end = time.monotonic() + 30
        while f"{gauge}4.0" not in httpx.get(f"{server.url}/metrics").text:
            assert time.monotonic() < end
        assert httpx.get(f"{server.url}/health/live").status_code == 200
        assert not statuses
        for thread in asking:
            thread.join(60)
        assert statuses == [504] * 4
        end = time.monotonic() + 30
        while f"{gauge}0.0" not in httpx.get(f"{server.url}/metrics").text:
            assert time.monotonic() < end


class Caller(threading.Thread):
    """Asks over one connection, again and again, until it is told to stop sending."""

    def __init__(self, server: Running, stop: threading.Event) -> None:
        super().__init__()
        self._server = server
        self._stop_sending = stop
        self.statuses: list[int] = []
        self.lost: list[str] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        while not self._stop_sending.is_set():
            try:
                connection.request("POST", "/predict", BODY)
                response = connection.getresponse()
                response.read()
            except (OSError, http.client.HTTPException) as error:
                self.lost.append(type(error).__name__)
            else:
                self.statuses.append(response.status)
        connection.close()


def test_no_request_is_lost_when_it_ends_under_load(model: Path) -> None:
    """As behind a load balancer: senders stop once readiness is off; what they sent is answered."""
    with ready(model, DRAIN_SECONDS="3") as server:
        stop = threading.Event()
        callers = [Caller(server, stop) for _ in range(8)]
        for caller in callers:
            caller.start()
        while sum(len(caller.statuses) for caller in callers) < 200:
            time.sleep(0.01)
        server.process.send_signal(signal.SIGTERM)
        before = sum(len(caller.statuses) for caller in callers)
        while httpx.get(f"{server.url}/health/ready").status_code == 200:
            time.sleep(0.01)
        # The balancer asks only now and then.
        time.sleep(0.5)
        stop.set()
        for caller in callers:
            caller.join(60)
        assert server.wait() == 0
        assert not [lost for caller in callers for lost in caller.lost]
        statuses = [status for caller in callers for status in caller.statuses]
        assert set(statuses) == {200}
        assert len(statuses) > before


def test_what_has_begun_is_finished_and_what_comes_later_is_told_so(tmp_path: Path) -> None:
    """The wait is over: the port is closed; open connections get 503, the slow one its answer."""
    path = endless(tmp_path)
    with (
        ready(path, TIMEOUT_SECONDS="3", GRACE_SECONDS="30") as server,
        server.connect() as slow,
        server.connect() as later,
    ):
        later.sendall(b"GET /health/live HTTP/1.1\r\nhost: server\r\n\r\n")
        assert answer_of(later)[0] == 200
        body = b'{"instances": [1.0]}'
        slow.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        end = time.monotonic() + 30
        while "in_flight 1.0" not in httpx.get(f"{server.url}/metrics").text:
            assert time.monotonic() < end
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("the server drains")
        end = time.monotonic() + 30
        while True:
            try:
                server.connect(1).close()
            except ConnectionError:
                break
            assert time.monotonic() < end
        later.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        status, headers, text = answer_of(later)
        assert (status, headers["connection"]) == (503, "close")
        assert int(headers["retry-after"]) > 0
        assert json.loads(text) == {"error": "the server is shutting down"}
        # Its own limit of time ended it, not the server's end.
        assert answer_of(slow)[0] == 504
        assert server.wait() == 0


def test_a_grace_that_is_over_cuts_what_runs(tmp_path: Path) -> None:
    with ready(endless(tmp_path), GRACE_SECONDS="0.2") as server, server.connect() as slow:
        body = b'{"instances": [1.0]}'
        slow.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(body) + body)
        end = time.monotonic() + 30
        while "in_flight 1.0" not in httpx.get(f"{server.url}/metrics").text:
            assert time.monotonic() < end
        assert server.end() == 0
        assert server.wait_for("requests are cut off")["requests"] == 1


def test_a_second_signal_ends_the_wait(model: Path) -> None:
    with ready(model, DRAIN_SECONDS="3600") as server:
        server.process.send_signal(signal.SIGTERM)
        server.wait_for("the server drains")
        assert httpx.post(f"{server.url}/predict", content=BODY).status_code == 200
        server.process.send_signal(signal.SIGINT)
        assert server.wait() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_still_imports_ends_at_once(tmp_path: Path, number: signal.Signals) -> None:
    """As the first process of a container, which the kernel keeps such signals from.

    The import of its slowest library does not end here; a signal without a handler is ignored.
    """
    (tmp_path / "onnxruntime.py").write_text(
        "import signal\nprint('it imports', flush=True)\nwhile True:\n    signal.pause()\n"
    )
    code = (
        "import os, signal, sys\n"
        f"signal.signal({int(number)}, signal.SIG_IGN)\n"
        "os.execv(sys.executable, [sys.executable, '-m', 'runtime.server'])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=environment,
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "it imports\n"
            process.send_signal(number)
            assert process.wait(60) == 0
        finally:
            process.kill()


def test_a_server_that_still_loads_ends_at_once(tmp_path: Path) -> None:
    """A pipe that nobody writes to: the load never ends by itself."""
    pipe = tmp_path / "model.onnx"
    os.mkfifo(pipe)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "model.onnx").symlink_to(pipe)
    with running(folder, DRAIN_SECONDS="3600") as server:
        assert httpx.get(f"{server.url}/health/live").status_code == 200
        assert httpx.get(f"{server.url}/health/startup").json() == {"status": "loading"}
        assert httpx.post(f"{server.url}/predict", content=BODY).status_code == 503
        assert server.end() == 0
