"""What Istio's own webhook refuses, beyond the schemas of its custom resources.

Source: https://istio.io/latest/docs/reference/config/networking/virtual-service/ and
pkg/config/validation/validation.go of Istio: ValidateVirtualService, validateHTTPRouteConflict,
validateHTTPRouteDestinations, validateWeight. Weights are shares of their sum, whatever that is.
"""

from collections.abc import Iterator
from typing import Any

from sandbox.check import Problem
from sandbox.clouds.kubernetes.rules import words
from sandbox.values import listed, mapped
from sandbox.wire import has_unknown

__all__ = ["virtual_service"]


def virtual_service(value: dict[str, Any]) -> Iterator[Problem]:
    """The destinations of each route of a VirtualService."""
    spec = mapped(value.get("spec"))
    if words.is_object(value.get("spec")) and not any(spec.get(b) for b in ("http", "tls", "tcp")):
        yield Problem("spec", "give it http, tls or tcp")
    for block in ("http", "tls", "tcp"):
        for index, rule in words.each(spec.get(block)):
            at = f"spec.{block}[{index}]"
            routes = listed(rule.get("route"))
            for number, route in words.each(routes):
                yield from words.at_least(route.get("weight"), 0, f"{at}.route[{number}].weight")
            weights = [mapped(route).get("weight") or 0 for route in routes]
            if len(routes) > 1 and not has_unknown(weights) and sum(weights) == 0:
                yield Problem(f"{at}.route", "total destination weight is 0; give them weights")
            if block == "http":
                yield from _http(rule, at)
            elif rule.get("route") in (None, []):
                yield Problem(f"{at}.route", "missing required property; give it a destination")


def _http(rule: dict[str, Any], at: str) -> Iterator[Problem]:
    if has_unknown(rule):
        return
    given = [name for name in ("redirect", "directResponse") if rule.get(name) is not None]
    redirected = rule.get("redirect") is not None
    for other in ("fault", "rewrite"):
        if redirected and rule.get(other) is not None:
            yield Problem(f"{at}.{other}", "cannot be given together with redirect")
    if given and rule.get("route"):
        yield Problem(at, f"a rule has route or {given[0]}, not both")
    if not given and not rule.get("route") and rule.get("delegate") is None:
        yield Problem(at, "give it route, redirect, directResponse or delegate")
