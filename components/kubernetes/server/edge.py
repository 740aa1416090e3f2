"""What a server on a small cluster at the edge does without, and why.

One node or a few, k3s or the like, often without a network: one pod, its image and its model on the
node already.
"""

from collections.abc import Mapping
from typing import Any, Final

from components.checks import Checks
from components.serving import Core
from facts.edge import EDGE_REASONS
from facts.pods import is_fetched

__all__ = ["PROFILES", "check_edge"]

PROFILES: Final = ("cluster", "edge")


def check_edge(checks: Checks, core: Core, args: Mapping[str, Any]) -> None:
    """Notes what is asked for and cannot be had there."""
    asked: dict[str, object] = {
        "max_replicas": core.max_replicas if core.max_replicas > 1 else None,
        "min_replicas": core.min_replicas if core.min_replicas != 1 else None,
        "candidate_version": core.candidate_version,
        "autoscaler": None if args.get("autoscaler") == "none" else args.get("autoscaler"),
        "min_available": args.get("min_available"),
        "max_unavailable": args.get("max_unavailable"),
        "mesh": None if args.get("mesh") == "none" else args.get("mesh"),
        "image_pull_policy": "Always" if args.get("image_pull_policy") == "Always" else None,
        "internal_load_balancer": args.get("internal_load_balancer"),
    }
    for key, value in asked.items():
        if value is not None:
            reason, nearest = EDGE_REASONS[key]
            checks.problem(key, value, f"{nearest} with profile edge: {reason}")
    uri = args.get("model_uri")
    fetched = not isinstance(uri, str) or is_fetched(uri)
    if uri is not None and fetched and not checks.given("model_volume_mib"):
        reason, nearest = EDGE_REASONS["model_uri"]
        checks.problem("model_uri", uri, f"{nearest} with profile edge: {reason}")
