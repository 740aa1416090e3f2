"""InferenceService through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.2.0",
    "candidate_uri": "s3://example-models/churn/2.2.0/",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.inference_service",
        "InferenceService",
        "churn",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model_version": "2.1.0",
            "model_uri": "s3://example-models/churn/2.1.0/",
            "framework": "sklearn",
            "namespace": "default",
            "kserve_version": "0.20.0",
        },
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert created.names("create") >= {"churn", "churn-inference-service", "churn-stable"}
    assert project.outputs()["url"].startswith("http")
    assert project.up().steps == {}

    begun = project.up(**_CANDIDATE, canary_percent=10)
    assert begun.steps == {"churn-inference-service": ["update"]}
    predictor = project.resource("churn-inference-service")["inputs"]["spec"]["predictor"]
    assert predictor["canaryTrafficPercent"] == 10
    assert predictor["model"]["storageUri"] == _CANDIDATE["candidate_uri"]

    share = project.up(canary_percent=50)
    assert share.steps == {"churn-inference-service": ["update"]}
    assert share.properties["churn-inference-service"] == {"spec.predictor.canaryTrafficPercent"}

    promoted = project.up(
        model_version="2.2.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    # The record of what is stable follows; nothing of the pods' template changes.
    assert promoted.steps == {"churn-inference-service": ["update"], "churn-stable": ["update"]}
    assert promoted.properties["churn-inference-service"] == {"spec.predictor.canaryTrafficPercent"}

    back = project.up(model_version="2.1.0", model_uri="s3://example-models/churn/2.1.0/")
    assert back.steps == {"churn-inference-service": ["update"], "churn-stable": ["update"]}
    assert project.up(max_replicas=4).steps == {"churn-inference-service": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_a_candidate_needs_the_live_stable_model(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    for run in (project.preview, project.up):
        refused = run(fails=True, **_CANDIDATE, canary_percent=10)
        assert "no stable model is live yet; deploy the stable model alone first" in refused.output

    project.up(**_NO_CANDIDATE)
    other = project.preview(fails=True, **_CANDIDATE, model_uri="s3://example-models/churn/2.0.0/")
    assert "beside the stable model s3://example-models/churn/2.0.0/, but" in other.output

    project.up(model_uri="s3://example-models/churn/2.1.0/", canary_percent=10)
    changed = project.preview(fails=True, model_version="2.1.1")
    assert "the stable model changes from 2.1.0 to 2.1.1" in changed.output
