"""Endpoints of a VPC: AWS's services without the internet, and who may use them."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.place import Place, place
from components.checks import Checks

__all__ = ["EndpointPlace", "Reach", "read_reach", "vpc_endpoints"]

# What a model needs, and AWS's names of the services that give it.
# https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html
_NEEDS: Final[Mapping[str, Sequence[str]]] = {
    "api": ("ec2", "eks", "autoscaling", "elasticloadbalancing"),
    "artifacts": ("s3",),
    "identity": ("sts", "eks-auth"),
    # Layers of images are in S3.
    "images": ("ecr.api", "ecr.dkr", "s3"),
    "logs": ("logs", "monitoring"),
    "models": ("sagemaker.api", "sagemaker.runtime"),
    "secrets": ("kms", "secretsmanager"),
}
_GATEWAYS: Final = ("s3", "dynamodb")
_SERVICE: Final = r"[a-z0-9]+(?:[.-][a-z0-9]+)*"
_ACCOUNT: Final = r"\d{12}"
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
_BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
# Services with policies of endpoints, whose callers are always somebody's.
# https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
_BY_ACCOUNT: Final = frozenset(
    {
        *("autoscaling", "ec2", "ecr.api", "ecr.dkr", "eks", "elasticloadbalancing", "kms", "logs"),
        *("monitoring", "sagemaker.api", "sagemaker.runtime", "secretsmanager"),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What is reached, by AWS's names; by whose principals; and which buckets, all if none."""

    services: Sequence[str]
    accounts: Sequence[str]
    buckets: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointPlace:
    """Where endpoints belong. Subnets have one in each zone, route tables lead to gateways."""

    name: str
    vpc_id: pulumi.Input[str]
    subnet_ids: Sequence[pulumi.Input[str]]
    route_table_ids: Sequence[pulumi.Input[str]]
    security_group_id: pulumi.Input[str]
    tags: Mapping[str, str]
    parent: pulumi.Resource


def read_reach(checks: Checks) -> Reach:
    """`services`, `accounts` and `buckets`; notes what is wrong."""
    services: list[str] = []
    for word in checks.texts("services", list(_NEEDS)):
        if not re.fullmatch(_SERVICE, word):
            use = f"{', '.join(_NEEDS)}, or AWS's name of a service, such as bedrock-runtime"
            checks.problem("services", word, use)
        services += _NEEDS.get(word, (word,))
    accounts = checks.texts("accounts", [])
    for account in accounts:
        if not re.fullmatch(_ACCOUNT, account):
            checks.problem("accounts", account, "ids of AWS accounts, 12 digits")
    buckets = checks.texts("buckets", [])
    for bucket in buckets:
        if not re.fullmatch(_BUCKET, bucket):
            checks.problem("buckets", bucket, "names of S3 buckets")
    return Reach(services=list(dict.fromkeys(services)), accounts=accounts, buckets=buckets)


def vpc_endpoints(where: EndpointPlace, reach: Reach) -> list[aws.ec2.VpcEndpoint]:
    """One endpoint a service: a gateway, which costs nothing, where there is one."""
    known = place(where.parent)
    return [_endpoint(where, reach, known, service) for service in reach.services]


def _endpoint(
    where: EndpointPlace, reach: Reach, known: pulumi.Output[Place], service: str
) -> aws.ec2.VpcEndpoint:
    gateway = service in _GATEWAYS
    document = _document(service)
    return aws.ec2.VpcEndpoint(
        f"{where.name}-endpoint-{service}",
        vpc_id=where.vpc_id,
        service_name=pulumi.Output.format("com.amazonaws.{0}.{1}", known.apply(_region), service),
        vpc_endpoint_type="Gateway" if gateway else "Interface",
        route_table_ids=where.route_table_ids if gateway else None,
        subnet_ids=None if gateway else where.subnet_ids,
        security_group_ids=None if gateway else [where.security_group_id],
        private_dns_enabled=None if gateway else True,
        policy=known.apply(_with(document, reach)) if document else None,
        tags={**where.tags, "Name": f"{where.name}-{service}"},
        opts=pulumi.ResourceOptions(parent=where.parent),
    )


_Document = Callable[[Place, Reach], str]


def _region(known: Place) -> str:
    return known.region


def _with(document: _Document, reach: Reach) -> Callable[[Place], str]:
    return lambda known: document(known, reach)


def _document(service: str) -> _Document | None:
    """How the endpoint's policy is written; None leaves AWS's own, which allows everything."""
    special = {"s3": _artifacts, "sts": _identity}
    return special.get(service) or (_by_account if service in _BY_ACCOUNT else None)


def _statement(sid: str, actions: str | list[str], resources: str | list[str]) -> dict[str, Any]:
    """Who is allowed to by IAM, may do it through the endpoint."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": actions,
        "Resource": resources,
    }


def _of_accounts(known: Place, reach: Reach) -> dict[str, Any]:
    accounts = sorted({known.account_id, *reach.accounts})
    return {"Condition": {"StringEquals": {"aws:PrincipalAccount": accounts}}}


def _by_account(known: Place, reach: Reach) -> str:
    """Keys of another account are of no use here, so data does not leave by them."""
    return iam.document(_statement("OwnPrincipals", "*", "*") | _of_accounts(known, reach))


def _artifacts(known: Place, reach: Reach) -> str:
    """Buckets, and the one from which ECR gives layers in its own name.

    https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html
    """
    objects = f"arn:{known.partition}:s3:::"
    named = [f"{objects}{name}{tail}" for name in sorted(reach.buckets) for tail in ("", "/*")]
    layers = f"{objects}prod-{known.region}-starport-layer-bucket/*"
    return iam.document(
        _statement("OwnPrincipals", "s3:*", named or "*") | _of_accounts(known, reach),
        _statement("ImageLayers", "s3:GetObject", layers),
    )


def _identity(known: Place, reach: Reach) -> str:
    """Pods with a token of the cluster's are nobody's principals yet: roles say who may take them.

    https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
    """
    accounts = sorted({known.account_id, *reach.accounts})
    roles = [f"arn:{known.partition}:iam::{account}:role/*" for account in accounts]
    return iam.document(
        _statement("OwnPrincipals", "sts:*", "*") | _of_accounts(known, reach),
        _statement("Pods", "sts:AssumeRoleWithWebIdentity", roles),
    )
