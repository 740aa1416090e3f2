"""The server as a process on loopback: wrong models, slow clients, its end under load."""

import contextlib
import hashlib
import http.client
import itertools
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.server.protocol import MAX_PIPELINED
from tests.unit.inference_server import (
    SETOSA,
    Running,
    endless,
    example,
    ready,
    running,
)

BODY = json.dumps({"instances": [SETOSA]}).encode()
HEAD = b"POST /predict HTTP/1.1\r\nhost: server\r\n"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def server(model: Path) -> Generator[Running]:
    """One that waits for slow clients half a second, and takes bodies of a KiB."""
    with ready(model, READ_TIMEOUT_SECONDS="0.5", MAX_BODY_BYTES="1024") as running:
        yield running


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


def answer_of(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    response = http.client.HTTPResponse(connection)
    response.begin()
    headers = {name.lower(): text for name, text in response.getheaders()}
    return response.status, headers, response.read()


def is_closed(connection: socket.socket) -> bool:
    with contextlib.suppress(ConnectionError):
        return connection.recv(1) == b""
    return True


def test_headers_that_do_not_come_are_not_waited_for(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD)
        status, headers, body = answer_of(connection)
        assert (status, headers["connection"]) == (408, "close")
        assert "headers did not come within 0.5 s" in json.loads(body)["error"]
        assert is_closed(connection)


def test_headers_that_trickle_are_not_waited_for(server: Running) -> None:
    """Each byte comes in time; all of them do not."""
    with server.connect() as connection:
        begun = time.monotonic()
        with contextlib.suppress(ConnectionError):
            for byte in HEAD * 100:
                connection.sendall(bytes([byte]))
                time.sleep(0.02)
                if time.monotonic() - begun > 20:
                    break
        with contextlib.suppress(ConnectionError):
            assert answer_of(connection)[0] == 408
        assert is_closed(connection)


def test_a_body_that_does_not_come_is_not_waited_for(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"content-length: 100\r\n\r\n" + BODY[:10])
        status, headers, body = answer_of(connection)
        assert (status, headers["connection"]) == (408, "close")
        assert "body did not come within 0.5 s" in json.loads(body)["error"]
        assert is_closed(connection)


def test_a_connection_that_says_nothing_is_kept_as_an_idle_one(model: Path) -> None:
    with (
        ready(model, KEEP_ALIVE_SECONDS="1", READ_TIMEOUT_SECONDS="600") as server,
        server.connect() as silent,
        server.connect() as idle,
    ):
        idle.sendall(b"GET /health/live HTTP/1.1\r\nhost: server\r\n\r\n")
        assert answer_of(idle)[0] == 200
        assert is_closed(silent)
        assert is_closed(idle)


@pytest.mark.parametrize("more", [b"", b"no http"], ids=["answered", "refused"])
def test_a_client_that_does_not_read_is_let_go(server: Running, more: bytes) -> None:
    """Its answers fill the buffers; the server still answers others, and drops this one."""
    requests = b"GET /openapi.json HTTP/1.1\r\nhost: server\r\n\r\n" * (MAX_PIPELINED // 2)
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(0.2)
        connection.connect(("127.0.0.1", server.port))
        assert is_dropped(connection, requests, more)
    assert httpx.get(f"{server.url}/health/live").status_code == 200


def is_dropped(connection: socket.socket, requests: bytes, more: bytes) -> bool:
    """Sends, and never reads, until the other side does not take it any more."""
    end = time.monotonic() + 60
    for count in itertools.count():
        try:
            connection.sendall(requests + (more if count > 5 else b""))
        except TimeoutError:
            pass
        except OSError:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.1)
    return False


def test_requests_that_do_not_wait_for_answers_are_few(server: Running) -> None:
    request = b"GET /health/live HTTP/1.1\r\nhost: server\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(request * MAX_PIPELINED)
        answers = b""
        while answers.count(b'"live"') < MAX_PIPELINED:
            answers += connection.recv(65_536)
        assert answers.count(b"HTTP/1.1 200") == MAX_PIPELINED
    with server.connect() as connection:
        with contextlib.suppress(OSError):
            for _ in range(1000):
                connection.sendall(request * 100)
        with contextlib.suppress(OSError):
            while connection.recv(65_536):
                pass
    status = Path(f"/proc/{server.process.pid}/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    assert int(peak.split()[1]) < 250 * 1024
    assert httpx.get(f"{server.url}/health/live").status_code == 200


@pytest.mark.parametrize("line", [b"x-a: " + b"a" * 100_000, b"x-a: a\r\n" * 20_000])
def test_endless_headers_are_refused(server: Running, line: bytes) -> None:
    with server.connect() as connection:
        with contextlib.suppress(ConnectionError):
            connection.sendall(HEAD + line)
        status, _, body = answer_of(connection)
        assert (status, "headers are over 65536 bytes" in json.loads(body)["error"]) == (431, True)


@pytest.mark.parametrize("request_", [b"no http at all\r\n\r\n", b"GET\0 / HTTP/1.1\r\n\r\n"])
def test_what_is_no_http_is_one_line_of_json(server: Running, request_: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(request_)
        status, headers, body = answer_of(connection)
        assert (status, headers["content-type"]) == (400, "application/json")
        assert json.loads(body) == {"error": "this is no HTTP request"}


@pytest.mark.parametrize("apart", [False, True])
def test_an_offer_of_another_protocol_is_ignored(server: Running, apart: bool) -> None:  # noqa: FBT001 - a case
    """As Java's client sends it; the body is the request's, and no request of its own."""
    head = HEAD + b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAEA\r\nUPGRADE: h2c\r\n"
    head += b"content-length: %d\r\n\r\n" % len(BODY)
    with server.connect() as connection:
        for _ in range(2):
            connection.sendall(head if apart else head + BODY)
            if apart:
                time.sleep(0.05)
                connection.sendall(BODY)
            status, _, text = answer_of(connection)
            assert (status, json.loads(text)["predictions"][0]["label"]) == (200, "setosa")


@pytest.mark.parametrize("method", [b"CONNECT example.com:443", b"CONNECT /predict"])
def test_it_is_no_proxy(server: Running, method: bytes) -> None:
    with server.connect() as connection:
        connection.sendall(method + b" HTTP/1.1\r\nhost: server\r\n\r\n")
        assert answer_of(connection)[0] == 400
        assert is_closed(connection)


def test_a_body_that_was_answered_early_is_read_past(server: Running) -> None:
    """Refused by its path; the connection is good for another request."""
    large = b" " * 300_000
    head = b"POST /v1/models/other:predict HTTP/1.1\r\nhost: server\r\n"
    with server.connect() as connection:
        connection.sendall(head + b"content-length: %d\r\n\r\n" % len(large))
        assert answer_of(connection)[0] == 404
        connection.sendall(large)
        connection.sendall(HEAD + b"content-length: %d\r\n\r\n" % len(BODY) + BODY)
        assert answer_of(connection)[0] == 200
        # And where the rest does not come, nobody waits for it.
        connection.sendall(head + b"content-length: %d\r\n\r\n " % len(large))
        assert answer_of(connection)[0] == 404
        connection.sendall(b" ")
        assert is_closed(connection)


def chunked(chunks: Iterable[bytes]) -> bytes:
    parts = [b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks]
    return HEAD + b"transfer-encoding: chunked\r\n\r\n" + b"".join(parts) + b"0\r\n\r\n"


def test_a_chunked_body_is_counted_while_it_is_read(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(chunked(bytes([byte]) for byte in BODY))
        assert answer_of(connection)[0] == 200
        padded = BODY + b" " * (1024 - len(BODY))
        connection.sendall(chunked([padded[:600], padded[600:]]))
        assert answer_of(connection)[0] == 200
        # One byte more; it was read to its end, and the connection is good for another request.
        connection.sendall(chunked([padded, b" "]))
        assert answer_of(connection)[0] == 413
        connection.sendall(chunked([BODY]))
        assert answer_of(connection)[0] == 200


def test_a_chunked_body_without_an_end_is_cut(server: Running) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    with server.connect() as connection:
        connection.sendall(HEAD + b"transfer-encoding: chunked\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            for _ in range(1000):
                connection.sendall(chunk)
        with contextlib.suppress(ConnectionError):
            status, headers, _ = answer_of(connection)
            assert (status, headers["connection"]) == (413, "close")
        assert is_closed(connection)
    assert httpx.get(f"{server.url}/health/live").status_code == 200


@pytest.mark.parametrize("length", [10**9, 10**18])
def test_a_body_that_is_said_to_be_too_large_is_not_waited_for(
    server: Running, length: int
) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: %d\r\n\r\n" % length)
        status, headers, body = answer_of(connection)
        assert (status, headers["connection"]) == (413, "close")
        assert json.loads(body) == {"error": "the body is over 1024 bytes"}


def test_a_client_that_goes_is_no_fault(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"content-length: 100\r\nx-request-id: gone\r\n\r\n")
    end = time.monotonic() + 30
    found: list[dict[str, Any]] = []
    while not found and time.monotonic() < end:
        time.sleep(0.02)
        found = [line for line in server.lines if line.get("request_id") == "gone"]
    assert [(line["status"], line["level"]) for line in found] == [(499, "INFO")]


def test_a_slow_prediction_leaves_the_server_answering(tmp_path: Path) -> None:
    """Both workers are busy without end; probes are answered, and the time limit frees them."""
    path = endless(tmp_path)
    with ready(path, TIMEOUT_SECONDS="1.5", MODEL_NAME="endless") as server:
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
