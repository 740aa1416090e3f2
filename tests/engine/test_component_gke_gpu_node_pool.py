"""GkeGpuNodePool through the real engine: each step of its life, with network and cluster too."""

import pytest

from tests.engine.component_project import GOOGLE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

# A whole platform in one program; what the pool joins is known when it is made.
_SETUP = (
    GOOGLE
    + """
from components.gcp.gcp_private_network import GcpPrivateNetwork
from components.gcp.gke_cluster import GkeCluster

options = pulumi.ResourceOptions(providers=providers)
network = GcpPrivateNetwork("hub", {"region": "europe-west4"}, options)
cluster = GkeCluster(
    "dev",
    {
        "project": "example-models",
        "region": "europe-west4",
        "network": network.network,
        "subnetwork": network.subnetwork,
        "deletion_protection": False,
        "multi_networking": True,
    },
    options,
)
asked["args"] |= {"cluster_name": cluster.cluster_name, "disk_key": cluster.key}
"""
)


_POOL = "gcp:container/nodePool:NodePool"


def _project(sandbox: Sandbox, **more: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.gcp.gke_gpu_node_pool",
        "GkeGpuNodePool",
        "l4",
        {
            "environment": "dev",
            "project": "example-models",
            "location": "europe-west4",
            "accelerator": "nvidia-l4",
            "zones": ["europe-west4-a", "europe-west4-b"],
            **more,
        },
        setup=_SETUP,
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    order = [name for operation, name in created.order if operation == "create"]
    assert order.index("hub-subnet") < order.index("dev-cluster") < order.index("l4-nodes")
    outputs = project.outputs()
    assert outputs["pool_name"] == project.resource("l4-nodes")["outputs"]["name"]
    assert outputs["labels"]["cloud.google.com/gke-accelerator"] == "nvidia-l4"
    assert project.up().steps == {}

    # The autoscaler owns the number of nodes: another wish for it changes nothing.
    grown = project.up(max_nodes=4, desired_nodes=1)
    assert grown.steps == {"l4-nodes": ["update"]}
    assert grown.properties["l4-nodes"] == {"autoscaling.totalMaxNodeCount"}
    # What somebody did to it by hand is undone.
    by_hand = (outputs["pool_name"], "autoscaling.totalMaxNodeCount=9")
    sandbox.run("sandbox/cloud", "set", *by_hand, "--token", _POOL)
    repaired = project.up(refresh=True)
    assert repaired.names("update") == {"l4-nodes"}
    autoscaling = project.resource("l4-nodes")["outputs"]["autoscaling"]
    assert autoscaling["totalMaxNodeCount"] == 4
    # A larger machine with as many GPUs is the same pool, whose nodes GKE replaces.
    labelled = project.up(labels={"team": "growth"}, instance_types=["g2-standard-8"])
    assert labelled.steps == {"l4-nodes": ["update"]}

    # Spot is another pool: it is there before the old one is drained and goes.
    before = project.resource("l4-nodes")["id"]
    replaced = project.up(capacity="spot")
    assert replaced.names("replace") == {"l4-nodes"}
    assert replaced.replaced_in_turn("l4-nodes")
    after = project.resource("l4-nodes")
    assert after["id"] != before
    assert after["inputs"]["nodeDrainConfigs"] == [{"respectPdbDuringNodePoolDeletion": True}]

    # Where there are no machines the new pool fails as GKE's does, and the old one serves on.
    short = ("g2-standard-8", "europe-west4-*", "0", "--capacity", "on_demand")
    sandbox.run("sandbox/cloud", "capacity", "set", *short)
    failed = project.up(capacity="on_demand", min_nodes=1, fails=True)
    assert "does not have enough resources available" in failed.output
    assert ("delete-replaced", "l4-nodes") not in failed.order
    sandbox.run("sandbox/cloud", "capacity", "rm")
    assert ("delete-replaced", "l4-nodes") in project.up().order
    assert project.resource("l4-nodes")["inputs"]["nodeConfig"]["spot"] is False
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"hub-network", "dev-cluster", "l4-nodes"}
