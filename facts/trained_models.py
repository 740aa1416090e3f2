"""What a shared server on KServe takes in.

Source: KServe 0.20, pkg/agent/storage/provider.go (where the agent fetches from) and
pkg/agent/puller.go (that it asks for each model by the v2 protocol's repository calls); Triton's
backends.
"""

from typing import Final

__all__ = ["CONTROL_MODE", "FRAMEWORKS", "SCHEMES"]

FRAMEWORKS: Final = ("onnx", "pytorch", "tensorflow", "tensorrt", "triton")
SCHEMES: Final = ("s3", "gs", "https")
# The flag by which Triton loads what it is asked to load; the shared server has it already.
CONTROL_MODE: Final = "--model-control-mode"
