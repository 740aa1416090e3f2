"""The first-party resources as the engine leads them: what is there, what is asked and when."""

import asyncio
import dataclasses
import json
import re
import sqlite3
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.provider import (
    CreateRequest,
    DeleteRequest,
    ReadRequest,
    UpdateRequest,
)

from provider.clients import Clients
from provider.errors import HalfMadeError, ProviderError
from provider.gcp.vertex import Vertex
from provider.serving import ServingProvider
from provider.values import plain_map, wrap_map
from provider.waiting import Poll
from sandbox.store import Row, Store
from tests.unit import (
    azure_ml_endpoints,
    sagemaker_live_endpoint,
    test_azure_functions_deployment,
    test_azure_ml_batch_default,
    test_lambda_deployment,
    test_lambda_ready_version,
    test_sagemaker_live_component,
    test_sagemaker_transform_job,
    vertex_store,
)
from tests.unit.azure_functions_cases import digest_of
from tests.unit.model_copies import BASES, Copies
from tests.unit.sandbox_api import ACCOUNT, REGION
from tests.unit.vertex_store import StoreVertex

__all__ = ["LIVES", "Led", "Phase", "World", "world_of"]

Phase: TypeAlias = Literal["create", "read", "update", "delete"]
PHASES: Final[tuple[Phase, ...]] = ("create", "read", "update", "delete")
Properties: TypeAlias = dict[str, PropertyValue]
_QUICK: Final = Poll(first_seconds=0.005, longest_seconds=0.02)
# What Vertex AI notes of what it did.
_OPERATION: Final = "gcp:vertex/operation:Operation"
# Times, and ids that clouds make up.
_CHANGING: Final = re.compile(
    r"\d{4}-\d\d-\d\dT[\d:.]+Z?|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|d-[A-Z0-9]{9}"
    r"|0x[0-9A-F]{15}|(?<![0-9a-zA-Z])([0-9a-f]{32}|[0-9a-f]{20}|\d{10,}(\.\d+)?)(?![0-9a-zA-Z])"
)


@dataclass(frozen=True, slots=True)
class World:
    """Where a resource lives: what its cloud answers from, and the clients that reach it."""

    path: Path
    """Of the store."""
    clients: Clients = field(default_factory=Clients)

    def rows(self) -> list[str]:
        """Everything in the clouds, in order, without what differs from one time to the next."""
        with closing(Store(self.path)) as store:
            rows = [row for row in store.list() if row.token != _OPERATION]
        return sorted(_CHANGING.sub("", _text(row)) for row in rows)

    @contextmanager
    def put_back(self) -> Generator[None]:
        """As it is now again after the block."""
        with (
            closing(sqlite3.connect(self.path)) as ours,
            closing(sqlite3.connect(":memory:")) as kept,
        ):
            ours.backup(kept)
            yield
            kept.backup(ours)


def _text(row: Row) -> str:
    return json.dumps([row.token, row.id, row.inputs, row.outputs, row.live], sort_keys=True)


@dataclass(frozen=True, slots=True)
class ResourceLife:
    """A resource in a world: a fixture, what else is there, what is asked first and then."""

    fixture: str
    asked: Mapping[str, object]
    then: Mapping[str, object] = field(default_factory=dict[str, object])
    """Inputs that the update changes; without, there is none."""
    prepared: Callable[[Any], object] = lambda _: None


def world_of(made: Any) -> World:  # noqa: ANN401 - what a fixture makes
    """The world of a fixture's."""
    if isinstance(made, StoreVertex):
        vertex: Vertex = made
        return World(made.store.path, dataclasses.replace(Clients(), vertex=vertex))
    if isinstance(made, Copies):
        return World(made.registries.path, made.clients)
    return World((made if isinstance(made, Store) else made.store).path)


