"""Vertex AI from a store, without Google's client: what the provider asks goes to the sandbox."""

import asyncio
import json
import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from provider.gcp.vertex import Method, VertexError
from provider.gcp.vertex_batch_prediction_job import VertexBatchPredictionJob
from provider.gcp.vertex_deployed_model import VertexDeployedModel
from provider.gcp.vertex_model import VertexModel
from provider.gcp.vertex_monitoring_job import VertexMonitoringJob
from provider.gcp.vertex_traffic_split import VertexTrafficSplit
from provider.resource import Resource
from provider.waiting import Poll
from sandbox.api import vertex
from sandbox.api.http import Request
from sandbox.api.vertex_facts import ENDPOINT
from sandbox.store import Row, Store

PLACE = "projects/example-models/locations/europe-west4"
IMAGE = "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-3:latest"
WHERE: dict[str, object] = {"project": "example-models", "region": "europe-west4"}
MODEL: dict[str, object] = {
    **WHERE,
    "modelId": "fraud",
    "displayName": "fraud",
    "imageUri": IMAGE,
    "artifactUri": "gs://example-models/fraud/1",
    "timeoutSeconds": 5.0,
}
DEPLOYED: dict[str, object] = {
    **WHERE,
    "endpoint": "fraud",
    "model": f"{PLACE}/models/fraud@1",
    "displayName": "fraud",
    "machineType": "n1-standard-4",
    "minReplicaCount": 1.0,
    "maxReplicaCount": 2.0,
    "timeoutSeconds": 5.0,
}
JOB: dict[str, object] = {
    **WHERE,
    "displayName": "nightly",
    "model": f"{PLACE}/models/fraud@1",
    "instancesFormat": "jsonl",
    "inputUris": ["gs://example-data/in/*.jsonl"],
    "predictionsFormat": "jsonl",
    "outputUri": "gs://example-data/out",
    "machineType": "n1-standard-4",
    "startingReplicaCount": 1.0,
    "maxReplicaCount": 10.0,
    "waitForCompletion": True,
    "timeoutSeconds": 5.0,
}
MONITORING: dict[str, object] = {
    **WHERE,
    "endpoint": "fraud",
    "displayName": "fraud",
    "deployedModelIds": ["1"],
    "baselineUri": "bq://example-models.training.fraud",
    "targetField": "is_fraud",
    "threshold": 0.3,
    "intervalHours": 24.0,
    "samplePercent": 100.0,
    "logDays": 30.0,
    "timeoutSeconds": 5.0,
}
QUICK = Poll(first_seconds=0.001, longest_seconds=0.01)
# Verb, key of the name in the request, what follows it, member that is the whole body.
_ROUTES: dict[str, tuple[str, str, str, str]] = {
    "UploadModel": ("POST", "parent", "/models:upload", ""),
    "GetModel": ("GET", "name", "", ""),
    "ListModelVersions": ("GET", "name", ":listVersions", ""),
    "UpdateModel": ("PATCH", "model", "", "model"),
    "MergeVersionAliases": ("POST", "name", ":mergeVersionAliases", ""),
    "DeleteModel": ("DELETE", "name", "", ""),
    "DeleteModelVersion": ("DELETE", "name", ":deleteVersion", ""),
    "GetEndpoint": ("GET", "name", "", ""),
    "UpdateEndpoint": ("PATCH", "endpoint", "", "endpoint"),
    "DeployModel": ("POST", "endpoint", ":deployModel", ""),
    "UndeployModel": ("POST", "endpoint", ":undeployModel", ""),
    "MutateDeployedModel": ("POST", "endpoint", ":mutateDeployedModel", ""),
    "CreateBatchPredictionJob": ("POST", "parent", "/batchPredictionJobs", "batchPredictionJob"),
    "GetBatchPredictionJob": ("GET", "name", "", ""),
    "ListBatchPredictionJobs": ("GET", "parent", "/batchPredictionJobs", ""),
    "CancelBatchPredictionJob": ("POST", "name", ":cancel", ""),
    "DeleteBatchPredictionJob": ("DELETE", "name", "", ""),
    "CreateModelDeploymentMonitoringJob": (
        *("POST", "parent", "/modelDeploymentMonitoringJobs"),
        "modelDeploymentMonitoringJob",
    ),
    "GetModelDeploymentMonitoringJob": ("GET", "name", "", ""),
    "ListModelDeploymentMonitoringJobs": ("GET", "parent", "/modelDeploymentMonitoringJobs", ""),
    "UpdateModelDeploymentMonitoringJob": (
        *("PATCH", "modelDeploymentMonitoringJob", ""),
        "modelDeploymentMonitoringJob",
    ),
    "PauseModelDeploymentMonitoringJob": ("POST", "name", ":pause", ""),
    "DeleteModelDeploymentMonitoringJob": ("DELETE", "name", "", ""),
    "GetOperation": ("GET", "name", "", ""),
    "ListOperations": ("GET", "name", "/operations", ""),
}


