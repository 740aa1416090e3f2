import json
from typing import Any

import pulumi
import pytest

from components.aws.karpenter_gpu_node_pool import KarpenterGpuNodePool
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "cluster_name": "serving-dev",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "accelerator": "nvidia-l4",
    # Guardrails ask for these.
    "environment": "dev",
    "tags": {"owner": "team-platform"},
}
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
# Held against Karpenter's own definitions, by tests/contract/test_manifests.py.
MANIFESTS: dict[str, dict[str, Any]] = {
    "BLOCK": MINIMAL
    | {
        "accelerator": "nvidia-h100",
        "instance_types": ["p5.4xlarge"],
        "capacity": "capacity_block",
        "reservation": "cr-0a1b2c3d",
        "zones": ["eu-west-1a"],
        "placement": "compact",
        "expire_after_hours": 0,
    },
    "BOTTLEROCKET": MINIMAL
    | {
        "os": "bottlerocket",
        "image_version": "1.49.0",
        "capacity": "spot",
        "local_ssd": True,
        "weight": 100,
        "consolidation": "when_underused",
        "consolidate_after_seconds": 0,
    },
    "WIDE": MINIMAL
    | {
        "image_version": "v20260105",
        "image_streaming": True,
        "disk_gib": 16_384,
        "disk_key": KEY,
        "max_nodes": 8,
        "labels": {"team": "a"},
        "taints": ["team=a:NoExecute"],
        "tags": {"owner": "team-platform", "extra": "x"},
    },
}


def _spec(recorded: Recorded, role: str) -> dict[str, Any]:
    return recorded.inputs[f"l4-{role}"]["spec"]


def _pool(change: dict[str, Any]) -> dict[str, Any]:
    return _spec(record(KarpenterGpuNodePool, "l4", MINIMAL | change), "pool")


def _class(change: dict[str, Any]) -> dict[str, Any]:
    return _spec(record(KarpenterGpuNodePool, "l4", MINIMAL | change), "class")


def _requirements(change: dict[str, Any]) -> dict[str, list[str]]:
    found = _pool(change)["template"]["spec"]["requirements"]
    assert {each["operator"] for each in found} == {"In"}
    return {each["key"]: each["values"] for each in found}


def test_defaults_are_small_private_encrypted_and_calm() -> None:
    recorded = record(KarpenterGpuNodePool, "l4", MINIMAL)
    pool = _spec(recorded, "pool")
    assert pool["limits"] == {"nodes": "1", "nvidia.com/gpu": "1"}
    assert pool["disruption"] == {
        "consolidationPolicy": "WhenEmpty",
        "consolidateAfter": "600s",
        "budgets": [{"nodes": "1"}],
    }
    assert "weight" not in pool
    template = pool["template"]
    assert template["metadata"]["labels"] == {
        "model-serving/node-pool": "l4",
        "model-serving/pool-group": "l4",
        "nvidia.com/gpu.product": "NVIDIA-L4",
    }
    assert template["spec"]["taints"] == [
        {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}
    ]
    assert template["spec"]["expireAfter"] == "720h"
    assert template["spec"]["nodeClassRef"] == {
        "group": "karpenter.k8s.aws",
        "kind": "EC2NodeClass",
        "name": "l4",
    }
    node_class = _spec(recorded, "class")
    assert node_class["amiSelectorTerms"] == [{"alias": "al2023@latest"}]
    assert node_class["instanceProfile"] == "l4-profile"
    assert node_class["subnetSelectorTerms"] == [{"id": "subnet-1"}, {"id": "subnet-2"}]
    assert node_class["securityGroupSelectorTerms"] == [{"id": "sg-cluster"}]
    assert node_class["associatePublicIPAddress"] is False
    assert node_class["metadataOptions"] == {
        "httpEndpoint": "enabled",
        "httpTokens": "required",
        "httpPutResponseHopLimit": 1,
    }
    (disk,) = node_class["blockDeviceMappings"]
    assert disk == {
        "deviceName": "/dev/xvda",
        "ebs": {
            "encrypted": True,
            "deleteOnTermination": True,
            "volumeType": "gp3",
            "volumeSize": "100Gi",
        },
    }
    assert "userData" not in node_class
    assert not {"networkInterfaces", "placementGroupSelector"} & set(node_class)


def test_machines_join_by_a_role_of_least_rights() -> None:
    recorded = record(KarpenterGpuNodePool, "l4", MINIMAL)
    assert recorded.inputs["l4-entry"]["type"] == "EC2_LINUX"
    assert recorded.inputs["l4-entry"]["principalArn"].endswith(":l4-role")
    assert recorded.inputs["l4-profile"]["role"] == "l4-role"
    attached = recorded.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert {each["policyArn"].rpartition("/")[2] for each in attached.values()} == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
        "AmazonEKS_CNI_Policy",
    }


