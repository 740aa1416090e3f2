"""A project with environments, and what their stacks recorded, for tests of promotion."""

import json
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from delivery import state
from delivery.cli import main
from delivery.exits import Exit
from delivery.failure import Failure

SITE = """\
config:
  model-serving:targets:
    aws:
      account_id: "123456789012"
      region: eu-west-1
"""
FRAUD = """\
# yaml-language-server: $schema=../../docs/schema/model.json
target: sagemaker
owner: team-risk
model:
  uri: s3://models/fraud/1.4.0/model.tar.gz
  version: "1.4.0" # the stable one
  framework: xgboost
# What comes next.
candidate:
  uri: s3://models/fraud/1.5.0/model.tar.gz
  version: "1.5.0"
instance_type: ml.m5.large
"""
SINCE = "2026-11-01T08:00:00+00:00"


def version(number: str, **more: object) -> dict[str, Any]:
    """A record of a version of `fraud`."""
    return {
        "uri": f"s3://models/fraud/{number}/model.tar.gz",
        "version": number,
        "framework": "xgboost",
        "since": SINCE,
        **more,
    }


@dataclass
class Estate:
    """Files of a project; `stacks` are the outputs that each environment's last update left."""

    root: Path
    stacks: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    queries: list[dict[str, str]] = field(default_factory=list[dict[str, str]])
    protected: set[str] = field(default_factory=set[str])
    """Environments whose last update protects what serves."""
    told: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the model's component puts out beside its questions."""
    absent: set[str] = field(default_factory=set[str])
    """Environments whose stack has no model."""

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def environment(self, name: str, models: str = "") -> None:
        """An environment with entries for models, as lines below `model-serving:models`."""
        self.write(
            f"Pulumi.{name}.yaml", SITE + (f"  model-serving:models:\n{models}" * (models != ""))
        )

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def files(self) -> dict[str, str]:
        found = [*self.root.glob("*.yaml"), *self.root.glob("stacks/models/*")]
        return {path.relative_to(self.root).as_posix(): path.read_text() for path in found}

    def served(self, environment: str, **kinds: object) -> None:
        record: dict[str, object] = {"stable": [], "candidates": [], **kinds}
        self.stacks.setdefault(environment, {})["served"] = {"fraud": record}

    def deployment(self, _folder: Path, environment: str) -> dict[str, Any]:
        """In the place of the engine's export."""
        return {"resources": self.resources(environment)}

    def resources(self, environment: str) -> list[dict[str, Any]]:
        """Of a stack's state.

        Raises:
            Failure: there is no such stack.
        """
        if environment not in self.stacks:
            raise Failure(f"nothing is deployed: there is no stack {environment!r}", Exit.NO_STACK)
        token = "model-serving:index:SageMakerEndpoint"
        stack = {"urn": "x", "type": "pulumi:pulumi:Stack", "outputs": self.stacks[environment]}
        if environment in self.absent:
            return [stack]
        return [
            stack,
            {
                "urn": f"urn:pulumi:{environment}::model-serving::{token}::fraud",
                "type": token,
                "protect": environment in self.protected,
                "outputs": {"gate_queries": self.queries, **self.told},
            },
        ]


@dataclass
class Answer:
    """What a command ended with, and what it said."""

    code: int
    out: str
    err: str

    @property
    def told(self) -> Mapping[str, Any]:
        return json.loads(self.out)


def estate(root: Path, monkeypatch: pytest.MonkeyPatch) -> Estate:
    """Two environments with one model, whose candidate gets half of the requests in dev."""
    made = Estate(root)
    made.write("Pulumi.yaml", "name: model-serving\nruntime: python\n")
    made.environment("dev", "    fraud: {canary_percent: 50}\n")
    made.environment("prod", "    # What prod alone says.\n    fraud:\n      canary_percent: 10\n")
    made.write("stacks/models/fraud.yaml", FRAUD)
    made.served(
        "dev",
        stable=[version("1.4.0", live=True)],
        candidates=[version("1.5.0", percent=50.0, live=True)],
    )
    made.served("prod", stable=[version("1.4.0", live=True)])
    monkeypatch.setattr(state, "deployment", made.deployment)
    monkeypatch.chdir(root)
    return made


class _Prometheus(BaseHTTPRequestHandler):
    answers: Mapping[str, Any]
    tokens: list[str | None]

    def do_GET(self) -> None:
        self.tokens.append(self.headers["Authorization"])
        if self.path.startswith("/moved/"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/moved"))
            self.end_headers()
            return
        path = urlsplit(self.path)
        asked = {key: value for key, (value,) in parse_qs(path.query).items()}
        value = self.answers.get(asked["query"])
        data = _range(value, asked) if path.path.endswith("query_range") else _vector(value)
        self.send_response(500 if value == "broken" else 200)
        self.end_headers()
        self.wfile.write(json.dumps({"status": "success", "data": data}).encode())

    def log_message(self, format: str, *args: object) -> None: ...  # noqa: A002 - as inherited


def _vector(value: str | None) -> dict[str, Any]:
    result: list[Any] = [] if value is None else [{"metric": {}, "value": [0, value]}]
    return {"resultType": "vector", "result": result}


def _range(values: list[tuple[float, str]] | None, asked: Mapping[str, str]) -> dict[str, Any]:
    """As Prometheus does: points at each step alone, and not more than 11,000."""
    start, end, step = (float(asked[key]) for key in ("start", "end", "step"))
    assert (end - start) / step <= 11_000
    if values is None and asked["query"].startswith("count(up{"):
        # All is up, at all times.
        values = [(start + number * 600, "1") for number in range(int((end - start) // 600) + 1)]
    # What is at a moment is seen for four minutes: a rate over five, less one scrape.
    seen = [
        [at, value]
        for time, value in values or ()
        if (at := start + max(0, -(-(time - start) // step)) * step) <= min(end, time + 240)
    ]
    result: list[Any] = [{"metric": {}, "values": seen}] if seen else []
    return {"resultType": "matrix", "result": result}


@contextmanager
def answering(answers: Mapping[str, Any], tokens: list[str | None]) -> Generator[str]:
    """A Prometheus at the address, with answers by query; it notes the tokens that it is given."""
    handler = type("Handler", (_Prometheus,), {"answers": answers, "tokens": tokens})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def command(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """Runs `serving` in this process."""

    def run(*arguments: str) -> Answer:
        monkeypatch.setattr(sys, "argv", ["serving", *arguments])
        capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = capfd.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return run
