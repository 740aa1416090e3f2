"""References in the routes of Gateway API 1.4.1: to a Gateway, and to a Service."""

from typing import Any

__all__ = ["gateway_ref", "service_ref"]


def gateway_ref(namespace: str, name: str) -> dict[str, Any]:
    """A route's parent: the Gateway whose listener has the host's certificate."""
    return {
        "group": "gateway.networking.k8s.io",
        "kind": "Gateway",
        "namespace": namespace,
        "name": name,
    }


def service_ref(name: str, port: int) -> dict[str, Any]:
    """A route's backend, or its parent in a mesh."""
    return {"group": "", "kind": "Service", "name": name, "port": port}
