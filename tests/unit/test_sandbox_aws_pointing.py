"""What AWS properties point to is there and of the right kind; the table is true to the SDK."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.aws.pointers import POINTERS
from sandbox.clouds.aws.pointing import values_at
from sandbox.clouds.base import RefusedError
from sandbox.schema import Library, Type
from tests.unit.sandbox_aws import ACCOUNT, MODEL, ROLE, function, role
from tests.unit.sandbox_life import Stack, trust, urn

EU = f"eu-west-1:{ACCOUNT}"


@pytest.fixture
def aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setenv("MODEL_SERVING_SANDBOX_TIME_SCALE", "0")
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


# ---- the table ----


def _plain(declared: Type) -> Type:
    """The first of a union: the others are enumerations of the same."""
    return declared.of[0] if declared.kind == "union" else declared


@pytest.mark.parametrize("token", list(POINTERS))
def test_every_path_and_target_is_declared(token: str) -> None:
    library = Library("aws")
    for pointer in POINTERS[token]:
        for target in pointer.tokens:
            assert library.resource(target).token == target
        properties = library.resource(token).inputs
        steps = pointer.path.split(".")
        for number, step in enumerate(steps, start=1):
            declared = _plain(properties[step.removesuffix("[]")].type)
            if step.endswith("[]"):
                assert declared.kind == "array", (token, pointer.path)
                declared = _plain(declared.of[0])
            if number < len(steps):
                nested = library.nested(declared.ref)
                assert nested is not None, (token, pointer.path)
                assert nested.properties is not None
                properties = nested.properties
            else:
                assert declared.kind == "string", (token, pointer.path)


def test_paths_are_walked_with_their_indices() -> None:
    inputs = {"a": [{"b": "1"}, {}, {"b": "2"}], "c": {"d": ["x"]}}
    assert list(values_at(inputs, "a[].b")) == [("a[0].b", "1"), ("a[2].b", "2")]
    assert list(values_at(inputs, "c.d[]")) == [("c.d[0]", "x")]
    assert list(values_at(inputs, "c[].d")) == []


# ---- what is refused ----

SOME_VARIANT: list[dict[str, Any]] = [{}]
CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FUNCTION = "aws:lambda/function:Function"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
WATCHED = {
    "comparisonOperator": "GreaterThanThreshold",
    "evaluationPeriods": 1,
    "metricName": "Errors",
    "namespace": "Tests",
    "period": 60,
    "statistic": "Sum",
    "threshold": 1,
}
PODS = "aws:eks/podIdentityAssociation:PodIdentityAssociation"


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (
            CONFIGURATION,
            {"productionVariants": SOME_VARIANT, "kmsKeyArn": f"arn:aws:kms:{EU}:key/no"},
            "kmsKeyArn: Key .*key/no does not exist",
        ),
        (
            "aws:cloudwatch/logGroup:LogGroup",
            {"kmsKeyId": f"arn:aws:kms:{EU}:alias/no"},
            "kmsKeyId: Alias alias/no does not exist",
        ),
        (
            CONFIGURATION,
            {"productionVariants": SOME_VARIANT, "kmsKeyArn": f"arn:aws:sns:{EU}:topic"},
            "an ARN of sns; use that of a Key",
        ),
        (
            "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
            {
                "logGroup": "no",
                "filterPattern": "",
                "destinationArn": f"arn:aws:lambda:{EU}:function:no",
            },
            "(?s)LogGroup no does not exist.*Function .*no does not exist",
        ),
        (
            "aws:ec2/vpcEndpoint:VpcEndpoint",
            {"vpcId": "vpc-0dev00000000000a1", "serviceName": "s", "subnetIds": ["subnet-1"]},
            "(?s)did you mean vpc-0dev00000000000a0.*Subnet subnet-1 does not exist",
        ),
        (
            "aws:scheduler/schedule:Schedule",
            {
                "scheduleExpression": "rate(1 hour)",
                "flexibleTimeWindow": {"mode": "OFF"},
                "target": {
                    "arn": f"arn:aws:sqs:{EU}:no",
                    "roleArn": f"arn:aws:iam::{ACCOUNT}:role/serving-dev-cluster",
                },
            },
            "scheduler.amazonaws.com cannot assume role",
        ),
        (
            "aws:iam/instanceProfile:InstanceProfile",
            {"role": "serving-dev-clustr"},
            "did you mean serving-dev-cluster",
        ),
    ],
)
def test_what_is_not_there_is_refused(
    aws: Stack, token: str, inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(RefusedError, match=message):
        aws.create(token, "it", **inputs)


def doubts(aws: Stack, token: str, inputs: dict[str, Any]) -> list[str]:
    found = aws.life.doubts(urn(token, "it"), inputs, set())
    return [f"{doubt.path}: {doubt.reason}" for doubt in found]


@pytest.mark.parametrize(
    ("token", "inputs", "message"),
    [
        (
            ALARM,
            {**WATCHED, "alarmActions": [f"arn:aws:sns:{EU}:no"]},
            r"alarmActions\[0\]: Topic .* does not exist.*AWS takes it as it is",
        ),
        (
            CONFIGURATION,
            {
                "productionVariants": SOME_VARIANT,
                "asyncInferenceConfig": {
                    "outputConfig": {
                        "s3OutputPath": "s3://example-models/out",
                        "notificationConfig": {"errorTopic": f"arn:aws:sns:{EU}:no"},
                    }
                },
            },
            r"notificationConfig\.errorTopic: Topic .* does not exist",
        ),
        (
            "aws:cloudwatch/eventTarget:EventTarget",
            {"rule": "r", "arn": f"arn:aws:lambda:{EU}:function:no"},
            "arn: Function .*no does not exist",
        ),
        ("aws:sqs/queue:Queue", {"kmsMasterKeyId": "alias/no"}, "Alias alias/no does not exist"),
        (
            "aws:ec2/launchTemplate:LaunchTemplate",
            {"vpcSecurityGroupIds": ["sg-1"]},
            r"vpcSecurityGroupIds\[0\]: SecurityGroup sg-1 does not exist",
        ),
    ],
)
def test_what_the_service_takes_as_it_is_passes_with_a_warning(
    aws: Stack, token: str, inputs: dict[str, Any], message: str
) -> None:
    aws.create(
        "aws:cloudwatch/eventRule:EventRule", "r", name="r", scheduleExpression="rate(1 day)"
    )
    assert aws.create(token, "it", **inputs)
    (doubt,) = doubts(aws, token, inputs)
    assert re.search(message, doubt)


def test_what_is_there_is_not_doubted(aws: Stack) -> None:
    topic = aws.create("aws:sns/topic:Topic", "t")
    assert doubts(aws, ALARM, {**WATCHED, "alarmActions": [topic.outputs["arn"]]}) == []


@pytest.mark.parametrize(
    "action",
    [
        "arn:aws:sns:eu-west-1:999999999999:theirs",
        f"arn:aws:sns:us-east-1:{ACCOUNT}:elsewhere",
        "arn:aws:automate:eu-west-1:ec2:stop",
        f"arn:aws:ssm:{EU}:opsitem:1",
    ],
)
def test_what_cannot_be_known_passes(aws: Stack, action: str) -> None:
    assert aws.create(ALARM, "a", **WATCHED, alarmActions=[action])


@pytest.mark.parametrize("form", ["{id}", "{arn}", "alias/models", "{alias}", "alias/aws/s3"])
def test_a_key_is_named_in_every_way(aws: Stack, form: str) -> None:
    key = aws.create("aws:kms/key:Key", "k")
    alias = aws.create("aws:kms/alias:Alias", "a", name="alias/models", targetKeyId=key.id)
    given = form.format(id=key.id, arn=key.outputs["arn"], alias=alias.outputs["arn"])
    assert doubts(aws, "aws:sqs/queue:Queue", {"kmsMasterKeyId": given}) == []


def test_versions_and_aliases_of_a_function_are_looked_up(aws: Stack) -> None:
    made = function(aws)
    rule = aws.create("aws:cloudwatch/eventRule:EventRule", "r", scheduleExpression="rate(1 day)")
    target = "aws:cloudwatch/eventTarget:EventTarget"
    arn = made.outputs["arn"]
    assert doubts(aws, target, {"rule": rule.id, "arn": f"{arn}:1"}) == []
    (doubt,) = doubts(aws, target, {"rule": rule.id, "arn": f"{arn}:live"})
    assert "has no version or alias live" in doubt


def test_an_api_invokes_a_function_that_is_there(aws: Stack) -> None:
    api = aws.create("aws:apigatewayv2/api:Api", "api", protocolType="HTTP")
    made = function(aws)
    integration = "aws:apigatewayv2/integration:Integration"
    given = {"apiId": api.id, "integrationType": "AWS_PROXY"}
    for uri in (made.outputs["invokeArn"], made.outputs["arn"]):
        assert doubts(aws, integration, {**given, "integrationUri": uri}) == []
    gone = made.outputs["invokeArn"].replace(made.id, "no")
    assert aws.create(integration, "i", **given, integrationUri=gone)
    (doubt,) = doubts(aws, integration, {**given, "integrationUri": gone})
    assert re.match(r"integrationUri: Function .*no does not exist", doubt)


@pytest.mark.parametrize(
    ("token", "more"),
    [("aws:sqs/queue:Queue", {}), ("aws:sqs/redrivePolicy:RedrivePolicy", {"queueUrl": ""})],
)
def test_dead_letters_go_to_a_queue_that_is_there(
    aws: Stack, token: str, more: dict[str, Any]
) -> None:
    dead = aws.create("aws:sqs/queue:Queue", "dead")
    given = dict.fromkeys(more, dead.id)
    arn = str(dead.outputs["arn"])
    document = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
    with pytest.raises(RefusedError, match=r"redrivePolicy: Dead letter target does not exist"):
        aws.create(token, "q", **given, redrivePolicy=document.replace(arn, f"{arn}0"))
    theirs = document.replace(ACCOUNT, "999999999999")
    assert aws.create(token, "a", **given, redrivePolicy=theirs)
    assert aws.create("aws:sqs/queue:Queue", "b", redrivePolicy=document)


# ---- trust ----


def _trusting(aws: Stack, condition: dict[str, Any]) -> str:
    document = trust("sagemaker.amazonaws.com").replace(
        '"Action"', f'"Condition": {json.dumps(condition)}, "Action"'
    )
    return str(aws.create(ROLE, "r", assumeRolePolicy=document).outputs["arn"])


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ({"StringEquals": {"aws:SourceAccount": ACCOUNT}}, ""),
        ({"StringEquals": {"aws:SourceAccount": "999999999999"}}, "asks for aws:SourceAccount"),
        ({"ArnLike": {"aws:SourceArn": f"arn:aws:sagemaker:*:{ACCOUNT}:*"}}, ""),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sagemaker:*:999999999999:*"}}, "aws:SourceArn"),
        ({"Bool": {"aws:SecureTransport": "true"}}, ""),
    ],
)
def test_conditions_of_a_trust_policy_that_are_certain(
    aws: Stack, condition: dict[str, Any], message: str
) -> None:
    arn = _trusting(aws, condition)
    given = {"executionRoleArn": arn, "primaryContainer": {"image": "x"}}
    if not message:
        assert aws.create(MODEL, "m", **given)
        return
    with pytest.raises(RefusedError, match=message):
        aws.create(MODEL, "m", **given)


def test_pods_need_both_actions(aws: Stack) -> None:
    given = {"clusterName": "serving-dev", "namespace": "models", "serviceAccount": "s"}
    document = trust("pods.eks.amazonaws.com")
    half = aws.create(ROLE, "half", assumeRolePolicy=document)
    with pytest.raises(RefusedError, match="sts:TagSession"):
        aws.create(PODS, "p", **given, roleArn=half.outputs["arn"])
    both = document.replace('"sts:AssumeRole"', '["sts:AssumeRole", "sts:TagSession"]')
    whole = aws.create(ROLE, "whole", assumeRolePolicy=both)
    assert aws.create(PODS, "p", **given, roleArn=whole.outputs["arn"])


def _federated(provider: str, key: str) -> str:
    return (
        '{"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",'
        f' "Principal": {{"Federated": "{provider}"}},'
        f' "Condition": {{"StringEquals": {{"{key}:sub": "system:serviceaccount:m:s"}}}}}}]}}'
    )


def test_a_role_for_service_accounts_trusts_the_clusters_provider(aws: Stack) -> None:
    (row,) = [
        row
        for row in aws.store.list("aws", "aws:iam/openIdConnectProvider:OpenIdConnectProvider")
        if row.id.endswith("646576")  # "dev"
    ]
    issuer = row.id.partition("oidc-provider/")[2]
    assert doubts(aws, ROLE, {"assumeRolePolicy": _federated(row.id, issuer)}) == []
    (foreign,) = doubts(aws, ROLE, {"assumeRolePolicy": _federated(row.id, f"{issuer}0")})
    assert "is never met" in foreign
    document = _federated(f"{row.id}0", f"{issuer}0")
    assert aws.create(ROLE, "r", assumeRolePolicy=document)
    (gone,) = doubts(aws, ROLE, {"assumeRolePolicy": document})
    assert re.search(r"OIDC provider .*0 does not exist", gone)


def test_an_identity_provider_is_named_without_its_scheme(aws: Stack) -> None:
    """A role for service accounts is made of both, as every cluster's programs do."""
    kind = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
    given = {"url": "https://oidc.example.com/id/A", "clientIdLists": ["sts.amazonaws.com"]}
    made = aws.create(kind, "p", **given)
    assert made.id == f"arn:aws:iam::{ACCOUNT}:oidc-provider/oidc.example.com/id/A"
    assert made.outputs["url"] == "oidc.example.com/id/A"
    document = _federated(made.id, made.outputs["url"])
    assert doubts(aws, ROLE, {"assumeRolePolicy": document}) == []
    assert aws.paths(made) == {}


