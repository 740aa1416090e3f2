"""What EKS and Karpenter refuse of a pool of GPU nodes, as the settings have it."""

from collections.abc import Iterator
from typing import Final

from facts.pools.eks_rules import EksAsk, eks_faults
from facts.pools.rules import Ask, Fault, Limits, chosen
from stacks.settings.fields import NotKnown
from stacks.settings.platform import GpuNodePool

__all__ = ["OF_ONE", "eks_refusals"]

# Words under `eks` that one of the two alone has.
OF_ONE: Final = {
    "karpenter": (
        *("capacity_fallbacks", "consolidation", "consolidate_after_seconds"),
        "expire_after_hours",
    ),
    "node_group": ("upgrade",),
}


def eks_refusals(
    pool: GpuNodePool, ask: Ask, limits: Limits, subnets: int | None
) -> Iterator[Fault]:
    """Nothing of another cloud's pool, or of one with values that are wrong by themselves.

    `subnets` is how many the cluster has for it, where that is known.
    """
    if limits.cluster != "eks":
        return
    try:
        asked = EksAsk(
            provisioner=pool.provisioner,
            machines=chosen(ask, limits),
            any_size=not ask.instance_types,
            driver=pool.driver,
            capacity=ask.capacity,
            reservation=ask.reservation,
            zones=ask.zones,
            subnets=subnets,
            interconnect=ask.interconnect,
            local_ssd=bool(pool.local_ssd),
            disk_key=pool.disk_key,
            kubernetes_version=pool.kubernetes_version,
            node_repair=pool.node_repair,
        )
        words = pool.eks
    except NotKnown:
        return
    yield from eks_faults(asked)
    for provisioner, keys in OF_ONE.items() if words else ():
        for key in keys if provisioner != pool.provisioner else ():
            if getattr(words, key, None) is not None:
                yield "eks", key, f"it with provisioner {provisioner}"
