"""Drift of a model on Vertex AI through the real engine and Google's own client."""

from typing import Any

import pytest

from sandbox.api.vertex_facts import MONITORING_JOB
from sandbox.store import Fault
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = """
google = pulumi.ResourceOptions(provider=providers[0])
pulumi_gcp.storage.Bucket(
    "artifacts",
    name="example-artifacts",
    location="EU",
    uniform_bucket_level_access=True,
    opts=google,
)
"""
_ARTIFACTS = "gs://example-artifacts/fraud"
_MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-risk",
    "project": "example-models",
    "region": "europe-west4",
    "framework": "sklearn",
    "model_version": "1.4.0",
    "model_uri": f"{_ARTIFACTS}/1.4.0/",
}
_DRIFT: dict[str, Any] = {
    "drift_baseline_uri": f"{_ARTIFACTS}/train.csv",
    "drift_label_column": "is_fraud",
    "drift_features": ["amount"],
}
_MADE = {"fraud-drift-baseline-agent", "fraud-drift", "fraud-drift-found"}


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex.vertex_endpoint",
        "VertexEndpoint",
        "fraud",
        {**_MINIMAL, **_DRIFT},
        setup=_SETUP,
    )
    with sandbox.store() as store:
        # The answer to its creation is lost: the job that was made is taken.
        store.add_fault(Fault(MONITORING_JOB, "CreateModelDeploymentMonitoringJob", "die"))
        assert project.up().names("create") >= _MADE
        (job,) = store.list("gcp", MONITORING_JOB)
    policy = project.resource("fraud-drift-found")["inputs"]
    matched = policy["conditions"][0]["conditionMatchedLog"]["filter"]
    assert f'job="{job.id.rpartition("/")[2]}"' in matched
    assert policy["documentation"]["content"].startswith("ModelDataDrifts. fraud-dev: ")
    assert project.up().steps == {}
    assert project.refresh().names("update") == set()
    # A threshold is the job's alone; how often it looks is also how often the policy may tell.
    assert project.up(drift_threshold=0.1).steps == {"fraud-drift": ["update"]}
    often = project.up(drift_schedule="0 */6 * * *")
    assert often.steps == {"fraud-drift": ["update"], "fraud-drift-found": ["update"]}
    # A candidate is looked at too, and its share is nothing to it.
    candidate: dict[str, Any] = {
        "candidate_version": "1.5.0",
        "candidate_uri": f"{_ARTIFACTS}/1.5.0/",
    }
    both = project.up(**candidate)
    assert both.steps["fraud-drift"] == ["update"]
    assert both.properties["fraud-drift"] == {"deployedModelIds"}
    assert set(project.up(canary_percent=10).steps) == {"fraud-traffic"}
    # It stops looking at a model before that goes.
    alone = project.up(candidate_version=None, candidate_uri=None, canary_percent=None)
    order = [name for _, name in alone.order]
    assert order.index("fraud-drift") < order.index("fraud-1-5-0-deployment")
    gone = [name for operation, name in project.destroy().order if operation == "delete"]
    assert gone.index("fraud-drift") < gone.index("fraud-1-4-0-deployment")
    with sandbox.store() as store:
        assert store.list("gcp", MONITORING_JOB) == []
