"""What a pool of GPU nodes can be asked for, and what contradicts itself.

Judged once for all: the settings say where each mistake is written, a component says it of its
argument. Every problem is the key, what was got, and what to use instead.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from facts.accelerators import PRODUCT_LABEL
from facts.machines.choose import regions_of
from facts.machines.shapes import MachineType
from facts.pools.offers import EFFECTS, parse_taint
from facts.pools.sharing import GROUP_LABEL, POOL_LABEL, mig_profiles

__all__ = [
    "USUAL_DISK_GIB",
    "Ask",
    "Fault",
    "Limits",
    "alike",
    "carrying",
    "chosen",
    "faults",
    "sizes",
]

Fault: TypeAlias = tuple[str, Any, str]
"""Key, what was got, what to use."""

# A container image with CUDA and a language model's server needs 20 to 30 GiB, twice for a rollout.
USUAL_DISK_GIB: Final = 100
# https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
_RESERVED: Final = ("kubernetes.io/", "k8s.io/")
_LABEL_VALUE: Final = r"([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?"
_LABEL_KEY: Final = (
    r"([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
)
# Those by which models find a pool.
_OURS: Final = (POOL_LABEL, GROUP_LABEL, PRODUCT_LABEL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one cloud's pools can do."""

    cluster: str
    """eks, gke or aks."""
    machines: Sequence[MachineType]
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
    longest_name: int = 40
    """Letters of a pool's name, which leave room for our endings and the engine's digits."""
    most_types: int = 20
    """Machine types of one pool; others stand in for it as pools of their own."""
    shares_gpus: bool = True
    """Whether GPUs can be given in parts or in turns."""
    keeps_nodes: bool = True
    """Whether there can be nodes that no pod has asked for."""
    largest: bool = False
    """Whether pods get whichever of the machine types is large enough for them."""
    zone: str = r"{region}-?[a-z]"
    """Pattern of a zone's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """What is asked of a pool; each value has the right type, but may be impossible."""

    accelerator: str
    accelerator_count: int | None = None
    instance_types: Sequence[str] = ()
    zones: Sequence[str] = ()
    min_nodes: int = 0
    max_nodes: int = 1
    desired_nodes: int | None = None
    capacity: str = "on_demand"
    reservation: str | None = None
    mig_profile: str | None = None
    time_slices: int | None = None
    region: str | None = None
    """Where the cluster is, if that is known."""
    local_ssd: bool = False
    interconnect: str = "none"
    compact: bool = False
    labels: Mapping[str, str]
    taints: Sequence[str] = ()


def chosen(ask: Ask, limits: Limits) -> list[MachineType]:
    """The machine types asked for, or the cheapest that fits and is sold so; empty without one."""
    fitting = _fitting(ask, limits, ask.accelerator_count)
    sold = [n for n, m in fitting.items() if not m.only_as or ask.capacity in m.only_as]
    names = ask.instance_types or (sold or list(fitting))[:1]
    return [fitting[name] for name in names if name in fitting]


def sizes(ask: Ask, limits: Limits) -> list[MachineType]:
    """The machine types by whose size pods are judged: they have to fit into each of them."""
    machines = chosen(ask, limits)
    if not limits.largest or not machines:
        return machines
    known = machines
    if not ask.instance_types and ask.interconnect == "none":
        known = alike(machines[0], limits, capacity=ask.capacity, local_ssd=ask.local_ssd)
    return [max(known or machines, key=lambda machine: (machine.memory_mib, machine.vcpu))]


def alike(
    machine: MachineType, limits: Limits, *, capacity: str, local_ssd: bool
) -> list[MachineType]:
    """The machine types with the same GPUs, of those that are sold so and have disks if asked."""
    return [
        each
        for each in carrying(machine.accelerator, limits)
        if each.accelerator_count == machine.accelerator_count
        and (each.local_ssd_gib or not local_ssd)
        and (not each.only_as or capacity in each.only_as)
    ]


def faults(ask: Ask, limits: Limits) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    yield from _machines(ask, limits)
    yield from _numbers(ask, limits)
    yield from _capacity(ask, limits)
    yield from _network(ask, limits)
    yield from _place(ask, limits)
    for key in ("mig_profile", "time_slices") if not limits.shares_gpus else ():
        if (got := getattr(ask, key)) is not None:
            yield (
                key,
                got,
                "whole GPUs: whoever makes these nodes knows no others when there are none",
            )
    offered = mig_profiles(limits.cluster, ask.accelerator)
    if ask.mig_profile is not None and ask.mig_profile not in offered:
        use = ", ".join(offered) or f"none: {ask.accelerator} is not cut into parts on this cloud"
        yield "mig_profile", ask.mig_profile, use
    yield from _labels(ask, limits)
    yield from _taints(ask)


def _labels(ask: Ask, limits: Limits) -> Iterator[Fault]:
    for key, value in ask.labels.items():
        domain = f"{key.rpartition('/')[0]}/"
        if domain.endswith((*_RESERVED, *limits.reserved_labels)):
            yield "labels", key, f"a label of your own, not of {domain}, which is kept"
        elif key in _OURS:
            yield "labels", key, "a label of your own: every pool gives this one itself"
        elif not re.fullmatch(_LABEL_KEY, key):
            yield "labels", key, "a label such as disk or example.com/disk"
        elif not re.fullmatch(_LABEL_VALUE, value):
            yield "labels", f"{key}={value}", f"{key} with at most 63 letters, digits and . _ -"


def _taints(ask: Ask) -> Iterator[Fault]:
    seen = set[tuple[str, str]]()
    for text in ask.taints:
        taint = parse_taint(text)
        if taint is None:
            yield "taints", text, f"key=value:Effect, Effect {', '.join(EFFECTS)}"
            continue
        key, value, effect = taint
        if not re.fullmatch(_LABEL_KEY, key) or not re.fullmatch(_LABEL_VALUE, value):
            yield "taints", text, "a key and a value as labels have, such as dedicated=ml"
        elif (key, effect) in seen:
            yield "taints", text, f"it once: a node has one taint of {key} with {effect}"
        seen.add((key, effect))


def _fitting(ask: Ask, limits: Limits, count: int | None) -> dict[str, MachineType]:
    """By name, each with the fewest GPUs that may be attached to it unless a number is asked."""
    found: dict[str, MachineType] = {}
    for machine in carrying(ask.accelerator, limits):
        if count in (None, machine.accelerator_count):
            found.setdefault(machine.name, machine)
    return found


def carrying(accelerator: str, limits: Limits) -> list[MachineType]:
    """The cloud's machine types with this kind of GPU, the cheapest first."""
    return [machine for machine in limits.machines if machine.accelerator == accelerator]


