import base64
import json
import tomllib
from typing import Any

import pulumi
import pytest

from components.aws.eks_gpu_node_pool import EksGpuNodePool
from components.aws.eks_nodes import subnets_in
from components.aws.node_group_bounds import refuse_bounds
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
        "model-serving/pool-group": "l4",
        "nvidia.com/gpu.product": "NVIDIA-L4",
        "k8s.amazonaws.com/accelerator": "nvidia-l4",
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
    assert group["updateConfig"] == {"maxUnavailable": 1}
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


def _template(recorded: Recorded) -> dict[str, str]:
    """What the autoscaler is told of a node that is not there."""
    tags = recorded.of("aws:autoscaling/tag:Tag")
    assert {each["autoscalingGroupName"] for each in tags.values()} == {"asg"}
    start = "k8s.io/cluster-autoscaler/node-template/"
    return {each["tag"]["key"].removeprefix(start): each["tag"]["value"] for each in tags.values()}


def test_the_autoscaler_knows_what_an_absent_node_looks_like() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"accelerator": "nvidia-a100"})
    assert _template(recorded) == {
        "resources/nvidia.com/gpu": "8",
        "resources/ephemeral-storage": "100Gi",
        "label/model-serving/node-pool": "l4",
        "label/model-serving/pool-group": "l4",
        "label/nvidia.com/gpu.product": "NVIDIA-A100-SXM4-40GB",
        "label/k8s.amazonaws.com/accelerator": "nvidia-a100",
        "taint/nvidia.com/gpu": "present:NoSchedule",
    }


def _resources(change: dict[str, Any]) -> dict[str, str]:
    told = _template(record(EksGpuNodePool, "l4", _minimal() | change))
    return {
        key.removeprefix("resources/"): value
        for key, value in told.items()
        if key.startswith("resources/")
    }


@pytest.mark.parametrize(
    ("change", "resources"),
    [
        (
            {"accelerator": "nvidia-a100", "mig_profile": "1g.5gb"},
            {"nvidia.com/mig-1g.5gb": "56", "nvidia.com/gpu": "0"},
        ),
        ({"time_slices": 4}, {"nvidia.com/gpu.shared": "4", "nvidia.com/gpu": "0"}),
        (
            {"accelerator": "nvidia-a100", "interconnect": "efa"},
            {"nvidia.com/gpu": "8", "vpc.amazonaws.com/efa": "4"},
        ),
        ({"local_ssd": True}, {"nvidia.com/gpu": "1", "ephemeral-storage": "232Gi"}),
    ],
)
def test_it_knows_resources_by_the_name_that_pods_use(
    change: dict[str, Any], resources: dict[str, str]
) -> None:
    assert _resources(change) == {"ephemeral-storage": "100Gi"} | resources


@pytest.mark.parametrize(
    ("change", "resource", "label"),
    [
        ({}, "nvidia.com/gpu", ("nvidia.com/gpu.product", "NVIDIA-L4")),
        (
            {"time_slices": 4},
            "nvidia.com/gpu.shared",
            ("nvidia.com/device-plugin.config", "time-slices-4"),
        ),
        (
            {"accelerator": "nvidia-a100", "mig_profile": "3g.20gb"},
            "nvidia.com/mig-3g.20gb",
            ("nvidia.com/mig.config", "all-3g.20gb"),
        ),
    ],
)
def test_what_pods_ask_for_is_an_output(
    change: dict[str, Any], resource: str, label: tuple[str, str]
) -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"pool_group": "small"} | change)
    outputs = recorded.outputs
    assert outputs["pool_name"] == outputs["node_group_name"] == "group"
    assert outputs["gpu_resource"] == resource
    assert outputs["node_selector"]["model-serving/pool-group"] == "small"
    assert label in outputs["labels"].items()
    assert outputs["offer"]["gpu_resource"] == resource
    assert outputs["offer"]["labels"] == outputs["labels"] == _group(recorded)["labels"]


def _launched(change: dict[str, Any]) -> dict[str, Any]:
    return record(EksGpuNodePool, "l4", _minimal() | change).inputs["l4-template"]


