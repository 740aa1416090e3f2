"""The resources of Vertex AI against the sandbox's API: what each does, and what it refuses."""

import asyncio
import re

import pytest

from provider.errors import NotReadyError, ProviderError
from provider.gcp.vertex import VertexError
from provider.gcp.vertex_batch_prediction_job_inputs import changes
from sandbox import eventual
from sandbox.api.vertex_facts import BATCH_JOB, ENDPOINT, POOL
from sandbox.api.vertex_facts import MODEL as MODEL_TOKEN
from sandbox.store import Row, Store
from tests.unit.vertex_store import (
    DEPLOYED,
    JOB,
    MODEL,
    PLACE,
    StoreVertex,
    Told,
    client,
    create,
    delete,
    deployed,
    read,
    split,
    store,
    update,
)

__all__ = ["client", "store"]


# ---- models ----


def test_a_model_is_uploaded_once_and_found_again(client: StoreVertex) -> None:
    name, outputs = create(client, "model", MODEL)
    assert name == f"{PLACE}/models/fraud"
    assert outputs["versionName"] == f"{name}@1"
    assert create(client, "model", MODEL)[0] == name
    assert client.changing() == ["UploadModel"]
    now, _ = read(client, "model", name)
    assert now == {**MODEL, "timeoutSeconds": 1800}
    delete(client, "model", name, MODEL)
    assert read(client, "model", name, **MODEL) is None
    delete(client, "model", name, MODEL)


