"""Where requests come in: Services inside of the cluster, a host with TLS outside."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.objects import Manifest, manifest
from facts.addresses import HOST_NAME, is_block
from facts.ingress import NGINX, TRAEFIK, usual_class
from facts.model_servers import ModelServerKind
from facts.request_timeouts import OUTSIDE_SECONDS

__all__ = [
    "GRPC",
    "HTTP",
    "METRICS",
    "Exposure",
    "Ports",
    "certificate",
    "ingress",
    "load_balancer_policy",
    "read_exposure",
    "service",
]

HTTP: Final = "http"
GRPC: Final = "grpc"
METRICS: Final = "metrics"
_NAME: Final = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
_PATH: Final = re.compile(r"/[A-Za-z0-9._~/-]*")
# A load balancer that only the private network reaches, per cloud.
_INTERNAL: Final[dict[str, dict[str, str]]] = {
    # https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
    "aws": {
        "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
        "service.beta.kubernetes.io/aws-load-balancer-type": "external",
        "service.beta.kubernetes.io/aws-load-balancer-nlb-target-type": "ip",
    },
    # https://cloud.google.com/kubernetes-engine/docs/how-to/internal-load-balancing
    "gcp": {"networking.gke.io/load-balancer-type": "Internal"},
    # https://learn.microsoft.com/azure/aks/internal-lb
    "azure": {"service.beta.kubernetes.io/azure-load-balancer-internal": "true"},
}


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports beside the one for HTTP, where they are others."""

    grpc: int | None
    metrics: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """Who reaches the server by which way."""

    host: str | None
    tls_secret_name: str
    certificate_issuer: str | None
    ingress_class: str
    max_body_mib: int
    request_timeout_seconds: int
    predict_paths: tuple[str, ...]
    internal_load_balancer: str | None
    load_balancer_cidrs: list[str]
    headless: bool


def read_exposure(
    checks: Checks, name: str, kind: ModelServerKind, args: Mapping[str, Any], *, edge: bool
) -> Exposure:
    """Reads and notes what is wrong; the caller raises."""
    checks.optional_text("host", HOST_NAME, "a host name, such as fraud.example.com")
    for key in ("tls_secret_name", "certificate_issuer"):
        checks.optional_text(key, _NAME, "the name of an object")
    paths = tuple(checks.texts("predict_paths", kind.predict_paths))
    for path in (path for path in paths if not _PATH.fullmatch(path)):
        checks.problem("predict_paths", path, "paths that begin with /, such as /v1/models")
    ingress_class = checks.plain("ingress_class", usual_class(edge=edge))
    _check_host(checks, kind, args, paths, ingress_class)
    balancer = checks.choice("internal_load_balancer", "", _INTERNAL) or None
    cidrs = checks.texts("load_balancer_cidrs", [])
    if (balancer is None) != (not cidrs):
        checks.problem(
            "internal_load_balancer",
            args.get("internal_load_balancer"),
            "load_balancer_cidrs beside it: from where it may be reached",
        )
    if balancer and args.get("mesh") not in {None, "none"}:
        checks.problem(
            "internal_load_balancer",
            balancer,
            "host and the mesh's gateway: the mesh lets in only callers that it knows",
        )
    for block in (block for block in cidrs if not is_block(block)):
        checks.problem("load_balancer_cidrs", block, "blocks of addresses, such as 10.0.0.0/16")
    return Exposure(
        host=args.get("host"),
        tls_secret_name=checks.plain("tls_secret_name", f"{name}-tls"),
        certificate_issuer=checks.optional("certificate_issuer"),
        ingress_class=ingress_class,
        max_body_mib=checks.whole("max_body_mib", 10, 1, 10_240),
        request_timeout_seconds=checks.whole("request_timeout_seconds", OUTSIDE_SECONDS, 1, 3600),
        predict_paths=paths,
        internal_load_balancer=balancer,
        load_balancer_cidrs=cidrs,
        headless=checks.flag("headless", default=False),
    )


def _check_host(
    checks: Checks,
    kind: ModelServerKind,
    args: Mapping[str, Any],
    paths: tuple[str, ...],
    ingress_class: str,
) -> None:
    certificates = [key for key in ("tls_secret_name", "certificate_issuer") if checks.given(key)]
    gateway = checks.given("gateway_name")
    if not checks.given("host"):
        for key in (*certificates, "ingress_class"):
            if checks.given(key):
                checks.problem(key, args[key], "host beside it, or leave it out")
        return
    if not paths:
        checks.problem(
            "predict_paths", [], f"the paths that callers use: those of {kind.name} are the image's"
        )
    if gateway and (certificates or checks.given("ingress_class")):
        key = (*certificates, "ingress_class")[0]
        checks.problem(key, args.get(key), "no gateway_name: the Gateway's listener has the TLS")
    elif not gateway and not certificates:
        checks.problem(
            "host",
            args["host"],
            "tls_secret_name, or certificate_issuer of cert-manager, beside it: no plain HTTP",
        )
    if checks.given("max_body_mib") and (gateway or ingress_class != NGINX):
        checks.problem(
            "max_body_mib",
            args["max_body_mib"],
            "ingress_class nginx: an Ingress and a route have no such field; set it at the "
            "controller",
        )
    if checks.given("request_timeout_seconds") and not gateway and ingress_class != NGINX:
        checks.problem(
            "request_timeout_seconds",
            args["request_timeout_seconds"],
            "ingress_class nginx or a gateway: an Ingress has no such field",
        )


