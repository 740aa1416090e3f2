"""What a shared server on KServe takes in.

Source: KServe 0.20, pkg/agent/storage/provider.go (where the agent fetches from) and
pkg/agent/puller.go (that it asks for each model by the v2 protocol's repository calls); Triton's
backends.
"""

from typing import Final

__all__ = ["FRAMEWORKS", "SCHEMES"]

FRAMEWORKS: Final = ("onnx", "pytorch", "tensorflow", "tensorrt", "triton")
SCHEMES: Final = ("s3", "gs", "https")
