"""Monitoring of GPUs through the engine."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_gpu_monitoring import FULL

pytestmark = pytest.mark.engine


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.monitoring.gpu_monitoring",
        "GpuMonitoring",
        "gpus",
        FULL,
    )
    made = project.up()
    assert made.names("create") >= {"gpus-rules", "gpus-dashboard"}
    assert project.up().steps == {}
    # Larger pools are another threshold, and nothing else.
    grown = project.up(pool_sizes=[{"gpu": "NVIDIA-L4", "max_nodes": 5}])
    assert grown.steps == {"gpus-rules": ["update"]}
    project.refresh()
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= {"gpus-rules", "gpus-dashboard"}
