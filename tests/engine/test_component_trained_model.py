"""TrainedModel through the real engine: which resources change at each step of its life."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


_SERVER = """
import pulumi
import pulumi_kubernetes as k8s

cluster = k8s.Provider("kubernetes", context="serving-dev")
k8s.apiextensions.CustomResource(
    "shared",
    api_version="serving.kserve.io/v1beta1",
    kind="InferenceService",
    metadata={"name": "shared", "namespace": "default"},
    spec={
        "predictor": {
            "model": {
                "modelFormat": {"name": "triton"},
                "runtime": "kserve-tritonserver",
                "resources": {"limits": {"memory": "1Gi"}},
            }
        }
    },
    opts=pulumi.ResourceOptions(provider=cluster),
)
"""


def _serve(sandbox: Sandbox) -> None:
    """Somebody else's server in the same cluster."""
    project = sandbox.project(_SERVER, name="servers")
    sandbox.new_stack(project)
    sandbox.up(project)


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.trained_model",
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
    # KServe takes in no model without its server, and says so.
    late = project.up(fails=True, ready_timeout_seconds=30)
    assert "there is no InferenceService shared" in late.output
    project.destroy()
    _serve(sandbox)
    project.args.pop("ready_timeout_seconds")
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
    full = project.up(fails=True, memory_mib=1025, ready_timeout_seconds=30)
    assert "does not have enough memory resources" in full.output
    # KServe's webhook refuses another amount of memory.
    larger = project.up(memory_mib=1024)
    assert {"delete-replaced", "create-replacement"} & set(larger.steps[model]), larger.steps
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"churn", model}