def _user_data(change: dict[str, Any]) -> str:
    return base64.b64decode(_launched(change)["userData"]).decode()


@pytest.mark.parametrize(
    ("change", "spec"),
    [
        ({"local_ssd": True}, {"instance": {"localStorage": {"strategy": "RAID0"}}}),
        ({"image_streaming": True}, {"featureGates": {"FastImagePull": True}}),
        (
            {"local_ssd": True, "image_streaming": True},
            {
                "instance": {"localStorage": {"strategy": "RAID0"}},
                "featureGates": {"FastImagePull": True},
            },
        ),
    ],
)
def test_a_node_is_configured_when_it_starts(change: dict[str, Any], spec: dict[str, Any]) -> None:
    text = _user_data(change)
    assert text.startswith("MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=")
    part = text.partition("Content-Type: application/node.eks.aws\n\n")[2].partition("--NODE")[0]
    assert json.loads(part) == {
        "apiVersion": "node.eks.aws/v1alpha1",
        "kind": "NodeConfig",
        "spec": spec,
    }


def test_pulling_in_parallel_needs_a_fast_disk() -> None:
    (disk,) = _launched({"image_streaming": True})["blockDeviceMappings"]
    assert (disk["ebs"]["iops"], disk["ebs"]["throughput"]) == (16_000, 1_000)
    (own,) = _launched({"image_streaming": True, "local_ssd": True})["blockDeviceMappings"]
    assert "throughput" not in own["ebs"]
    assert "userData" not in _launched({})


def test_bottlerocket_has_a_disk_for_images() -> None:
    key = "arn:aws:kms:eu-west-1:123456789012:key/1"
    recorded = record(
        EksGpuNodePool,
        "l4",
        _minimal() | {"os": "bottlerocket", "disk_key": key, "disk_gib": 200, "local_ssd": True},
    )
    assert _group(recorded)["amiType"] == "BOTTLEROCKET_x86_64_NVIDIA"
    template = recorded.inputs["l4-template"]
    system, data = template["blockDeviceMappings"]
    assert (system["deviceName"], data["deviceName"]) == ("/dev/xvda", "/dev/xvdb")
    assert (system["ebs"]["volumeSize"], data["ebs"]["volumeSize"]) == (4, 200)
    for disk in (system, data):
        assert (disk["ebs"]["encrypted"], disk["ebs"]["kmsKeyId"]) == ("true", key)
    text = base64.b64decode(template["userData"]).decode()
    settings = tomllib.loads(text)["settings"]["bootstrap-commands"]["local-ssd"]
    assert settings["commands"][0] == ["apiclient", "ephemeral-storage", "init"]


def test_arm_has_an_image_of_its_own() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"accelerator": "nvidia-t4g"})
    assert _group(recorded)["amiType"] == "AL2023_ARM_64_NVIDIA"
    assert _group(recorded)["instanceTypes"] == ["g5g.xlarge"]


@pytest.mark.parametrize(
    ("accelerator", "instance_type", "cards"),
    [
        ("nvidia-a100", "p4d.24xlarge", [(0, 1), (1, 0), (2, 0), (3, 0)]),
        ("nvidia-l4", "g6.8xlarge", [(0, 1)]),
        # Its first card has no EFA.
        ("nvidia-b300", "p6-b300.48xlarge", [(card, 0) for card in range(1, 17)]),
    ],
)
def test_efa_has_an_interface_on_each_card(
    accelerator: str, instance_type: str, cards: list[tuple[int, int]]
) -> None:
    asked = {"accelerator": accelerator, "instance_types": [instance_type], "interconnect": "efa"}
    if accelerator == "nvidia-b300":
        asked |= {"capacity": "on_demand"}
    recorded = record(EksGpuNodePool, "l4", _minimal() | asked)
    first, *others = recorded.inputs["l4-template"]["networkInterfaces"]
    assert first["securityGroups"] == ["sg-cluster"]
    assert "interfaceType" not in first
    assert {each["interfaceType"] for each in others} == {"efa-only"}
    assert [(each["networkCardIndex"], each["deviceIndex"]) for each in others] == cards
    assert all(each["securityGroups"] == ["l4-efa-id"] for each in others)
    # Only themselves, by anything.
    assert recorded.inputs["l4-efa"]["vpcId"] == "vpc-cluster"
    for rule in ("l4-efa-from-itself", "l4-efa-to-itself"):
        given = recorded.inputs[rule]
        assert given["securityGroupId"] == given["referencedSecurityGroupId"] == "l4-efa-id"
        assert given["ipProtocol"] == "-1"
    # Not asked for.
    assert not recorded.of("aws:ec2/placementGroup:PlacementGroup")


