"""GPUs of pods: how a container asks for them, and which nodes have them."""

from typing import Any, Final

from components.checks import Checks
from facts.accelerators import ACCELERATORS, GPU, PRODUCT_LABEL

__all__ = ["TOLERATION", "gpu_labels", "on_gpu_nodes", "read_accelerator"]

# The taint of GPU nodes, which keeps all other pods away.
TOLERATION: Final = {"key": GPU, "operator": "Exists", "effect": "NoSchedule"}


def read_accelerator(checks: Checks, most: int) -> tuple[str | None, int]:
    """Kind and whole number of a pod's GPUs, none and 0 unless asked; notes what is wrong."""
    accelerator = checks.choice("accelerator", "", ACCELERATORS) or None
    count = checks.whole("accelerator_count", 1, 1, most)
    if not checks.given("accelerator") and checks.given("accelerator_count"):
        checks.problem("accelerator_count", count, "accelerator beside it")
    return accelerator, count if accelerator else 0


def gpu_labels(accelerator: str) -> dict[str, str]:
    """Labels of the nodes that carry this kind; set by node pools or GPU feature discovery."""
    return {PRODUCT_LABEL: ACCELERATORS[accelerator].kubernetes_label}


def on_gpu_nodes(accelerator: str | None) -> dict[str, Any]:
    """Fields of a pod that runs on those nodes; none without an accelerator."""
    if accelerator is None:
        return {}
    return {"nodeSelector": gpu_labels(accelerator), "tolerations": [dict(TOLERATION)]}
