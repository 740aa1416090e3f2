"""Cases of rules about Services and Ingresses."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

SERVICE = "kubernetes:core/v1:Service"
INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
PUBLIC = "security/service-public"
NODE_PORT = "security/service-node-port"
ANY_HOST = "security/ingress-any-host"
PLAIN = "security/ingress-plaintext"

BETA = "service.beta.kubernetes.io"
ALB = "alb.ingress.kubernetes.io"
TLS = [{"hosts": ["models.example.com"], "secretName": "models-tls"}]


def service(kind: str, **spec: object) -> dict[str, Any]:
    return {"spec": {"type": kind, **spec}}


def balanced(annotations: object = None, **spec: object) -> dict[str, Any]:
    """A Service with a load balancer."""
    more = {} if annotations is None else {"metadata": {"annotations": annotations}}
    return {**more, **service("LoadBalancer", **spec)}


def ingress(tls: object = None) -> dict[str, Any]:
    spec: dict[str, Any] = {"rules": [{"host": "models.example.com"}]}
    return {"spec": spec if tls is None else {**spec, "tls": tls}}


def noted(annotation: str, value: object, tls: object = None) -> dict[str, Any]:
    return {**ingress(tls), "metadata": {"annotations": {annotation: value}}}


CASES = (
    Case(PUBLIC, "inside the cluster", SERVICE, service("ClusterIP")),
    Case(PUBLIC, "absent type", SERVICE, {"spec": {}}),
    Case(PUBLIC, "a load balancer", SERVICE, balanced(), ("spec.type",)),
    Case(
        PUBLIC,
        "other annotations",
        "kubernetes:core/v1:ServicePatch",
        balanced({f"{BETA}/aws-load-balancer-type": "nlb"}),
        ("spec.type",),
    ),
    *(
        Case(PUBLIC, f"internal, {key} {value}", SERVICE, balanced({key: value}))
        for key, value in (
            (f"{BETA}/aws-load-balancer-internal", "true"),
            (f"{BETA}/aws-load-balancer-scheme", "internal"),
            (f"{BETA}/azure-load-balancer-internal", "true"),
            ("networking.gke.io/load-balancer-type", "Internal"),
            ("cloud.google.com/load-balancer-type", "internal"),
        )
    ),
    Case(
        PUBLIC,
        "told not to be internal",
        SERVICE,
        balanced({f"{BETA}/azure-load-balancer-internal": "false"}),
        ("spec.type",),
    ),
    Case(
        PUBLIC,
        "AWS's controller",
        SERVICE,
        balanced({f"{BETA}/aws-load-balancer-type": "external"}),
    ),
    Case(
        PUBLIC,
        "AWS's controller, facing the internet",
        SERVICE,
        balanced(
            {f"{BETA}/aws-load-balancer-scheme": "internet-facing"},
            loadBalancerClass="eks.amazonaws.com/nlb",
        ),
        ("spec.type",),
    ),
    Case(PUBLIC, "EKS Auto Mode", SERVICE, balanced(loadBalancerClass="eks.amazonaws.com/nlb")),
    Case(PUBLIC, "another class", SERVICE, balanced(loadBalancerClass="tailscale")),
    Case(PUBLIC, "ranges", SERVICE, balanced(loadBalancerSourceRanges=["10.0.0.0/8"])),
    Case(
        PUBLIC,
        "a range of everybody",
        SERVICE,
        balanced(loadBalancerSourceRanges=["10.0.0.0/8", "0.0.0.0/0"]),
        ("spec.type",),
    ),
    Case(
        PUBLIC,
        "ranges by an annotation",
        SERVICE,
        balanced({f"{BETA}/azure-allowed-ip-ranges": "10.0.0.0/8, 10.1.0.0/16"}),
    ),
    Case(
        PUBLIC,
        "everybody by an annotation",
        SERVICE,
        balanced({f"{BETA}/azure-allowed-service-tags": "AzureCloud,Internet"}),
        ("spec.type",),
    ),
    Case(
        PUBLIC,
        "addresses of others",
        SERVICE,
        service("ClusterIP", externalIPs=["203.0.113.7"]),
        ("spec.externalIPs[0]",),
    ),
    Case(PUBLIC, "unknown", SERVICE, balanced(UNKNOWN_OBJECT)),
    Case(
        PUBLIC,
        "unknown whether internal",
        SERVICE,
        balanced({f"{BETA}/aws-load-balancer-scheme": UNKNOWN}),
    ),
    Case(PUBLIC, "unknown ranges", SERVICE, balanced(loadBalancerSourceRanges=UNKNOWN)),
    Case(PUBLIC, "unknown class", SERVICE, balanced(loadBalancerClass=UNKNOWN)),
    Case(NODE_PORT, "inside the cluster", SERVICE, service("ClusterIP")),
    Case(NODE_PORT, "a port of nodes", SERVICE, service("NodePort"), ("spec.type",)),
    Case(NODE_PORT, "absent", SERVICE, {"spec": {"ports": [{"port": 80}]}}),
    Case(NODE_PORT, "unknown", SERVICE, service(UNKNOWN)),
    Case(ANY_HOST, "a host", INGRESS, ingress()),
    Case(ANY_HOST, "absent", INGRESS, {"spec": {"rules": [{"http": {}}]}}, ("spec.rules[0].host",)),
    Case(
        ANY_HOST,
        "any of a domain",
        "kubernetes:extensions/v1beta1:Ingress",
        {"spec": {"rules": [{"host": "*.example.com"}]}},
    ),
    Case(
        ANY_HOST,
        "a wildcard",
        INGRESS,
        {"spec": {"rules": [{"host": "a.example.com"}, {"host": "*.example.com"}]}},
        ("spec.rules[1].host",),
    ),
    Case(ANY_HOST, "unknown", INGRESS, {"spec": {"rules": [{"host": UNKNOWN}]}}),
    Case(PLAIN, "a certificate", INGRESS, ingress(TLS)),
    Case(PLAIN, "absent", INGRESS, ingress(), ("spec.tls",)),
    Case(PLAIN, "none", INGRESS, ingress([]), ("spec.tls",)),
    *(
        Case(PLAIN, f"a certificate by {key}", INGRESS, noted(key, value))
        for key, value in (
            (f"{ALB}/certificate-arn", "arn:aws:acm:eu-west-1:123456789012:certificate/1"),
            (f"{ALB}/listen-ports", '[{"HTTPS": 443}]'),
            ("networking.gke.io/managed-certificates", "models"),
            ("appgw.ingress.kubernetes.io/appgw-ssl-certificate", "models"),
            ("traefik.ingress.kubernetes.io/router.tls", "true"),
        )
    ),
    Case(
        PLAIN, "HTTP alone", INGRESS, noted(f"{ALB}/listen-ports", '[{"HTTP": 80}]'), ("spec.tls",)
    ),
    Case(
        PLAIN,
        "no redirect",
        INGRESS,
        noted("nginx.ingress.kubernetes.io/ssl-redirect", "false", TLS),
        ("metadata.annotations.nginx.ingress.kubernetes.io/ssl-redirect",),
    ),
    Case(
        PLAIN,
        "HTTP beside it",
        INGRESS,
        noted("kubernetes.io/ingress.allow-http", "true", TLS),
        ("metadata.annotations.kubernetes.io/ingress.allow-http",),
    ),
    *(
        Case(PLAIN, f"by {policy}", INGRESS, noted(f"{ALB}/ssl-policy", policy, TLS), faults)
        for policy, faults in (
            ("ELBSecurityPolicy-TLS13-1-2-2021-06", ()),
            ("ELBSecurityPolicy-FS-1-2-Res-2020-10", ()),
            ("ELBSecurityPolicy-TLS13-1-1-2021-06", (f"metadata.annotations.{ALB}/ssl-policy",)),
            ("ELBSecurityPolicy-2016-08", (f"metadata.annotations.{ALB}/ssl-policy",)),
        )
    ),
    Case(PLAIN, "unknown", INGRESS, ingress(UNKNOWN)),
    Case(PLAIN, "unknown annotations", INGRESS, {"metadata": {"annotations": UNKNOWN_OBJECT}}),
    Case(PLAIN, "unknown certificate", INGRESS, noted(f"{ALB}/certificate-arn", UNKNOWN)),
)
