"""Machines that are short: what is taken, and how each cloud's first machines fail."""

import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.capacity import Ask, left, take
from sandbox.console import main
from sandbox.session import HalfDoneError
from sandbox.store import Shortage, Store
from tests.unit.sandbox_life import Stack

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
ROLE = "aws:iam/role:Role"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TRUST = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",'
    ' "Principal": {"Service": "ec2.amazonaws.com"}}]}'
)
CLUSTER = "gcp:container/cluster:Cluster"
POOL = "gcp:container/nodePool:NodePool"
AKS = "azure-native:containerservice:ManagedCluster"
AGENT_POOL = "azure-native:containerservice:AgentPool"
MEDIA = "g6.xlarge"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store.sqlite")


@pytest.mark.parametrize(
    ("rules", "ask", "lacks", "after"),
    [
        ([], Ask([MEDIA], [(["a"], 9)]), False, []),
        ([("g6.*", "a", "*", 2)], Ask([MEDIA], [(["a"], 2)]), False, [0]),
        ([("g6.*", "a", "*", 1)], Ask([MEDIA], [(["a"], 2)]), True, [1]),
        # The next zone, then the next type.
        ([("g6.*", "a", "*", 1)], Ask([MEDIA], [(["a", "b"], 3)]), False, [0]),
        ([(MEDIA, "*", "*", 1)], Ask([MEDIA, "g5.xlarge"], [(["a"], 3)]), False, [0]),
        # Each zone its own machines.
        ([("*", "b", "*", 0)], Ask([MEDIA], [(["a"], 1), (["b"], 1)]), True, [0]),
        # A failure takes nothing, of the zones before it either.
        (
            [("*", "a", "*", 1), ("*", "b", "*", 0)],
            Ask([MEDIA], [(["a"], 1), (["b"], 1)]),
            True,
            [1, 0],
        ),
        # Both rules count.
        ([("*", "*", "*", 5), ("g6.*", "a", "*", 1)], Ask([MEDIA], [(["a"], 1)]), False, [4, 0]),
        ([("*", "*", "spot", 0)], Ask([MEDIA], [(["a"], 1)]), False, [0]),
        ([("*", "*", "spot", 0)], Ask([MEDIA], [(["a"], 1)], "spot"), True, [0]),
        ([("*", "*", "*", 0)], Ask([MEDIA], [(["a"], 0)]), False, [0]),
    ],
)
def test_what_is_taken(
    store: Store,
    rules: list[tuple[str, str, str, int]],
    ask: Ask,
    after: list[int],
    *,
    lacks: bool,
) -> None:
    for rule in rules:
        store.set_shortage(Shortage(*rule))
    assert (take(store, ask) is not None) is lacks
    assert [each.nodes for each in store.shortages()] == after


def test_what_is_left(store: Store) -> None:
    assert left(store, MEDIA, "eu-west-1a", "spot") is None
    store.set_shortage(Shortage("g6.*", "eu-west-1a", "*", 4))
    store.set_shortage(Shortage("*", "eu-west-1?", "spot", 3))
    assert left(store, MEDIA, "eu-west-1a", "spot") == 3
    assert left(store, MEDIA, "eu-west-1a", "on_demand") == 4
    assert left(store, MEDIA, "eu-west-1b", "on_demand") is None


