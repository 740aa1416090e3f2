"""EksGpuNodePool through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_GROUP = "aws:eks/nodeGroup:NodeGroup"
_ZONE = "eu-west-1b"


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
        "l4-autoscaler-disk",
        "l4-autoscaler-label-k8s.amazonaws.com/accelerator",
        "l4-autoscaler-label-model-serving/node-pool",
        "l4-autoscaler-label-model-serving/pool-group",
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
    assert larger_disk.steps == {
        "l4-template": ["update"],
        "l4-nodes": ["update"],
        "l4-autoscaler-disk": ["update"],
    }

    # A label is changed in place, and the autoscaler is told.
    labelled = project.up(labels={"team": "a"})
    assert labelled.steps == {"l4-nodes": ["update"], "l4-autoscaler-label-team": ["create"]}
    relabelled = project.up(labels={"team": "b"})
    assert relabelled.steps == {"l4-nodes": ["update"], "l4-autoscaler-label-team": ["update"]}

    # Another machine type, or way to buy it, is another group: the new one is there before EKS
    # drains the old one.
    changes: tuple[dict[str, Any], ...] = (
        {"instance_types": ["g6.2xlarge"]},
        {"capacity": "spot"},
        {"zones": [_ZONE]},
    )
    for change in changes:
        replaced = project.up(**change)
        assert set(replaced.names("replace")) >= {"l4-nodes"}
        assert replaced.replaced_in_turn("l4-nodes")
    assert project.resource("l4-nodes")["inputs"]["subnetIds"] == ["subnet-0dev00000000000a2"]
    missing = project.up(zones=["eu-west-1f"], fails=True)
    assert "zones: got 'eu-west-1f'; use zones that have a subnet: eu-west-1a" in missing.output
    project.up(zones=[_ZONE])
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

    # What the autoscaler does.
    grown = (project.resource("l4-nodes")["id"], "scalingConfig.desiredSize=3")
    sandbox.run("sandbox/cloud", "set", *grown, "--token", _GROUP)
    # By a refresh the bounds move around the machines, and none of them goes.
    assert project.up(refresh=True).names("update") == {"l4-nodes"}
    sizes = project.resource("l4-nodes")["outputs"]["scalingConfig"]
    assert (sizes["minSize"], sizes["desiredSize"], sizes["maxSize"]) == (2, 3, 4)
    assert project.up(max_nodes=5).steps == {"l4-nodes": ["update"]}
    sizes = project.resource("l4-nodes")["outputs"]["scalingConfig"]
    assert (sizes["minSize"], sizes["desiredSize"], sizes["maxSize"]) == (2, 3, 5)


def test_machines_that_work_as_one(sandbox: Sandbox) -> None:
    """EFA on each card, next to each other, GPUs in parts, disks of their own, reserved."""
    project = _project(sandbox)
    wide: dict[str, Any] = {
        "accelerator": "nvidia-a100",
        "interconnect": "efa",
        "placement": "compact",
        "zones": [_ZONE],
        "mig_profile": "1g.5gb",
        "local_ssd": True,
        "image_streaming": True,
        "desired_nodes": 1,
    }
    created = project.up(**wide)
    assert created.names("create") >= {
        *("l4-efa", "l4-efa-from-itself", "l4-efa-to-itself", "l4-placement"),
        *("l4-autoscaler-whole-gpus", "l4-autoscaler-efa"),
    }
    assert project.outputs()["gpu_resource"] == "nvidia.com/mig-1g.5gb"
    assert project.up().steps == {}

    # Elsewhere on the same machines: a new version of the template, no new group.
    spread = project.up(placement=None)
    assert spread.steps == {
        "l4-template": ["update"],
        "l4-nodes": ["update"],
        "l4-placement": ["delete"],
    }
    order = [name for _, name in spread.order]
    assert order.index("l4-nodes") < order.index("l4-placement")

    block = project.up(
        capacity="capacity_block", reservation="cr-0a1b2c3d4e5f60718", mig_profile=None
    )
    assert block.replaced_in_turn("l4-nodes")
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"l4-nodes", "l4-efa"}


def test_no_machine_is_to_be_had(sandbox: Sandbox) -> None:
    """The group fails as on AWS, where it stays so; another type is another group."""
    project = _project(sandbox)
    sandbox.run("sandbox/cloud", "capacity", "set", "g6.xlarge", "*", "0")
    failed = project.up(desired_nodes=1, fails=True)
    assert "InsufficientInstanceCapacity" in failed.output
    assert project.resource("l4-nodes")["outputs"]["status"] == "CREATE_FAILED"

    other = project.up(instance_types=["g6.2xlarge"])
    assert "l4-nodes" in other.names("create-replacement")
    assert "l4-nodes" in other.names("delete-replaced")
    assert project.resource("l4-nodes")["outputs"]["status"] == "ACTIVE"
    assert project.up().steps == {}
