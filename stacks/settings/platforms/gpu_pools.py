"""Pools of GPU nodes of an environment, each fallback one of its own, and what they offer."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from facts.pools.cloud_marks import cloud_labels, cloud_taints
from facts.pools.groups import joining, selector
from facts.pools.limits import KARPENTER, LIMITS
from facts.pools.offers import GPU_TAINT, Offer, offer_of
from facts.pools.rules import Ask, Limits, sizes
from facts.pools.sharing import CLUSTERS, mig_profiles, pool_labels, sharing
from stacks.settings.environment import Environment, Layer
from stacks.settings.fields import NotKnown
from stacks.settings.platform import GpuNodePool, PoolFallback
from stacks.settings.yaml_source import KeyPath

__all__ = ["AskedPool", "ask_of", "asked_pools", "clusters", "made_pools", "offers", "region_of"]

_ASKED: Final = (
    *("accelerator_count", "instance_types", "zones", "min_nodes", "max_nodes", "desired_nodes"),
    *("capacity", "reservation", "mig_profile", "time_slices", "interconnect", "labels", "taints"),
    "local_ssd",
)


@dataclass(frozen=True, slots=True)
class AskedPool:
    """One pool that is made: as written, or a fallback with what it takes from its pool."""

    name: str
    group: str
    """Name of the pool as written, by which models ask for it and its fallbacks."""
    order: int
    """0 is tried first."""
    path: KeyPath
    """Where it is written."""
    settings: GpuNodePool
    cluster: str | None
    """Which of the environment's clusters gets it; None where that is not known."""
    fallback: PoolFallback | None = None
    """What a fallback says itself."""
    alone: bool = True
    """Whether nothing stands in for it, and it for nothing."""

    @property
    def in_class(self) -> bool:
        """Whether it belongs to a ComputeClass, by which GKE tries pools in their order."""
        return self.cluster == "gke" and not self.alone

    @property
    def limits(self) -> Limits | None:
        """What that cloud's pools can do."""
        if self.cluster == "eks" and _read(self.settings, "provisioner") == "karpenter":
            return KARPENTER
        return LIMITS.get(self.cluster or "")


def clusters(site: Environment) -> list[str]:
    """The environment's clusters that can have pools of nodes."""
    return [each for each in CLUSTERS if getattr(site.targets, each) is not None]


def region_of(site: Environment, cluster: str | None) -> str | None:
    """The region of one of the environment's clusters, by its cloud's name: of a zone, its own."""
    targets = site.targets
    found = {
        "eks": targets.aws.region if targets.aws else None,
        "gke": re.sub(r"-[a-z]$", "", targets.gke.location) if targets.gke else None,
        # Azure takes `West Europe` for westeurope.
        "aks": targets.azure.location.replace(" ", "").lower() if targets.azure else None,
    }
    return found.get(cluster or "")


def asked_pools(site: Environment) -> Iterator[AskedPool]:
    """All pools, each followed by its fallbacks in their order."""
    there = clusters(site)
    # Without any of them the old default is the one that is asked for.
    alone = there[0] if len(there) == 1 else None if there else "eks"
    for name, pool in site.platform.gpu_node_pools.items():
        path: KeyPath = ("platform", "gpu_node_pools", name)
        cluster = _read(pool, "cluster") or alone
        fallbacks = _read(pool, "fallbacks") or ()
        yield AskedPool(name, name, 0, path, pool, cluster, alone=not fallbacks)
        for index, fallback in enumerate(fallbacks):
            yield AskedPool(
                f"{name}-{fallback.name}",
                name,
                index + 1,
                (*path, "fallbacks", index),
                _with(pool, fallback),
                cluster,
                fallback,
                alone=False,
            )


def made_pools(site: Environment) -> list[AskedPool]:
    """Those that this stack makes: none where it has the models alone."""
    return list(asked_pools(site)) if site.layer is not Layer.SERVING else []


def _with(pool: GpuNodePool, fallback: PoolFallback) -> GpuNodePool:
    """The pool with what its fallback says otherwise."""
    said = {
        key: value
        for key in ("accelerator", "accelerator_count", "zones", "capacity", "max_nodes")
        if (value := getattr(fallback, key)) is not None
    }
    other_machine = bool({"accelerator", "accelerator_count"} & said.keys())
    if fallback.instance_types is not None or other_machine:
        said["instance_types"] = list(fallback.instance_types or ())
    if "accelerator" in said and "accelerator_count" not in said:
        # As many GPUs as the pool has on a node may be none of another kind's machines.
        said["accelerator_count"] = None
    return pool.model_copy(
        update={
            **said,
            "min_nodes": fallback.min_nodes,
            "desired_nodes": None,
            "reservation": fallback.reservation,
            "fallbacks": [],
        }
    )


def ask_of(pool: GpuNodePool, region: str | None = None) -> Ask:
    """What is judged of a pool; what is wrong by itself is left to its own report."""
    known: dict[str, Any] = {
        key: value for key in _ASKED if (value := _read(pool, key)) is not None
    }
    known.setdefault("labels", {})
    known.setdefault("taints", (GPU_TAINT,))
    compact = _read(pool, "placement") == "compact"
    return Ask(accelerator=pool.accelerator, compact=compact, region=region, **known)


def offers(site: Environment) -> dict[str, Offer]:
    """What each pool offers, those left out that could not be made."""
    found: dict[str, Offer] = {}
    for asked in asked_pools(site):
        try:
            offer = _offer(asked)
        except NotKnown:
            continue
        if offer is not None:
            found[asked.name] = offer
    return found


def _offer(asked: AskedPool) -> Offer | None:
    limits, pool = asked.limits, asked.settings
    for key in (*_ASKED, "cluster", "provisioner", "fallbacks"):
        # A default in the place of what is wrong would be judged, and told as if it were said.
        getattr(pool, key)
    if limits is None:
        return None
    ask = ask_of(pool)
    machines = sizes(ask, limits)
    profile = ask.mig_profile
    if not machines or (profile and profile not in mig_profiles(limits.cluster, ask.accelerator)):
        return None
    shared = sharing(
        limits.cluster, ask.accelerator, mig_profile=profile, time_slices=pool.time_slices
    )
    marks, kept = dict[str, str](), ()
    if limits is not KARPENTER:
        marks = cloud_labels(limits.cluster, ask.capacity, machines[0])
    chosen_by = None
    queued = bool(pool.gke and pool.gke.queued)
    if asked.in_class:
        joined, kept = joining(limits.cluster, asked.group)
        chosen_by, marks = selector(limits.cluster, asked.group), marks | joined
    return offer_of(
        machines,
        shared,
        pool=asked.name,
        group=asked.group,
        cluster=limits.cluster,
        accelerator=ask.accelerator,
        max_nodes=ask.max_nodes,
        capacity=ask.capacity,
        labels={
            **ask.labels,
            **pool_labels(asked.name, asked.group, ask.accelerator, shared),
            **marks,
        },
        selector=chosen_by,
        taints=(
            *ask.taints,
            *cloud_taints(limits.cluster, ask.capacity, machines[0], queued=queued),
            *kept,
        ),
    )


def _read(pool: GpuNodePool, key: str) -> Any:  # noqa: ANN401 - any setting
    try:
        return getattr(pool, key)
    except NotKnown:
        return None
