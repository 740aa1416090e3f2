"""A small cluster at the edge: what it gives, and what it cannot have, why, and what works."""

from dataclasses import dataclass
from typing import Final

__all__ = ["CLUSTER", "EDGE_REASONS", "Usual", "usual"]


@dataclass(frozen=True, slots=True)
class Usual:
    """What a pod gets where nothing is said."""

    cpu: float
    memory_mib: int
    tmp_mib: int


CLUSTER: Final = Usual(1.0, 2048, 512)
# A node has a few cores, and other things to do.
_EDGE: Final = Usual(0.5, 512, 128)


def usual(profile: str) -> Usual:
    """What a pod gets by the profile, `cluster` or `edge`."""
    return _EDGE if profile == "edge" else CLUSTER


_ONE_NODE: Final = "a node that fails takes all pods, so that more than one are no safer"

EDGE_REASONS: Final[dict[str, tuple[str, str]]] = {
    "min_replicas": (_ONE_NODE, "1"),
    "max_replicas": (_ONE_NODE, "1"),
    "candidate_version": (
        "two versions beside each other need the memory of both",
        "no candidate, and the new version in the model's place,",
    ),
    "autoscaler": ("there is one pod, and nowhere to put another", "none"),
    "min_available": ("with one pod a budget keeps the node from being drained", "no budget"),
    "max_unavailable": ("with one pod a budget says nothing", "no budget"),
    "mesh": ("proxies and their control plane need more than the model does", "none"),
    "image_pull_policy": (
        "without a network a pod would not start again",
        "IfNotPresent, or Never where images are loaded by hand,",
    ),
    "internal_load_balancer": (
        "there is no cloud that makes one",
        "host and an Ingress, or the Service,",
    ),
    "model_uri": (
        "without a network the model could not be fetched again",
        "image:/path (in the server's image), pvc://, oci://, or model_volume_mib, which keeps it,",
    ),
}
