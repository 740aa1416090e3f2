"""What the pools of GPU nodes have in common on every cloud: outputs, and arguments read once.

The nodes carry the same labels and taints everywhere, so that a model's pods fit each cloud as they
are. See docs/adr/0019-gpu-node-pools.md.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pulumi

from components.checks import Checks
from components.serving import check_name
from facts import tags as vocabulary
from facts.accelerators import ACCELERATORS
from facts.gpu_pools import EFFECTS, GPU_TAINT, Machine, Offer, Taint, offer_of, parse_taint
from facts.gpu_sharing import (
    MOST_TIME_SLICES,
    POOL_LABEL,
    Sharing,
    mig_profiles,
    pool_labels,
    sharing,
)

__all__ = ["GpuNodePool", "Limits", "Pool", "read_pool"]

# A container image with CUDA and a language model's server needs 20 to 30 GiB, twice for a rollout.
_DEFAULT_DISK_GIB: Final = 100
# Of labels: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
_RESERVED: Final = ("kubernetes.io/", "k8s.io/")


class GpuNodePool(Protocol):
    """The outputs that every pool of GPU nodes has, whatever the cloud."""

    pool_name: pulumi.Output[str]
    """The name by which the cloud knows the pool."""
    labels: pulumi.Output[dict[str, str]]
    """Labels of its nodes."""
    taints: pulumi.Output[list[str]]
    """Taints of its nodes, `key=value:Effect`."""
    gpu_resource: pulumi.Output[str]
    """What a pod requests, such as nvidia.com/gpu or nvidia.com/mig-1g.10gb."""
    node_selector: pulumi.Output[dict[str, str]]
    """Labels by which pods choose the pool."""
    offer: pulumi.Output[dict[str, Any]]
    """Plain facts that other stacks check their models against: facts/gpu_pools.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one cloud's pools can do."""

    cluster: str
    """eks, gke or aks."""
    machines: Sequence[Machine]
    """Machine types with GPUs, the cheapest first."""
    capacities: Collection[str]
    """Words of `capacity`."""
    reserving: Collection[str]
    """Those of them that need `reservation`."""
    interconnects: Mapping[str, Collection[str]]
    """Words of `interconnect`, with the machine types that have it."""
    most_nodes: int
    source: str
    """Page of that number."""
    least_disk_gib: int = 30
    reserved_labels: Sequence[str] = ()
    """Domains, with `/`, of labels that the cloud keeps to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The arguments that all pools share, checked."""

    name: str
    group: str
    accelerator: str
    machines: Sequence[Machine]
    """In order of preference; all have as many GPUs."""
    zones: Sequence[str]
    min_nodes: int
    max_nodes: int
    desired_nodes: int
    disk_gib: int
    capacity: str
    reservation: str | None
    taints: Sequence[Taint]
    mig_profile: str | None
    time_slices: int | None
    sharing: Sharing
    driver: str
    interconnect: str
    compact: bool
    local_ssd: bool
    image_streaming: bool
    node_repair: bool
    labels: Mapping[str, str]
    """All that the pool gives to its nodes."""
    vocabulary: Mapping[str, str]
    """Tags, in the words of facts/tags.py, to be encoded for the cloud."""
    cluster: str

    @property
    def gpus(self) -> int:
        """GPUs of a node."""
        return self.machines[0].accelerator_count

    @property
    def taint_texts(self) -> list[str]:
        """`key=value:Effect` of each taint."""
        return [f"{key}={value}:{effect}" for key, value, effect in self.taints]

    @property
    def node_selector(self) -> dict[str, str]:
        """Labels by which pods choose this very pool, or the cloud makes one like it."""
        return {POOL_LABEL: self.name, **self.sharing.cloud_labels}

    def offer(
        self, *, taints: Sequence[str] = (), labels: Mapping[str, str] | None = None
    ) -> Offer:
        """What the pool offers; `taints` and `labels` are those that the cloud adds by itself."""
        return offer_of(
            self.machines,
            self.sharing,
            pool=self.name,
            group=self.group,
            cluster=self.cluster,
            accelerator=self.accelerator,
            max_nodes=self.max_nodes,
            capacity=self.capacity,
            labels={**self.labels, **(labels or {})},
            taints=(*self.taint_texts, *taints),
        )


