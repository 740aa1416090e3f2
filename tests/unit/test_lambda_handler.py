"""The Lambda handler: a real model behind each event format, and what callers may do to it."""

import base64
import json
import re
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runtime import lambda_handler
from runtime.inference import Model, TimeLimitError
from runtime.lambda_handler import RequestError
from runtime.loading import Started
from runtime.settings import DEFAULT_MAX_BODY_BYTES, Settings
from tests.unit.started_model import model

__all__ = ["model"]

SETOSA = [5.1, 3.5, 1.4, 0.2]
HTTP_KEYS = {"body", "requestContext", "httpMethod"}
CONTEXT = SimpleNamespace(aws_request_id="request-1")


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
    assert call(http_api(" " * (DEFAULT_MAX_BODY_BYTES + 1)))[0] == 413
    fits = instances(SETOSA)
    assert call(http_api(fits + " " * (DEFAULT_MAX_BODY_BYTES - len(fits))))[0] == 200
    encoded = base64.b64encode(b" " * (DEFAULT_MAX_BODY_BYTES + 1)).decode()
    assert call(http_api(encoded, encoded=True))[0] == 413
    assert call(http_api("ü" * (DEFAULT_MAX_BODY_BYTES - 1)))[0] == 413


def test_a_document_over_the_limit_is_too_large_too() -> None:
    document = {"instances": [SETOSA], "more": ""}
    document["more"] = "ü" + " " * (DEFAULT_MAX_BODY_BYTES - 2 - len(json.dumps(document)))
    with pytest.raises(RequestError, match="400: use one key"):
        lambda_handler.handler(document, CONTEXT)
    document["more"] += " "
    with pytest.raises(RequestError, match="413: the body is over 1048576 bytes"):
        lambda_handler.handler(document, CONTEXT)


