"""What the cloud of a pool of GPU nodes refuses of it, as the settings have it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.pools.aks_rules import AksAsk, aks_faults
from facts.pools.eks_rules import EksAsk, eks_faults
from facts.pools.gke_rules import GkeAsk, gke_faults
from facts.pools.rules import USUAL_DISK_GIB, Ask, Fault, Limits, chosen
from stacks.settings.fields import Closed, NotKnown
from stacks.settings.platform import AksPool, EksPool, GkePool, GpuNodePool

__all__ = ["OF_ONE", "cloud_refusals"]

# Words under `eks` that one of the two alone has.
OF_ONE: Final = {
    "karpenter": (
        *("capacity_fallbacks", "consolidation", "consolidate_after_seconds"),
        "expire_after_hours",
    ),
    "node_group": ("upgrade",),
}


@dataclass(frozen=True, slots=True)
class _Asked:
    pool: GpuNodePool
    ask: Ask
    limits: Limits
    subnets: int | None


def cloud_refusals(
    pool: GpuNodePool, ask: Ask, limits: Limits, subnets: int | None
) -> Iterator[Fault]:
    """Nothing of a pool with values that are wrong by themselves.

    `subnets` is how many a cluster on EKS has for it, where that is known.
    """
    judge, own = _CLOUDS[limits.cluster]
    try:
        found = list(judge(_Asked(pool, ask, limits, subnets)))
    except NotKnown:
        return
    for key, got, use in found:
        # A word of one cloud alone is written below its name.
        yield (f"{limits.cluster}.{key}" if key in own.model_fields else key), got, use


def _eks(asked: _Asked) -> Iterator[Fault]:
    pool, ask = asked.pool, asked.ask
    words = pool.eks
    yield from eks_faults(
        EksAsk(
            provisioner=pool.provisioner,
            machines=chosen(ask, asked.limits),
            any_size=not ask.instance_types,
            driver=pool.driver,
            capacity=ask.capacity,
            reservation=ask.reservation,
            zones=ask.zones,
            subnets=asked.subnets,
            interconnect=ask.interconnect,
            local_ssd=bool(pool.local_ssd),
            disk_key=pool.disk_key,
            kubernetes_version=pool.kubernetes_version,
            node_repair=pool.node_repair,
        )
    )
    for provisioner, keys in OF_ONE.items() if words else ():
        for key in keys if provisioner != pool.provisioner else ():
            if getattr(words, key, None) is not None:
                yield "eks", key, f"it with provisioner {provisioner}"


def _gke(asked: _Asked) -> Iterator[Fault]:
    pool, ask = asked.pool, asked.ask
    own = pool.gke or GkePool()
    yield from gke_faults(
        GkeAsk(
            machines=chosen(ask, asked.limits),
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
    )


def _aks(asked: _Asked) -> Iterator[Fault]:
    pool, ask = asked.pool, asked.ask
    own = pool.aks or AksPool()
    yield from aks_faults(
        AksAsk(
            machines=chosen(ask, asked.limits),
            zones=ask.zones,
            capacity=ask.capacity,
            reservation=ask.reservation,
            compact=ask.compact,
            interconnect=ask.interconnect,
            mig_profile=ask.mig_profile,
            driver=pool.driver or "cloud",
            disk_gib=pool.disk_gib or USUAL_DISK_GIB,
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
    )


# How each is judged, and the words that it alone has.
_Judge: TypeAlias = Callable[[_Asked], Iterator[Fault]]
_CLOUDS: Final[dict[str, tuple[_Judge, type[Closed]]]] = {
    "eks": (_eks, EksPool),
    "gke": (_gke, GkePool),
    "aks": (_aks, AksPool),
}