def read_pool(checks: Checks, name: str, limits: Limits) -> Pool | None:
    """The shared arguments; None only where a problem was noted, so raise those before use."""
    check_name(checks, name)
    accelerator = checks.choice("accelerator", "", ACCELERATORS)
    if not checks.given("accelerator"):
        checks.problem("accelerator", None, f"one of {', '.join(sorted(ACCELERATORS))}")
    machines = _machines(checks, accelerator, limits) if accelerator else []
    min_nodes = checks.whole("min_nodes", 0, 0, limits.most_nodes)
    max_nodes = checks.whole("max_nodes", max(1, min_nodes), 1, limits.most_nodes)
    if max_nodes < min_nodes:
        checks.problem("max_nodes", max_nodes, f"at least min_nodes ({min_nodes})")
    desired = checks.whole("desired_nodes", min_nodes, min_nodes, max(min_nodes, max_nodes))
    capacity, reservation = _capacity(checks, limits, min_nodes)
    zones = checks.texts("zones", [])
    compact = checks.choice("placement", "spread", ("spread", "compact")) == "compact"
    if compact and len(zones) != 1:
        checks.problem("placement", "compact", "zones with exactly one zone beside it")
    interconnect = _interconnect(checks, limits, machines)
    mig_profile, time_slices = _sharing(checks, limits.cluster, accelerator)
    group = checks.plain("pool_group", name)
    labels = _labels(checks, limits)
    environment = checks.plain("environment", "")
    common: dict[str, Any] = {
        "disk_gib": checks.whole("disk_gib", _DEFAULT_DISK_GIB, limits.least_disk_gib, 16_384),
        "taints": _taints(checks),
        "driver": checks.choice("driver", "cloud", ("cloud", "operator")),
        "local_ssd": checks.flag("local_ssd", default=False),
        "image_streaming": checks.flag("image_streaming", default=False),
        "node_repair": checks.flag("node_repair", default=True),
        "vocabulary": checks.mapping("tags")
        | ({vocabulary.ENVIRONMENT: environment} if environment else {}),
    }
    if not machines:
        return None
    shared = sharing(limits.cluster, accelerator, mig_profile=mig_profile, time_slices=time_slices)
    return Pool(
        name=name,
        group=group,
        accelerator=accelerator,
        machines=machines,
        zones=zones,
        min_nodes=min_nodes,
        max_nodes=max_nodes,
        desired_nodes=desired,
        capacity=capacity,
        reservation=reservation,
        mig_profile=mig_profile,
        time_slices=time_slices,
        sharing=shared,
        interconnect=interconnect,
        compact=compact,
        labels={**labels, **pool_labels(name, group, accelerator, shared)},
        cluster=limits.cluster,
        **common,
    )


def _machines(checks: Checks, accelerator: str, limits: Limits) -> list[Machine]:
    """The types asked for, all with the pool's accelerator; or the cheapest with as many GPUs."""
    carrying = [m for m in limits.machines if m.accelerator == accelerator]
    counts = sorted({m.accelerator_count for m in carrying})
    if not carrying:
        sold = sorted({str(m.accelerator) for m in limits.machines})
        checks.problem("accelerator", accelerator, f"what there is here: {', '.join(sold)}")
        return []
    count = checks.whole("accelerator_count", 0, 1, 16) if checks.given("accelerator_count") else 0
    if count and count not in counts:
        offered = " or ".join(map(str, counts))
        checks.problem("accelerator_count", count, f"as many as a machine has: {offered}")
        count = 0
    fitting = {m.name: m for m in carrying if not count or m.accelerator_count == count}
    asked = checks.texts("instance_types", list(fitting)[:1])
    for instance_type in asked:
        if instance_type not in fitting:
            what = f"{count} x {accelerator}" if count else accelerator
            use = f"types that carry {what}: {', '.join(fitting)}"
            checks.problem("instance_types", instance_type, use)
    found = [fitting[each] for each in asked if each in fitting]
    if len({m.accelerator_count for m in found}) > 1:
        # An autoscaler knows an absent node of the pool in one shape.
        checks.problem("instance_types", asked, "types with as many GPUs as each other")
    return found


def _capacity(checks: Checks, limits: Limits, min_nodes: int) -> tuple[str, str | None]:
    capacity = checks.choice("capacity", "on_demand", limits.capacities)
    reservation = checks.optional("reservation")
    if capacity in limits.reserving and reservation is None:
        checks.problem("reservation", None, f"the reservation's name or id, for {capacity}")
    if reservation is not None and capacity not in limits.reserving:
        words = " or ".join(sorted(limits.reserving))
        checks.problem("reservation", reservation, f"it with capacity {words}, not {capacity}")
    if capacity == "flex_start" and min_nodes:
        checks.problem("min_nodes", min_nodes, "0 with flex_start, whose nodes come for a while")
    return capacity, reservation


def _interconnect(checks: Checks, limits: Limits, machines: Sequence[Machine]) -> str:
    asked = checks.choice("interconnect", "none", ("none", *limits.interconnects))
    having = limits.interconnects.get(asked, ())
    for machine in machines:
        if asked != "none" and machine.name not in having:
            offered = ", ".join(having)
            checks.problem("interconnect", asked, f"none on {machine.name}; it is on {offered}")
    return asked


def _sharing(checks: Checks, cluster: str, accelerator: str) -> tuple[str | None, int | None]:
    profile = checks.optional("mig_profile")
    offered = mig_profiles(cluster, accelerator) if accelerator else {}
    if accelerator and profile is not None and profile not in offered:
        words = ", ".join(offered) or f"none: {accelerator} cannot be cut into parts here"
        checks.problem("mig_profile", profile, words)
        profile = None
    slices = checks.whole("time_slices", 0, 2, MOST_TIME_SLICES)
    return profile, slices or None


def _labels(checks: Checks, limits: Limits) -> dict[str, str]:
    labels = checks.mapping("labels")
    for key in labels:
        domain = key.rpartition("/")[0] + "/"
        if domain.endswith((*_RESERVED, *limits.reserved_labels)):
            checks.problem("labels", key, f"a label that is not of {domain}, which is kept")
    return labels


def _taints(checks: Checks) -> list[Taint]:
    """Key, value and effect of each taint."""
    found: list[Taint] = []
    for text in checks.texts("taints", [GPU_TAINT]):
        taint = parse_taint(text)
        if taint is None:
            checks.problem("taints", text, f"key=value:Effect, Effect {', '.join(EFFECTS)}")
            continue
        found.append(taint)
    return found
