"""What AKS refuses of a pool of GPU nodes, as the settings have it."""

from collections.abc import Iterator

from facts.pools.aks_rules import AksAsk, aks_faults
from facts.pools.rules import Ask, Fault, Limits, chosen
from stacks.settings.fields import NotKnown
from stacks.settings.platform import AksPool, GpuNodePool

__all__ = ["aks_refusals"]

_USUAL_DISK_GIB = 100
# Where a word of AKS alone is written, below the pool.
_OWN = frozenset(AksPool.model_fields)


def aks_refusals(pool: GpuNodePool, ask: Ask, limits: Limits) -> Iterator[Fault]:
    """Nothing of another cloud's pool, or of one with values that are wrong by themselves."""
    if limits.cluster != "aks":
        return
    try:
        own = pool.aks or AksPool()
        asked = AksAsk(
            machines=chosen(ask, limits),
            zones=ask.zones,
            capacity=ask.capacity,
            reservation=ask.reservation,
            compact=ask.compact,
            interconnect=ask.interconnect,
            mig_profile=ask.mig_profile,
            driver=pool.driver or "cloud",
            disk_gib=pool.disk_gib or _USUAL_DISK_GIB,
            disk_key=pool.disk_key is not None,
            local_ssd=bool(pool.local_ssd),
            image_streaming=bool(pool.image_streaming),
            node_repair=pool.node_repair is not False,
            os=own.os or "ubuntu",
            secure_boot=bool(own.secure_boot),
            fips=bool(own.fips),
            max_surge=own.max_surge,
            scale_down=own.scale_down or "delete",
            spot_max_price=own.spot_max_price,
            sysctls=own.sysctls,
        )
    except NotKnown:
        return
    for key, got, use in aks_faults(asked):
        yield (f"aks.{key}" if key in _OWN else key), got, use
