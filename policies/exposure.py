"""Security: what of a cluster can be reached from outside, and how."""

import re
from typing import Final

from policies.properties import Property
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.view import View

SERVICE: Final = "kubernetes:core/v1:Service"
INGRESS: Final = "kubernetes:networking.k8s.io/v1:Ingress"
_BETA: Final = "service.beta.kubernetes.io"
# By which annotation each cloud is asked for a private address, and by which value.
# https://kubernetes.io/docs/concepts/services-networking/service/#internal-load-balancer
_INTERNAL: Final = {
    f"{_BETA}/aws-load-balancer-internal": re.compile(r"true|0\.0\.0\.0/0"),
    f"{_BETA}/aws-load-balancer-scheme": re.compile("internal"),
    f"{_BETA}/azure-load-balancer-internal": re.compile("true"),
    f"{_BETA}/oci-load-balancer-internal": re.compile("true"),
    f"{_BETA}/openstack-internal-load-balancer": re.compile("true"),
    "cloud.google.com/load-balancer-type": re.compile("internal", re.IGNORECASE),
    "networking.gke.io/load-balancer-type": re.compile("internal", re.IGNORECASE),
    "service.kubernetes.io/ibm-load-balancer-cloud-provider-ip-type": re.compile("private"),
}
# AWS's own controller makes internal ones unless it is told otherwise.
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/nlb/
_AWS_SCHEME: Final = f"{_BETA}/aws-load-balancer-scheme"
_AWS_TYPE: Final = f"{_BETA}/aws-load-balancer-type"
_AWS_CONTROLLER: Final = ("external", "nlb-ip")
_AWS_CLASSES: Final = ("service.k8s.aws/nlb", "eks.amazonaws.com/nlb")
# Who may call, by the annotations that say it.
_SOURCES: Final = (
    f"{_BETA}/aws-load-balancer-security-groups",
    f"{_BETA}/aws-load-balancer-security-group-prefix-lists",
    f"{_BETA}/azure-allowed-ip-ranges",
    f"{_BETA}/azure-allowed-service-tags",
    f"{_BETA}/load-balancer-source-ranges",
)
_ANYWHERE: Final = ("0.0.0.0/0", "::/0", "Internet")


