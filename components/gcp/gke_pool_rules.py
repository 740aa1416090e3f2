"""What GKE's own words for a pool of GPU nodes can say, and what of it contradicts itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from components.checks import Checks
from components.gcp.gke_nodes import read_repositories
from components.gcp.names import REGION
from components.gpu_node_pool import Pool
from facts.machines.choose import regions_of
from facts.machines.shapes import MachineType

__all__ = ["LONGEST_RUN_SECONDS", "UPGRADES", "GkeWords", "read_words"]

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
_IMAGE: Final = r"(projects/[^/]+/)?global/images/[^/]+"
_RESERVATION: Final = r"(projects/[^/]+/reservations/)?[a-z][-a-z0-9]*(/reservationBlocks/.+)?"
# The networks of a machine beside those of its GPUs that need one more for the host.
_HOST_NETWORKS: Final = {"gpudirect_tcpx": 0, "gpudirect_tcpxo": 0, "gpudirect_rdma": 1}


@dataclass(frozen=True, slots=True, kw_only=True)
class GkeWords:
    """The arguments that GKE's pools alone have, checked."""

    location: str
    """Empty where it is not known yet."""
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

    @property
    def region(self) -> str:
        """Region of the cluster; empty where it is not known."""
        match = re.fullmatch(_LOCATION, self.location)
        return match[1] if match else ""


def read_words(checks: Checks, args: Mapping[str, object], pool: Pool | None) -> GkeWords:
    """GKE's own arguments; without a pool, whose problems are noted already, some go unchecked."""
    checks.text("location", _LOCATION, "the cluster's region or zone, such as europe-west4")
    given = args.get("location")
    location = given if isinstance(given, str) else ""
    checks.optional_text("reservation", _RESERVATION, "a name, or projects/…/reservations/…")
    words = GkeWords(
        location=location,
        disk_type=_disk_type(checks, pool.machines[0]) if pool else "",
        queued=checks.flag("queued", default=False),
        max_run_seconds=checks.whole("max_run_seconds", 0, *_RUN_SECONDS) or None,
        upgrade=checks.choice("upgrade", "drain_first", UPGRADES),
        secondary_disks=_secondary_disks(checks),
        own_networks=_own_networks(checks, args, pool) if pool else False,
        max_pods_per_node=checks.whole("max_pods_per_node", 0, *_PODS) or None,
        numa_aligned=checks.flag("numa_aligned", default=False),
        sysctls=checks.mapping("sysctls"),
        hugepages_2mib=checks.whole("hugepages_2mib", 0, 1, _MOST_PAGES) or None,
        periodic_maintenance=checks.flag("periodic_maintenance", default=False),
        compute_class=checks.optional("compute_class"),
        repositories=read_repositories(checks),
        first_nodes=_first_nodes(pool, location) if pool else 0,
    )
    if pool is not None:
        _check_place(checks, pool, words)
        _check_machine(checks, pool, words)
        _check_flex(checks, pool, words)
    return words


def _check_place(checks: Checks, pool: Pool, words: GkeWords) -> None:
    region = words.region
    for zone in pool.zones:
        if region and not re.fullmatch(rf"{re.escape(region)}-[a-z]", zone):
            checks.problem("zones", zone, f"zones of {region}, such as {region}-a")
    machine = pool.machines[0]
    having = regions_of(machine)
    if having is not None and region and region not in having:
        use = f"a region with {machine.name}: {', '.join(sorted(having))}"
        checks.problem("location", words.location, use)
    checks.optional_text("placement_policy", r"[a-z][-a-z0-9]*", "the name of a resource policy")
    if checks.given("placement_policy") and not pool.compact:
        checks.problem("placement_policy", "given", "it with placement compact")
    if pool.compact and machine.name.startswith(_NEVER_COMPACT):
        checks.problem("placement", "compact", f"spread: {machine.name} cannot be placed so")
    if pool.compact and words.upgrade == "blue_green":
        checks.problem("upgrade", "blue_green", "another one with placement compact")


