"""LocalModelNodeGroup through the real engine."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.kserve.local_model_node_group",
        "LocalModelNodeGroup",
        "l4",
        {
            "environment": "dev",
            "owner": "team-platform",
            "size_gib": 500,
            "accelerator": "nvidia-l4",
        },
    )
    project.preview()
    assert project.up().names("create") >= {"l4", "l4-group"}
    assert project.outputs() == {"node_group_name": "l4"}
    assert project.up().steps == {}
    assert project.up(size_gib=600).steps == {"l4-group": ["update"]}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"l4-group"}
