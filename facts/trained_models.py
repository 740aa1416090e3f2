"""What a shared server on KServe takes in.

Source: KServe 0.20, pkg/agent/storage/provider.go (where the agent fetches from) and
pkg/agent/puller.go (that it asks for each model by the v2 protocol's repository calls); Triton's
backends.
"""

from collections.abc import Sequence
from typing import Final

__all__ = ["CONTROL_MODE", "FRAMEWORKS", "SCHEMES", "TRITON_METRICS", "triton_metrics"]

FRAMEWORKS: Final = ("onnx", "pytorch", "tensorflow", "tensorrt", "triton")
SCHEMES: Final = ("s3", "gs", "https")
# The flag by which Triton loads what it is asked to load; the shared server has it already.
CONTROL_MODE: Final = "--model-control-mode"
# Triton's own port of its metrics, which KServe's runtime leaves as it is.
TRITON_METRICS: Final = 8002
_CONFIG: Final = "--metrics-config"
_HISTOGRAMS: Final = "histogram_latencies=true"


def triton_metrics(arguments: Sequence[str]) -> str:
    """What a Triton with these arguments tells, by its name in facts/server_metrics.py."""
    words = " ".join(arguments).replace(f"{_CONFIG} ", f"{_CONFIG}=").split()
    return "triton-histogram" if f"{_CONFIG}={_HISTOGRAMS}" in words else "triton"
