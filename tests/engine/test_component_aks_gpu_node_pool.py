"""AksGpuNodePool through the real engine: which resources change at each step of its life."""

from typing import Any

import pytest

from tests.engine.component_project import AZURE, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_POOL = "azure-native:containerservice:AgentPool"
_SETUP = (
    AZURE
    + """
cluster = pulumi_azure_native.containerservice.ManagedCluster(
    "cluster",
    resource_name_="serving",
    resource_group_name="models",
    location="westeurope",
    dns_prefix="serving",
    identity={"type": "SystemAssigned"},
    agent_pool_profiles=[
        {"name": "system", "mode": "System", "count": 1, "vm_size": "Standard_D4ds_v5"}
    ],
    opts=pulumi.ResourceOptions(provider=azure),
)
asked["args"]["cluster_name"] = cluster.name
"""
)


def _project(sandbox: Sandbox, **args: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "kubernetes",
        "components.azure.aks_gpu_node_pool",
        "AksGpuNodePool",
        "t4",
        {"resource_group": "models", "accelerator": "nvidia-t4", **args},
        setup=_SETUP,
    )


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox, zones=["1"])
    assert project.up().names("create") >= {"t4-nodes"}
    first = project.outputs()
    assert first["pool_name"].startswith("t4")
    assert project.up().steps == {}

    # The autoscaler owns the number, within bounds that may leave it out for a while.
    grown = project.up(min_nodes=1, max_nodes=4)
    assert grown.steps == {"t4-nodes": ["update"]}
    assert grown.properties["t4-nodes"] == {"minCount", "maxCount"}
    sandbox.run("sandbox/cloud", "set", first["pool_name"], "count=3", "--token", _POOL)
    labelled = project.up(refresh=True, labels={"team": "a"})
    assert labelled.names("update") == {"t4-nodes"}
    assert labelled.names("replace") == set()
    live = project.resource("t4-nodes")["outputs"]
    assert (live["count"], live["nodeLabels"]["team"]) == (3, "a")
    assert project.up(taints=["nvidia.com/gpu=present:NoSchedule", "team=a:NoExecute"]).steps == {
        "t4-nodes": ["update"]
    }

    # What AKS never changes makes another pool, which is there before the old one goes.
    changes: list[dict[str, Any]] = [
        {"instance_types": ["Standard_NC8as_T4_v3"]},
        {"capacity": "spot"},
        {"disk_gib": 200},
        {"placement": "compact"},
        # Another zone has another placement group too.
        {"zones": ["2"]},
    ]
    for change in changes:
        before = project.outputs()["pool_name"]
        replaced = project.up(**change)
        assert replaced.names("create-replacement") - {"t4-placement"} == {"t4-nodes"}
        assert replaced.replaced_in_turn("t4-nodes")
        assert project.outputs()["pool_name"] != before
    assert "kubernetes.azure.com/scalesetpriority=spot:NoSchedule" in project.outputs()["taints"]
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}
    assert project.destroy().names("delete") >= {"t4-nodes", "t4-placement"}


def test_a_pool_without_room_fails_and_the_old_one_stays(sandbox: Sandbox) -> None:
    project = _project(sandbox, zones=["1"], min_nodes=1)
    project.up()
    old = project.outputs()["pool_name"]
    short = ("capacity", "set", "Standard_NC8as_T4_v3", "westeurope-1", "0")
    sandbox.run("sandbox/cloud", *short)
    failed = project.up(instance_types=["Standard_NC8as_T4_v3"], fails=True)
    assert "ZonalAllocationFailed" in failed.output
    with sandbox.store() as store:
        assert old in {row.name for row in store.list("azure-native", _POOL)}
    # With room again, the same wish goes on where it ended.
    sandbox.run("sandbox/cloud", "capacity", "rm")
    assert project.up().exit_code == 0
    with sandbox.store() as store:
        assert [row.name for row in store.list("azure-native", _POOL)] == [
            project.outputs()["pool_name"]
        ]


_WHOLE = (
    AZURE
    + """
from components.azure.aks_cluster import AksCluster
from components.azure.azure_private_network import AzurePrivateNetwork

options = pulumi.ResourceOptions(providers=[azure])
place = {"resource_group": "models", "location": "westeurope"}
network = AzurePrivateNetwork("net", dict(place), options)
cluster = AksCluster(
    "serving",
    {
        **place,
        "subnet_id": network.subnet_id,
        "api_server_subnet_id": network.api_server_subnet_id,
        "administrators": ["11111111-2222-3333-4444-555555555555"],
    },
    options,
)
asked["args"] |= {"cluster_name": cluster.cluster_name, "subnet_id": network.subnet_id}
"""
)


def test_network_cluster_and_pool_are_one_program(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "kubernetes",
        "components.azure.aks_gpu_node_pool",
        "AksGpuNodePool",
        "t4",
        {"resource_group": "models", "accelerator": "nvidia-t4", "zones": ["1"], "min_nodes": 1},
        setup=_WHOLE,
    )
    made = {"net-network", "net-nodes", "serving-cluster", "serving-vault", "t4-nodes"}
    assert project.preview().names("create") >= made
    created = project.up()
    order = [name for _, name in created.order]
    assert order.index("net-nodes") < order.index("serving-cluster") < order.index("t4-nodes")
    pool, cluster = project.resource("t4-nodes"), project.resource("serving-cluster")
    assert pool["id"].startswith(f"{cluster['id']}/agentPools/t4")
    assert pool["inputs"]["vnetSubnetID"] == project.resource("net-nodes")["id"]
    assert project.up().steps == {}
    # Another disk is another pool; nothing else changes.
    assert set(project.up(disk_gib=200).steps) == {"t4-nodes"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= made
