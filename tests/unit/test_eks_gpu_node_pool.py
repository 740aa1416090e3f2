from typing import Any

import pulumi
import pytest

from components.aws.eks_gpu_node_pool import EksGpuNodePool, refuse_bounds
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "cluster_name": "serving-dev",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "accelerator": "nvidia-l4",
    "instance_types": ["g6.2xlarge", "g6.xlarge"],
    "min_nodes": 1,
    "max_nodes": 5,
    "desired_nodes": 2,
    "disk_gib": 300,
    "capacity": "spot",
    "labels": {"team": "a"},
    "taints": ["nvidia.com/gpu=present:NoSchedule", "team=a:NoExecute"],
    "kubernetes_version": "1.34",
    "tags": {"owner": "team-platform", "extra": "x"},
}
TAGS = {
    "model-serving:owner": "team-platform",
    "model-serving:environment": "dev",
    "extra": "x",
}


def _minimal() -> dict[str, Any]:
    needed = ("cluster_name", "subnet_ids", "accelerator")
    return {key: MINIMAL[key] for key in needed}


def _group(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["l4-nodes"]


def test_every_argument() -> None:
    recorded = record(EksGpuNodePool, "l4", MINIMAL)
    group = _group(recorded)
    assert group["clusterName"] == "serving-dev"
    assert group["subnetIds"] == ["subnet-1", "subnet-2"]
    assert group["instanceTypes"] == ["g6.2xlarge", "g6.xlarge"]
    assert group["scalingConfig"] == {"minSize": 1, "maxSize": 5, "desiredSize": 2}
    assert group["capacityType"] == "SPOT"
    assert group["version"] == "1.34"
    assert group["tags"] == TAGS
    assert group["labels"] == {
        "team": "a",
        "model-serving/node-pool": "l4",
        "nvidia.com/gpu.product": "NVIDIA-L4",
    }
    assert group["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NO_SCHEDULE"},
        {"key": "team", "value": "a", "effect": "NO_EXECUTE"},
    ]
    template = recorded.inputs["l4-template"]
    assert template["blockDeviceMappings"][0]["ebs"]["volumeSize"] == 300
    assert template["tags"] == TAGS
    assert recorded.outputs["taints"] == [
        "nvidia.com/gpu=present:NoSchedule",
        "team=a:NoExecute",
    ]


def test_defaults_are_small_private_and_encrypted() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal())
    group = _group(recorded)
    assert group["scalingConfig"] == {"minSize": 0, "maxSize": 1, "desiredSize": 0}
    assert group["instanceTypes"] == ["g6.xlarge"]
    assert group["capacityType"] == "ON_DEMAND"
    assert group["amiType"] == "AL2023_x86_64_NVIDIA"
    assert group["nodeRepairConfig"] == {"enabled": True}
    assert group["forceUpdateVersion"] is False
    assert "version" not in group
    template = recorded.inputs["l4-template"]
    assert template["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    (disk,) = template["blockDeviceMappings"]
    assert disk["ebs"]["encrypted"] == "true"
    (interface,) = template["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["sg-cluster"]


def test_the_node_role_has_the_three_policies_of_a_node() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal())
    attached = recorded.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {each["policyArn"].rpartition("/")[2] for each in attached.values()} == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKS_CNI_Policy",
    }
    assert not recorded.of("aws:iam/rolePolicy:RolePolicy")


def test_the_autoscaler_knows_what_an_absent_node_looks_like() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"accelerator": "nvidia-a100"})
    tags = recorded.of("aws:autoscaling/tag:Tag")
    assert {each["tag"]["key"]: each["tag"]["value"] for each in tags.values()} == {
        "k8s.io/cluster-autoscaler/node-template/resources/nvidia.com/gpu": "8",
        "k8s.io/cluster-autoscaler/node-template/label/model-serving/node-pool": "l4",
        "k8s.io/cluster-autoscaler/node-template/label/nvidia.com/gpu.product": (
            "NVIDIA-A100-SXM4-40GB"
        ),
        "k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu": "present:NoSchedule",
    }
    assert {each["autoscalingGroupName"] for each in tags.values()} == {"asg"}


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accelerator": "nvidia-l5"}, "accelerator: got 'nvidia-l5'; use one of"),
        ({"accelerator": None}, "accelerator: got None; use one of"),
        ({"instance_types": ["g6.xlarge", "g6.12xlarge"]}, "use types with as many GPUs as each"),
        ({"instance_types": ["g5.xlarge"]}, "use types that carry nvidia-l4: g6.xlarge"),
        ({"min_nodes": 6}, "max_nodes: got 5; use at least min_nodes (6)"),
        ({"max_nodes": 0}, "max_nodes: got 0; use a whole number from 1 to 450"),
        ({"desired_nodes": 6}, "desired_nodes: got 6; use a whole number from 1 to 5"),
        ({"disk_gib": 10}, "disk_gib: got 10"),
        ({"capacity": "reserved"}, "capacity: got 'reserved'; use one of on_demand, spot"),
        ({"taints": ["x"]}, "taints: got 'x'; use key=value:Effect"),
        ({"subnet_ids": []}, "subnet_ids: got []; use at least one private subnet"),
        ({"kubernetes_version": "34"}, "kubernetes_version: got '34'"),
        ({"labels": {"a": 1}}, "labels: got"),
        ({"cluster_name": ""}, "cluster_name: got ''"),
        ({"max_node": 1}, "max_node: no such argument; did you mean max_nodes?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(EksGpuNodePool, "l4", MINIMAL | change)
    assert problem in str(caught.value)


def test_the_name_leaves_room_for_what_pulumi_adds() -> None:
    """64 characters of a role, 63 of a node group, less `-nodes` or `-role` and a suffix."""
    record(EksGpuNodePool, "p" * 40, _minimal())
    with pytest.raises(pulumi.RunError, match="name: got 'ppp"):
        record(EksGpuNodePool, "p" * 41, _minimal())


def _bounds(nodes: int, low: int, high: int) -> None:
    """Run the guard as the engine would: what is ignored in the new inputs is the old value."""
    old = {"scalingConfig": {"minSize": 0, "desiredSize": nodes, "maxSize": 4}}
    new = {"scalingConfig": {"minSize": low, "desiredSize": nodes, "maxSize": high}}
    refuse_bounds("l4", pulumi.ResourceHookArgs("urn", "id", "l4", "type", new, old))


def test_bounds_hold_the_machines_that_are_there() -> None:
    _bounds(2, 2, 2)
    _bounds(0, 0, 9)
    for nodes, low, high in ((1, 2, 4), (3, 0, 2)):
        expected = f"min_nodes {low} and max_nodes {high} leave out the {nodes} machines"
        with pytest.raises(pulumi.RunError, match=expected) as caught:
            _bounds(nodes, low, high)
        assert "`up --refresh`" in str(caught.value)
