"""What a pod gets (CPU, memory, disk, GPUs), and on which nodes it may run."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.gpus import Gpus, read_gpus
from facts.edge import CLUSTER, Usual
from facts.resource_bounds import BOUNDS

__all__ = ["Compute", "placement", "read_compute", "resources"]

# Of batch runs they are the same.
_BOUNDS: Final = BOUNDS["kubernetes"]
_ZONE: Final = "topology.kubernetes.io/zone"
_HOST: Final = "kubernetes.io/hostname"
_LABEL_KEY: Final = r"([a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?"
_TOLERATION: Final = re.compile(
    rf"(?P<key>{_LABEL_KEY})(=(?P<value>[A-Za-z0-9._-]{{0,63}}))?"
    r"(:(?P<effect>NoSchedule|PreferNoSchedule|NoExecute))?"
)
_SUBDOMAIN: Final = r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


@dataclass(frozen=True, slots=True)
class Compute:
    """Requests and limits of the server's container, and where its pod may go."""

    cpu: float
    cpu_limit: float
    memory_mib: int
    memory_limit_mib: int
    gpus: Gpus
    node_selector: dict[str, str]
    tolerations: list[dict[str, str]]
    priority_class_name: str | None


def read_compute(checks: Checks, usual: Usual = CLUSTER) -> Compute:
    """Reads and notes what is wrong; the caller raises."""
    cpu = checks.number("cpu", usual.cpu, *_BOUNDS.cpu)
    memory = checks.whole("memory_mib", usual.memory_mib, *_BOUNDS.memory_mib)
    cpu_limit = checks.number("cpu_limit", cpu, *_BOUNDS.cpu)
    memory_limit = checks.whole("memory_limit_mib", memory, *_BOUNDS.memory_mib)
    if cpu_limit < cpu:
        checks.problem("cpu_limit", cpu_limit, f"at least cpu ({cpu:g})")
    if memory_limit < memory:
        checks.problem("memory_limit_mib", memory_limit, f"at least memory_mib ({memory})")
    selector = checks.mapping("node_selector")
    for key in (key for key in selector if not re.fullmatch(_LABEL_KEY, key)):
        checks.problem("node_selector", key, "labels, such as node.kubernetes.io/instance-type")
    checks.optional_text("priority_class_name", _SUBDOMAIN, "the name of a PriorityClass")
    return Compute(
        cpu=cpu,
        cpu_limit=cpu_limit,
        memory_mib=memory,
        memory_limit_mib=memory_limit,
        gpus=read_gpus(checks, _BOUNDS.accelerators),
        node_selector=selector,
        tolerations=_tolerations(checks),
        priority_class_name=checks.optional("priority_class_name"),
    )


def _tolerations(checks: Checks) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for text in checks.texts("tolerations", []):
        match = _TOLERATION.fullmatch(text)
        if match is None:
            checks.problem("tolerations", text, "key=value:Effect, such as dedicated=ml:NoSchedule")
            continue
        value, effect = match["value"], match["effect"]
        found.append(
            {
                "key": match["key"],
                "operator": "Exists" if value is None else "Equal",
                **({} if value is None else {"value": value}),
                **({"effect": effect} if effect else {}),
            }
        )
    return found


def resources(compute: Compute, disk_mib: int) -> dict[str, Any]:
    """Requests and limits; equal unless asked otherwise, so that no neighbour's load evicts."""
    requests = {"cpu": f"{compute.cpu:g}", "memory": f"{compute.memory_mib}Mi"}
    limits = {"cpu": f"{compute.cpu_limit:g}", "memory": f"{compute.memory_limit_mib}Mi"}
    more = {"ephemeral-storage": f"{disk_mib}Mi", **compute.gpus.amounts()}
    return {"requests": {**requests, **more}, "limits": {**limits, **more}}


def placement(compute: Compute, selector: Mapping[str, str], *, alone: bool) -> dict[str, Any]:
    """Replicas apart from each other: one node or zone that fails takes few of them.

    Args:
        compute: what is asked of the nodes.
        selector: labels of the pods that are kept apart.
        alone: whether there is only one pod, on a cluster of few nodes.
    """
    placed: dict[str, Any] = {} if alone else _apart(selector)
    labels = compute.node_selector | compute.gpus.node_labels()
    tolerations = compute.tolerations + compute.gpus.tolerations()
    if labels:
        placed["nodeSelector"] = labels
    if tolerations:
        placed["tolerations"] = tolerations
    if compute.priority_class_name:
        placed["priorityClassName"] = compute.priority_class_name
    return placed


def _apart(selector: Mapping[str, str]) -> dict[str, Any]:
    same = {"labelSelector": {"matchLabels": dict(selector)}}
    host = {**same, "topologyKey": _HOST}
    zone = {**same, "maxSkew": 1, "topologyKey": _ZONE, "whenUnsatisfiable": "ScheduleAnyway"}
    preferred = [{"weight": 100, "podAffinityTerm": host}]
    return {
        "affinity": {
            "podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": preferred}
        },
        "topologySpreadConstraints": [zone],
    }
