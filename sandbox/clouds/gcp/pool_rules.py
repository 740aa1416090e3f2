"""What GKE refuses of a node pool: fields that exclude each other, clusters that do not take it.

Sources: the pages named beside each rule, and the descriptions of `NodePool` in Google's discovery
document. Partition sizes are NVIDIA's; which of them GKE has is only known in part.
"""

import re
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.store import Row
from sandbox.values import at, listed, mapped
from sandbox.wire import UNKNOWN

__all__ = ["constraints", "is_on", "joining"]

_HOW_TO = "https://cloud.google.com/kubernetes-engine/docs/how-to"
_OF_40 = ("1g.5gb", "1g.10gb", "2g.10gb", "3g.20gb", "7g.40gb")
_OF_80 = ("1g.10gb", "1g.20gb", "2g.20gb", "3g.40gb", "7g.80gb")
_PARTITIONS = {
    "nvidia-tesla-a100": _OF_40,
    "nvidia-a100-80gb": _OF_80,
    "nvidia-h100-80gb": _OF_80,
    "nvidia-h100-mega-80gb": _OF_80,
    "nvidia-h200-141gb": ("1g.18gb", "1g.35gb", "2g.35gb", "3g.71gb", "7g.141gb"),
    "nvidia-b200": ("1g.23gb", "1g.45gb", "2g.45gb", "3g.90gb", "7g.180gb"),
}
_UNCUT = re.compile(r"nvidia-(l4|tesla-(t4|v100|p4|p100))")
_CLIENTS = range(2, 49)
# These say in their name how many GPUs they have, and have no others.
_COUNTED = re.compile(r"a[234]x?-\w+-(\d+)g")
_HYPERDISK_ONLY = re.compile(r"(a3-ultragpu|a4|a4x|g4)-")
_RESERVED_LABEL = re.compile(r"(?:[^/]*\.)?(kubernetes|k8s)\.io/")
_OWN_LABELS = frozenset({"kubernetes.io/os", "kubernetes.io/arch"})
_MOST_AT_ONCE = 20
_MOST_SECONDS = 7 * 24 * 3600


def constraints(call: Call) -> list[Problem]:
    """What the pool's inputs alone tell; values may be unknown."""
    inputs = call.inputs
    node = mapped(inputs.get("nodeConfig"))
    return [
        *_limits(mapped(inputs.get("autoscaling"))),
        *_buying(inputs, node),
        *_gpus(node),
        *_node(node),
        *_upgrades(inputs),
        *_placement(inputs, node),
    ]


def joining(call: Call, cluster: Row) -> list[Problem]:
    """What the cluster, which is there, does not take."""
    found: list[Problem] = []
    if is_on(cluster.inputs.get("enableAutopilot")):
        reason = "is of Autopilot, which makes its nodes itself; no pool can be added"
        found.append(Problem("cluster", reason))
    place = cluster.id.split("/")[3]
    region = "-".join(place.split("-")[:2])
    for index, zone in enumerate(listed(call.inputs.get("nodeLocations"))):
        if isinstance(zone, str) and zone.rpartition("-")[0] != region:
            reason = f'got "{zone}"; use zones of the cluster\'s region, {region}'
            found.append(Problem(f"nodeLocations[{index}]", reason))
    further = at(call.inputs, "networkConfig", "additionalNodeNetworkConfigs")
    if listed(further) and not is_on(cluster.inputs.get("enableMultiNetworking")):
        page = f"{_HOW_TO}/setup-multinetwork-support-for-pods"
        reason = f"needs a cluster with enableMultiNetworking ({page})"
        found.append(Problem("networkConfig.additionalNodeNetworkConfigs", reason))
    return found


def is_on(value: Any) -> bool:  # noqa: ANN401 - a property value
    """Whether a switch is on, as texts too."""
    return value in {True, "true"} if isinstance(value, bool | str) else False


def _limits(autoscaling: dict[str, Any]) -> Iterator[Problem]:
    each = [name for name in ("minNodeCount", "maxNodeCount") if name in autoscaling]
    total = [name for name in ("totalMinNodeCount", "totalMaxNodeCount") if name in autoscaling]
    if each and total:
        reason = f"goes without {', '.join(total)}: limits are of each zone, or of all together"
        yield Problem(f"autoscaling.{each[0]}", reason)


def _buying(inputs: dict[str, Any], node: dict[str, Any]) -> Iterator[Problem]:
    spot = is_on(node.get("spot")) or is_on(node.get("preemptible"))
    flex = is_on(node.get("flexStart"))
    queued = is_on(at(inputs, "queuedProvisioning", "enabled"))
    affinity = at(node, "reservationAffinity", "consumeReservationType")
    if spot and flex:
        yield Problem("nodeConfig.spot", "goes without flexStart: nodes are one or the other")
    if spot and affinity not in {None, UNKNOWN, "NO_RESERVATION"}:
        reason = f"got {affinity}; use NO_RESERVATION: spot nodes are not of a reservation"
        yield Problem("nodeConfig.reservationAffinity.consumeReservationType", reason)
    key = at(node, "reservationAffinity", "key")
    if affinity == "SPECIFIC_RESERVATION" and not key:
        reason = "missing; use compute.googleapis.com/reservation-name, and its name as the value"
        yield Problem("nodeConfig.reservationAffinity.key", reason)
    if not flex and not queued:
        return
    word = "flexStart" if flex else "queuedProvisioning"
    page = f"({_HOW_TO}/provisioningrequest)"
    if affinity not in {UNKNOWN, "NO_RESERVATION"}:
        reason = f"use NO_RESERVATION with {word} {page}"
        yield Problem("nodeConfig.reservationAffinity.consumeReservationType", reason)
    for name in ("initialNodeCount", "nodeCount"):
        if inputs.get(name) not in {None, 0, UNKNOWN}:
            yield Problem(
                name, f"got {inputs[name]}; use 0 with {word}: the autoscaler adds nodes {page}"
            )
    if not inputs.get("autoscaling"):
        yield Problem("autoscaling", f"missing; {word} needs the autoscaler {page}")
    yield from _run_duration(node.get("maxRunDuration"))


