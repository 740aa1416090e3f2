"""The arguments that pools of GKE alone have, checked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from components.checks import Checks
from components.gcp.gke_nodes import read_repositories
from components.gcp.names import REGION
from components.gpu_node_pool import Pool
from facts.pools.gke_rules import GkeAsk, boot_disks, gke_faults, makes_networks

__all__ = [
    "LONGEST_RUN_SECONDS",
    "UPGRADES",
    "GkePoolSettings",
    "read_location",
    "read_pool_settings",
]

LONGEST_RUN_SECONDS: Final = 7 * 24 * 3600
_RUN_SECONDS: Final = (600, LONGEST_RUN_SECONDS)
# https://cloud.google.com/kubernetes-engine/docs/how-to/flexible-pod-cidr
_PODS: Final = (8, 256)
# A mebibyte of memory in two: of the largest machine, half.
_MOST_PAGES: Final = 1_000_000
# Of a regional cluster that was not told its zones.
_USUAL_ZONES: Final = 3
# How many nodes more, and how many fewer, while GKE replaces them.
UPGRADES: Final[dict[str, tuple[int, int] | None]] = {
    "drain_first": (0, 1),
    "extra_node": (1, 0),
    "blue_green": None,
}
_LOCATION: Final = rf"({REGION})(-[a-z])?"


@dataclass(frozen=True, slots=True, kw_only=True)
class GkePoolSettings:
    """The arguments that GKE's pools alone have, checked."""

    disk_type: str
    queued: bool
    max_run_seconds: int | None
    """How long a node of flex start stays."""
    upgrade: str
    secondary_disks: list[dict[str, Any]]
    own_networks: bool
    """Whether GKE makes the networks of the GPUs."""
    max_pods_per_node: int | None
    numa_aligned: bool
    sysctls: dict[str, str]
    hugepages_2mib: int | None
    periodic_maintenance: bool
    compute_class: str | None
    repositories: list[str]
    first_nodes: int
    """Nodes of each zone when the pool is made."""


def read_pool_settings(
    checks: Checks, args: Mapping[str, object], pool: Pool | None, location: str
) -> GkePoolSettings:
    """GKE's own arguments; without a pool, whose problems are noted already, some go unchecked."""
    checks.optional_text("placement_policy", r"[a-z][-a-z0-9]*", "the name of a resource policy")
    disk_type = checks.optional("disk_type")
    queued = checks.flag("queued", default=False)
    max_run_seconds = checks.whole("max_run_seconds", 0, *_RUN_SECONDS) or None
    upgrade = checks.choice("upgrade", "drain_first", UPGRADES)
    caches, disks = checks.texts("image_cache_disks", []), checks.texts("data_disks", [])
    own_networks = False
    if pool is not None:
        _check_types(checks, pool)
        ask = GkeAsk(
            machines=pool.machines,
            desired_nodes=pool.desired_nodes,
            capacity=pool.capacity,
            reservation=pool.reservation,
            compact=pool.compact,
            interconnect=pool.interconnect,
            mig_profile=pool.mig_profile,
            time_slices=pool.time_slices,
            driver=pool.driver,
            local_ssd=pool.local_ssd,
            image_streaming=pool.image_streaming,
            disk_type=disk_type,
            queued=queued,
            max_run_seconds=max_run_seconds,
            upgrade=upgrade,
            placement_policy=checks.given("placement_policy"),
            image_cache_disks=caches,
            data_disks=disks,
            gpu_networks=_length(args.get("gpu_networks")),
            gpu_subnetworks=_length(args.get("gpu_subnetworks")),
        )
        for key, got, use in gke_faults(ask):
            checks.problem(key, got, use)
        disk_type = disk_type or boot_disks(pool.machines[0])[0]
        own_networks = makes_networks(ask)
    return GkePoolSettings(
        disk_type=disk_type or "",
        queued=queued,
        max_run_seconds=max_run_seconds,
        upgrade=upgrade,
        secondary_disks=[
            *({"disk_image": image, "mode": "CONTAINER_IMAGE_CACHE"} for image in caches),
            *({"disk_image": image} for image in disks),
        ],
        own_networks=own_networks,
        max_pods_per_node=checks.whole("max_pods_per_node", 0, *_PODS) or None,
        numa_aligned=checks.flag("numa_aligned", default=False),
        sysctls=checks.mapping("sysctls"),
        hugepages_2mib=checks.whole("hugepages_2mib", 0, 1, _MOST_PAGES) or None,
        periodic_maintenance=checks.flag("periodic_maintenance", default=False),
        compute_class=checks.optional("compute_class"),
        repositories=read_repositories(checks),
        first_nodes=_first_nodes(pool, location) if pool else 0,
    )


def read_location(checks: Checks, args: Mapping[str, object]) -> tuple[str, str]:
    """Location of the cluster and its region; empty where they are not known yet."""
    checks.text("location", _LOCATION, "the cluster's region or zone, such as europe-west4")
    given = args.get("location")
    location = given if isinstance(given, str) else ""
    match = re.fullmatch(_LOCATION, location)
    return location, match[1] if match else ""


def _check_types(checks: Checks, pool: Pool) -> None:
    if len(pool.machines) > 1:
        names = [each.name for each in pool.machines]
        use = "one type: a pool of GKE has one, others are pools of their own (GpuNodeFallback)"
        checks.problem("instance_types", names, use)


def _length(value: object) -> int:
    return len(cast("list[object]", value)) if isinstance(value, list) else 0


def _first_nodes(pool: Pool, location: str) -> int:
    """GKE begins with as many nodes in each zone: rounded up, unless that is above the most."""
    zones = len(pool.zones) or (1 if location.count("-") > 1 else _USUAL_ZONES)
    rounded = -(-pool.desired_nodes // zones)
    return rounded if rounded * zones <= pool.max_nodes else pool.desired_nodes // zones
