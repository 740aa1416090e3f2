"""Who may talk to a model server, and to whom it may talk: `NetworkPolicy`.

A policy is about pods and addresses; who of a namespace calls is the mesh's to tell (`mesh.py`).
What comes from the pod's own node, such as the kubelet's probes, is always let in:
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from facts.addresses import is_block, is_place

__all__ = [
    "MERGED_METRICS",
    "MERGED_METRICS_PATH",
    "MESHES",
    "Access",
    "Peers",
    "default_deny",
    "dns_egress",
    "fetches",
    "labelled",
    "network_policy",
    "outward_only",
    "read_access",
]

MESHES: Final = ("none", "istio_sidecar", "istio_ambient")
# Artifacts that the pod itself fetches by HTTPS; pvc and oci are the kubelet's business, and the
# ports of hdfs are its cluster's.
_FETCHED: Final = ("s3", "gs", "hf", "https")
_NAMESPACE: Final = "kubernetes.io/metadata.name"
_LABEL: Final = r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
_CALLER: Final = re.compile(rf"{_LABEL}(/{_LABEL}(\.{_LABEL})*)?")
_ANYWHERE: Final = (
    # Not the node's own addresses, where a cloud hands out the node's credentials.
    {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.0.0/16"]}},
    {"ipBlock": {"cidr": "::/0", "except": ["fd00::/8", "fe80::/10"]}},
)
# Ambient mesh: all traffic between pods travels by this port, and the kubelet's probes come from
# this address. https://istio.io/latest/docs/ambient/usage/networkpolicy
_HBONE: Final = 15008
_AMBIENT_PROBES: Final = "169.254.7.127/32"
# Istio's control plane, of which a sidecar gets its certificate and configuration.
# https://istio.io/latest/docs/ops/deployment/application-requirements/
_ISTIOD: Final = ("istio-system", 15012)
# Where a sidecar shows its own metrics and those that the pod's annotations prometheus.io/* name.
# https://istio.io/latest/docs/ops/integrations/prometheus/
MERGED_METRICS: Final = 15020
MERGED_METRICS_PATH: Final = "/stats/prometheus"
# https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/
# Where the network plugin leads a pod to its node's cache by itself, as GKE's Dataplane V2 does, a
# policy is about the pods of the cache, not about the address.
_DNS_PODS: Final = ("kube-dns", "node-local-dns")
_NODE_LOCAL_DNS: Final = "169.254.20.10/32"
# With Cloud DNS for GKE the metadata server's address answers names, on the port for names alone.
_GOOGLE_DNS: Final = "169.254.169.254/32"


@dataclass(frozen=True, slots=True)
class Access:
    """What the arguments `callers`, `egress` and their likes say, checked."""

    callers: tuple[tuple[str, str], ...]
    """Namespace and service account of each named caller, "" for any account; without callers
    the namespace's own pods."""
    egress: tuple[tuple[str, int], ...]
    """Namespace or block of addresses, and port, of each further place that the server calls."""
    storage_cidrs: tuple[str, ...]
    mesh: str
    ingress_namespace: str
    metrics_namespace: str


@dataclass(frozen=True, slots=True)
class Peers:
    """Pods that the selected ones call, as a podSelector, and on which ports."""

    pods: Mapping[str, Any]
    ports: Sequence[int]
    alone: bool = False
    """Whether these pods call the selected ones too, and nobody else does."""


def read_access(checks: Checks, *, usual_ingress_namespace: str) -> Access:
    """Reads and notes what is wrong; the caller raises."""
    mesh = checks.choice("mesh", "none", MESHES)
    callers: list[tuple[str, str]] = []
    for text in checks.texts("callers", []):
        namespace, _, account = text.partition("/")
        if not _CALLER.fullmatch(text):
            checks.problem("callers", text, "namespace or namespace/service-account: web/checkout")
        elif account and mesh == "none":
            checks.problem("callers", text, f"{namespace}, or a mesh, which tells accounts apart")
        callers.append((namespace, account))
    egress: list[tuple[str, int]] = []
    for text in checks.texts("egress", []):
        place, _, port = text.rpartition(":")
        if is_place(text):
            egress.append((place, int(port)))
        else:
            checks.problem("egress", text, "namespace:port or block:port, such as 10.1.0.0/16:6379")
    blocks = checks.texts("storage_cidrs", [])
    for text in blocks:
        if not is_block(text):
            checks.problem("storage_cidrs", text, "blocks of addresses, such as 10.0.0.0/16")
    return Access(
        callers=tuple(callers),
        egress=tuple(egress),
        storage_cidrs=tuple(blocks),
        mesh=mesh,
        ingress_namespace=checks.plain("ingress_namespace", usual_ingress_namespace),
        metrics_namespace=checks.plain("metrics_namespace", "monitoring"),
    )


