"""The dashboard of a cluster's GPUs: which alerts fire, how many there are, what each does."""

from collections.abc import Iterator
from typing import Final

from components.kubernetes.monitoring.firing import fired, firing
from components.kubernetes.monitoring.gpu_rules import MEMORY_FULL, WAITING
from components.kubernetes.monitoring.panels import WIDTH, Panel, document
from components.kubernetes.monitoring.places import Places
from facts.gpu_metrics import GPU_METRICS, OF_THE_POD

__all__ = ["gpu_dashboard"]

_LEGEND: Final = f"{{{{Hostname}}}}/{{{{gpu}}}} {{{{{OF_THE_POD['pod']}}}}}"
# One that no pod has is there as well.
_BY: Final = f"Hostname, gpu, {OF_THE_POD['namespace']}, {OF_THE_POD['pod']}"


def gpu_dashboard(name: str, environment: str, owner: str, places: Places) -> str:
    """The dashboard as JSON."""
    alerts = f'alertname=~"Gpu.*|PodWaitsForGpu",environment="{environment}"'
    return document(
        name,
        f"GPUs ({environment})",
        f"Each GPU, as the DCGM exporter tells it. Owner: {owner}.",
        ["model-serving", environment, owner],
        [firing(alerts, places, WIDTH // 2), _counts(), *_panels()],
        list(fired(alerts)),
    )


def _counts() -> Panel:
    used = GPU_METRICS["utilisation"].name
    held = f'{used}{{{OF_THE_POD["pod"]}!=""}}'
    counted = {
        "GPUs": used,
        "held by a pod": held,
        "unused for 1 h": f"max_over_time({held}[1h]) == 0",
        "pods that wait": WAITING,
    }
    return Panel(
        "Now",
        {what: f"count({query}) or vector(0)" for what, query in counted.items()},
        "none",
        kind="stat",
        columns=WIDTH // 2,
        rows=6,
        # None of them is good or bad by itself.
        below="blue",
    )


def _panels() -> Iterator[Panel]:
    used, free = _each("sum", "memory_used"), _each("sum", "memory_free")
    for title, query, unit, limit, most in (
        ("Use of GPUs", _each("avg", "utilisation"), "percent", None, 100),
        ("Time with tensor cores active", _each("avg", "tensor_active"), "percentunit", None, 1),
        ("Memory in use", f"{used}\n/\n({used} + {free})", "percentunit", MEMORY_FULL, 1),
        ("Time with memory active", _each("avg", "memory_active"), "percentunit", None, 1),
        ("Temperature", _each("max", "temperature"), "celsius", None, None),
        ("Power", _each("max", "power"), "watt", None, None),
    ):
        yield Panel(
            title,
            {_LEGEND: query},
            unit,
            limit=limit,
            empty="no GPU tells it",
            more={} if most is None else {"max": most},
        )


def _each(summed: str, what: str) -> str:
    return f"{summed} by ({_BY}) ({GPU_METRICS[what].name})"
