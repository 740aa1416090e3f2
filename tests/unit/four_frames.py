"""The four frames of the runtime, each asked by its own types, with the lines that it writes."""

import json
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final, Protocol

import azure.functions as func
import functions_framework  # pyright: ignore[reportMissingTypeStubs]
import pytest

from runtime import azure_handler, lambda_handler, loading, logs
from runtime.loading import Started
from runtime.settings import read
from tests.unit.azure_worker import functions
from tests.unit.inference_server import Local

__all__ = ["FRAMES", "Frame", "frame"]

ROOT: Final = Path(__file__).resolve().parents[2]
FRAMES: Final = ("server", "lambda", "cloud_run", "azure_functions")


class Ask(Protocol):
    """One request: its body and its headers, which are lower case."""

    def __call__(self, body: bytes, headers: Mapping[str, str]) -> int:
        """The status."""
        ...


class Frame:
    """One frame with a model: `ask` answers, `text` is its log, and `model` what predicts."""

    def __init__(self, ask: Ask, text: Callable[[], str], model: Any) -> None:  # noqa: ANN401
        self._ask = ask
        self.text = text
        self.model = model

    def ask(self, body: bytes | object, headers: Mapping[str, str] | None = None) -> int:
        """The status of an answer; what is no body is one of JSON."""
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self._ask(data, headers or {})

    def lines(self) -> list[dict[str, Any]]:
        """The lines so far."""
        return [json.loads(line) for line in self.text().splitlines()]


@contextmanager
def frame(name: str, path: Path, environment: Mapping[str, str]) -> Generator[Frame]:
    """A frame with the model at `path` and these variables."""
    if name == "server":
        server = Local(environment, path)

        def ask(body: bytes, headers: Mapping[str, str]) -> int:
            return server.call("POST", "/predict", content=body, headers=headers).status_code

        yield Frame(ask, server.log.getvalue, server.serving.life.loaded)
        return
    found = loading.start(read({**environment, "MODEL_SERVING_MODEL_PATH": str(path)}))
    lines: list[str] = []

    def keep(_level: str, line: str) -> None:
        lines.append(line)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(logs, "_emit", keep)
        for module in (loading, lambda_handler, azure_handler):
            patch.setattr(module, "started", lambda: found)
        yield Frame(_asks[name](found), lambda: "\n".join(lines), found.model)


def _lambda(_found: Started) -> Ask:
    def ask(body: bytes, headers: Mapping[str, str]) -> int:
        event = {
            "version": "2.0",
            "headers": dict(headers),
            "requestContext": {"http": {"method": "POST"}},
            "rawPath": "/predict",
            "body": body.decode("latin-1"),
        }
        context = SimpleNamespace(
            aws_request_id="request-1", get_remaining_time_in_millis=lambda: 9000
        )
        return lambda_handler.handler(event, context)["statusCode"]

    return ask


def _cloud_run(_found: Started) -> Ask:
    framework: Any = functions_framework
    source = ROOT / "runtime" / "cloud_run_handler.py"
    client = framework.create_app("predict", str(source)).test_client()

    def ask(body: bytes, headers: Mapping[str, str]) -> int:
        return client.post("/predict", data=body, headers=dict(headers)).status_code

    return ask


def _azure_functions(_found: Started) -> Ask:
    predict = functions()["predict"]

    def ask(body: bytes, headers: Mapping[str, str]) -> int:
        request = func.HttpRequest(method="POST", url="https://a.example/predict", body=body)
        trace = SimpleNamespace(trace_parent=headers.get("traceparent", ""))
        context = SimpleNamespace(invocation_id="invocation-1", trace_context=trace)
        return predict.get_user_function()(request, context).status_code

    return ask


_asks: Final[dict[str, Callable[[Started], Ask]]] = {
    "lambda": _lambda,
    "cloud_run": _cloud_run,
    "azure_functions": _azure_functions,
}
