"""Requests parted by Istio: `VirtualService`, and a `DestinationRule` for each version.

Spellings are those of istio.io/api 1.31 (networking/v1).
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi

from components.kubernetes.objects import Manifest, manifest
from components.kubernetes.server.slots import Slot, inner_host
from components.kubernetes.server.traffic import Match, Rule

__all__ = ["destination_rule", "virtual_service"]

_API: Final = "networking.istio.io/v1"
_PORT: Final = 80


def destination_rule(
    slot: Slot, namespace: pulumi.Input[str], labels: Mapping[str, str]
) -> Manifest:
    """A pod that only fails is left out for a while, up to half of a version's pods."""
    return manifest(
        _API,
        "DestinationRule",
        slot.name,
        namespace,
        labels,
        spec={
            "host": inner_host(slot.name, namespace),
            "trafficPolicy": {
                "outlierDetection": {
                    "consecutive5xxErrors": 5,
                    "interval": "10s",
                    "baseEjectionTime": "30s",
                    "maxEjectionPercent": 50,
                }
            },
        },
    )


def virtual_service(
    name: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    *,
    rules: Sequence[Rule],
    host: pulumi.Input[str],
    timeout_seconds: int,
    gateway: tuple[str, str] | None = None,
    paths: Sequence[str] = (),
) -> Manifest:
    """The rules for a host: inside of the mesh, or what comes by a gateway to some paths."""
    # Inside each request goes to the port that it was meant for, gRPC's too.
    port = _PORT if gateway else None
    return manifest(
        _API,
        "VirtualService",
        name,
        namespace,
        labels,
        spec={
            "hosts": [host],
            "gateways": ["/".join(gateway) if gateway else "mesh"],
            "http": [_http(rule, namespace, timeout_seconds, paths, port) for rule in rules],
        },
    )


def _http(
    rule: Rule,
    namespace: pulumi.Input[str],
    timeout_seconds: int,
    paths: Sequence[str],
    port: int | None,
) -> dict[str, Any]:
    matches = [
        {**_path(path), **_headers(match)} for path in paths or (None,) for match in _all(rule)
    ]
    made: dict[str, Any] = {"name": rule.name}
    if any(matches):
        made["match"] = matches
    made |= {
        "route": [
            {"destination": _destination(slot, namespace, port), "weight": share}
            for slot, share in rule.shares
        ],
        "timeout": f"{timeout_seconds}s",
        # Only what never reached a model: no request is answered twice.
        "retries": {"attempts": 2, "retryOn": "connect-failure,refused-stream"},
    }
    if rule.mirror is not None:
        slot, share = rule.mirror
        made["mirror"] = _destination(slot, namespace, port)
        made["mirrorPercentage"] = {"value": share}
    return made


def _destination(slot: Slot, namespace: pulumi.Input[str], port: int | None) -> dict[str, Any]:
    place = {"port": {"number": port}} if port else {}
    return {"host": inner_host(slot.name, namespace), **place}


def _all(rule: Rule) -> tuple[Match | None, ...]:
    return rule.matches or (None,)


def _path(path: str | None) -> dict[str, Any]:
    return {} if path is None else {"uri": {"prefix": path}}


def _headers(match: Match | None) -> dict[str, Any]:
    if match is None:
        return {}
    how = "regex" if match.is_pattern else "exact"
    return {"headers": {match.header.lower(): {how: match.value}}}
