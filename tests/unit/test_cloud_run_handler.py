"""Cloud Run's handler in Google's own framework: its test client, and the server it starts."""

import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import functions_framework  # pyright: ignore[reportMissingTypeStubs]
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import train_example
from runtime.loading import started
from tests.unit.slow_model import SLOW_ROWS, slow_model

ROOT = Path(__file__).resolve().parents[2]
MAIN = 'from runtime.cloud_run_handler import predict\n\n__all__ = ["predict"]\n'
SETOSA = [5.1, 3.5, 1.4, 0.2]
GOOD = json.dumps({"instances": [SETOSA]})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What Cloud Run unpacks: the entry file, and the model."""
    folder = tmp_path_factory.mktemp("source")
    train_example.write(folder / "model.onnx", train_example.train(train_example.VERSIONS[0])[1])
    (folder / "main.py").write_text(MAIN)
    return folder


@pytest.fixture(scope="module")
def client(folder: Path) -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_MODEL_PATH", str(folder / "model.onnx"))
        started.cache_clear()
        framework: Any = functions_framework
        yield framework.create_app("predict", str(folder / "main.py")).test_client()
    started.cache_clear()


def test_the_frameworks_client_gets_a_prediction(client: Any) -> None:  # noqa: ANN401
    answer = client.post("/predict", data=GOOD)
    assert answer.status_code == 200
    assert answer.content_type == "application/json"
    assert [p["label"] for p in answer.json["predictions"]] == ["setosa"]


@pytest.mark.parametrize(
    ("method", "body", "status", "reason"),
    [
        ("GET", "", 405, "use POST"),
        ("POST", "", 400, "the request has no body"),
        ("POST", "no json", 400, "no valid JSON"),
        ("POST", '{"instances": [[1, 2, 3, NaN]]}', 400, "NaN"),
        ("POST", '{"instances": [[1, 2, 3]]}', 400, "got shape"),
        ("POST", "[" * 100_000, 400, "no valid JSON"),
        ("POST", " " * (1024 * 1024 + 1), 413, "the body is over 1048576 bytes"),
    ],
)
def test_what_is_refused_says_why(
    client: Any,  # noqa: ANN401
    method: str,
    body: str,
    status: int,
    reason: str,
) -> None:
    answer = client.open("/predict", method=method, data=body)
    assert answer.status_code == status
    assert reason in answer.json["error"]
    assert (answer.headers.get("allow") == "POST") is (status == 405)


def test_a_chunked_body_is_measured_while_it_is_read(client: Any) -> None:  # noqa: ANN401
    """It has no length; what is over the limit is not made a document."""
    for size, status in ((1024 * 1024, 400), (1024 * 1024 + 1, 413)):
        environment = {"wsgi.input_terminated": True, "wsgi.input": io.BytesIO(b" " * size)}
        assert client.post("/predict", environ_overrides=environment).status_code == status


def test_probes_are_answered(client: Any) -> None:  # noqa: ANN401
    for probe in ("live", "ready", "startup"):
        assert client.get(f"/health/{probe}").status_code == 200


def test_a_fault_shows_no_internals(
    client: Any,  # noqa: ANN401
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_rows: object, **_: object) -> None:
        raise RuntimeError("secret-from-inside")

    monkeypatch.setattr(started().model, "predict", fail)
    answer = client.post("/predict", data=GOOD)
    assert answer.status_code == 500
    assert answer.json["error"] == "internal error"
    logged = capsys.readouterr().out
    assert "secret-from-inside" not in logged + answer.text
    assert json.loads(logged)["request_id"] == answer.json["request_id"]


@pytest.mark.parametrize(
    "headers",
    [
        {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},
        {"x-cloud-trace-context": "0af7651916cd43dd8448eb211c80319c/123;o=1"},
    ],
)
def test_lines_are_found_under_their_trace(
    client: Any,  # noqa: ANN401
    headers: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "shop")
    client.post("/predict", data=GOOD, headers=headers)
    line = json.loads(capsys.readouterr().out)
    trace = "0af7651916cd43dd8448eb211c80319c"
    assert line["request_id"] == trace
    assert line["logging.googleapis.com/trace"] == f"projects/shop/traces/{trace}"
    client.post("/predict", data=GOOD, headers={"traceparent": "no trace"})
    assert "logging.googleapis.com/trace" not in capsys.readouterr().out


BODIES = st.one_of(
    st.binary(max_size=200),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ).map(lambda rows: json.dumps({"instances": rows}).encode()),
    st.lists(st.lists(st.floats(), min_size=3, max_size=5)).map(
        lambda rows: json.dumps({"instances": rows}).encode()
    ),
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES, method=st.sampled_from(["POST", "POST", "GET", "PUT", "DELETE"]))
def test_no_body_causes_a_fault(client: Any, body: bytes, method: str) -> None:  # noqa: ANN401
    assert client.open("/predict", method=method, data=body).status_code in {200, 400, 405}


@contextmanager
def serving(
    folder: Path, environment: dict[str, str]
) -> Generator[tuple["subprocess.Popen[str]", int]]:
    """The framework's own command, in a process of its own, as Cloud Run starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("functions-framework")), "--host", "127.0.0.1"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": f"{folder}:{ROOT}",
            "PORT": str(port),
            "K_SERVICE": "iris",
            "FUNCTION_TARGET": "predict",
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield process, port
    finally:
        process.kill()
        process.communicate()


