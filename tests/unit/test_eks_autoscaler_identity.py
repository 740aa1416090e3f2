import json
import re
from typing import Any

import pulumi
import pytest

from components.aws.eks_autoscaler_identity import EksAutoscalerIdentity
from components.kubernetes.cluster_add_ons import ClusterAddOns
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {"autoscaler": "cluster_autoscaler", "cluster_name": "serving-dev"}
FULL: dict[str, Any] = {
    "environment": "dev",
    "autoscaler": "karpenter",
    "cluster_name": "serving-dev",
    "node_role_arns": ["arn:aws:iam::123456789012:role/l4"],
    "disk_key_arns": ["arn:aws:kms:eu-west-1:123456789012:key/1"],
    "tags": {"owner": "team-platform"},
}


def statements(args: dict[str, Any]) -> dict[str, dict[str, Any]]:
    policy = record(EksAutoscalerIdentity, "scaler", args).inputs["scaler-policy"]["policy"]
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    assert len(policy.replace(" ", "")) < 10_240
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


def test_the_autoscaler_scales_the_groups_of_its_cluster() -> None:
    scale = statements(MINIMAL)["ScaleGroupsOfTheCluster"]
    tag = "aws:ResourceTag/k8s.io/cluster-autoscaler/serving-dev"
    assert scale["Condition"] == {"StringEquals": {tag: "owned"}}
    assert scale["Action"] == [
        "autoscaling:SetDesiredCapacity",
        "autoscaling:TerminateInstanceInAutoScalingGroup",
    ]
    (groups,) = statements(MINIMAL)["ReadNodeGroups"]["Resource"]
    assert groups == "arn:aws:eks:eu-west-1:123456789012:nodegroup/serving-dev/*/*"


@pytest.mark.parametrize("args", [MINIMAL, FULL])
def test_what_changes_anything_has_a_condition_or_a_name(args: dict[str, Any]) -> None:
    for sid, each in statements(args).items():
        assert not [action for action in each["Action"] if "*" in action], sid
        verbs = {action.partition(":")[2] for action in each["Action"]}
        reads = all(re.match("Describe|Get|List", verb) for verb in verbs)
        assert reads or each["Resource"] != ["*"], sid


def test_karpenter_launches_and_ends_what_is_the_clusters() -> None:
    found = statements(FULL)
    for sid, side in (("EndOwnMachines", "Resource"), ("LaunchAsTheClusters", "Request")):
        wanted = {f"aws:{side}Tag/kubernetes.io/cluster/serving-dev": "owned"}
        assert wanted.items() <= found[sid]["Condition"]["StringEquals"].items()
    assert found["PassNodeRoles"]["Resource"] == FULL["node_role_arns"]
    assert found["EncryptDisks"]["Resource"] == FULL["disk_key_arns"]
    assert found["GrantDisks"]["Condition"] == {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    without = {key: value for key, value in FULL.items() if key != "disk_key_arns"}
    assert "EncryptDisks" not in statements(without)


def test_the_service_account_of_the_charts() -> None:
    charts = {
        "cluster": "eks",
        "cluster_name": "serving-dev",
        "region": "eu-west-1",
        "cluster_autoscaler": True,
        "karpenter": True,
    }
    accounts = set(record(ClusterAddOns, "it", charts).outputs["service_accounts"].values())
    made = [
        record(EksAutoscalerIdentity, "scaler", args).inputs["scaler-association"]
        for args in (MINIMAL, FULL)
    ]
    assert {f"{each['namespace']}/{each['serviceAccount']}" for each in made} == accounts


def test_the_role_is_for_pods_of_that_account() -> None:
    role = record(EksAutoscalerIdentity, "scaler", MINIMAL).inputs["scaler-role"]
    (statement,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "pods.eks.amazonaws.com"}
    tags = statement["Condition"]["StringEquals"]
    assert tags["aws:RequestTag/kubernetes-service-account"] == "cluster-autoscaler"


def test_machines_that_go_are_told() -> None:
    recorded = record(EksAutoscalerIdentity, "scaler", FULL)
    assert recorded.outputs["queue_name"] == "scaler-queue"
    rules = [name for name, kind in recorded.types.items() if kind.endswith("EventRule")]
    assert len(rules) == 5
    policy = json.loads(recorded.inputs["scaler-queue-policy"]["policy"])
    send, refused = policy["Statement"]
    assert len(send["Condition"]["ArnEquals"]["aws:SourceArn"]) == len(rules)
    assert refused["Effect"] == "Deny"
    assert "HearOfInterruptions" in statements(FULL)
    for args in (MINIMAL, FULL | {"interruptions": False}):
        quiet = record(EksAutoscalerIdentity, "scaler", args)
        assert quiet.outputs["queue_name"] == ""
        assert "scaler-queue" not in quiet.types


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"autoscaler": None}, "autoscaler: got None; use one of cluster_autoscaler, karpenter"),
    ({"autoscaler": "keda"}, "autoscaler: got 'keda'; use one of cluster_autoscaler, karpenter"),
    ({"cluster_name": None}, "cluster_name: got None"),
    ({"autoscaler": "karpenter"}, "node_role_arns: got None; use the roles of the nodes"),
    (
        {"autoscaler": "karpenter", "node_role_arns": ["l4"]},
        "node_role_arns: got 'l4'; use ARNs of roles",
    ),
    ({"interruptions": True}, "interruptions: got True; use it with karpenter"),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED)
def test_refusals(change: dict[str, Any], expected: str) -> None:
    args = {key: value for key, value in {**MINIMAL, **change}.items() if value is not None}
    with pytest.raises(pulumi.RunError, match=re.escape(expected)):
        record(EksAutoscalerIdentity, "scaler", args)
