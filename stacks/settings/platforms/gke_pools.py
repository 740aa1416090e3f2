"""What GKE refuses of a pool of GPU nodes, as the settings have it."""

from collections.abc import Iterator
from typing import Final

from facts.pools.gke_rules import GkeAsk, gke_faults
from facts.pools.rules import Ask, Fault, Limits, chosen
from stacks.settings.fields import NotKnown
from stacks.settings.platform import GkePool, GpuNodePool

__all__ = ["gke_refusals"]

# Where a word of GKE alone is written, below the pool.
_OWN: Final = frozenset(GkePool.model_fields)


def gke_refusals(pool: GpuNodePool, ask: Ask, limits: Limits) -> Iterator[Fault]:
    """Nothing of another cloud's pool, or of one with values that are wrong by themselves."""
    if limits.cluster != "gke":
        return
    try:
        own = pool.gke or GkePool()
        asked = GkeAsk(
            machines=chosen(ask, limits),
            desired_nodes=ask.desired_nodes,
            capacity=ask.capacity,
            reservation=ask.reservation,
            compact=ask.compact,
            interconnect=ask.interconnect,
            mig_profile=ask.mig_profile,
            time_slices=ask.time_slices,
            driver=pool.driver or "cloud",
            local_ssd=bool(pool.local_ssd),
            image_streaming=bool(pool.image_streaming),
            disk_type=own.disk_type,
            queued=bool(own.queued),
            max_run_seconds=own.max_run_seconds,
            upgrade=own.upgrade or "drain_first",
            placement_policy=own.placement_policy is not None,
            image_cache_disks=own.image_cache_disks,
            data_disks=own.data_disks,
            gpu_networks=len(own.gpu_networks),
            gpu_subnetworks=len(own.gpu_subnetworks),
        )
    except NotKnown:
        return
    for key, got, use in gke_faults(asked):
        yield (f"gke.{key}" if key in _OWN else key), got, use
