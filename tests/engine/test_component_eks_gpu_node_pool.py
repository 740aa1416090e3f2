"""EksGpuNodePool through the real engine: which resources change at each step of its life."""

import json
from contextlib import closing

import pytest

from sandbox.store import Row, Store
from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_GROUP = "aws:eks/nodeGroup:NodeGroup"


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.eks_gpu_node_pool",
        "EksGpuNodePool",
        "l4",
        {
            "cluster_name": "serving-dev",
            "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
            "accelerator": "nvidia-l4",
            "tags": {"owner": "team-platform", "environment": "dev"},
        },
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    tags = {name for name in created.names("create") if name.startswith("l4-autoscaler-")}
    assert tags == {
        "l4-autoscaler-gpus",
        "l4-autoscaler-label-model-serving/node-pool",
        "l4-autoscaler-label-nvidia.com/gpu.product",
        "l4-autoscaler-taint-nvidia.com/gpu",
    }
    outputs = project.outputs()
    assert outputs["taints"] == ["nvidia.com/gpu=present:NoSchedule"]
    group = project.resource("l4-nodes")
    assert outputs["node_group_name"] == group["outputs"]["nodeGroupName"]
    tag = project.resource("l4-autoscaler-gpus")["inputs"]
    assert tag["autoscalingGroupName"] == outputs["autoscaling_group_name"]
    assert project.up().steps == {}

    # The autoscaler owns the number of machines: another wish changes nothing.
    assert project.up(desired_nodes=1).steps == {}
    assert project.up(max_nodes=3).steps == {"l4-nodes": ["update"]}

    larger_disk = project.up(disk_gib=200)
    assert larger_disk.steps == {"l4-template": ["update"], "l4-nodes": ["update"]}

    # Another machine type is another group: the new one is there before the old one goes.
    replaced = project.up(instance_types=["g6.2xlarge"])
    assert set(replaced.names("replace")) >= {"l4-nodes"}
    order = replaced.order
    assert order.index(("create-replacement", "l4-nodes")) < order.index(
        ("delete-replaced", "l4-nodes")
    )
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= created.names("create")


def test_bounds_change_around_the_machines_that_are_there(sandbox: Sandbox) -> None:
    """The provider sends the state's number of machines along with new bounds."""
    project = _project(sandbox)
    project.up(max_nodes=4)

    # EKS takes no minimum above the number of machines, and the number is not ours to change.
    # (Here the sandbox says so first; the real provider leaves it to the component's hook.)
    refused = project.up(min_nodes=2, fails=True)
    assert "got 0; use 2 to 4" in refused.output

    def grown(row: Row) -> Row:
        """What the autoscaler does."""
        inputs, outputs = json.loads(json.dumps([row.inputs, row.outputs]))
        for properties in (inputs, outputs):
            if "scalingConfig" in properties:
                properties["scalingConfig"]["desiredSize"] = 3
        return row.replace(inputs=inputs, outputs=outputs)

    with closing(Store(sandbox.home / "store.sqlite")) as store:
        store.update("aws", _GROUP, project.resource("l4-nodes")["id"], grown)
    # By a refresh the bounds move around the machines, and none of them goes.
    assert project.up(refresh=True).names("update") == {"l4-nodes"}
    sizes = project.resource("l4-nodes")["outputs"]["scalingConfig"]
    assert (sizes["minSize"], sizes["desiredSize"], sizes["maxSize"]) == (2, 3, 4)
    assert project.up(max_nodes=5).steps == {"l4-nodes": ["update"]}
    sizes = project.resource("l4-nodes")["outputs"]["scalingConfig"]
    assert (sizes["minSize"], sizes["desiredSize"], sizes["maxSize"]) == (2, 3, 5)