class Led:
    """One resource, from its creation to its end, as the engine leads it over several updates."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self._life = world, LIVES[name]
        self._urn = f"urn:pulumi:dev::model-serving::serving:index:{name}::it"
        self.id: str | None = None
        self._state: Properties = {}

    def does(self, phase: Phase) -> ProviderError | None:
        """One operation; what failed."""
        try:
            asyncio.run(getattr(self, f"_{phase}")())
        except HalfMadeError as error:
            self.id, self._state = error.resource_id, error.properties
            return error
        except ProviderError as error:
            return error
        return None

    def phases(self) -> list[Phase]:
        """Its operations, in their order."""
        return [each for each in PHASES if each != "update" or self._life.then]

    def until(self, phase: Phase) -> None:
        """All operations before this one, which must succeed."""
        self._all(self.phases()[: self.phases().index(phase)])

    def ends_from(self, phase: Phase) -> None:
        """All operations after this one, which must succeed."""
        self._all(self.phases()[self.phases().index(phase) + 1 :])

    def _all(self, phases: Sequence[Phase]) -> None:
        for each in phases:
            failed = self.does(each)
            assert failed is None, failed

    def outputs(self) -> dict[str, Any]:
        """What is in state."""
        return plain_map(self._state)

    def _provider(self) -> ServingProvider:
        """A new one, as each update of the engine's has; the clients are the world's."""
        made = ServingProvider(poll=_QUICK)
        made._clients = self.world.clients  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        return made

    def _asked(self) -> Properties:
        return wrap_map(self._life.asked)

    async def _create(self) -> None:
        if self.id is not None:
            # Half made: it is in state, and mended.
            return await self._to(self._asked())
        made = await self._provider().create(
            CreateRequest(self._urn, self._asked(), 0, preview=False)
        )
        self.id, self._state = made.resource_id, dict(made.properties or {})
        return None

    async def _read(self) -> None:
        request = ReadRequest(self._urn, str(self.id), self._state, self._asked())
        found = await self._provider().read(request)
        assert found.resource_id == self.id, "a read forgets what is there"
        self._state = dict(found.properties or {})

    async def _update(self) -> None:
        await self._to({**self._asked(), **wrap_map(self._life.then)})

    async def _to(self, asked: Properties) -> None:
        request = UpdateRequest(self._urn, str(self.id), self._state, asked, 0, [], preview=False)
        done = await self._provider().update(request)
        self._state = dict(done.properties or {})

    async def _delete(self) -> None:
        await self._provider().delete(DeleteRequest(self._urn, str(self.id), self._state, 0))


# ---- what is there ----


def _endpoint(store: Store) -> None:
    sagemaker_live_endpoint.put(store, config="fraud-1")
    for name in ("fraud-1", "fraud-2", "fraud-3"):
        sagemaker_live_endpoint.configure(store, name)


def _model(store: Store) -> None:
    token = "aws:sagemaker/model:Model"
    store.put(Row("aws", token, "scores-model", ACCOUNT, REGION, name="scores-model"))


def _vertex_model(client: StoreVertex) -> None:
    vertex_store.create(client, "model", vertex_store.MODEL)


def _deployed_twice(client: StoreVertex) -> None:
    _vertex_model(client)
    for number in ("1", "2"):
        vertex_store.deployed(client, number)


def _packages(_: object) -> None:
    for path in (_CODE.FIRST, _CODE.SECOND):
        _CODE.create("Package", {**_CODE.PACKAGE, "path": path, "digest": digest_of(path)})


_CODE: Final = test_azure_functions_deployment
LIVES: Final[Mapping[str, ResourceLife]] = {
    "AzureFunctionsDeployment": ResourceLife(
        "functions",
        {**_CODE.DEPLOYED, "timeoutSeconds": 60},
        {"digest": digest_of(_CODE.SECOND)},
        _packages,
    ),
    "AzureFunctionsPackage": ResourceLife("functions", {**_CODE.PACKAGE, "timeoutSeconds": 60}),
    "AzureMlBatchDefault": ResourceLife(
        "batch", test_azure_ml_batch_default.ASKED, {"deploymentName": "first"}
    ),
    "AzureMlLiveValues": ResourceLife(
        "online",
        {**azure_ml_endpoints.PLACE, "deploymentName": "blue", "capacity": 1, "writes": "a"},
        {"writes": "b"},
    ),
    "AzureMlTraffic": ResourceLife(
        "online", azure_ml_endpoints.ASKED, {"traffic": {"blue": 50, "green": 50}}
    ),
    "LambdaDeployment": ResourceLife(
        "shifted", test_lambda_deployment.ASKED, {"targetVersion": "3"}
    ),
    "LambdaReadyVersion": ResourceLife("ready", test_lambda_ready_version.ASKED, {"version": "2"}),
    "ModelCopy": ResourceLife(
        "copies",
        {"source": f"{BASES['s3']}source/model.onnx", "uri": f"{BASES['s3']}copied/1.0/"},
    ),
    "SageMakerLiveComponent": ResourceLife(
        "sagemaker",
        test_sagemaker_live_component.ASKED,
        {"specification": test_sagemaker_live_component.NEXT},
        test_sagemaker_live_component.put,
    ),
    "SageMakerLiveEndpoint": ResourceLife(
        "sagemaker",
        sagemaker_live_endpoint.ASKED,
        {"endpointConfigName": "fraud-3"},
        _endpoint,
    ),
    "SageMakerTransformJob": ResourceLife(
        "sagemaker", test_sagemaker_transform_job.ASKED, prepared=_model
    ),
    "VertexBatchPredictionJob": ResourceLife("vertex", vertex_store.JOB, prepared=_vertex_model),
    "VertexDeployedModel": ResourceLife(
        "vertex",
        {**vertex_store.DEPLOYED, "deployedModelId": "7"},
        {"maxReplicaCount": 3.0},
        _vertex_model,
    ),
    "VertexModel": ResourceLife("vertex", vertex_store.MODEL, {"labels": {"team": "risk"}}),
    "VertexMonitoringJob": ResourceLife(
        "vertex", vertex_store.MONITORING, {"threshold": 0.5}, _deployed_twice
    ),
    "VertexTrafficSplit": ResourceLife(
        "vertex",
        vertex_store.split(("1", 90), ("2", 10)),
        vertex_store.split(("1", 50), ("2", 50)),
        _deployed_twice,
    ),
}
