"""Security: what Istio's mesh encrypts, and whom it lets in."""

from collections.abc import Iterator
from typing import Final

from policies.properties import Property
from policies.rule import Faults, Level, NoSettings, Severity, Unknown, resource_rule
from policies.tokens import fold
from policies.view import View

PEERS: Final = "kubernetes:security.istio.io/v1:PeerAuthentication"
DESTINATION: Final = "kubernetes:networking.istio.io/v1:DestinationRule"
AUTHORIZATION: Final = "kubernetes:security.istio.io/v1:AuthorizationPolicy"
_STRICT: Final = ("STRICT", "UNSET")


@resource_rule(
    "security/mesh-plaintext",
    severity=Severity.HIGH,
    types=(PEERS, DESTINATION),
    fix="Set mtls.mode to STRICT, and tls.mode of a DestinationRule to ISTIO_MUTUAL.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def mesh_plaintext(view: View, _settings: NoSettings) -> Faults:
    """Requests go through the mesh in plain text, or may.

    PERMISSIVE takes both, so that nothing says who calls: it is for the time in which clients join
    the mesh. What is not said is the parent's, or Istio's own mutual TLS:
    https://istio.io/latest/docs/reference/config/security/peer_authentication/
    """
    spec = view.get("spec")
    if view.token == fold(PEERS):
        ports = [port for _, port in spec.get("portLevelMtls").entries()]
        for place in (spec.get("mtls"), *ports):
            mode = place.get("mode")
            if (mode.text() or "STRICT") not in _STRICT:
                yield mode.fault("STRICT")
        return
    for policy in _traffic(spec):
        mode = policy.get("tls", "mode")
        if mode.text() == "DISABLE":
            yield mode.fault("ISTIO_MUTUAL")


def _traffic(spec: Property) -> Iterator[Property]:
    """The policies of a DestinationRule: its own, of its subsets, and of their ports."""
    for place in (spec, *spec.get("subsets").items()):
        policy = place.get("trafficPolicy")
        yield policy
        yield from policy.get("portLevelSettings").items()


@resource_rule(
    "security/mesh-open",
    severity=Severity.MEDIUM,
    types=(AUTHORIZATION,),
    fix="Name who may call (from), or what (to), or leave rules out to let nobody in.",
    unknown=Unknown.REST,
    settings=NoSettings,
    level=Level.ADVISORY,
)
def mesh_open(view: View, _settings: NoSettings) -> Faults:
    """A policy of the mesh lets everybody call.

    A rule without from, to and when is met by every request, and ALLOW is what is meant where
    nothing is said: https://istio.io/latest/docs/reference/config/security/authorization-policy/
    """
    action = view.get("spec", "action")
    if (action.text() or "ALLOW") != "ALLOW" or action.unknown:
        return
    for rule in view.get("spec", "rules").items():
        parts = [rule.get(key) for key in ("from", "to", "when")]
        # Asked in this order: what is unknown is noted as not judged.
        if rule.absent or rule.unknown or any(part.items() or part.unknown for part in parts):
            continue
        yield rule.fault("from, to or when")


RULES = (
    mesh_plaintext,
    mesh_open,
)
