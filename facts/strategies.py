"""How a new version takes over on a plain model server, and what each way needs."""

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["ROUTERS", "STRATEGIES", "StrategyKind"]

ROUTERS: Final = ("istio", "gateway")


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
