"""How containers are confined: all that the Pod Security Standard `restricted` wants of one.

https://kubernetes.io/docs/concepts/security/pod-security-standards/
"""

from typing import Any, Final

__all__ = ["CONFINED", "CONFINED_READ_ONLY", "pod_security_context"]

CONFINED: Final[dict[str, Any]] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "privileged": False,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
}
# Where every folder that is written to is a volume of its own.
CONFINED_READ_ONLY: Final[dict[str, Any]] = {**CONFINED, "readOnlyRootFilesystem": True}


def pod_security_context(user_id: int) -> dict[str, Any]:
    """A numeric user, so that the kubelet can tell that it is not root."""
    return {
        "runAsNonRoot": True,
        "runAsUser": user_id,
        "runAsGroup": user_id,
        "fsGroup": user_id,
        # A volume of many files is walked only when its owner is another.
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }
