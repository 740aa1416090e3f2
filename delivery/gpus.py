"""`serving gpus`: machine types with GPUs that meet a need, per cloud, cheapest first."""

import json
import sys
from typing import Any, Final

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.gpu_need import Need, meeting, parse
from delivery.table import columns, show, table
from facts.accelerators import ACCELERATORS
from facts.machines.choose import CLOUD_OF_CLUSTER, SOURCES, regions_of
from facts.machines.shapes import CLOUDS, MachineType
from stacks.settings.platforms.gpu_pools import region_of
from stacks.settings.problems import SettingsError, report
from stacks.settings.site import load_site

SCHEMA_VERSION: Final = 1
HEADS: Final = (
    "machine type",
    "gpus",
    "gb each",
    "vcpu",
    "gib",
    "$/h",
    "mig",
    "interconnect",
    "sold",
)
# What leaves the row of a narrow terminal.
BELOW: Final = ("sold", "interconnect", "mig")
_UNKNOWN: Final = "unknown"


def gpus(
    need: str | None, *, cloud: str | None, environment: str | None, as_json: bool, plain: bool
) -> int:
    """Print a table per cloud, or JSON."""
    if cloud is not None and cloud not in CLOUDS:
        raise Failure(f"there is no cloud {cloud!r}\n  allowed: {', '.join(CLOUDS)}")
    asked = parse(need) if need is not None else Need()
    regions = _regions(environment)
    if cloud is not None and cloud not in regions:
        raise Failure(
            f"{environment!r} is not on {cloud}\n  it is on: {', '.join(regions) or 'no cloud'}"
        )
    found = [m for m in meeting(asked, cloud) if m.cloud in regions]
    kept = [m for m in found if not _known_to_lack(m, regions[m.cloud])]
    if not kept:
        places = ", ".join(f"{c} ({region})" for c, region in regions.items() if region)
        raise Failure(
            f"no machine type with that is known to be where {environment!r} is: "
            f"{places or 'on no cloud'}"
        )
    by_cloud = {c: [m for m in kept if m.cloud == c] for c in CLOUDS}
    if as_json:
        print(json.dumps(_document(asked, environment, regions, by_cloud), indent=2))
        return Exit.OK
    for name, rows in by_cloud.items():
        if rows:
            _print_cloud(name, rows, plain=plain)
    if len(kept) < len(found):
        print(f"Left out, not in the environment's region: {len(found) - len(kept)}.")
    if any(regions[m.cloud] is not None and regions_of(m) is None for m in kept):
        print("Which regions of aws have a type, no source tells.")
    print("List prices on demand, for comparing; unknown: no source tells.")
    return Exit.OK


def _regions(environment: str | None) -> dict[str, str | None]:
    """The clouds of an environment, each with its region where it says one. Default: all."""
    if environment is None:
        return dict.fromkeys(CLOUDS)
    folder = project.root()
    project.known_environment(folder, environment)
    try:
        site = load_site(folder, environment)
    except SettingsError as error:
        raise Failure(report(error.problems)) from None
    by_cloud = {cloud: cluster for cluster, cloud in CLOUD_OF_CLUSTER.items()}
    regions = {cloud: region_of(site, by_cloud[cloud]) for cloud in CLOUDS}
    return {
        cloud: region
        for cloud, region in regions.items()
        if region is not None or getattr(site.targets, cloud) is not None
    }


def _known_to_lack(machine: MachineType, region: str | None) -> bool:
    has = regions_of(machine)
    return region is not None and has is not None and region not in has


def _print_cloud(cloud: str, rows: list[MachineType], *, plain: bool) -> None:
    source = SOURCES[cloud]
    print(f"{cloud}: prices of {source.region} on {source.priced}")
    lines = table(HEADS, [row(m) for m in rows], room=columns(sys.stdout), below=BELOW)
    show(lines, plain=plain)
    print(f"read {source.read}: {' '.join(source.pages)}\n")


def row(machine: MachineType) -> list[str]:
    """One line of the table."""
    kind = ACCELERATORS[machine.accelerator]
    price = machine.price_usd_per_hour
    return [
        machine.name,
        f"{machine.accelerator_count} x {machine.accelerator}",
        str(kind.memory_gib),
        f"{machine.vcpu} arm64" if machine.architecture == "arm64" else str(machine.vcpu),
        f"{machine.memory_mib / 1024:g}",
        _UNKNOWN if price is None else f"{price:.2f}",
        next((f"{part.per_gpu} x {name}" for name, part in kind.mig_profiles.items()), "no MIG"),
        _interconnect(machine),
        f"only {' or '.join(machine.only_as)}" if machine.only_as else "on demand",
    ]


def _interconnect(machine: MachineType) -> str:
    """What joins its GPUs with each other, then what joins them with those of other machines."""
    fabric = machine.fabric
    inside = ACCELERATORS[machine.accelerator].interconnect or _UNKNOWN
    parts = [
        *([inside] if machine.accelerator_count > 1 else []),
        *([f"{fabric.interconnect} x {fabric.interfaces}"] if fabric.interfaces else []),
    ]
    return ", ".join(parts) or "-"


def _document(
    need: Need,
    environment: str | None,
    regions: dict[str, str | None],
    by_cloud: dict[str, list[MachineType]],
) -> dict[str, Any]:
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": environment,
        "need": {
            "count": need.count,
            "memory_gib": need.memory_gib,
            "accelerators": None if need.kinds is None else sorted(need.kinds),
        },
        "clouds": [
            {
                "cloud": cloud,
                "region": regions[cloud],
                "price_region": SOURCES[cloud].region,
                "priced": SOURCES[cloud].priced,
                "read": SOURCES[cloud].read,
                "sources": list(SOURCES[cloud].pages),
                "machine_types": [_machine(m) for m in rows],
            }
            for cloud, rows in by_cloud.items()
            if rows
        ],
    }


def _machine(machine: MachineType) -> dict[str, Any]:
    kind = ACCELERATORS[machine.accelerator]
    has = regions_of(machine)
    return {
        "name": machine.name,
        "accelerator": machine.accelerator,
        "accelerator_count": machine.accelerator_count,
        "accelerator_memory_gib": kind.memory_gib,
        "vcpu": machine.vcpu,
        "memory_gib": machine.memory_mib / 1024,
        "architecture": machine.architecture,
        "usd_per_hour": machine.price_usd_per_hour,
        "price_class": machine.price_class,
        "mig_profiles": {
            name: {"per_gpu": profile.per_gpu, "memory_gib": profile.memory_mib / 1024}
            for name, profile in kind.mig_profiles.items()
        },
        "interconnect": kind.interconnect,
        "fabric": machine.fabric.interconnect,
        "fabric_interfaces": machine.fabric.interfaces,
        "local_ssd_gib": machine.local_ssd_gib,
        "local_ssd_added": machine.local_ssd_added,
        "only_as": list(machine.only_as),
        "regions": None if has is None else sorted(has),
    }
