"""The resources of Vertex AI when the service is slow, busy, wrong or away."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from provider.errors import NotReadyError, ProviderError
from provider.gcp.vertex import Method, VertexError
from sandbox.api.vertex_facts import BATCH_JOB, ENDPOINT
from sandbox.api.vertex_facts import MODEL as MODEL_TOKEN
from sandbox.store import Fault, Row, Store
from tests.unit.vertex_store import (
    DEPLOYED,
    JOB,
    KINDS,
    MODEL,
    PLACE,
    StoreVertex,
    Told,
    client,
    create,
    deployed,
    read,
    resource,
    split,
    store,
    update,
)

__all__ = ["client", "store"]


def test_what_was_begun_stays_in_state(
    client: StoreVertex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")
    with pytest.raises(NotReadyError, match=r"model fraud was not ready after 0\.05 s") as raised:
        create(client, "model", {**MODEL, "timeoutSeconds": 0.05})
    assert raised.value.resource_id == f"{PLACE}/models/fraud"


def test_cancelling_ends_the_wait_alone(
    client: StoreVertex, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")

    async def cancelled() -> None:
        made = resource(client, "model")
        begun = asyncio.Event()

        async def report(message: str) -> None:
            if "UploadModel runs" in message:
                begun.set()

        work = asyncio.create_task(made.create(MODEL, timeout_seconds=0, report=report))
        await begun.wait()
        made.cancelled.set()
        await work

    with pytest.raises(NotReadyError, match="cancelled while waiting for model fraud"):
        asyncio.run(cancelled())
    assert [row.name for row in store.list("gcp", MODEL_TOKEN)] == ["fraud"]


def test_an_operation_that_ends_in_an_error_fails_with_its_reason(
    client: StoreVertex, store: Store
) -> None:
    store.add_fault(
        Fault(MODEL_TOKEN, "UploadModel", "silent_rollback", message="PERMISSION_DENIED: no gs://x")
    )
    with pytest.raises(VertexError, match="UploadModel: PERMISSION_DENIED: no gs://x"):
        create(client, "model", MODEL)
    assert create(client, "model", MODEL)[0] == f"{PLACE}/models/fraud"


@pytest.mark.parametrize("code", ["UNAVAILABLE", "RESOURCE_EXHAUSTED", "WORKER_ENDED"])
def test_what_passes_is_asked_again(client: StoreVertex, code: str) -> None:
    create(client, "model", MODEL)
    client.failing = [VertexError(code, "later", "GetModel") for _ in range(3)]
    assert read(client, "model", f"{PLACE}/models/fraud") is not None


def test_patience_ends(client: StoreVertex) -> None:
    client.failing = [VertexError("UNAVAILABLE", "later", "GetModel") for _ in range(9)]
    with pytest.raises(VertexError, match="GetModel: UNAVAILABLE: later"):
        read(client, "model", f"{PLACE}/models/fraud")
    assert len(client.methods) == 6


def test_a_quota_that_stays_exceeded_is_no_wait_to_the_deadline(
    client: StoreVertex, store: Store
) -> None:
    create(client, "model", MODEL)
    text = "RESOURCE_EXHAUSTED: CustomModelServingCPUsPerProjectPerRegion is exceeded"
    store.add_fault(Fault(ENDPOINT, "DeployModel", "fail", count=-1, message=text))
    client.changing()
    with pytest.raises(VertexError, match=rf"DeployModel: {text}"):
        create(client, "deployed", DEPLOYED)
    assert client.changing() == ["DeployModel"] * 11


def test_no_second_job_after_an_answer_that_was_lost(client: StoreVertex, store: Store) -> None:
    create(client, "model", MODEL)
    store.add_fault(Fault(BATCH_JOB, "CreateBatchPredictionJob", "die"))
    create(client, "job", JOB)
    assert len(store.list("gcp", BATCH_JOB)) == 1


@pytest.mark.parametrize("kind", list(KINDS))
def test_an_import_by_a_wrong_id_says_what_to_use(client: StoreVertex, kind: str) -> None:
    with pytest.raises(ProviderError, match=r"got the id fraud; use projects/…/locations/…/"):
        read(client, kind, "fraud")


def test_a_busy_endpoint_is_waited_for(client: StoreVertex, store: Store) -> None:
    create(client, "model", MODEL)
    deployed(client, "1")

    def busy(row: Row) -> Row:
        note = {"since": 0.0, "seconds": 0.0, "never": True}
        return row.replace(live={**row.live, "transition": note})

    name = f"{PLACE}/endpoints/fraud"
    store.update("gcp", ENDPOINT, name, busy)
    with pytest.raises(
        ProviderError,
        match=r"not ready after 0.05 s: Vertex AI is busy: There are other operations running",
    ):
        create(client, "split", {**split(("1", 100)), "timeoutSeconds": 0.05})
    client.failing = []
    store.update(
        "gcp",
        ENDPOINT,
        name,
        lambda row: row.replace(
            live={key: each for key, each in row.live.items() if key != "transition"}
        ),
    )
    assert create(client, "split", split(("1", 100)))[1]["liveTraffic"] == {"1": 100}


class Busy(StoreVertex):
    """An endpoint that shows what is deployed before the operation has ended."""

    running = 0

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """As the store's, with an operation that runs for some looks."""
        if method == "ListOperations" and self.running:
            self.running -= 1
            kind = "type.googleapis.com/google.cloud.aiplatform.v1.DeployModelOperationMetadata"
            return {"operations": [{"name": "x", "metadata": {"@type": kind}}]}
        return await super().call(method, region, request)


def test_what_is_there_is_taken_once_its_operation_has_ended(store: Store) -> None:
    client = Busy(store)
    create(client, "model", MODEL)
    create(client, "deployed", DEPLOYED)
    client.changing()
    client.running, told = 3, Told()
    create(client, "deployed", DEPLOYED, told)
    assert [each.partition(",")[0] for each in told] == ["DeployModel runs on the endpoint"] * 3
    assert client.changing() == []


class Deaf(StoreVertex):
    """A service that ends a change without an error, and without doing it."""

    async def call(
        self, method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        """As the store's, but for mutations."""
        if method == "MutateDeployedModel":
            return {"name": "x", "done": True}
        return await super().call(method, region, request)


def test_a_change_that_is_not_live_is_no_success(store: Store) -> None:
    client = Deaf(store)
    create(client, "model", MODEL)
    name, _ = create(client, "deployed", DEPLOYED)
    with pytest.raises(ProviderError, match="and has maxReplicaCount as before"):
        update(client, "deployed", name, {**DEPLOYED, "maxReplicaCount": 9.0})


def test_a_live_environment_is_never_shown(client: StoreVertex) -> None:
    create(client, "model", {**MODEL, "env": {"TOKEN": "live-secret"}})
    with pytest.raises(ProviderError, match="env: other variables are live") as raised:
        create(client, "model", {**MODEL, "env": {"TOKEN": "other"}})
    assert "live-secret" not in str(raised.value)
