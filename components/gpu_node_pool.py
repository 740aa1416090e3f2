"""What the pools of GPU nodes have in common on every cloud: outputs, and arguments read once.

The nodes carry the same labels and taints everywhere, so that a model's pods fit each cloud as they
are. See docs/adr/0019-gpu-node-pools.md.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

import pulumi

from components.checks import Checks
from components.serving import check_name
from components.tags import read_tags
from facts.accelerators import ACCELERATORS
from facts.machines.shapes import MachineType
from facts.pools.offers import GPU_TAINT, Offer, Taint, offer_of, parse_taint
from facts.pools.rules import USUAL_DISK_GIB, Ask, Limits, chosen, faults
from facts.pools.sharing import (
    MOST_TIME_SLICES,
    Sharing,
    pool_labels,
    sharing,
)

__all__ = ["GpuNodePool", "Limits", "Pool", "cloud_spelling", "read_pool"]

_MOST_GPUS: Final = 16
_EFFECTS: Final = {
    "NoSchedule": "NO_SCHEDULE",
    "PreferNoSchedule": "PREFER_NO_SCHEDULE",
    "NoExecute": "NO_EXECUTE",
}


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
    """Plain facts that other stacks check their models against: facts/pools/offers.py."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """The arguments that all pools share, checked."""

    name: str
    group: str
    accelerator: str
    machines: Sequence[MachineType]
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
        """Labels by which pods choose this pool and those that stand in for it."""
        return self.offer().selector

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


def cloud_spelling(taints: Iterable[Taint]) -> list[Any]:
    """Taints as the APIs of EKS and GKE have them, with the effects in capitals."""
    return [
        {"key": key, "value": value, "effect": _EFFECTS[effect]} for key, value, effect in taints
    ]


def read_pool(checks: Checks, name: str, limits: Limits, region: str | None = None) -> Pool | None:
    """The shared arguments; None only where a problem was noted, so raise those before use.

    `region` is the cluster's, where an argument tells it.
    """
    check_name(checks, name, limits.longest_name)
    accelerator = checks.choice("accelerator", None, ACCELERATORS)
    min_nodes = checks.whole("min_nodes", 0, 0, limits.most_nodes)
    max_nodes = checks.whole("max_nodes", max(1, min_nodes), 1, limits.most_nodes)
    desired_nodes = checks.whole("desired_nodes", min_nodes, 0, limits.most_nodes)
    count = checks.whole("accelerator_count", 0, 1, _MOST_GPUS) or None
    placement = checks.choice("placement", "spread", ("spread", "compact"))
    ask = Ask(
        accelerator=accelerator,
        accelerator_count=count,
        instance_types=checks.texts("instance_types", []),
        zones=checks.texts("zones", []),
        region=region,
        min_nodes=min_nodes,
        max_nodes=max_nodes,
        desired_nodes=desired_nodes,
        capacity=checks.plain("capacity", "on_demand"),
        reservation=checks.optional("reservation"),
        mig_profile=checks.optional("mig_profile"),
        time_slices=checks.whole("time_slices", 0, 2, MOST_TIME_SLICES) or None,
        local_ssd=checks.flag("local_ssd", default=False),
        interconnect=checks.plain("interconnect", "none"),
        compact=placement == "compact",
        labels=checks.mapping("labels"),
        taints=checks.texts("taints", [GPU_TAINT]),
    )
    for key, got, use in faults(ask, limits) if accelerator else ():
        checks.problem(key, got, use)
    common: dict[str, Any] = {
        "disk_gib": checks.whole("disk_gib", USUAL_DISK_GIB, limits.least_disk_gib, 16_384),
        "driver": checks.choice("driver", "cloud", ("cloud", "operator")),
        "image_streaming": checks.flag("image_streaming", default=False),
        "node_repair": checks.flag("node_repair", default=True),
        "vocabulary": read_tags(checks),
    }
    group = checks.plain("pool_group", name)
    machines = chosen(ask, limits) if accelerator else []
    if not machines:
        return None
    shared = sharing(
        limits.cluster,
        accelerator,
        mig_profile=ask.mig_profile,
        time_slices=ask.time_slices,
    )
    return Pool(
        name=name,
        group=group,
        accelerator=accelerator,
        machines=machines,
        zones=ask.zones,
        min_nodes=min_nodes,
        max_nodes=max_nodes,
        desired_nodes=desired_nodes,
        capacity=ask.capacity,
        reservation=ask.reservation,
        taints=[taint for text in ask.taints if (taint := parse_taint(text)) is not None],
        mig_profile=ask.mig_profile,
        time_slices=ask.time_slices,
        sharing=shared,
        local_ssd=ask.local_ssd,
        interconnect=ask.interconnect,
        compact=ask.compact,
        labels={**ask.labels, **pool_labels(name, group, accelerator, shared)},
        cluster=limits.cluster,
        **common,
    )