def _machines(ask: Ask, limits: Limits) -> Iterator[Fault]:
    known = carrying(ask.accelerator, limits)
    if not known:
        sold = sorted({str(machine.accelerator) for machine in limits.machines})
        yield "accelerator", ask.accelerator, f"what this cloud has: {', '.join(sold)}"
        return
    counts = sorted({machine.accelerator_count for machine in known})
    count = ask.accelerator_count
    if count is not None and count not in counts:
        offered = " or ".join(map(str, counts))
        yield "accelerator_count", count, f"as many as a machine has: {offered}"
        count = None
    fitting = _fitting(ask, limits, count)
    for name in ask.instance_types:
        if name not in fitting:
            what = f"{count} x {ask.accelerator}" if count else ask.accelerator
            yield "instance_types", name, f"types that carry {what}: {', '.join(fitting)}"
    found = {fitting[name].accelerator_count for name in ask.instance_types if name in fitting}
    if len(found) > 1:
        # An autoscaler knows an absent node of the pool in one shape.
        got = list(ask.instance_types)
        yield "instance_types", got, "types with as many GPUs as each other"


def _place(ask: Ask, limits: Limits) -> Iterator[Fault]:
    if ask.region is None:
        return
    pattern = limits.zone.format(region=re.escape(ask.region))
    for zone in ask.zones:
        if not re.fullmatch(pattern, zone):
            yield "zones", zone, f"zones of {ask.region}"
    for machine in chosen(ask, limits):
        regions = regions_of(machine)
        if regions is not None and ask.region not in regions:
            key = "instance_types" if ask.instance_types else "accelerator"
            got = machine.name if ask.instance_types else ask.accelerator
            yield (
                key,
                got,
                f"what {ask.region} has; {machine.name} is in {', '.join(sorted(regions))}",
            )


def _numbers(ask: Ask, limits: Limits) -> Iterator[Fault]:
    if ask.max_nodes > limits.most_nodes:
        yield "max_nodes", ask.max_nodes, f"at most {limits.most_nodes} ({limits.source})"
    if ask.min_nodes > ask.max_nodes:
        yield "min_nodes", ask.min_nodes, f"at most max_nodes ({ask.max_nodes}), or raise that"
    for key in ("min_nodes", "desired_nodes") if not limits.keeps_nodes else ():
        if got := getattr(ask, key):
            yield key, got, "0: nodes are made for pods"
    desired = ask.desired_nodes
    most = max(ask.min_nodes, ask.max_nodes)
    if desired is not None and not ask.min_nodes <= desired <= most:
        use = f"a whole number from {ask.min_nodes} to {most}, min_nodes to max_nodes"
        yield "desired_nodes", desired, use


def _capacity(ask: Ask, limits: Limits) -> Iterator[Fault]:
    capacity = ask.capacity
    if capacity not in limits.capacities:
        yield "capacity", capacity, f"one of {', '.join(limits.capacities)} on {limits.cluster}"
        return
    needs_one = capacity in limits.reserving
    if needs_one and ask.reservation is None:
        yield "reservation", None, f"the id or name of the reservation, for capacity {capacity}"
    if ask.reservation is not None and not needs_one:
        words = " or ".join(limits.reserving)
        yield "reservation", ask.reservation, f"it with capacity {words}, not {capacity}"
    for machine in chosen(ask, limits):
        if machine.only_as and capacity not in machine.only_as:
            words = " or ".join(machine.only_as)
            yield "capacity", f"{capacity} of {machine.name}", f"{words}: it is sold so alone"
    if capacity == "flex_start" and ask.min_nodes:
        yield "min_nodes", ask.min_nodes, "0 with flex_start, whose nodes stay for a while only"


def _network(ask: Ask, limits: Limits) -> Iterator[Fault]:
    if ask.compact and len(ask.zones) != 1:
        yield "placement", "compact", "it with one zone in zones: nodes next to each other"
    if ask.interconnect == "none":
        return
    having = limits.interconnects.get(ask.interconnect)
    if having is None:
        words = ", ".join(("none", *limits.interconnects))
        yield "interconnect", ask.interconnect, f"one of {words} on {limits.cluster}"
        return
    for machine in chosen(ask, limits):
        if machine.name not in having:
            own = [m.name for m in carrying(ask.accelerator, limits) if m.name in having]
            use = f"types that have it: {', '.join(own or sorted(having))}"
            yield "interconnect", f"{ask.interconnect} on {machine.name}", use