def test_a_trust_policy_names_roles_that_exist(aws: Stack) -> None:
    document = trust("x").replace('"Service": ["x"]', f'"AWS": "arn:aws:iam::{ACCOUNT}:role/no"')
    with pytest.raises(RefusedError, match='Invalid principal in policy: "AWS"'):
        aws.create(ROLE, "r", assumeRolePolicy=document)
    assert aws.create(ROLE, "r", assumeRolePolicy=document.replace("role/no", "root"))


# ---- networks ----


def test_nodes_are_in_the_network_of_their_cluster(aws: Stack) -> None:
    scaling = {"minSize": 1, "maxSize": 1, "desiredSize": 1}
    given = {
        "clusterName": "serving-dev",
        "scalingConfig": scaling,
        "updateConfig": {"maxUnavailable": 1},
    }
    arn = role(aws, "ec2.amazonaws.com")
    with pytest.raises(RefusedError, match="subnet-0prod0000000000a1 is not in the VPC of cluster"):
        aws.create(
            NODE_GROUP, "n", **given, nodeRoleArn=arn, subnetIds=["subnet-0prod0000000000a1"]
        )


def test_a_cluster_is_in_two_zones(aws: Stack) -> None:
    arn = f"arn:aws:iam::{ACCOUNT}:role/serving-dev-cluster"
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    given = {"roleArn": arn, "vpcConfig": {"subnetIds": ["subnet-0dev00000000000a1"]}}
    with pytest.raises(RefusedError, match="must include the `ec2:DescribeSubnets` action"):
        aws.create("aws:eks/cluster:Cluster", "c", **given)
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    aws.create(attachment, "a", role="serving-dev-cluster", policyArn=policy)
    with pytest.raises(RefusedError, match="at least two different AZs; all are in eu-west-1a"):
        aws.create("aws:eks/cluster:Cluster", "c", **given)


