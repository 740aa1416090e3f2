"""`serving invoke`: what is sent and printed, and its exit codes."""

import json
import sys
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.unit.invoking import BODY, URLS, Endpoint, Invoke, answering, command


@pytest.fixture
def endpoint() -> Generator[Endpoint]:
    with answering() as made:
        yield made


@pytest.fixture
def invoke(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Invoke:
    return command(tmp_path, monkeypatch, capfd)


# ---- the request ----


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ('{"instances": [', "no JSON: Expecting value (line 1, column 16)"),
        ('{"a": NaN}', "NaN, which is no JSON number"),
        ("  ", "the request is empty"),
        ("@nowhere.json", "nowhere.json cannot be read: No such file"),
        ("[" * 100_000, "nested too deeply"),
        ("1" * 5000, "no JSON: Exceeds the limit"),
    ],
)
def test_a_request_that_is_none_is_not_sent(invoke: Invoke, data: str, said: str) -> None:
    answer = invoke(data=data)
    assert (answer.code, answer.out) == (2, "")
    assert said in answer.err


def test_a_request_comes_from_a_file_or_from_a_pipe(
    invoke: Invoke, endpoint: Endpoint, tmp_path: Path
) -> None:
    file = tmp_path / "request.json"
    file.write_text(BODY)
    assert invoke("--via", endpoint.url, data=f"@{file}").code == 0
    with file.open("rb") as given:
        invoke.monkeypatch.setattr(sys, "stdin", open(given.fileno(), closefd=False))  # noqa: SIM115
        assert invoke("--via", endpoint.url, data=None).code == 0
    assert [each.body for each in endpoint.asked] == [BODY.encode()] * 2
    with Path("/dev/null").open() as nothing:
        invoke.monkeypatch.setattr(sys, "stdin", nothing)
        answer = invoke(data=None)
    assert answer.code == 2
    assert "there is no request to send" in answer.err


def test_other_content_is_passed_as_it_is(invoke: Invoke, endpoint: Endpoint) -> None:
    assert invoke("--via", endpoint.url, "--content-type", "text/csv", data="1,2").code == 0
    assert endpoint.last.headers["content-type"] == "text/csv"
    assert endpoint.last.body == b"1,2"


# ---- what is deployed ----


def test_models_that_are_not_there_or_not_deployed(invoke: Invoke) -> None:
    invoke.monkeypatch.setattr("sys.argv", [])
    invoke.nothing("echo '{}'")
    answer = invoke()
    assert (answer.code, answer.out) == (1, "")
    assert "iris is not deployed in 'dev'\n  fix: run `serving up --env dev --only iris`" in (
        answer.err
    )
    (invoke.site.root / "stacks/models/iris.yaml").rename(
        invoke.site.root / "stacks/models/irises.yaml"
    )
    answer = invoke()
    assert answer.code == 2
    assert "did you mean: irises?" in answer.err
    invoke.nothing()
    assert invoke().code == 6


@pytest.mark.parametrize("url", ["", {"4dabf18193072939515e22adb298388d": "x"}])
def test_a_model_without_a_url(invoke: Invoke, url: object) -> None:
    invoke.state(outputs={"url": url})
    answer = invoke()
    assert answer.code == 2
    assert "has no URL that could be called" in answer.err


# ---- what comes back ----


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((200, 0), (201, 0), (302, 1), (400, 2), (404, 2), (413, 2), (401, 3), (403, 3)),
        *((408, 9), (504, 9), (424, 4), (429, 4), (500, 4), (501, 4), (502, 4), (503, 4)),
    ],
)
def test_exit_codes(invoke: Invoke, endpoint: Endpoint, status: int, code: int) -> None:
    endpoint.status, endpoint.body = status, b'{"error": "why it is so"}'
    endpoint.headers = {"Location": "https://elsewhere.example.com/"}
    answer = invoke("--via", endpoint.url)
    assert answer.code == code
    assert f"iris (lambda, dev) answered {status} in " in answer.err
    assert (answer.out == "") is (code != 0)
    assert ("why it is so" in answer.err) is (code != 0)
    assert len(endpoint.asked) == 1
    said = json.loads(invoke("--via", endpoint.url, "--json").out)
    assert (said["ok"], said["status"]) == (code == 0, status)
    assert said["reason"] == (None if code == 0 else "why it is so")


def test_the_answer_alone_is_on_standard_output(invoke: Invoke, endpoint: Endpoint) -> None:
    endpoint.body = b'{"model_version": "1.0.0", "predictions": ["\xc3\xa9"]}'
    answer = invoke("--via", endpoint.url)
    assert json.loads(answer.out) == {"model_version": "1.0.0", "predictions": ["é"]}
    assert "é" in answer.out
    assert answer.err.startswith("iris (lambda, dev) answered 200 in ")
    assert answer.err.endswith(" by version 1.0.0\n")
    assert "\x1b" not in answer.err
    endpoint.body = b"plain text"
    assert invoke("--via", endpoint.url).out == "plain text\n"


def test_json_for_scripts(invoke: Invoke, endpoint: Endpoint) -> None:
    said = json.loads(invoke("--via", endpoint.url, "--json").out)
    assert said.pop("latency_ms") > 0
    assert said == {
        "schema_version": 1,
        "model": "iris",
        "environment": "dev",
        "target": "lambda",
        "url": URLS["lambda"],
        "candidate": False,
        "ok": True,
        "status": 200,
        "version": "1.0.0",
        "variant": None,
        "answer": {"predictions": [1]},
        "reason": None,
    }


def test_one_that_does_not_answer_in_time(invoke: Invoke, endpoint: Endpoint) -> None:
    endpoint.wait = 0.6
    answer = invoke("--via", endpoint.url, "--timeout", "0.2")
    assert answer.code == 9
    assert "did not answer within 0.2 s" in answer.err


def test_nothing_that_listens(invoke: Invoke) -> None:
    answer = invoke("--via", "http://127.0.0.1:9")
    assert answer.code == 1
    assert "amazonaws.com (by way of 127.0.0.1:9)" in answer.err
    assert "nobody listens" in answer.err


@pytest.mark.parametrize("via", ["127.0.0.1:9", "http://[::1", "http://127.0.0.1:http"])
def test_an_address_that_is_none(invoke: Invoke, via: str) -> None:
    answer = invoke("--via", via)
    assert answer.code == 2
    assert "use an address such as http://127.0.0.1:8080" in answer.err


@pytest.mark.parametrize("status", [200, 502])
def test_an_answer_that_breaks_off(invoke: Invoke, endpoint: Endpoint, status: int) -> None:
    endpoint.status, endpoint.headers = status, {"Content-Length": "1000"}
    answer = invoke("--via", endpoint.url)
    assert (answer.code, answer.out) == (1, "")
    assert "did not answer: IncompleteRead" in answer.err


@pytest.mark.parametrize("token", ["abcdef\n", "abcdef\r\nX: y", "abcdéf"])
def test_a_token_that_no_header_takes_is_not_told(
    invoke: Invoke, endpoint: Endpoint, token: str
) -> None:
    route = {"type": "aws:apigatewayv2/route:Route", "inputs": {"authorizationType": "JWT"}}
    invoke.state("lambda", route)
    answer = invoke("--via", endpoint.url, "--token", token)
    assert (answer.code, answer.out, endpoint.asked) == (2, "", [])
    assert "the header Authorization would hold a line break" in answer.err
    assert "abc" not in answer.err
