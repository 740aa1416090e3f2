import re
from typing import Any

import pulumi
import pytest

from components.azure.aks_gpu_node_pool import AksGpuNodePool
from facts.pools.offers import Need, Offer, misfit
from tests.unit.component_mocks import SUBSCRIPTION, Recorded, record

_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/models/providers"
_SUBNET = f"{_GROUP}/Microsoft.Network/virtualNetworks/net/subnets/nodes"
_RESERVATION = f"{_GROUP}/Microsoft.Compute/capacityReservationGroups/t4"
_SPOT_TAINT = "kubernetes.azure.com/scalesetpriority=spot:NoSchedule"
MINIMAL: dict[str, Any] = {
    "cluster_name": "serving",
    "resource_group": "models",
    "accelerator": "nvidia-t4",
}


def _made(**changes: object) -> Recorded:
    return record(AksGpuNodePool, "t4", MINIMAL | changes)


def _pool(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["t4-nodes"]


def _name(**changes: object) -> str:
    return str(_pool(_made(**changes))["agentPoolName"])


def test_defaults_are_small_encrypted_and_hold_pods_off() -> None:
    pool = _pool(_made())
    assert pool["vmSize"] == "Standard_NC4as_T4_v3"
    assert (pool["minCount"], pool["count"], pool["maxCount"]) == (0, 0, 1)
    assert pool["enableAutoScaling"] is True
    assert pool["mode"] == "User"
    assert pool["nodeTaints"] == ["nvidia.com/gpu=present:NoSchedule"]
    assert pool["nodeLabels"] == {
        "model-serving/node-pool": "t4",
        "model-serving/pool-group": "t4",
        "nvidia.com/gpu.product": "Tesla-T4",
    }
    assert pool["enableEncryptionAtHost"] is True
    assert pool["enableNodePublicIP"] is False
    assert pool["gpuProfile"] == {"driver": "Install"}
    assert (pool["osDiskType"], pool["osDiskSizeGB"]) == ("Managed", 100)
    assert pool["scaleSetPriority"] == "Regular"
    assert pool["securityProfile"]["sshAccess"] == "Disabled"
    # GPUs are scarce: an upgrade asks for no further one.
    assert pool["upgradeSettings"] == {
        "maxSurge": "0",
        "maxUnavailable": "1",
        "drainTimeoutInMinutes": 30,
    }
    for absent in ("availabilityZones", "capacityReservationGroupID", "orchestratorVersion"):
        assert absent not in pool


def test_every_argument() -> None:
    recorded = _made(
        environment="dev",
        subnet_id=_SUBNET,
        accelerator_count=4,
        zones=["1"],
        min_nodes=1,
        max_nodes=5,
        desired_nodes=2,
        disk_gib=300,
        driver="operator",
        placement="compact",
        os="azure_linux",
        secure_boot=True,
        encryption_at_host=False,
        max_surge="33%",
        drain_timeout_minutes=60,
        scale_down="deallocate",
        kubernetes_version="1.34",
        pool_group="small",
        labels={"team": "a"},
        taints=["nvidia.com/gpu=present:NoSchedule", "team=a:NoExecute"],
        tags={"owner": "team-platform"},
    )
    pool = _pool(recorded)
    assert pool["vmSize"] == "Standard_NC64as_T4_v3"
    assert pool["vnetSubnetID"] == _SUBNET
    assert pool["availabilityZones"] == ["1"]
    assert (pool["minCount"], pool["count"], pool["maxCount"]) == (1, 2, 5)
    assert pool["gpuProfile"] == {"driver": "None"}
    assert pool["osSKU"] == "AzureLinux"
    assert pool["securityProfile"]["enableSecureBoot"] is True
    assert pool["securityProfile"]["enableVTPM"] is True
    assert pool["upgradeSettings"] == {"maxSurge": "33%", "drainTimeoutInMinutes": 60}
    assert pool["scaleDownMode"] == "Deallocate"
    assert pool["orchestratorVersion"] == "1.34"
    assert pool["nodeLabels"]["team"] == "a"
    assert pool["nodeLabels"]["model-serving/pool-group"] == "small"
    assert pool["tags"] == {
        "model-serving:owner": "team-platform",
        "model-serving:environment": "dev",
    }
    assert pool["proximityPlacementGroupID"] == "t4-placement-id"
    placement = recorded.inputs["t4-placement"]
    assert placement["intent"] == {"vmSizes": ["Standard_NC64as_T4_v3"]}
    assert placement["zones"] == ["1"]


def test_spot_nodes_keep_off_what_does_not_tolerate_them() -> None:
    recorded = _made(capacity="spot", spot_max_price=0.25)
    pool = _pool(recorded)
    assert pool["scaleSetPriority"] == "Spot"
    assert pool["scaleSetEvictionPolicy"] == "Delete"
    assert pool["spotMaxPrice"] == 0.25
    assert pool["upgradeSettings"] == {"drainTimeoutInMinutes": 30}
    assert _SPOT_TAINT in pool["nodeTaints"]
    assert recorded.outputs["taints"] == ["nvidia.com/gpu=present:NoSchedule", _SPOT_TAINT]
    offer = Offer.of_output(recorded.outputs["offer"])
    need = Need(gpus=1, accelerator="nvidia-t4")
    assert _SPOT_TAINT in misfit(offer, need)
    tolerant = Need(
        gpus=1,
        accelerator="nvidia-t4",
        tolerated=("nvidia.com/gpu", "kubernetes.azure.com/scalesetpriority"),
    )
    assert misfit(offer, tolerant) == ""
    assert _pool(_made(capacity="spot"))["spotMaxPrice"] == -1


def test_reserved_machines_come_from_their_group() -> None:
    pool = _pool(_made(capacity="reserved", reservation=_RESERVATION))
    assert pool["capacityReservationGroupID"] == _RESERVATION
    assert pool["scaleSetPriority"] == "Regular"


def test_gpus_in_parts() -> None:
    recorded = _made(accelerator="nvidia-h100", mig_profile="1g.10gb")
    pool = _pool(recorded)
    assert pool["gpuInstanceProfile"] == "MIG1g"
    assert recorded.outputs["gpu_resource"] == "nvidia.com/gpu"
    assert recorded.outputs["offer"]["gpus_per_node"] == 8 * 7
    assert "nvidia.com/gpu.product" not in pool["nodeLabels"]
    turns = _made(time_slices=4)
    assert _pool(turns)["nodeLabels"]["nvidia.com/device-plugin.config"] == "time-slices-4"
    assert turns.outputs["offer"]["gpus_per_node"] == 4


def test_the_machines_own_disk() -> None:
    pool = _pool(_made(local_ssd=True, disk_gib=176))
    assert (pool["osDiskType"], pool["osDiskSizeGB"]) == ("Ephemeral", 176)


def test_the_nodes_kernel_and_kubelet() -> None:
    pool = _pool(
        _made(
            numa_aligned=True,
            max_pods_per_node=30,
            sysctls={
                "net.core.somaxconn": "8192",
                "net.ipv4.tcp_keepalive_intvl": "30",
                "net.ipv4.ip_local_port_range": "32768 60999",
            },
        )
    )
    assert pool["kubeletConfig"] == {
        "cpuManagerPolicy": "static",
        "topologyManagerPolicy": "restricted",
    }
    assert pool["linuxOSConfig"]["sysctls"] == {
        "netCoreSomaxconn": 8192,
        "netIpv4TcpkeepaliveIntvl": 30,
        "netIpv4IpLocalPortRange": "32768 60999",
    }
    assert pool["maxPods"] == 30


def test_the_outputs_say_what_the_nodes_have() -> None:
    recorded = _made(labels={"team": "a"})
    assert recorded.outputs["labels"] == _pool(recorded)["nodeLabels"]
    assert recorded.outputs["node_selector"] == {"model-serving/pool-group": "t4"}
    assert recorded.outputs["pool_id"] == "t4-nodes-id"
    offer = Offer.of_output(recorded.outputs["offer"])
    assert (offer.cluster, offer.accelerator, offer.max_nodes) == ("aks", "nvidia-t4", 1)


_CHANGES: list[dict[str, Any]] = [
    {"instance_types": ["Standard_NC8as_T4_v3"]},
    {"zones": ["1"]},
    {"disk_gib": 200},
    {"local_ssd": True},
    {"subnet_id": _SUBNET},
    {"driver": "operator"},
    {"encryption_at_host": False},
    {"capacity": "spot"},
    {"numa_aligned": True},
    {"sysctls": {"vm.swappiness": "1"}},
    {"max_pods_per_node": 50},
    {"capacity": "reserved", "reservation": _RESERVATION},
    {"zones": ["1"], "placement": "compact"},
]


def test_what_cannot_change_is_in_the_name() -> None:
    names = [_name(), *(_name(**change) for change in _CHANGES)]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"t4[0-9a-f]{6}", name)
    assert _name(capacity="spot") != _name(capacity="spot", spot_max_price=0.2)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": {"team": "a"}},
        {"taints": []},
        {"min_nodes": 1, "max_nodes": 7},
        {"tags": {"owner": "a"}},
        {"kubernetes_version": "1.34"},
        {"max_surge": "1"},
        {"fips": True},
        {"os": "azure_linux"},
        {"scale_down": "deallocate"},
        {"pool_group": "small"},
    ],
)
def test_what_changes_in_place_is_not(change: dict[str, Any]) -> None:
    assert _name(**change) == _name()


