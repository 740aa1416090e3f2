"""Vertex AI's API without any client: requests, and an endpoint with one model."""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.api import server
from sandbox.store import Store

PROJECT, LOCATION = "example-models", "europe-west1"
PARENT = f"projects/{PROJECT}/locations/{LOCATION}"
IMAGE = "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-3:latest"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    store = Store(tmp_path / "store.sqlite")
    yield store
    store.close()


@pytest.fixture
def url(store: Store) -> Iterator[str]:
    running = server.start(store.path)
    yield running.url
    running.close()


@pytest.fixture
def call(url: str) -> Callable[..., tuple[int, dict[str, Any]]]:
    """One request without any client: the answer's status and body."""

    def request(
        method: str, path: str, body: dict[str, Any] | None = None, version: str = "v1"
    ) -> tuple[int, dict[str, Any]]:
        data = json.dumps(body).encode() if body is not None else None
        asked = urllib.request.Request(f"{url}/{version}/{path}", data, method=method)  # noqa: S310 - http
        try:
            with urllib.request.urlopen(asked) as response:  # noqa: S310 - http
                return response.status, json.loads(response.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    return request


def deploy(model: str, machine: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    spec = {"machineType": "n1-standard-4"} if machine is None else machine
    resources = {"machineSpec": spec, "minReplicaCount": 1, "maxReplicaCount": 1}
    return {"deployedModel": {"model": model, "dedicatedResources": resources, **more}}


@pytest.fixture
def served(call: Callable[..., Any]) -> str:
    """An endpoint with one model; answers the id of the deployed model."""
    container = {"containerSpec": {"imageUri": IMAGE}}
    for name in ("a", "b"):
        body = {"model": {"displayName": name, **container}, "modelId": name}
        assert call("POST", f"{PARENT}/models:upload", body)[0] == 200
    call("POST", f"{PARENT}/endpoints?endpointId=e", {"displayName": "e"})
    _, operation = call("POST", f"{PARENT}/endpoints/e:deployModel", deploy(f"{PARENT}/models/a"))
    _, done = call("GET", operation["name"], version="ui")
    assert done["done"]
    return done["response"]["deployedModel"]["id"]
