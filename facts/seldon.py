"""What Seldon Core 2 loads: artifacts by tag, and from where.

Source: Seldon Core's documentation of release 2.9.1, docs-gb/models/inference-artifacts.md and
docs-gb/kubernetes/storage-secrets.md; the default servers' capabilities are in its chart
seldon-core-v2-setup, `serverConfig.*.serverCapabilities`.
"""

from typing import Final

__all__ = ["AGENT_METRICS", "ARTIFACT_TAGS", "STORAGE_SCHEMES"]

# Port of the metrics of the agent beside each server: operator/config/serverconfigs.
AGENT_METRICS: Final = 9006

# The capabilities that a server must have, by what the model was made with. `python` alone would
# be loaded by MLServer or by Triton, whichever comes first.
ARTIFACT_TAGS: Final[dict[str, tuple[str, ...]]] = {
    **{
        tag: (tag,)
        for tag in (
            *("huggingface", "lightgbm", "mlflow", "onnx", "openvino", "pytorch", "sklearn"),
            *("spark-mlib", "tensorflow", "tensorrt", "xgboost"),
        )
    },
    "mlserver": ("python", "mlserver"),
    "triton": ("python", "triton"),
}
# Remotes of rclone; others need a Secret that defines them, and are not offered.
STORAGE_SCHEMES: Final = ("s3", "gs")
