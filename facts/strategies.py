"""How a new version takes over on a plain model server, and what each way needs."""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Literal

__all__ = [
    "MOST_MATCHES",
    "NO_HEADERS",
    "ROUTERS",
    "STRATEGIES",
    "StrategyKind",
    "address_variable",
    "slug",
]

ROUTERS: Final = ("istio", "gateway")
# Istio reads them as parts of a request, and ignores them as names of headers (istio.io/api 1.31,
# networking/v1alpha3/virtual_service.proto, HTTPMatchRequest.headers).
NO_HEADERS: Final = ("authority", "method", "scheme", "uri")
# Of one rule, in sigs.k8s.io/gateway-api 1.4.1 (apis/v1/httproute_types.go); there is a match for
# each path outside and each value.
MOST_MATCHES: Final = 64
# With a model's name of at most 40 characters, a Service's name stays a DNS label.
_LONGEST_SLUG: Final = 20


@dataclass(frozen=True, slots=True)
class StrategyKind:
    """One strategy. `share` says which `canary_percent` it can hold: none, 0 or 100, or any."""

    name: str
    takes_candidate: bool
    needs_router: bool
    share: Literal["none", "ends", "any"]


STRATEGIES: Final[dict[str, StrategyKind]] = {
    kind.name: kind
    for kind in (
        StrategyKind("recreate", takes_candidate=False, needs_router=False, share="none"),
        StrategyKind("rolling", takes_candidate=False, needs_router=False, share="none"),
        StrategyKind("blue_green", takes_candidate=True, needs_router=False, share="ends"),
        StrategyKind("canary", takes_candidate=True, needs_router=True, share="any"),
        StrategyKind("ab", takes_candidate=True, needs_router=True, share="none"),
        StrategyKind("shadow", takes_candidate=True, needs_router=True, share="any"),
    )
}


def slug(version: str) -> str:
    """A version as a part of a DNS label, `1.2.0+gpu` as `1-2-0-gpu`."""
    spelled = re.sub(r"[^a-z0-9]+", "-", version.lower()).strip("-") or "v"
    if len(spelled) <= _LONGEST_SLUG:
        return spelled
    digest = hashlib.sha256(version.encode()).hexdigest()[:8]
    return f"{spelled[: _LONGEST_SLUG - 9].rstrip('-')}-{digest}"


def address_variable(part: str) -> str:
    """The variable by which the pods of a unit find a part of it."""
    return f"{part.upper().replace('-', '_')}_URL"