def _check_machine(checks: Checks, pool: Pool, words: GkeWords) -> None:
    machine = pool.machines[0]
    if len(pool.machines) > 1:
        names = [each.name for each in pool.machines]
        use = "one type: a pool of GKE has one, others are pools of their own (GpuNodeFallback)"
        checks.problem("instance_types", names, use)
    if pool.local_ssd and not machine.local_ssd_disks:
        checks.problem("local_ssd", got=True, use=f"false: {machine.name} has none")
    if pool.driver == "operator" and (pool.mig_profile or pool.time_slices):
        use = "cloud, whose device plugin cuts and shares GPUs on GKE"
        checks.problem("driver", "operator", use)
    caching = any("mode" in disk for disk in words.secondary_disks)
    if caching and not pool.image_streaming:
        checks.problem("image_streaming", got=False, use="true, which reads image_cache_disks")


def _check_flex(checks: Checks, pool: Pool, words: GkeWords) -> None:
    flex = pool.capacity == "flex_start"
    for key, given in (("queued", words.queued), ("max_run_seconds", words.max_run_seconds)):
        if given and not flex:
            checks.problem(key, given, "it with capacity flex_start")
    if not flex:
        return
    if pool.desired_nodes:
        use = "0 with flex_start: nodes come when pods ask for them"
        checks.problem("desired_nodes", pool.desired_nodes, use)
    if words.upgrade == "blue_green":
        checks.problem("upgrade", "blue_green", "another one with flex_start")
    alike = pool.machines[0].name.startswith(_COMPACT_AND_FLEX)
    if pool.compact and (words.queued or not alike):
        checks.problem("placement", "compact", "spread with flex_start, but for A3 Ultra and A4")


def _disk_type(checks: Checks, machine: MachineType) -> str:
    fitting = next(
        (types for pattern, types in _DISKS.items() if re.fullmatch(pattern, machine.name))
    )
    chosen = checks.plain("disk_type", fitting[0])
    if chosen not in fitting:
        checks.problem("disk_type", chosen, f"what {machine.name} boots from: {', '.join(fitting)}")
    return chosen


def _secondary_disks(checks: Checks) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for key, mode in (("image_cache_disks", "CONTAINER_IMAGE_CACHE"), ("data_disks", None)):
        for image in checks.texts(key, []):
            if not re.fullmatch(_IMAGE, image):
                checks.problem(key, image, "a disk image, such as projects/…/global/images/…")
            found.append({"disk_image": image, **({"mode": mode} if mode else {})})
    return found


def _own_networks(checks: Checks, args: Mapping[str, object], pool: Pool) -> bool:
    """Whether GKE makes them, as it does where none are given."""
    given, subnets = (_length(args.get(key)) for key in ("gpu_networks", "gpu_subnetworks"))
    if given != subnets:
        checks.problem("gpu_subnetworks", subnets, f"as many as gpu_networks: {given}")
    fabric = pool.machines[0].fabric
    if pool.interconnect == "none" and given:
        checks.problem("gpu_networks", given, "them with interconnect, as for TCPX")
    if pool.interconnect != fabric.interconnect or pool.interconnect not in _HOST_NETWORKS:
        return False
    needed = fabric.interfaces + _HOST_NETWORKS[pool.interconnect]
    if given not in {0, needed}:
        name = pool.machines[0].name
        checks.problem("gpu_networks", given, f"{needed} on {name}, or none: GKE makes them then")
    return not given


def _length(value: object) -> int:
    return len(cast("list[object]", value)) if isinstance(value, list) else 0


def _first_nodes(pool: Pool, location: str) -> int:
    """GKE begins with as many nodes in each zone: rounded up, unless that is above the most."""
    zones = len(pool.zones) or (1 if location.count("-") > 1 else _USUAL_ZONES)
    rounded = -(-pool.desired_nodes // zones)
    return rounded if rounded * zones <= pool.max_nodes else pool.desired_nodes // zones
