"""What AKS refuses of a pool of GPU nodes, beside what contradicts itself anywhere.

Judged once for all, as in facts/pools/rules.py: the settings say where each mistake is written, a
component says it of its argument.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from facts.machines.shapes import MachineType
from facts.pools.rules import Fault
from facts.resource_ids import azure_id

__all__ = ["PORTS", "AksAsk", "aks_faults"]

_RESERVATION: Final = azure_id("Microsoft.Compute/capacityReservationGroups", "[^/]+")
# https://learn.microsoft.com/azure/virtual-machines/capacity-reservation-overview
_NEVER_RESERVED: Final = re.compile(r"Standard_(ND|NC\d+ad\w*_H100)")
_SURGE: Final = r"\d{1,4}|\d{1,3}%"
_DECIMALS: Final = 5
# https://learn.microsoft.com/azure/aks/custom-node-configuration
_SYSCTLS: Final = frozenset(
    (
        *("fs.aio-max-nr", "fs.file-max", "fs.inotify.max_user_watches", "fs.nr_open"),
        *("kernel.threads-max", "net.core.netdev_max_backlog", "net.core.optmem_max"),
        *("net.core.rmem_default", "net.core.rmem_max", "net.core.somaxconn"),
        *("net.core.wmem_default", "net.core.wmem_max", "net.ipv4.neigh.default.gc_thresh1"),
        *("net.ipv4.neigh.default.gc_thresh2", "net.ipv4.neigh.default.gc_thresh3"),
        *("net.ipv4.tcp_fin_timeout", "net.ipv4.tcp_keepalive_intvl"),
        *("net.ipv4.tcp_keepalive_probes", "net.ipv4.tcp_keepalive_time"),
        *("net.ipv4.tcp_max_syn_backlog", "net.ipv4.tcp_max_tw_buckets"),
        *("net.netfilter.nf_conntrack_buckets", "net.netfilter.nf_conntrack_max"),
        *("vm.max_map_count", "vm.swappiness", "vm.vfs_cache_pressure"),
    )
)
# The one that is a text: two ports.
PORTS: Final = "net.ipv4.ip_local_port_range"
_TWO_PORTS: Final = r"\d{4,5} \d{4,5}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AksAsk:
    """What is asked of a pool on AKS; each value has the right type, but may be impossible."""

    machines: Sequence[MachineType] = ()
    """The sizes asked for, or the cheapest."""
    zones: Sequence[str] = ()
    capacity: str = "on_demand"
    reservation: str | None = None
    compact: bool = False
    interconnect: str = "none"
    mig_profile: str | None = None
    driver: str = "cloud"
    disk_gib: int = 0
    disk_key: bool = False
    """Whether one is given."""
    local_ssd: bool = False
    image_streaming: bool = False
    node_repair: bool = True
    os: str = "ubuntu"
    secure_boot: bool = False
    fips: bool = False
    max_surge: str | None = None
    scale_down: str = "delete"
    spot_max_price: float | None = None
    sysctls: Mapping[str, str] = field(default_factory=dict[str, str])


def aks_faults(ask: AksAsk) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    if not ask.node_repair:
        # https://learn.microsoft.com/azure/aks/node-auto-repair
        yield "node_repair", ask.node_repair, "true: AKS repairs nodes of every pool"
    if ask.image_streaming:
        use = "false: only previews of AKS's API have artifact streaming; local_ssd starts faster"
        yield "image_streaming", ask.image_streaming, use
    if ask.disk_key:
        use = "none: AKS encrypts disks by the cluster's disk encryption set, `key` of AksCluster"
        yield "disk_key", "a key", use
    if ask.interconnect == "infiniband" and len(ask.zones) > 1:
        yield "zones", list(ask.zones), "one zone with interconnect infiniband"
    yield from _capacity(ask)
    yield from _driver(ask)
    yield from _disk(ask)
    yield from _kernel(ask)


def _capacity(ask: AksAsk) -> Iterator[Fault]:
    spot, price = ask.capacity == "spot", ask.spot_max_price
    if price is not None and not spot:
        yield "spot_max_price", price, "it with capacity spot"
    if price is not None and (price <= 0 or round(price, _DECIMALS) != price):
        use = f"dollars an hour with {_DECIMALS} decimals at most"
        yield "spot_max_price", price, use
    surge = ask.max_surge
    if surge is not None and not re.fullmatch(_SURGE, surge):
        yield "max_surge", surge, "a number of nodes, such as 1, or a share, such as 33%"
    if surge is not None and spot:
        yield "max_surge", surge, "none with capacity spot: AKS takes none"
    if ask.capacity != "reserved" or ask.reservation is None:
        return
    if not re.fullmatch(_RESERVATION, ask.reservation):
        yield "reservation", ask.reservation, "the id of a capacity reservation group"
    for machine in ask.machines:
        if _NEVER_RESERVED.match(machine.name):
            yield "capacity", "reserved", f"on_demand or spot: Azure reserves no {machine.name}"
    if ask.compact:
        yield "placement", "compact", "spread with capacity reserved: Azure has not both"


def _driver(ask: AksAsk) -> Iterator[Fault]:
    if ask.mig_profile is not None and ask.driver == "operator":
        use = "cloud with mig_profile: AKS cuts GPUs as it installs the driver"
        yield "driver", ask.driver, use
    # https://learn.microsoft.com/azure/aks/use-trusted-launch
    if ask.secure_boot and ask.fips:
        yield "fips", ask.fips, "false with secure_boot: one image has both alone"
    if ask.secure_boot and ask.os == "ubuntu" and ask.driver == "cloud":
        use = "false, or os azure_linux: on ubuntu the driver that AKS installs is not signed"
        yield "secure_boot", ask.secure_boot, use


def _disk(ask: AksAsk) -> Iterator[Fault]:
    if not ask.local_ssd:
        return
    for machine in ask.machines[:1]:
        if ask.disk_gib > machine.local_ssd_gib:
            use = f"at most {machine.local_ssd_gib}, the disk of {machine.name}, with local_ssd"
            yield "disk_gib", ask.disk_gib, use
    if ask.scale_down == "deallocate":
        # https://learn.microsoft.com/azure/aks/scale-down-mode
        use = "delete with local_ssd: what is on the machine's own disk is lost"
        yield "scale_down", ask.scale_down, use


def _kernel(ask: AksAsk) -> Iterator[Fault]:
    for name, value in ask.sysctls.items():
        got = f"{name}={value}"
        if name == PORTS and not re.fullmatch(_TWO_PORTS, value):
            yield "sysctls", got, "two ports, such as 32768 60999"
        elif name in _SYSCTLS and not value.isdecimal():
            yield "sysctls", got, "a whole number"
        elif name not in _SYSCTLS and name != PORTS:
            yield "sysctls", got, f"what AKS sets: {', '.join(sorted((*_SYSCTLS, PORTS)))}"