def test_a_fault_shows_no_internals(
    model: Model, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(_rows: object, **_: object) -> None:
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
    def predict(_rows: object, **_: object) -> list[dict[str, float]]:
        return [{"score": float("nan")}]

    monkeypatch.setattr(model, "predict", predict)
    assert call(http_api(instances(SETOSA)))[0] == 500


def test_each_request_is_one_line_without_its_payload(capsys: pytest.CaptureFixture[str]) -> None:
    call(http_api(instances([0.123456, 1, 2, 3], SETOSA)))
    (text,) = capsys.readouterr().out.splitlines()
    line = json.loads(text)
    assert line.pop("duration_ms") >= 0
    assert line.pop("time").endswith("Z")
    assert (line.pop("received_bytes"), line.pop("sent_bytes") > 100) == (58, True)
    directive = line.pop("_aws")
    assert directive.pop("Timestamp") > 1_700_000_000_000
    assert directive == {
        "CloudWatchMetrics": [
            {
                "Namespace": "ModelServing",
                "Dimensions": [["model_name", "model_version"]],
                "Metrics": [
                    {"Name": "duration_ms", "Unit": "Milliseconds"},
                    {"Name": "rows", "Unit": "Count"},
                    {"Name": "faults", "Unit": "Count"},
                ],
            }
        ]
    }
    assert line == {
        "level": "INFO",
        "severity": "INFO",
        "message": "predict",
        "request_id": "request-1",
        "model_name": "iris-classifier",
        "model_version": "1.0.0",
        "status": 200,
        "rows": 2,
        "faults": 0,
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
@given(
    event=st.dictionaries(
        st.sampled_from(["body", "requestContext", "httpMethod", "headers", "path"]), JSON
    ),
    key=st.sampled_from(sorted(HTTP_KEYS)),
)
def test_no_http_event_causes_a_fault(event: dict[str, Any], key: str) -> None:
    assert call({key: None, **event})[0] in {200, 400, 405}


@settings(max_examples=200, deadline=None)
@given(event=JSON | JSON.map(lambda rows: {"instances": rows}))
def test_any_other_event_is_answered_or_refused_by_an_error(event: object) -> None:
    if isinstance(event, dict) and HTTP_KEYS & set(cast(dict[str, object], event)):
        return
    try:
        answer = lambda_handler.handler(cast(object, event), CONTEXT)
        reason = "" if answer["predictions"] else "no predictions"
    except RequestError as error:
        reason = str(error)
    assert not reason or reason.startswith("400: ")


def test_an_event_may_be_the_document_itself() -> None:
    answer = lambda_handler.handler({"instances": [SETOSA, SETOSA]}, CONTEXT)
    assert set(answer) == {"model_name", "model_version", "predictions"}
    assert len(answer["predictions"]) == 2


def test_what_an_asynchronous_caller_sent_wrongly_is_an_error_for_lambda() -> None:
    """So that it is tried again, and ends in the dead-letter queue."""
    with pytest.raises(RequestError, match=r"400: features\[0\]: got shape \[1\]"):
        lambda_handler.handler({"instances": [[1]]}, CONTEXT)
    with pytest.raises(RequestError, match="400: use one key"):
        lambda_handler.handler({"Records": [{"eventSource": "aws:sqs"}]}, CONTEXT)


def test_a_fault_with_an_asynchronous_caller_shows_no_internals(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_rows: object, **_: object) -> None:
        raise RuntimeError("secret-from-inside")

    monkeypatch.setattr(model, "predict", fail)
    with pytest.raises(RequestError, match=r"^500: internal error$") as caught:
        lambda_handler.handler({"instances": [SETOSA]}, CONTEXT)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize("path", ["/health/live", "/health/ready", "/stage/health/startup"])
def test_a_probe_is_answered_and_not_logged(path: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert call({"httpMethod": "GET", "path": path, "requestContext": {"elb": {}}})[0] == 200
    assert not capsys.readouterr().out
    assert call({"httpMethod": "POST", "path": path, "requestContext": {"elb": {}}})[0] == 400


def test_the_time_that_lambda_leaves_ends_a_prediction(
    model: Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[float | None] = []

    def predict(_rows: object, *, timeout_seconds: float | None) -> list[object]:
        limits.append(timeout_seconds)
        raise TimeLimitError("the prediction took over 1 s")

    monkeypatch.setattr(model, "predict", predict)
    context = SimpleNamespace(aws_request_id="1", get_remaining_time_in_millis=lambda: 3000)
    answer = lambda_handler.handler(http_api(instances(SETOSA)), context)
    assert answer["statusCode"] == 504
    assert limits == [2.75]


@pytest.mark.parametrize(
    ("context", "limit"), [({"http": {"method": "POST"}}, 6 * 2**20), ({"elb": {}}, 2**20)]
)
def test_an_answer_that_lambda_would_not_pass_on_is_refused(
    model: Model,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    context: dict[str, Any],
    limit: int,
) -> None:
    sizes = iter((limit - 4096, limit))

    def predict(_rows: object, **_: object) -> list[dict[str, str]]:
        return [{"text": "x" * next(sizes)}]

    monkeypatch.setattr(model, "predict", predict)
    event = {"requestContext": context, "body": instances(SETOSA)}
    assert call(event)[0] == 200
    status, answer = call(event)
    assert status == 413
    assert "send fewer rows" in answer["error"]
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["status"], line["rows"]) for line in lines] == [(200, 1), (413, 0)]


def test_traces_are_in_the_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_X_AMZN_TRACE_ID", "Root=1-5c34e7d4-00ca239424b68028d4c56d68")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    call(http_api(instances(SETOSA)) | {"headers": {"TraceParent": parent}})
    line = json.loads(capsys.readouterr().out)
    assert line["xray_trace_id"].startswith("Root=1-5c34e7d4")
    assert line["traceparent"] == parent


def test_metrics_can_be_off(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], model: Model
) -> None:
    quiet = Started(Settings(metrics_namespace=""), model, None)
    monkeypatch.setattr(lambda_handler, "started", lambda: quiet)
    call(http_api(instances(SETOSA)))
    assert "_aws" not in json.loads(capsys.readouterr().out)