def test_the_console(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "store.sqlite"

    def run(*arguments: str, code: int = 0) -> str:
        assert main(["--store", str(path), "capacity", *arguments]) == code
        printed = capsys.readouterr()
        return printed.err if code else printed.out

    assert run("ls") == "nothing\n"
    assert run("set", "g6.*", "eu-west-1a", "0") == "g6.* in eu-west-1a: 0 left\n"
    assert "(spot): 2 left" in run("set", "p5.*", "*", "2", "--capacity", "spot")
    listed = [line.split() for line in run("ls").splitlines()[1:]]
    assert listed == [["g6.*", "eu-west-1a", "*", "0"], ["p5.*", "*", "spot", "2"]]
    assert "use 0 or more" in run("set", "g6.*", "*", "-1", code=1)
    assert "g5.* is not short" in run("rm", "g5.*", code=1)
    assert run("rm", "g6.*", "eu-west-1a") == "1 removed\n"
    assert run("rm") == "1 removed\n"


# ---- EKS ----


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def group(aws: Stack, name: str, desired: int, **more: object) -> dict[str, Any]:
    role = aws.create(ROLE, f"{name}-role", assumeRolePolicy=TRUST)
    for policy in ("AmazonEKSWorkerNodePolicy", "AmazonEKS_CNI_Policy"):
        arn = f"arn:aws:iam::aws:policy/{policy}"
        aws.create(ATTACHMENT, f"{name}-{policy}", role=role.id, policyArn=arn)
    given: dict[str, Any] = {
        "clusterName": "serving-dev",
        "nodeGroupName": name,
        "nodeRoleArn": role.outputs["arn"],
        "subnetIds": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
        "instanceTypes": [MEDIA, "g6.2xlarge"],
        "scalingConfig": {"minSize": 0, "maxSize": 4, "desiredSize": desired},
        **more,
    }
    return aws.create(NODE_GROUP, name, **given).outputs


def test_eks_tries_its_types_and_zones_and_fails_as_its_group_does(aws: Stack) -> None:
    aws.store.set_shortage(Shortage(MEDIA, "*", "*", 0))
    aws.store.set_shortage(Shortage("g6.2xlarge", "eu-west-1a", "*", 0))
    assert group(aws, "second-zone", 2)["status"] == "ACTIVE"
    aws.store.set_shortage(Shortage("*", "eu-west-1b", "*", 0))
    assert group(aws, "at-zero", 0)["status"] == "ACTIVE"
    with pytest.raises(HalfDoneError) as refused:
        group(aws, "gpu", 1)
    text = str(refused.value)
    assert "unexpected state 'CREATE_FAILED'" in text
    assert re.search(
        r"AsgInstanceLaunchFailures: .*InsufficientInstanceCapacity - .*g6\.xlarge", text
    )
    assert "Tried g6.xlarge, g6.2xlarge in eu-west-1a, eu-west-1b: 0 of 1" in text
    row = aws.store.by_name("aws", NODE_GROUP, "gpu")
    assert row is not None
    assert row.outputs["status"] == "CREATE_FAILED"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"capacityType": "SPOT"}, "Could not launch Spot Instances. UnfulfillableCapacity"),
        ({"reserved": True}, "ReservationCapacityExceeded"),
    ],
)
def test_eks_by_kind(aws: Stack, more: dict[str, Any], words: str) -> None:
    if more.pop("reserved", False):
        target = {"capacityReservationTarget": {"capacityReservationId": "cr-0123456789abcdef0"}}
        given = {
            "instanceType": "p5.48xlarge",
            "capacityReservationSpecification": target,
            "instanceMarketOptions": {"marketType": "capacity-block"},
        }
        template = aws.create(TEMPLATE, "t", **given)
        more = {
            "launchTemplate": {"id": template.id, "version": "1"},
            "capacityType": "CAPACITY_BLOCK",
            "instanceTypes": [],
        }
    kind = "spot" if "SPOT" in str(more) else "reserved"
    aws.store.set_shortage(Shortage("*", "*", "on_demand", 0))
    group(aws, "fits", 1, **more)
    aws.store.set_shortage(Shortage("*", "*", kind, 0))
    with pytest.raises(HalfDoneError, match=words):
        group(aws, "short", 1, **more)


# ---- GKE ----


@pytest.fixture
def gcp(tmp_path: Path) -> Stack:
    stack = Stack("gcp", tmp_path / "store.sqlite", {"project": "example-models"})
    stack.create(CLUSTER, "c", name="c", location="europe-west1", initialNodeCount=1)
    return stack


def pool(gcp: Stack, name: str, node: dict[str, Any] | None = None, **more: object) -> None:
    machine = {"machineType": "g2-standard-4", **(node or {})}
    given = {"name": name, "cluster": "c", "location": "europe-west1", "nodeConfig": machine}
    gcp.create(POOL, name, **{**given, **more})


