"""The arguments that AKS alone has, checked, and what does not go together."""

import calendar
import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.checks import Checks
from components.cluster import ClusterSettings

__all__ = ["OUTBOUND", "Plain", "read_aks"]

# https://learn.microsoft.com/azure/aks/egress-outboundtype
OUTBOUND: Final = {
    "none": "none",
    "nat_gateway": "userAssignedNATGateway",
    "user_defined_routing": "userDefinedRouting",
    "load_balancer": "loadBalancer",
}
_ZONES: Final = ("1", "2", "3")
# https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
_RETENTION_DAYS: Final = (30, 730)
_GUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_DAYS: Final = tuple(calendar.day_name)
_EXPANDERS: Final = ("least-waste", "most-pods", "priority", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plain:
    """The arguments that AKS alone has, checked."""

    outbound: str
    zones: Sequence[str]
    system_disk_gib: int
    pod_cidr: str
    service_cidr: str
    dns_service_ip: str
    expander: str
    maintenance_day: str
    maintenance_start: str
    defender: bool
    deletion_protection: bool
    deletion_lock: bool


def read_aks(checks: Checks, settings: ClusterSettings) -> Plain:
    """The arguments that AKS alone has, and what does not go together."""
    _references(checks)
    if not settings.administrators:
        checks.problem("administrators", settings.administrators, "at least one group of Entra ID")
    for principal in settings.administrators:
        if not re.fullmatch(_GUID, principal):
            checks.problem("administrators", principal, "object ids of groups of Entra ID")
    low, high = _RETENTION_DAYS
    if not low <= settings.log_retention_days <= high:
        use = f"a whole number from {low} to {high}"
        checks.problem("log_retention_days", settings.log_retention_days, use)
    outbound = checks.choice("outbound", "none", OUTBOUND)
    if outbound != "none" and checks.given("registry_id"):
        checks.problem("registry_id", "an id", "it with outbound none")
    integrated = checks.given("api_server_subnet_id")
    if outbound == "none" and settings.authorized_networks and not integrated:
        # https://learn.microsoft.com/azure/aks/concepts-network-isolated
        use = "none: without internet, nodes reach a public API by api_server_subnet_id alone"
        checks.problem("authorized_networks", settings.authorized_networks, use)
    zones = checks.texts("zones", _ZONES)
    for zone in zones:
        if zone not in _ZONES:
            checks.problem("zones", zone, "1, 2 or 3")
    pods = _network(checks, "pod_cidr", "10.244.0.0/16", 23)
    services = _network(checks, "service_cidr", "10.0.0.0/16", 24)
    if pods.overlaps(services):
        checks.problem("service_cidr", str(services), f"one outside of pod_cidr ({pods})")
    return Plain(
        outbound=outbound,
        zones=zones,
        system_disk_gib=checks.whole("system_disk_gib", 100, 30, 2048),
        pod_cidr=str(pods),
        service_cidr=str(services),
        # AKS asks for one within the network that is not its first.
        dns_service_ip=str(services[10]),
        expander=checks.choice("expander", "least-waste", _EXPANDERS),
        maintenance_day=checks.choice("maintenance_day", "Sunday", _DAYS),
        maintenance_start=_start(checks),
        defender=checks.flag("defender", default=False),
        deletion_protection=checks.flag("deletion_protection", default=False),
        deletion_lock=checks.flag("deletion_lock", default=False),
    )


def _start(checks: Checks) -> str:
    time = checks.plain("maintenance_start", "03:00")
    if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", time):
        checks.problem("maintenance_start", time, "a time in UTC, such as 03:00")
    return time


def _references(checks: Checks) -> None:
    for key in ("resource_group", "location"):
        checks.text(key)
    subnet = _id("Microsoft.Network/virtualNetworks")
    checks.text("subnet_id", subnet, "the id of a subnet")
    checks.optional_text("api_server_subnet_id", subnet, "the id of a subnet")
    registry = _id("Microsoft.ContainerRegistry/registries")
    checks.optional_text("registry_id", registry, "the id of a container registry")
    workspace = _id("Microsoft.OperationalInsights/workspaces")
    checks.optional_text("log_workspace_id", workspace, "the id of a Log Analytics workspace")
    checks.optional_text("key", _id("Microsoft.KeyVault/vaults", r"[^/]+/keys/[^/]+"), "its id")


def _id(kind: str, name: str = ".+") -> str:
    return rf"/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/{re.escape(kind)}/{name}"


def _network(checks: Checks, key: str, default: str, longest: int) -> ipaddress.IPv4Network:
    text = checks.plain(key, default)
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        network = None
    if network is None or not network.is_private or network.prefixlen > longest:
        checks.problem(key, text, f"a private network of /{longest} or larger")
        return ipaddress.IPv4Network(default)
    return network
