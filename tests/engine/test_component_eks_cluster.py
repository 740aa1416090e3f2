"""EksCluster through the real engine: its life, with a pool of GPU machines on it."""

import json

import pytest

from tests.engine.component_project import ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_CLUSTER = "aws:eks/cluster:Cluster"
_ADMIN = "123456789012/role/team-platform"
_SETUP = """
from components.aws.eks_gpu_node_pool import EksGpuNodePool

pulumi_aws.iam.Role(
    "administrators",
    name="team-platform",
    assume_role_policy=json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"AWS": f"arn:aws:iam::{account}:root"},
            },
        }
    ),
    opts=pulumi.ResourceOptions(provider=providers[0]),
)
"""
_POOL = """
EksGpuNodePool(
    "l4",
    {
        "cluster_name": made.cluster_name,
        "subnet_ids": asked["args"]["subnet_ids"],
        "accelerator": "nvidia-l4",
    },
    pulumi.ResourceOptions(providers=providers),
)
"""


def test_life(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.aws.eks_cluster",
        "EksCluster",
        "models",
        {
            "subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
            "kubernetes_version": "1.33",
            "tags": {"owner": "team-platform", "environment": "dev"},
        },
        setup=_SETUP,
        then=_POOL,
    )
    created = project.up()
    order = [name for operation, name in created.order if operation == "create"]
    # The group of logs is made before EKS makes one of its own, nodes after their network.
    for first, then in (
        ("models-logs", "models-cluster"),
        ("models-policy", "models-cluster"),
        ("models-vpc-cni", "models-system-nodes"),
        ("models-system-nodes", "models-coredns"),
        ("models-vpc-cni", "l4-nodes"),
    ):
        assert order.index(first) < order.index(then), (first, then)
    outputs = project.outputs()
    assert outputs["cluster_name"] == "models"
    assert outputs["oidc_provider_arn"].endswith(outputs["oidc_issuer_url"].partition("//")[2])
    server = json.loads(outputs["kubeconfig"])["clusters"][0]["cluster"]["server"]
    assert server == outputs["endpoint"]
    assert project.up().steps == {}

    administrator = project.up(administrators=[f"arn:aws:iam::{_ADMIN.replace('/', ':', 1)}"])
    assert administrator.steps == {
        f"models-administrator-{_ADMIN}": ["create"],
        f"models-administrator-{_ADMIN}-policy": ["create"],
    }
    reached = project.up(authorized_networks=["203.0.113.0/24", "10.8.0.0/16"])
    assert reached.steps == {
        "models-cluster": ["update"],
        "models-api-from-10.8.0.0/16": ["create"],
    }
    # The control plane first, then its nodes; nothing is replaced.
    upgraded = project.up(kubernetes_version="1.34")
    assert upgraded.order == [("update", "models-cluster"), ("update", "models-system-nodes")]
    grown = project.up(system_nodes=3, ebs_csi=True)
    assert grown.names("update") == {"models-system-nodes"}
    assert grown.names("create") == {
        "models-aws-ebs-csi-driver",
        "models-aws-ebs-csi-driver-role",
        "models-aws-ebs-csi-driver-policy",
    }
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}

    # AWS keeps a protected cluster.
    assert project.up(deletion_protection=False).steps == {"models-cluster": ["update"]}
    gone = project.destroy()
    assert gone.names("delete") >= created.names("create")
    order = [name for _, name in gone.order]
    assert order.index("l4-nodes") < order.index("models-vpc-cni") < order.index("models-cluster")


def test_what_goes_wrong(sandbox: Sandbox) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.aws.eks_cluster",
        "EksCluster",
        "models",
        {"subnet_ids": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]},
    )
    # What stops half-way goes on from there.
    fault = ("fault", "add", "aws:eks/nodeGroup:NodeGroup", "create", "fail")
    sandbox.run("sandbox/cloud", *fault)
    project.up(fails=True)
    resumed = project.up()
    assert resumed.names("create") >= {"models-system-nodes", "models-coredns"}
    assert "models-cluster" not in resumed.steps

    # Somebody opens the API to all; the next run closes it.
    opened = ("models", "vpcConfig.endpointPublicAccess=true")
    sandbox.run("sandbox/cloud", "set", *opened, "--token", _CLUSTER)
    assert project.up(refresh=True).names("update") == {"models-cluster"}
    closed = project.resource("models-cluster")["outputs"]["vpcConfig"]
    assert closed["endpointPublicAccess"] is False

    refused = project.destroy(fails=True)
    assert "deletion protection" in refused.output
    assert project.resource("models-cluster")["outputs"]["status"] == "ACTIVE"
