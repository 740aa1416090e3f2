"""`serving:index:VertexMonitoringJob`: made once, found again, changed in place, taken away."""

from collections.abc import Mapping
from typing import Any

import pytest

from provider.errors import ProviderError
from provider.gcp import vertex_monitoring_job_inputs as inputs
from provider.gcp.vertex import Method, VertexError
from provider.gcp.vertex_monitoring_job_api import inputs_of, job_of
from provider.values import UNKNOWN
from sandbox import eventual
from sandbox.api.vertex_facts import MONITORING_JOB
from sandbox.store import Fault, Store
from tests.unit.vertex_store import (
    MODEL,
    MONITORING,
    PLACE,
    StoreVertex,
    Told,
    client,
    create,
    delete,
    deployed,
    read,
    store,
    update,
)

__all__ = ["client", "store"]

_LIVE = {key: value for key, value in MONITORING.items() if key in inputs.MUTABLE}
_FILES = "gs://example-models/fraud/train.csv"


@pytest.fixture(autouse=True)
def serving(client: StoreVertex) -> None:
    create(client, "model", MODEL)
    deployed(client, "1")
    deployed(client, "2")
    client.changing()


def _job(store: Store) -> dict[str, Any]:
    (row,) = store.list("gcp", MONITORING_JOB)
    passing = {"state", eventual.KEY}
    return {key: value for key, value in row.live.items() if key not in passing}


def test_made_once_and_found_again(client: StoreVertex, store: Store) -> None:
    name, outputs = create(client, "monitoring", MONITORING)
    assert name.startswith(f"{PLACE}/modelDeploymentMonitoringJobs/")
    assert (outputs["name"], outputs["jobId"]) == (name, name.rpartition("/")[2])
    assert client.changing() == ["CreateModelDeploymentMonitoringJob"]
    told = Told()
    # An earlier run's, killed before its state was written; what differs by now is changed.
    assert create(client, "monitoring", {**MONITORING, "threshold": 0.1}, told)[0] == name
    assert client.changing() == ["UpdateModelDeploymentMonitoringJob"]
    assert told[:2] == [f"takes job {outputs['jobId']} of an earlier run", "changes threshold"]
    assert create(client, "monitoring", {**MONITORING, "threshold": 0.1})[0] == name
    assert client.changing() == []
    objective = _job(store)["modelDeploymentMonitoringObjectiveConfigs"][0]["objectiveConfig"]
    skew = objective["trainingPredictionSkewDetectionConfig"]
    assert skew == {"defaultSkewThreshold": {"value": 0.1}}


def test_no_second_job_after_an_answer_that_was_lost(client: StoreVertex, store: Store) -> None:
    store.add_fault(Fault(MONITORING_JOB, "CreateModelDeploymentMonitoringJob", "die"))
    create(client, "monitoring", MONITORING)
    assert len(store.list("gcp", MONITORING_JOB)) == 1


@pytest.mark.parametrize(
    ("key", "value", "member"),
    [
        ("displayName", "other", "displayName"),
        ("deployedModelIds", ["1", "2"], "modelDeploymentMonitoringObjectiveConfigs"),
        ("baselineUri", _FILES, "modelDeploymentMonitoringObjectiveConfigs"),
        ("features", ["amount"], "modelDeploymentMonitoringObjectiveConfigs"),
        ("intervalHours", 6.0, "modelDeploymentMonitoringScheduleConfig"),
        ("samplePercent", 50.0, "loggingSamplingStrategy"),
        ("logDays", 7.0, "logTtl"),
        ("labels", {"team": "risk"}, "labels"),
    ],
)
def test_one_thing_changes_and_nothing_else(
    client: StoreVertex, store: Store, key: str, value: object, member: str
) -> None:
    name, _ = create(client, "monitoring", MONITORING)
    before, asked = _job(store), {**MONITORING, key: value}
    assert inputs.changes(MONITORING, asked) == {key: False}
    update(client, "monitoring", name, asked)
    after = _job(store)
    assert {each for each in after if after[each] != before.get(each)} == {member}
    # What is live is what was asked for.
    client.changing()
    update(client, "monitoring", name, asked)
    assert client.changing() == []


def test_read_tells_what_others_changed(client: StoreVertex, store: Store) -> None:
    name, _ = create(client, "monitoring", {**MONITORING, "features": ["b", "a"]})
    now, outputs = read(client, "monitoring", name, **MONITORING, features=["b", "a"])
    # The order of features is as it was given.
    assert now == {**MONITORING, "features": ["b", "a"]}
    assert outputs["jobId"] == name.rpartition("/")[2]
    store.update(
        "gcp",
        MONITORING_JOB,
        name,
        lambda row: row.replace(live={**row.live, "logTtl": "86400s"}),
    )
    now, _ = read(client, "monitoring", name, **MONITORING, features=["b", "a"])
    assert now["logDays"] == 1
    imported, _ = read(client, "monitoring", name)
    assert imported == {
        **MONITORING,
        "features": ["a", "b"],
        "logDays": 1,
        "timeoutSeconds": 1800,
    }


