"""Rules of Services, EndpointSlices, Ingresses and NetworkPolicies.

Source: https://kubernetes.io/docs/reference/kubernetes-api/service-resources/,
https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/ and the API
server's code, 1.34: ValidateService, validateServicePort, ValidateServiceClusterIPsRelatedFields,
validateServiceExternalTrafficPolicy of pkg/apis/core/validation; ValidateIngressSpec,
ValidateNetworkPolicySpec of pkg/apis/networking/validation; ValidateEndpointSlice of
pkg/apis/discovery/validation.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem, shown
from sandbox.clouds.kubernetes.rules import metadata, words, workloads
from sandbox.values import listed, mapped
from sandbox.wire import UNKNOWN, has_unknown

__all__ = ["endpoint_slice", "ingress", "network_policy", "service"]

Object = dict[str, Any]
_TYPES = ("ClusterIP", "NodePort", "LoadBalancer", "ExternalName")
_PROTOCOLS = ("TCP", "UDP", "SCTP")
_EXPOSED = ("NodePort", "LoadBalancer")
_NODE_PORTS = (30000, 32767)
_PORTS = 65535
_PATHS = ("Exact", "Prefix", "ImplementationSpecific")
_BAD_PARTS = ("//", "/./", "/../", "%2f", "%2F")
_BAD_ENDS = ("/..", "/.")
_CLASS = "kubernetes.io/ingress.class"


def service(value: Object) -> Iterator[Problem]:
    """A Service."""
    spec = mapped(value.get("spec"))
    kind = spec.get("type", "ClusterIP")
    yield from words.among(kind, _TYPES, "spec.type")
    yield from words.among(spec.get("sessionAffinity"), ("None", "ClientIP"), "spec.sessionAffinity")  # fmt: skip  # noqa: E501
    families = ("SingleStack", "PreferDualStack", "RequireDualStack")
    yield from words.among(spec.get("ipFamilyPolicy"), families, "spec.ipFamilyPolicy")
    for index, family in enumerate(listed(spec.get("ipFamilies"))):
        yield from words.among(family, ("IPv4", "IPv6"), f"spec.ipFamilies[{index}]")
    for name in ("externalTrafficPolicy", "internalTrafficPolicy"):
        yield from words.among(spec.get(name), ("Cluster", "Local"), f"spec.{name}")
    yield from metadata.labels(spec.get("selector"), "spec.selector")
    if UNKNOWN in (kind, value.get("spec")) or not isinstance(kind, str):
        return
    yield from _addresses(spec, kind)
    headless = spec.get("clusterIP") == "None"
    if spec.get("ports") in (None, []) and not headless and kind != "ExternalName":
        yield Problem("spec.ports", "missing required property; give it at least one port")
    yield from _service_ports(spec, kind)
    if kind not in _EXPOSED and not spec.get("externalIPs"):
        given = spec.get("externalTrafficPolicy")
        if given not in {None, "", UNKNOWN}:
            at = "spec.externalTrafficPolicy"
            yield Problem(at, f"only with type NodePort or LoadBalancer, not {kind}")
    if kind != "LoadBalancer":
        for name in ("loadBalancerSourceRanges", "loadBalancerClass"):
            if spec.get(name):
                yield Problem(f"spec.{name}", f"only with type LoadBalancer, not {kind}")


def _addresses(spec: Object, kind: str) -> Iterator[Problem]:
    address = spec.get("clusterIP")
    if kind == "ExternalName":
        if not spec.get("externalName"):
            yield Problem("spec.externalName", "missing required property with type ExternalName")
        yield from words.subdomain(_host(spec.get("externalName")), "spec.externalName")
        if address not in {None, "", UNKNOWN}:
            yield Problem("spec.clusterIP", "may not be given with type ExternalName")
    elif address not in {None, "", "None", UNKNOWN}:
        yield from words.address(address, "spec.clusterIP")
    if address == "None" and kind in _EXPOSED:
        yield Problem("spec.clusterIP", f'may not be "None" with type {kind}')
    for index, each in enumerate(listed(spec.get("externalIPs"))):
        yield from words.address(each, f"spec.externalIPs[{index}]")
    for index, each in enumerate(listed(spec.get("loadBalancerSourceRanges"))):
        where = f"spec.loadBalancerSourceRanges[{index}]"
        yield from words.network(each.strip() if isinstance(each, str) else each, where)


def _host(value: Any) -> Any:  # noqa: ANN401
    return value.removesuffix(".").lower() if isinstance(value, str) else value


def _service_ports(spec: Object, kind: str) -> Iterator[Problem]:
    ports = listed(spec.get("ports"))
    yield from words.unique(ports, "spec.ports", "port")
    seen: set[tuple[Any, ...]] = set()
    for index, port in words.each(ports):
        at = f"spec.ports[{index}]"
        name = port.get("name")
        if len(ports) > 1 and not name:
            yield Problem(f"{at}.name", "missing: with more than one port each needs a name")
        yield from words.boundary(name or None, f"{at}.name")
        yield from words.within(port.get("port"), 1, _PORTS, f"{at}.port")
        yield from words.port(port.get("targetPort") or None, f"{at}.targetPort")
        yield from words.among(port.get("protocol"), _PROTOCOLS, f"{at}.protocol")
        key = (port.get("port"), port.get("protocol") or "TCP")
        if not has_unknown(list(key)):
            if key in seen:
                yield Problem(at, f"duplicate value: another port is {key[0]}/{key[1]}")
            seen.add(key)
        node = port.get("nodePort") or None
        if words.number(node) and kind not in _EXPOSED:
            yield Problem(f"{at}.nodePort", f"may not be given with type {kind}")
        else:
            yield from words.within(node, *_NODE_PORTS, f"{at}.nodePort")


def endpoint_slice(value: Object) -> Iterator[Problem]:
    """An EndpointSlice; one without endpoints is taken."""
    kind = value.get("addressType")
    yield from words.among(kind, ("IPv4", "IPv6", "FQDN"), "addressType")
    for index, port in words.each(value.get("ports")):
        at = f"ports[{index}]"
        yield from words.boundary(port.get("name") or None, f"{at}.name")
        yield from words.among(port.get("protocol"), _PROTOCOLS, f"{at}.protocol")
    for index, endpoint in words.each(value.get("endpoints")):
        at = f"endpoints[{index}].addresses"
        addresses = endpoint.get("addresses")
        if addresses in (None, []):
            yield Problem(at, "give at least one address")
        if kind in {"IPv4", "IPv6"}:
            for number, each in enumerate(listed(addresses)):
                yield from words.address(each, f"{at}[{number}]")


# ---- ingresses ----


def ingress(value: Object) -> Iterator[Problem]:
    """An Ingress."""
    spec = mapped(value.get("spec"))
    rules = spec.get("rules")
    if not rules and not spec.get("defaultBackend") and words.is_object(value.get("spec")):
        yield Problem("spec", "give it rules or a defaultBackend")
    yield from _backend(spec.get("defaultBackend"), "spec.defaultBackend")
    name = spec.get("ingressClassName")
    yield from words.subdomain(name, "spec.ingressClassName")
    annotations = mapped(mapped(value.get("metadata")).get("annotations"))
    if name and annotations.get(_CLASS):
        at = f'metadata.annotations["{_CLASS}"]'
        yield Problem(at, "cannot be given together with spec.ingressClassName")
    for index, rule in words.each(rules):
        at = f"spec.rules[{index}]"
        yield from _rule_host(rule.get("host"), f"{at}.host")
        http = rule.get("http")
        if words.is_object(http) and not mapped(http).get("paths"):
            yield Problem(f"{at}.http.paths", "missing required property; give it at least one")
        for number, path in words.each(mapped(http).get("paths")):
            yield from _path(path, f"{at}.http.paths[{number}]")


def _rule_host(host: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    if not isinstance(host, str) or not host:
        return
    try:
        ipaddress.ip_address(host)
    except ValueError:
        yield from words.subdomain(host.removeprefix("*."), at)
    else:
        yield Problem(at, f'got "{host}"; use a DNS name, not an address')


def _path(given: Object, at: str) -> Iterator[Problem]:
    kind, path = given.get("pathType"), given.get("path")
    if kind is None:
        yield Problem(f"{at}.pathType", f"missing required property; use {', '.join(_PATHS)}")
    yield from words.among(kind, _PATHS, f"{at}.pathType")
    if kind in {"Exact", "Prefix"} and isinstance(path, str | None):
        text = path or ""
        bad = any(part in text for part in _BAD_PARTS) or text.endswith(_BAD_ENDS)
        if not text.startswith("/"):
            yield Problem(f"{at}.path", f'got {shown(text)}; must be absolute, beginning with "/"')
        elif bad:
            yield Problem(f"{at}.path", f'got {shown(text)}; must not contain "//", "." or ".."')
    elif isinstance(path, str) and path and not path.startswith("/"):
        yield Problem(f"{at}.path", f'got {shown(path)}; must be absolute, beginning with "/"')
    if "backend" in given:
        yield from _backend(given["backend"], f"{at}.backend")


def _backend(given: Any, at: str) -> Iterator[Problem]:  # noqa: ANN401
    if not words.is_object(given) or has_unknown(given):
        return
    parts = mapped(given)
    target, resource = parts.get("service"), parts.get("resource")
    if (target is None) == (resource is None):
        yield Problem(at, "give exactly one of service, resource")
    if not words.is_object(target):
        return
    name, port = mapped(target).get("name"), mapped(mapped(target).get("port"))
    if not name:
        yield Problem(f"{at}.service.name", "missing required property; give it a Service")
    yield from words.service_name(name or None, f"{at}.service.name")
    if bool(port.get("name")) == bool(port.get("number")):
        yield Problem(f"{at}.service.port", "give exactly one of name, number")
    yield from words.port_name(port.get("name") or None, f"{at}.service.port.name")
    yield from words.within(port.get("number") or None, 1, _PORTS, f"{at}.service.port.number")


# ---- network policies ----


def network_policy(value: Object) -> Iterator[Problem]:
    """A NetworkPolicy."""
    spec = mapped(value.get("spec"))
    yield from workloads.selector(mapped(spec.get("podSelector")), "spec.podSelector")
    for index, kind in enumerate(listed(spec.get("policyTypes"))):
        yield from words.among(kind, ("Ingress", "Egress"), f"spec.policyTypes[{index}]")
    for way, side in (("ingress", "from"), ("egress", "to")):
        for index, rule in words.each(spec.get(way)):
            at = f"spec.{way}[{index}]"
            for number, port in words.each(rule.get("ports")):
                yield from _policy_port(port, f"{at}.ports[{number}]")
            for number, peer in words.each(rule.get(side)):
                yield from _peer(peer, f"{at}.{side}[{number}]")


def _policy_port(port: Object, at: str) -> Iterator[Problem]:
    yield from words.among(port.get("protocol"), _PROTOCOLS, f"{at}.protocol")
    first, last = port.get("port"), port.get("endPort")
    yield from words.port(first, f"{at}.port")
    if last is None:
        return
    if not words.number(first) and first is not UNKNOWN:
        yield Problem(f"{at}.endPort", "only with a port that is a number")
    elif words.number(last) and words.number(first) and last < first:
        yield Problem(f"{at}.endPort", f"got {last}; must be at least port {first}")


def _peer(peer: Object, at: str) -> Iterator[Problem]:
    block = peer.get("ipBlock")
    others = [n for n in ("podSelector", "namespaceSelector") if peer.get(n) is not None]
    if block is None:
        if not others:
            yield Problem(at, "give it podSelector, namespaceSelector or ipBlock")
        return
    if others:
        yield Problem(f"{at}.ipBlock", f"may not be given together with {' and '.join(others)}")
    outer = mapped(block).get("cidr")
    yield from words.network(outer, f"{at}.ipBlock.cidr")
    for index, inner in enumerate(listed(mapped(block).get("except"))):
        where = f"{at}.ipBlock.except[{index}]"
        yield from words.network(inner, where)
        if not _is_inside(inner, outer):
            yield Problem(where, f"got {shown(inner)}; must be a strict subset of {outer}")


def _is_inside(inner: Any, outer: Any) -> bool:  # noqa: ANN401
    """Whether a range is a part of another one; True for what is no range."""
    try:
        small = ipaddress.ip_interface(inner).network
        large = ipaddress.ip_interface(outer).network
    except (ValueError, TypeError):
        return True
    return small.version == large.version and small != large and small.subnet_of(large)  # pyright: ignore[reportArgumentType]
