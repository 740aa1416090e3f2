"""The arguments that pools of AKS alone have, checked, and a pool's name there."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.cluster import read_version
from components.gpu_node_pool import Pool
from facts.pools.aks_rules import PORTS, AksAsk, aks_faults
from facts.pools.limits import AKS
from facts.resource_ids import azure_id

__all__ = ["AksPoolSettings", "numbered", "read_pool_settings"]

# https://learn.microsoft.com/azure/aks/create-node-pools
_LONGEST_NAME: Final = 12
_DIGEST: Final = 6
_SUBNET: Final = azure_id("Microsoft.Network/virtualNetworks")
_DEAREST: Final = 1000.0
_ON_DEMAND_PRICE: Final = -1.0
# As many as Kubernetes recommends for a machine; facts/pools/node_reservations.py counts with it.
# AKS's limits: https://learn.microsoft.com/azure/aks/quotas-skus-regions
_USUAL_PODS: Final = 110
_LEAST_PODS, _MOST_PODS = 10, 250
# The one that Azure spells otherwise.
_KEEPALIVE: Final = ("net_ipv4_tcp_keepalive_intvl", "net_ipv4_tcpkeepalive_intvl")


@dataclass(frozen=True, slots=True, kw_only=True)
class AksPoolSettings:
    """The arguments that AKS alone has, checked."""

    kubernetes_version: str | None
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
    """By the SDK's names for them."""


def read_pool_settings(checks: Checks, pool: Pool | None) -> AksPoolSettings:
    """AKS's own words, and what it does not do."""
    for key in ("cluster_name", "resource_group"):
        checks.text(key)
    checks.optional_text("subnet_id", _SUBNET, "the id of a subnet")
    price = checks.number("spot_max_price", _ON_DEMAND_PRICE, 0, _DEAREST)
    surge, sysctls = checks.plain("max_surge", "0"), checks.mapping("sysctls")
    words = AksPoolSettings(
        kubernetes_version=read_version(checks),
        os=checks.choice("os", "ubuntu", ("ubuntu", "azure_linux")),
        secure_boot=checks.flag("secure_boot", default=False),
        fips=checks.flag("fips", default=False),
        encryption_at_host=checks.flag("encryption_at_host", default=True),
        max_surge=surge,
        drain_timeout_minutes=checks.whole("drain_timeout_minutes", 30, 1, 1440),
        scale_down=checks.choice("scale_down", "delete", ("delete", "deallocate")),
        # A number of another language has a point anyway, and it is in the pool's name.
        spot_max_price=float(price),
        max_pods_per_node=checks.whole("max_pods_per_node", _USUAL_PODS, _LEAST_PODS, _MOST_PODS),
        numa_aligned=checks.flag("numa_aligned", default=False),
        sysctls={
            re.sub(r"[.-]", "_", name).replace(*_KEEPALIVE): value
            if name == PORTS or not value.isdecimal()
            else int(value)
            for name, value in sysctls.items()
        },
    )
    if pool is None:
        return words
    if len(pool.machines) > 1:
        got = [machine.name for machine in pool.machines]
        use = "one size; the others as pools of their own that stand in for it"
        checks.problem("instance_types", got, use)
    for zone in pool.zones:
        if not re.fullmatch(AKS.zone, zone):
            checks.problem("zones", zone, "1, 2 or 3")
    ask = AksAsk(
        machines=pool.machines,
        zones=pool.zones,
        capacity=pool.capacity,
        reservation=pool.reservation,
        compact=pool.compact,
        interconnect=pool.interconnect,
        mig_profile=pool.mig_profile,
        driver=pool.driver,
        disk_gib=pool.disk_gib,
        disk_key=checks.given("disk_key"),
        local_ssd=pool.local_ssd,
        image_streaming=pool.image_streaming,
        node_repair=pool.node_repair,
        os=words.os,
        secure_boot=words.secure_boot,
        fips=words.fips,
        max_surge=surge if checks.given("max_surge") else None,
        scale_down=words.scale_down,
        spot_max_price=price if checks.given("spot_max_price") else None,
        sysctls=sysctls,
    )
    for key, got, use in aks_faults(ask):
        checks.problem(key, got, use)
    return words


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
