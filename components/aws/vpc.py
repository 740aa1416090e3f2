"""A VPC with private subnets, and with public ones where machines need the internet."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws import iam
from components.aws.own_key import own_key
from components.aws.place import Place, place

__all__ = ["LARGEST_PREFIX", "MOST_ZONES", "SMALLEST_PREFIX", "Network", "flow_logs", "network"]

# A VPC has /16 to /28; an eighth of an eighth, a public subnet, is a /28 at the least.
# https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
LARGEST_PREFIX: Final = 16
SMALLEST_PREFIX: Final = 22
_EIGHTH: Final = 3
# The last eighth is for public subnets.
MOST_ZONES: Final = 7
_EVERYWHERE: Final = "0.0.0.0/0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A VPC and its private part."""

    vpc_id: pulumi.Output[str]
    subnet_ids: list[pulumi.Input[str]]
    route_table_ids: list[pulumi.Input[str]]
    ways_out: list[pulumi.Output[str]] = field(default_factory=list[pulumi.Output[str]])
    """Known when there are routes to the internet, if at all."""


def network(
    name: str,
    *,
    cidr: str,
    zones: Sequence[str],
    nat_gateways: int,
    tags: Mapping[str, str],
    parent: pulumi.Resource,
) -> Network:
    """Nothing routes out of it but through so many NAT gateways: none, one, or one a zone."""
    child = pulumi.ResourceOptions(parent=parent)
    *private, last = ipaddress.IPv4Network(cidr).subnets(_EIGHTH)
    vpc = aws.ec2.Vpc(
        f"{name}-vpc",
        cidr_block=cidr,
        # The names of endpoints and of the cluster's API resolve to private addresses.
        enable_dns_support=True,
        enable_dns_hostnames=True,
        tags={**tags, "Name": name},
        opts=child,
    )
    # Without rules: what forgets to name a group reaches nothing.
    aws.ec2.DefaultSecurityGroup(f"{name}-default-group", vpc_id=vpc.id, tags=tags, opts=child)
    tables: list[aws.ec2.RouteTable] = []
    subnets: list[aws.ec2.Subnet] = []
    for zone, block in zip(zones, private, strict=False):
        labels = {"kubernetes.io/role/internal-elb": "1", "tier": "private"}
        subnet = _subnet(f"{name}-private-{zone}", vpc, zone, str(block), {**tags, **labels}, child)
        subnets.append(subnet)
        tables.append(_table(f"{name}-private-{zone}", vpc, subnet, tags, child))
    ways_out: list[pulumi.Output[str]] = []
    if nat_gateways:
        blocks = dict(zip(zones, map(str, last.subnets(_EIGHTH)), strict=False))
        gateways = _way_out(name, vpc, blocks, list(zones)[:nat_gateways], tags, child)
        for number, (zone, table) in enumerate(zip(zones, tables, strict=True)):
            route = aws.ec2.Route(
                f"{name}-private-{zone}-internet",
                route_table_id=table.id,
                destination_cidr_block=_EVERYWHERE,
                nat_gateway_id=gateways[number % len(gateways)].id,
                opts=child,
            )
            ways_out.append(route.route_table_id)
    return Network(
        vpc_id=vpc.id,
        subnet_ids=[subnet.id for subnet in subnets],
        route_table_ids=[table.id for table in tables],
        ways_out=ways_out,
    )


def _subnet(  # noqa: PLR0917 - a subnet's own
    name: str,
    vpc: aws.ec2.Vpc,
    zone: str,
    block: str,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> aws.ec2.Subnet:
    return aws.ec2.Subnet(
        name,
        vpc_id=vpc.id,
        availability_zone=zone,
        cidr_block=block,
        map_public_ip_on_launch=False,
        tags={**tags, "Name": name},
        opts=child,
    )


def _table(
    name: str,
    vpc: aws.ec2.Vpc,
    subnet: aws.ec2.Subnet,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> aws.ec2.RouteTable:
    table = aws.ec2.RouteTable(
        f"{name}-routes", vpc_id=vpc.id, tags={**tags, "Name": name}, opts=child
    )
    aws.ec2.RouteTableAssociation(
        f"{name}-association", route_table_id=table.id, subnet_id=subnet.id, opts=child
    )
    return table


def _way_out(  # noqa: PLR0917 - what the network has read
    name: str,
    vpc: aws.ec2.Vpc,
    blocks: Mapping[str, str],
    zones: Sequence[str],
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> list[aws.ec2.NatGateway]:
    """Public subnets in all zones, for load balancers, and NAT gateways in these."""
    internet = aws.ec2.InternetGateway(
        f"{name}-internet-gateway", vpc_id=vpc.id, tags={**tags, "Name": name}, opts=child
    )
    gateways: list[aws.ec2.NatGateway] = []
    for zone, block in blocks.items():
        public = f"{name}-public-{zone}"
        labels = {"kubernetes.io/role/elb": "1", "tier": "public"}
        subnet = _subnet(public, vpc, zone, block, {**tags, **labels}, child)
        table = _table(public, vpc, subnet, tags, child)
        route = aws.ec2.Route(
            f"{public}-internet",
            route_table_id=table.id,
            destination_cidr_block=_EVERYWHERE,
            gateway_id=internet.id,
            opts=child,
        )
        if zone not in zones:
            continue
        address = aws.ec2.Eip(
            f"{name}-nat-{zone}-address",
            domain="vpc",
            tags={**tags, "Name": f"{name}-nat-{zone}"},
            opts=child,
        )
        gateways.append(
            aws.ec2.NatGateway(
                f"{name}-nat-{zone}",
                subnet_id=subnet.id,
                allocation_id=address.allocation_id,
                tags={**tags, "Name": f"{name}-{zone}"},
                opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=route)),
            )
        )
    return gateways


def flow_logs(
    name: str,
    *,
    vpc_id: pulumi.Input[str],
    retention_days: int,
    key_arn: pulumi.Input[str] | None,
    tags: dict[str, str],
    parent: pulumi.Resource,
) -> pulumi.Output[str]:
    """Who spoke with whom, in an encrypted group that ends; its name.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    child = pulumi.ResourceOptions(parent=parent)
    log_group = f"/aws/vpc/{name}/flow-logs"
    group = aws.cloudwatch.LogGroup(
        f"{name}-flow-log-group",
        name=log_group,
        retention_in_days=retention_days,
        kms_key_id=key_arn
        or own_key(
            f"{name}-key", of=f"network {name}", log_group=log_group, tags=tags, parent=parent
        ).arn,
        tags=tags,
        opts=child,
    )
    where = place(parent)
    role = aws.iam.Role(
        f"{name}-flow-log-role",
        description=f"What the flow logs of network {name} may do",
        assume_role_policy=where.apply(
            lambda known: iam.trust("vpc-flow-logs.amazonaws.com", known.account_id)
        ),
        tags=tags,
        opts=child,
    )

    def policy(known: Place) -> str:
        arn = known.arn("logs", f"log-group:{log_group}")
        write = iam.write_logs(arn, create_group=False)
        look = ["logs:DescribeLogGroups", "logs:DescribeLogStreams"]
        return iam.document(write, iam.allow("LookAtLogs", look, [arn, f"{arn}:*"]))

    rights = aws.iam.RolePolicy(
        f"{name}-flow-log-policy", role=role.name, policy=where.apply(policy), opts=child
    )
    aws.ec2.FlowLog(
        f"{name}-flow-log",
        vpc_id=vpc_id,
        traffic_type="ALL",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags=tags,
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[rights]),
    )
    return group.name
