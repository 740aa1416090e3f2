"""SharedModelServer through the real engine: which resources change at each step of its life."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.shared_model_server",
        "SharedModelServer",
        "shared",
        {
            "environment": "dev",
            "owner": "team-platform",
            "namespace": "default",
            "kserve_version": "0.20.0",
        },
    )
    service = "shared-inference-service"
    assert project.preview().names("create") >= {"shared", service}
    created = project.up()
    assert created.names("create") >= {"shared", service, "shared-network-policy"}
    assert project.up().steps == {}
    memory = {f"spec.predictor.model.resources.{part}.memory" for part in ("limits", "requests")}
    larger = project.up(memory_mib=8192)
    assert larger.steps == {service: ["update"]}
    assert larger.properties[service] == memory
    assert project.up(max_replicas=3).properties[service] == {"spec.predictor.maxReplicas"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")