def network_policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    selector: Mapping[str, str],
    access: Access,
    ports: Sequence[int],
    metrics_ports: Sequence[int] = (),
    exposed: bool = False,
    https: bool = True,
    also_from: Mapping[str, Sequence[int]] | None = None,
    own_pods: bool = False,
    own_any_port: bool = False,
    peers: Peers | None = None,
) -> Manifest:
    """The policy of one model server's pods; what is not named here is refused.

    Args:
        name: of the policy.
        namespace: of the pods.
        labels: of the policy.
        selector: labels of the pods.
        access: callers, further places, and where gateway and metrics reader are.
        ports: those for requests, on the pod.
        metrics_ports: those with metrics, on the pod. Default: `ports`.
        exposed: whether requests come by the ingress gateway too.
        https: whether the pods fetch an artifact, by HTTPS.
        also_from: further namespaces, each with its ports.
        own_pods: whether the selected pods call each other, as transformer and predictor do.
        own_any_port: whether they do so on ports of their choice, as pods of one replica do.
        peers: other pods that the selected ones call.
    """
    unit = [{"podSelector": dict(peers.pods)}] if peers else []
    inward = [
        _ingress(unit if peers and peers.alone else _callers(access), ports, access),
        _ingress(
            [_in(access.metrics_namespace)], _measured(metrics_ports or ports, access), access
        ),
    ]
    if exposed:
        inward.append(_ingress([_in(access.ingress_namespace)], ports, access))
    inward += [_ingress([_in(place)], its, access) for place, its in (also_from or {}).items()]
    if access.mesh == "istio_ambient":
        inward.append({"from": [{"ipBlock": {"cidr": _AMBIENT_PROBES}}]})
    outward = _outward(access, https=https)
    if peers:
        outward.append({"to": unit, "ports": _ports([*peers.ports, *_tunnel(access)])})
    own = [{"podSelector": labelled(selector)}]
    if own_any_port:
        inward.append({"from": own})
        outward.append({"to": own})
    elif own_pods:
        if access.callers:
            inward.append(_ingress(own, ports, access))
        outward.append({"to": own, "ports": _ports([*ports, *_tunnel(access)])})
    return _policy(name, namespace, labels, labelled(selector), inward, outward)


def outward_only(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    pods: Mapping[str, Any],
    access: Access,
) -> Manifest:
    """The policy of pods that nobody calls: names, HTTPS to the buckets, and what is named.

    `pods` is a podSelector.
    """
    return _policy(name, namespace, labels, pods, [], _outward(access, https=True))


def labelled(labels: Mapping[str, str]) -> dict[str, Any]:
    """A podSelector of pods with these labels."""
    return {"matchLabels": dict(labels)}


def fetches(uri: object) -> bool:
    """Whether the pod itself fetches an artifact; True where the URI is not known yet."""
    return not isinstance(uri, str) or uri.partition("://")[0] in _FETCHED


def default_deny(name: str, namespace: pulumi.Input[str], labels: Mapping[str, str]) -> Manifest:
    """Nothing in, nothing out, for every pod of a namespace that no other policy lets."""
    return _policy(name, namespace, labels, {}, [], [])


def dns_egress(name: str, namespace: pulumi.Input[str], labels: Mapping[str, str]) -> Manifest:
    """Names, for every pod of a namespace."""
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace,
        labels,
        spec={"podSelector": {}, "policyTypes": ["Egress"], "egress": list(_dns())},
    )


def _policy(  # noqa: PLR0917 - in the order of a manifest
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    pods: Mapping[str, Any],
    inward: list[dict[str, Any]],
    outward: list[dict[str, Any]],
) -> Manifest:
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        name,
        namespace,
        labels,
        spec={
            "podSelector": dict(pods),
            "policyTypes": ["Ingress", "Egress"],
            **({"ingress": inward} if inward else {}),
            **({"egress": outward} if outward else {}),
        },
    )


def _outward(access: Access, *, https: bool) -> list[dict[str, Any]]:
    """Names, what is named, HTTPS to the buckets, and the mesh's control plane."""
    found = [*_dns(), *(_egress(place, port, access) for place, port in access.egress)]
    if https:
        found.append({"to": _storage(access), "ports": _ports([443])})
    if access.mesh == "istio_sidecar":
        found.append(_egress(*_ISTIOD, access))
    return found


def _callers(access: Access) -> list[dict[str, Any]]:
    """Namespaces of the named callers: which of their pods calls, only a mesh can tell."""
    named = dict.fromkeys(namespace for namespace, _ in access.callers)
    return [_in(namespace) for namespace in named] or [{"podSelector": {}}]


def _in(namespace: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}}}


def _ingress(sources: list[dict[str, Any]], ports: Iterable[int], access: Access) -> dict[str, Any]:
    return {"from": sources, "ports": _ports([*ports, *_tunnel(access)])}


def _egress(place: str, port: int, access: Access) -> dict[str, Any]:
    if is_block(place):
        return {"to": [{"ipBlock": {"cidr": place}}], "ports": _ports([port])}
    return {"to": [_in(place)], "ports": _ports([port, *_tunnel(access)])}


def _measured(ports: Sequence[int], access: Access) -> list[int]:
    """A sidecar shows the server's metrics and its own by one port, outside of mutual TLS."""
    return [*ports, MERGED_METRICS] if access.mesh == "istio_sidecar" else list(ports)


def _tunnel(access: Access) -> list[int]:
    return [_HBONE] if access.mesh == "istio_ambient" else []


def _ports(numbers: Iterable[int]) -> list[dict[str, Any]]:
    return [{"port": number, "protocol": "TCP"} for number in dict.fromkeys(numbers)]


def _storage(access: Access) -> list[dict[str, Any]]:
    return [{"ipBlock": {"cidr": block}} for block in access.storage_cidrs] or list(_ANYWHERE)


def _dns() -> Iterable[dict[str, Any]]:
    yield {
        "to": [
            *(
                {**_in("kube-system"), "podSelector": {"matchLabels": {"k8s-app": app}}}
                for app in _DNS_PODS
            ),
            {"ipBlock": {"cidr": _NODE_LOCAL_DNS}},
            {"ipBlock": {"cidr": _GOOGLE_DNS}},
        ],
        "ports": [{"port": 53, "protocol": protocol} for protocol in ("UDP", "TCP")],
    }
