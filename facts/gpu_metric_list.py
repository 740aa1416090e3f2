"""The lists of metrics that the DCGM exporter is given: those of the charts, and clock events.

A list of one's own takes the place of a chart's, so that it has to be whole. Read of the chart
4.8.2 (`deployment/templates/metrics-configmap.yaml`) and of what the GPU operator v26.3.3 runs
(`etc/dcp-metrics-included.csv`), both of the exporter 4.5.3-4.8.2. The clock events are in neither;
without them nobody is told that heat holds a GPU down. Should DCGM not be able to count them the
exporter ends (`internal/pkg/collector/collector_factory.go`), as it does for any field of its list.
"""

from typing import Final

from facts.gpu_metrics import GPU_METRICS, Installer

__all__ = ["metric_list"]

_GAUGES: Final = (
    ("DCGM_FI_DEV_SM_CLOCK", "Clock of the multiprocessors in MHz"),
    ("DCGM_FI_DEV_MEM_CLOCK", "Clock of the memory in MHz"),
    ("DCGM_FI_DEV_MEMORY_TEMP", "Temperature of the memory in degrees Celsius"),
    ("DCGM_FI_DEV_GPU_TEMP", "Temperature in degrees Celsius"),
    ("DCGM_FI_DEV_POWER_USAGE", "Power in W"),
    ("DCGM_FI_DEV_GPU_UTIL", "Time in use in percent"),
    ("DCGM_FI_DEV_MEM_COPY_UTIL", "Time in which the memory is in use in percent"),
    ("DCGM_FI_DEV_ENC_UTIL", "Time in which the encoder is in use in percent"),
    ("DCGM_FI_DEV_DEC_UTIL", "Time in which the decoder is in use in percent"),
    ("DCGM_FI_DEV_XID_ERRORS", "Number of the last Xid error"),
    ("DCGM_FI_DEV_FB_FREE", "Free memory in MiB"),
    ("DCGM_FI_DEV_FB_USED", "Used memory in MiB"),
    ("DCGM_FI_DEV_VGPU_LICENSE_STATUS", "Whether a vGPU is licensed"),
    ("DCGM_FI_DEV_ROW_REMAP_FAILURE", "Whether a damaged row could not be replaced"),
    ("DCGM_FI_PROF_GR_ENGINE_ACTIVE", "Share of time with the engine active"),
    ("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE", "Share of time with tensor cores active"),
    ("DCGM_FI_PROF_DRAM_ACTIVE", "Share of time with the memory active"),
    ("DCGM_FI_PROF_PCIE_TX_BYTES", "Bytes a second sent by PCIe"),
    ("DCGM_FI_PROF_PCIE_RX_BYTES", "Bytes a second received by PCIe"),
)
_COUNTERS: Final = (
    ("DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION", "Energy since the start in mJ"),
    ("DCGM_FI_DEV_PCIE_REPLAY_COUNTER", "Retries on PCIe"),
    ("DCGM_FI_DEV_NVLINK_BANDWIDTH_TOTAL", "Bandwidth of all lanes of NVLink"),
    ("DCGM_FI_DEV_UNCORRECTABLE_REMAPPED_ROWS", "Rows replaced after uncorrectable errors"),
    ("DCGM_FI_DEV_CORRECTABLE_REMAPPED_ROWS", "Rows replaced after correctable errors"),
)
# The operator's has these too.
_OF_THE_OPERATOR: Final = (
    ("DCGM_FI_DEV_FB_RESERVED", "gauge", "Reserved memory in MiB"),
    ("DCGM_FI_DRIVER_VERSION", "label", "Version of the driver"),
)


def metric_list(installer: Installer) -> str:
    """CSV of field, kind and what it says, a line each."""
    clock_events = GPU_METRICS["clock_events"]
    fields = [
        *((name, "gauge", says) for name, says in _GAUGES),
        *((name, "counter", says) for name, says in _COUNTERS),
        *(_OF_THE_OPERATOR if installer == "gpu-operator" else ()),
        (clock_events.name, clock_events.kind, "Events that held clocks down within the window"),
    ]
    return "".join(f"{', '.join(field)}\n" for field in fields)
