"""Azure's handler, called as its worker calls it: by azure-functions' own types."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import azure.functions as func
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import train_example
from runtime.inference import Model
from tests.unit.azure_worker import functions
from tests.unit.started_model import model

__all__ = ["model"]

ROOT = Path(__file__).resolve().parents[2]
SETOSA = [5.1, 3.5, 1.4, 0.2]
GOOD = json.dumps({"instances": [SETOSA]}).encode()
PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def call(
    body: bytes, *, method: str = "POST", name: str = "predict", probe: str = ""
) -> tuple[int, dict[str, Any], func.HttpResponse]:
    request = func.HttpRequest(
        method=method,
        url=f"https://iris.azurewebsites.net/{name}",
        route_params={"probe": probe},
        body=body,
    )
    context = SimpleNamespace(
        invocation_id="invocation-1", trace_context=SimpleNamespace(trace_parent=PARENT)
    )
    answer: func.HttpResponse = functions()[name].get_user_function()(request, context)
    return answer.status_code, json.loads(answer.get_body()), answer


def test_the_host_finds_the_functions_and_their_routes() -> None:
    found = functions()
    assert set(found) == {"predict", "health"}
    routes = {name: found[name].get_trigger().route for name in found}
    assert routes == {"predict": "predict", "health": "health/{probe}"}
    assert {found[name].get_trigger().auth_level.name for name in found} == {"ANONYMOUS"}


def test_a_request_is_answered() -> None:
    status, answer, response = call(GOOD)
    assert status == 200
    assert response.mimetype == "application/json"
    assert (answer["model_name"], answer["model_version"]) == ("iris-classifier", "1.0.0")
    assert [p["label"] for p in answer["predictions"]] == ["setosa"]


@pytest.mark.parametrize(
    ("method", "body", "status", "reason"),
    [
        ("GET", b"", 405, "use POST"),
        ("POST", b"", 400, "the request has no body"),
        ("POST", b"no json", 400, "no valid JSON"),
        ("POST", b'{"instances": [[1, 2, 3, NaN]]}', 400, "NaN"),
        ("POST", b'{"instances": [[1, 2, 3]]}', 400, "got shape"),
        ("POST", b" " * (1024 * 1024 + 1), 413, "over 1048576 bytes"),
    ],
)
def test_what_is_refused_says_why(method: str, body: bytes, status: int, reason: str) -> None:
    got, answer, response = call(body, method=method)
    assert got == status
    assert reason in answer["error"]
    assert (response.headers.get("allow") == "POST") is (status == 405)


@pytest.mark.parametrize("probe", ["live", "ready", "startup"])
def test_probes_are_answered(probe: str) -> None:
    assert call(b"", method="GET", name="health", probe=probe)[0] == 200


def test_another_probe_is_not_answered_as_one() -> None:
    assert call(b"", method="GET", name="health", probe="other")[0] == 405


def test_a_fault_shows_no_internals(
    model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_rows: object, **_: object) -> None:
        raise RuntimeError("secret-from-inside")

    monkeypatch.setattr(model, "predict", fail)
    status, answer, _ = call(GOOD)
    assert (status, answer) == (500, {"error": "internal error", "request_id": "invocation-1"})
    line = json.loads(capsys.readouterr().out)
    assert (line["error"], line["traceparent"]) == ("RuntimeError", PARENT)
    assert "secret-from-inside" not in str(line)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    body=st.binary(max_size=200)
    | st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    ).map(lambda rows: json.dumps({"instances": rows}).encode()),
    method=st.sampled_from(["POST", "POST", "GET", "PATCH"]),
)
def test_no_body_causes_a_fault(body: bytes, method: str) -> None:
    assert call(body, method=method)[0] in {200, 400, 405}


def test_in_a_worker_lines_go_to_the_apps_log(tmp_path: Path) -> None:
    """The standard output is the platform's; a wrong model stops the app, and says why."""
    model = tmp_path / "model.onnx"
    train_example.write(model, train_example.train(train_example.VERSIONS[0])[1])
    (tmp_path / "function_app.py").write_text("from runtime.azure_handler import app\n")
    program = (
        "import logging, sys; logging.basicConfig(level=logging.INFO, stream=sys.stderr); "
        "import function_app; print(len(function_app.app.get_functions()))"
    )
    for digest, code in ("", 0), (f"sha256:{'0' * 64}", 1):
        done = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path,
            env={
                "PATH": os.environ["PATH"],
                "PYTHONPATH": str(ROOT),
                "FUNCTIONS_WORKER_RUNTIME": "python",
                "MODEL_SERVING_MODEL_PATH": str(model),
                "MODEL_SERVING_MODEL_DIGEST": digest,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code
        assert done.stdout.split() == (["2"] if code == 0 else [])
        level = "ERROR" if code else "INFO"
        (line,) = (text for text in done.stderr.splitlines() if "model_serving:" in text)
        assert json.loads(line.removeprefix(f"{level}:model_serving:"))["level"] == level
