"""Drift of a model on Vertex AI: the job, who reads the training data, and what is refused."""

from typing import Any

import pulumi
import pytest

from components.gcp.vertex.vertex_endpoint import VertexEndpoint
from tests.unit.component_mocks import Recorded, record
from tests.unit.test_vertex_endpoint import CANDIDATE, MINIMAL, NETWORK

DRIFT: dict[str, Any] = {
    "drift_baseline_uri": "bq://example-models.training.fraud",
    "drift_label_column": "is_fraud",
}
_CHANNEL = "projects/example-models/notificationChannels/1"
_AGENT = "serviceAccount:service-210987654321@gcp-sa-aiplatform.iam.gserviceaccount.com"


def _made(**more: object) -> Recorded:
    return record(VertexEndpoint, "fraud", {**MINIMAL, **DRIFT, **more})


def test_one_look_a_day_at_everything_unless_told_otherwise() -> None:
    job = _made(**CANDIDATE).inputs["fraud-drift"]
    ids = job.pop("deployedModelIds")
    assert len(ids) == 2
    assert {key: job.get(key) for key in ("targetField", "intervalHours", "samplePercent")} == {
        "targetField": "is_fraud",
        "intervalHours": 24,
        "samplePercent": 100,
    }
    assert job["logDays"] == 30
    # It logs requests, which guardrails have to be told.
    assert job["labels"]["model-serving-payloads"] == "kept"
    assert "features" not in job
    # Vertex AI's own threshold.
    assert "threshold" not in job
    asked = _made(
        drift_threshold=0.2,
        drift_schedule="0 */8 * * *",
        drift_features=["amount"],
        drift_sample_percent=10,
        drift_retention_days=7,
    ).inputs["fraud-drift"]
    assert (asked["threshold"], asked["intervalHours"], asked["features"]) == (0.2, 8, ["amount"])
    assert (asked["samplePercent"], asked["logDays"]) == (10, 7)


def test_vertex_alone_reads_the_training_data() -> None:
    inputs = _made().inputs
    assert inputs["fraud-drift-baseline-agent"]["tableId"] == "fraud"
    assert inputs["fraud-drift-baseline-agent"]["role"] == "roles/bigquery.dataViewer"
    assert inputs["fraud-drift-baseline-agent"]["member"] == _AGENT
    assert "fraud-drift-baseline-account" not in inputs
    files = _made(drift_baseline_uri="gs://example-data/train.csv").inputs
    grant = files["fraud-drift-baseline-agent"]
    assert grant["role"] == "roles/storage.objectViewer"
    assert "train.csv" in grant["condition"]["expression"]


def test_somebody_is_told_what_to_do() -> None:
    inputs = _made(
        notification_channels=[_CHANNEL],
        runbook_url="https://wiki.example/runbooks/{alert}",
        drift_schedule="hourly",
    ).inputs
    policy = inputs["fraud-drift-found"]
    assert policy["notificationChannels"] == [_CHANNEL]
    assert policy["alertStrategy"]["notificationRateLimit"] == {"period": "3600s"}
    text = policy["documentation"]["content"]
    assert text.startswith("ModelDataDrifts. fraud-dev: requests do not look like")
    assert "Owner: team-risk" in text
    assert "https://wiki.example/runbooks/ModelDataDrifts" in text


def test_who_asks_for_nothing_has_nothing() -> None:
    assert not [name for name in record(VertexEndpoint, "fraud", MINIMAL).inputs if "drift" in name]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"drift_baseline_uri": "s3://bucket/train.csv"}, "drift_baseline_uri: got 's3://bucket"),
        ({"drift_baseline_uri": "gs://bucket/train.parquet"}, "ends with .csv"),
        ({"drift_label_column": None}, "drift_label_column: got None"),
        ({"capture_percent": 10}, "use none beside captured requests"),
        ({"endpoint_type": "peered", "network": NETWORK}, "use none: a peered endpoint"),
        ({"drift_schedule": "0 3 * * *"}, "hours are counted from when the job is made"),
        ({"drift_schedule": "0 */5 * * *"}, "hours are counted from when the job is made"),
        ({"drift_schedule": "weekly"}, "drift_schedule: got 'weekly'; use hourly, daily"),
        ({"drift_threshold": 1.5}, "drift_threshold: got 1.5; use at most 1"),
        ({"drift_features": ["a b"]}, "drift_features: got 'a b'"),
        ({"drift_sample_percent": 0}, "drift_sample_percent: got 0"),
        ({"drift_retention_days": 0}, "drift_retention_days: got 0"),
        ({"drift_baseline_uri": None}, "drift_label_column: got 'is_fraud'; use it with drift"),
        (
            {"drift_baseline_uri": None, "drift_label_column": None, "drift_threshold": 0.1},
            "drift_threshold: got 0.1; use it with drift_baseline_uri",
        ),
    ],
)
def test_refused(change: dict[str, Any], problem: str) -> None:
    asked = {key: value for key, value in {**MINIMAL, **DRIFT, **change}.items() if value}
    asked |= {key: value for key, value in change.items() if value is not None}
    with pytest.raises(pulumi.RunError) as caught:
        record(VertexEndpoint, "fraud", asked)
    assert problem in str(caught.value)