def test_an_id_that_another_model_has_is_not_taken(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    other = {**MODEL, "artifactUri": "gs://example-models/fraud/2"}
    with pytest.raises(
        ProviderError, match=r"modelId: there is a model .*artifactUri: 'gs://.*/1'"
    ):
        create(client, "model", other)


def test_versions_of_a_model(client: StoreVertex, store: Store) -> None:
    name, _ = create(client, "model", MODEL)
    further = {**MODEL, "modelId": None, "parentModel": name, "versionAliases": ["candidate"]}
    version, outputs = create(client, "model", further)
    assert version == f"{name}@2"
    assert outputs["versionName"] == version
    assert create(client, "model", further)[0] == version
    assert client.changing() == ["UploadModel", "UploadModel"]
    now, _ = read(client, "model", version)
    assert now["parentModel"] == name
    assert now["versionAliases"] == ["candidate"]
    assert read(client, "model", version, **now)[0] == now
    with pytest.raises(ProviderError, match="versions that this resource did not upload: 2"):
        delete(client, "model", name, MODEL)
    delete(client, "model", version, further)
    (row,) = store.list("gcp", MODEL_TOKEN)
    assert [each["versionId"] for each in row.live["versions"]] == ["1"]


def test_names_labels_and_aliases_change_in_place(client: StoreVertex) -> None:
    name, _ = create(client, "model", {**MODEL, "versionAliases": ["a1", "b1"], "description": "x"})
    client.changing()
    changed = {**MODEL, "labels": {"team": "risk"}, "versionAliases": ["b1", "c1"]}
    update(client, "model", name, changed)
    assert client.changing() == ["UpdateModel", "MergeVersionAliases"]
    now, _ = read(client, "model", name)
    assert now["labels"] == {"team": "risk"}
    assert sorted(now["versionAliases"]) == ["b1", "c1"]
    assert "description" not in now
    update(client, "model", name, changed)
    assert client.changing() == []


def test_a_refresh_shows_what_others_changed(
    client: StoreVertex, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    asked = {**MODEL, "labels": {"team": "risk"}, "description": "first"}
    name, _ = create(client, "model", asked)
    other = {"name": name, "displayName": "mine", "labels": {"team": "other"}}
    mask = "displayName,labels"
    request = {"model": other, "updateMask": mask}
    asyncio.run(client.call("UpdateModel", "europe-west4", request))
    now, _ = read(client, "model", name, **asked)
    assert now == {**asked, "displayName": "mine", "labels": {"team": "other"}}
    update(client, "model", name, asked)
    assert read(client, "model", name, **asked)[0] == asked

    deployed_name, _ = create(client, "deployed", DEPLOYED)
    mine = deployed_name.rpartition("/")[2]
    resources = {"minReplicaCount": 2, "maxReplicaCount": 9}
    change = {
        "endpoint": f"{PLACE}/endpoints/fraud",
        "deployedModel": {"id": mine, "dedicatedResources": resources},
        "updateMask": "dedicatedResources.minReplicaCount,dedicatedResources.maxReplicaCount",
    }
    asyncio.run(client.call("MutateDeployedModel", "europe-west4", change))
    now, _ = read(client, "deployed", deployed_name, **DEPLOYED)
    assert (now["minReplicaCount"], now["maxReplicaCount"]) == (2, 9)


# ---- deployed models ----


def test_a_deployment_has_no_traffic_and_an_id_of_its_own(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    name, outputs = create(client, "deployed", DEPLOYED)
    assert re.fullmatch(rf"{PLACE}/endpoints/fraud/[0-9]{{10}}", name)
    assert outputs["modelVersionId"] == "1"
    assert read(client, "split", f"{PLACE}/endpoints/fraud")[1]["liveTraffic"] == {}
    # What changes in place gives the same id, what does not another one.
    assert create(client, "deployed", {**DEPLOYED, "maxReplicaCount": 5.0})[0] == name
    assert client.changing() == ["UploadModel", "DeployModel", "MutateDeployedModel"]
    assert create(client, "deployed", {**DEPLOYED, "machineType": "n1-standard-8"})[0] != name


def test_only_what_differs_is_mutated(client: StoreVertex, store: Store) -> None:
    create(client, "model", MODEL)
    name, _ = create(client, "deployed", DEPLOYED)
    client.changing()
    metrics = [
        {
            "metricName": "aiplatform.googleapis.com/prediction/online/cpu/utilization",
            "target": 70.0,
        }
    ]
    changed = {**DEPLOYED, "minReplicaCount": 2.0, "autoscalingMetricSpecs": metrics}
    changed["disableContainerLogging"] = True
    update(client, "deployed", name, changed)
    assert client.changing() == ["MutateDeployedModel"]
    row = store.get("gcp", ENDPOINT, f"{PLACE}/endpoints/fraud")
    assert row is not None
    (live,) = row.live["deployedModels"]
    assert live["dedicatedResources"]["minReplicaCount"] == 2
    assert live["dedicatedResources"]["maxReplicaCount"] == 2
    assert live["disableContainerLogging"] is True
    update(client, "deployed", name, changed)
    assert client.changing() == []
    now, _ = read(client, "deployed", name)
    assert now["autoscalingMetricSpecs"] == [{**metrics[0], "target": 70}]


def test_an_id_of_another_deployment_is_not_taken(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    deployed(client, "7")
    with pytest.raises(
        ProviderError, match=r"7 is deployed already.*machineType: 'n1-standard-4' is live"
    ):
        deployed(client, "7", machineType="n1-standard-8")


def test_no_endpoint_no_deployment(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    with pytest.raises(ProviderError, match=r"there is no endpoint .*/absent"):
        create(client, "deployed", {**DEPLOYED, "endpoint": "absent"})


def test_what_gets_the_most_traffic_goes_last(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    stable, candidate = deployed(client, "1"), deployed(client, "2")
    create(client, "split", split(("1", 90), ("2", 10)))
    with pytest.raises(
        ProviderError, match=r"1 gets 90 % of the requests, the most.*2 is deployed"
    ):
        delete(client, "deployed", stable, DEPLOYED)
    delete(client, "deployed", candidate, DEPLOYED)
    assert read(client, "split", f"{PLACE}/endpoints/fraud")[1]["liveTraffic"] == {"1": 100}
    delete(client, "deployed", stable, DEPLOYED)
    delete(client, "deployed", stable, DEPLOYED)
    assert read(client, "deployed", stable) is None


@pytest.mark.parametrize("first", ["1", "2"])
def test_of_two_that_get_the_same_each_may_go_first(client: StoreVertex, first: str) -> None:
    create(client, "model", MODEL)
    both = {number: deployed(client, number) for number in ("1", "2")}
    create(client, "split", split(("1", 50), ("2", 50)))
    delete(client, "deployed", both.pop(first), DEPLOYED)
    (left,) = both
    assert read(client, "split", f"{PLACE}/endpoints/fraud")[1]["liveTraffic"] == {left: 100}


def test_a_pool_has_the_machines(client: StoreVertex, store: Store) -> None:
    create(client, "model", MODEL)
    pool = f"{PLACE}/deploymentResourcePools/shared"
    keys = ("machineType", "minReplicaCount", "maxReplicaCount")
    asked = {key: value for key, value in DEPLOYED.items() if key not in keys}
    asked["deploymentResourcePool"] = pool
    with pytest.raises(VertexError, match=r"DeployModel: NOT_FOUND: .*deploymentResourcePools/sh"):
        create(client, "deployed", asked)
    store.insert(Row("gcp", POOL, pool, account="example-models", name="shared"))
    name, _ = create(client, "deployed", asked)
    now, _ = read(client, "deployed", name)
    assert now == {**asked, "deployedModelId": name[-10:], "timeoutSeconds": 3600}
    client.changing()
    update(client, "deployed", name, {**asked, "disableContainerLogging": True})
    assert client.changing() == ["MutateDeployedModel"]


def test_an_alias_is_resolved_when_it_is_deployed(client: StoreVertex) -> None:
    create(client, "model", {**MODEL, "versionAliases": ["golden"]})
    asked = {**DEPLOYED, "model": f"{PLACE}/models/fraud@golden"}
    name, outputs = create(client, "deployed", asked)
    assert outputs["modelVersionId"] == "1"
    # What the alias was when it was deployed is what is live; a refresh keeps the alias.
    assert read(client, "deployed", name, **asked)[0]["model"] == asked["model"]


# ---- splits ----


def test_a_split_names_what_is_deployed(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    deployed(client, "1")
    with pytest.raises(ProviderError, match=r"traffic: 3 is not deployed to endpoint fraud; .*: 1"):
        create(client, "split", split(("1", 100), ("3", 0)))
    with pytest.raises(ProviderError, match="there is no endpoint"):
        create(client, "split", {**split(("1", 100)), "endpoint": "absent"})


def test_traffic_of_strangers_is_told(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    deployed(client, "1")
    deployed(client, "2")
    create(client, "split", split(("1", 60), ("2", 40)))
    told = Told()
    _, outputs = create(client, "split", split(("1", 100)), told)
    assert outputs["liveTraffic"] == {"1": 100}
    assert told == [
        "moving traffic from 1 60 %, 2 40 % to 1 100 %; takes it from 2 40 %, not of this split"
    ]
    client.changing()
    create(client, "split", split(("1", 100), ("2", 0)))
    assert client.changing() == []
    now, _ = read(client, "split", f"{PLACE}/endpoints/fraud")
    assert now["traffic"] == [{"deployedModelId": "1", "percent": 100}]


def test_a_peered_endpoint_serves_one_model(client: StoreVertex, store: Store) -> None:
    create(client, "model", MODEL)
    name = f"{PLACE}/endpoints/fraud"
    network = {"network": "projects/1/global/networks/n"}
    store.update("gcp", ENDPOINT, name, lambda row: row.replace(inputs={**row.inputs, **network}))
    first = deployed(client, "1")
    with pytest.raises(ProviderError, match="in a peered network and serves one model, 1 now"):
        deployed(client, "2")
    client.changing()
    assert create(client, "split", split(("1", 100)))[1]["liveTraffic"] == {"1": 100}
    with pytest.raises(ProviderError, match="2 is not deployed"):
        create(client, "split", split(("1", 90), ("2", 10)))
    assert client.changing() == []
    assert read(client, "split", name)[0]["traffic"] == [{"deployedModelId": "1", "percent": 100}]
    delete(client, "deployed", first, DEPLOYED)
    with pytest.raises(ProviderError, match="1 is not deployed"):
        create(client, "split", split(("1", 100)))


# ---- jobs ----


def test_a_job_is_made_once(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    name, outputs = create(client, "job", JOB)
    assert outputs["state"] == "JOB_STATE_SUCCEEDED"
    assert create(client, "job", JOB)[0] == name
    assert create(client, "job", {**JOB, "run": "2"})[0] != name
    now, _ = read(client, "job", name)
    assert now == {**JOB, "timeoutSeconds": 86400}
    delete(client, "job", name, JOB)
    assert read(client, "job", name) is None


def test_a_job_that_runs_is_kept_in_state_and_cancelled(
    client: StoreVertex, monkeypatch: pytest.MonkeyPatch
) -> None:
    create(client, "model", MODEL)
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "1")
    with pytest.raises(NotReadyError, match=r"was not ready after 0\.05 s: JOB_STATE_") as raised:
        create(client, "job", {**JOB, "timeoutSeconds": 0.05})
    name = raised.value.resource_id
    assert raised.value.outputs["name"] == name
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    client.changing()
    delete(client, "job", name, JOB)
    assert client.changing() == ["CancelBatchPredictionJob", "DeleteBatchPredictionJob"]


def test_a_job_that_failed_later_is_made_again(client: StoreVertex, store: Store) -> None:
    """It was in state already, since nobody waited for its end."""
    create(client, "model", MODEL)
    name, outputs = create(client, "job", {**JOB, "waitForCompletion": False})
    assert not changes({**outputs, "state": "JOB_STATE_RUNNING"}, JOB)

    def failed(row: Row) -> Row:
        # It is not on its way to another state any more.
        live = {key: value for key, value in row.live.items() if key != eventual.KEY}
        return row.replace(live={**live, "state": "JOB_STATE_FAILED"})

    (row,) = store.list("gcp", BATCH_JOB)
    store.update("gcp", BATCH_JOB, row.id, failed)
    with pytest.raises(NotReadyError, match="ended as JOB_STATE_FAILED") as raised:
        update(client, "job", name, JOB)
    assert changes(raised.value.outputs, JOB) == {"state": True}
    _, found = read(client, "job", name, **JOB)
    assert changes(found, JOB) == {"state": True}
    # The new one first, then the record of the failed one goes, and of that one alone.
    again, _ = create(client, "job", JOB)
    assert again != name
    delete(client, "job", name, JOB)
    assert [each.live["state"] for each in store.list("gcp", BATCH_JOB)] == ["JOB_STATE_SUCCEEDED"]
