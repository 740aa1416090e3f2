"""VertexBatchPrediction through the real engine: a run once, or by the clock."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.api.vertex_facts import BATCH_JOB, MODEL
from sandbox.store import Fault, Store
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


@pytest.fixture
def project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex.vertex_batch_prediction",
        "VertexBatchPrediction",
        "churn",
        _ARGS,
        setup=_BUCKETS,
    )


@pytest.fixture
def store(sandbox: Sandbox) -> Iterator[Store]:
    with sandbox.store() as made:
        yield made


def _states(store: Store) -> list[str]:
    return sorted(str(row.live["state"]) for row in store.list("gcp", BATCH_JOB))


def _job(store: Store, name: str) -> dict[str, Any]:
    """The run of that name, which the API writes with the project's number."""
    number = name.rpartition("/")[2]
    return next(r.live for r in store.list("gcp", BATCH_JOB) if r.id.endswith(f"/{number}"))


def test_a_run_once_for_what_it_is_made_of(project: ComponentProject, store: Store) -> None:
    # The first one ends badly, and so does the update.
    store.add_fault(
        Fault(
            BATCH_JOB,
            "CreateBatchPredictionJob",
            "silent_rollback",
            message="INTERNAL: no rows could be read",
        )
    )
    failed = project.up(fails=True)
    assert "no rows could be read" in failed.output
    # The next update makes the run again, and nothing else.
    assert set(project.up().steps) == {"churn-run"}
    outputs = project.outputs()
    assert outputs["url"].startswith("gs://example-data/scores/prediction-")
    assert "/batchPredictionJobs/" in outputs["endpoint_name"]
    job = _job(store, outputs["endpoint_name"])
    assert job["state"] == "JOB_STATE_SUCCEEDED"
    assert job["serviceAccount"].endswith("@example-models.iam.gserviceaccount.com")
    assert job["dedicatedResources"]["startingReplicaCount"] == 1

    runs = len(_states(store))
    assert project.up().steps == {}
    # Who pays is no other run; other machines are one.
    assert "churn-run" not in project.up(owner="team-sales").steps
    assert len(_states(store)) == runs
    assert "churn-run" in project.up(parallelism=2).names("create-replacement")
    again = project.up(model_version="2.2.0", model_uri="gs://example-artifacts/churn/2.2.0/")
    assert "churn-2-2-0-model" in again.names("create")
    assert "churn-run" in again.names("create-replacement")
    assert again.order.index(("create-replacement", "churn-run")) < again.order.index(
        ("delete", "churn-2-1-0-model")
    )
    assert project.refresh().names("update") == set()
    project.destroy()
    assert store.list("gcp", MODEL) == []


def test_runs_by_the_clock(project: ComponentProject, store: Store) -> None:
    made = project.up(schedule="30 2 * * *", time_zone="Europe/Berlin")
    assert "churn-run" not in made.steps
    assert project.up().steps == {}
    assert _states(store) == []
    target = project.resource("churn-schedule")["inputs"]["httpTarget"]
    body = json.loads(base64.b64decode(target["body"]))
    assert body["model"].endswith("@1")
    assert project.up(suspended=True).steps == {"churn-schedule": ["update"]}
    # Another version: the schedule asks for it, and the old model goes after that.
    new = project.up(model_version="2.2.0", model_uri="gs://example-artifacts/churn/2.2.0/")
    assert new.names("update") == {"churn-schedule"}
    assert new.order.index(("update", "churn-schedule")) < new.order.index(
        ("delete", "churn-2-1-0-model")
    )
    # From the clock to a run at once.
    once = project.up(schedule=None, time_zone=None, suspended=None)
    assert "churn-run" in once.names("create")
    assert "churn-schedule" in once.names("delete")
    assert _states(store) == ["JOB_STATE_SUCCEEDED"]
