import json
import tomllib
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.aws.eks_cluster import EksCluster
from tests.unit.component_mocks import ACCOUNT, Recorded, record

MINIMAL: dict[str, Any] = {"subnet_ids": ["subnet-1", "subnet-2"]}
ADMIN = f"arn:aws:iam::{ACCOUNT}:role/team-platform"
WIDE: dict[str, Any] = MINIMAL | {
    "environment": "dev",
    "kubernetes_version": "1.33",
    "administrators": [ADMIN, f"arn:aws:iam::{ACCOUNT}:user/ops/ann"],
    "viewers": [f"arn:aws:iam::{ACCOUNT}:role/team-models"],
    "addon_settings": {
        "vpc-cni": '{"env": {"ENABLE_PREFIX_DELEGATION": "true"}}',
        "coredns": '{"replicaCount": 3}',
    },
    "system_instance_type": "m7g.xlarge",
    "system_nodes": 3,
    "log_retention_days": 90,
    "key": f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1",
    "authorized_networks": ["203.0.113.0/24", "10.8.0.0/16"],
    "service_cidr": "172.20.0.0/16",
    "support": "extended",
    "ebs_csi": True,
    "addon_versions": {"coredns": "v1.12.1-eksbuild.2"},
    "deletion_protection": False,
    "tags": {"owner": "team-platform", "extra": "x"},
}
TAGS = {
    "model-serving:owner": "team-platform",
    "model-serving:environment": "dev",
    "extra": "x",
}


def _made(recorded: Recorded, role: str) -> dict[str, Any]:
    return recorded.inputs[f"gpu-{role}"]


