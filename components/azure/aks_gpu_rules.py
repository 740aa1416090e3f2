"""What a GPU pool of AKS has beside the others, what AKS refuses of it, and its name."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.gpu_node_pool import Pool

__all__ = ["Words", "numbered", "read_words"]

# https://learn.microsoft.com/azure/aks/create-node-pools
_LONGEST_NAME: Final = 12
_DIGEST: Final = 6
_ZONES: Final = ("1", "2", "3")
_ID: Final = r"/subscriptions/[^/]+/resource[gG]roups/[^/]+/providers/{}/.+"
_RESERVATION: Final = _ID.format("Microsoft.Compute/capacityReservationGroups")
_SUBNET: Final = _ID.format("Microsoft.Network/virtualNetworks")
# https://learn.microsoft.com/azure/virtual-machines/capacity-reservation-overview
_NEVER_RESERVED: Final = re.compile(r"Standard_(ND|NC\d+ad\w*_H100)")
_SURGE: Final = r"\d{1,4}|\d{1,3}%"
# As many as Kubernetes recommends for a machine; facts/node_reservations.py counts with it. AKS's
# limits: https://learn.microsoft.com/azure/aks/quotas-skus-regions
_USUAL_PODS: Final = 110
_LEAST_PODS, _MOST_PODS = 10, 250
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
# The one that is a text, and the one that Azure spells otherwise.
_PORTS: Final = "net.ipv4.ip_local_port_range"
_KEEPALIVE: Final = ("net_ipv4_tcp_keepalive_intvl", "net_ipv4_tcpkeepalive_intvl")
# A pool takes prices with up to five digits behind the point.
_DEAREST: Final = 1000.0
_ON_DEMAND_PRICE: Final = -1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """The arguments that AKS alone has, checked."""

    os: str
    secure_boot: bool
    fips: bool
    encryption_at_host: bool
    max_surge: str
    drain_timeout_minutes: int
    scale_down: str
    spot_max_price: float
    max_pods_per_node: int
    numa_aligned: bool
    sysctls: Mapping[str, str | int]


def read_words(checks: Checks, pool: Pool | None) -> Words:
    """AKS's own words, and what it does not do."""
    for key in ("cluster_name", "resource_group"):
        checks.text(key)
    checks.optional_text("subnet_id", _SUBNET, "the id of a subnet")
    checks.optional_text("kubernetes_version", r"1\.\d{2}", "a minor version such as 1.34")
    words = Words(
        os=checks.choice("os", "ubuntu", ("ubuntu", "azure_linux")),
        secure_boot=checks.flag("secure_boot", default=False),
        fips=checks.flag("fips", default=False),
        encryption_at_host=checks.flag("encryption_at_host", default=True),
        max_surge=_surge(checks),
        drain_timeout_minutes=checks.whole("drain_timeout_minutes", 30, 1, 1440),
        scale_down=checks.choice("scale_down", "delete", ("delete", "deallocate")),
        spot_max_price=_price(checks),
        max_pods_per_node=checks.whole("max_pods_per_node", _USUAL_PODS, _LEAST_PODS, _MOST_PODS),
        numa_aligned=checks.flag("numa_aligned", default=False),
        sysctls=_sysctls(checks),
    )
    if checks.given("disk_key"):
        use = "none: AKS encrypts disks by the cluster's disk encryption set, `key` of AksCluster"
        checks.problem("disk_key", "a key", use)
    if words.secure_boot and words.fips:
        # https://learn.microsoft.com/azure/aks/use-trusted-launch
        checks.problem("fips", words.fips, "false with secure_boot: one image has both alone")
    if pool is not None:
        _check(checks, pool, words)
    return words


def _check(checks: Checks, pool: Pool, words: Words) -> None:
    if len(pool.machines) > 1:
        got = [machine.name for machine in pool.machines]
        use = "one size; the others as pools of their own that stand in for it"
        checks.problem("instance_types", got, use)
    for zone in pool.zones:
        if zone not in _ZONES:
            checks.problem("zones", zone, "1, 2 or 3")
    if pool.interconnect == "infiniband" and len(pool.zones) > 1:
        checks.problem("zones", list(pool.zones), "one zone with interconnect infiniband")
    if not pool.node_repair:
        # https://learn.microsoft.com/azure/aks/node-auto-repair
        checks.problem("node_repair", pool.node_repair, "true: AKS repairs nodes of every pool")
    if pool.image_streaming:
        use = "false: only previews of AKS's API have artifact streaming; local_ssd starts faster"
        checks.problem("image_streaming", pool.image_streaming, use)
    _check_capacity(checks, pool, words)
    _check_driver(checks, pool, words)
    _check_disk(checks, pool, words)


