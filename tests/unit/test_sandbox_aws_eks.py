"""What EKS refuses: access entries, add-ons, clusters that are kept, templates of node groups."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_aws import ROLE, role
from tests.unit.sandbox_life import Made, Stack, trust

CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADDON = "aws:eks/addon:Addon"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
ADMIN = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
SUBNETS = ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def cluster(aws: Stack, **inputs: object) -> Made:
    made = aws.create(ROLE, "control-plane", assumeRolePolicy=trust("eks.amazonaws.com"))
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    aws.create(ATTACHMENT, "a", role=made.outputs["name"], policyArn=policy)
    network = {"subnetIds": SUBNETS}
    return aws.create(
        CLUSTER, "c", name="own", roleArn=made.outputs["arn"], vpcConfig=network, **inputs
    )


def test_a_protected_cluster_is_not_deleted(aws: Stack) -> None:
    made = cluster(aws, deletionProtection=True)
    with pytest.raises(RefusedError, match="deletion protection"):
        aws.delete(made)
    aws.delete(aws.update(made, deletionProtection=False))
    assert aws.store.by_name("aws", CLUSTER, "own") is None


def test_what_is_in_a_cluster_goes_with_it(aws: Stack) -> None:
    made = cluster(aws)
    aws.create(ADDON, "dns", clusterName="own", addonName="coredns")
    aws.create(ADDON, "other", clusterName="serving-dev", addonName="coredns")
    aws.delete(made)
    assert [row.id for row in aws.store.list("aws", ADDON)] == ["serving-dev:coredns"]


def test_an_addon_has_a_version(aws: Stack) -> None:
    made = aws.create(ADDON, "dns", clusterName="serving-dev", addonName="coredns")
    version = made.outputs["addonVersion"]
    assert version
    assert aws.update(made, tags={"a": "b"}).outputs["addonVersion"] == version
    asked = aws.update(made, addonVersion="v9.9.9-eksbuild.1")
    assert asked.outputs["addonVersion"] == "v9.9.9-eksbuild.1"


def test_a_policy_needs_an_entry_of_people(aws: Stack) -> None:
    arn = role(aws, "ec2.amazonaws.com")
    given = {
        "clusterName": "serving-dev",
        "principalArn": arn,
        "policyArn": ADMIN,
        "accessScope": {"type": "cluster"},
    }
    with pytest.raises(RefusedError, match="has no access entry in serving-dev"):
        aws.create(ASSOCIATION, "p", **given)
    entry = aws.create(ENTRY, "e", clusterName="serving-dev", principalArn=arn, type="EC2_LINUX")
    with pytest.raises(RefusedError, match="this one's is EC2_LINUX"):
        aws.create(ASSOCIATION, "p", **given)
    aws.delete(entry)
    aws.create(ENTRY, "e", clusterName="serving-dev", principalArn=arn)
    made = aws.create(ASSOCIATION, "p", **given)
    assert made.id == f"serving-dev#{arn}#{ADMIN}"


@pytest.mark.parametrize("kind", ["STANDARD", "EC2_LINUX"])
def test_only_people_have_groups(aws: Stack, kind: str) -> None:
    given = {"clusterName": "serving-dev", "principalArn": role(aws, "ec2.amazonaws.com")}
    if kind == "STANDARD":
        assert aws.create(ENTRY, "e", **given, type=kind, kubernetesGroups=["viewers"])
        return
    found = aws.problems(ENTRY, {**given, "type": kind, "kubernetesGroups": ["viewers"]})
    assert [problem.path for problem in found] == ["kubernetesGroups"]


@pytest.mark.parametrize("mode", ["CONFIG_MAP", "API_AND_CONFIG_MAP", "API"])
def test_entries_count_where_the_cluster_knows_them(aws: Stack, mode: str) -> None:
    cluster(aws, accessConfig={"authenticationMode": mode})
    given = {"clusterName": "own", "principalArn": role(aws, "ec2.amazonaws.com")}
    if mode == "CONFIG_MAP":
        with pytest.raises(RefusedError, match="authenticationMode is CONFIG_MAP"):
            aws.create(ENTRY, "e", **given)
    else:
        assert aws.create(ENTRY, "e", **given)


# ---- launch templates ----


def efa(card: int, device: int, kind: str = "efa-only") -> dict[str, Any]:
    return {"networkCardIndex": card, "deviceIndex": device, "interfaceType": kind}


FIRST: dict[str, Any] = {"deviceIndex": 0}


@pytest.mark.parametrize(
    ("interfaces", "paths"),
    [
        ([FIRST], []),
        ([FIRST, efa(0, 1), efa(1, 0), efa(2, 0)], []),
        ([efa(0, 0, "efa"), efa(1, 1, "efa")], []),
        ([efa(0, 0)], ["networkInterfaces[0].interfaceType"]),
        ([FIRST, efa(0, 0, "interface")], ["networkInterfaces[1].deviceIndex"]),
        ([FIRST, efa(1, 0), efa(1, 1)], ["networkInterfaces[2].interfaceType"]),
        (
            [{**FIRST, "associatePublicIpAddress": "true"}, efa(1, 0)],
            ["networkInterfaces[0].associatePublicIpAddress"],
        ),
        ([{**FIRST, "associatePublicIpAddress": "true"}], []),
        ([{**FIRST, "associatePublicIpAddress": "false"}, efa(1, 0)], []),
    ],
)
def test_network_cards(aws: Stack, interfaces: list[dict[str, Any]], paths: list[str]) -> None:
    found = aws.problems(TEMPLATE, {"networkInterfaces": interfaces})
    assert [problem.path for problem in found] == paths


BLOCK = {"marketType": "capacity-block"}
TARGET = {"capacityReservationTarget": {"capacityReservationId": "cr-0a1b2c3d4e5f60718"}}


@pytest.mark.parametrize(
    ("inputs", "path"),
    [
        ({"capacityReservationSpecification": TARGET, "instanceMarketOptions": BLOCK}, ""),
        ({"instanceMarketOptions": BLOCK}, "capacityReservationTarget.capacityReservationId"),
        (
            {
                "capacityReservationSpecification": {
                    **TARGET,
                    "capacityReservationPreference": "open",
                }
            },
            "capacityReservationSpecification.capacityReservationPreference",
        ),
        (
            {
                "capacityReservationSpecification": {
                    **TARGET,
                    "capacityReservationPreference": "capacity-reservations-only",
                }
            },
            "",
        ),
    ],
)
def test_reservations(aws: Stack, inputs: dict[str, Any], path: str) -> None:
    found = aws.problems(TEMPLATE, inputs)
    assert bool(found) == bool(path)
    assert all(problem.path.endswith(path) for problem in found)


def nodes(aws: Stack, template: dict[str, Any] | None, **group: object) -> Made:
    made = aws.create(ROLE, "nodes", assumeRolePolicy=trust("ec2.amazonaws.com"))
    policy = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
    aws.create(ATTACHMENT, "w", role=made.outputs["name"], policyArn=policy)
    launch: dict[str, Any] = {}
    if template is not None:
        made_template = aws.create(TEMPLATE, "t", **template)
        launch = {"launchTemplate": {"id": made_template.id, "version": "1"}}
    return aws.create(
        NODE_GROUP,
        "n",
        clusterName="serving-dev",
        nodeRoleArn=made.outputs["arn"],
        subnetIds=SUBNETS[:1],
        scalingConfig={"minSize": 0, "maxSize": 1, "desiredSize": 0},
        **launch,
        **group,
    )


WHOLE: dict[str, Any] = {
    "instanceType": "p5.48xlarge",
    "instanceMarketOptions": BLOCK,
    "capacityReservationSpecification": TARGET,
}
BLOCKED = {"capacityType": "CAPACITY_BLOCK"}


@pytest.mark.parametrize(
    ("template", "group", "refused"),
    [
        ({}, {}, ""),
        ({}, {"diskSize": 50}, "not beside a launch template"),
        (None, {"diskSize": 50}, ""),
        ({"instanceType": "g6.xlarge"}, {}, ""),
        ({"instanceType": "g6.xlarge"}, {"instanceTypes": ["g6.xlarge"]}, "in one of them"),
        ({"iamInstanceProfile": {"name": "p"}}, {}, "EKS uses nodeRoleArn"),
        ({"networkInterfaces": [{"subnetId": SUBNETS[0]}]}, {}, "EKS uses subnetIds"),
        ({"instanceMarketOptions": {"marketType": "spot"}}, {}, 'use capacityType "SPOT"'),
        (WHOLE, BLOCKED, ""),
        (WHOLE, {}, 'use "CAPACITY_BLOCK"'),
        (None, BLOCKED, "named in a launch template"),
        ({"instanceType": "p5.48xlarge"}, BLOCKED, "marketType of the template is missing"),
        ({**WHOLE, "instanceType": None}, BLOCKED, "names no instanceType"),
    ],
)
def test_templates_of_node_groups(
    aws: Stack, template: dict[str, Any] | None, group: dict[str, Any], refused: str
) -> None:
    given = template and {key: value for key, value in template.items() if value is not None}
    if not refused:
        assert nodes(aws, given, **group).outputs["status"] == "ACTIVE"
        return
    with pytest.raises(RefusedError, match=refused):
        nodes(aws, given, **group)


def test_a_placement_group_has_an_id_of_its_own(aws: Stack) -> None:
    made = aws.create("aws:ec2/placementGroup:PlacementGroup", "near", strategy="cluster")
    assert made.id == made.outputs["name"]
    number = made.outputs["placementGroupId"]
    assert number.startswith("pg-")
    assert made.outputs["arn"].endswith(f":placement-group/{made.id}")
    assert aws.update(made, tags={"a": "b"}).outputs["placementGroupId"] == number
