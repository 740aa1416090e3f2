"""Cases of rules about Istio's mesh."""

from typing import Any

from tests.policies.cases.table import UNKNOWN, UNKNOWN_OBJECT, Case

PEERS = "kubernetes:security.istio.io/v1:PeerAuthentication"
DESTINATION = "kubernetes:networking.istio.io/v1:DestinationRule"
AUTHORIZATION = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
PLAIN = "security/mesh-plaintext"
OPEN = "security/mesh-open"

CALLER: dict[str, Any] = {"from": [{"source": {}}]}
PATH: dict[str, Any] = {"to": [{"operation": {}}]}
NOBODY: dict[str, Any] = {"from": []}


def peers(mode: str, **ports: str) -> dict[str, Any]:
    levels = {port.removeprefix("_"): {"mode": given} for port, given in ports.items()}
    return {"spec": {"mtls": {"mode": mode}, **({"portLevelMtls": levels} if levels else {})}}


def tls(mode: str) -> dict[str, Any]:
    return {"tls": {"mode": mode}}


def destination(**spec: object) -> dict[str, Any]:
    return {"spec": {"host": "models", **spec}}


def allowing(*rules: object, **spec: object) -> dict[str, Any]:
    return {"spec": {"rules": list(rules), **spec}}


CASES = (
    Case(PLAIN, "strict", PEERS, peers("STRICT")),
    Case(PLAIN, "the parent's", PEERS, peers("UNSET")),
    Case(PLAIN, "absent", PEERS, {"spec": {}}),
    Case(PLAIN, "permissive", PEERS, peers("PERMISSIVE"), ("spec.mtls.mode",)),
    Case(
        PLAIN,
        "disabled",
        "kubernetes:security.istio.io/v1beta1:PeerAuthentication",
        peers("DISABLE"),
        ("spec.mtls.mode",),
    ),
    Case(
        PLAIN,
        "one port",
        PEERS,
        peers("STRICT", _8080="STRICT", _9090="DISABLE"),
        ("spec.portLevelMtls.9090.mode",),
    ),
    Case(PLAIN, "unknown", PEERS, peers(UNKNOWN)),
    Case(PLAIN, "Istio's own TLS", DESTINATION, destination(trafficPolicy={})),
    Case(PLAIN, "mutual", DESTINATION, destination(trafficPolicy=tls("ISTIO_MUTUAL"))),
    Case(
        PLAIN,
        "not to this host",
        DESTINATION,
        destination(trafficPolicy=tls("DISABLE")),
        ("spec.trafficPolicy.tls.mode",),
    ),
    Case(
        PLAIN,
        "not to a port of a subset",
        DESTINATION,
        destination(
            subsets=[
                {"trafficPolicy": tls("ISTIO_MUTUAL")},
                {"trafficPolicy": {"portLevelSettings": [tls("DISABLE")]}},
            ]
        ),
        ("spec.subsets[1].trafficPolicy.portLevelSettings[0].tls.mode",),
    ),
    Case(PLAIN, "unknown policy", DESTINATION, destination(trafficPolicy=UNKNOWN_OBJECT)),
    Case(OPEN, "nobody", AUTHORIZATION, {"spec": {}}),
    Case(OPEN, "without rules", AUTHORIZATION, allowing()),
    Case(OPEN, "a principal", AUTHORIZATION, allowing(CALLER)),
    Case(OPEN, "a path", AUTHORIZATION, allowing(PATH)),
    Case(OPEN, "a condition", AUTHORIZATION, allowing({"when": [{"key": "request.auth.claims"}]})),
    Case(OPEN, "everybody", AUTHORIZATION, allowing({}), ("spec.rules[0]",)),
    Case(
        OPEN,
        "everybody in so many words",
        AUTHORIZATION,
        allowing(CALLER, NOBODY, action="ALLOW"),
        ("spec.rules[1]",),
    ),
    Case(OPEN, "denied to everybody", AUTHORIZATION, allowing({}, action="DENY")),
    Case(OPEN, "unknown", AUTHORIZATION, allowing({}, action=UNKNOWN)),
    Case(OPEN, "unknown rule", AUTHORIZATION, allowing(UNKNOWN_OBJECT)),
    Case(OPEN, "unknown rules", AUTHORIZATION, {"spec": {"rules": UNKNOWN}}),
)
