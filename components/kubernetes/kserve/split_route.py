"""A host of one's own for standard mode: an HTTPRoute over the stable predictor and the candidate.

KServe 0.20 makes a canary and no route that gives it requests. Its Services are there, so a route
of ours can, on a host that KServe's own routes do not have. A canary gets its share once it is
ready, which KServe says in `status.canaryStatuses`: it is asked before.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.checks import Checks
from components.kubernetes.gateway_api import gateway_ref, service_ref
from components.kubernetes.objects import Manifest, manifest
from components.serving import Core
from facts import tags
from facts.addresses import HOST_NAME

__all__ = ["CANARY", "SplitRoute", "read_split_route", "split_route"]

CANARY: Final = "candidate"
"""The canary's name; its Deployment and Service are `<name>-candidate-predictor`."""
_KEYS: Final = ("gateway_name", "gateway_namespace")
_FULL: Final = 100
# KServe's Services: constants.CommonDefaultHttpPort.
_PORT: Final = 80
_EVERYTHING: Final = {"path": {"type": "PathPrefix", "value": "/"}}
_GRPC: Final = {
    **_EVERYTHING,
    "headers": [
        {"type": "RegularExpression", "name": "content-type", "value": "^application/grpc.*"}
    ],
}


@dataclass(frozen=True, slots=True)
class SplitRoute:
    """The host, and the Gateway by which it is reached; its listener has the certificate."""

    host: str
    gateway_name: str
    gateway_namespace: str


def read_split_route(checks: Checks, args: Mapping[str, Any], mode: str) -> SplitRoute | None:
    """Reads and notes what is wrong; the caller raises. None without a host."""
    if not checks.given("host"):
        for key in filter(checks.given, _KEYS):
            checks.problem(key, args[key], "host beside it, or leave it out")
        return None
    checks.text("host", HOST_NAME, "a host name, such as churn.example.com")
    if mode == "knative":
        use = "deployment_mode standard: Knative names hosts by its own domain"
        checks.problem("host", args["host"], use)
    return SplitRoute(args["host"], *(checks.plain(key) for key in _KEYS))


def split_route(
    core: Core,
    route: SplitRoute,
    namespace: pulumi.Input[str],
    part: str,
    *,
    share: pulumi.Output[int] | None = None,
    grpc_port: int | None = None,
) -> Manifest:
    """All requests to a part of the service, but for the candidate's share, if it has one.

    `grpc_port`: where the part's Service has a second port, which speaks gRPC.
    """
    weights: dict[str, pulumi.Input[int]] = {f"{core.name}-{part}": _FULL}
    if share is not None:
        weights[f"{core.name}-{part}"] = share.apply(lambda percent: _FULL - percent)
        weights[f"{core.name}-{CANARY}-predictor"] = share
    rules = [_rule(_EVERYTHING, weights, _PORT)]
    if grpc_port is not None:
        # First, as KServe's own routes have it: createGRPCRouteMatches of httproute_reconciler.go.
        rules = [_rule(_GRPC, weights, grpc_port), *rules]
    return manifest(
        "gateway.networking.k8s.io/v1",
        "HTTPRoute",
        # KServe's own are called as the service and its components.
        f"{core.name}-host",
        namespace,
        tags.kubernetes(core.vocabulary()),
        spec={
            "parentRefs": [gateway_ref(route.gateway_namespace, route.gateway_name)],
            "hostnames": [route.host],
            "rules": rules,
        },
    )


def _rule(
    matches: dict[str, Any], weights: Mapping[str, pulumi.Input[int]], port: int
) -> dict[str, Any]:
    backends = [
        {**service_ref(service, port), "weight": weight} for service, weight in weights.items()
    ]
    return {"matches": [matches], "backendRefs": backends}
