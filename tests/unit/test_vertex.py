"""Google's client in its own process: started when needed, again when it died, gone with us."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from provider.errors import ProviderError
from provider.gcp import vertex
from provider.gcp.vertex import VertexError, VertexWorker, endpoint_of
from sandbox.api import server
from sandbox.store import Store
from tests.unit.vertex_store import IMAGE, PLACE

REGION = "europe-west4"
WORKER = Path(vertex.__file__).with_name("vertex_worker.py")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    made = Store(tmp_path / "store.sqlite")
    running = server.start(made.path)
    monkeypatch.setenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", f"{running.url}/v1/")
    yield made
    running.close()
    made.close()


def run(work: Callable[[VertexWorker], Coroutine[Any, Any, Any]]) -> Any:  # noqa: ANN401
    async def whole() -> Any:  # noqa: ANN401
        worker = VertexWorker()
        try:
            return await work(worker)
        finally:
            await worker.close()

    return asyncio.run(whole())


@pytest.mark.usefixtures("store")
def test_calls_answers_and_refusals() -> None:
    async def work(worker: VertexWorker) -> None:
        model = {"displayName": "fraud", "containerSpec": {"imageUri": IMAGE}}
        upload = {"parent": PLACE, "modelId": "fraud", "model": model}
        operation = await worker.call("UploadModel", REGION, upload)
        done = await worker.call("GetOperation", REGION, {"name": operation["name"]})
        assert done["done"] is True
        found = await worker.call("ListOperations", REGION, {"name": f"{PLACE}/models/fraud"})
        assert [each["name"] for each in found["operations"]] == [operation["name"]]
        # Many at once, each with its own answer.
        names = [f"{PLACE}/models/{name}" for name in ("fraud", "absent") * 10]
        asked = [worker.call("GetModel", REGION, {"name": name}) for name in names]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        for name, answer in zip(names, answers, strict=True):
            if name.endswith("fraud"):
                assert isinstance(answer, dict)
                assert answer["displayName"] == "fraud"
            else:
                assert isinstance(answer, VertexError)
                assert answer.code == "NOT_FOUND"
                assert str(answer).startswith(f"GetModel: NOT_FOUND: The Model {name} does not")
        with pytest.raises(VertexError, match="ListModelVersions: NOT_FOUND"):
            await worker.call("ListModelVersions", REGION, {"name": f"{PLACE}/models/absent"})
        # A request that the API's types do not know is no request.
        with pytest.raises(VertexError, match="GetModel: ParseError"):
            await worker.call("GetModel", REGION, {"nme": "x"})

    run(work)


@pytest.mark.usefixtures("store")
def test_a_dead_process_is_told_and_replaced() -> None:
    async def work(worker: VertexWorker) -> None:
        request = {"name": f"{PLACE}/models/absent"}
        with pytest.raises(VertexError, match="NOT_FOUND"):
            await worker.call("GetModel", REGION, request)
        # While a call runs: its answer never comes.
        asked = asyncio.create_task(worker.call("GetModel", REGION, request))
        await asyncio.sleep(0)
        await worker.close()
        with pytest.raises(VertexError) as raised:
            await asked
        assert raised.value.code in {"WORKER_ENDED", "NOT_FOUND"}
        with pytest.raises(VertexError, match="NOT_FOUND"):
            await worker.call("GetModel", REGION, request)

    run(work)


def test_it_ends_with_its_parent() -> None:
    with subprocess.Popen(
        [sys.executable, "-P", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        done, _ = process.communicate(b"", timeout=30)
        assert process.returncode == 0
        assert done == b""


def test_a_service_that_is_not_there_and_no_login(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", "http://127.0.0.1:1/v1/")

    async def away(worker: VertexWorker) -> None:
        with pytest.raises(VertexError, match="UNAVAILABLE: no connection: ConnectionError"):
            await worker.call("GetModel", REGION, {"name": f"{PLACE}/models/x"})

    run(away)
    # Neither a file, nor gcloud's, nor a metadata server: as on a machine where nobody logged in.
    monkeypatch.delenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT")
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    monkeypatch.setenv("GCE_METADATA_HOST", "127.0.0.1:1")
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)

    async def anonymous(worker: VertexWorker) -> None:
        with pytest.raises(VertexError, match="gcloud auth application-default login"):
            await worker.call("GetModel", REGION, {"name": f"{PLACE}/models/x"})

    run(anonymous)


@pytest.mark.parametrize(
    ("given", "domain", "expected"),
    [
        ("", "", "https://europe-west4-aiplatform.googleapis.com"),
        ("", "example.goog", "https://europe-west4-aiplatform.example.goog"),
        ("https://vertex.internal/v1/", "", "https://vertex.internal"),
        ("https://{{region}}-vertex.internal/v1beta1", "", "https://europe-west4-vertex.internal"),
        ("http://127.0.0.1:8080/v1/", "", "http://127.0.0.1:8080"),
        ("http://localhost:8080", "", "http://localhost:8080"),
    ],
)
def test_where_the_api_is(
    monkeypatch: pytest.MonkeyPatch, given: str, domain: str, expected: str
) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", given)
    monkeypatch.setenv("GOOGLE_CLOUD_UNIVERSE_DOMAIN", domain)
    assert endpoint_of(REGION) == expected


@pytest.mark.parametrize(
    "given", ["http://vertex.internal/v1/", "http://127.0.0.1.example.com/v1/", "vertex.internal"]
)
def test_no_credential_in_the_clear(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT", given)
    with pytest.raises(ProviderError, match="use https://, or http:// of this machine"):
        endpoint_of(REGION)


def test_without_googles_client_it_says_what_to_install() -> None:
    # An interpreter without site-packages is one where it is not installed.
    asked = {"id": 1, "method": "GetModel", "endpoint": "https://x", "anonymous": True}
    with subprocess.Popen(
        [sys.executable, "-I", "-S", WORKER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdin
        assert process.stdout
        process.stdin.write(json.dumps(asked | {"request": {}}) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        process.stdin.close()
    assert answer["error"]["code"] == "NOT_INSTALLED"
    assert "uv sync --group gcp" in str(VertexError("NOT_INSTALLED", "no module", "GetModel"))
