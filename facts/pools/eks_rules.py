"""What EKS and Karpenter refuse of a pool of GPU nodes, beside what contradicts itself anywhere.

Judged once for all, as in facts/pools/rules.py: the settings say where each mistake is written, a
component says it of its argument.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from facts.machines.shapes import MachineType
from facts.pools.limits import EKS
from facts.pools.rules import Fault, alike
from facts.resource_ids import KMS_KEY

__all__ = ["EksAsk", "eks_faults", "eks_machines"]

_RESERVATION: Final = r"cr-[0-9a-z]+"
_RESERVATION_GROUP: Final = r"arn:[a-z-]+:resource-groups:[a-z0-9-]+:\d{12}:group/.+"
# What Karpenter decides by itself or for all pools at once, and what to use instead.
_NOT_BY_KARPENTER: Final = {
    "kubernetes_version": "it without: nodes have the cluster's version",
    "node_repair": "it without: Karpenter's feature gate NodeRepair decides for all pools",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EksAsk:
    """What is asked of a pool on EKS; each value has the right type, but may be impossible."""

    provisioner: str = "node_group"
    """node_group or karpenter."""
    machines: Sequence[MachineType] = ()
    """The types asked for, or the cheapest."""
    any_size: bool = False
    """Whether no type was asked for."""
    driver: str | None = None
    capacity: str = "on_demand"
    reservation: str | None = None
    zones: Sequence[str] = ()
    subnets: int | None = None
    """How many subnets there are, where that is known."""
    interconnect: str = "none"
    local_ssd: bool = False
    disk_key: str | None = None
    kubernetes_version: str | None = None
    node_repair: bool | None = None


def eks_machines(ask: EksAsk) -> list[MachineType]:
    """The types of the pool: Karpenter takes the cheapest size of all that have as many GPUs."""
    asked = list(ask.machines)
    if ask.provisioner != "karpenter" or not ask.any_size or not asked or _has_fabric(ask):
        return asked
    return alike(asked[0], EKS, capacity=ask.capacity, local_ssd=ask.local_ssd) or asked


def eks_faults(ask: EksAsk) -> Iterator[Fault]:
    """Everything that is wrong, all at once."""
    if ask.driver == "operator":
        # Its drivers are for Ubuntu and Red Hat:
        # https://docs.nvidia.com/datacenter/cloud-native/gpu-operator/latest/platform-support.html
        use = "cloud: EKS's images have the driver, and the operator uses it for MIG and metrics"
        yield "driver", "operator", use
    if ask.disk_key is not None and not re.fullmatch(KMS_KEY, ask.disk_key):
        yield "disk_key", ask.disk_key, "the ARN of a KMS key"
    yield from _alike(ask)
    yield from _reserved(ask)
    for key, use in _NOT_BY_KARPENTER.items() if ask.provisioner == "karpenter" else ():
        if (got := getattr(ask, key)) is not None:
            yield key, got, use


def _has_fabric(ask: EksAsk) -> bool:
    return ask.interconnect != "none"


def _alike(ask: EksAsk) -> Iterator[Fault]:
    """One image and one list of network cards is for all of a pool's types."""
    machines = eks_machines(ask)
    names = [machine.name for machine in machines]
    if len({machine.architecture for machine in machines}) > 1:
        yield "instance_types", names, "types of one processor architecture"
    if _has_fabric(ask) and len({machine.fabric for machine in machines}) > 1:
        yield "instance_types", names, "types with as many EFA interfaces, on as many cards"
    bare = [machine.name for machine in machines if not machine.local_ssd_gib]
    if ask.local_ssd and bare:
        yield "local_ssd", bare[0], "types with disks of their own"


def _reserved(ask: EksAsk) -> Iterator[Fault]:
    """A reservation is of one type in one zone.

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-capacity-reservations.html
    """
    # Karpenter finds the reservation's type and zone among those of the pool.
    by_group = ask.provisioner == "node_group"
    block = ask.capacity == "capacity_block"
    if by_group and block and len(ask.zones) != 1 and ask.subnets != 1:
        yield "zones", list(ask.zones), "the one zone of the capacity block"
    if ask.reservation is None:
        return
    groups = ask.capacity == "reserved" and by_group
    is_group = bool(re.fullmatch(_RESERVATION_GROUP, ask.reservation))
    if not re.fullmatch(_RESERVATION, ask.reservation) and not (groups and is_group):
        or_group = ", or the ARN of a group of reservations" if groups else ""
        yield "reservation", ask.reservation, f"its id, cr-…{or_group}"
    if by_group and not is_group and len(ask.machines) > 1:
        names = [machine.name for machine in ask.machines]
        yield "instance_types", names, "the one type that is reserved"