class StoreVertex:
    """As `provider.gcp.vertex.Vertex` says; remembers the calls, and can fail the next ones."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.methods: list[str] = []
        self.failing: list[VertexError] = []

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """One request to the sandbox's API."""
        assert region == "europe-west4"
        await asyncio.sleep(0)
        self.methods.append(method)
        if self.failing:
            raise self.failing.pop(0)
        verb, key, tail, member = _ROUTES[method]
        found = request[key]
        name = str(cast(dict[str, Any], found)["name"] if isinstance(found, dict) else found)
        query = {
            "updateMask": request.get("updateMask"),
            "filter": request.get("filter"),
        }
        asked = urllib.parse.urlencode({each: text for each, text in query.items() if text})
        body = request[member] if member else request
        answer = vertex.answer(
            self.store,
            Request(
                method=verb,
                path=f"/v1/{name}{tail}?{asked}",
                headers={},
                body=json.dumps(body).encode(),
            ),
        )
        document: dict[str, Any] = json.loads(answer.body or b"{}")
        if not answer.status:
            raise VertexError("UNAVAILABLE", "no connection", method)
        if answer.status >= 400:
            error = document["error"]
            raise VertexError(str(error["status"]), str(error["message"]), method)
        return document

    def changing(self) -> list[str]:
        """The calls since the last time, without those that only read."""
        found = [each for each in self.methods if not each.startswith(("Get", "List"))]
        self.methods.clear()
        return found


class Told(list[str]):
    """What a resource reports."""

    async def __call__(self, message: str) -> None:
        self.append(message)


def new_store(path: Path) -> Store:
    """A store with one endpoint, `fraud`."""
    store = Store(path / "store.sqlite")
    row = Row("gcp", ENDPOINT, f"{PLACE}/endpoints/fraud", account="example-models", name="fraud")
    inputs = {"displayName": "fraud", "name": "fraud", "location": "europe-west4"}
    store.insert(row.replace(inputs=inputs, live={"deployedModels": []}))
    return store


KINDS: dict[str, Callable[..., Any]] = {
    "model": VertexModel,
    "deployed": VertexDeployedModel,
    "split": VertexTrafficSplit,
    "job": VertexBatchPredictionJob,
    "monitoring": VertexMonitoringJob,
}
SPLIT: dict[str, object] = {
    "project": "example-models",
    "region": "europe-west4",
    "endpoint": "fraud",
    "timeoutSeconds": 5.0,
}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0.00001")
    made = new_store(tmp_path)
    yield made
    made.close()


@pytest.fixture
def client(store: Store) -> StoreVertex:
    return StoreVertex(store)


def resource(client: StoreVertex, kind: str) -> Resource:
    return KINDS[kind](client, poll=QUICK)


def create(
    client: StoreVertex, kind: str, inputs: dict[str, object], told: Told | None = None
) -> tuple[str, dict[str, object]]:
    made = resource(client, kind).create(
        inputs, timeout_seconds=0, report=told if told is not None else Told()
    )
    return asyncio.run(made)


def update(
    client: StoreVertex, kind: str, name: str, inputs: dict[str, object]
) -> dict[str, object]:
    done = resource(client, kind).update(name, {}, inputs, timeout_seconds=0, report=Told())
    return asyncio.run(done)


def delete(client: StoreVertex, kind: str, name: str, state: dict[str, object]) -> None:
    asyncio.run(resource(client, kind).delete(name, state, timeout_seconds=0, report=Told()))


def read(client: StoreVertex, kind: str, name: str, **inputs: object) -> Any:  # noqa: ANN401
    return asyncio.run(resource(client, kind).read(name, inputs))


def deployed(client: StoreVertex, number: str, **more: object) -> str:
    """A deployed model under an id of its own."""
    return create(client, "deployed", {**DEPLOYED, "deployedModelId": number, **more})[0]


def split(*shares: tuple[str, int]) -> dict[str, object]:
    traffic = [{"deployedModelId": name, "percent": float(share)} for name, share in shares]
    return {**SPLIT, "traffic": traffic}