@pytest.mark.parametrize(
    ("node", "more", "fits"),
    [
        ({}, {"initialNodeCount": 0}, True),
        ({}, {"initialNodeCount": 1}, False),
        ({}, {"initialNodeCount": 1, "nodeLocations": ["europe-west1-c"]}, True),
        ({"spot": True}, {"initialNodeCount": 1}, True),
        ({}, {"initialNodeCount": 0, "autoscaling": {"minNodeCount": 1, "maxNodeCount": 2}}, False),
        (
            {},
            {
                "initialNodeCount": 0,
                "autoscaling": {"totalMinNodeCount": 1, "totalMaxNodeCount": 2},
            },
            True,
        ),
    ],
)
def test_gke_needs_its_machines_in_each_zone(
    gcp: Stack, node: dict[str, Any], more: dict[str, Any], *, fits: bool
) -> None:
    gcp.store.set_shortage(Shortage("g2-*", "europe-west1-b", "on_demand", 0))
    if fits:
        pool(gcp, "gpu", node, **more)
        return
    with pytest.raises(HalfDoneError, match=r"\[GCE_STOCKOUT\]: .*/zones/europe-west1-b' does not"):
        pool(gcp, "gpu", node, **more)
    row = gcp.store.by_name("gcp", POOL, "gpu")
    assert row is not None
    assert row.live["status"] == "ERROR"


def test_gke_spot(gcp: Stack) -> None:
    gcp.store.set_shortage(Shortage("g2-*", "*", "spot", 0))
    with pytest.raises(HalfDoneError, match="ZONE_RESOURCE_POOL_EXHAUSTED"):
        pool(gcp, "gpu", {"spot": True}, initialNodeCount=1)
    with pytest.raises(HalfDoneError, match="ZONE_RESOURCE_POOL_EXHAUSTED"):
        pool(gcp, "old", {"preemptible": True}, initialNodeCount=1)
    own = {"key": "compute.googleapis.com/reservation-name", "values": ["l4s"]}
    affinity = {"reservationAffinity": {"consumeReservationType": "SPECIFIC_RESERVATION", **own}}
    gcp.store.set_shortage(Shortage("g2-*", "*", "reserved", 0))
    with pytest.raises(HalfDoneError, match="ZONE_RESOURCE_POOL_EXHAUSTED"):
        pool(gcp, "own", affinity, initialNodeCount=1)


# ---- AKS ----


@pytest.fixture
def azure(tmp_path: Path) -> Stack:
    stack = Stack("azure-native", tmp_path / "store.sqlite", {})
    stack.create(
        AKS,
        "c",
        resourceGroupName="models",
        resourceName="c",
        dnsPrefix="c",
        identity={"type": "SystemAssigned"},
        agentPoolProfiles=[
            {"name": "system", "mode": "System", "count": 1, "vmSize": "Standard_D4s_v5"}
        ],
    )
    return stack


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"count": 0, "availabilityZones": ["1", "2"]}, ""),
        ({"count": 1, "availabilityZones": ["1", "2"]}, ""),
        ({"count": 2, "availabilityZones": ["1", "2"]}, "ZonalAllocationFailed"),
        ({"count": 1, "availabilityZones": ["2"]}, "ZonalAllocationFailed"),
        ({"count": 1}, "AllocationFailed"),
        ({}, "AllocationFailed"),
        ({"count": 1, "scaleSetPriority": "Spot"}, ""),
        (
            {
                "count": 1,
                "capacityReservationGroupID": "/subscriptions/00000000-0000-0000-0000-000000000001"
                "/resourceGroups/models/providers/Microsoft.Compute/capacityReservationGroups/g",
            },
            "",
        ),
    ],
)
def test_aks_deals_its_machines_out_to_its_zones(
    azure: Stack, more: dict[str, Any], words: str
) -> None:
    azure.store.set_shortage(Shortage("Standard_NC*", "westeurope-2", "on_demand", 0))
    azure.store.set_shortage(Shortage("Standard_NC*", "westeurope", "on_demand", 0))
    group = "azure-native:compute:CapacityReservationGroup"
    azure.create(group, "g", resourceGroupName="models", capacityReservationGroupName="g")
    given: dict[str, Any] = {
        "resourceGroupName": "models",
        "resourceName": "c",
        "agentPoolName": "gpu",
        "vmSize": "Standard_NC24ads_A100_v4",
        **more,
    }
    if not words:
        assert azure.create(AGENT_POOL, "gpu", **given).outputs["provisioningState"] == "Succeeded"
        return
    with pytest.raises(HalfDoneError, match=f'Code="{words}"'):
        azure.create(AGENT_POOL, "gpu", **given)
    row = azure.store.by_name("azure-native", AGENT_POOL, "gpu")
    assert row is not None
    assert row.outputs["provisioningState"] == "Failed"
