"""`POST /predict` and KServe's first protocol: answers, and each status that is no 200."""

import json
from pathlib import Path
from typing import Any

import pytest

from runtime.errors import TimeLimitError
from tests.unit.inference_server import NAME, SETOSA, Local, endless, example, identity

PREDICT = f"/v1/models/{NAME}:predict"
BOTH = pytest.mark.parametrize("path", ["/predict", PREDICT])
ROWS = {"instances": [SETOSA]}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return example(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def server(model: Path) -> Local:
    return Local(model=model)


def assert_refused(response: Any, status: int, reason: str) -> None:  # noqa: ANN401 - httpx's
    assert response.status_code == status
    assert response.headers["content-type"] == "application/json"
    assert "\n" not in response.text
    document = response.json()
    assert reason in document["error"]
    assert set(document) <= {"error", "request_id"}


@BOTH
@pytest.mark.parametrize("body", [ROWS, {"inputs": {"features": [SETOSA]}}])
def test_rows_are_predicted(server: Local, path: str, body: dict[str, Any]) -> None:
    response = server.call("POST", path, json=body)
    assert response.status_code == 200
    answer = response.json()
    assert (answer["model_name"], answer["model_version"]) == (NAME, "1.0.0")
    assert [row["label"] for row in answer["predictions"]] == ["setosa"]


@BOTH
def test_a_batch_is_one_request(server: Local, path: str) -> None:
    rows = [SETOSA, [6.3, 3.3, 6.0, 2.5], [5.7, 2.8, 4.1, 1.3]] * 100
    predictions = server.call("POST", path, json={"instances": rows}).json()["predictions"]
    labels = [row["label"] for row in predictions]
    assert labels == ["setosa", "virginica", "versicolor"] * 100


@BOTH
@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "no valid JSON"),
        (b"not json", "no valid JSON"),
        (b"\xff\xfe", "no valid JSON"),
        (b"[" * 100_000, "no valid JSON"),
        (b'{"instances": [[1, 2, 3, NaN]]}', "NaN"),
        (b'{"instances": [[1, 2, 3, 1e999]]}', "not finite"),
        (b'{"instances": [[1, 2, 3]]}', "got shape [3]"),
        (b'{"instances": [[1, 2, 3, "4"]]}', "got a string"),
        (b'{"inputs": {"other": [[1, 2, 3, 4]]}}', "got inputs other"),
        (b'{"instances": [], "more": 1}', "use one key"),
    ],
)
def test_a_bad_body_is_the_callers_fault(
    server: Local, path: str, body: bytes, reason: str
) -> None:
    assert_refused(server.call("POST", path, content=body), 400, reason)


@BOTH
def test_a_body_over_the_limit_is_too_large(model: Path, path: str) -> None:
    body = json.dumps(ROWS).encode()
    server = Local({"MODEL_SERVING_MAX_BODY_BYTES": str(len(body))}, model)
    assert server.call("POST", path, content=body).status_code == 200
    assert_refused(server.call("POST", path, content=body + b" "), 413, f"over {len(body)} bytes")

    async def chunks() -> Any:  # noqa: ANN401 - httpx's
        for byte in body:
            yield bytes([byte])
        yield b" "

    assert_refused(server.call("POST", path, content=chunks()), 413, "over")