def _run_duration(duration: Any) -> Iterator[Problem]:  # noqa: ANN401 - a property value
    match = re.fullmatch(r"(\d+)s", duration) if isinstance(duration, str) else None
    if match and int(match[1]) > _MOST_SECONDS:
        yield Problem(
            "nodeConfig.maxRunDuration", f"got {duration}; use at most {_MOST_SECONDS}s, 7 days"
        )


def _gpus(node: dict[str, Any]) -> Iterator[Problem]:
    for index, gpu in enumerate(map(mapped, listed(node.get("guestAccelerators")))):
        path = f"nodeConfig.guestAccelerators[{index}]"
        kind, size = str(gpu.get("type")), gpu.get("gpuPartitionSize")
        sizes = _PARTITIONS.get(kind)
        if isinstance(size, str) and size and _UNCUT.fullmatch(kind):
            reason = f"got {size}; {kind} is not cut into parts ({_HOW_TO}/gpus-multi)"
            yield Problem(f"{path}.gpuPartitionSize", reason)
        elif isinstance(size, str) and size and sizes and size not in sizes:
            reason = f"got {size}; use one of {', '.join(sizes)} ({_HOW_TO}/gpus-multi)"
            yield Problem(f"{path}.gpuPartitionSize", reason)
        clients = at(gpu, "gpuSharingConfig", "maxSharedClientsPerGpu")
        if isinstance(clients, int | float) and int(clients) not in _CLIENTS:
            reason = f"got {clients:g}; use 2 to 48 ({_HOW_TO}/timesharing-gpus)"
            yield Problem(f"{path}.gpuSharingConfig.maxSharedClientsPerGpu", reason)
        match = _COUNTED.fullmatch(str(node.get("machineType")))
        count = gpu.get("count")
        if match and isinstance(count, int | float) and int(count) != int(match[1]):
            reason = f"got {count:g}; use {match[1]}, as {node['machineType']} has"
            yield Problem(f"{path}.count", reason)


def _node(node: dict[str, Any]) -> Iterator[Problem]:
    machine, disk = str(node.get("machineType")), node.get("diskType")
    if isinstance(disk, str) and disk.startswith("pd-") and _HYPERDISK_ONLY.match(machine):
        reason = f"got {disk}; {machine} boots from hyperdisk-balanced"
        yield Problem("nodeConfig.diskType", reason)
    for key in mapped(node.get("labels")):
        if _RESERVED_LABEL.match(key) and key not in _OWN_LABELS:
            reason = "use a label that is not Kubernetes' own: kubernetes.io/ and k8s.io/ are kept"
            yield Problem(f'nodeConfig.labels["{key}"]', reason)
    caches = [mapped(disk).get("mode") for disk in listed(node.get("secondaryBootDisks"))]
    streaming = at(node, "gcfsConfig", "enabled")
    if "CONTAINER_IMAGE_CACHE" in caches and streaming is not UNKNOWN and not is_on(streaming):
        reason = "use true with secondaryBootDisks of mode CONTAINER_IMAGE_CACHE"
        yield Problem("nodeConfig.gcfsConfig.enabled", reason)


def _upgrades(inputs: dict[str, Any]) -> Iterator[Problem]:
    settings = mapped(inputs.get("upgradeSettings"))
    surge, less = settings.get("maxSurge"), settings.get("maxUnavailable")
    if not isinstance(surge, int | float) or not isinstance(less, int | float):
        return
    if not 1 <= surge + less <= _MOST_AT_ONCE:
        reason = f"got {surge:g} and maxUnavailable {less:g}; use 1 to {_MOST_AT_ONCE} together"
        yield Problem("upgradeSettings.maxSurge", reason)


def _placement(inputs: dict[str, Any], node: dict[str, Any]) -> Iterator[Problem]:
    if at(inputs, "placementPolicy", "type") != "COMPACT" or at(
        inputs, "placementPolicy", "tpuTopology"
    ):
        return
    page = f"({_HOW_TO}/compact-placement)"
    if len(listed(inputs.get("nodeLocations"))) > 1:
        yield Problem("nodeLocations", f"use one zone with compact placement {page}")
    if at(inputs, "upgradeSettings", "strategy") == "BLUE_GREEN":
        yield Problem("upgradeSettings.strategy", f"use SURGE with compact placement {page}")
    if is_on(at(inputs, "queuedProvisioning", "enabled")):
        yield Problem("placementPolicy.type", f"goes without queuedProvisioning {page}")
    if str(node.get("machineType")).startswith("n1-"):
        yield Problem("placementPolicy.type", f"is not for {node['machineType']} {page}")
