import base64
import json
from typing import Any

import pulumi
import pytest

from components.gcp.vertex.vertex_batch_prediction import VertexBatchPrediction
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "project": "example-models",
    "region": "europe-west4",
    "model_version": "2.1.0",
    "model_uri": "gs://example-models/churn/2.1.0/",
    "framework": "xgboost",
    "input_uri": "gs://example-data/customers/*.jsonl",
    "output_uri": "gs://example-data/scores/",
}
IMAGE = "europe-docker.pkg.dev/example-models/serve/churn@sha256:" + "0" * 64
KEY = "projects/example-models/locations/europe-west4/keyRings/models/cryptoKeys/churn"
REGISTERED = "vertex://projects/example-models/locations/europe-west4/models/churn@3"
ACCOUNT = "churn@example-models.iam.gserviceaccount.com"
TABLES: dict[str, Any] = {
    "input_uri": "bq://example-data.growth.customers",
    "output_uri": "bq://example-data.scores",
}
FULL: dict[str, Any] = {
    **{key: value for key, value in MINIMAL.items() if key != "framework"},
    "description": "Who leaves.",
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml"},
    "image": IMAGE,
    "port": 9000,
    "predict_route": "/score",
    "health_route": "/ready",
    "arguments": ["--workers=2"],
    "env": {"LOG_LEVEL": "info"},
    "input_format": "file-list",
    "output_format": "csv",
    "machine_type": "g2-standard-4",
    "accelerator": "nvidia-l4",
    "accelerator_count": 1,
    "parallelism": 4,
    "batch_size": 16,
    "timeout_seconds": 7200,
    "wait_for_completion": False,
    "key": KEY,
    "service_account": ACCOUNT,
    "ready_timeout_seconds": 1200,
}
SCHEDULE: dict[str, Any] = {
    "schedule": "@daily",
    "time_zone": "Europe/Berlin",
    "suspended": True,
    "retries": 3,
}


def test_every_argument() -> None:
    recorded = record(VertexBatchPrediction, "churn", FULL)
    run = recorded.inputs["churn-run"]
    assert (run["project"], run["region"]) == ("example-models", "europe-west4")
    assert run["model"] == "projects/example-models/locations/europe-west4/models/fraud@1"
    assert (run["inputUris"], run["outputUri"]) == ([FULL["input_uri"]], FULL["output_uri"])
    assert (run["instancesFormat"], run["predictionsFormat"]) == ("file-list", "csv")
    assert (run["machineType"], run["acceleratorType"]) == ("g2-standard-4", "NVIDIA_L4")
    assert run["startingReplicaCount"] == run["maxReplicaCount"] == 4
    assert run["batchSize"] == 16
    assert (run["waitForCompletion"], run["timeoutSeconds"]) == (False, 7200)
    assert (run["serviceAccount"], run["kmsKeyName"]) == (ACCOUNT, KEY)
    # Who pays is no other run.
    assert "model-serving-owner" not in run["labels"]
    model = recorded.inputs["churn-2-1-0-model"]
    assert (model["imageUri"], model["port"], model["env"]) == (IMAGE, 9000, {"LOG_LEVEL": "info"})
    assert model["labels"]["model-serving-cost-centre"] == "ml"
    assert model["description"] == "Who leaves."
    assert recorded.outputs["status"]["max_replicas"] == 4
    assert not recorded.of("gcp:serviceaccount/account:Account")


def test_by_default_it_is_encrypted_and_may_read_and_write_in_its_places_alone() -> None:
    recorded = record(VertexBatchPrediction, "churn", MINIMAL)
    run = recorded.inputs["churn-run"]
    assert (run["instancesFormat"], run["predictionsFormat"]) == ("jsonl", "jsonl")
    assert run["machineType"] == "n1-standard-2"
    assert run["kmsKeyName"] == "churn-key-id"
    assert run["waitForCompletion"] is True
    grants = recorded.of("gcp:storage/bucketIAMMember:BucketIAMMember")
    assert {name: each["role"].rpartition(".")[2] for name, each in grants.items()} == {
        f"churn-{place}-{who}": "objectUser" if place == "output" else "objectViewer"
        for place in ("2-1-0", "input", "output")
        for who in ("agent", "account")
    }
    # Several files are read below their folder.
    expression = grants["churn-input-account"]["condition"]["expression"]
    assert "objects/customers/" in expression
    assert "*" not in expression
    assert recorded.outputs["url"] == "gs://example-data/scores/1"


def test_tables_of_bigquery() -> None:
    recorded = record(VertexBatchPrediction, "churn", MINIMAL | TABLES)
    run = recorded.inputs["churn-run"]
    assert (run["bigqueryInputUri"], run["bigqueryOutputUri"]) == tuple(TABLES.values())
    assert (run["instancesFormat"], run["predictionsFormat"]) == ("bigquery", "bigquery")
    assert {"inputUris", "outputUri"}.isdisjoint(run)
    table = recorded.inputs["churn-input-account"]
    assert (table["datasetId"], table["tableId"], table["role"]) == (
        "growth",
        "customers",
        "roles/bigquery.dataViewer",
    )
    written = recorded.inputs["churn-output-account"]
    assert (written["project"], written["datasetId"], written["role"]) == (
        "example-data",
        "scores",
        "roles/bigquery.dataEditor",
    )
    assert "churn-key-bigquery" in recorded.types


