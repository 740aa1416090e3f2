"""A network on AWS whose machines reach what a model needs, and nothing else."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from components.aws.log_retention import read_retention
from components.aws.vpc import (
    LARGEST_PREFIX,
    MOST_ZONES,
    SMALLEST_PREFIX,
    Network,
    flow_logs,
    network,
)
from components.aws.vpc_endpoints import EndpointPlace, read_reach, vpc_endpoints
from components.checks import Checks
from components.serving import check_name
from components.tags import read_tags
from facts import tags as vocabulary
from facts.addresses import is_private
from facts.resource_ids import KMS_KEY

__all__ = ["AwsPrivateNetwork", "AwsPrivateNetworkArgs"]

_DEFAULT_CIDR: Final = "10.64.0.0/16"
_ZONE: Final = r"[a-z]{2}(?:-[a-z]+)+-\d[a-z]|[a-z]{2}(?:-[a-z]+)+-\d-[a-z]+-\d[a-z]"
# EKS's control plane is in two.
_LEAST_ZONES: Final = 2
_JOINED: Final = ("vpc_id", "subnet_ids", "route_table_ids")
# What only a network of one's own has.
_MADE: Final = ("zones", "internet", "nat_gateways", "log_retention_days", "key")


class AwsPrivateNetworkArgs(TypedDict):
    """Flat arguments of `AwsPrivateNetwork`; only texts may be outputs of other resources."""

    environment: NotRequired[str]
    """Name of the environment, such as `dev` or `prod`, for the tags. Default: not tagged."""
    zones: NotRequired[list[str]]
    """Availability zones, two to seven, each with a private subnet; more can come behind them.
    Needed for a network of its own. Default: none."""
    cidr: NotRequired[str]
    """Private range of addresses, /16 to /22, an eighth of it for each zone; of a joined network,
    the addresses that use the endpoints. Default: 10.64.0.0/16; the joined VPC's first range."""
    services: NotRequired[list[str]]
    """What is reached privately: api, artifacts, identity, images, logs, models (SageMaker),
    secrets, or AWS's name of a service, such as `bedrock-runtime`. Default: all of the words."""
    accounts: NotRequired[list[str]]
    """Further accounts whose principals may pass the endpoints, beside the provider's own. Default:
    none."""
    buckets: NotRequired[list[str]]
    """S3 buckets that are reached; ECR's own is beside them. Default: all that IAM allows to the
    accounts' principals."""
    internet: NotRequired[bool]
    """Whether machines reach the internet by NAT; nothing reaches them from there. Default:
    false."""
    nat_gateways: NotRequired[int]
    """NAT gateways: one in each zone, or 1 in all, which costs less and lasts as long as its zone.
    Default: one in each zone."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC to join: only endpoints and their security group are made in it. Default: a VPC of its
    own."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets of the joined VPC, one in each zone. Default: those that are made."""
    route_table_ids: NotRequired[list[pulumi.Input[str]]]
    """Route tables of those subnets. Default: those that are made."""
    log_retention_days: NotRequired[int]
    """How long flow logs are kept. Default: 365."""
    key: NotRequired[pulumi.Input[str]]
    """ARN of the KMS key of flow logs; its policy lets CloudWatch Logs use it. Default: a key of
    the network's own, which rotates."""
    tags: NotRequired[dict[str, str]]
    """Tags; words of the vocabulary (facts/tags.py), such as owner, get its prefix.
    Default: none."""


@dataclass(frozen=True, slots=True)
class _Own:
    cidr: str
    zones: list[str]
    nat_gateways: int
    log_retention_days: int


class AwsPrivateNetwork(pulumi.ComponentResource):
    """VPC, private subnets, flow logs, and endpoints for what is reached; or endpoints alone.

    Whoever takes the subnets comes after the ways out: machines without them never join.
    """

    vpc_id: pulumi.Output[str]
    subnet_ids: pulumi.Output[list[str]]
    route_table_ids: pulumi.Output[list[str]]
    cidr: pulumi.Output[str]
    endpoint_security_group_id: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        args: AwsPrivateNetworkArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        checks = Checks("AwsPrivateNetwork", name, args, AwsPrivateNetworkArgs.__annotations__)
        check_name(checks, name)
        own = None if checks.given("vpc_id") else _read_own(checks)
        if own is None:
            _check_joined(checks, args)
        reach = read_reach(checks)
        tags = vocabulary.aws(read_tags(checks))
        checks.raise_problems()
        super().__init__("model-serving:index:AwsPrivateNetwork", name, {}, opts)

        if own is not None:
            used = network(
                name,
                cidr=own.cidr,
                zones=own.zones,
                nat_gateways=own.nat_gateways,
                tags=tags,
                parent=self,
            )
            flow_logs(
                name,
                vpc_id=used.vpc_id,
                retention_days=own.log_retention_days,
                key_arn=args.get("key"),
                tags=tags,
                parent=self,
            )
            cidr = pulumi.Output.from_input(own.cidr)
        else:
            used = Network(
                vpc_id=pulumi.Output.from_input(args.get("vpc_id", "")),
                subnet_ids=list(args.get("subnet_ids", [])),
                route_table_ids=list(args.get("route_table_ids", [])),
            )
            cidr = _range(self, args, used.vpc_id)
        group = _endpoint_group(self, name, used.vpc_id, cidr, tags)
        endpoints = vpc_endpoints(
            EndpointPlace(
                name=name,
                vpc_id=used.vpc_id,
                subnet_ids=used.subnet_ids,
                route_table_ids=used.route_table_ids,
                security_group_id=group.id,
                tags=tags,
                parent=self,
            ),
            reach,
        )

        self.vpc_id = used.vpc_id
        self.subnet_ids = _after(used, endpoints)
        self.route_table_ids = pulumi.Output.all(*used.route_table_ids)
        self.cidr = cidr
        self.endpoint_security_group_id = group.id
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "subnet_ids": self.subnet_ids,
                "route_table_ids": self.route_table_ids,
                "cidr": self.cidr,
                "endpoint_security_group_id": self.endpoint_security_group_id,
            }
        )


