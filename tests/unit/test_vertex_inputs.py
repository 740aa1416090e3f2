"""Inputs of the Vertex AI resources: each mistake at its place, and what a change does."""

from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provider.gcp import vertex_batch_prediction_job_inputs as job
from provider.gcp import vertex_deployed_model_inputs as deployed
from provider.gcp import vertex_model_inputs as model
from provider.gcp import vertex_traffic_split_inputs as split
from provider.gcp.vertex_inputs import OWN_LABEL
from provider.values import UNKNOWN
from tests.unit.vertex_store import DEPLOYED, JOB, MODEL, PLACE, WHERE

SPLIT: dict[str, object] = {
    **WHERE,
    "endpoint": "fraud",
    "traffic": [
        {"deployedModelId": "1", "percent": 90.0},
        {"deployedModelId": "2", "percent": 10.0},
    ],
}
ASKED: dict[ModuleType, dict[str, object]] = {
    model: MODEL,
    deployed: DEPLOYED,
    split: SPLIT,
    job: JOB,
}
MODULES = list(ASKED)
POOL = f"{PLACE}/deploymentResourcePools/shared"
KEY = "projects/p/locations/europe-west4/keyRings/r/cryptoKeys/k"
CPU = "aiplatform.googleapis.com/prediction/online/cpu/utilization"


def name_of(module: object) -> str:
    return str(getattr(module, "__name__", module)).removeprefix("provider.vertex_")


def shares(*percents: float) -> list[dict[str, object]]:
    return [{"deployedModelId": str(at), "percent": each} for at, each in enumerate(percents)]


def problems(module: Any, **changes: object) -> dict[str, str]:  # noqa: ANN401 - a module
    """Reasons by path; None takes an input away."""
    merged = {**ASKED[module], **changes}
    _, found = module.check({key: value for key, value in merged.items() if value is not None})
    return dict(found)


