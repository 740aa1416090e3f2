"""The Lambda handler: a real model behind each event format, and what callers may do to it."""

import base64
import json
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import lambda_handler, train_example
from runtime.inference import Model

SETOSA = [5.1, 3.5, 1.4, 0.2]
CONTEXT = SimpleNamespace(aws_request_id="request-1")


@pytest.fixture(scope="module", autouse=True)
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Model]:
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_MODEL_PATH", str(path))
        lambda_handler._model.cache_clear()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        yield lambda_handler._model()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    lambda_handler._model.cache_clear()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]


def http_api(body: str | None, *, method: str = "POST", encoded: bool = False) -> dict[str, Any]:
    """Payload 2.0: an HTTP API or a function URL."""
    return {
        "version": "2.0",
        "rawPath": "/predict",
        "requestContext": {"http": {"method": method, "path": "/predict"}},
        "isBase64Encoded": encoded,
        **({} if body is None else {"body": body}),
    }


def rest_api(body: str) -> dict[str, Any]:
    """Payload 1.0: a REST API, and in the parts that count, an ALB."""
    return {
        "httpMethod": "POST",
        "path": "/predict",
        "requestContext": {},
        "body": body,
        "isBase64Encoded": False,
    }


def call(event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    answer = lambda_handler.handler(event, CONTEXT)
    assert answer["headers"]["content-type"] == "application/json"
    return answer["statusCode"], json.loads(answer["body"])


def instances(*rows: object) -> str:
    return json.dumps({"instances": rows})


@pytest.mark.parametrize(
    "event",
    [
        http_api(instances(SETOSA)),
        rest_api(instances(SETOSA)),
        {"body": instances(SETOSA)},
        http_api(base64.b64encode(instances(SETOSA).encode()).decode(), encoded=True),
        http_api(json.dumps({"inputs": {"features": [SETOSA]}})),
    ],
    ids=["2.0", "1.0", "direct", "base64", "by-name"],
)
def test_each_event_format_is_answered(event: dict[str, Any]) -> None:
    status, answer = call(event)
    assert status == 200
    assert (answer["model_name"], answer["model_version"]) == ("iris-classifier", "1.0.0")
    assert [p["label"] for p in answer["predictions"]] == ["setosa"]
    assert sum(answer["predictions"][0]["probabilities"]) == pytest.approx(1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (None, "no body"),
        ("", "no body"),
        ("no json", "no valid JSON"),
        ("[1]", "must be an object"),
        ("{}", "use one key"),
        ('{"instances": [], "inputs": {}}', "use one key"),
        ('{"instances": {}}', "use a list of rows"),
        ('{"inputs": []}', "use an object"),
        ('{"instances": []}', "at least one row"),
        ('{"instances": [[1, 2, 3]]}', r"got shape \[3\]"),
        ('{"instances": [[1, 2, 3, NaN]]}', "NaN, which is no JSON number"),
        ('{"instances": [[1, 2, 3, -Infinity]]}', "-Infinity"),
        ('{"instances": [[1, 2, 3, 1e999]]}', "not finite"),
        ('{"instances": [[1, 2, 3, ' + "9" * 5000 + "]]}", "no valid JSON"),
        ("[" * 100_000, "no valid JSON"),
        ('{"instances": ["\\ud800"]}', "got 0 axes"),
        ("\ud800", "no valid JSON"),
    ],
)
def test_a_bad_body_is_the_callers_fault(body: str | None, message: str) -> None:
    status, answer = call(http_api(body))
    assert status == 400
    assert list(answer) == ["error"]
    assert re.search(message, answer["error"])


def test_what_is_not_base64_is_refused() -> None:
    assert call(http_api("%%%", encoded=True))[0] == 400


@pytest.mark.parametrize("method", ["GET", "DELETE", "get"])
def test_only_post_is_answered(method: str) -> None:
    answer = lambda_handler.handler(http_api(instances(SETOSA), method=method), CONTEXT)
    assert answer["statusCode"] == 405
    assert answer["headers"]["allow"] == "POST"


def test_a_body_over_the_limit_is_too_large() -> None:
    assert call(http_api(" " * (lambda_handler.MAX_BODY_BYTES + 1)))[0] == 413
    fits = instances(SETOSA)
    assert call(http_api(fits + " " * (lambda_handler.MAX_BODY_BYTES - len(fits))))[0] == 200
    encoded = base64.b64encode(b" " * (lambda_handler.MAX_BODY_BYTES + 1)).decode()
    assert call(http_api(encoded, encoded=True))[0] == 413
    assert call(http_api("ü" * (lambda_handler.MAX_BODY_BYTES - 1)))[0] == 413


def test_a_fault_shows_no_internals(
    model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_rows: object) -> None:
        raise RuntimeError("secret-from-inside")

    monkeypatch.setattr(model, "predict", fail)
    status, answer = call(http_api(instances(SETOSA)))
    assert status == 500
    assert answer == {"error": "internal error", "request_id": "request-1"}
    logged = capsys.readouterr().out
    assert "secret-from-inside" not in logged
    line = json.loads(logged)
    assert (line["level"], line["error"]) == ("ERROR", "RuntimeError")
    assert line["at"].startswith("test_lambda_handler.py:")


def test_an_answer_that_json_cannot_hold_is_a_fault(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def predict(_rows: object) -> list[dict[str, float]]:
        return [{"score": float("nan")}]

    monkeypatch.setattr(model, "predict", predict)
    assert call(http_api(instances(SETOSA)))[0] == 500


def test_each_request_is_one_line_without_its_payload(capsys: pytest.CaptureFixture[str]) -> None:
    call(http_api(instances([0.123456, 1, 2, 3], SETOSA)))
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert line.pop("duration_ms") >= 0
    assert line == {
        "level": "INFO",
        "message": "predict",
        "request_id": "request-1",
        "model_name": "iris-classifier",
        "model_version": "1.0.0",
        "status": 200,
        "rows": 2,
    }
    call(http_api('{"instances": ["canary-7f3a"]}'))
    assert "canary-7f3a" not in capsys.readouterr().out


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)
FOUR_OR_SO: st.SearchStrategy[Any] = st.lists(st.floats(), min_size=3, max_size=5)


def by_name(rows: object) -> str:
    return json.dumps({"inputs": {"features": rows}})


def all_instances(rows: object) -> str:
    return json.dumps({"instances": rows})


BODIES = st.one_of(
    st.text(),
    JSON.map(json.dumps),
    JSON.map(all_instances),
    JSON.map(by_name),
    FOUR_OR_SO.map(instances),
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(body=BODIES, encoded=st.booleans(), wrap=st.sampled_from([http_api, rest_api]))
def test_no_body_causes_a_fault(body: str, encoded: bool, wrap: Any) -> None:  # noqa: ANN401, FBT001
    event = wrap(body)
    if encoded:
        event["isBase64Encoded"] = True
    status, answer = call(event)
    assert status in {200, 400}
    if status == 200:
        assert len(answer["predictions"]) >= 1


@settings(max_examples=200, deadline=None)
@given(event=st.dictionaries(st.sampled_from(["body", "requestContext", "httpMethod"]), JSON))
def test_no_event_causes_a_fault(event: dict[str, Any]) -> None:
    assert call(event)[0] in {200, 400, 405}