@pytest.mark.parametrize(
    ("change", "types"),
    [
        ({}, ["on-demand"]),
        ({"capacity": "spot"}, ["spot", "on-demand"]),
        ({"capacity": "spot", "capacity_fallbacks": []}, ["spot"]),
        ({"capacity": "reserved", "reservation": "cr-1"}, ["reserved"]),
        (
            {
                "capacity": "reserved",
                "reservation": "cr-1",
                "capacity_fallbacks": ["on_demand", "spot"],
            },
            ["reserved", "spot", "on-demand"],
        ),
    ],
)
def test_capacity_is_tried_in_karpenters_order(change: dict[str, Any], types: list[str]) -> None:
    assert _requirements(change)["karpenter.sh/capacity-type"] == types
    terms = [{"id": "cr-1"}] if "reservation" in change else None
    assert _class(change).get("capacityReservationSelectorTerms") == terms


def test_a_capacity_block_is_a_reservation_of_its_own_kind() -> None:
    required = _requirements({"capacity": "capacity_block", "reservation": "cr-1"})
    assert required["karpenter.sh/capacity-type"] == ["reserved"]
    assert required["karpenter.k8s.aws/capacity-reservation-type"] == ["capacity-block"]


def test_karpenter_finds_the_size() -> None:
    recorded = record(KarpenterGpuNodePool, "l4", MINIMAL)
    required = _requirements({})
    types = required["node.kubernetes.io/instance-type"]
    assert {"g6.xlarge", "g6.16xlarge", "gr6.8xlarge"} <= set(types)
    assert "g6.12xlarge" not in types
    # As much memory as the largest of them has.
    assert recorded.outputs["offer"]["memory_mib"] > 200 * 1024
    assert _requirements({"accelerator_count": 4})["node.kubernetes.io/instance-type"] == [
        "g6.12xlarge",
        "g6.24xlarge",
    ]
    asked = {"instance_types": ["g6.2xlarge", "g6.xlarge"], "zones": ["eu-west-1b"]}
    required = _requirements(asked)
    assert required["node.kubernetes.io/instance-type"] == ["g6.2xlarge", "g6.xlarge"]
    assert required["topology.kubernetes.io/zone"] == ["eu-west-1b"]
    assert required["kubernetes.io/arch"] == ["amd64"]
    arm = _requirements({"accelerator": "nvidia-t4g"})
    assert arm["kubernetes.io/arch"] == ["arm64"]


def test_every_argument_of_disruption() -> None:
    pool = _pool(
        {
            "max_nodes": 5,
            "weight": 50,
            "consolidation": "when_underused",
            "consolidate_after_seconds": 0,
            "expire_after_hours": 0,
            "accelerator_count": 4,
            "labels": {"team": "a"},
            "taints": ["team=a:NoExecute"],
        }
    )
    assert pool["limits"] == {"nodes": "5", "nvidia.com/gpu": "20"}
    assert pool["weight"] == 50
    assert pool["disruption"]["consolidationPolicy"] == "WhenEmptyOrUnderutilized"
    assert pool["disruption"]["consolidateAfter"] == "0s"
    assert pool["template"]["spec"]["expireAfter"] == "Never"
    assert pool["template"]["metadata"]["labels"]["team"] == "a"
    assert pool["template"]["spec"]["taints"] == [
        {"key": "team", "value": "a", "effect": "NoExecute"}
    ]


def test_own_disks_parallel_pulls_and_a_key() -> None:
    node_class = _class({"local_ssd": True, "image_streaming": True, "disk_key": KEY})
    assert node_class["instanceStorePolicy"] == "RAID0"
    assert json.loads(node_class["userData"].partition("eks.aws\n\n")[2].partition("--NODE")[0])[
        "spec"
    ] == {"featureGates": {"FastImagePull": True}}
    (disk,) = node_class["blockDeviceMappings"]
    assert disk["ebs"]["kmsKeyID"] == KEY
    assert "throughput" not in disk["ebs"]
    (disk,) = _class({"image_streaming": True})["blockDeviceMappings"]
    assert (disk["ebs"]["iops"], disk["ebs"]["throughput"]) == (16_000, 1_000)
    system, data = _class({"os": "bottlerocket"})["blockDeviceMappings"]
    assert (system["ebs"]["volumeSize"], data["ebs"]["volumeSize"]) == ("4Gi", "100Gi")
    pinned = _class({"os": "bottlerocket", "image_version": "1.49.0"})
    assert pinned["amiSelectorTerms"] == [{"alias": "bottlerocket@1.49.0"}]