# What is refused: inputs, path, and a part of the reason.
REFUSED: list[tuple[ModuleType, dict[str, object], str, str]] = [
    *((each, {"project": "Example"}, "project", "a project's id") for each in MODULES),
    *((each, {"project": None}, "project", "got nothing") for each in MODULES),
    *((each, {"region": "europe"}, "region", "as in europe-west4") for each in MODULES),
    *((each, {"timeoutSeconds": 0.0}, "timeoutSeconds", "from 1") for each in MODULES),
    *((each, {"projct": "x"}, "projct", "did you mean project?") for each in MODULES),
    (model, {"modelId": None}, "modelId", "got none; give exactly one of modelId, parentModel"),
    (model, {"parentModel": f"{PLACE}/models/x"}, "modelId", "got modelId and parentModel"),
    (model, {"modelId": "1st"}, "modelId", "the first no digit"),
    (model, {"modelId": "x" * 64}, "modelId", "up to 63"),
    (
        model,
        {"modelId": None, "parentModel": "x"},
        "parentModel",
        "use projects/…/locations/…/models/…",
    ),
    (
        model,
        {"modelId": None, "parentModel": "projects/p/locations/us-east1/models/x"},
        "parentModel",
        "is in us-east1; use one in europe-west4",
    ),
    (model, {"displayName": ""}, "displayName", "1 to 128 characters"),
    (model, {"displayName": "x" * 129}, "displayName", "1 to 128 characters"),
    (model, {"artifactUri": "s3://bucket/x"}, "artifactUri", "use gs://bucket/folder"),
    (model, {"imageUri": "sklearn"}, "imageUri", "with its registry"),
    (model, {"port": 0.0}, "port", "from 1 to 65535"),
    (model, {"port": 65536.0}, "port", "from 1 to 65535"),
    (model, {"grpcPort": 1.5}, "grpcPort", "whole number"),
    (model, {"predictRoute": "predict"}, "predictRoute", "starts with /"),
    (model, {"deploymentTimeoutSeconds": 7201.0}, "deploymentTimeoutSeconds", "to 7200"),
    (model, {"env": {"1X": "1"}}, "env.1X", "no digit first"),
    (model, {"env": ["X"]}, "env", "texts by name"),
    (model, {"command": "serve"}, "command", "a list of texts"),
    (model, {"versionAliases": ["Stable"]}, "versionAliases", "a small letter first"),
    (model, {"labels": {"Team": "x"}}, "labels", "lower-case"),
    (model, {"labels": {"team": "A b"}}, "labels.team", "lower-case"),
    (model, {"labels": {OWN_LABEL: "x"}}, f"labels.{OWN_LABEL}", "this provider's own"),
    (model, {"labels": {f"l{at}": "" for at in range(63)}}, "labels", "at most 62"),
    (model, {"kmsKeyName": "k"}, "kmsKeyName", "cryptoKeys"),
    (
        model,
        {"kmsKeyName": KEY.replace("europe-west4", "us-east1")},
        "kmsKeyName",
        "use one in europe-west4",
    ),
    (model, {"uploadServiceAccount": "me"}, "uploadServiceAccount", "email"),
    (model, {"startupProbe": {"periodSeconds": 1.0}}, "startupProbe", "path (an HTTP GET) or"),
    (model, {"healthProbe": {"path": "/", "often": 1.0}}, "healthProbe.often", "is no input"),
    (model, {"healthProbe": {"path": "/", "port": "x"}}, "healthProbe.port", "whole number"),
    (deployed, {"deployedModelId": "a1"}, "deployedModelId", "1 to 10 digits"),
    (deployed, {"deployedModelId": "12345678901"}, "deployedModelId", "1 to 10 digits"),
    (deployed, {"model": "fraud"}, "model", "use projects/…/locations/…/models/…"),
    (deployed, {"endpoint": "Fraud"}, "endpoint", "an endpoint's id"),
    (
        deployed,
        {"endpoint": "projects/p/locations/us-east1/endpoints/e"},
        "endpoint",
        "is in us-east1",
    ),
    (
        deployed,
        {"machineType": None, "deploymentResourcePool": POOL.replace("europe-west4", "us-east1")},
        "deploymentResourcePool",
        "is in us-east1",
    ),
    (deployed, {"machineType": None}, "machineType", "got none"),
    (deployed, {"deploymentResourcePool": POOL}, "machineType", "got machineType and deployment"),
    (
        deployed,
        {"machineType": None, "deploymentResourcePool": POOL, "spot": True},
        "spot",
        "is the pool's",
    ),
    (deployed, {"machineType": "big"}, "machineType", "as in n1-standard-4"),
    (deployed, {"acceleratorType": "NVIDIA_L4"}, "acceleratorType", "goes with acceleratorCount"),
    (deployed, {"acceleratorCount": 1.0}, "acceleratorType", "goes with acceleratorCount"),
    (
        deployed,
        {"acceleratorType": "nvidia-l4", "acceleratorCount": 1.0},
        "acceleratorType",
        "such as NVIDIA_L4",
    ),
    (deployed, {"minReplicaCount": 0.0}, "minReplicaCount", "from 1"),
    (deployed, {"minReplicaCount": 3.0}, "maxReplicaCount", "use minReplicaCount, 3, or more"),
    (deployed, {"requiredReplicaCount": 2.0}, "requiredReplicaCount", "use at most minReplica"),
    (deployed, {"spot": "yes"}, "spot", "true or false"),
    (deployed, {"serviceAccount": "me"}, "serviceAccount", "email"),
    (
        deployed,
        {"autoscalingMetricSpecs": [{"metricName": "cpu"}]},
        "autoscalingMetricSpecs[0].metricName",
        "use one of aiplatform.googleapis.com",
    ),
    (
        deployed,
        {"autoscalingMetricSpecs": [{"metricName": CPU, "target": 101.0}]},
        "autoscalingMetricSpecs[0].target",
        "1 to 100 percent",
    ),
    (
        deployed,
        {"autoscalingMetricSpecs": [{"metricName": CPU}, {"metricName": CPU}]},
        "autoscalingMetricSpecs[1].metricName",
        "is there twice",
    ),
    (split, {"traffic": []}, "traffic", "use a list"),
    (split, {"traffic": shares(80, 10)}, "traffic", "got 80 + 10 = 90 percent; use 100"),
    (split, {"traffic": shares(100, 1)}, "traffic", "= 101 percent; use 100"),
    (split, {"traffic": shares(99.5, 0.5)}, "traffic[0].percent", "whole number from 0 to 100"),
    (split, {"traffic": shares(-1, 101)}, "traffic[1].percent", "whole number from 0 to 100"),
    (
        split,
        {"traffic": [{"deployedModelId": "stable", "percent": 100.0}]},
        "traffic[0].deployedModelId",
        "the digits of its id",
    ),
    (
        split,
        {"traffic": [{"deployedModelId": "1", "percent": 50.0}] * 2},
        "traffic[1].deployedModelId",
        "1 is there twice",
    ),
    (job, {"instancesFormat": "json"}, "instancesFormat", "use one of jsonl, csv"),
    (job, {"predictionsFormat": "tf-record"}, "predictionsFormat", "use one of jsonl, csv, big"),
    (job, {"instancesFormat": "bigquery"}, "instancesFormat", "bigquery with bigqueryInputUri"),
    (job, {"bigqueryInputUri": "bq://p.d.t"}, "inputUris", "exactly one of inputUris"),
    (job, {"outputUri": None}, "outputUri", "got none; give exactly one of outputUri"),
    (job, {"inputUris": ["s3://x/y"]}, "inputUris", "use gs://bucket/path"),
    (job, {"machineType": None}, "machineType", "a custom model needs a machine"),
    (job, {"maxReplicaCount": 1.0, "startingReplicaCount": 2.0}, "maxReplicaCount", "or more"),
    (job, {"batchSize": 0.0}, "batchSize", "from 1"),
    (job, {"waitForCompletion": "no"}, "waitForCompletion", "true or false"),
]


