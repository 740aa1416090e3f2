"""What a vendor numbers itself: which objects of a type there are that the state does not know.

Of AWS asked by its Cloud Control API, one client and one right for all of them: `ListResources`
names what is there, whoever made it. https://docs.aws.amazon.com/cloudcontrolapi/latest/userguide/
resource-operations-list.html. It needs `cloudformation:ListResources` and what a type's own list
needs, as `kms:ListKeys`. Of Google Cloud each service has its own list. Which of them is ours is
not decided here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from delivery.exits import Exit
from delivery.failure import Failure
from delivery.recovery import numbered_google
from delivery.recovery.ids import surroundings

__all__ = ["KINDS", "Kind", "unknown_to_state"]

# Each is read by its provider then; an account with more of what nobody here knows is asked of
# people.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Kind:
    """How AWS lists a type.

    Source: `primaryIdentifier` and `handlers.list` of the type's schema in CloudFormation.
    """

    name: str
    """What CloudFormation calls the type."""
    position: int = 0
    """Which part of the identifier Pulumi has as the id."""
    within: Mapping[str, str] = field(default_factory=dict[str, str])
    """What must be said to list it, by CloudFormation's name: which input that is."""
    also: str = ""
    """An output that the provider reads it by, beside the id."""


_OF_API: Final = {"ApiId": "apiId"}
KINDS: Final = {
    "aws:apigatewayv2/api:Api": Kind("AWS::ApiGatewayV2::Api"),
    "aws:apigatewayv2/authorizer:Authorizer": Kind("AWS::ApiGatewayV2::Authorizer", 0, _OF_API),
    "aws:apigatewayv2/integration:Integration": Kind("AWS::ApiGatewayV2::Integration", 1, _OF_API),
    "aws:apigatewayv2/route:Route": Kind("AWS::ApiGatewayV2::Route", 1, _OF_API),
    "aws:ec2/eip:Eip": Kind("AWS::EC2::EIP", 1),
    "aws:ec2/flowLog:FlowLog": Kind("AWS::EC2::FlowLog"),
    "aws:ec2/internetGateway:InternetGateway": Kind("AWS::EC2::InternetGateway"),
    "aws:ec2/launchTemplate:LaunchTemplate": Kind("AWS::EC2::LaunchTemplate"),
    "aws:ec2/natGateway:NatGateway": Kind("AWS::EC2::NatGateway"),
    "aws:ec2/routeTable:RouteTable": Kind("AWS::EC2::RouteTable"),
    "aws:ec2/securityGroup:SecurityGroup": Kind("AWS::EC2::SecurityGroup"),
    "aws:ec2/subnet:Subnet": Kind("AWS::EC2::Subnet"),
    "aws:ec2/vpc:Vpc": Kind("AWS::EC2::VPC"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Kind("AWS::EC2::VPCEndpoint"),
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": Kind(
        "AWS::EKS::PodIdentityAssociation", 0, {"ClusterName": "clusterName"}, "associationId"
    ),
    "aws:kms/key:Key": Kind("AWS::KMS::Key"),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": Kind(
        "AWS::EC2::SecurityGroupIngress", also="securityGroupRuleId"
    ),
}


def unknown_to_state(
    record: Mapping[str, Any], resources: Iterable[Mapping[str, Any]]
) -> list[str] | None:
    """Ids of all of this type that no resource of the state has; None where it cannot be listed.

    Args:
        record: the resource of a pending creation.
        resources: of the state.

    Raises:
        Failure: the vendor cannot be asked, or is another account than the stack's.
    """
    token = str(record["type"])
    known = list(resources)
    there = _of_amazon(record, known) if token in KINDS else _of_google(record, known)
    if there is None:
        return None
    ours = {str(each.get("id")) for each in known if each.get("type") == token}
    left = [each for each in there if each not in ours]
    if len(left) > _MOST:
        raise Failure(f"there are {len(left)} of these beside the state's")
    return left


def _of_google(record: Mapping[str, Any], known: list[Mapping[str, Any]]) -> list[str] | None:
    kind = numbered_google.KINDS.get(str(record["type"]))
    if kind is None:
        return None
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    said = {key: inputs[key] for key in ("project",) if isinstance(inputs.get(key), str)}
    return numbered_google.ids(kind, surroundings("gcp", record, known) | said)


def _of_amazon(record: Mapping[str, Any], known: list[Mapping[str, Any]]) -> list[str] | None:
    kind = KINDS[str(record["type"])]
    inputs = cast("Mapping[str, Any]", record.get("inputs") or {})
    model = {name: inputs.get(each) for name, each in kind.within.items()}
    around = surroundings("aws", record, known)
    region = inputs.get("region") or around.get("region")
    if not isinstance(region, str) or not all(isinstance(each, str) for each in model.values()):
        return None
    return [
        each.split("|")[kind.position].rpartition("/")[2]
        for each in _listed(kind.name, region, model, around.get("account", ""))
    ]


def _listed(name: str, region: str, model: Mapping[str, object], account: str) -> list[str]:
    import boto3  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.config import Config  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
    from botocore.exceptions import (  # noqa: PLC0415 # pyright: ignore[reportMissingTypeStubs]
        BotoCoreError,
        ClientError,
    )

    config = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5)
    asked = {"TypeName": name} | ({"ResourceModel": json.dumps(model)} if model else {})
    try:
        session = cast(Any, boto3.Session(region_name=region))
        mine = str(session.client("sts", config=config).get_caller_identity()["Account"])
        # The stack's provider may take a role elsewhere, which these credentials have not.
        if account and mine != account:
            raise Failure(f"the credentials are for AWS account {mine}, not {account}")
        pages = session.client("cloudcontrol", config=config).get_paginator("list_resources")
        return [
            str(each["Identifier"])
            for page in pages.paginate(**asked)
            for each in page["ResourceDescriptions"]
        ]
    except (BotoCoreError, ClientError) as error:
        text = str(error).strip().splitlines()[0]
        raise Failure(f"AWS cannot be asked: {text}", Exit.AUTHENTICATION) from None
