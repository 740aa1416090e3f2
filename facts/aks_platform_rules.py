"""What Azure refuses of a cluster on AKS and of its private network.

Judged once for all, as in facts/pools/rules.py: the settings say where each mistake is written, a
component says it of its argument.
"""

import ipaddress
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from facts.pools.rules import Fault
from facts.resource_ids import azure_id

__all__ = [
    "API",
    "IDENTITY",
    "POD_CIDR",
    "SERVICE_ARGUMENTS",
    "SERVICE_CIDR",
    "ClusterAsk",
    "NetworkAsk",
    "cluster_faults",
    "network_faults",
]

# https://learn.microsoft.com/azure/azure-monitor/logs/data-retention-configure
_RETENTION_DAYS: Final = (30, 730)
_GUID: Final = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
_KEY: Final = azure_id("Microsoft.KeyVault/vaults", "[^/]+/keys/[^/]+")
_TIME: Final = r"([01]\d|2[0-3]):[0-5]\d"
_ZONES: Final = ("1", "2", "3")
# AKS's own: https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay
POD_CIDR: Final = "10.244.0.0/16"
SERVICE_CIDR: Final = "10.0.0.0/16"
# 512 addresses are two nodes; of services, 256 do.
_LONGEST_PODS, _LONGEST_SERVICES = 23, 24
_NETWORK_PREFIXES: Final = (12, 24)
# What is reached privately, and where the ids of it are given.
SERVICE_ARGUMENTS: Final = {
    "artifacts": "storage_accounts",
    "images": "registries",
    "secrets": "key_vaults",
    "logs": "monitor_scopes",
    "machine_learning": "workspaces",
}
IDENTITY: Final = "identity"
# The cluster's API is in the network by itself; one word of all clouds.
API: Final = "api"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterAsk:
    """What is asked of a cluster; each value has the right type, but may be impossible."""

    administrators: Sequence[str] = ()
    log_retention_days: int = 90
    key: str | None = None
    """Id, where it is known."""
    outbound: str = "none"
    registry: bool = False
    """Whether AKS's own images are in a registry that is given."""
    authorized_networks: Sequence[str] = ()
    in_network: bool = False
    """Whether the API server has a subnet."""
    zones: Sequence[str] = ()
    pod_cidr: str = POD_CIDR
    service_cidr: str = SERVICE_CIDR
    maintenance_start: str = "03:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkAsk:
    """What is asked of a private network."""

    cidr: str | None = None
    services: Sequence[str] | None = None
    given: Mapping[str, Collection[str]]
    """Words under which ids are given, by service."""


def cluster_faults(ask: ClusterAsk) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    yield from _people(ask)
    low, high = _RETENTION_DAYS
    if not low <= ask.log_retention_days <= high:
        yield "log_retention_days", ask.log_retention_days, f"a whole number from {low} to {high}"
    if ask.key is not None and not re.fullmatch(_KEY, ask.key):
        yield "key", ask.key, "the id of a Key Vault key, /subscriptions/…/vaults/…/keys/…"
    if ask.outbound != "none" and ask.registry:
        yield "registry_id", "an id", "it with outbound none"
    if ask.outbound == "none" and ask.authorized_networks and not ask.in_network:
        # https://learn.microsoft.com/azure/aks/concepts-network-isolated
        use = "none: without internet, nodes reach a public API by api_server_subnet_id alone"
        yield "authorized_networks", list(ask.authorized_networks), use
    for zone in ask.zones:
        if zone not in _ZONES:
            yield "zones", zone, "1, 2 or 3"
    if not re.fullmatch(_TIME, ask.maintenance_start):
        yield "maintenance_start", ask.maintenance_start, "a time in UTC, such as 03:00"
    yield from _addresses(ask)


def _people(ask: ClusterAsk) -> Iterator[Fault]:
    if not ask.administrators:
        yield "administrators", [], "at least one group of Entra ID"
    for principal in ask.administrators:
        if not re.fullmatch(_GUID, principal):
            yield "administrators", principal, "object ids of groups of Entra ID"


def _addresses(ask: ClusterAsk) -> Iterator[Fault]:
    pods, services = _private(ask.pod_cidr), _private(ask.service_cidr)
    if pods is None or pods.prefixlen > _LONGEST_PODS:
        yield "pod_cidr", ask.pod_cidr, f"a private network of /{_LONGEST_PODS} or larger"
    if services is None or services.prefixlen > _LONGEST_SERVICES:
        use = f"a private network of /{_LONGEST_SERVICES} or larger"
        yield "service_cidr", ask.service_cidr, use
    if pods and services and pods.overlaps(services):
        yield "service_cidr", ask.service_cidr, f"one outside of pod_cidr ({pods})"


def network_faults(ask: NetworkAsk) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    low, high = _NETWORK_PREFIXES
    network = _private(ask.cidr) if ask.cidr is not None else None
    if ask.cidr is not None and (network is None or not low <= network.prefixlen <= high):
        yield "cidr", ask.cidr, f"a private network of /{low} to /{high}"
    known = (*SERVICE_ARGUMENTS, IDENTITY, API)
    for service in ask.services or ():
        argument = SERVICE_ARGUMENTS.get(service)
        if service not in known:
            yield "services", service, f"some of {', '.join(known)}"
        elif argument and not ask.given.get(service):
            yield "services", service, f"it with {argument}: Azure gives no whole service"
    for service, words in ask.given.items():
        if words and ask.services is not None and service not in ask.services:
            yield SERVICE_ARGUMENTS[service], "ids", f"it with {service} among services"
    if len(ask.given.get("logs", ())) > 1:
        yield "monitor_scopes", "several", "one: a network resolves names for one alone"


def _private(text: str) -> ipaddress.IPv4Network | None:
    try:
        network = ipaddress.IPv4Network(text)
    except ValueError:
        return None
    return network if network.is_private else None
