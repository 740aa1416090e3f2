"""What a pool of GPU nodes offers, what a model needs, and why one does not fit the other.

Plain data: the settings are checked with it before anything is registered, a pool puts it into its
outputs, and another stack reads it there.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final, TypeAlias

from facts.accelerators import ACCELERATORS, GPU
from facts.machines.shapes import MachineType
from facts.pools.cloud_marks import is_decided_elsewhere
from facts.pools.node_reservations import allocatable
from facts.pools.sharing import GROUP_LABEL, Sharing

__all__ = [
    "EFFECTS",
    "GPU_TAINT",
    "GPU_TOLERATION",
    "Need",
    "Offer",
    "Taint",
    "least_misfit",
    "misfit",
    "offer_of",
    "parse_taint",
    "room_for",
    "tolerates",
]

Taint: TypeAlias = tuple[str, str, str]
"""Key, value, effect."""
GPU_TAINT: Final = f"{GPU}=present:NoSchedule"
# Of every pod that asks for GPUs; clouds add it too.
GPU_TOLERATION: Final = f"{GPU}:NoSchedule"
EFFECTS: Final = ("NoSchedule", "PreferNoSchedule", "NoExecute")


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A pool, as a scheduler and an autoscaler see its nodes: the least of its machine types."""

    pool: str
    group: str
    """Name by which models ask for this pool and for those that stand in for it."""
    cluster: str
    """eks, gke or aks."""
    accelerator: str
    gpu_resource: str
    """What a pod requests."""
    gpus_per_node: int
    """How many of `gpu_resource` a node has."""
    gpu_memory_mib: int
    """GPU memory of each."""
    cpu: float
    """Cores of a node for pods."""
    memory_mib: int
    """MiB of a node for pods."""
    max_nodes: int
    capacity: str = "on_demand"
    whole: bool = True
    """Whether a pod has a GPU to itself."""
    takes_turns: bool = False
    """Whether pods wait for each other on a GPU."""
    labels: dict[str, str] = field(default_factory=dict[str, str])
    """Labels of the nodes, the cloud's own for GPUs too."""
    selector: dict[str, str] = field(default_factory=dict[str, str])
    """Those by which pods choose the pool and what stands in for it, and see how it is shared."""
    taints: tuple[str, ...] = ()
    """Of the nodes, those that the cloud adds by itself too: who asks for the pool by name
    tolerates them."""

    def as_output(self) -> dict[str, Any]:
        """As JSON has it."""
        return {**asdict(self), "taints": list(self.taints)}

    @classmethod
    def of_output(cls, value: Mapping[str, Any]) -> "Offer":
        """Read back from a stack's outputs, which have every number as a float."""
        known: dict[str, Any] = {key: value[key] for key in cls.__slots__ if key in value}
        for key in ("gpus_per_node", "gpu_memory_mib", "memory_mib", "max_nodes"):
            known[key] = int(known[key])
        known["taints"] = tuple(known.get("taints", ()))
        return cls(**known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """What the pods of one model ask for: by the kind of GPU, or by the name of a pool."""

    gpus: int
    accelerator: str | None = None
    group: str | None = None
    cpu: float = 0.0
    memory_mib: int = 0
    node_labels: dict[str, str] = field(default_factory=dict[str, str])
    """Further labels that the nodes must have."""
    tolerated: tuple[str, ...] = (GPU_TOLERATION,)
    """Taints that the pods tolerate, each as `key=value:Effect` or less."""


def offer_of(
    machines: Sequence[MachineType],
    shared: Sharing,
    *,
    pool: str,
    group: str,
    cluster: str,
    accelerator: str,
    max_nodes: int,
    capacity: str,
    labels: Mapping[str, str],
    selector: Mapping[str, str] | None = None,
    taints: Sequence[str],
) -> Offer:
    """What a pool of these machines, of which there is at least one, offers to pods.

    `selector` are the labels by which pods choose its group, where they are others.
    """
    selector = selector or {GROUP_LABEL: group}
    rooms = [allocatable(cluster, machine.vcpu, machine.memory_mib) for machine in machines]
    return Offer(
        pool=pool,
        group=group,
        cluster=cluster,
        accelerator=accelerator,
        gpu_resource=shared.resource,
        gpus_per_node=min(m.accelerator_count for m in machines) * shared.per_gpu,
        gpu_memory_mib=shared.memory_mib,
        cpu=min(cpu for cpu, _ in rooms),
        memory_mib=min(memory for _, memory in rooms),
        max_nodes=max_nodes,
        capacity=capacity,
        whole=shared.whole,
        takes_turns=shared.takes_turns,
        labels={**labels, **shared.cloud_labels},
        selector={**selector, **shared.node_labels, **shared.cloud_labels},
        taints=tuple(taints),
    )


def parse_taint(text: str) -> Taint | None:
    """`key=value:Effect`, or None where it is not one."""
    left, _, effect = text.rpartition(":")
    key, _, value = left.partition("=")
    return (key, value, effect) if key and effect in EFFECTS else None


def tolerates(toleration: str, taint: Taint) -> bool:
    """Whether `key=value:Effect` lets a pod onto nodes of that taint; what it leaves out is any.

    https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
    """
    left, _, effect = toleration.rpartition(":")
    if effect not in EFFECTS:
        left, effect = toleration, ""
    key, says_one, value = left.partition("=")
    same = key == taint[0] and (not says_one or value == taint[1])
    return same and effect in {"", taint[2]}


def misfit(offer: Offer, need: Need) -> str:
    """Why no pod of this need would ever run on the pool; nothing where one can."""
    return max(_reasons(offer, need), default=(0.0, ""))[1]


def room_for(offer: Offer, need: Need) -> int:
    """How many such pods the pool holds at its largest: GPUs are not all that a node has."""
    asked = ((need.gpus, offer.gpus_per_node), (need.memory_mib, offer.memory_mib))
    on_a_node = min(int(has // wants) for wants, has in (*asked, (need.cpu, offer.cpu)) if wants)
    return on_a_node * offer.max_nodes


def least_misfit(offers: Iterable[Offer], need: Need) -> tuple[Offer, str] | None:
    """The pool that comes nearest to a need, and what it lacks; None where there is no pool."""
    ranked = [(max(_reasons(offer, need), default=(0.0, "")), offer) for offer in offers]
    if not ranked:
        return None
    (_, reason), offer = min(ranked, key=lambda one: one[0][0])
    return offer, reason


def _reasons(offer: Offer, need: Need) -> list[tuple[float, str]]:
    """What keeps the pods off, the gravest first, each with how far away it is."""
    return [*_other_gpus(offer, need), *_too_small(offer, need), *_kept_off(offer, need)]


def _other_gpus(offer: Offer, need: Need) -> Iterator[tuple[float, str]]:
    if need.group is not None and need.group != offer.group:
        yield 9, f"is asked for as {offer.group}"
    if need.accelerator is not None and need.accelerator != offer.accelerator:
        wanted, has = (ACCELERATORS[a].memory_mib for a in (need.accelerator, offer.accelerator))
        yield 7 + abs(wanted - has) / (wanted + has), f"carries {offer.accelerator}"
    if need.group is None and not offer.whole:
        way = "in turns" if offer.takes_turns else "in parts"
        yield 6, f"gives its GPUs {way}, so it is asked for by name, gpu_pool: {offer.group}"


def _too_small(offer: Offer, need: Need) -> Iterator[tuple[float, str]]:
    if offer.takes_turns and need.gpus > 1:
        # Refused on the node, when the pod is there: by GKE, and by the device plugin as we set it.
        # https://cloud.google.com/kubernetes-engine/docs/concepts/timesharing-gpus
        yield 5, f"gives a pod one turn on a GPU, not {need.gpus}"
    elif need.gpus > offer.gpus_per_node:
        yield 5, f"has {offer.gpus_per_node} {offer.gpu_resource} on a node"
    if need.memory_mib > offer.memory_mib:
        yield 4, f"has {offer.memory_mib} MiB of memory on a node for pods"
    if need.cpu > offer.cpu:
        yield 3, f"has {offer.cpu:g} cores on a node for pods"
    if offer.max_nodes == 0:
        yield 2, "may have no node: max_nodes is 0"


def _kept_off(offer: Offer, need: Need) -> Iterator[tuple[float, str]]:
    for key, value in need.node_labels.items():
        has = offer.labels.get(key)
        if has is None and is_decided_elsewhere(offer.cluster, key):
            continue
        if has != value:
            yield 1, f"has the label {key}={has}" if has else f"lacks the label {key}={value}"
    for text in offer.taints:
        taint = parse_taint(text)
        # Who asks for the pool by name means it, taints and all.
        if need.group is not None or taint is None or taint[2] == "PreferNoSchedule":
            continue
        if not any(tolerates(each, taint) for each in need.tolerated):
            yield 0.5, f"has the taint {text}, which the pods do not tolerate"
