"""Requests parted by Gateway API: `HTTPRoute`, and `GRPCRoute` for a server that speaks gRPC too.

Spellings are those of the standard channel of Gateway API 1.4.1. Inside of the cluster the route
hangs on the Service that callers use, as a mesh reads it
(https://gateway-api.sigs.k8s.io/mesh/); outside, on a Gateway. Regular expressions, timeouts and
mirrors are extended or implementation-specific there: see what the implementation supports.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.kubernetes.gateway_api import gateway_ref, service_ref
from components.kubernetes.objects import Manifest, manifest
from components.kubernetes.server.traffic import Match, Rule

__all__ = ["grpc_route", "http_route"]

_API: Final = "gateway.networking.k8s.io/v1"
_PORT: Final = 80


def http_route(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    rules: Sequence[Rule],
    timeout_seconds: int,
    host: str | None = None,
    gateway: tuple[str, str] | None = None,
    paths: Sequence[str] = ("/",),
) -> Manifest:
    """The rules of the Service of that name, or what comes by a gateway to some paths."""
    parent = gateway_ref(*gateway) if gateway else service_ref(name, _PORT)
    return manifest(
        _API,
        "HTTPRoute",
        name,
        namespace,
        labels,
        spec={
            "parentRefs": [parent],
            **({"hostnames": [host]} if host else {}),
            "rules": [_rule(rule, timeout_seconds, paths) for rule in rules],
        },
    )


def grpc_route(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    rules: Sequence[Rule],
    port: int,
) -> Manifest:
    """The same rules for the gRPC port of the Service of that name."""
    return manifest(
        _API,
        "GRPCRoute",
        name,
        namespace,
        labels,
        spec={
            "parentRefs": [service_ref(name, port)],
            "rules": [
                {
                    **(
                        {"matches": [_headers(each) for each in rule.matches]}
                        if rule.matches
                        else {}
                    ),
                    **_answered(rule, port),
                }
                for rule in rules
            ],
        },
    )


def _rule(rule: Rule, timeout_seconds: int, paths: Sequence[str]) -> dict[str, Any]:
    return {
        "matches": [
            {"path": {"type": "PathPrefix", "value": path}, **_headers(match)}
            for path in paths
            for match in rule.matches or (None,)
        ],
        "timeouts": {"request": f"{timeout_seconds}s"},
        **_answered(rule, _PORT),
    }


def _answered(rule: Rule, port: int) -> dict[str, Any]:
    """Who answers, and who gets copies."""
    shares = [{**service_ref(slot.name, port), "weight": share} for slot, share in rule.shares]
    made: dict[str, Any] = {"backendRefs": shares}
    if rule.mirror is not None:
        slot, share = rule.mirror
        mirror = {"backendRef": service_ref(slot.name, port), "percent": share}
        made["filters"] = [{"type": "RequestMirror", "requestMirror": mirror}]
    return made


def _headers(match: Match | None) -> dict[str, Any]:
    if match is None:
        return {}
    how = "RegularExpression" if match.is_pattern else "Exact"
    return {"headers": [{"type": how, "name": match.header, "value": match.value}]}
