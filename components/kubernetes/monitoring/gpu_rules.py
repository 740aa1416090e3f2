"""Alerts on GPUs, by what NVIDIA's DCGM exporter and kube-state-metrics tell."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from components.kubernetes.monitoring.alerts import Alerts, Rule
from facts.accelerators import GPU
from facts.burn_rate import Severity
from facts.gpu_metrics import GPU_METRICS, OF_THE_POD

__all__ = ["MEMORY_FULL", "WAITING", "gpu_rules"]

# Errors of programs, after which a GPU is as good as before, as NVIDIA's device plugin has them:
# https://github.com/NVIDIA/k8s-device-plugin/blob/main/internal/rm/health.go
_OF_PROGRAMS: Final = (0, 13, 31, 43, 45, 68, 109)
_SLOWED: Final = "hw_slowdown|sw_thermal|hw_thermal|hw_power_brake"
# As kube-state-metrics spells a resource.
_RESOURCE: Final = GPU.replace(".", "_").replace("/", "_")
# PromQL of pods that ask for a GPU and have no node.
WAITING: Final = (
    f'sum by (namespace, pod) (kube_pod_container_resource_requests{{resource="{_RESOURCE}"}})'
    " > 0\nand on (namespace, pod)\n"
    # Pending are also those that have their node, and load an image or a model.
    'kube_pod_status_scheduled{condition="false"} == 1'
)
# Share of a GPU's memory.
MEMORY_FULL: Final = 0.97


def gpu_rules(alerts: Alerts, most_nodes: Mapping[str, int]) -> Iterator[Rule]:
    """All of them.

    Args:
        alerts: what they say beside their own.
        most_nodes: by the GPUs' product, as a node's label says it, how many nodes all pools with
            it have at most.
    """

    def metric(what: str) -> str:
        return GPU_METRICS[what].name

    codes = "|".join(str(code) for code in _OF_PROGRAMS)
    where = "GPU {{ $labels.gpu }} of {{ $labels.Hostname }}"
    ticket: Severity = "ticket"
    yield alerts.alert(
        "GpuFailed",
        f'max by (Hostname, gpu, UUID, err_code) ({metric("xid")}{{err_code!~"{codes}"}}) > 0',
        severity="page",
        summary=f"{where} has failed with Xid {{{{ $labels.err_code }}}}",
        description=(
            "The driver has told an error that is not a program's. Kubernetes does not give the "
            "GPU to further pods; those that have it may hang."
        ),
    )
    yield alerts.alert(
        "GpuMemoryWearsOut",
        f"max by (Hostname, gpu, UUID) ({metric('row_remap_failed')}) > 0",
        severity=ticket,
        summary=f"{where} could not replace a damaged row of its memory",
        description="Its next error of memory stops what runs on it. Replace the node.",
    )
    used, free = metric("memory_used"), metric("memory_free")
    pod = ", ".join(OF_THE_POD.values())
    yield alerts.alert(
        "GpuMemoryFull",
        f"sum by (Hostname, gpu, {pod}) ({used})\n/\n"
        f"sum by (Hostname, gpu, {pod}) ({used} + {free}) > {MEMORY_FULL}",
        severity=ticket,
        wait="15m",
        summary=f"{where} has less than 3 % of its memory left",
        description=(
            f"Of {{{{ $labels.{OF_THE_POD['pod']} }}}} in "
            f"{{{{ $labels.{OF_THE_POD['namespace']} }}}}. A larger batch or a longer prompt may "
            "find none."
        ),
    )
    yield alerts.alert(
        "GpuSlowedDown",
        f'max by (Hostname, gpu, clock_event) ({metric("clock_events")}{{clock_event=~"{_SLOWED}"}}'
        ") > 0",
        severity=ticket,
        wait="10m",
        summary=f"{where} is slowed down: {{{{ $labels.clock_event }}}}",
        description="For 10 minutes heat or power have held its clocks down.",
    )
    held = f'{metric("utilisation")}{{{OF_THE_POD["pod"]}!=""}}'
    yield alerts.alert(
        "GpuHeldIdle",
        # That it had it six hours ago already: of a new pod there is less to look back on.
        f"max by ({pod}) (max_over_time({held}[6h])) == 0\nand\n"
        f"max by ({pod}) ({held} offset 6h) == 0",
        severity=ticket,
        summary=(
            f"{{{{ $labels.{OF_THE_POD['pod']} }}}} in {{{{ $labels.{OF_THE_POD['namespace']} }}}} "
            "has had a GPU for six hours and not used it"
        ),
        description="It is paid for. Scale the model down, to zero where it may sleep.",
    )
    yield alerts.alert(
        "PodWaitsForGpu",
        WAITING,
        severity=ticket,
        wait="15m",
        summary="{{ $labels.pod }} in {{ $labels.namespace }} has waited for a GPU for 15 minutes",
        description=(
            "No node has one to give and none was added: the pools are at their maximum, the cloud "
            "has no capacity, or no pool fits the pod."
        ),
    )
    used_share = metric("utilisation")
    for gpu, most in sorted(most_nodes.items()):
        # The driver's name; its spaces are hyphens in the label.
        named = re.escape(gpu).replace("\\-", "[- ]").replace("\\.", "[.]")
        yield alerts.alert(
            "GpuPoolsAtMaximum",
            f'count(count by (Hostname) ({used_share}{{modelName=~"{named}"}})) >= {most}',
            severity=ticket,
            wait="30m",
            summary=f"All nodes with {gpu} that the pools may have are there: {most}",
            description="A model that needs another one waits.",
            labels={"gpu_product": gpu},
        )