# ---- what AWS makes by itself ----


def test_what_the_cloud_gives_can_be_pointed_to(aws: Stack) -> None:
    vpc = aws.create("aws:ec2/vpc:Vpc", "v", cidrBlock="10.9.0.0/16")
    subnet = aws.create("aws:ec2/subnet:Subnet", "s", vpcId=vpc.id, cidrBlock="10.9.1.0/24")
    address = aws.create("aws:ec2/eip:Eip", "e", domain="vpc")
    group = vpc.outputs["defaultSecurityGroupId"]
    endpoint = "aws:ec2/vpcEndpoint:VpcEndpoint"
    assert aws.create(endpoint, "e", vpcId=vpc.id, serviceName="s", securityGroupIds=[group])
    assert aws.create(
        *("aws:ec2/natGateway:NatGateway", "n"),
        subnetId=subnet.id,
        allocationId=address.outputs["allocationId"],
    )
    route = "aws:ec2/routeTableAssociation:RouteTableAssociation"
    assert aws.create(route, "r", subnetId=subnet.id, routeTableId=vpc.outputs["mainRouteTableId"])
    last = "0" if group[-1] != "0" else "1"
    with pytest.raises(RefusedError, match=r"securityGroupIds\[0\]: SecurityGroup sg-.* does not"):
        aws.create(
            *(endpoint, "f"),
            vpcId=vpc.id,
            serviceName="s",
            securityGroupIds=[group[:-1] + last],
        )


