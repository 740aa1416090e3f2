"""GpuNodeFallback through the real engine."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine
POOLS = [{"group": "l4", "pools": ["l4-spot", "l4"]}]


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.kubernetes.gpu_node_fallback",
        "GpuNodeFallback",
        "order",
        {"cluster": "eks", "groups": POOLS},
    )
    project.preview()
    sandbox.run("sandbox/cloud", "fault", "add", "kubernetes:core/v1:ConfigMap", "create", "fail")
    assert "order-priorities" in project.up(fails=True).output
    assert project.up().names("create") >= {"order-priorities"}
    assert project.up().steps == {}
    turned = [{"group": "l4", "pools": ["l4", "l4-spot"]}]
    # A ConfigMap is made anew by the provider, whatever changes in it.
    assert set(project.up(groups=turned).steps) == {"order-priorities"}

    name = "kube-system/cluster-autoscaler-priority-expander"
    sandbox.run("sandbox/cloud", "set", name, "data.priorities=1: []")
    assert project.refresh().names("update") == {"order-priorities"}
    assert set(project.up().steps) == {"order-priorities"}

    # The same order where another autoscaler reads it.
    elsewhere = project.up(cluster="gke")
    assert elsewhere.names("create") == {"order-l4"}
    assert elsewhere.names("delete") == {"order-priorities"}
    assert project.outputs() == {"node_selectors": {"l4": "cloud.google.com/compute-class=l4"}}
    assert project.up(when_none_fits="any_machine").steps == {"order-l4": ["update"]}
    assert project.destroy().names("delete") >= {"order-l4"}
