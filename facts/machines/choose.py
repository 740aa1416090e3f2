"""Machine types for a need, cheapest first; what is known of one by its name.

Prices are list prices of one region per cloud (`SOURCES`), good for comparing, not for a budget.
"""

import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Final, cast

from facts.accelerators import ACCELERATORS
from facts.machines import azure, compute_engine, ec2
from facts.machines.shapes import CLOUDS, MachineType, Source

__all__ = [
    "CLOUD_OF_CLUSTER",
    "SOURCES",
    "find",
    "machines",
    "named",
    "regions_of",
]

CLOUD_OF_CLUSTER: Final = {"eks": "aws", "gke": "gcp", "aks": "azure"}
SOURCES: Final[dict[str, Source]] = {
    "aws": ec2.SOURCE,
    "gcp": compute_engine.SOURCE,
    "azure": azure.SOURCE,
}
_MACHINES: Final[dict[str, tuple[MachineType, ...]]] = {
    "aws": tuple(ec2.EC2_GPU_INSTANCE_TYPES.values()),
    "gcp": compute_engine.COMPUTE_ENGINE_GPU_MACHINES,
    "azure": tuple(azure.AZURE_GPU_SIZES.values()),
}


def machines(cloud: str | None = None) -> tuple[MachineType, ...]:
    """All machine types of a cloud, or of all three."""
    return tuple(m for c in CLOUDS if cloud in (None, c) for m in _MACHINES[c])


def named(cloud: str, name: str) -> tuple[MachineType, ...]:
    """The machine type of this name; of N1, one for each kind and number of GPUs. None: empty."""
    return _by_name(cloud).get(name, ())


@cache
def _by_name(cloud: str) -> dict[str, tuple[MachineType, ...]]:
    found: dict[str, tuple[MachineType, ...]] = {}
    for machine in _MACHINES[cloud]:
        found[machine.name] = (*found.get(machine.name, ()), machine)
    return found


def find(
    cloud: str | None = None,
    *,
    count: int = 1,
    memory_gib: float = 0,
    accelerator: str | None = None,
) -> tuple[MachineType, ...]:
    """Machine types with at least `count` GPUs of at least `memory_gib` each, cheapest first.

    Those whose price is not known come last, the smallest first.
    """
    return _cheapest_first(
        m
        for m in machines(cloud)
        if m.accelerator_count >= count
        and ACCELERATORS[m.accelerator].memory_mib >= memory_gib * 1024
        and accelerator in (None, m.accelerator)
    )


def regions_of(machine: MachineType) -> frozenset[str] | None:
    """Regions that have this machine type; None where no source tells (EC2).

    A zone of the region may still lack it. Sources and days are in regions.json.
    """
    by_name = _regions().get(machine.cloud)
    if by_name is None:
        return None
    key = machine.name
    if key.startswith("n1-"):
        key = machine.guest_accelerator
    return frozenset(by_name[key]) if key in by_name else None


@cache
def _regions() -> dict[str, dict[str, list[str]]]:
    text = (Path(__file__).parent / "regions.json").read_text(encoding="utf-8")
    clouds = cast("dict[str, dict[str, dict[str, list[str]]]]", json.loads(text))
    return {cloud: found["regions"] for cloud, found in clouds.items()}


def _cheapest_first(found: Iterable[MachineType]) -> tuple[MachineType, ...]:
    def order(machine: MachineType) -> tuple[bool, float, int, int, str]:
        price = machine.price_usd_per_hour
        size = (machine.accelerator_count, machine.vcpu, machine.name)
        return (price is None, price or 0.0, *size)

    return tuple(sorted(found, key=order))
