"""Namespaces that are not for models: they are the cluster's, or of what models run by.

One that the stack makes is closed by policies, gets the models' Pod Security Standard, and goes
when the stack goes.
"""

import re
from typing import Final

__all__ = ["wrong_namespace"]

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_OTHERS: Final = frozenset(
    {
        *("cert-manager", "default", "gatekeeper-system", "gmp-system", "ingress-nginx"),
        *("istio-system", "keda", "knative-eventing", "knative-serving", "kserve", "monitoring"),
        *("argocd", "flux-system"),
    }
)


def wrong_namespace(name: str) -> str:
    """What to use instead of a namespace that the stack must not make; "" where it may.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/
    """
    if not _LABEL.fullmatch(name):
        return "a DNS label: lower-case letters, digits and `-`, at most 63 signs"
    if name.startswith("kube-") or name in _OTHERS:
        return "a namespace for models alone, such as models"
    return ""
