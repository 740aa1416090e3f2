"""What a create of each first-party resource does after one that nobody heard the end of.

Each resource stands in one of three tables; the docstring of each test is its rule.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pulumi.provider.experimental.provider import CreateRequest, DeleteRequest

from provider.errors import ProviderError
from provider.gcp.vertex_resource import VertexResource
from provider.kinds import KINDS
from provider.ownership import TAG, Owner
from provider.serving import ServingProvider
from provider.values import wrap_map
from sandbox import eventual
from sandbox.api.vertex_facts import MODEL as MODEL_ROW
from sandbox.store import Row, Store
from tests.unit import test_sagemaker_transform_job as transform
from tests.unit import vertex_store as vertex
from tests.unit.sandbox_api import ACCOUNT, REGION, answering
from tests.unit.vertex_store import QUICK, StoreVertex, Told

# What they settle is another resource's: a create finds and moves it, as an update does.
SETTLES = {
    "serving:index:AzureFunctionsDeployment": "the app's code",
    "serving:index:AzureMlBatchDefault": "the endpoint's default deployment",
    "serving:index:AzureMlLiveValues": "nothing: it reads",
    "serving:index:AzureMlTraffic": "the endpoint's traffic",
    "serving:index:LambdaDeployment": "the alias's version",
    "serving:index:LambdaReadyVersion": "nothing: it waits",
    "serving:index:SageMakerLiveComponent": "the component's model and copies",
    "serving:index:SageMakerLiveEndpoint": "the endpoint's configuration and weights",
    "serving:index:VertexTrafficSplit": "the endpoint's traffic",
}
# Of these, what a delete takes away; the others leave everything to the resource that made it.
TAKES = {"serving:index:AzureMlTraffic": "traffic: Azure deletes no deployment that has any"}
# Named by the digest of their content: who writes the same twice has it once, whoever it is.
CONTENT = {"serving:index:AzureFunctionsPackage", "serving:index:ModelCopy"}


@dataclass(frozen=True, slots=True)
class Made:
    """A resource of Vertex AI that makes an object of its own."""

    kind: str
    inputs: dict[str, object]
    shared: str = ""
    """What another resource that asks for the same is told; empty where it gets its own."""


VERTEX = {
    "serving:index:VertexBatchPredictionJob": Made("job", vertex.JOB),
    "serving:index:VertexModel": Made("model", vertex.MODEL, "Take another modelId"),
    "serving:index:VertexMonitoringJob": Made(
        "monitoring", vertex.MONITORING, "An endpoint has one; leave out this one"
    ),
}
# Not marked: a deployed model has no labels. Its id is given or made of its inputs, on an endpoint
# that is this stack's, and what has the id is compared.
BY_ID = {"serving:index:VertexDeployedModel": Made("deployed", vertex.DEPLOYED)}
TAGGED = {"serving:index:SageMakerTransformJob"}


def test_each_resource_says_how() -> None:
    """Every resource of the provider is in one table, and in no other."""
    tables = [set(SETTLES), CONTENT, set(VERTEX), set(BY_ID), TAGGED]
    assert set().union(*tables) == set(KINDS)
    assert sum(map(len, tables)) == len(KINDS)


@pytest.mark.parametrize("token", SETTLES)
def test_what_is_settled_is_left(token: str) -> None:
    """What only settles something deletes nothing."""
    assert KINDS[token].deletes is (token in TAKES)


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StoreVertex]:
    """Vertex AI with what the cases need: a model, deployed."""
    monkeypatch.setenv(eventual.VARIABLE, "0.00001")
    store = vertex.new_store(tmp_path)
    client = StoreVertex(store)
    vertex.create(client, "model", vertex.MODEL | {"modelId": "base"})
    vertex.deployed(client, "1", model=f"{vertex.PLACE}/models/base@1")
    yield client
    store.close()


def urn(token: str, stack: str = "dev") -> str:
    return f"urn:pulumi:{stack}::model-serving::model-serving:index:Any${token}::fraud"


def resource(client: StoreVertex, token: str, made: Made, stack: str = "dev") -> Any:  # noqa: ANN401
    found: Any = vertex.KINDS[made.kind](client, poll=QUICK)
    assert isinstance(found, VertexResource)
    found.owner = Owner.of(urn(token, stack))
    return found


def create(client: StoreVertex, token: str, made: Made, stack: str = "dev") -> str:
    inputs = {**made.inputs}
    if "model" in inputs:
        inputs["model"] = f"{vertex.PLACE}/models/base@1"
    asked = resource(client, token, made, stack).create(inputs, timeout_seconds=0, report=Told())
    return asyncio.run(asked)[0]


@pytest.mark.parametrize("token", [*VERTEX, *BY_ID])
def test_a_second_create_takes_the_first_ones_object(client: StoreVertex, token: str) -> None:
    """A create whose answer was lost is found by the next one, and not made again."""
    made = {**VERTEX, **BY_ID}[token]
    name = create(client, token, made)
    client.changing()
    assert create(client, token, made) == name
    assert client.changing() == []


@pytest.mark.parametrize("token", VERTEX)
def test_another_resources_object_is_not_taken(client: StoreVertex, token: str) -> None:
    """With the same inputs another stack's resource gets its own object, or is refused."""
    made = VERTEX[token]
    name = create(client, token, made)
    if not made.shared:
        assert create(client, token, made, "prod") != name
        return
    with pytest.raises(ProviderError) as refused:
        create(client, token, made, "prod")
    told = str(refused.value)
    assert made.shared in told
    assert "belongs to another resource (dev-" in told
    assert f"pulumi import {token} fraud {name}" in told


