"""Functions that the stand-ins answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack

IMAGE = "aws:sagemaker/getPrebuiltEcrImage:getPrebuiltEcrImage"
DOCUMENT = "aws:iam/getPolicyDocument:getPolicyDocument"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def ask(stack: Stack, token: str, **arguments: object) -> dict[str, Any]:
    answer, problems = stack.life.invoke(token, arguments)
    assert not problems, problems
    return answer


def test_who_and_where(aws: Stack) -> None:
    me = ask(aws, "aws:index/getCallerIdentity:getCallerIdentity")
    assert (me["accountId"], me["arn"][:26]) == ("123456789012", "arn:aws:sts::123456789012:")
    region = ask(aws, "aws:index/getRegion:getRegion")
    assert (region["name"], region["endpoint"]) == ("eu-west-1", "ec2.eu-west-1.amazonaws.com")
    assert ask(aws, "aws:index/getPartition:getPartition")["dnsSuffix"] == "amazonaws.com"
    zones = ask(aws, "aws:index/getAvailabilityZones:getAvailabilityZones")
    assert zones["names"] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_a_policy_document(aws: Stack) -> None:
    statement = {
        "sid": "Read",
        "actions": ["s3:GetObject"],
        "resources": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
        "principals": [{"type": "Service", "identifiers": ["x.amazonaws.com"]}],
        "conditions": [
            {"test": "StringEquals", "variable": "aws:SourceAccount", "values": ["1"]},
            {"test": "ArnLike", "variable": "aws:SourceArn", "values": ["a", "b"]},
        ],
    }
    answer = ask(aws, DOCUMENT, statements=[statement])
    expected = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "Read",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": ["arn:aws:s3:::b/*", "arn:aws:s3:::a/*"],
                "Principal": {"Service": "x.amazonaws.com"},
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": "1"},
                    "ArnLike": {"aws:SourceArn": ["a", "b"]},
                },
            }
        ],
    }
    assert json.loads(answer["json"]) == expected
    assert json.loads(answer["minifiedJson"]) == expected


def test_a_policy_document_joins_and_overrides_others(aws: Stack) -> None:
    def one(sid: str, action: str) -> str:
        statement = {"sid": sid, "actions": [action], "resources": ["*"]}
        return str(ask(aws, DOCUMENT, statements=[statement])["json"])

    answer = ask(
        aws,
        DOCUMENT,
        sourcePolicyDocuments=[one("A", "a:a"), one("B", "b:b")],
        overridePolicyDocuments=[one("B", "b:other")],
    )
    statements = json.loads(answer["json"])["Statement"]
    assert [(s["Sid"], s["Action"]) for s in statements] == [("A", "a:a"), ("B", "b:other")]


def test_everybody_as_principal(aws: Stack) -> None:
    principals = [{"type": "*", "identifiers": ["*"]}]
    answer = ask(aws, DOCUMENT, statements=[{"actions": ["a:b"], "principals": principals}])
    assert json.loads(answer["json"])["Statement"][0]["Principal"] == "*"


def test_prebuilt_images_are_in_the_registry_of_the_region(aws: Stack) -> None:
    answer = ask(aws, IMAGE, repositoryName="sagemaker-xgboost", imageTag="1.7-1")
    host = "141502667606.dkr.ecr.eu-west-1.amazonaws.com"
    assert answer["registryPath"] == f"{host}/sagemaker-xgboost:1.7-1"
    elsewhere = ask(aws, IMAGE, repositoryName="pytorch-inference", region="af-south-1")
    assert elsewhere["registryId"] == "626614931356"
    # An algorithm of SageMaker's own, and what the provider has no case for.
    assert ask(aws, IMAGE, repositoryName="blazingtext")["registryId"] == "685385470294"
    assert ask(aws, IMAGE, repositoryName="linear-learner")["registryId"] == "438346466558"
    with pytest.raises(RefusedError, match='did you mean "sagemaker-xgboost"'):
        ask(aws, IMAGE, repositoryName="sagemaker-xgbost")
    with pytest.raises(RefusedError, match="no registry ID available for region"):
        ask(aws, IMAGE, repositoryName="sagemaker-xgboost", region="xx-none-1")


def test_the_regions_are_those_of_the_partition(aws: Stack) -> None:
    regions = "aws:index/getRegions:getRegions"
    names = ask(aws, regions)["names"]
    assert {"eu-west-1", "us-east-1", "ap-southeast-2"} <= set(names)
    assert not {"cn-north-1", "us-gov-west-1"} & set(names)
    filters = [{"name": "region-name", "values": ["eu-west-1", "xx-none-1"]}]
    assert ask(aws, regions, filters=filters)["names"] == ["eu-west-1"]


def test_networks_and_clusters_of_the_platform(aws: Stack) -> None:
    filters = [{"name": "vpc-id", "values": ["vpc-0dev00000000000a0"]}]
    subnets = ask(aws, "aws:ec2/getSubnets:getSubnets", filters=filters)
    assert subnets["ids"] == [f"subnet-0dev00000000000a{n}" for n in (1, 2, 3)]
    tagged = ask(aws, "aws:ec2/getSubnets:getSubnets", tags={"Name": "serving-prod-private-a"})
    assert tagged["ids"] == ["subnet-0prod0000000000a1"]
    vpc = ask(aws, "aws:ec2/getVpc:getVpc", tags={"Name": "serving-dev"})
    assert (vpc["id"], vpc["cidrBlock"]) == ("vpc-0dev00000000000a0", "10.0.0.0/16")
    cluster = ask(aws, "aws:eks/getCluster:getCluster", name="serving-dev")
    assert cluster["vpcConfig"]["subnetIds"] == subnets["ids"]
    assert cluster["identities"][0]["oidcs"][0]["issuer"].startswith("https://oidc.eks.eu-west-1")
    with pytest.raises(RefusedError, match="no matching Cluster"):
        ask(aws, "aws:eks/getCluster:getCluster", name="other")
    with pytest.raises(RefusedError, match="2 matching Vpc"):
        ask(aws, "aws:ec2/getVpc:getVpc")


def test_parameters(aws: Stack) -> None:
    get = "aws:ssm/getParameter:getParameter"
    name = (
        "/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/nvidia/recommended/image_id"
    )
    assert ask(aws, get, name=name)["value"].startswith("ami-")
    assert ask(aws, get, name=name) == ask(aws, get, name=name)
    aws.create("aws:ssm/parameter:Parameter", "p", name="/own", type="String", value="v")
    assert ask(aws, get, name="/own")["value"] == "v"
    with pytest.raises(RefusedError, match="ParameterNotFound"):
        ask(aws, get, name="/other")


def test_keys_by_alias(aws: Stack) -> None:
    key = aws.create("aws:kms/key:Key", "key")
    aws.create("aws:kms/alias:Alias", "a", name="alias/mine", targetKeyId=key.id)
    get = "aws:kms/getAlias:getAlias"
    assert ask(aws, get, name="alias/mine")["targetKeyArn"] == key.outputs["arn"]
    assert ask(aws, get, name="alias/aws/s3")["targetKeyId"]
    with pytest.raises(RefusedError, match="alias/other is not found"):
        ask(aws, get, name="alias/other")


def test_arguments_are_checked(aws: Stack) -> None:
    answer, problems = aws.life.invoke(IMAGE, {"repository": "x"})
    assert answer == {}
    assert {problem.path for problem in problems} == {"repository", "repositoryName"}


def test_a_function_without_an_answer_of_its_own_looks_into_the_store(aws: Stack) -> None:
    aws.create("aws:sns/topic:Topic", "topic", name="alerts")
    topic = "aws:sns/getTopic:getTopic"
    assert ask(aws, topic, name="alerts")["arn"].endswith(":alerts")
    with pytest.raises(RefusedError, match=r"no Topic with name alert in .*; did you mean alerts"):
        ask(aws, topic, name="alert")
    with pytest.raises(RefusedError, match="has no function aws:rds/getNothing:getNothing"):
        ask(aws, "aws:rds/getNothing:getNothing")


def test_what_the_vendor_publishes_is_made_up_the_same_each_time(aws: Stack) -> None:
    image = {"owners": ["amazon"], "mostRecent": True, "nameRegex": "^al2023"}
    first = ask(aws, "aws:ec2/getAmi:getAmi", **image)
    assert first["id"].startswith("ami-0")
    assert ask(aws, "aws:ec2/getAmi:getAmi", **image) == first
    assert ask(aws, "aws:ec2/getAmi:getAmi", **image | {"nameRegex": "^x"})["id"] != first["id"]
    (event,) = aws.store.events(operation="invoke")[:1]
    assert "made up" in event.detail


def test_several_are_listed(aws: Stack) -> None:
    answer = ask(aws, "aws:ec2/getVpcs:getVpcs")
    assert answer["ids"] == ["vpc-0dev00000000000a0", "vpc-0prod0000000000a0"]


def test_google_cloud_and_azure(tmp_path: Path) -> None:
    gcp = Stack("gcp", tmp_path / "store.sqlite", {"region": "europe-west1"})
    project = ask(gcp, "gcp:organizations/getProject:getProject")
    assert (project["projectId"], project["number"]) == ("example-models", "210987654321")
    client = ask(gcp, "gcp:organizations/getClientConfig:getClientConfig")
    assert (client["project"], client["region"]) == ("example-models", "europe-west1")
    with pytest.raises(RefusedError, match="Project not found: other"):
        ask(gcp, "gcp:organizations/getProject:getProject", projectId="other")
    azure = Stack("azure-native", tmp_path / "store.sqlite")
    config = ask(azure, "azure-native:authorization:getClientConfig")
    assert config["subscriptionId"] == "00000000-0000-0000-0000-000000000001"