@resource_rule(
    "security/service-public",
    severity=Severity.HIGH,
    types=(SERVICE,),
    fix="Use ClusterIP behind a gateway that asks who calls, or an internal load balancer, or "
    "loadBalancerSourceRanges.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def service_public(view: View, _settings: NoSettings) -> Faults:
    """Everybody on the internet reaches a server directly.

    A load balancer of a Service passes on whatever comes, without asking who it is. It is public
    unless an annotation of the cloud, or the ranges of who may call, say otherwise; that of AWS's
    own controller is private. Classes of load balancers that are no cloud's are left alone.
    externalIPs can take traffic of others (CVE-2020-8554).
    """
    spec = view.get("spec")
    for address in spec.get("externalIPs").items():
        if address.text() is not None:
            yield address.fault("no externalIPs: a load balancer, or an Ingress")
    kind, annotations = spec.get("type"), view.get("metadata", "annotations")
    if kind.text() != "LoadBalancer" or (annotations.unknown and not annotations.absent):
        return
    if not annotations.unknown and not _inside(spec, annotations) and not _bound(spec, annotations):
        yield kind.fault("ClusterIP, or a load balancer that is internal or has source ranges")


def _inside(spec: Property, annotations: Property) -> bool:
    """Whether its address is private, as far as it is known."""
    for key, value in _INTERNAL.items():
        place = annotations.get(key)
        if not place.absent and (place.unknown or value.fullmatch(place.text() or "")):
            return True
    kind, by = spec.get("loadBalancerClass"), annotations.get(_AWS_TYPE)
    if not kind.absent and kind.text() not in _AWS_CLASSES:
        return True
    of_aws = not kind.absent or (not by.absent and by.text() in (*_AWS_CONTROLLER, None))
    return of_aws and annotations.get(_AWS_SCHEME).absent


def _bound(spec: Property, annotations: Property) -> bool:
    """Whether it says who may call, and does not say everybody."""
    ranges = spec.get("loadBalancerSourceRanges")
    named = [place.text() for place in ranges.items()]
    if ranges.unknown or (named and not any(one in _ANYWHERE for one in named)):
        return True
    for key in _SOURCES:
        place = annotations.get(key)
        if place.absent:
            continue
        words = re.split(r"[\s,]+", place.text() or "")
        if place.unknown or not any(word in _ANYWHERE for word in words):
            return True
    return False


@resource_rule(
    "security/service-node-port",
    severity=Severity.MEDIUM,
    types=(SERVICE,),
    fix="Use ClusterIP, and for a controller of an Ingress targets by IP (container-native).",
    unknown=Unknown.LATER,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def service_node_port(view: View, _settings: NoSettings) -> Faults:
    """A server listens on a port of every node.

    Whoever reaches a node reaches it, past the gateway that would ask who calls, and past policies
    by the pods' addresses. Older controllers of Ingress need it.
    """
    kind = view.get("spec", "type")
    if kind.text() == "NodePort":
        yield kind.fault("ClusterIP")


@resource_rule(
    "security/ingress-any-host",
    severity=Severity.MEDIUM,
    types=(INGRESS,),
    fix="Name the host of each rule.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def ingress_any_host(view: View, _settings: NoSettings) -> Faults:
    """An Ingress takes requests for any host.

    It can take those of another team on the same controller, and answers whoever only knows the
    address. https://kubernetes.io/docs/concepts/services-networking/ingress/#hostname-wildcards
    """
    for rule in view.get("spec", "rules").items():
        host = rule.get("host")
        if host.absent or (host.text() or "host").startswith("*"):
            yield host.fault("a host")


_ALB: Final = "alb.ingress.kubernetes.io"
# Where the certificate of an Ingress is named beside spec.tls.
# https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/ingress/annotations/
# https://cloud.google.com/kubernetes-engine/docs/how-to/managed-certs
# https://learn.microsoft.com/azure/application-gateway/ingress-controller-annotations
_CERTIFICATES: Final = (
    f"{_ALB}/certificate-arn",
    # The listeners are those of a group of Ingresses.
    f"{_ALB}/group.name",
    "appgw.ingress.kubernetes.io/appgw-ssl-certificate",
    "ingress.gcp.kubernetes.io/pre-shared-cert",
    "kubernetes.azure.com/tls-cert-keyvault-uri",
    "networking.gke.io/certmap",
    "networking.gke.io/managed-certificates",
    "route.openshift.io/termination",
)
_TRAEFIK_TLS: Final = "traefik.ingress.kubernetes.io/router.tls"
_LISTENS: Final = f"{_ALB}/listen-ports"
_POLICY: Final = f"{_ALB}/ssl-policy"
# The others take TLS 1.0 or 1.1.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
_MODERN: Final = re.compile(r"ELBSecurityPolicy-(TLS13-1-[23]|TLS-1-2|FS-1-2)-.+")
_PLAIN: Final = {
    "nginx.ingress.kubernetes.io/force-ssl-redirect": "false",
    "nginx.ingress.kubernetes.io/ssl-redirect": "false",
    "kubernetes.io/ingress.allow-http": "true",
}


@resource_rule(
    "security/ingress-plaintext",
    severity=Severity.HIGH,
    types=(INGRESS,),
    fix="Name a certificate in spec.tls, or by the controller's annotation, and redirect to it.",
    unknown=Unknown.LATER,
    settings=NoSettings,
)
def ingress_plaintext(view: View, _settings: NoSettings) -> Faults:
    """Requests, answers and tokens go to an Ingress in plain text, or by a broken version of TLS.

    It has no certificate, or is told to answer without, or takes TLS below 1.2. Certificates that
    controllers find by annotations count.
    """
    annotations = view.get("metadata", "annotations")
    if not _has_certificate(view.get("spec", "tls"), annotations):
        yield view.get("spec", "tls").fault("a certificate")
    for key, plain in _PLAIN.items():
        place = annotations.get(key)
        if place.text() == plain:
            yield place.fault("a redirect to HTTPS")
    policy = annotations.get(_POLICY)
    if not _MODERN.fullmatch(policy.text() or "ELBSecurityPolicy-TLS-1-2-2017-01"):
        yield policy.fault("a policy from TLS 1.2, such as ELBSecurityPolicy-TLS13-1-2-2021-06")


def _has_certificate(named: Property, annotations: Property) -> bool:
    # All are asked: what is unknown is noted as not judged.
    given = [not annotations.get(key).absent for key in _CERTIFICATES]
    if named.items() or named.unknown or annotations.unknown:
        return True
    listens = annotations.get(_LISTENS)
    by_port = "HTTPS" in (listens.text() or "") or listens.unknown
    routed = annotations.get(_TRAEFIK_TLS)
    return any(given) or by_port or routed.flag() or routed.unknown


RULES = (
    service_public,
    service_node_port,
    ingress_any_host,
    ingress_plaintext,
)
