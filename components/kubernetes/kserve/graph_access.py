"""Who may reach the router of a graph, and that it reaches what it calls."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi

from components.kubernetes import mesh, network
from components.kubernetes.kserve.kserve_access import (
    KNATIVE,
    POD_LABEL,
    QUEUE_COUNTS,
    QUEUE_METRICS,
    QUEUE_PORTS,
    SERVER_PORTS,
)
from components.kubernetes.network import Access
from components.kubernetes.objects import KubernetesObject

__all__ = ["GRAPH_LABEL", "graph_access"]

# KServe, pkg/constants: InferenceGraphLabel, RouterPort.
GRAPH_LABEL: Final = "serving.kserve.io/inferencegraph"
_ROUTER_PORT: Final = 8080
# Of an ambient mesh, as in network.py.
_TUNNEL: Final = 15008
# In Knative mode a service's address inside the cluster is the local gateway's; its pods listen
# here (net-istio and net-kourier). Without sidecars that is the only way.
_LOCAL_GATEWAY: Final = (8080, 8081)


def graph_access(
    parent: pulumi.Resource,
    name: str,
    args: Mapping[str, Any],
    access: Access,
    labels: Mapping[str, str],
    *,
    knative: bool,
    services: Sequence[str],
    https: bool,
) -> Iterator[KubernetesObject]:
    """The policies of one graph, as children of its component.

    `services` are the InferenceServices that it calls; `https`: whether a step's URL is HTTPS.
    """
    child = pulumi.ResourceOptions(parent=parent)
    selector = {GRAPH_LABEL: name}
    ports = QUEUE_PORTS if knative else (_ROUTER_PORT,)
    also_from = {KNATIVE: (*QUEUE_PORTS, QUEUE_COUNTS)} if knative else {}
    outward = access
    if knative and services:
        gateway = tuple((access.ingress_namespace, port) for port in _LOCAL_GATEWAY)
        outward = dataclasses.replace(access, egress=(*access.egress, *gateway))
    policy = network.network_policy(
        name,
        args["namespace"],
        labels,
        selector=selector,
        access=outward,
        ports=ports,
        metrics_ports=QUEUE_METRICS if knative else (_ROUTER_PORT,),
        exposed=True,
        https=https,
        also_from=also_from,
    )
    if services and not knative:
        called = {"key": POD_LABEL, "operator": "In", "values": list(services)}
        tunnel = [_TUNNEL] if access.mesh == "istio_ambient" else []
        policy["spec"]["egress"].append(
            {
                "to": [{"podSelector": {"matchExpressions": [called]}}],
                "ports": [{"port": port, "protocol": "TCP"} for port in (*SERVER_PORTS, *tunnel)],
            }
        )
    yield KubernetesObject(f"{name}-network-policy", policy, child)
    if access.mesh != "none":
        rights = mesh.authorization_policy(
            name,
            args["namespace"],
            labels,
            selector=selector,
            access=access,
            ports=ports,
            metrics_ports=QUEUE_METRICS if knative else (_ROUTER_PORT,),
            exposed=True,
            also_from=also_from,
        )
        yield KubernetesObject(f"{name}-authorization-policy", rights, child)