def test_a_model_of_somebody_else_is_not_taken(client: StoreVertex) -> None:
    """Not even where it is just like what is asked: its owner's tools would go on with it."""
    token = "serving:index:VertexModel"
    made = VERTEX[token]
    name = create(client, token, made)
    (row,) = [each for each in client.store.list("gcp", MODEL_ROW) if each.name == "fraud"]
    client.store.put(
        row.replace(live=_without_labels(row.live), inputs=_without_labels(row.inputs))
    )
    with pytest.raises(ProviderError, match=f"made by somebody else.*import {token} fraud {name}"):
        create(client, token, made)


def _without_labels(values: Any) -> Any:  # noqa: ANN401 - any JSON
    if isinstance(values, dict):
        return {key: _without_labels(each) for key, each in values.items() if key != "labels"}  # pyright: ignore[reportUnknownVariableType]
    return [_without_labels(each) for each in values] if isinstance(values, list) else values  # pyright: ignore[reportUnknownVariableType]


@pytest.mark.parametrize("token", [*VERTEX, *BY_ID])
def test_what_is_gone_is_deleted(client: StoreVertex, token: str) -> None:
    """What a delete does not find is deleted: "not found" is success."""
    made = {**VERTEX, **BY_ID}[token]
    name = create(client, token, made)
    state = {**made.inputs, "deployedModelId": name.rpartition("/")[2]}
    for _ in range(2):
        gone = resource(client, token, made).delete(name, state, timeout_seconds=0, report=Told())
        asyncio.run(gone)


# ---- SageMaker ----


@pytest.fixture
def sagemaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setenv(eventual.VARIABLE, "0")
    with answering(tmp_path, monkeypatch) as store:
        token = "aws:sagemaker/model:Model"
        store.put(Row("aws", token, "scores-model", ACCOUNT, REGION, name="scores-model"))
        yield store


def begin(stack: str = "dev") -> str:
    at = urn("serving:index:SageMakerTransformJob", stack)
    request = CreateRequest(at, wrap_map(transform.ASKED), 0, preview=False)
    made = asyncio.run(ServingProvider(poll=QUICK).create(request)).resource_id
    assert made
    return made


def test_a_transform_job_is_tagged_and_is_its_resources_alone(sagemaker: Store) -> None:
    """The same rules for a job, through the provider as the engine calls it."""
    name = begin()
    assert begin() == name
    (job,) = sagemaker.list("aws", transform.JOB)
    owner = Owner.of(urn("serving:index:SageMakerTransformJob"))
    assert job.inputs["tags"] == {TAG: owner.mark}
    with pytest.raises(ProviderError, match=f"belongs to another resource .{owner.mark}.*import"):
        begin("prod")
    for each in (name, "never-was"):
        at = urn("serving:index:SageMakerTransformJob")
        request = DeleteRequest(at, each, wrap_map(transform.ASKED), 0)
        asyncio.run(ServingProvider(poll=QUICK).delete(request))
