"""KarpenterGpuNodePool through the real engine, against Karpenter's own definitions."""

from typing import Any

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_SETUP = """
import pulumi_kubernetes

providers.append(pulumi_kubernetes.Provider("kubernetes", context="serving-dev"))
"""


def _project(sandbox: Sandbox) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.karpenter_gpu_node_pool",
        "KarpenterGpuNodePool",
        "l4",
        {
            "cluster_name": "serving-dev",
            "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
            "accelerator": "nvidia-l4",
            "tags": {"owner": "team-platform", "environment": "dev"},
        },
        setup=_SETUP,
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    order = [name for operation, name in created.order if operation == "create"]
    # Machines could not join before; none is left behind when these go.
    for first in ("l4-class", "l4-entry", "l4-worker-policy", "l4-profile"):
        assert order.index(first) < order.index("l4-pool"), first
    outputs = project.outputs()
    assert outputs["pool_name"] == "l4"
    assert outputs["offer"]["gpu_resource"] == "nvidia.com/gpu"
    assert project.up().steps == {}

    # All in place: Karpenter makes a new machine, then drains the old one.
    for change, touched in (
        ({"max_nodes": 3}, {"l4-pool"}),
        ({"labels": {"team": "a"}}, {"l4-pool"}),
        ({"instance_types": ["g6.2xlarge"]}, {"l4-pool"}),
        ({"capacity": "spot"}, {"l4-pool"}),
        ({"disk_gib": 200}, {"l4-class"}),
        ({"local_ssd": True, "image_streaming": True}, {"l4-class"}),
    ):
        changed: dict[str, Any] = dict(change)
        assert project.up(**changed).steps == {name: ["update"] for name in touched}
    types = {
        each["key"]: each["values"]
        for each in project.resource("l4-pool")["inputs"]["spec"]["template"]["spec"][
            "requirements"
        ]
    }
    assert types["karpenter.sh/capacity-type"] == ["spot", "on-demand"]

    assert project.refresh().names("update") == set()
    gone = [name for _, name in project.destroy().order]
    assert gone.index("l4-pool") < gone.index("l4-class") < gone.index("l4-profile")
    assert gone.index("l4-pool") < gone.index("l4-entry")


def test_machines_that_work_as_one(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    wide: dict[str, Any] = {
        "accelerator": "nvidia-h100",
        "instance_types": ["p5.48xlarge"],
        "interconnect": "efa",
        "placement": "compact",
        "zones": ["eu-west-1a"],
        "capacity": "capacity_block",
        "reservation": "cr-0a1b2c3d4e5f60718",
    }
    created = project.up(**wide)
    assert created.names("create") >= {"l4-efa", "l4-placement", "l4-efa-to-itself"}
    spec = project.resource("l4-class")["inputs"]["spec"]
    # The address of the node, and EFA on each of its 32 cards.
    assert len(spec["networkInterfaces"]) == 33
    placement = project.resource("l4-placement")["outputs"]["name"]
    assert spec["placementGroupSelector"] == {"name": placement}

    assert project.destroy().names("delete") >= {"l4-efa", "l4-placement", "l4-pool"}