def service(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    *,
    ports: Ports,
    exposure: Exposure | None = None,
    headless: bool = False,
    awaited: bool = True,
) -> Manifest:
    """The address inside the cluster: port 80 of `<name>.<namespace>.svc`.

    With `headless` the name stands for the pods themselves, for clients that balance by
    themselves, as those of gRPC do; with an `exposure` that asks for it the Service has a load
    balancer in the private network. Unless `awaited`, an update goes on where no pod answers:
    the provider waits ten minutes for one (pkg/await/service.go).
    """
    shown = [_port(HTTP, 80, HTTP)]
    if ports.grpc is not None:
        # https://kubernetes.io/docs/concepts/services-networking/service/#application-protocol
        shown.append(_port(GRPC, ports.grpc, "kubernetes.io/h2c"))
    if ports.metrics is not None:
        shown.append(_port(METRICS, ports.metrics, HTTP))
    spec: dict[str, Any] = {"type": "ClusterIP", "selector": dict(selector), "ports": shown}
    annotations: dict[str, str] = {} if awaited else {"pulumi.com/skipAwait": "true"}
    if headless:
        spec["clusterIP"] = "None"
    elif exposure is not None and exposure.internal_load_balancer is not None:
        annotations |= _INTERNAL[exposure.internal_load_balancer]
        spec |= {
            "type": "LoadBalancer",
            "loadBalancerSourceRanges": list(exposure.load_balancer_cidrs),
            # The network policy sees the caller's address, not a node's.
            "externalTrafficPolicy": "Local",
        }
    return manifest("v1", "Service", name, namespace, labels, annotations=annotations, spec=spec)


def _port(name: str, number: int, protocol: str) -> dict[str, Any]:
    return {
        "name": name,
        "port": number,
        "targetPort": name,
        "protocol": "TCP",
        "appProtocol": protocol,
    }


def load_balancer_policy(  # noqa: PLR0917
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    exposure: Exposure,
    port: int,
) -> Manifest:
    """Lets in what the load balancer passes on; the model's own policy knows pods only."""
    blocks = [{"ipBlock": {"cidr": block}} for block in exposure.load_balancer_cidrs]
    return manifest(
        "networking.k8s.io/v1",
        "NetworkPolicy",
        f"{name}-load-balancer",
        namespace,
        labels,
        spec={
            "podSelector": {"matchLabels": dict(selector)},
            "policyTypes": ["Ingress"],
            "ingress": [{"from": blocks, "ports": [{"port": port, "protocol": "TCP"}]}],
        },
    )


def ingress(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], exposure: Exposure
) -> Manifest:
    """The host outside, by TLS only, for the paths that callers use."""
    backend = {"service": {"name": name, "port": {"name": HTTP}}}
    return manifest(
        "networking.k8s.io/v1",
        "Ingress",
        name,
        namespace,
        labels,
        annotations=_annotations(exposure),
        spec={
            "ingressClassName": exposure.ingress_class,
            "tls": [{"hosts": [exposure.host], "secretName": exposure.tls_secret_name}],
            "rules": [
                {
                    "host": exposure.host,
                    "http": {
                        "paths": [
                            {"path": path, "pathType": "Prefix", "backend": backend}
                            for path in exposure.predict_paths
                        ]
                    },
                }
            ],
        },
    )


def _annotations(exposure: Exposure) -> dict[str, str]:
    """Only of classes whose controller is known; all else is portable."""
    if exposure.ingress_class == NGINX:
        # https://kubernetes.github.io/ingress-nginx/user-guide/nginx-configuration/annotations/
        nginx = "nginx.ingress.kubernetes.io"
        return {
            f"{nginx}/proxy-body-size": f"{exposure.max_body_mib}m",
            f"{nginx}/proxy-read-timeout": str(exposure.request_timeout_seconds),
            f"{nginx}/proxy-send-timeout": str(exposure.request_timeout_seconds),
            f"{nginx}/ssl-redirect": "true",
        }
    if exposure.ingress_class == TRAEFIK:
        # https://doc.traefik.io/traefik/routing/providers/kubernetes-ingress/
        traefik = "traefik.ingress.kubernetes.io/router"
        return {f"{traefik}.entrypoints": "websecure", f"{traefik}.tls": "true"}
    return {}


def certificate(
    name: str, namespace: pulumi.Input[str], labels: Mapping[str, str], exposure: Exposure
) -> Manifest:
    """The host's certificate by cert-manager, kept in the secret that the Ingress reads."""
    return manifest(
        "cert-manager.io/v1",
        "Certificate",
        name,
        namespace,
        labels,
        spec={
            "secretName": exposure.tls_secret_name,
            "dnsNames": [exposure.host],
            "issuerRef": {
                "group": "cert-manager.io",
                "kind": "ClusterIssuer",
                "name": exposure.certificate_issuer,
            },
            "privateKey": {"algorithm": "ECDSA", "size": 256, "rotationPolicy": "Always"},
        },
    )
