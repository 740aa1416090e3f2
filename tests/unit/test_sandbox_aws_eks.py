"""What EKS refuses: access entries, their policies, add-ons, clusters that are kept."""

from pathlib import Path

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_aws import ROLE, role
from tests.unit.sandbox_life import Made, Stack, trust

CLUSTER = "aws:eks/cluster:Cluster"
ENTRY = "aws:eks/accessEntry:AccessEntry"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADDON = "aws:eks/addon:Addon"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
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