def _check_capacity(checks: Checks, pool: Pool, words: Words) -> None:
    spot = pool.capacity == "spot"
    if checks.given("spot_max_price") and not spot:
        checks.problem("spot_max_price", words.spot_max_price, "it with capacity spot")
    if checks.given("max_surge") and spot:
        checks.problem("max_surge", words.max_surge, "none with capacity spot: AKS takes none")
    if pool.reservation is None:
        return
    if not re.fullmatch(_RESERVATION, pool.reservation):
        checks.problem("reservation", pool.reservation, "the id of a capacity reservation group")
    for machine in pool.machines:
        if _NEVER_RESERVED.match(machine.name):
            use = f"on_demand or spot: Azure reserves no {machine.name}"
            checks.problem("capacity", pool.capacity, use)
    if pool.compact:
        checks.problem("placement", "compact", "spread with capacity reserved: Azure has not both")


def _check_driver(checks: Checks, pool: Pool, words: Words) -> None:
    if pool.mig_profile is not None and pool.driver == "operator":
        use = "cloud with mig_profile: AKS cuts GPUs as it installs the driver"
        checks.problem("driver", pool.driver, use)
    if words.secure_boot and words.os == "ubuntu" and pool.driver == "cloud":
        # https://learn.microsoft.com/azure/aks/use-trusted-launch
        use = "false, or os azure_linux: on ubuntu the driver that AKS installs is not signed"
        checks.problem("secure_boot", words.secure_boot, use)


def _check_disk(checks: Checks, pool: Pool, words: Words) -> None:
    if not pool.local_ssd:
        return
    machine = pool.machines[0]
    if pool.disk_gib > machine.local_ssd_gib:
        use = f"at most {machine.local_ssd_gib}, the disk of {machine.name}, with local_ssd"
        checks.problem("disk_gib", pool.disk_gib, use)
    if words.scale_down == "deallocate":
        # https://learn.microsoft.com/azure/aks/scale-down-mode
        use = "delete with local_ssd: what is on the machine's own disk is lost"
        checks.problem("scale_down", words.scale_down, use)


def _surge(checks: Checks) -> str:
    surge = checks.plain("max_surge", "0")
    if not re.fullmatch(_SURGE, surge):
        checks.problem("max_surge", surge, "a number of nodes, such as 1, or a share, such as 33%")
    return surge


def _price(checks: Checks) -> float:
    price = checks.number("spot_max_price", _ON_DEMAND_PRICE, 0, _DEAREST)
    if checks.given("spot_max_price") and (price == 0 or round(price, 5) != price):
        checks.problem("spot_max_price", price, "dollars an hour with five decimals at most")
    # One of another language's numbers has a point anyway, and it is in the pool's name.
    return float(price)


def _sysctls(checks: Checks) -> dict[str, str | int]:
    """Kernel parameters by the SDK's names for them."""
    found: dict[str, str | int] = {}
    for name, value in checks.mapping("sysctls").items():
        key = re.sub(r"[.-]", "_", name).replace(*_KEEPALIVE)
        if name == _PORTS and re.fullmatch(r"\d{4,5} \d{4,5}", value):
            found[key] = value
        elif name in _SYSCTLS and value.isdecimal():
            found[key] = int(value)
        elif name in _SYSCTLS:
            checks.problem("sysctls", f"{name}={value}", "a whole number")
        else:
            known = ", ".join(sorted((*_SYSCTLS, _PORTS)))
            checks.problem("sysctls", f"{name}={value}", f"what AKS sets: {known}")
    return found


def numbered(name: str, fixed: Mapping[str, Any]) -> pulumi.Output[str]:
    """The pool's name for AKS: the beginning of its own, and a digest of all that is fixed.

    The same pool has the same name, another one another: so it can be made before the old one goes.
    """
    beginning = re.sub(r"[^a-z0-9]", "", name)[: _LONGEST_NAME - _DIGEST]

    def named(values: Any) -> str:  # noqa: ANN401 - what AKS is asked for
        # What is not asked for, does not count: a further key renames no pool.
        asked = {key: value for key, value in sorted(values.items()) if value is not None}
        text = json.dumps([name, asked])
        return beginning + hashlib.sha256(text.encode()).hexdigest()[:_DIGEST]

    # Of the group only its being there: its id has random digits.
    parts = {key: value for key, value in fixed.items() if key != "proximity_placement_group_id"}
    compact = "proximity_placement_group_id" in fixed
    return pulumi.Output.all(**parts, compact=compact or None).apply(named)
