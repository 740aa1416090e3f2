"""EksGpuNodePool through the real engine: which resources change at each step of its life."""

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.eks_gpu_node_pool",
        "EksGpuNodePool",
        "l4",
        {
            "cluster_name": "serving-dev",
            "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
            "accelerator": "nvidia-l4",
            "tags": {"owner": "team-platform", "environment": "dev"},
        },
    )
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
