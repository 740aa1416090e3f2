"""AwsPrivateNetwork through the real engine: made and joined, and with a cluster in it."""

import pytest

from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_CLUSTER = """
from components.aws.eks_cluster import EksCluster
from components.aws.eks_gpu_node_pool import EksGpuNodePool

cluster = EksCluster(
    "models",
    {"subnet_ids": [made.subnet_ids[0], made.subnet_ids[1]], "deletion_protection": False},
    pulumi.ResourceOptions(providers=providers),
)
EksGpuNodePool(
    "l4",
    {
        "cluster_name": cluster.cluster_name,
        "subnet_ids": [made.subnet_ids[0], made.subnet_ids[1]],
        "accelerator": "nvidia-l4",
        "zones": ["eu-west-1b"],
    },
    pulumi.ResourceOptions(providers=providers),
)
"""
_TABLE = """
theirs = pulumi_aws.ec2.RouteTable(
    "theirs", vpc_id=asked["args"]["vpc_id"], opts=pulumi.ResourceOptions(provider=providers[0])
)
asked["args"]["route_table_ids"] = [theirs.id]
"""


def _project(sandbox: Sandbox, setup: str = "", then: str = "", **args: object) -> ComponentProject:
    return ComponentProject(
        sandbox,
        "aws",
        "components.aws.aws_private_network",
        "AwsPrivateNetwork",
        "net",
        args or {"zones": ["eu-west-1a", "eu-west-1b"], "environment": "dev"},
        setup=setup,
        then=then,
    )


def _order(change: Change) -> list[str]:
    return [name for _, name in change.order]


def test_life(sandbox: Sandbox) -> None:
    project = _project(sandbox)
    created = project.up()
    assert "net-endpoint-sts" in created.names("create")
    assert project.up().steps == {}

    # A zone more: endpoints are in it, nothing is replaced.
    wider = project.up(zones=["eu-west-1a", "eu-west-1b", "eu-west-1c"])
    assert wider.names("replace") == set()
    assert wider.names("create") >= {"net-private-eu-west-1c"}
    endpoints = {name for name in created.names("create") if name.startswith("net-endpoint-")}
    assert wider.names("update") == endpoints

    # Internet comes and goes beside what is there.
    reached = project.up(internet=True)
    assert reached.names("update", "replace", "delete") == set()
    assert {name for name in reached.names("create") if name.endswith("-address")} == {
        f"net-nat-eu-west-1{zone}-address" for zone in "abc"
    }
    cheaper = project.up(nat_gateways=1)
    assert cheaper.names("update") == {
        "net-private-eu-west-1b-internet",
        "net-private-eu-west-1c-internet",
    }
    assert "net-nat-eu-west-1b" in cheaper.names("delete")
    closed = project.up(internet=None, nat_gateways=None)
    assert closed.names("delete") == (
        reached.names("create") - cheaper.names("delete") | cheaper.names("create")
    )

    narrowed = project.up(services=["api", "identity", "images"], buckets=["example-models"])
    assert narrowed.names("update") == {"net-endpoint-s3"}
    assert narrowed.names("delete") >= {"net-endpoint-secretsmanager", "net-endpoint-kms"}
    assert project.refresh().names("update") == set()
    assert project.destroy().names("delete") >= {"net-vpc", "net-flow-log-group"}


def test_a_cluster_in_it_comes_after_its_endpoints(sandbox: Sandbox) -> None:
    """Network, cluster and a pool in one program, though nothing is known of them at first."""
    project = _project(sandbox, then=_CLUSTER)
    assert project.preview().names("create") >= {"net-vpc", "models-cluster", "l4-nodes"}
    created = project.up()
    made = _order(created)
    assert made.index("net-endpoint-sts") < made.index("models-cluster") < made.index("l4-nodes")
    subnets = project.resource("l4-nodes")["inputs"]["subnetIds"]
    assert subnets == [project.resource("net-private-eu-west-1b")["id"]]
    assert project.up().steps == {}
    gone = _order(project.destroy())
    assert gone.index("l4-nodes") < gone.index("models-cluster")
    assert gone.index("models-cluster") < gone.index("net-endpoint-sts") < gone.index("net-vpc")


def test_a_network_of_somebody_else(sandbox: Sandbox) -> None:
    project = _project(
        sandbox,
        setup=_TABLE,
        vpc_id="vpc-0dev00000000000a0",
        subnet_ids=["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"],
        services=["artifacts", "identity"],
    )
    created = project.up()
    assert created.names("create") == {
        *("aws", "serving", "component-dev", "theirs", "net"),
        *("net-endpoints", "net-endpoints-https"),
        *("net-endpoint-s3", "net-endpoint-sts", "net-endpoint-eks-auth"),
    }
    assert project.outputs()["cidr"] == "10.0.0.0/16"
    assert project.up().steps == {}
    assert project.destroy().names("delete") == created.names("create")