def test_a_schedule_asks_for_runs_and_may_do_nothing_else() -> None:
    recorded = record(VertexBatchPrediction, "churn", MINIMAL | SCHEDULE)
    assert not recorded.of("serving:index:VertexBatchPredictionJob")
    job = recorded.inputs["churn-schedule"]
    assert (job["schedule"], job["timeZone"], job["paused"]) == (
        "0 0 * * *",
        "Europe/Berlin",
        True,
    )
    assert job["retryConfig"] == {"retryCount": 3}
    target = job["httpTarget"]
    assert target["uri"] == (
        "https://europe-west4-aiplatform.googleapis.com/v1/projects/example-models/locations/"
        "europe-west4/batchPredictionJobs"
    )
    assert target["oauthToken"]["scope"] == "https://www.googleapis.com/auth/cloud-platform"
    body = json.loads(base64.b64decode(target["body"]))
    assert body["inputConfig"] == {
        "instancesFormat": "jsonl",
        "gcsSource": {"uris": [MINIMAL["input_uri"]]},
    }
    assert body["dedicatedResources"]["machineSpec"] == {"machineType": "n1-standard-2"}
    assert "manualBatchTuningParameters" not in body
    role = recorded.inputs["churn-schedule-role"]
    assert role["permissions"] == [
        "aiplatform.batchPredictionJobs.create",
        "aiplatform.models.get",
    ]
    acts = recorded.inputs["churn-schedule-acts"]
    assert acts["role"] == "roles/iam.serviceAccountUser"
    assert recorded.outputs["url"] == MINIMAL["output_uri"]
    assert recorded.outputs["status"]["schedule"] == "0 0 * * *"


def test_a_scheduled_run_of_tables_and_of_a_registered_model() -> None:
    args = {k: v for k, v in MINIMAL.items() if k != "framework"} | TABLES
    args |= {"model_uri": REGISTERED, "schedule": "30 2 * * *", "batch_size": 8}
    recorded = record(VertexBatchPrediction, "churn", args)
    body = json.loads(base64.b64decode(recorded.inputs["churn-schedule"]["httpTarget"]["body"]))
    assert body["model"] == REGISTERED.removeprefix("vertex://")
    assert body["inputConfig"]["bigquerySource"] == {"inputUri": TABLES["input_uri"]}
    assert body["outputConfig"]["bigqueryDestination"] == {"outputUri": TABLES["output_uri"]}
    assert body["manualBatchTuningParameters"] == {"batchSize": 8}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_uri": "s3://x/y"}, "model_uri: got 's3://x/y'; use gs://bucket/folder"),
        ({"input_uri": "s3://x/y"}, "input_uri: got 's3://x/y'; use gs://bucket/path, or bq://"),
        ({"output_uri": "bq://example-data"}, "use gs://bucket/path, or bq://project.dataset"),
        ({"input_format": "xml"}, "input_format: got 'xml'; use one of"),
        ({"input_format": "bigquery"}, "use bigquery with bq://, another with gs://"),
        (TABLES | {"output_format": "csv"}, "output_format: got 'csv'; use bigquery with bq://"),
        ({"framework": "onnx"}, "framework: got 'onnx'; use one of sklearn, xgboost"),
        ({"parallelism": 0}, "parallelism: got 0; use a whole number from 1 to 1000"),
        ({"schedule": "@every 6h"}, "Cloud Scheduler knows no @every"),
        ({"schedule": "61 * * * *"}, "schedule: got '61 * * * *'; use a minute from 0 to 59"),
        ({"retries": 1}, "retries: got 1; use schedule beside it, or leave it out"),
        ({"suspended": True}, "suspended: got True; use schedule beside it"),
        (SCHEDULE | {"timeout_seconds": 60}, "use it without a schedule only"),
        (SCHEDULE | {"wait_for_completion": True}, "use it without a schedule only"),
        (SCHEDULE | {"time_zone": "Berlin"}, "time_zone: got 'Berlin'; use a name"),
        ({"region": "europe"}, "region: got 'europe'; use a region"),
        ({"inputs": "gs://x/y/"}, "inputs: no such argument"),
        ({"accelerator": "nvidia-l4", "machine_type": "n1-standard-4"}, "another: n1-standard-4"),
        ({"canary_percent": 10}, "a file of its own for the candidate, with another output_uri"),
        ({"candidate_uri": "gs://m/2/"}, "a file of its own for the candidate"),
        ({"max_replicas": 3}, "parallelism for how many machines a run has"),
        ({"latency_p95_ms": 50}, "an objective is about requests"),
    ],
)
def test_refused_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as raised:
        record(VertexBatchPrediction, "churn", MINIMAL | change)
    assert problem in str(raised.value)
