"""What a small cluster at the edge cannot have: the reason, and what works instead."""

from typing import Final

__all__ = ["EDGE_REASONS"]

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
