"""Cases of the rule about ports that are open to everybody."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, Case

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OPEN = "security/security-group-open"


def ingress(network: object, port: object = 8080, **more: object) -> dict[str, Any]:
    rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": [network]}
    return {"ingress": [rule | more]}


def inward(network: object, protocol: object = "tcp", **more: object) -> dict[str, Any]:
    ports = {} if protocol == "-1" else {"fromPort": 8080, "toPort": 8080}
    return {"ipProtocol": protocol, "cidrIpv4": network, **ports, **more}


def outward(protocol: str, **more: object) -> dict[str, Any]:
    return {"egress": [{"protocol": protocol, "cidrBlocks": ["0.0.0.0/0"], **more}]}


EVERYBODY = "0.0.0.0/0"
BLOCK = ("ingress[0].cidrBlocks[0]",)
JUDGED = {"judge_egress": True}

CASES = (
    Case(OPEN, "one network", GROUP, ingress("10.0.0.0/16")),
    Case(OPEN, "everybody", GROUP, ingress(EVERYBODY), BLOCK, says="0.0.0.0/0 to 8080"),
    Case(
        OPEN,
        "everybody of IPv6",
        GROUP,
        ingress("10.0.0.0/8", ipv6CidrBlocks=["::/0"]),
        ("ingress[0].ipv6CidrBlocks[0]",),
    ),
    Case(OPEN, "half of the internet", GROUP, ingress("128.0.0.0/1"), BLOCK),
    Case(OPEN, "too wide a network", GROUP, ingress("52.0.0.0/7"), BLOCK),
    Case(OPEN, "the widest network", GROUP, ingress("52.0.0.0/8")),
    Case(OPEN, "private and wide", GROUP, ingress("10.0.0.0/8")),
    Case(OPEN, "HTTPS of a load balancer", GROUP, ingress(EVERYBODY, 443)),
    Case(
        OPEN,
        "HTTPS where nothing may be public",
        GROUP,
        ingress(EVERYBODY, 443),
        BLOCK,
        settings={"public_ports": []},
    ),
    Case(
        OPEN,
        "a range around HTTPS",
        GROUP,
        ingress(EVERYBODY, 443, toPort=444),
        BLOCK,
        says="to 443-444",
    ),
    Case(
        OPEN, "all ports", GROUP, ingress(EVERYBODY, 0, protocol="-1"), BLOCK, says="to all ports"
    ),
    Case(OPEN, "a protocol as a number", GROUP, ingress(EVERYBODY, 0, protocol=-1), BLOCK),
    Case(OPEN, "ping", GROUP, ingress(EVERYBODY, -1, protocol="icmp")),
    Case(OPEN, "nothing said", GROUP, {}),
    Case(
        OPEN,
        "from another group",
        GROUP,
        {"ingress": [{"protocol": "tcp", "fromPort": 1, "toPort": 2, "securityGroups": ["sg-1"]}]},
    ),
    Case(OPEN, "the VPC's own", DEFAULT_GROUP, ingress(EVERYBODY), BLOCK),
    Case(
        OPEN,
        "a rule of its own",
        RULE,
        {"type": "ingress", **ingress(EVERYBODY)["ingress"][0]},
        ("cidrBlocks[0]",),
    ),
    Case(
        OPEN, "a way out of its own", RULE, {"type": "egress", **ingress(EVERYBODY)["ingress"][0]}
    ),
    Case(OPEN, "a rule of the newer kind", INGRESS, inward(EVERYBODY), ("cidrIpv4",)),
    Case(OPEN, "all ports of the newer kind", INGRESS, inward(EVERYBODY, "-1"), ("cidrIpv4",)),
    Case(
        OPEN,
        "of IPv6 of the newer kind",
        INGRESS,
        inward("10.0.0.0/16", cidrIpv6="2000::/3"),
        ("cidrIpv6",),
    ),
    Case(OPEN, "a private network of IPv6", INGRESS, inward("10.0.0.0/16", cidrIpv6="fd00::/8")),
    Case(OPEN, "out to everybody", GROUP, outward("-1")),
    Case(
        OPEN,
        "out to everybody, and judged",
        GROUP,
        outward("-1"),
        ("egress[0].cidrBlocks[0]",),
        settings=JUDGED,
    ),
    Case(
        OPEN,
        "out to one port of everybody",
        GROUP,
        outward("tcp", fromPort=443, toPort=443),
        settings=JUDGED,
    ),
    Case(
        OPEN,
        "out by a rule of the newer kind",
        EGRESS,
        inward(EVERYBODY, "-1"),
        ("cidrIpv4",),
        settings=JUDGED,
    ),
    Case(
        OPEN, "no network at all", GROUP, ingress("10.0.0.0/33"), BLOCK, says="expected a network"
    ),
    Case(OPEN, "unknown", GROUP, ingress(UNKNOWN)),
    Case(OPEN, "unknown port", GROUP, ingress(EVERYBODY, UNKNOWN)),
    Case(OPEN, "unknown protocol", GROUP, ingress(EVERYBODY, protocol=UNKNOWN)),
)