@BOTH
def test_a_compressed_body_is_not_opened(server: Local, path: str) -> None:
    response = server.call("POST", path, content=b"x", headers={"content-encoding": "gzip"})
    assert_refused(response, 415, "compressed")
    plain = server.call("POST", path, json=ROWS, headers={"content-encoding": "identity"})
    assert plain.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/predict", "POST"),
        ("DELETE", PREDICT, "POST"),
        ("GET", PREDICT, "POST"),
        ("POST", f"/v1/models/{NAME}", "GET, HEAD"),
        ("PUT", "/health/live", "GET, HEAD"),
        ("POST", f"/v2/models/{NAME}", "GET, HEAD"),
    ],
)
def test_another_method_is_told_the_right_one(
    server: Local, method: str, path: str, allowed: str
) -> None:
    response = server.call(method, path)
    assert_refused(response, 405, "another method")
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize("draining", [False, True])
@pytest.mark.parametrize(
    "path",
    [
        *("/health/live", "/health/ready", "/health/startup", "/v2/health/live"),
        *("/v2/health/ready", f"/v1/models/{NAME}", f"/v2/models/{NAME}/ready", "/metrics"),
        *("/predict", "/v1/models/other", "/nothing"),
    ],
)
def test_head_is_answered_as_get_without_the_body(
    model: Path, path: str, *, draining: bool
) -> None:
    """Load balancers ask so."""
    server = Local({"MODEL_SERVING_LOG_LEVEL": "debug"}, model)
    server.serving.life.draining = draining
    get, head = server.call("GET", path), server.call("HEAD", path)
    assert (head.status_code, head.content) == (get.status_code, b"")
    of_one = {"x-request-id", *({"content-length"} if path == "/metrics" else ())}
    said, answered = (
        {name: text for name, text in each.headers.items() if name not in of_one}
        for each in (get, head)
    )
    assert said == answered
    first, second = server.lines()
    assert (second["method"], second["sent_bytes"]) == ("HEAD", 0)
    assert second.get("route") == first.get("route")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/models/other:predict"),
        ("POST", "/v1/models/..%2f..%2fetc%2fpasswd:predict"),
        ("POST", f"/v1/models/{NAME}%00:predict"),
        ("GET", "/v1/models/other"),
        ("GET", "/v1/models/"),
        ("GET", "/"),
        ("GET", "/docs"),
        ("GET", "/redoc"),
    ],
)
def test_what_is_not_here_is_not_found(server: Local, method: str, path: str) -> None:
    assert_refused(server.call(method, path, json=ROWS), 404, "there is no")


def test_the_pages_are_there_when_asked_for(model: Path) -> None:
    assert Local({"MODEL_SERVING_DOCS": "true"}, model).call("GET", "/docs").status_code == 200


def test_the_models_are_listed(server: Local) -> None:
    assert server.call("GET", "/v1/models").json() == {"models": [NAME]}
    response = server.call("GET", f"/v1/models/{NAME}")
    assert (response.status_code, response.json()) == (200, {"name": NAME, "ready": True})


def test_the_settings_name_the_model(model: Path) -> None:
    names = {"MODEL_SERVING_MODEL_NAME": "flowers", "MODEL_SERVING_MODEL_VERSION": "7"}
    server = Local(names, model)
    answer = server.call("POST", "/v1/models/flowers:predict", json=ROWS).json()
    assert (answer["model_name"], answer["model_version"]) == ("flowers", "7")
    assert server.call("POST", PREDICT, json=ROWS).status_code == 404


LOADING: list[tuple[str, str, int, dict[str, Any]]] = [
    ("GET", "/health/live", 200, {"status": "live"}),
    ("GET", "/health/ready", 503, {"status": "loading"}),
    ("GET", "/health/startup", 503, {"status": "loading"}),
    ("GET", "/v1/models", 200, {"models": []}),
    ("GET", f"/v1/models/{NAME}", 503, {"name": NAME, "ready": False}),
    ("GET", "/v2/health/live", 200, {"live": True}),
    ("GET", "/v2/health/ready", 503, {"ready": False}),
    ("GET", f"/v2/models/{NAME}/ready", 503, {"name": NAME, "ready": False}),
    ("GET", f"/v2/models/{NAME}", 503, {"error": "the model is not loaded yet"}),
    ("POST", "/predict", 503, {"error": "the model is not loaded yet"}),
    ("POST", PREDICT, 503, {"error": "the model is not loaded yet"}),
    ("POST", f"/v2/models/{NAME}/infer", 503, {"error": "the model is not loaded yet"}),
]


@pytest.mark.parametrize(("method", "path", "status", "document"), LOADING)
def test_a_server_without_its_model_is_live_and_not_ready(
    method: str, path: str, status: int, document: dict[str, Any]
) -> None:
    response = Local().call(method, path)
    assert (response.status_code, response.json()) == (status, document)
    assert ("retry-after" in response.headers) == (status == 503)


def test_a_name_that_is_known_before_the_model_is_held_to() -> None:
    server = Local({"MODEL_SERVING_MODEL_NAME": "flowers"})
    assert server.call("GET", "/v1/models").json() == {"models": ["flowers"]}
    assert server.call("POST", "/v1/models/flowers:predict").status_code == 503
    assert server.call("POST", PREDICT).status_code == 404


