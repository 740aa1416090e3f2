"""What an Istio mesh holds a model server to: encrypted, and called by whom it is told.

Spellings are those of istio.io/api 1.31 (security/v1).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.kubernetes.network import Access
from components.kubernetes.objects import Manifest, manifest

__all__ = ["NO_SIDECAR", "authorization_policy", "nobody", "strict_mutual_tls"]

_API: Final = "security.istio.io/v1"
# The mesh's own name, Istio's default.
_TRUST_DOMAIN: Final = "cluster.local"
# Label of pods that would never end beside a sidecar, or begin.
NO_SIDECAR: Final = {"sidecar.istio.io/inject": "false"}


def strict_mutual_tls(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str]
) -> Manifest:
    """Nothing unencrypted for any pod of the namespace."""
    return manifest(
        _API, "PeerAuthentication", name, namespace, labels, spec={"mtls": {"mode": "STRICT"}}
    )


def nobody(name: str, namespace: pulumi.Input[str], labels: Mapping[str, str]) -> Manifest:
    """No caller for any pod of the namespace that has no policy of its own."""
    return manifest(_API, "AuthorizationPolicy", name, namespace, labels, spec={})


def authorization_policy(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    selector: Mapping[str, str],
    access: Access,
    ports: Sequence[int],
    paths: Sequence[str] = (),
    metrics_ports: Sequence[int] = (),
    metrics_path: str = "/metrics",
    exposed: bool = False,
    also_from: Mapping[str, Sequence[int]] | None = None,
    own_accounts: Sequence[str] = (),
    own_any_port: bool = False,
) -> Manifest:
    """Who may call one model server's pods; what no rule names is refused.

    Args:
        name: of the policy.
        namespace: of the pods.
        labels: of the policy.
        selector: labels of the pods.
        access: callers, and where gateway and metrics reader are.
        ports: those for requests, on the pod.
        paths: of requests, `*` at an end allowed. Default: any.
        metrics_ports: those with metrics, on the pod. Default: `ports`.
        metrics_path: of the metrics.
        exposed: whether requests come by the ingress gateway too.
        also_from: further namespaces, each with its ports.
        own_accounts: service accounts of the pods, when they call each other.
        own_any_port: whether they do so by any port and path.
    """
    # Without a waypoint, an ambient mesh knows who calls and which port, no methods and paths; a
    # rule that names them would let nobody in.
    # https://istio.io/latest/docs/ambient/usage/l4-policy/
    knows_requests = access.mesh != "istio_ambient"
    requests = _to(ports, ("GET", "POST"), paths, knows_requests=knows_requests)
    metrics = _to(metrics_ports or ports, ("GET",), (metrics_path,), knows_requests=knows_requests)
    rules = [
        {"from": _callers(access, namespace), "to": [requests]},
        {"from": [_namespace(access.metrics_namespace)], "to": [metrics]},
    ]
    if exposed:
        rules.append({"from": [_namespace(access.ingress_namespace)], "to": [requests]})
    for place, its in (also_from or {}).items():
        every = _to(its, (), (), knows_requests=knows_requests)
        rules.append({"from": [_namespace(place)], "to": [every]})
    if own_accounts:
        own = [_principal(namespace, account) for account in dict.fromkeys(own_accounts)]
        to = {} if own_any_port else {"to": [requests]}
        rules.append({"from": [{"source": {"principals": own}}], **to})
    return manifest(
        _API,
        "AuthorizationPolicy",
        name,
        namespace,
        labels,
        spec={
            "selector": {"matchLabels": dict(selector)},
            "action": "ALLOW",
            "rules": rules,
        },
    )


def _to(
    ports: Sequence[int], methods: Sequence[str], paths: Sequence[str], *, knows_requests: bool
) -> dict[str, Any]:
    operation: dict[str, Any] = {"ports": [str(port) for port in dict.fromkeys(ports)]}
    if knows_requests and methods:
        operation["methods"] = list(methods)
    if knows_requests and paths:
        operation["paths"] = list(paths)
    return {"operation": operation}


def _callers(access: Access, own_namespace: pulumi.Input[str]) -> list[dict[str, Any]]:
    if not access.callers:
        return [{"source": {"namespaces": [own_namespace]}}]
    named = [_principal(*caller) for caller in access.callers if caller[1]]
    whole = [namespace for namespace, account in access.callers if not account]
    return [
        *([{"source": {"principals": named}}] if named else []),
        *([{"source": {"namespaces": whole}}] if whole else []),
    ]


def _namespace(name: str) -> dict[str, Any]:
    return {"source": {"namespaces": [name]}}


def _principal(namespace: pulumi.Input[str], account: str) -> pulumi.Input[str]:
    if isinstance(namespace, str):
        return f"{_TRUST_DOMAIN}/ns/{namespace}/sa/{account}"
    return pulumi.Output.concat(f"{_TRUST_DOMAIN}/ns/", namespace, f"/sa/{account}")
