"""What GKE refuses of a pool of GPU nodes, beside what contradicts itself anywhere.

Judged once for all, as in facts/pools/rules.py: the settings say where each mistake is written, a
component says it of its argument.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from facts.machines.shapes import MachineType
from facts.pools.rules import Fault

__all__ = ["GkeAsk", "boot_disks", "gke_faults", "makes_networks"]

# Boot disks by machine type, the usual one first.
# https://cloud.google.com/compute/docs/accelerator-optimized-machines (supported disk types)
_DISKS: Final = {
    r"n1-.*": ("pd-balanced", "pd-ssd", "pd-standard"),
    r"g2-.*": ("pd-balanced", "pd-ssd"),
    r"a2-.*": ("pd-balanced", "pd-ssd", "pd-standard"),
    r"a3-(high|mega|edge)gpu-.*": ("pd-balanced", "pd-ssd", "hyperdisk-balanced"),
    r"(a3-ultragpu|a4|a4x|g4)-.*": ("hyperdisk-balanced",),
}
# Compact placement: https://cloud.google.com/kubernetes-engine/docs/how-to/compact-placement
_NEVER_COMPACT: Final = "n1-"
# With flex start: https://cloud.google.com/kubernetes-engine/docs/concepts/dws
_COMPACT_AND_FLEX: Final = ("a3-ultragpu-", "a4-")
_IMAGE: Final = r"(projects/[^/]+/)?global/images/[^/]+"
_RESERVATION: Final = r"(projects/[^/]+/reservations/)?[a-z][-a-z0-9]*(/reservationBlocks/.+)?"
# The networks of a machine beside those of its GPUs that need one more for the host.
_HOST_NETWORKS: Final = {"gpudirect_tcpx": 0, "gpudirect_tcpxo": 0, "gpudirect_rdma": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class GkeAsk:
    """What is asked of a pool on GKE; each value has the right type, but may be impossible."""

    machines: Sequence[MachineType] = ()
    """The types asked for, or the cheapest."""
    desired_nodes: int | None = None
    capacity: str = "on_demand"
    reservation: str | None = None
    compact: bool = False
    interconnect: str = "none"
    mig_profile: str | None = None
    time_slices: int | None = None
    driver: str = "cloud"
    local_ssd: bool = False
    image_streaming: bool = False
    disk_type: str | None = None
    queued: bool = False
    max_run_seconds: int | None = None
    upgrade: str = "drain_first"
    placement_policy: bool = False
    """Whether one is given."""
    image_cache_disks: Sequence[str] = ()
    data_disks: Sequence[str] = ()
    gpu_networks: int = 0
    """How many are given."""
    gpu_subnetworks: int = 0
    """How many are given."""


def boot_disks(machine: MachineType) -> tuple[str, ...]:
    """The types of disk that a machine boots from, the usual one first."""
    return next(disks for pattern, disks in _DISKS.items() if re.fullmatch(pattern, machine.name))


def makes_networks(ask: GkeAsk) -> bool:
    """Whether GKE makes the networks of the GPUs, as it does where none are given."""
    return _networks_needed(ask) > 0 and not ask.gpu_networks


def gke_faults(ask: GkeAsk) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    if ask.reservation is not None and not re.fullmatch(_RESERVATION, ask.reservation):
        yield "reservation", ask.reservation, "a name, or projects/…/reservations/…"
    if ask.driver == "operator" and (ask.mig_profile or ask.time_slices):
        use = "cloud, whose device plugin cuts and shares GPUs on GKE"
        yield "driver", ask.driver, use
    yield from _placement(ask)
    yield from _disks(ask)
    yield from _networks(ask)
    yield from _flex(ask)


def _placement(ask: GkeAsk) -> Iterator[Fault]:
    if ask.placement_policy and not ask.compact:
        yield "placement_policy", "given", "it with placement compact"
    if not ask.compact:
        return
    for machine in ask.machines[:1]:
        if machine.name.startswith(_NEVER_COMPACT):
            yield "placement", "compact", f"spread: {machine.name} cannot be placed so"
    if ask.upgrade == "blue_green":
        yield "upgrade", ask.upgrade, "another one with placement compact"


def _disks(ask: GkeAsk) -> Iterator[Fault]:
    for machine in ask.machines[:1]:
        fitting = boot_disks(machine)
        if ask.disk_type is not None and ask.disk_type not in fitting:
            use = f"what {machine.name} boots from: {', '.join(fitting)}"
            yield "disk_type", ask.disk_type, use
        if ask.local_ssd and not machine.local_ssd_disks:
            yield "local_ssd", ask.local_ssd, f"false: {machine.name} has none"
    for key in ("image_cache_disks", "data_disks"):
        for image in getattr(ask, key):
            if not re.fullmatch(_IMAGE, image):
                yield key, image, "a disk image, such as projects/…/global/images/…"
    if ask.image_cache_disks and not ask.image_streaming:
        yield "image_streaming", ask.image_streaming, "true, which reads image_cache_disks"


def _networks_needed(ask: GkeAsk) -> int:
    """Networks beside the node's own; 0 where there are none to be given."""
    if not ask.machines or ask.interconnect not in _HOST_NETWORKS:
        return 0
    fabric = ask.machines[0].fabric
    if fabric.interconnect != ask.interconnect:
        return 0
    return fabric.interfaces + _HOST_NETWORKS[ask.interconnect]


def _networks(ask: GkeAsk) -> Iterator[Fault]:
    given = ask.gpu_networks
    if ask.gpu_subnetworks != given:
        yield "gpu_subnetworks", ask.gpu_subnetworks, f"as many as gpu_networks: {given}"
    if ask.interconnect == "none" and given:
        yield "gpu_networks", given, "them with interconnect, as for TCPX"
    needed = _networks_needed(ask)
    if needed and given not in {0, needed}:
        name = ask.machines[0].name
        yield "gpu_networks", given, f"{needed} on {name}, or none: GKE makes them then"


def _flex(ask: GkeAsk) -> Iterator[Fault]:
    if ask.capacity != "flex_start":
        for key in ("queued", "max_run_seconds"):
            if got := getattr(ask, key):
                yield key, got, "it with capacity flex_start"
        return
    if ask.desired_nodes:
        use = "0 with flex_start: nodes come when pods ask for them"
        yield "desired_nodes", ask.desired_nodes, use
    if ask.upgrade == "blue_green":
        yield "upgrade", ask.upgrade, "another one with flex_start"
    alike = all(machine.name.startswith(_COMPACT_AND_FLEX) for machine in ask.machines[:1])
    if ask.compact and (ask.queued or not alike):
        yield "placement", "compact", "spread with flex_start, but for A3 Ultra and A4"
