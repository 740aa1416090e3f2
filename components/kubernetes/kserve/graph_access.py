"""Who may reach the router of a graph, and that it reaches what it calls."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pulumi

from components.kubernetes import mesh, network
from components.kubernetes.kserve.kserve_access import (
    KNATIVE,
    LOCAL_GATEWAY,
    POD_LABEL,
    QUEUE_COUNTS,
    QUEUE_METRICS,
    QUEUE_PORTS,
    SERVER_PORTS,
)
from components.kubernetes.network import Access, Peers
from components.kubernetes.objects import KubernetesObject

__all__ = ["GRAPH_LABEL", "graph_access"]

# KServe, pkg/constants: InferenceGraphLabel, RouterPort.
GRAPH_LABEL: Final = "serving.kserve.io/inferencegraph"
_ROUTER_PORT: Final = 8080


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
        gateway = tuple((access.ingress_namespace, port) for port in LOCAL_GATEWAY)
        outward = dataclasses.replace(access, egress=(*access.egress, *gateway))
    peers = None
    if services and not knative:
        called = {"key": POD_LABEL, "operator": "In", "values": list(services)}
        peers = Peers({"matchExpressions": [called]}, SERVER_PORTS)
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
        peers=peers,
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
