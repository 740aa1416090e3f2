"""Who may talk to a model server, and to whom it may talk."""

from collections.abc import Mapping
from typing import Any, Final

import pulumi

from components.kubernetes.objects import Manifest, manifest

__all__ = ["network_policy"]

_NAMESPACE: Final = "kubernetes.io/metadata.name"


def network_policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    port: int,
) -> Manifest:
    """Requests from the namespace's pods; out only to names and to HTTPS, for the artifact."""
    requests: dict[str, Any] = {
        "from": [{"podSelector": {}}],
        "ports": [{"port": port, "protocol": "TCP"}],
    }
    names: dict[str, Any] = {
        "to": [{"namespaceSelector": {"matchLabels": {_NAMESPACE: "kube-system"}}}],
        "ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")],
    }
    https: dict[str, Any] = {"ports": [{"port": 443, "protocol": "TCP"}]}
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace,
        labels,
        spec={
            "podSelector": {"matchLabels": dict(selector)},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [requests],
            "egress": [names, https],
        },
    )
