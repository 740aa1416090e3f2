"""Security: which ports of AWS's security groups are open to everybody."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from policies.configuration import setting
from policies.properties import Property
from policies.rule import Faults, Severity, Unknown, resource_rule
from policies.view import View

SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_SECURITY_GROUP: Final = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
SECURITY_GROUP_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
_GROUPS: Final = (SECURITY_GROUP, DEFAULT_SECURITY_GROUP)
# Nothing answers behind them but the machine itself.
_WITHOUT_PORTS: Final = frozenset({"icmp", "icmpv6", "1", "58"})
_ALL_PROTOCOLS: Final = frozenset({"-1", "all"})
# A larger part of the internet is nobody's own network: two halves of it are open too.
_LEAST_PREFIX: Final = {4: 8, 6: 16}


@dataclass(frozen=True)
class OpenPorts:
    """Settings."""

    public_ports: tuple[str, ...] = setting(
        ("80", "443"), "Ports that may be open to everybody, such as a load balancer's."
    )
    judge_egress: bool = setting(
        False,
        "Also ask that traffic on all ports leaves to named networks alone.",
    )


@resource_rule(
    "security/security-group-open",
    severity=Severity.CRITICAL,
    types=(*_GROUPS, SECURITY_GROUP_RULE, INGRESS_RULE, EGRESS_RULE),
    fix="Name the networks, or the security groups, that may reach the port.",
    unknown=Unknown.LATER,
    settings=OpenPorts,
    checkov=("CKV_AWS_24", "CKV_AWS_25", "CKV_AWS_260", "CKV_AWS_277", "CKV_AWS_382"),
)
def security_group_open(view: View, settings: OpenPorts) -> Faults:
    """A port is open to everybody on the internet.

    Model servers ask nobody who they are. A group that says nothing lets nobody in; what it lets
    out is not judged unless that is asked for, as AWS's own groups let out everything.
    https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
    """
    for place in _rules(view, "ingress"):
        yield from _open(place, settings.public_ports)
    if settings.judge_egress:
        for place in _rules(view, "egress"):
            yield from _open(place, None)


def _rules(view: View, direction: str) -> Iterator[Property]:
    if view.token in _GROUPS:
        yield from view.get(direction).items()
    elif view.token == SECURITY_GROUP_RULE:
        if view.get("type").text() == direction:
            yield view.properties
    elif (view.token == INGRESS_RULE) == (direction == "ingress"):
        yield view.properties


def _open(rule: Property, public: tuple[str, ...] | None) -> Faults:
    """Networks of a rule that are everybody's; without public ports where all ports are meant."""
    for network in _networks(rule):
        text = network.text()
        if text is None:
            continue
        try:
            parsed = ipaddress.ip_network(text, strict=False)
        except ValueError:
            yield network.fault("a network, such as 10.0.0.0/16")
            continue
        wide = parsed.prefixlen < _LEAST_PREFIX[parsed.version] and not parsed.is_private
        if wide and (ports := _ports(rule)) is not None:
            if public is None and ports != "all ports":
                continue
            if public is None or ports not in public:
                yield network.fault("a network of your own", f"{text} to {ports}")


def _networks(rule: Property) -> Iterator[Property]:
    yield from rule.get("cidrBlocks").items()
    yield from rule.get("ipv6CidrBlocks").items()
    for key in ("cidrIpv4", "cidrIpv6"):
        if not rule.get(key).absent:
            yield rule.get(key)


def _ports(rule: Property) -> str | None:
    """`443`, `8000-8100`, `all ports`; None where a rule has no ports, or they are unknown."""
    protocol = next(
        (place for key in ("ipProtocol", "protocol") if not (place := rule.get(key)).absent),
        rule.get("protocol"),
    )
    if protocol.unknown:
        return None
    # By name or by number, which may come as a number.
    name = "-1" if protocol.absent else str(protocol.raw).lower()
    if name in _WITHOUT_PORTS:
        return None
    first, last = rule.get("fromPort"), rule.get("toPort")
    if name in _ALL_PROTOCOLS or (first.absent and last.absent):
        return "all ports"
    low, high = first.number(), last.number()
    if low is None or high is None:
        return None
    return f"{low:g}" if low == high else f"{low:g}-{high:g}"


RULES = (security_group_open,)
