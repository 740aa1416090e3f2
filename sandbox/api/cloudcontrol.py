"""The Cloud Control API: what there is of a type of CloudFormation, by its identifier.

https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_ListResources.html
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.api.call import AwsError, Call, Operation
from sandbox.store import Row

__all__ = ["OPERATIONS", "TYPES"]

_TOKEN = "aws:cloudcontrol/resource:Resource"  # noqa: S105 - of Pulumi
_PAGE = 20


@dataclass(frozen=True, slots=True)
class Listed:
    """A type: Pulumi's token, what its identifier is made of, what must be said to list it.

    Parts are Pulumi's outputs, `id` its id.
    """

    token: str
    identifier: tuple[str, ...] = ("id",)
    within: Mapping[str, str] = field(default_factory=dict[str, str])


_OF_API = {"ApiId": "apiId"}
TYPES: Mapping[str, Listed] = {
    "AWS::ApiGatewayV2::Api": Listed("aws:apigatewayv2/api:Api"),
    "AWS::ApiGatewayV2::Authorizer": Listed(
        "aws:apigatewayv2/authorizer:Authorizer", ("id", "apiId"), _OF_API
    ),
    "AWS::ApiGatewayV2::Integration": Listed(
        "aws:apigatewayv2/integration:Integration", ("apiId", "id"), _OF_API
    ),
    "AWS::ApiGatewayV2::Route": Listed("aws:apigatewayv2/route:Route", ("apiId", "id"), _OF_API),
    "AWS::EC2::EIP": Listed("aws:ec2/eip:Eip", ("publicIp", "id")),
    "AWS::EC2::FlowLog": Listed("aws:ec2/flowLog:FlowLog"),
    "AWS::EC2::InternetGateway": Listed("aws:ec2/internetGateway:InternetGateway"),
    "AWS::EC2::LaunchTemplate": Listed("aws:ec2/launchTemplate:LaunchTemplate"),
    "AWS::EC2::NatGateway": Listed("aws:ec2/natGateway:NatGateway"),
    "AWS::EC2::RouteTable": Listed("aws:ec2/routeTable:RouteTable"),
    "AWS::EC2::SecurityGroup": Listed("aws:ec2/securityGroup:SecurityGroup"),
    "AWS::EC2::SecurityGroupIngress": Listed(
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
    ),
    "AWS::EC2::Subnet": Listed("aws:ec2/subnet:Subnet"),
    "AWS::EC2::VPC": Listed("aws:ec2/vpc:Vpc"),
    "AWS::EC2::VPCEndpoint": Listed("aws:ec2/vpcEndpoint:VpcEndpoint"),
    "AWS::EKS::PodIdentityAssociation": Listed(
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        ("associationArn",),
        {"ClusterName": "clusterName"},
    ),
    "AWS::KMS::Key": Listed("aws:kms/key:Key"),
}


def _list_resources(call: Call) -> dict[str, Any]:
    name = call.text("TypeName")
    listed = TYPES.get(name)
    if listed is None:
        raise AwsError("TypeNotFoundException", f"The sandbox does not list {name} yet.")
    model: dict[str, Any] = json.loads(call.parameters.get("ResourceModel") or "{}")
    if missing := sorted(listed.within.keys() - model.keys()):
        raise AwsError(
            "InvalidRequestException", f"Missing or invalid ResourceModel property: {missing[0]}"
        )
    found = [
        row
        for row in call.all(listed.token)
        if all(_part(row, of) == model[name] for name, of in listed.within.items())
    ]
    begin = int(str(call.parameters.get("NextToken") or "0"))
    end = begin + int(call.parameters.get("MaxResults") or _PAGE)
    members: dict[str, Any] = {
        "TypeName": name,
        "ResourceDescriptions": [
            {"Identifier": "|".join(_part(row, of) for of in listed.identifier)}
            for row in found[begin:end]
        ],
    }
    return members | ({"NextToken": str(end)} if end < len(found) else {})


def _part(row: Row, of: str) -> str:
    return row.id if of == "id" else str({**row.inputs, **row.outputs}.get(of, ""))


OPERATIONS = {"ListResources": Operation(_list_resources, _TOKEN)}
