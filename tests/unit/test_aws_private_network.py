import json
from typing import Any

import pulumi
import pytest

from components.aws.aws_private_network import AwsPrivateNetwork
from tests.unit.component_mocks import ACCOUNT, REGION, Recorded, record

MINIMAL: dict[str, Any] = {"zones": ["eu-west-1a", "eu-west-1b"]}
JOINED: dict[str, Any] = {
    "vpc_id": "vpc-1",
    "subnet_ids": ["subnet-1", "subnet-2"],
    "route_table_ids": ["rtb-1", "rtb-2"],
}
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROUTE = "aws:ec2/route:Route"
SERVICES = {
    *("autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "elasticloadbalancing"),
    *("kms", "logs", "monitoring", "s3", "sagemaker.api", "sagemaker.runtime", "secretsmanager"),
    "sts",
}


def _statements(recorded: Recorded, service: str) -> dict[str, Any]:
    policy = recorded.inputs[f"net-endpoint-{service}"]["policy"]
    return {each["Sid"]: each for each in json.loads(policy)["Statement"]}


def test_defaults_route_nowhere() -> None:
    recorded = record(AwsPrivateNetwork, "net", MINIMAL)
    vpc = recorded.inputs["net-vpc"]
    assert vpc["cidrBlock"] == "10.64.0.0/16"
    assert vpc["enableDnsSupport"] is True
    assert vpc["enableDnsHostnames"] is True
    assert not recorded.of(ROUTE)
    assert not recorded.of("aws:ec2/internetGateway:InternetGateway")
    assert not recorded.of("aws:ec2/natGateway:NatGateway")
    subnets = recorded.of("aws:ec2/subnet:Subnet")
    assert {name: each["cidrBlock"] for name, each in subnets.items()} == {
        "net-private-eu-west-1a": "10.64.0.0/19",
        "net-private-eu-west-1b": "10.64.32.0/19",
    }
    for each in subnets.values():
        assert each["mapPublicIpOnLaunch"] is False
        assert each["tags"]["kubernetes.io/role/internal-elb"] == "1"
    assert "ingress" not in recorded.inputs["net-default-group"]
    assert "egress" not in recorded.inputs["net-default-group"]
    assert recorded.outputs["cidr"] == "10.64.0.0/16"
    assert recorded.outputs["subnet_ids"] == [f"{name}-id" for name in subnets]


def test_what_a_model_needs_is_reached_by_endpoints() -> None:
    recorded = record(AwsPrivateNetwork, "net", MINIMAL)
    endpoints = recorded.of(ENDPOINT)
    prefix = f"com.amazonaws.{REGION}."
    assert {each["serviceName"].removeprefix(prefix) for each in endpoints.values()} == SERVICES
    for name, each in endpoints.items():
        if name == "net-endpoint-s3":
            assert each["vpcEndpointType"] == "Gateway"
            assert each["routeTableIds"] == recorded.outputs["route_table_ids"]
            assert "subnetIds" not in each
        else:
            assert each["vpcEndpointType"] == "Interface"
            assert each["privateDnsEnabled"] is True
            assert each["subnetIds"] == recorded.outputs["subnet_ids"]
            assert each["securityGroupIds"] == ["net-endpoints-id"]
    rule = recorded.inputs["net-endpoints-https"]
    assert (rule["cidrIpv4"], rule["fromPort"], rule["toPort"]) == ("10.64.0.0/16", 443, 443)


def test_endpoints_are_for_the_accounts_own_principals() -> None:
    recorded = record(AwsPrivateNetwork, "net", MINIMAL)
    own = {"StringEquals": {"aws:PrincipalAccount": [ACCOUNT]}}
    for service in SERVICES - {"eks-auth"}:
        assert _statements(recorded, service)["OwnPrincipals"]["Condition"] == own, service
    layers = _statements(recorded, "s3")["ImageLayers"]
    assert layers["Action"] == "s3:GetObject"
    assert layers["Resource"] == f"arn:aws:s3:::prod-{REGION}-starport-layer-bucket/*"
    # A pod with a token has no account yet.
    pods = _statements(recorded, "sts")["Pods"]
    assert "Condition" not in pods
    assert pods["Action"] == "sts:AssumeRoleWithWebIdentity"
    assert pods["Resource"] == [f"arn:aws:iam::{ACCOUNT}:role/*"]


def test_buckets_and_accounts_narrow_and_widen_them() -> None:
    other = "210987654321"
    changed = MINIMAL | {"buckets": ["models"], "accounts": [other]}
    recorded = record(AwsPrivateNetwork, "net", changed)
    own = _statements(recorded, "s3")["OwnPrincipals"]
    assert own["Resource"] == ["arn:aws:s3:::models", "arn:aws:s3:::models/*"]
    assert own["Condition"]["StringEquals"]["aws:PrincipalAccount"] == [ACCOUNT, other]
    assert f"arn:aws:iam::{other}:role/*" in _statements(recorded, "sts")["Pods"]["Resource"]


def test_flow_logs_are_encrypted_and_end() -> None:
    recorded = record(AwsPrivateNetwork, "net", MINIMAL)
    group = recorded.inputs["net-flow-log-group"]
    assert group["name"] == "/aws/vpc/net/flow-logs"
    assert group["retentionInDays"] == 365
    assert group["kmsKeyId"].endswith(":net-key")
    assert recorded.inputs["net-key"]["enableKeyRotation"] is True
    log = recorded.inputs["net-flow-log"]
    assert (log["trafficType"], log["vpcId"]) == ("ALL", "net-vpc-id")
    trust = json.loads(recorded.inputs["net-flow-log-role"]["assumeRolePolicy"])["Statement"][0]
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    given = record(AwsPrivateNetwork, "net", MINIMAL | {"key": KEY, "log_retention_days": 30})
    assert given.inputs["net-flow-log-group"]["kmsKeyId"] == KEY
    assert given.inputs["net-flow-log-group"]["retentionInDays"] == 30
    assert not given.of("aws:kms/key:Key")


@pytest.mark.parametrize(
    ("asked", "used"),
    [
        ({}, ["net-nat-eu-west-1a-id", "net-nat-eu-west-1b-id"]),
        ({"nat_gateways": 2}, ["net-nat-eu-west-1a-id", "net-nat-eu-west-1b-id"]),
        ({"nat_gateways": 1}, ["net-nat-eu-west-1a-id", "net-nat-eu-west-1a-id"]),
    ],
)
def test_internet_is_by_nat(asked: dict[str, int], used: list[str]) -> None:
    recorded = record(AwsPrivateNetwork, "net", MINIMAL | {"internet": True} | asked)
    routes = recorded.of(ROUTE)
    ways = {zone: routes[f"net-private-eu-west-1{zone}-internet"]["natGatewayId"] for zone in "ab"}
    assert list(ways.values()) == used
    assert len(recorded.of("aws:ec2/natGateway:NatGateway")) == len(set(used))
    public = recorded.inputs["net-public-eu-west-1a"]
    assert public["cidrBlock"] == "10.64.224.0/22"
    assert public["mapPublicIpOnLaunch"] is False
    assert public["tags"]["kubernetes.io/role/elb"] == "1"
    assert routes["net-public-eu-west-1a-internet"]["gatewayId"] == "net-internet-gateway-id"


def test_a_joined_network_gets_endpoints_alone() -> None:
    recorded = record(AwsPrivateNetwork, "net", JOINED | {"cidr": "10.0.0.0/8"})
    assert {kind.rpartition(":")[2] for name, kind in recorded.types.items() if name != "net"} == {
        "SecurityGroup",
        "SecurityGroupIngressRule",
        "VpcEndpoint",
    }
    assert recorded.inputs["net-endpoints"]["vpcId"] == "vpc-1"
    assert recorded.inputs["net-endpoints-https"]["cidrIpv4"] == "10.0.0.0/8"
    assert recorded.inputs["net-endpoint-ec2"]["subnetIds"] == JOINED["subnet_ids"]
    assert recorded.inputs["net-endpoint-s3"]["routeTableIds"] == JOINED["route_table_ids"]
    assert recorded.outputs["vpc_id"] == "vpc-1"
    # Its own range where nothing is said.
    asked = record(AwsPrivateNetwork, "net", JOINED)
    assert asked.outputs["cidr"] == "10.9.0.0/16"


def test_services_by_word_and_by_name() -> None:
    changed = MINIMAL | {"services": ["artifacts", "images", "bedrock-runtime"]}
    recorded = record(AwsPrivateNetwork, "net", changed)
    assert {name.removeprefix("net-endpoint-") for name in recorded.of(ENDPOINT)} == {
        "s3",
        "ecr.api",
        "ecr.dkr",
        "bedrock-runtime",
    }
    assert "policy" not in recorded.inputs["net-endpoint-bedrock-runtime"]


def test_tags() -> None:
    changed = MINIMAL | {"environment": "dev", "tags": {"owner": "team-platform"}}
    tags = record(AwsPrivateNetwork, "net", changed).inputs["net-vpc"]["tags"]
    assert tags == {
        "model-serving:owner": "team-platform",
        "model-serving:environment": "dev",
        "Name": "net",
    }


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"zones": None}, "zones: got []; use 2 to 7 different zones"),
        ({"zones": ["eu-west-1a"]}, "use 2 to 7 different zones"),
        ({"zones": ["eu-west-1a", "eu-west-1a"]}, "use 2 to 7 different zones"),
        ({"zones": ["a", "b"]}, "zones: got 'a'; use availability zones, such as eu-west-1a"),
        ({"cidr": "8.8.0.0/16"}, "cidr: got '8.8.0.0/16'; use a private range from /16 to /22"),
        ({"cidr": "10.0.0.0/15"}, "cidr: got '10.0.0.0/15'"),
        ({"cidr": "10.0.0.0/23"}, "cidr: got '10.0.0.0/23'"),
        ({"cidr": "10.0.0.1/16"}, "cidr: got '10.0.0.1/16'"),
        ({"services": ["S3"]}, "services: got 'S3'; use api, artifacts"),
        ({"accounts": ["123"]}, "accounts: got '123'"),
        ({"buckets": ["B"]}, "buckets: got 'B'"),
        ({"nat_gateways": 1}, "nat_gateways: got 1; use internet: true beside it"),
        ({"nat_gateways": 3, "internet": True}, "nat_gateways: got 3"),
        ({"subnet_ids": ["subnet-1"]}, "subnet_ids: got '…'; use vpc_id beside it"),
        ({"log_retention_days": 2}, "log_retention_days: got 2; use 3;"),
        ({"key": "k"}, "key: got 'k'"),
        ({"zone": ["a"]}, "zone: no such argument; did you mean zones?"),
        (JOINED, "zones: got ['eu-west-1a', 'eu-west-1b']; use it without vpc_id"),
        (JOINED | {"zones": None, "internet": True}, "internet: got True; use it without vpc_id"),
        (JOINED | {"zones": None, "route_table_ids": None}, "route_table_ids: got None"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(AwsPrivateNetwork, "net", MINIMAL | change)
    assert problem in str(caught.value)


@pytest.mark.parametrize(
    "change",
    [
        {"zones": [f"eu-west-1{zone}" for zone in "abcdefg"]},
        {"zones": ["us-west-2-lax-1a", "us-gov-west-1b"]},
        {"cidr": "100.64.0.0/16"},
        {"cidr": "192.168.4.0/22", "internet": True},
    ],
)
def test_the_other_side_of_the_bounds(change: dict[str, Any]) -> None:
    assert record(AwsPrivateNetwork, "net", MINIMAL | change).inputs