@pytest.mark.parametrize(("module", "changes", "path", "reason"), REFUSED, ids=name_of)
def test_refused(module: ModuleType, changes: dict[str, object], path: str, reason: str) -> None:
    assert reason in problems(module, **changes).get(path, "not refused")


TAKEN: list[tuple[ModuleType, dict[str, object]]] = [
    *((each, {}) for each in MODULES),
    *((each, dict.fromkeys(ASKED[each], UNKNOWN)) for each in (model, deployed, split, job)),
    (model, {"modelId": "_" + "x" * 62, "displayName": "x" * 128, "port": 65535.0}),
    (model, {"deploymentTimeoutSeconds": 7200.0, "kmsKeyName": KEY}),
    (model, {"labels": {f"l{at}": "" for at in range(62)}}),
    (model, {"versionAliases": ["goldenOne"], "livenessProbe": {"path": "/live"}}),
    (model, {"startupProbe": {"command": ["true"]}, "healthProbe": {"path": "/", "port": 1.0}}),
    (model, {"command": [UNKNOWN], "env": {"A": UNKNOWN}, "labels": {"a": UNKNOWN}}),
    (deployed, {"deployedModelId": "1234567890", "maxReplicaCount": 1.0}),
    (
        deployed,
        {
            "machineType": None,
            "minReplicaCount": None,
            "maxReplicaCount": None,
            "deploymentResourcePool": POOL,
        },
    ),
    (deployed, {"acceleratorType": "NVIDIA_L4", "acceleratorCount": 1.0, "spot": True}),
    (deployed, {"autoscalingMetricSpecs": [{"metricName": CPU, "target": 100.0}]}),
    (deployed, {"model": "projects/p/locations/us-east1/models/x@golden"}),
    (split, {"traffic": shares(100, 0)}),
    (split, {"traffic": [{"deployedModelId": UNKNOWN, "percent": 100.0}]}),
    (split, {"traffic": UNKNOWN}),
    (
        job,
        {
            "inputUris": None,
            "bigqueryInputUri": "bq://p.d.t",
            "instancesFormat": "bigquery",
            "outputUri": None,
            "bigqueryOutputUri": "bq://p",
            "predictionsFormat": "bigquery",
        },
    ),
]


