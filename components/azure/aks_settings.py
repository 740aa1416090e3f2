"""The arguments that AKS alone has, checked, and what does not go together."""

import calendar
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from components.checks import Checks
from components.cluster import ClusterSettings
from facts.aks_platform_rules import POD_CIDR, SERVICE_CIDR, ClusterAsk, cluster_faults
from facts.resource_ids import azure_id

__all__ = ["OUTBOUND", "AksSettings", "read_aks"]

# https://learn.microsoft.com/azure/aks/egress-outboundtype
OUTBOUND: Final = {
    "none": "none",
    "nat_gateway": "userAssignedNATGateway",
    "user_defined_routing": "userDefinedRouting",
    "load_balancer": "loadBalancer",
}
_ZONES: Final = ("1", "2", "3")
_DAYS: Final = tuple(calendar.day_name)
_EXPANDERS: Final = ("least-waste", "most-pods", "priority", "random")


@dataclass(frozen=True, slots=True, kw_only=True)
class AksSettings:
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


def read_aks(checks: Checks, settings: ClusterSettings) -> AksSettings:
    """The arguments that AKS alone has, and what does not go together."""
    _references(checks)
    outbound = checks.choice("outbound", "none", OUTBOUND)
    zones = checks.texts("zones", _ZONES)
    pods = checks.plain("pod_cidr", POD_CIDR)
    services = checks.plain("service_cidr", SERVICE_CIDR)
    start = checks.plain("maintenance_start", "03:00")
    ask = ClusterAsk(
        administrators=settings.administrators,
        log_retention_days=settings.log_retention_days,
        outbound=outbound,
        registry=checks.given("registry_id"),
        authorized_networks=settings.authorized_networks,
        in_network=checks.given("api_server_subnet_id"),
        zones=zones,
        pod_cidr=pods,
        service_cidr=services,
        maintenance_start=start,
    )
    found = list(cluster_faults(ask))
    for key, got, use in found:
        checks.problem(key, got, use)
    wrong = any(key == "service_cidr" for key, _, _ in found)
    return AksSettings(
        outbound=outbound,
        zones=zones,
        system_disk_gib=checks.whole("system_disk_gib", 100, 30, 2048),
        pod_cidr=pods,
        service_cidr=services,
        # AKS asks for one within the network that is not its first.
        dns_service_ip="" if wrong else str(ipaddress.IPv4Network(services)[10]),
        expander=checks.choice("expander", "least-waste", _EXPANDERS),
        maintenance_day=checks.choice("maintenance_day", "Sunday", _DAYS),
        maintenance_start=start,
        defender=checks.flag("defender", default=False),
        deletion_protection=checks.flag("deletion_protection", default=False),
        deletion_lock=checks.flag("deletion_lock", default=False),
    )


def _references(checks: Checks) -> None:
    for key in ("resource_group", "location"):
        checks.text(key)
    subnet = azure_id("Microsoft.Network/virtualNetworks")
    checks.text("subnet_id", subnet, "the id of a subnet")
    checks.optional_text("api_server_subnet_id", subnet, "the id of a subnet")
    registry = azure_id("Microsoft.ContainerRegistry/registries")
    checks.optional_text("registry_id", registry, "the id of a container registry")
    workspace = azure_id("Microsoft.OperationalInsights/workspaces")
    checks.optional_text("log_workspace_id", workspace, "the id of a Log Analytics workspace")
    vault_key = azure_id("Microsoft.KeyVault/vaults", "[^/]+/keys/[^/]+")
    checks.optional_text("key", vault_key, "its id")