def test_a_cluster_has_a_group_of_its_own(aws: Stack) -> None:
    name = "serving-dev-cluster"
    policy = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    attachment = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
    aws.create(attachment, "a", role=name, policyArn=policy)
    subnets = [f"subnet-0dev00000000000a{number}" for number in (1, 2)]
    made = aws.create(
        "aws:eks/cluster:Cluster",
        "c",
        roleArn=f"arn:aws:iam::{ACCOUNT}:role/{name}",
        vpcConfig={"subnetIds": subnets},
    )
    network = made.outputs["vpcConfig"]
    assert network["vpcId"] == "vpc-0dev00000000000a0"
    rule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    group = network["clusterSecurityGroupId"]
    assert aws.create(rule, "r", securityGroupId=group, ipProtocol="-1", cidrIpv4="10.0.0.0/8")
    after = aws.update(made, tags={"a": "b"})
    assert after.outputs["vpcConfig"] == network


def test_older_types_are_the_same_things(aws: Stack) -> None:
    bucket = aws.create("aws:s3/bucketV2:BucketV2", "b", bucket="older")
    versioning = "aws:s3/bucketVersioning:BucketVersioning"
    given = {"versioningConfiguration": {"status": "Enabled"}}
    assert bucket.id == "older"
    assert aws.create(versioning, "v", bucket=bucket.id, **given)
    schedule = "aws:scheduler/schedule:Schedule"
    role_arn = role(aws, "scheduler.amazonaws.com")
    topic = aws.create("aws:sns/topic:Topic", "t")
    target = {"arn": topic.outputs["arn"], "roleArn": role_arn}
    window = {"mode": "OFF"}
    rate = "rate(1 hour)"
    assert aws.create(
        *(schedule, "s"),
        groupName="default",
        scheduleExpression=rate,
        flexibleTimeWindow=window,
        target=target,
    )
