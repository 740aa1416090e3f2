"""Vertex AI's API, judged by the vendor's own client, and what Pulumi sees of it."""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import bootstrap, environment
from sandbox.api import server, vertex_deployments
from sandbox.api.vertex_facts import ENDPOINT, MODEL
from sandbox.clouds.base import RefusedError
from sandbox.store import Fault, Store
from tests.unit.sandbox_life import Stack
from tests.unit.sandbox_vertex import LOCATION, PARENT, PROJECT, call, deploy, served, store, url

__all__ = ["call", "served", "store", "url"]

CLIENT = Path(__file__).with_name("vertex_client.py")


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """What the vendor's client saw, and what Pulumi saw afterwards; see `vertex_client.py`."""
    path = tmp_path_factory.mktemp("vertex") / "store.sqlite"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
        gcp = Stack("gcp", path, {"project": PROJECT})
        made = gcp.create(
            ENDPOINT, "e", name="fraud-dev", displayName="a", location=LOCATION, labels={"a": "b"}
        )
        running = server.start(path)
        done = subprocess.run(
            [sys.executable, "-W", "ignore", CLIENT, running.url, "fraud-dev"],
            check=False,
            capture_output=True,
            text=True,
        )
        running.close()
        assert done.returncode == 0, done.stderr
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        yield {**found, "stack": gcp, "made": made}
        gcp.store.close()


def test_models_and_versions(seen: dict[str, Any]) -> None:
    found = dict(seen["models"])
    name = found.pop("name")
    assert name.startswith("projects/210987654321/locations/europe-west1/models/")
    assert found == {
        "first": ["1", ["default"]],
        "second": ["2", ["candidate"]],
        "versions": ["1", "2"],
        "default": "2",
        "labels": {"team": "risk"},
        "listed": ["2"],
        "others": [],
        "left": [],
    }


def test_traffic_moves_from_one_model_to_another(seen: dict[str, Any]) -> None:
    assert seen["traffic"] == {
        "new": {},
        "canary": {"fraud": 90, "next": 10},
        "machines": ["NVIDIA_TESLA_T4", "ACCELERATOR_TYPE_UNSPECIFIED"],
        "of the model": True,
        "half": {"fraud": 50, "next": 50},
        "moved": {"fraud": 0, "next": 100},
    }


def test_pools_and_batch_predictions(seen: dict[str, Any]) -> None:
    assert seen["shared"] == {
        "pools": ["shared"],
        "shares": True,
        "host": "europe-west1-210987654321.prediction.vertexai.goog",
        "state": "JOB_STATE_SUCCEEDED",
        "written": True,
        "found": ["nightly"],
    }


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        ("absent", r"NotFound: .*endpoints/absent does not exist"),
        ("taken", r"Conflict: .*endpoints/refusals already exists"),
        ("half a split", r"BadRequest: .*add up to 100, got 50"),
        ("still serving", r"BadRequest: .*has deployed or being-deployed DeployedModel"),
        ("in use", r"BadRequest: .*is deployed to .*endpoints/refusals"),
    ],
)
def test_refusals_as_the_client_raises_them(
    seen: dict[str, Any], attempt: str, expected: str
) -> None:
    assert re.match(expected, seen["refusals"].get(attempt, "not refused"))


def test_the_client_reads_what_pulumi_made(seen: dict[str, Any]) -> None:
    assert seen["pulumi"]["display_name"] == "a"
    assert seen["pulumi"]["labels"] == {"a": "b", "goog-pulumi-provisioned": "true"}


def test_pulumi_reads_what_the_client_changed(seen: dict[str, Any]) -> None:
    gcp, made, deployed = seen["stack"], seen["made"], seen["pulumi"]["deployed"]
    read = gcp.read(made)
    assert read.inputs["displayName"] == "changed"
    assert read.inputs["labels"] == {"a": "c"}
    assert [each["id"] for each in read.outputs["deployedModels"]] == [deployed]
    # The SDK of a program reads it by the declared types.
    computed = {name: read.outputs[name] for name in ("deployedModels", "trafficSplit")}
    assert gcp.life.shape.problems(gcp.life.cloud.declared(ENDPOINT).outputs, computed) == []
    machine = read.outputs["deployedModels"][0]["dedicatedResources"][0]["machineSpecs"][0]
    assert machine["machineType"] == "n1-standard-4"
    assert json.loads(read.outputs["trafficSplit"]) == {deployed: 100}
    # An update by Pulumi leaves alone what is deployed; a split of its own must fit that.
    updated = gcp.update(made, displayName="b")
    assert gcp.store.get("gcp", ENDPOINT, made.id).live["trafficSplit"] == {deployed: 100}
    gcp.update(updated, trafficSplit=json.dumps({deployed: 100}))
    with pytest.raises(RefusedError, match="7 is not deployed"):
        gcp.update(updated, trafficSplit=json.dumps({"7": 100}))
    with pytest.raises(RefusedError, match=rf"DeployedModels {deployed}; undeploy them"):
        gcp.delete(made)


