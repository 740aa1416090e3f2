"""Vertex AI's long operations and jobs: they take their time, end in errors, and survive."""

import http.client
import time
import urllib.error
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.api.vertex_facts import ENDPOINT, MODEL
from sandbox.store import Fault, Store
from tests.unit.sandbox_vertex import IMAGE, PARENT, call, deploy, served, store, url

__all__ = ["call", "served", "store", "url"]


def test_an_operation_can_end_in_an_error(
    call: Callable[..., Any], store: Store, served: str
) -> None:
    rule = Fault(ENDPOINT, "DeployModel", "silent_rollback", message="RESOURCE_EXHAUSTED: no room")
    store.add_fault(rule)
    status, operation = call(
        "POST", f"{PARENT}/endpoints/e:deployModel", deploy(f"{PARENT}/models/b")
    )
    assert status == 200
    _, done = call("GET", operation["name"])
    assert done["done"]
    assert done["error"] == {"code": 8, "message": "no room"}
    _, endpoint = call("GET", f"{PARENT}/endpoints/e")
    assert [each["id"] for each in endpoint["deployedModels"]] == [served]
    # All that was done to it can be listed, the newest first, from any process.
    _, listed = call("GET", f"{PARENT}/endpoints/e/operations")
    kinds = [each["metadata"]["@type"].rpartition(".")[2] for each in listed["operations"]]
    assert kinds == ["DeployModelOperationMetadata"] * 2 + ["CreateEndpointOperationMetadata"]
    # The same of UpdateEndpoint, which is none: acknowledged, and nothing is done.
    store.add_fault(Fault(ENDPOINT, "UpdateEndpoint", "silent_rollback"))
    path = f"{PARENT}/endpoints/e?updateMask=displayName"
    assert call("PATCH", path, {"displayName": "x"})[0] == 200
    assert call("GET", f"{PARENT}/endpoints/e")[1]["displayName"] == "e"


def test_an_answer_can_be_lost_after_the_deed(call: Callable[..., Any], store: Store) -> None:
    store.add_fault(Fault(MODEL, "UploadModel", "die"))
    body = {
        "model": {"displayName": "a", "containerSpec": {"imageUri": IMAGE}},
        "modelId": "a",
    }
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        call("POST", f"{PARENT}/models:upload", body)
    assert call("GET", f"{PARENT}/models/a")[0] == 200
    store.add_fault(Fault(MODEL, "UploadModel", "die_before"))
    with pytest.raises((urllib.error.URLError, ConnectionError, http.client.HTTPException)):
        call("POST", f"{PARENT}/models:upload", body | {"modelId": "b"})
    assert call("GET", f"{PARENT}/models/b")[0] == 404


def test_a_model_is_there_after_its_upload(
    call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    # So long that nothing here is ever over.
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")
    body = {
        "model": {"displayName": "a", "containerSpec": {"imageUri": IMAGE}},
        "modelId": "a",
    }
    assert call("POST", f"{PARENT}/models:upload", body)[0] == 200
    assert call("GET", f"{PARENT}/models/a")[0] == 404
    assert call("GET", f"{PARENT}/models/a:listVersions")[0] == 404
    assert call("POST", f"{PARENT}/models:upload", body)[0] == 409
    (running,) = call("GET", f"{PARENT}/models/a/operations")[1]["operations"]
    assert not running["done"]
    # Nobody waits for a clock that was set back.
    now = time.time() - 3600
    monkeypatch.setattr(time, "time", lambda: now)
    (done,) = call("GET", f"{PARENT}/models/a/operations")[1]["operations"]
    assert done["done"]


def test_a_job_runs_is_cancelled_and_deleted(
    call: Callable[..., Any], served: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert served
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")
    body = {
        "displayName": "nightly",
        "model": f"{PARENT}/models/a",
        "inputConfig": {"instancesFormat": "jsonl", "gcsSource": {"uris": ["gs://x/y"]}},
        "outputConfig": {
            "predictionsFormat": "jsonl",
            "gcsDestination": {"outputUriPrefix": "gs://x/z"},
        },
        "dedicatedResources": {"machineSpec": {"machineType": "n1-standard-4"}},
    }
    _, job = call("POST", f"{PARENT}/batchPredictionJobs", body)
    assert job["state"] == "JOB_STATE_PENDING"
    assert call("GET", job["name"])[1]["state"] == "JOB_STATE_RUNNING"
    assert call("DELETE", job["name"])[0] == 400
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    assert call("POST", f"{job['name']}:cancel", {})[0] == 200
    assert call("GET", job["name"])[1]["state"] == "JOB_STATE_CANCELLED"
    assert call("POST", f"{job['name']}:cancel", {})[0] == 400
    _, operation = call("DELETE", job["name"])
    # Operations on jobs are the location's.
    assert operation["name"].split("/")[4] == "operations"
    assert call("GET", operation["name"])[1]["done"]
    assert call("GET", job["name"])[0] == 404


def test_a_private_endpoint_serves_one_model(call: Callable[..., Any], served: str) -> None:
    assert served
    body = {"displayName": "p", "network": "projects/1/global/networks/n"}
    call("POST", f"{PARENT}/endpoints?endpointId=p", body)
    assert call("POST", f"{PARENT}/endpoints/p:deployModel", deploy(f"{PARENT}/models/a"))[0] == 200
    _, endpoint = call("GET", f"{PARENT}/endpoints/p")
    split = {"trafficSplit": {endpoint["deployedModels"][0]["id"]: 100}}
    for method, path, asked, reason in (
        ("POST", "endpoints/p:deployModel", deploy(f"{PARENT}/models/b"), "serves one Deployed"),
        ("PATCH", "endpoints/p?updateMask=trafficSplit", split, "do not support traffic"),
    ):
        status, answer = call(method, f"{PARENT}/{path}", asked)
        assert status == 400
        assert reason in answer["error"]["message"]