def test_defaults_are_private_encrypted_and_logged() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL)
    cluster = _made(recorded, "cluster")
    assert cluster["name"] == "gpu"
    assert cluster["version"] == "1.34"
    assert cluster["vpcConfig"] == {
        "subnetIds": ["subnet-1", "subnet-2"],
        "endpointPrivateAccess": True,
        "endpointPublicAccess": False,
    }
    assert cluster["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    key = recorded.outputs["key_arn"]
    assert cluster["encryptionConfig"] == {"provider": {"keyArn": key}, "resources": ["secrets"]}
    assert sorted(cluster["enabledClusterLogTypes"]) == [
        "api",
        "audit",
        "authenticator",
        "controllerManager",
        "scheduler",
    ]
    assert cluster["upgradePolicy"] == {"supportType": "STANDARD"}
    assert cluster["deletionProtection"] is True
    assert cluster["bootstrapSelfManagedAddons"] is False
    assert "kubernetesNetworkConfig" not in cluster
    assert _made(recorded, "logs") == {
        "name": "/aws/eks/gpu/cluster",
        "retentionInDays": 365,
        "kmsKeyId": key,
        "tags": {},
    }
    assert not recorded.of("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert not recorded.of("aws:eks/accessEntry:AccessEntry")


def test_its_own_key_rotates_and_lets_only_its_logs_in() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL)
    key = _made(recorded, "key")
    assert key["enableKeyRotation"] is True
    account, logs = json.loads(key["policy"])["Statement"]
    assert account["Principal"] == {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
    assert logs["Principal"] == {"Service": "logs.eu-west-1.amazonaws.com"}
    group = f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:/aws/eks/gpu/cluster"
    assert logs["Condition"] == {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": group}}


def test_roles_have_what_they_need_and_no_more() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL | {"ebs_csi": True})
    attached = {
        (each["role"], each["policyArn"])
        for each in recorded.of("aws:iam/rolePolicyAttachment:RolePolicyAttachment").values()
    }
    managed = "arn:aws:iam::aws:policy"
    assert attached == {
        ("gpu-role", f"{managed}/AmazonEKSClusterPolicy"),
        ("gpu-system-role", f"{managed}/AmazonEKSWorkerNodePolicy"),
        ("gpu-system-role", f"{managed}/AmazonEC2ContainerRegistryPullOnly"),
        ("gpu-vpc-cni-role", f"{managed}/AmazonEKS_CNI_Policy"),
        ("gpu-aws-ebs-csi-driver-role", f"{managed}/service-role/AmazonEBSCSIDriverPolicy"),
    }
    (statement,) = json.loads(_made(recorded, "key-policy")["policy"])["Statement"]
    assert statement["Resource"] == [recorded.outputs["key_arn"]]
    trust = json.loads(_made(recorded, "vpc-cni-role")["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"]["StringEquals"] == {
        "aws:RequestTag/eks-cluster-arn": recorded.outputs["cluster_arn"],
        "aws:RequestTag/kubernetes-namespace": "kube-system",
        "aws:RequestTag/kubernetes-service-account": "aws-node",
    }


def test_addons_are_ekss_own() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL)
    addons = recorded.of("aws:eks/addon:Addon")
    assert {each["addonName"] for each in addons.values()} == {
        "coredns",
        "eks-node-monitoring-agent",
        "eks-pod-identity-agent",
        "kube-proxy",
        "metrics-server",
        "vpc-cni",
    }
    monitor = json.loads(addons["gpu-eks-node-monitoring-agent"]["configurationValues"])
    assert monitor == {"dcgmAgent": {"tolerations": [{"operator": "Exists"}]}}
    assert all("addonVersion" not in each for each in addons.values())
    network = addons["gpu-vpc-cni"]
    assert json.loads(network["configurationValues"]) == {"enableNetworkPolicy": "true"}
    assert network["podIdentityAssociations"][0]["serviceAccount"] == "aws-node"


def test_system_nodes_are_private_encrypted_and_untainted() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL)
    nodes = _made(recorded, "system-nodes")
    assert nodes["scalingConfig"] == {"minSize": 2, "maxSize": 2, "desiredSize": 2}
    assert nodes["amiType"] == "AL2023_x86_64_STANDARD"
    assert nodes["instanceTypes"] == ["m7i.large"]
    assert nodes["version"] == "1.34"
    assert "taints" not in nodes
    template = _made(recorded, "system-template")
    assert template["metadataOptions"]["httpTokens"] == "required"
    assert template["metadataOptions"]["httpPutResponseHopLimit"] == 1
    assert template["blockDeviceMappings"][0]["ebs"]["encrypted"] == "true"
    (interface,) = template["networkInterfaces"]
    assert interface["associatePublicIpAddress"] == "false"
    assert interface["securityGroups"] == ["sg-cluster"]


def test_every_argument() -> None:
    recorded = record(EksCluster, "gpu", WIDE)
    cluster = _made(recorded, "cluster")
    assert cluster["version"] == "1.33"
    assert cluster["vpcConfig"]["endpointPublicAccess"] is True
    assert cluster["vpcConfig"]["publicAccessCidrs"] == ["203.0.113.0/24"]
    assert cluster["kubernetesNetworkConfig"] == {"serviceIpv4Cidr": "172.20.0.0/16"}
    assert cluster["upgradePolicy"] == {"supportType": "EXTENDED"}
    assert cluster["deletionProtection"] is False
    assert cluster["tags"] == TAGS
    assert cluster["encryptionConfig"]["provider"] == {"keyArn": WIDE["key"]}
    assert not recorded.of("aws:kms/key:Key")
    assert _made(recorded, "logs")["retentionInDays"] == 90
    inside = _made(recorded, "api-from-10.8.0.0/16")
    assert (inside["securityGroupId"], inside["cidrIpv4"]) == ("sg-cluster", "10.8.0.0/16")
    assert (inside["fromPort"], inside["toPort"], inside["ipProtocol"]) == (443, 443, "tcp")
    assert _made(recorded, f"administrator-{ACCOUNT}/role/team-platform")["principalArn"] == ADMIN
    association = _made(recorded, f"administrator-{ACCOUNT}/user/ops/ann-policy")
    assert association["policyArn"].endswith(":cluster-access-policy/AmazonEKSClusterAdminPolicy")
    assert association["accessScope"] == {"type": "cluster"}
    assert _made(recorded, "coredns")["addonVersion"] == "v1.12.1-eksbuild.2"
    assert "gpu-aws-ebs-csi-driver" in recorded.inputs
    viewer = _made(recorded, f"viewer-{ACCOUNT}/role/team-models-policy")
    assert viewer["policyArn"].endswith(":cluster-access-policy/AmazonEKSViewPolicy")
    assert json.loads(_made(recorded, "vpc-cni")["configurationValues"]) == {
        "enableNetworkPolicy": "true",
        "env": {"ENABLE_PREFIX_DELEGATION": "true"},
    }
    assert json.loads(_made(recorded, "coredns")["configurationValues"]) == {"replicaCount": 3}
    nodes = _made(recorded, "system-nodes")
    assert nodes["amiType"] == "AL2023_ARM_64_STANDARD"
    assert nodes["scalingConfig"]["desiredSize"] == 3
    assert nodes["version"] == "1.33"


def test_outputs() -> None:
    recorded = record(EksCluster, "gpu", MINIMAL)
    outputs = recorded.outputs
    assert outputs["cluster_name"] == "gpu"
    assert outputs["endpoint"] == "https://cluster.example"
    assert outputs["oidc_issuer_url"] == "https://oidc.example/id/1"
    assert outputs["security_group_id"] == "sg-cluster"
    kubeconfig = json.loads(outputs["kubeconfig"])
    assert kubeconfig["clusters"][0]["cluster"]["server"] == "https://cluster.example"
    run = kubeconfig["users"][0]["user"]["exec"]
    assert run["command"] == "aws"
    assert run["args"][:2] == ["--region", "eu-west-1"]
    provider = _made(recorded, "oidc-provider")
    assert provider["url"] == "https://oidc.example/id/1"
    assert provider["clientIdLists"] == ["sts.amazonaws.com"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"subnet_ids": ["subnet-1"]}, "subnet_ids: got ['subnet-1']; use private subnets in two"),
        ({"subnet_ids": None}, "subnet_ids: got []"),
        ({"kubernetes_version": "34"}, "kubernetes_version: got '34'"),
        ({"administrators": ["ann"]}, "administrators: got 'ann'; use ARNs of IAM roles or users"),
        (
            {"administrators": [f"arn:aws:sts::{ACCOUNT}:assumed-role/x/y"]},
            "use ARNs of IAM roles or users",
        ),
        ({"system_nodes": 0}, "system_nodes: got 0; use a whole number from 1"),
        ({"log_retention_days": 100}, "log_retention_days: got 100; use 90;"),
        ({"key": "alias/mine"}, "key: got 'alias/mine'; use the ARN of a KMS key"),
        ({"authorized_networks": ["0.0.0.0/0"]}, "authorized_networks: got '0.0.0.0/0'"),
        ({"authorized_networks": ["10.0.0.1/8"]}, "authorized_networks: got '10.0.0.1/8'"),
        ({"authorized_networks": ["2001:db8::/32"]}, "use IPv4 networks"),
        (
            {"authorized_networks": [f"203.0.{n}.0/24" for n in range(41)]},
            "authorized_networks: got 41; use at most 40",
        ),
        ({"service_cidr": "8.8.0.0/16"}, "service_cidr: got '8.8.0.0/16'"),
        ({"service_cidr": "10.0.0.0/25"}, "service_cidr: got '10.0.0.0/25'"),
        ({"service_cidr": "10.0.0.0/11"}, "service_cidr: got '10.0.0.0/11'"),
        ({"support": "none"}, "support: got 'none'; use one of extended, standard"),
        ({"addon_versions": {"dns": "v1"}}, "addon_versions: got 'dns'; use names of add-ons here"),
        ({"addon_settings": {"dns": "{}"}}, "addon_settings: got 'dns'; use names of add-ons"),
        ({"addon_settings": {"coredns": "[]"}}, "addon_settings: got '[]'; use an object in JSON"),
        ({"addon_settings": {"coredns": "x"}}, "addon_settings: got 'x'; use an object in JSON"),
        ({"viewers": ["ann"]}, "viewers: got 'ann'; use ARNs of IAM roles or users"),
        ({"viewers": [ADMIN], "administrators": [ADMIN]}, "use it once: administrators see"),
        ({"ebs_csi": "yes"}, "ebs_csi: got 'yes'"),
        ({"system_node": 1}, "system_node: no such argument; did you mean system_nodes?"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(EksCluster, "gpu", MINIMAL | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"authorized_networks": [f"203.0.{n}.0/24" for n in range(40)]},
        {"authorized_networks": ["fd00::/8", "100.64.0.0/10"]},
        {"service_cidr": "10.0.0.0/12"},
        {"service_cidr": "192.168.4.0/24"},
        {"log_retention_days": 1},
        {"log_retention_days": 3653},
    ],
)
def test_the_other_side_of_the_bounds(change: dict[str, Any]) -> None:
    assert record(EksCluster, "gpu", MINIMAL | change).inputs


def test_all_problems_come_at_once() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(EksCluster, "gpu", {"subnet_ids": [], "support": "x", "key": "y", "ebs_csi": 1})
    assert "4 problems" in str(caught.value)


def test_the_version_is_the_one_that_all_is_written_against() -> None:
    facts = Path(__file__).resolve().parents[2] / "facts" / "versions.toml"
    version = tomllib.loads(facts.read_text())["kubernetes"]["kubernetes"]
    recorded = record(EksCluster, "gpu", MINIMAL)
    assert version.startswith(f"{_made(recorded, 'cluster')['version']}.")
