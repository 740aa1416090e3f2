"""What the functions of the three clouds share: features, limits, probes, the line of a request."""

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import fakeredis
import pytest

from runtime import azure_handler, functions, lambda_handler, loading, train_example
from runtime.features.redis_store import RedisStore
from runtime.functions import Request, answered
from runtime.inference import Model
from runtime.loading import Started
from runtime.requests import RefusedError
from runtime.settings import Settings
from runtime.starting import StartError

FEATURES = {
    "store": "redis",
    "url": "redis://127.0.0.1:6379/0",
    "entities": {"flower_id": "integer"},
    "features": ["sepal_length", "sepal_width", "petal_length", "petal_width"],
}


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Model:
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    return Model(path)


class Stopped(Exception):  # noqa: N818 - a fault of a store
    """What a store may raise that nobody thought of."""


def with_rows(model: Model, rows: Callable[[object], Any]) -> Started:
    return Started(Settings(), model, cast(Any, SimpleNamespace(rows=rows)))


def ask(started: Started, document: object, **more: Any) -> tuple[int, dict[str, Any]]:  # noqa: ANN401
    given: dict[str, Any] = {
        "method": "POST",
        "path": "/predict",
        "read": lambda: json.dumps(document).encode(),
        "request_id": "request-1",
        **more,
    }
    request = Request(**given)
    answer = answered(started, request)
    return answer.status, json.loads(answer.body)


def test_a_request_may_name_entities_where_there_are_features(model: Model) -> None:
    found = with_rows(model, lambda entities: [[5.1, 3.5, 1.4, 0.2] for _ in cast(Any, entities)])
    status, answer = ask(found, {"entities": [{"flower_id": 7}, {"flower_id": 8}]})
    assert status == 200
    assert [p["label"] for p in answer["predictions"]] == ["setosa", "setosa"]
    assert ask(found, {"instances": [[5.1, 3.5, 1.4, 0.2]]})[0] == 200
    status, answer = ask(Started(Settings(), model, None), {"entities": [{"flower_id": 7}]})
    assert (status, answer["error"]) == (400, 'use one key, "instances" or "inputs"')


def test_a_store_that_is_away_is_no_fault_of_the_model(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In each frame with the header that says when to come again."""

    def away(_entities: object) -> list[object]:
        raise RefusedError(503, "the feature store does not answer")

    found = with_rows(model, away)
    body = json.dumps({"entities": [{"flower_id": 7}]})
    for module in (lambda_handler, azure_handler):
        monkeypatch.setattr(module, "started", lambda: found)
    answer = lambda_handler.handler({"httpMethod": "POST", "body": body}, None)
    assert answer["statusCode"] == 503
    assert answer["headers"]["retry-after"] == "5"
    request = azure_handler.func.HttpRequest(method="POST", url="/predict", body=body.encode())
    predict: Any = azure_handler._answer  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    response = predict(request, SimpleNamespace(invocation_id="1"), "/predict")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "5"


def test_a_store_that_fails_shows_no_internals(
    model: Model, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(_entities: object) -> list[object]:
        raise Stopped("secret-from-inside")

    status, answer = ask(with_rows(model, failing), {"entities": [{"flower_id": 7}]})
    assert (status, answer) == (500, {"error": "internal error", "request_id": "request-1"})
    assert "secret-from-inside" not in capsys.readouterr().out


def test_the_environments_features_are_read_when_an_instance_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And hold against the model: wrong ones stop the start, and the log says why."""
    path = tmp_path / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    monkeypatch.setenv("MODEL_SERVING_MODEL_PATH", str(path))
    monkeypatch.setenv("MODEL_SERVING_FEATURES", json.dumps(FEATURES))
    loading.started.cache_clear()
    found = loading.started()
    assert found.features is not None
    store: Any = found.features._store  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    assert isinstance(store, RedisStore)
    server = fakeredis.FakeRedis()
    values: Any = dict(zip(FEATURES["features"], (5.1, 3.5, 1.4, 0.2), strict=True))
    server.hset("flower_id:7", mapping=values)
    monkeypatch.setattr(store, "_client", server)
    assert ask(found, {"entities": [{"flower_id": 7}]})[0] == 200
    assert ask(found, {"entities": [{"flower_id": 8}]})[0] == 400
    found.features.close()

    capsys.readouterr()
    wrong = {**FEATURES, "features": ["sepal_length"]}
    monkeypatch.setenv("MODEL_SERVING_FEATURES", json.dumps(wrong))
    loading.started.cache_clear()
    with pytest.raises(StartError):
        loading.started()
    loading.started.cache_clear()
    line = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (line["level"], line["error"]) == ("ERROR", "FeatureSettingsError")


@pytest.mark.parametrize(
    ("own", "left", "limit"),
    [(None, None, None), (2.0, None, 2.0), (None, 3.0, 3.0), (2.0, 3.0, 2.0), (4.0, 3.0, 3.0)],
)
def test_the_shorter_time_ends_a_prediction(
    model: Model,
    monkeypatch: pytest.MonkeyPatch,
    own: float | None,
    left: float | None,
    limit: float | None,
) -> None:
    limits: list[float | None] = []

    def predict(_rows: object, *, timeout_seconds: float | None) -> list[object]:
        limits.append(timeout_seconds)
        return []

    monkeypatch.setattr(model, "predict", predict)
    found = Started(Settings(timeout_seconds=own), model, None)
    assert ask(found, {"instances": [[1, 2, 3, 4]]}, seconds_left=lambda: left)[0] == 200
    assert limits == [limit]


def test_what_the_features_took_is_not_given_to_the_prediction(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the platform would end both, and the caller get no 504."""
    limits: list[float | None] = []
    left = [3.0]

    def rows(_entities: object) -> list[object]:
        left[0] -= 2.5
        return [[1.0, 2.0, 3.0, 4.0]]

    def predict(_rows: object, *, timeout_seconds: float | None) -> list[object]:
        limits.append(timeout_seconds)
        return []

    monkeypatch.setattr(model, "predict", predict)
    found = with_rows(model, rows)
    assert ask(found, {"entities": [{"flower_id": 7}]}, seconds_left=lambda: left[0])[0] == 200
    assert limits == [0.5]


def test_a_probe_reads_no_body(model: Model) -> None:
    def read() -> bytes:
        raise AssertionError("it was read")

    found = Started(Settings(), model, None)
    for path in ("/health/live", "/health/ready", "/health/startup"):
        assert ask(found, None, method="GET", path=path, read=read)[0] == 200
        assert ask(found, None, method="HEAD", path=path, read=read)[0] == 200
    assert ask(found, None, method="GET", path="/health", read=read)[0] == 405
    assert ask(found, None, method="PUT", path="/health/live", read=read)[0] == 405


def test_the_line_of_a_request_has_names_ids_and_counts_alone(model: Model) -> None:
    lines: list[dict[str, Any]] = []

    def emit(**fields: Any) -> None:  # noqa: ANN401
        lines.append(fields)

    request = Request("POST", "/predict", lambda: b'{"instances": ["x"]}', "request-1")
    functions.answered(Started(Settings(), model, None), request, emit)
    (line,) = lines
    assert set(line) == {
        *("level", "message", "request_id", "model_name", "model_version"),
        *("status", "rows", "duration_ms", "trace_id", "received_bytes", "sent_bytes"),
        *("request_body", "response_body"),
    }
    assert (line["request_body"], line["response_body"]) == ("", "")