def test_compact_nodes_are_in_a_placement_group() -> None:
    asked = {"placement": "compact", "zones": ["eu-west-1a"]}
    recorded = record(EksGpuNodePool, "l4", _minimal() | asked)
    assert recorded.inputs["l4-placement"]["strategy"] == "cluster"
    assert recorded.inputs["l4-template"]["placement"] == {"groupName": "l4-placement"}
    assert _group(recorded)["subnetIds"] == ["subnet-1"]


GROUP = "arn:aws:resource-groups:eu-west-1:123456789012:group/gpus"


@pytest.mark.parametrize(
    ("reservation", "target"),
    [
        ("cr-0a1b2c3d", {"capacityReservationId": "cr-0a1b2c3d"}),
        (GROUP, {"capacityReservationResourceGroupArn": GROUP}),
    ],
)
def test_reserved_nodes_are_on_demand_in_a_reservation(
    reservation: str, target: dict[str, str]
) -> None:
    asked = {"capacity": "reserved", "reservation": reservation}
    recorded = record(EksGpuNodePool, "l4", _minimal() | asked)
    assert _group(recorded)["capacityType"] == "ON_DEMAND"
    # There is no machine more for an update.
    assert _group(recorded)["updateConfig"] == {"maxUnavailable": 1, "updateStrategy": "MINIMAL"}
    template = recorded.inputs["l4-template"]
    specification = template["capacityReservationSpecification"]
    assert specification == {"capacityReservationTarget": target}
    assert "instanceMarketOptions" not in template


def test_a_capacity_block_is_of_one_type_in_one_zone() -> None:
    asked = {
        "accelerator": "nvidia-h100",
        "instance_types": ["p5.48xlarge"],
        "capacity": "capacity_block",
        "reservation": "cr-0a1b2c3d",
        "zones": ["eu-west-1b"],
    }
    recorded = record(EksGpuNodePool, "l4", _minimal() | asked)
    group, template = _group(recorded), recorded.inputs["l4-template"]
    assert group["capacityType"] == "CAPACITY_BLOCK"
    assert "instanceTypes" not in group
    assert group["subnetIds"] == ["subnet-2"]
    assert template["instanceType"] == "p5.48xlarge"
    assert template["instanceMarketOptions"] == {"marketType": "capacity-block"}


SSM = "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"


def test_a_pinned_image_and_further_rights() -> None:
    asked = {
        "image_version": "1.34.1-20260105",
        "security_group_ids": ["sg-files"],
        "node_policies": [SSM],
    }
    recorded = record(EksGpuNodePool, "l4", _minimal() | asked)
    assert _group(recorded)["releaseVersion"] == "1.34.1-20260105"
    (interface,) = recorded.inputs["l4-template"]["networkInterfaces"]
    assert interface["securityGroups"] == ["sg-cluster", "sg-files"]
    policy = recorded.inputs["l4-node-policy-AmazonSSMManagedInstanceCore"]
    assert (policy["role"], policy["policyArn"]) == ("l4-role", SSM)


def test_an_upgrade_without_a_machine_more() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"upgrade": "drain_first"})
    assert _group(recorded)["updateConfig"]["updateStrategy"] == "MINIMAL"


def test_nodes_that_nobody_repairs() -> None:
    recorded = record(EksGpuNodePool, "l4", _minimal() | {"node_repair": False})
    assert _group(recorded)["nodeRepairConfig"] == {"enabled": False}