@pytest.mark.parametrize(("module", "changes"), TAKEN, ids=name_of)
def test_taken(module: ModuleType, changes: dict[str, object]) -> None:
    assert problems(module, **changes) == {}


@given(st.lists(st.integers(0, 100), min_size=1, max_size=5))
def test_a_split_is_taken_if_it_is_all(percents: list[int]) -> None:
    found = problems(split, traffic=shares(*percents))
    assert (found == {}) == (sum(percents) == 100)


# A change, and whether it replaces; None where it is no difference.
CHANGES: list[tuple[ModuleType, dict[str, object], dict[str, bool]]] = [
    *((each, {"timeoutSeconds": 7.0}, {}) for each in MODULES),
    *((each, {"region": "us-east1"}, {"region": True}) for each in MODULES),
    (model, {"displayName": "x", "labels": {"a": "b"}}, {"displayName": False, "labels": False}),
    (model, {"labels": {}, "command": []}, {}),
    (model, {"versionAliases": ["x1"], "description": "x"}, {
        "description": False, "versionAliases": False,
    }),
    (model, {"imageUri": "a.b/c:2"}, {"imageUri": True}),
    (model, {"uploadServiceAccount": "a@b.c"}, {}),
    (model, {"kmsKeyName": KEY}, {"kmsKeyName": True}),
    (deployed, {"maxReplicaCount": 5.0}, {"maxReplicaCount": False}),
    (deployed, {"disableContainerLogging": True}, {"disableContainerLogging": False}),
    (deployed, {"enableAccessLogging": False}, {}),
    (deployed, {"enableAccessLogging": True}, {"enableAccessLogging": True}),
    (deployed, {"machineType": "n1-standard-8"}, {"machineType": True}),
    (deployed, {"endpoint": f"{PLACE}/endpoints/fraud"}, {}),
    (deployed, {"endpoint": "other"}, {"endpoint": True}),
    (deployed, {"endpoint": UNKNOWN}, {"endpoint": True}),
    (deployed, {"model": UNKNOWN}, {"model": True}),
    (split, {"endpoint": f"{PLACE}/endpoints/fraud"}, {}),
    (split, {"endpoint": UNKNOWN}, {"endpoint": True}),
    (split, {"traffic": shares(0, 90, 10)}, {}),
    (split, {"traffic": shares(0, 10, 90)}, {"traffic": False}),
    (split, {"traffic": UNKNOWN}, {"traffic": False}),
    (job, {"run": "2"}, {"run": True}),
    (job, {"waitForCompletion": False}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("module", "changes", "expected"), CHANGES, ids=name_of)
def test_changes(
    module: Any,  # noqa: ANN401 - a module
    changes: dict[str, object],
    expected: dict[str, bool],
) -> None:
    assert module.changes(ASKED[module], {**ASKED[module], **changes}) == expected


def test_the_id_on_the_endpoint_stands_for_what_cannot_change() -> None:
    first = deployed.deployed_id(DEPLOYED)
    assert first.isdecimal()
    assert len(first) == 10
    same = {**DEPLOYED, "endpoint": f"{PLACE}/endpoints/fraud", "maxReplicaCount": 9.0}
    assert deployed.deployed_id(same) == first
    others = {"model": f"{PLACE}/models/fraud@2", "machineType": "n1-standard-8", "spot": True}
    for key, value in others.items():
        assert deployed.deployed_id({**DEPLOYED, key: value}) != first
        assert deployed.deployed_id({**DEPLOYED, key: UNKNOWN}) == ""
    assert deployed.deployed_id({**DEPLOYED, "deployedModelId": "7"}) == "7"
    assert deployed.preview({**DEPLOYED, "model": UNKNOWN})["deployedModelId"] is UNKNOWN


def test_a_preview_knows_a_new_models_version() -> None:
    assert model.preview(MODEL)["versionName"] == f"{PLACE}/models/fraud@1"
    assert model.preview({**MODEL, "project": UNKNOWN})["versionName"] is UNKNOWN
    further = {**MODEL, "modelId": None, "parentModel": f"{PLACE}/models/x"}
    assert model.preview(further)["versionName"] is UNKNOWN