def test_pulumi_imports_what_the_client_made(seen: dict[str, Any]) -> None:
    gcp, made = seen["stack"], seen["made"]
    read = gcp.life.read(made.urn, f"{PARENT}/endpoints/refusals", {}, set())
    assert read is not None
    assert read.inputs == {"displayName": "fraud", "name": "refusals", "location": LOCATION}
    assert gcp.life.diff(made.urn, read.inputs, read.inputs, []).changes == []


def test_the_environment_leads_there(tmp_path: Path) -> None:
    engine = bootstrap.Engine(tmp_path / "pulumi", "3.259.0", "path", (tmp_path,))
    found = environment.variables(tmp_path, engine, inherited={}, endpoint="http://127.0.0.1:1")
    assert found["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"] == "http://127.0.0.1:1/v1/"


REFUSALS: list[tuple[tuple[str, str, Any], int, str]] = [
    (("POST", "models:upload", {"model": {"displayName": "a"}}), 400, "image_uri"),
    (
        ("POST", "endpoints", {"displayName": "x", "trafficSplit": {"1": 100}}),
        400,
        "once models",
    ),
    (("POST", "endpoints", {}), 400, "display_name"),
    (("POST", "endpoints/e:deployModel", deploy(f"{PARENT}/models/c")), 404, "does not exist"),
    (("POST", "endpoints/e:deployModel", deploy("a")), 400, "use projects/"),
    (
        ("POST", "endpoints/e:deployModel", deploy(f"{PARENT}/models/b", {})),
        400,
        "machine_type",
    ),
    (
        (
            "POST",
            "endpoints/e:deployModel",
            {**deploy(f"{PARENT}/models/b"), "trafficSplit": {"0": 90}},
        ),
        400,
        "add up to 100, got 90",
    ),
    (
        (
            "POST",
            "endpoints/e:deployModel",
            {**deploy(f"{PARENT}/models/b"), "trafficSplit": {"7": 100}},
        ),
        400,
        "7 is not deployed",
    ),
    (("POST", "endpoints/e:undeployModel", {"deployedModelId": "7"}), 404, "not deployed"),
    (("POST", "endpoints/e:mutateDeployedModel", {"deployedModel": {"id": "7"}}), 404, "7"),
    (("PATCH", "models/a?updateMask=versionDescription", {}), 400, "versionDescription cannot"),
    (("PATCH", "models/a@1?updateMask=displayName", {"displayName": "x"}), 400, "displayName"),
    (("POST", "models:upload", {"model": {}, "modelId": "1st"}), 400, "display_name"),
    (
        (
            "POST",
            "endpoints/e:deployModel",
            {
                "deployedModel": {
                    **deploy(f"{PARENT}/models/b")["deployedModel"],
                    "id": "12345678901",
                }
            },
        ),
        400,
        "1 to 10 digits",
    ),
    (
        (
            "POST",
            "endpoints/e:deployModel",
            {
                "deployedModel": {
                    "model": f"{PARENT}/models/b",
                    "sharedResources": f"{PARENT}/deploymentResourcePools/absent",
                }
            },
        ),
        404,
        "DeploymentResourcePool",
    ),
    (("POST", "deploymentResourcePools", {"deploymentResourcePoolId": "p"}), 400, "must be given"),
    (("POST", "batchPredictionJobs", {"displayName": "x"}), 400, "input_config"),
    (("GET", "batchPredictionJobs/1", None), 404, "BatchPredictionJob"),
    (("PATCH", "endpoints/e?updateMask=network", {"network": "x"}), 400, "network"),
    (("POST", "endpoints/e:predict", {"instances": []}), 501, "does not answer"),
    (("DELETE", "models/a@1:deleteVersion", None), 400, "only version"),
    # What no client sends by itself, but a script may.
    (("POST", "endpoints?endpointId=Fraud_1", {"displayName": "x"}), 400, "endpoint_id: got Fra"),
    (("POST", "endpoints?endpointId=12345678901", {"displayName": "x"}), 400, "10 digits"),
    (("GET", "models?pageSize=many", None), 400, "'page_size', 'many'"),
    (("GET", "endpoints?filter=display_name:*", None), 400, "filter"),
    (
        (
            "POST",
            "endpoints/e:deployModel",
            {**deploy(f"{PARENT}/models/b"), "trafficSplit": {"0": "all"}},
        ),
        400,
        "'traffic_split.0', 'all'",
    ),
]


