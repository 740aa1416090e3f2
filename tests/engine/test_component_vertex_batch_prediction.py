"""VertexBatchPrediction through the real engine: a run once, or by the clock."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_BUCKETS = """
for each in ("example-artifacts", "example-data"):
    pulumi_gcp.storage.Bucket(
        each,
        name=each,
        location="EU",
        uniform_bucket_level_access=True,
        opts=pulumi.ResourceOptions(provider=providers[0]),
    )
"""
_ARGS: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "project": "example-models",
    "region": "europe-west4",
    "model_version": "2.1.0",
    "model_uri": "gs://example-artifacts/churn/2.1.0/",
    "framework": "xgboost",
    "input_uri": "gs://example-data/customers/*.jsonl",
    "output_uri": "gs://example-data/scores/",
}


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex_batch_prediction",
        "VertexBatchPrediction",
        "churn",
        _ARGS,
        setup=_BUCKETS,
    )
    project.up()
    assert project.up().steps == {}