def test_pools_of_long_names_keep_apart() -> None:
    name = "nvidia-t4-for-the-team"
    first, second = (
        record(AksGpuNodePool, each, MINIMAL).inputs[f"{each}-nodes"]["agentPoolName"]
        for each in (f"{name}-a", f"{name}-b")
    )
    assert first != second
    assert re.fullmatch(r"nvidia[0-9a-f]{6}", first)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accelerator": "nvidia-t5"}, "accelerator: got 'nvidia-t5'; use one of"),
        ({"accelerator": None}, "accelerator: got None"),
        ({"accelerator": "nvidia-l4"}, "accelerator: got 'nvidia-l4'; use what this cloud has"),
        (
            {"accelerator_count": 3},
            "accelerator_count: got 3; use as many as a machine has: 1 or 4",
        ),
        ({"instance_types": ["Standard_NC24ads_A100_v4"]}, "use types that carry nvidia-t4"),
        (
            {"instance_types": ["Standard_NC4as_T4_v3", "Standard_NC8as_T4_v3"]},
            "use one size; the others as pools of their own",
        ),
        ({"min_nodes": 3, "max_nodes": 2}, "min_nodes: got 3; use at most max_nodes (2)"),
        ({"max_nodes": 2, "desired_nodes": 3}, "desired_nodes: got 3"),
        ({"zones": ["4"]}, "zones: got '4'; use 1, 2 or 3"),
        ({"capacity": "flex_start"}, "capacity: got 'flex_start'"),
        (
            {"capacity": "spot", "reservation": _RESERVATION},
            "use it with capacity reserved, not spot",
        ),
        ({"capacity": "reserved"}, "reservation: got None"),
        (
            {"capacity": "reserved", "reservation": "t4"},
            "reservation: got 't4'; use the id of a capacity reservation group",
        ),
        (
            {
                "accelerator": "nvidia-h100",
                "capacity": "reserved",
                "reservation": _RESERVATION,
            },
            "Azure reserves no Standard_ND96isr_H100_v5",
        ),
        (
            {
                "capacity": "reserved",
                "reservation": _RESERVATION,
                "placement": "compact",
                "zones": ["1"],
            },
            "placement: got 'compact'; use spread with capacity reserved",
        ),
        ({"spot_max_price": 1.0}, "spot_max_price: got 1.0; use it with capacity spot"),
        ({"capacity": "spot", "spot_max_price": 0.1234567}, "5 decimals at most"),
        ({"capacity": "spot", "max_surge": "1"}, "max_surge: got '1'; use none with capacity spot"),
        ({"max_surge": "a third"}, "max_surge: got 'a third'"),
        ({"mig_profile": "1g.10gb"}, "mig_profile: got '1g.10gb'; use none"),
        ({"accelerator": "nvidia-h100", "mig_profile": "1g.20gb"}, "mig_profile: got '1g.20gb'"),
        (
            {"accelerator": "nvidia-h100", "mig_profile": "1g.10gb", "driver": "operator"},
            "driver: got 'operator'; use cloud with mig_profile",
        ),
        (
            {"placement": "compact", "zones": ["1", "2"]},
            "placement: got 'compact'; use it with one",
        ),
        ({"interconnect": "infiniband"}, "interconnect: got 'infiniband on Standard_NC4as_T4_v3'"),
        ({"interconnect": "efa"}, "interconnect: got 'efa'; use one of none, infiniband"),
        (
            {"accelerator": "nvidia-h100", "interconnect": "infiniband", "zones": ["1", "2"]},
            "use one zone with interconnect infiniband",
        ),
        ({"node_repair": False}, "node_repair: got False; use true: AKS repairs"),
        ({"image_streaming": True}, "image_streaming: got True; use false"),
        ({"disk_key": "key"}, "disk_key: got 'a key'; use none: AKS encrypts disks by"),
        ({"local_ssd": True, "disk_gib": 177}, "disk_gib: got 177; use at most 176"),
        ({"local_ssd": True, "scale_down": "deallocate"}, "scale_down: got 'deallocate'"),
        ({"secure_boot": True}, "secure_boot: got True; use false, or os azure_linux"),
        (
            {"secure_boot": True, "os": "azure_linux", "fips": True},
            "fips: got True; use false with secure_boot",
        ),
        ({"labels": {"kubernetes.azure.com/a": "b"}}, "labels: got 'kubernetes.azure.com/a'"),
        ({"sysctls": {"vm.swap": "1"}}, "sysctls: got 'vm.swap=1'; use what AKS sets: fs.aio"),
        ({"sysctls": {"vm.swappiness": "low"}}, "sysctls: got 'vm.swappiness=low'; use a whole"),
        ({"max_pods_per_node": 9}, "max_pods_per_node: got 9; use a whole number from 10 to 250"),
        ({"taints": ["x"]}, "taints: got 'x'; use key=value:Effect"),
        ({"subnet_id": "subnet-1"}, "subnet_id: got 'subnet-1'; use the id of a subnet"),
        ({"cluster_name": None}, "cluster_name: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        _made(**change)
    assert problem in str(caught.value)


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(pulumi.RunError, match="has 4 problems"):
        _made(zones=["4"], node_repair=False, image_streaming=True, capacity="flex_start")