def test_further_rights() -> None:
    policy = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"
    asked = {"security_group_ids": ["sg-files"], "node_policies": [policy]}
    recorded = record(KarpenterGpuNodePool, "l4", MINIMAL | asked)
    groups = _spec(recorded, "class")["securityGroupSelectorTerms"]
    assert groups == [{"id": "sg-cluster"}, {"id": "sg-files"}]
    attached = recorded.inputs["l4-node-policy-AmazonSSMManagedInstanceCore"]
    assert attached["policyArn"] == policy


def test_machines_that_work_as_one() -> None:
    recorded = record(
        KarpenterGpuNodePool,
        "l4",
        MINIMAL
        | {
            "accelerator": "nvidia-a100",
            "interconnect": "efa",
            "placement": "compact",
            "zones": ["eu-west-1a"],
        },
    )
    node_class = _spec(recorded, "class")
    assert node_class["securityGroupSelectorTerms"] == [{"id": "sg-cluster"}, {"id": "l4-efa-id"}]
    assert node_class["placementGroupSelector"] == {"name": "l4-placement"}
    assert [
        (each["networkCardIndex"], each["deviceIndex"], each["interfaceType"])
        for each in node_class["networkInterfaces"]
    ] == [
        (0, 0, "interface"),
        (0, 1, "efa-only"),
        (1, 0, "efa-only"),
        (2, 0, "efa-only"),
        (3, 0, "efa-only"),
    ]


def test_outputs() -> None:
    outputs = record(KarpenterGpuNodePool, "l4", MINIMAL | {"pool_group": "small"}).outputs
    assert outputs["pool_name"] == "l4"
    assert outputs["gpu_resource"] == "nvidia.com/gpu"
    assert outputs["taints"] == ["nvidia.com/gpu=present:NoSchedule"]
    assert outputs["node_selector"]["model-serving/pool-group"] == "small"
    assert outputs["offer"]["labels"] == outputs["labels"]


def test_tags_and_labels_of_the_vocabulary() -> None:
    recorded = record(KarpenterGpuNodePool, "l4", MINIMAL)
    assert _spec(recorded, "class")["tags"] == {
        "model-serving:owner": "team-platform",
        "model-serving:environment": "dev",
    }
    assert recorded.inputs["l4-pool"]["metadata"]["labels"] == {
        "model-serving/owner": "team-platform",
        "model-serving/environment": "dev",
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"cluster_name": ""}, "cluster_name: got ''"),
        ({"subnet_ids": []}, "subnet_ids: got []; use at least one private subnet"),
        ({"accelerator": "nvidia-l5"}, "accelerator: got 'nvidia-l5'"),
        ({"min_nodes": 1}, "min_nodes: got 1; use 0: nodes are made for pods"),
        ({"desired_nodes": 1}, "desired_nodes: got 1; use 0"),
        ({"capacity": "reserved"}, "reservation: got None"),
        (
            {"capacity": "reserved", "reservation": "mine"},
            "reservation: got 'mine'; use its id, cr-…",
        ),
        ({"capacity_fallbacks": ["spot"]}, "got 'spot'; use nothing: Karpenter tries nothing"),
        (
            {"capacity": "spot", "capacity_fallbacks": ["reserved"]},
            "capacity_fallbacks: got 'reserved'; use on_demand",
        ),
        (
            {
                "capacity": "capacity_block",
                "reservation": "cr-1",
                "capacity_fallbacks": ["on_demand"],
            },
            "use nothing: Karpenter tries nothing after capacity_block",
        ),
        ({"time_slices": 2}, "time_slices: got 2; use whole GPUs"),
        (
            {"accelerator": "nvidia-a100", "mig_profile": "1g.5gb"},
            "mig_profile: got '1g.5gb'; use whole GPUs",
        ),
        ({"node_repair": True}, "node_repair: got True; use it without"),
        ({"kubernetes_version": "1.34"}, "kubernetes_version: got '1.34'; use it without"),
        ({"image_version": "newest"}, "image_version: got 'newest'; use latest, or one such"),
        ({"node_policies": ["x"]}, "node_policies: got 'x'"),
        ({"weight": 101}, "weight: got 101"),
        ({"consolidation": "always"}, "consolidation: got 'always'; use one of when_empty"),
        ({"consolidate_after_seconds": -1}, "consolidate_after_seconds: got -1"),
        ({"expire_after_hours": 9000}, "expire_after_hours: got 9000"),
        ({"disk_key": "k"}, "disk_key: got 'k'"),
        ({"max_node": 1}, "max_node: no such argument; did you mean max_nodes?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(KarpenterGpuNodePool, "l4", MINIMAL | change)
    assert problem in str(caught.value)