def ask(port: int, body: str, method: str = "POST", path: str = "/predict") -> tuple[int, Any]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
        connection.request(method, path, body)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def wait_until_ready(process: "subprocess.Popen[str]", port: int) -> None:
    for _ in range(600):
        assert process.poll() is None
        try:
            if ask(port, "", "GET", "/health/startup")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("it does not get ready")


def test_sigterm_lets_a_request_that_has_begun_end(folder: Path, tmp_path: Path) -> None:
    """In the real server, whose worker is forked: a model of two threads predicts and ends."""
    slow_model(tmp_path / "slow.onnx", steps=800)
    environment = {
        "MODEL_SERVING_MODEL_PATH": str(tmp_path / "slow.onnx"),
        "MODEL_SERVING_THREADS": "2",
    }
    rows = json.dumps({"instances": SLOW_ROWS})
    with serving(folder, environment) as (process, port):
        wait_until_ready(process, port)
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=60)) as connection:
            connection.request("POST", "/predict", rows)
            # The server takes connections in their order: after this answer, it has the other one.
            assert ask(port, "no json")[0] == 400
            process.send_signal(signal.SIGTERM)
            answer = connection.getresponse()
            assert answer.status == 200
            assert len(json.loads(answer.read())["predictions"]) == len(SLOW_ROWS)
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    lines = [json.loads(line) for line in output.splitlines()]
    assert [line["message"] for line in lines] == ["the model is loaded", "predict", "predict"]


def test_an_instance_ends_whatever_its_start_fails_with(folder: Path, tmp_path: Path) -> None:
    """What nobody thought of has a traceback; served without a model it would be 500 for ever."""
    failing = "from runtime import loading\n\n\ndef fail():\n    raise MemoryError\n\n\n"
    (tmp_path / "main.py").write_text(f"{failing}loading.started = fail\n{MAIN}")
    with serving(tmp_path, {"MODEL_SERVING_MODEL_PATH": str(folder / "model.onnx")}) as (end, _):
        output, _ = end.communicate(timeout=60)
    assert end.returncode != 0
    assert "MemoryError" in output


@pytest.mark.parametrize(
    ("environment", "why"),
    [
        ({"MODEL_SERVING_MODEL_PATH": "broken.onnx"}, "it is cut off"),
        ({"MODEL_SERVING_MODEL_DIGEST": f"sha256:{'0' * 64}"}, "the settings say"),
        ({"MODEL_SERVING_MODEL_PATH": "unloadable.onnx"}, "cannot be loaded"),
        ({"MODEL_SERVING_MAX_ROWS": "none"}, "use a whole number"),
    ],
)
def test_an_instance_without_its_model_ends_and_says_why(
    folder: Path, environment: dict[str, str], why: str
) -> None:
    whole = (folder / "model.onnx").read_bytes()
    (folder / "broken.onnx").write_bytes(whole[:-10])
    # Whole by its outermost fields; that its graph is none shows in the worker alone.
    (folder / "unloadable.onnx").write_bytes(b"\x08\x09\x3a\x02\xff\xff\x42\x00")
    given = {"MODEL_SERVING_MODEL_PATH": "model.onnx"} | environment
    with serving(folder, given) as (process, _):
        output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    (line,) = (json.loads(text) for text in output.splitlines() if text.startswith("{"))
    assert line["level"] == "ERROR"
    assert why in line["why"]