def test_a_zone_without_a_subnet() -> None:
    known = [("subnet-1", "eu-west-1a"), ("subnet-2", "eu-west-1b")]
    assert subnets_in(["eu-west-1b"], known) == ["subnet-2"]
    with pytest.raises(pulumi.RunError, match=r"zones: got 'eu-west-1c'; use zones that have a"):
        subnets_in(["eu-west-1a", "eu-west-1c"], known)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"accelerator": "nvidia-l5"}, "accelerator: got 'nvidia-l5'; use one of"),
        ({"accelerator": None}, "accelerator: got None; use one of"),
        ({"instance_types": ["g6.xlarge", "g6.12xlarge"]}, "use types with as many GPUs as each"),
        ({"instance_types": ["g5.xlarge"]}, "use types that carry nvidia-l4: g6.xlarge"),
        ({"min_nodes": 6}, "min_nodes: got 6; use at most max_nodes (5)"),
        ({"max_nodes": 0}, "max_nodes: got 0; use a whole number from 1 to 450"),
        ({"desired_nodes": 6}, "desired_nodes: got 6; use a whole number from 1 to 5, min_nodes"),
        ({"disk_gib": 10}, "disk_gib: got 10"),
        ({"capacity": "leased"}, "capacity: got 'leased'; use one of on_demand, spot, reserved"),
        ({"capacity": "reserved"}, "reservation: got None; use the id or name of the reservation"),
        ({"capacity": "capacity_block"}, "reservation: got None"),
        ({"reservation": "cr-1"}, "use it with capacity reserved or capacity_block, not spot"),
        (
            {"capacity": "reserved", "reservation": "mine", "instance_types": None},
            "reservation: got 'mine'; use its id, cr-…, or the ARN of a group",
        ),
        (
            {"capacity": "capacity_block", "reservation": GROUP, "instance_types": None},
            "group/gpus'; use its id, cr-…",
        ),
        (
            {"capacity": "reserved", "reservation": "cr-1"},
            "use the one type that is reserved",
        ),
        (
            {"capacity": "capacity_block", "reservation": "cr-1", "instance_types": None},
            "zones: got []; use the one zone of the capacity block",
        ),
        ({"accelerator_count": 3}, "accelerator_count: got 3; use as many as a machine has"),
        ({"mig_profile": "1g.5gb"}, "mig_profile: got '1g.5gb'; use none: nvidia-l4 is not cut"),
        ({"interconnect": "efa"}, "interconnect: got 'efa on g6.2xlarge'; use types that have it"),
        ({"interconnect": "infiniband"}, "interconnect: got 'infiniband'; use one of none, efa"),
        ({"placement": "compact"}, "placement: got 'compact'; use it with one zone in zones"),
        ({"driver": "operator"}, "driver: got 'operator'; use cloud: EKS's images have the driver"),
        ({"image_version": "latest"}, "image_version: got 'latest'; use a release, such as"),
        ({"node_policies": ["x"]}, "node_policies: got 'x'; use ARNs of IAM policies"),
        (
            {"node_policies": [SSM, SSM.replace("policy/", "policy/service-role/")]},
            "use ARNs of IAM policies of different names",
        ),
        ({"upgrade": "blue_green"}, "upgrade: got 'blue_green'; use one of drain_first, extra"),
        ({"os": "ubuntu"}, "os: got 'ubuntu'; use one of al2023, bottlerocket"),
        ({"os": "bottlerocket", "time_slices": 2}, "time_slices: got 'bottlerocket'"),
        ({"disk_key": "alias/mine"}, "disk_key: got 'alias/mine'; use the ARN of a KMS key"),
        (
            {"accelerator": "nvidia-v100", "instance_types": None, "local_ssd": True},
            "local_ssd: got 'p3.2xlarge'; use types with disks of their own",
        ),
        (
            {
                "accelerator": "nvidia-h200",
                "instance_types": ["p5e.48xlarge", "p5en.48xlarge"],
                "interconnect": "efa",
                "capacity": "on_demand",
            },
            "use types with as many EFA interfaces",
        ),
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
