"""SeldonModel through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.2.0",
    "candidate_uri": "gs://models/churn/2.2.0",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.seldon_model",
        "SeldonModel",
        "churn",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model_version": "2.1.0",
            "model_uri": "gs://models/churn/2.1.0",
            "framework": "sklearn",
            "namespace": "default",
        },
    )
    model, candidate, experiment = "churn-model", "churn-candidate", "churn-experiment"
    assert project.preview().names("create") >= {"churn", model}
    created = project.up()
    assert created.names("create") >= {"churn", model}
    url = project.outputs()["url"]
    assert project.up().steps == {}

    # Unlike where the stable model is only an earlier revision, the two are there side by side.
    begun = project.up(**_CANDIDATE, canary_percent=0)
    assert begun.steps == {candidate: ["create"], experiment: ["create"]}
    assert begun.order[-1] == ("create", experiment)
    share = project.up(canary_percent=50)
    assert share.steps == {experiment: ["update"]}
    weights = {f"spec.candidates[{index}].weight" for index in (0, 1)}
    assert share.properties[experiment] == weights
    mirror = project.up(canary_percent=None, mirror_percent=20)
    assert mirror.steps == {experiment: ["update"]}
    back = project.up(canary_percent=50, mirror_percent=None)
    assert back.steps == {experiment: ["update"]}

    # The stable model changes first; then the experiment goes, then the candidate.
    promoted = project.up(
        model_version="2.2.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    assert promoted.order == [("update", model), ("delete", experiment), ("delete", candidate)]
    assert promoted.properties[model] == {
        "spec.storageUri",
        'metadata.labels["model-serving/model-version"]',
    }
    assert project.outputs()["url"] == url

    back = project.up(model_version="2.1.0", model_uri="gs://models/churn/2.1.0")
    assert back.steps == {model: ["update"]}
    assert project.up(memory_mib=512).properties[model] == {"spec.memory"}
    refused = project.preview(fails=True, memory_mib=512, model_uri="hf://x/y")
    assert "model_uri: got 'hf://x/y'; use a URI of s3 or gs" in refused.output
    project.up(model_uri="gs://models/churn/2.1.0", **_CANDIDATE)
    # To give a candidate up, it is taken away.
    assert project.up(**_NO_CANDIDATE).order == [("delete", experiment), ("delete", candidate)]
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"churn", model}
