"""What AWS fills in: in the plan of a creation or an update, and afterwards."""

from pathlib import Path
from typing import Any

import pytest

from sandbox.wire import UNKNOWN
from tests.unit.sandbox_aws import FUNCTION, function
from tests.unit.sandbox_life import Made, Stack

CLUSTER = "aws:eks/cluster:Cluster"
LAYER = "aws:lambda/layerVersion:LayerVersion"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NETWORK = {"subnetIds": ["subnet-0dev00000000000a1", "subnet-0dev00000000000a2"]}


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def cluster(aws: Stack) -> Made:
    role = "serving-dev-cluster"
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    aws.create(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "a", role=role, policyArn=policy
    )
    arn = f"arn:aws:iam::123456789012:role/{role}"
    return aws.create(CLUSTER, "c", roleArn=arn, vpcConfig=NETWORK, version="1.33")


def test_what_the_cloud_fills_in_is_not_known_yet(aws: Stack) -> None:
    plan = aws.preview(CLUSTER, "c", roleArn="arn:aws:iam::999999999999:role/r", vpcConfig=NETWORK)
    network: dict[str, Any] = plan.outputs["vpcConfig"]
    assert network["clusterSecurityGroupId"] is UNKNOWN
    assert network["subnetIds"] == NETWORK["subnetIds"]
    assert plan.outputs["version"] is UNKNOWN
    subnet = aws.preview("aws:ec2/subnet:Subnet", "s", vpcId="vpc-1", cidrBlock="10.0.0.0/24")
    assert subnet.outputs["availabilityZone"] is UNKNOWN
    assert subnet.outputs["mapPublicIpOnLaunch"] is False


def test_an_update_keeps_what_the_cloud_filled_in(aws: Stack) -> None:
    made = cluster(aws)
    network = made.outputs["vpcConfig"]
    plan = aws.preview_update(made, version="1.34")
    assert plan.outputs["vpcConfig"]["clusterSecurityGroupId"] == network["clusterSecurityGroupId"]
    assert plan.outputs["version"] == "1.34"
    assert aws.update(made, version="1.34").outputs["vpcConfig"] == network


def test_a_plan_does_not_promise_what_an_update_computes_anew(aws: Stack) -> None:
    made = aws.create(TEMPLATE, "t", updateDefaultVersion=True)
    plan = aws.preview_update(made, instanceType="m5.large")
    assert plan.outputs["defaultVersion"] is UNKNOWN
    assert plan.outputs["latestVersion"] is UNKNOWN


def test_defaults_are_told_until_the_program_says_otherwise(aws: Stack) -> None:
    made = aws.create("aws:sqs/queue:Queue", "q")
    assert made.outputs["visibilityTimeoutSeconds"] == 30
    changed = aws.update(made, visibilityTimeoutSeconds=60)
    assert changed.outputs["visibilityTimeoutSeconds"] == 60
    read = aws.read(changed)
    assert read is not None
    assert read.outputs["visibilityTimeoutSeconds"] == 60
    assert (
        aws.update(changed, visibilityTimeoutSeconds=None).outputs["visibilityTimeoutSeconds"] == 30
    )


def test_a_function_has_the_memory_that_an_update_gives_it(aws: Stack) -> None:
    made = function(aws)
    assert made.outputs["memorySize"] == 128
    assert aws.update(made, memorySize=512).outputs["memorySize"] == 512
    assert aws.preview_update(made, memorySize=256).outputs["memorySize"] == 256


def test_a_changed_layer_is_the_next_version(aws: Stack) -> None:
    first = aws.create(LAYER, "l", layerName="deps", s3Bucket="example-models", s3Key="a.zip")
    second = aws.create(LAYER, "l", layerName="deps", s3Bucket="example-models", s3Key="b.zip")
    layer = "arn:aws:lambda:eu-west-1:123456789012:layer:deps"
    assert [first.id, second.id] == [f"{layer}:1", f"{layer}:2"]
    assert second.outputs["version"] == "2"
    assert second.outputs["layerArn"] == layer
    aws.delete(first)
    assert aws.read(second) is not None


@pytest.mark.parametrize(
    ("token", "separator"),
    [
        ("aws:lambda/functionUrl:FunctionUrl", "/"),
        ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig", ":"),
    ],
)
def test_a_qualifier_is_in_the_id_where_it_is_given(aws: Stack, token: str, separator: str) -> None:
    made = function(aws)
    aws.create(
        *("aws:lambda/alias:Alias", "a"), functionName=made.id, functionVersion="1", name="live"
    )
    more = {"authorizationType": "NONE"} if "Url" in token else {}
    assert aws.create(token, "plain", functionName=made.id, **more).id == made.id
    of_alias = aws.create(token, "of", functionName=made.id, qualifier="live", **more)
    assert of_alias.id == f"{made.id}{separator}live"
    assert aws.store.get("aws", FUNCTION, made.id) is not None


def test_a_domain_says_where_its_records_point(aws: Stack) -> None:
    configuration = {
        "certificateArn": "arn:aws:acm:eu-west-1:999999999999:certificate/c",
        "endpointType": "REGIONAL",
        "securityPolicy": "TLS_1_2",
    }
    kind = "aws:apigatewayv2/domainName:DomainName"
    given: dict[str, Any] = {
        "domainName": "m.example.com",
        "domainNameConfiguration": configuration,
    }
    planned = aws.preview(kind, "d", **given).outputs["domainNameConfiguration"]
    assert planned["targetDomainName"] is UNKNOWN
    made = aws.create(kind, "d", **given)
    assert made.outputs["domainNameConfiguration"]["targetDomainName"].startswith("d-")
    after = aws.update(made, tags={"a": "b"})
    assert after.outputs["domainNameConfiguration"] == made.outputs["domainNameConfiguration"]
