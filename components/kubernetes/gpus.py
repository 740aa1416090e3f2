"""GPUs of pods: how a container asks for them, and which nodes have them."""

from dataclasses import dataclass, field
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.taints import gpu_tolerations, read_taints
from facts.accelerators import ACCELERATORS, GPU, PRODUCT_LABEL
from facts.pools.offers import Taint

__all__ = ["Gpus", "gpu_labels", "read_gpus"]

# A name of the device plugin: https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/
_RESOURCE: Final = r"[a-z0-9.-]+/[A-Za-z0-9._-]+"


@dataclass(frozen=True, slots=True)
class Gpus:
    """GPUs of one pod; false where it has none.

    The nodes are those with the `labels`, a pool's, or else all that carry the kind, `accelerator`.
    `resource` is what the pod requests of them: a whole GPU, a part, or a turn.
    """

    accelerator: str | None = None
    count: int = 0
    labels: dict[str, str] = field(default_factory=dict[str, str])
    resource: str = GPU
    tolerated: tuple[Taint, ...] = ()
    """Further taints of the nodes."""

    def __bool__(self) -> bool:
        return self.count > 0

    def amounts(self) -> dict[str, str]:
        """Requests, and limits: whole, and equal on both sides.

        https://kubernetes.io/docs/tasks/manage-gpus/
        """
        return {self.resource: str(self.count)} if self else {}

    def node_labels(self) -> dict[str, str]:
        """Labels of the nodes that have them."""
        kind = gpu_labels(self.accelerator) if self.accelerator else {}
        return self.labels or kind

    def tolerations(self) -> list[dict[str, str]]:
        """Taints of those nodes that the pod may be placed beside."""
        return gpu_tolerations(self.tolerated) if self else []

    def pod_fields(self) -> dict[str, Any]:
        """Fields of a pod that runs on those nodes; none without GPUs."""
        if not self:
            return {}
        return {"nodeSelector": self.node_labels(), "tolerations": self.tolerations()}


def read_gpus(checks: Checks, most: int) -> Gpus:
    """A pod's GPUs, none unless asked for; notes what is wrong."""
    accelerator = checks.choice("accelerator", "", ACCELERATORS) or None
    count = checks.whole("accelerator_count", 1, 1, most)
    checks.optional_text("gpu_resource", _RESOURCE, "a resource such as nvidia.com/mig-1g.10gb")
    labels = checks.mapping("gpu_node_labels")
    asked = checks.given("accelerator") or bool(labels)
    if not asked and checks.given("accelerator_count"):
        checks.problem("accelerator_count", count, "accelerator or gpu_node_labels beside it")
    resource = checks.optional("gpu_resource")
    if resource is not None and not labels:
        # Parts and turns are found by their pool alone.
        checks.problem("gpu_resource", resource, "gpu_node_labels beside it")
    tolerated = read_taints(checks, "gpu_tolerations")
    return Gpus(accelerator, count if asked else 0, labels, resource or GPU, tuple(tolerated))


def gpu_labels(accelerator: str) -> dict[str, str]:
    """Labels of the nodes that carry this kind; set by node pools or GPU feature discovery."""
    return {PRODUCT_LABEL: ACCELERATORS[accelerator].kubernetes_label}