def test_deleted_though_it_runs(client: StoreVertex, store: Store) -> None:
    name, outputs = create(client, "monitoring", MONITORING)
    client.changing()
    delete(client, "monitoring", name, outputs)
    assert client.changing()[-1] == "DeleteModelDeploymentMonitoringJob"
    assert store.list("gcp", MONITORING_JOB) == []
    assert read(client, "monitoring", name, **MONITORING) is None
    # Gone is gone.
    delete(client, "monitoring", name, outputs)
    with pytest.raises(ProviderError, match="Was it deleted by hand"):
        update(client, "monitoring", name, MONITORING)


def test_one_that_begins_to_run_after_it_was_looked_at_is_paused(
    client: StoreVertex, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, outputs = create(client, "monitoring", MONITORING)

    def be(state: str) -> None:
        live = job_of(MONITORING) | {"state": state}
        store.update("gcp", MONITORING_JOB, name, lambda row: row.replace(live=live))

    be("JOB_STATE_PENDING")
    call = client.call

    async def begin_first(
        method: Method, region: str, request: Mapping[str, object]
    ) -> dict[str, Any]:
        if method.startswith("Delete") and method not in client.methods:
            be("JOB_STATE_RUNNING")
        return await call(method, region, request)

    monkeypatch.setattr(client, "call", begin_first)
    client.changing()
    delete(client, "monitoring", name, outputs)
    assert client.changing() == [
        "DeleteModelDeploymentMonitoringJob",
        "PauseModelDeploymentMonitoringJob",
        "DeleteModelDeploymentMonitoringJob",
    ]


def test_a_running_one_is_paused_first(client: StoreVertex, store: Store) -> None:
    name, outputs = create(client, "monitoring", MONITORING)
    store.update(
        "gcp",
        MONITORING_JOB,
        name,
        lambda row: row.replace(live=job_of(MONITORING) | {"state": "JOB_STATE_RUNNING"}),
    )
    client.changing()
    delete(client, "monitoring", name, outputs)
    assert client.changing() == [
        "PauseModelDeploymentMonitoringJob",
        "DeleteModelDeploymentMonitoringJob",
    ]


def test_what_is_not_deployed_cannot_be_looked_at(client: StoreVertex) -> None:
    with pytest.raises(VertexError, match="deployed_model_id: 3 is not deployed to"):
        create(client, "monitoring", {**MONITORING, "deployedModelIds": ["3"]})


@pytest.mark.parametrize("more", [{}, {"features": ["a", "b"]}, {"baselineUri": _FILES}])
def test_forms_of_the_api_are_read_back(more: dict[str, Any]) -> None:
    found = inputs_of(job_of({**MONITORING, **more}))
    assert found == {"endpoint": "fraud", **_LIVE, **more}


@pytest.mark.parametrize(
    ("more", "key", "reason"),
    [
        ({"deployedModelIds": []}, "deployedModelIds", "got none"),
        ({"deployedModelIds": None}, "deployedModelIds", "got nothing"),
        ({"baselineUri": "s3://bucket/train.csv"}, "baselineUri", "use bq://"),
        ({"baselineUri": "gs://bucket/train.parquet"}, "baselineUri", "ends with .csv"),
        ({"targetField": ""}, "targetField", "a column's name"),
        ({"threshold": 0}, "threshold", "more than 0"),
        ({"intervalHours": 0}, "intervalHours", "whole number from 1 to 720"),
        ({"samplePercent": 101}, "samplePercent", "whole number from 1 to 100"),
        ({"logDays": 0}, "logDays", "whole number from 1"),
        ({"features": [""]}, "features", "empty name"),
        ({"alerts": True}, "alerts", "is no input"),
    ],
)
def test_wrong_inputs(more: dict[str, Any], key: str, reason: str) -> None:
    _, problems = inputs.check({**MONITORING, **more})
    assert [path for path, _ in problems] == [key]
    assert reason in problems[0][1]


def test_defaults_and_what_is_not_known_yet() -> None:
    least = {key: MONITORING[key] for key in MONITORING if key not in inputs.DEFAULTS}
    found, problems = inputs.check(least)
    assert not problems
    assert found == {**least, **inputs.DEFAULTS}
    unknown = {**least, "deployedModelIds": [UNKNOWN], "baselineUri": UNKNOWN}
    assert not inputs.check(unknown)[1]
    assert inputs.preview(found)["jobId"] is UNKNOWN
    assert inputs.changes(found, {**found, "endpoint": "other"}) == {"endpoint": True}