@pytest.mark.parametrize(("request_", "status", "message"), REFUSALS)
@pytest.mark.usefixtures("served")
def test_refusals(
    call: Callable[..., tuple[int, dict[str, Any]]],
    request_: tuple[str, str, dict[str, Any] | None],
    status: int,
    message: str,
) -> None:
    method, path, body = request_
    got, answer = call(method, f"{PARENT}/{path}", body)
    assert got == status, answer
    assert answer["error"]["code"] == status
    assert message in answer["error"]["message"]


def test_a_split_names_the_new_model_by_zero(call: Callable[..., Any], served: str) -> None:
    body = {**deploy(f"{PARENT}/models/b"), "trafficSplit": {"0": 20, served: 80}}
    _, operation = call("POST", f"{PARENT}/endpoints/e:deployModel", body)
    _, done = call("GET", operation["name"])
    _, endpoint = call("GET", f"{PARENT}/endpoints/e")
    assert endpoint["trafficSplit"] == {done["response"]["deployedModel"]["id"]: 20, served: 80}
    # Who gets traffic goes only when the split says who gets it then.
    status, answer = call(
        "POST", f"{PARENT}/endpoints/e:undeployModel", {"deployedModelId": served}
    )
    assert status == 400, answer


def test_replicas_change_in_place(call: Callable[..., Any], served: str) -> None:
    resources = {"minReplicaCount": 2, "maxReplicaCount": 3}
    paths = "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount"
    body: dict[str, Any] = {
        "deployedModel": {"id": served, "dedicatedResources": resources},
        "updateMask": paths,
    }
    _, operation = call("POST", f"{PARENT}/endpoints/e:mutateDeployedModel", body)
    _, done = call("GET", operation["name"])
    found = done["response"]["deployedModel"]["dedicatedResources"]
    assert found == {**resources, "machineSpec": {"machineType": "n1-standard-4"}}
    body["deployedModel"]["dedicatedResources"] = {"minReplicaCount": 4, "maxReplicaCount": 3}
    assert call("POST", f"{PARENT}/endpoints/e:mutateDeployedModel", body)[0] == 400


def test_operations_take_their_time(
    call: Callable[..., Any], served: str, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long that nothing here is ever over.
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")
    assert vertex_deployments.DEPLOY_SECONDS > 60
    _, operation = call("POST", f"{PARENT}/endpoints/e:deployModel", deploy(f"{PARENT}/models/b"))
    assert not call("GET", operation["name"])[1]["done"]
    _, endpoint = call("GET", f"{PARENT}/endpoints/e")
    assert [each["id"] for each in endpoint["deployedModels"]] == [served]
    status, answer = call("POST", f"{PARENT}/endpoints/e:deployModel", deploy(f"{PARENT}/models/b"))
    assert (status, answer["error"]["status"]) == (400, "FAILED_PRECONDITION")
    logged = [event.outcome for event in store.events(ENDPOINT, "aiplatform:DeployModel")]
    assert logged == ["ok", "ok", "FAILED_PRECONDITION"]


def test_another_project_and_odd_operations(call: Callable[..., Any], store: Store) -> None:
    status, answer = call("GET", "projects/example-model/locations/x/models")
    assert (status, answer["error"]["status"]) == (403, "PERMISSION_DENIED")
    assert 'did you mean "example-models"' in answer["error"]["message"]
    assert call("GET", f"{PARENT}/models/m/operations/1")[0] == 404
    assert call("GET", "projects/210987654321/locations/x/models")[1] == {"models": []}
    assert store.events(MODEL, "aiplatform:ListModels")


def test_faults(call: Callable[..., Any], store: Store) -> None:
    store.add_fault(Fault(ENDPOINT, "ListEndpoints", "fail", message="UNAVAILABLE: later"))
    status, answer = call("GET", f"{PARENT}/endpoints")
    assert (status, answer["error"]["message"]) == (503, "later")
    assert call("GET", f"{PARENT}/endpoints")[0] == 200
