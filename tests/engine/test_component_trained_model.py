"""TrainedModel through the real engine: which resources change at each step of its life."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.trained_model",
        "TrainedModel",
        "churn",
        {
            "environment": "dev",
            "owner": "team-growth",
            "model_version": "2.1.0",
            "model_uri": "s3://models/churn/2.1.0",
            "namespace": "default",
            "server": "shared",
            "framework": "onnx",
            "memory_mib": 512,
        },
    )
    model = "churn-trained-model"
    assert project.preview().names("create") >= {"churn", model}
    created = project.up()
    assert created.names("create") >= {"churn", model}
    assert project.up().steps == {}
    newer = project.up(model_version="2.2.0", model_uri="s3://models/churn/2.2.0")
    assert newer.steps == {model: ["update"]}
    assert newer.properties[model] == {
        "spec.model.storageUri",
        'metadata.labels["model-serving/model-version"]',
    }
    back = project.up(model_version="2.1.0", model_uri="s3://models/churn/2.1.0")
    assert back.steps == {model: ["update"]}
    # KServe's webhook refuses another amount of memory.
    larger = project.up(memory_mib=1024)
    assert [step for step, name in larger.order if name == model][:2] == [
        "delete-replaced",
        "replace",
    ]
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"churn", model}