@pytest.mark.parametrize(
    ("state", "ready", "predict", "word"),
    [
        ("failed", 503, 503, "failed"),
        ("draining", 503, 200, "draining"),
        ("closing", 503, 503, "closing"),
    ],
)
def test_a_state_decides_who_is_answered(
    model: Path, state: str, ready: int, predict: int, word: str
) -> None:
    server = Local(model=model)
    setattr(server.serving.life, state, True)
    response = server.call("GET", "/health/ready")
    assert (response.status_code, response.json()) == (ready, {"status": word})
    response = server.call("POST", "/predict", json=ROWS)
    assert response.status_code == predict
    assert ("retry-after" in response.headers) == (predict == 503)
    assert (response.headers.get("connection") == "close") == (state == "draining")
    assert server.call("GET", "/health/live").status_code == 200


def test_too_many_at_once_are_asked_to_come_again(model: Path) -> None:
    server = Local({"MODEL_SERVING_CONCURRENCY": "1"}, model)
    with server.serving.pool.admit():
        response = server.call("POST", "/predict", json=ROWS)
    assert_refused(response, 503, "too many")
    assert int(response.headers["retry-after"]) > 0
    assert server.call("POST", "/predict", json=ROWS).status_code == 200


@pytest.mark.parametrize("path", ["/predict", "/v2/models/endless/infer"])
def test_a_prediction_over_the_limit_of_time_is_ended(tmp_path: Path, path: str) -> None:
    server = Local({"MODEL_SERVING_TIMEOUT_SECONDS": "0.05"}, endless(tmp_path))
    tensor = {"name": "x", "shape": [1], "datatype": "FP32", "data": [1.0]}
    body = {"inputs": [tensor]} if "v2" in path else {"instances": [1.0]}
    response = server.call("POST", path, json=body)
    assert_refused(response, 504, "took over")
    assert server.lines()[-1]["error"] == TimeLimitError.__name__
    assert server.serving.pool.in_flight == 0


@BOTH
def test_a_fault_shows_no_internals(
    model: Path, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Local(model=model)

    def fail(*_arguments: object, **_more: object) -> None:
        raise RuntimeError("secret-from-inside")

    monkeypatch.setattr(server.serving.life.loaded, "run", fail)
    response = server.call("POST", path, json=ROWS, headers={"x-request-id": "id-1"})
    assert response.status_code == 500
    assert response.json() == {"error": "internal error", "request_id": "id-1"}
    (line,) = server.lines()
    assert (line["level"], line["error"], line["status"]) == ("ERROR", "RuntimeError", 500)
    assert line["at"].startswith("test_server_predictions.py:")
    assert "secret" not in server.log.getvalue()


def test_a_fault_of_a_route_shows_no_internals(model: Path) -> None:
    server = Local(model=model)

    @server.fastapi.get("/broken")
    async def broken() -> None:  # pyright: ignore[reportUnusedFunction]
        raise RuntimeError("secret-from-inside")

    @server.fastapi.get("/checked")
    async def checked(number: int) -> int:  # pyright: ignore[reportUnusedFunction]
        return number

    response = server.call("GET", "/broken")
    assert (response.status_code, response.json()["error"]) == (500, "internal error")
    # What FastAPI itself checks and would answer with 422 and the caller's text.
    assert_refused(server.call("GET", "/checked?number=canary-7f3a"), 400, "missing or wrong")
    assert "secret" not in server.log.getvalue()
    assert "canary" not in server.log.getvalue()


def test_a_request_keeps_its_callers_id(server: Local) -> None:
    response = server.call("GET", "/health/live", headers={"x-request-id": "caller-1"})
    assert response.headers["x-request-id"] == "caller-1"
    for harmful in ("", "a b", "x" * 129, '"}'):
        given = server.call("GET", "/health/live", headers={"x-request-id": harmful})
        assert len(given.headers["x-request-id"]) == 32


def test_a_model_with_several_inputs_is_asked_by_name(tmp_path: Path) -> None:
    server = Local(model=identity(tmp_path, a=(1, [None]), b=(7, [None, 2])))
    body = {"inputs": {"a": [0.5], "b": [[1, 2]]}}
    answer = server.call("POST", "/v1/models/identity:predict", json=body)
    assert answer.json()["predictions"] == [{"a_out": 0.5, "b_out": [1, 2]}]
    refused = server.call("POST", "/v1/models/identity:predict", json={"instances": [[1]]})
    assert_refused(refused, 400, "give rows by name: a, b")
