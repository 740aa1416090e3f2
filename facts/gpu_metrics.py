"""What NVIDIA's DCGM exporter tells Prometheus of GPUs, and whose they are.

Read of DCGM exporter 4.5.3-4.8.2, which both charts of facts/add_ons.py run: the GPU operator with
its `etc/dcp-metrics-included.csv` (assets/state-dcgm-exporter/0800_daemonset.yaml of v26.3.3), its
own chart with the list of `deployment/templates/metrics-configmap.yaml`, which is put over
`etc/default-counters.csv`. What is not in a list is not told; another list is the operator's
`dcgmExporter.config` (`name`, `create`, `data`) or the chart's `customMetrics`, which is CSV too
and takes the place of the whole list.
"""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "CLOCK_EVENTS",
    "EXPORTER",
    "EXPORTER_SOURCE",
    "GPU_LABELS",
    "GPU_METRICS",
    "MIG_LABELS",
    "OF_THE_POD",
    "GpuMetric",
    "Installer",
]

EXPORTER: Final = "4.5.3-4.8.2"
EXPORTER_SOURCE: Final = f"https://github.com/NVIDIA/dcgm-exporter/tree/{EXPORTER}"

Unit = Literal["%", "share", "MiB", "°C", "W", "ns", "code", "count", "flag"]
Installer = Literal["gpu-operator", "dcgm-exporter"]
_BOTH: Final[tuple[Installer, ...]] = ("gpu-operator", "dcgm-exporter")
_OPERATOR: Final[tuple[Installer, ...]] = ("gpu-operator",)
_NONE: Final[tuple[Installer, ...]] = ()


@dataclass(frozen=True, slots=True)
class GpuMetric:
    """One metric of a GPU."""

    what: str
    name: str
    kind: Literal["gauge", "counter"]
    unit: Unit
    by_default: tuple[Installer, ...]
    """The charts that have it without a list of one's own."""
    labels: tuple[str, ...] = ()
    """Beside those of every metric."""


# Of every metric: internal/pkg/rendermetrics/render_metrics.go.
GPU_LABELS: Final = ("gpu", "UUID", "pci_bus_id", "device", "modelName", "Hostname")
# Of parts of a GPU too.
MIG_LABELS: Final = ("GPU_I_PROFILE", "GPU_I_ID")
# The pod that has the GPU, by what Prometheus calls it. The exporter says `pod`, `namespace` and
# `container` (internal/pkg/transformation/const.go), but these are the exporter's own pod's where
# the ServiceMonitor says `honorLabels: false`, as those of both charts do unless told otherwise:
# Prometheus then puts `exported_` before those that the exporter says
# (https://prometheus.io/docs/prometheus/latest/configuration/configuration/#scrape_config).
# A GPU that no pod has is without them.
OF_THE_POD: Final = {
    "namespace": "exported_namespace",
    "pod": "exported_pod",
    "container": "exported_container",
}
# Values of `clock_event`: internal/pkg/collector/clock_events_collector.go.
CLOCK_EVENTS: Final = (
    "gpu_idle",
    "clocks_setting",
    "power_cap",
    "hw_slowdown",
    "sync_boost",
    "sw_thermal",
    "hw_thermal",
    "hw_power_brake",
    "display_clocks",
)

# How long the window of the exporter's own counts is.
_WINDOW: Final = "window_size_in_ms"

GPU_METRICS: Final[dict[str, GpuMetric]] = {
    metric.what: metric
    for metric in (
        GpuMetric("utilisation", "DCGM_FI_DEV_GPU_UTIL", "gauge", "%", _BOTH),
        # Shares of time from 0 to 1, of Volta and newer.
        GpuMetric("engine_active", "DCGM_FI_PROF_GR_ENGINE_ACTIVE", "gauge", "share", _BOTH),
        GpuMetric("tensor_active", "DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "gauge", "share", _BOTH),
        GpuMetric("memory_active", "DCGM_FI_PROF_DRAM_ACTIVE", "gauge", "share", _BOTH),
        # The lists have none of the whole memory.
        GpuMetric("memory_used", "DCGM_FI_DEV_FB_USED", "gauge", "MiB", _BOTH),
        GpuMetric("memory_free", "DCGM_FI_DEV_FB_FREE", "gauge", "MiB", _BOTH),
        GpuMetric("memory_reserved", "DCGM_FI_DEV_FB_RESERVED", "gauge", "MiB", _OPERATOR),
        GpuMetric("temperature", "DCGM_FI_DEV_GPU_TEMP", "gauge", "°C", _BOTH),
        GpuMetric("memory_temperature", "DCGM_FI_DEV_MEMORY_TEMP", "gauge", "°C", _BOTH),
        GpuMetric("power", "DCGM_FI_DEV_POWER_USAGE", "gauge", "W", _BOTH),
        # The number of the last one.
        GpuMetric("xid", "DCGM_FI_DEV_XID_ERRORS", "gauge", "code", _BOTH, ("err_code", "err_msg")),
        # Within the window, so its value goes down again although its type is counter.
        GpuMetric(
            "xid_count", "DCGM_EXP_XID_ERRORS_COUNT", "counter", "count", _NONE, ("xid", _WINDOW)
        ),
        GpuMetric(
            "clock_events",
            "DCGM_EXP_CLOCK_EVENTS_COUNT",
            "counter",
            "count",
            _NONE,
            ("clock_event", _WINDOW),
        ),
        # Time that the clocks were held down, by why.
        GpuMetric("throttled_by_power", "DCGM_FI_DEV_POWER_VIOLATION", "counter", "ns", _NONE),
        GpuMetric("throttled_by_heat", "DCGM_FI_DEV_THERMAL_VIOLATION", "counter", "ns", _NONE),
        GpuMetric(
            "throttled_by_board", "DCGM_FI_DEV_BOARD_LIMIT_VIOLATION", "counter", "ns", _NONE
        ),
        GpuMetric(
            "throttled_by_reliability",
            "DCGM_FI_DEV_RELIABILITY_VIOLATION",
            "counter",
            "ns",
            _NONE,
        ),
        # Volatile errors in memory.
        GpuMetric("ecc_single_bit", "DCGM_FI_DEV_ECC_SBE_VOL_TOTAL", "counter", "count", _NONE),
        GpuMetric("ecc_double_bit", "DCGM_FI_DEV_ECC_DBE_VOL_TOTAL", "counter", "count", _NONE),
        # What such errors lead to.
        GpuMetric(
            "rows_remapped",
            "DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS",
            "counter",
            "count",
            _BOTH,
        ),
        GpuMetric("row_remap_failed", "DCGM_FI_DEV_ROW_REMAP_FAILURE", "gauge", "flag", _BOTH),
    )
}
