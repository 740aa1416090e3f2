"""The Lambda handler under AWS's own runtime interface client, as it runs in Lambda."""

import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runtime import train_example
from sandbox.serving.runtime_api import Answer, Event, RuntimeApi
from tests.unit.aws_events import sample
from tests.unit.slow_model import SLOW_ROWS, slow_model
from tests.unit.test_lambda_events import GOOD, posted

ROOT = Path(__file__).resolve().parents[2]
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:iris:live"
TRACE = "Root=1-5c34e7d4-00ca239424b68028d4c56d68;Sampled=1"


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    train_example.write(path, train_example.train(train_example.VERSIONS[0])[1])
    return path


class Instance:
    """One process of the client, its API, and what it wrote."""

    def __init__(self, api: RuntimeApi, process: "subprocess.Popen[str]") -> None:
        self.api = api
        self.process = process

    def ask(self, payload: object, *, seconds: float = 30) -> Answer:
        event = Event(json.dumps(payload).encode(), ARN, seconds, "request-1", TRACE)
        self.api.send(event)
        answer = self.api.answered(60)
        assert answer is not None
        return answer

    def end(self) -> list[str]:
        """The lines of its log, once it has ended."""
        self.process.terminate()
        return self.process.communicate(timeout=60)[0].splitlines()


@contextmanager
def instance(model: Path, **environment: str) -> Generator[Instance]:
    api = RuntimeApi()
    process = subprocess.Popen(
        [sys.executable, "-m", "awslambdaric", "runtime.lambda_handler.handler"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "iris",
            "AWS_LAMBDA_FUNCTION_VERSION": "7",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_REGION": "eu-west-1",
            "MODEL_SERVING_MODEL_PATH": str(model),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield Instance(api, process)
    finally:
        process.kill()
        process.communicate()
        api.close()


@pytest.mark.parametrize("kind", ["on-demand", "snap-start"])
def test_events_are_answered_one_after_the_other(model: Path, kind: str) -> None:
    """Over HTTP as an answer, from an asynchronous caller as a document or an error."""
    with instance(model, AWS_LAMBDA_INITIALIZATION_TYPE=kind) as running:
        assert running.api.started(60) == "ready"
        url = posted(sample("lambda-urls-request.json"), GOOD, encoded=False)
        over_http = running.ask(url)
        document = running.ask(json.loads(GOOD))
        wrong = running.ask({"instances": [[1]]})
        again = running.ask(url)
        lines = running.end()
    assert (over_http.kind, document.kind, wrong.kind) == ("response", "response", "error")
    assert json.loads(over_http.body)["statusCode"] == 200
    assert again.body == over_http.body
    assert json.loads(document.body)["predictions"][0]["label"] == "setosa"
    assert wrong.error == "RequestError"
    assert json.loads(wrong.body)["errorMessage"].startswith("400: features[0]: got shape [1]")

    records = [json.loads(line) for line in lines if line.startswith("{")]
    assert [record["message"] for record in records] == ["the model is loaded", *["predict"] * 4]
    assert {record["request_id"] for record in records[1:]} == {"request-1"}
    assert {record["xray_trace_id"] for record in records[1:]} == {TRACE}
    assert [record["status"] for record in records[1:]] == [200, 200, 400, 200]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"MODEL_SERVING_MODEL_DIGEST": f"sha256:{'0' * 64}"}, "the settings say"),
        ({"MODEL_SERVING_MODEL_PATH": "cut-off.onnx"}, "it is cut off"),
        ({"MODEL_SERVING_MAX_ROWS": "-1"}, "MODEL_SERVING_MAX_ROWS: got -1"),
    ],
)
def test_a_model_that_is_not_loaded_stops_the_start(
    model: Path, change: dict[str, str], why: str
) -> None:
    """So that the deployment fails, with the reason in one line of the log."""
    cut_off = model.with_name("cut-off.onnx")
    cut_off.write_bytes(model.read_bytes()[:-100])
    change = {name: text.replace("cut-off.onnx", str(cut_off)) for name, text in change.items()}
    with instance(model, **change) as running:
        ended = running.api.started(60)
        lines = running.end()
    assert isinstance(ended, Answer)
    assert ended.kind == "init_error"
    (record,) = (json.loads(line) for line in lines if line.startswith("{"))
    assert record["level"] == "ERROR"
    assert why in record["why"]


def test_a_prediction_ends_before_lambda_ends_it(tmp_path: Path) -> None:
    """The caller gets 504, where Lambda's own end would be a fault of the function."""
    slow_model(tmp_path / "slow.onnx", steps=1_000_000)
    with instance(tmp_path / "slow.onnx") as running:
        assert running.api.started(60) == "ready"
        rows = json.dumps({"instances": SLOW_ROWS})
        url = posted(sample("lambda-urls-request.json"), rows, encoded=False)
        answer = running.ask(url, seconds=1)
    assert json.loads(answer.body)["statusCode"] == 504
