"""What all Jobs of ours have in common."""

from typing import Any, Final

__all__ = ["IGNORE_DISRUPTION"]

# A rule of a pod failure policy: a node that is drained is nobody's failure.
# https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
IGNORE_DISRUPTION: Final[dict[str, Any]] = {
    "action": "Ignore",
    "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}],
}
