"""The command `serving invoke` on a state of a test's own, and an endpoint that answers it."""

import json
import sys
import threading
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from delivery.cli import main
from sandbox.api.http import Request
from sandbox.serving.keys import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.unit.settings_project import KSERVE, Project, project

__all__ = ["BODY", "SAGEMAKER", "URLS", "Endpoint", "Invoke", "answering", "command"]

BODY = '{"instances": [[1, 2]]}'
COMPONENT = "urn:pulumi:dev::p::model-serving:index:It::iris"
SAGEMAKER = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/x/invocations"
STATUS = {"target": "lambda", "version": "1.0.0", "candidate_version": None}
URLS = {
    "lambda": "https://abc.execute-api.eu-west-1.amazonaws.com/predict",
    "vertex": "https://europe-west4-aiplatform.googleapis.com/v1/projects/1/locations/europe-west4"
    "/endpoints/2:predict",
    "azure_ml": "https://iris.westeurope.inference.ml.azure.com/score",
    "cloud_run": "https://iris-1.europe-west1.run.app/predict",
    "kserve": "http://iris.models.example.com",
    "kubernetes": "http://iris.models.svc.cluster.local",
    "seldon": "http://seldon-mesh.models.svc.cluster.local/v2/models/iris/infer",
    "kserve_llm": "https://iris.models.svc.cluster.local:8000",
}


@dataclass
class Endpoint:
    """A server that notes what it is asked, and answers what the test says."""

    url: str = ""
    status: int = 200
    body: bytes = b'{"predictions": [1]}'
    headers: dict[str, str] = field(default_factory=dict[str, str])
    wait: float = 0
    asked: list[Request] = field(default_factory=list[Request])

    @property
    def last(self) -> Request:
        return self.asked[-1]


@contextmanager
def answering() -> Generator[Endpoint]:
    """An endpoint on loopback."""
    made = Endpoint()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.asked.append(Request("POST", self.path, headers, body))
            time.sleep(made.wait)
            self.send_response(made.status)
            for name, value in {"Content-Length": str(len(made.body)), **made.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(made.body)

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ANN401
            """Nothing: a caller who waits no longer drops the connection."""

    with Server(("127.0.0.1", 0), Handler) as server:
        made.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        server.shutdown()
        thread.join()


@dataclass
class Answer:
    code: int
    out: str
    err: str


@dataclass
class Invoke:
    """Runs the command on a state; the engine is a script that prints it."""

    site: Project
    monkeypatch: pytest.MonkeyPatch
    capfd: pytest.CaptureFixture[str]

    def state(
        self,
        target: str = "lambda",
        *parts: Mapping[str, Any],
        outputs: Mapping[str, Any] | None = None,
        **status: object,
    ) -> None:
        """What is deployed: one component, and resources of its own."""
        url = URLS.get(target, "")
        given = {"url": url, "endpoint_name": "iris-dev", **(outputs or {})}
        component = {
            "urn": COMPONENT,
            "type": "model-serving:index:It",
            "outputs": {**given, "status": {**STATUS, "target": target, **status}},
        }
        children = [{"urn": f"u{n}", "parent": COMPONENT, **each} for n, each in enumerate(parts)]
        self._pulumi(f"echo '{json.dumps({'deployment': {'resources': [component, *children]}})}'")

    def nothing(self, said: str = "exit 6") -> None:
        self._pulumi(said)

    def _pulumi(self, script: str) -> None:
        folder = self.site.root / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "pulumi").write_text(f"#!/bin/sh\n{script}\n")
        (folder / "pulumi").chmod(0o755)
        self.monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def __call__(self, *arguments: str, data: str | None = BODY) -> Answer:
        body = ["--data", data] if data is not None else []
        self.monkeypatch.chdir(self.site.root)
        self.monkeypatch.setattr(sys, "argv", ["serving", "invoke", "iris", *body, *arguments])
        self.capfd.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        said = self.capfd.readouterr()
        code = ended.value.code
        assert "Traceback" not in said.err
        return Answer(code if isinstance(code, int) else 0, said.out, said.err)


def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Invoke:
    """The command in a project with the model `iris`, deployed as a function."""
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "MODEL_SERVING_INVOKE_VIA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY)
    monkeypatch.setenv("COLUMNS", "80")
    site = project(tmp_path)
    site.model("iris", KSERVE)
    made = Invoke(site, monkeypatch, capfd)
    made.state()
    return made
