"""The server as a process against clients that are slow, broken, or send too much."""

import contextlib
import itertools
import json
import socket
import time
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest

from runtime.server.protocol import MAX_PIPELINED
from tests.unit.inference_server import (
    BODY,
    HEAD,
    Running,
    answer_of,
    example,
    is_closed,
    ready,
)


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def server(model: Path) -> Generator[Running]:
    """One that waits for slow clients half a second, and takes bodies of a KiB."""
    with ready(model, READ_TIMEOUT_SECONDS="0.5", MAX_BODY_BYTES="1024") as running:
        yield running


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


def test_nothing_is_sent_after_the_headers_that_answer_head(server: Running) -> None:
    with server.connect() as connection:
        connection.sendall(
            b"HEAD /health/ready HTTP/1.1\r\nhost: server\r\n\r\n"
            b"GET /health/live HTTP/1.1\r\nhost: server\r\nconnection: close\r\n\r\n"
        )
        received = b"".join(iter(lambda: connection.recv(4096), b""))
    first, second, body = received.split(b"\r\n\r\n")
    assert first.startswith(b"HTTP/1.1 200 ")
    assert second.startswith(b"HTTP/1.1 200 ")
    assert json.loads(body) == {"status": "live"}


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