def _read_own(checks: Checks) -> _Own:
    for key in _JOINED:
        if checks.given(key):
            checks.problem(key, "…", "vpc_id beside it, the VPC to join")
    zones = checks.texts("zones", [])
    for zone in zones:
        if not re.fullmatch(_ZONE, zone):
            checks.problem("zones", zone, "availability zones, such as eu-west-1a")
    if not _LEAST_ZONES <= len(zones) <= MOST_ZONES or len(set(zones)) < len(zones):
        checks.problem("zones", zones, f"{_LEAST_ZONES} to {MOST_ZONES} different zones")
    internet = checks.flag("internet", default=False)
    most = max(1, len(zones))
    nat_gateways = checks.whole("nat_gateways", most, 1, most)
    if nat_gateways not in {1, most}:
        checks.problem("nat_gateways", nat_gateways, f"1, or {most}, one in each zone")
    if checks.given("nat_gateways") and not internet:
        checks.problem("nat_gateways", nat_gateways, "internet: true beside it")
    checks.optional_text("key", KMS_KEY, "the ARN of a KMS key")
    return _Own(
        cidr=_read_cidr(checks),
        zones=zones,
        nat_gateways=nat_gateways if internet else 0,
        log_retention_days=read_retention(checks),
    )


def _read_cidr(checks: Checks) -> str:
    text = checks.plain("cidr", _DEFAULT_CIDR)
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError:
        block = None
    if (
        block is None
        or not is_private(str(block))
        or not LARGEST_PREFIX <= block.prefixlen <= SMALLEST_PREFIX
    ):
        use = f"a private range from /{LARGEST_PREFIX} to /{SMALLEST_PREFIX}, as 10.64.0.0/16"
        checks.problem("cidr", text, use)
    return text


def _check_joined(checks: Checks, args: AwsPrivateNetworkArgs) -> None:
    for key in ("subnet_ids", "route_table_ids"):
        if not args.get(key):
            checks.problem(key, args.get(key), "those of the private part of the joined VPC")
    for key in _MADE:
        if checks.given(key):
            checks.problem(key, args.get(key), "it without vpc_id: a joined VPC is its owner's")
    checks.optional_text("cidr", r"[0-9.]+/\d{1,2}", "a range of addresses, as 10.0.0.0/16")


def _range(
    parent: pulumi.Resource, args: AwsPrivateNetworkArgs, vpc_id: pulumi.Output[str]
) -> pulumi.Output[str]:
    if "cidr" in args:
        return pulumi.Output.from_input(args["cidr"])
    lookup = pulumi.InvokeOptions(parent=parent)
    return aws.ec2.get_vpc_output(id=vpc_id, opts=lookup).cidr_block


def _endpoint_group(
    parent: pulumi.Resource,
    name: str,
    vpc_id: pulumi.Output[str],
    cidr: pulumi.Output[str],
    tags: dict[str, str],
) -> aws.ec2.SecurityGroup:
    """Endpoints answer what is inside by HTTPS, and begin nothing."""
    child = pulumi.ResourceOptions(parent=parent)
    group = aws.ec2.SecurityGroup(
        f"{name}-endpoints",
        vpc_id=vpc_id,
        description=f"Endpoints of network {name}",
        tags={**tags, "Name": f"{name}-endpoints"},
        opts=child,
    )
    aws.vpc.SecurityGroupIngressRule(
        f"{name}-endpoints-https",
        security_group_id=group.id,
        description="HTTPS from inside",
        cidr_ipv4=cidr,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        tags=tags,
        opts=child,
    )
    return group


def _after(used: Network, endpoints: Sequence[aws.ec2.VpcEndpoint]) -> pulumi.Output[list[str]]:
    count = len(used.subnet_ids)
    waited = [*used.ways_out, *(endpoint.service_name for endpoint in endpoints)]
    return pulumi.Output.all(*used.subnet_ids, *waited).apply(lambda known: list(known[:count]))
