"""Which version gets which requests: rules that Istio and Gateway API spell each in their way.

Each version has a Service of its own, and rules name those. The Service that callers use selects
the stable version alone, so that a caller whose requests no proxy routes never meets a candidate by
chance. See docs/adr/0018-strategies-of-a-model-server.md.
"""

import re
from dataclasses import dataclass
from typing import Final

from components.kubernetes.server.slots import Slot
from components.kubernetes.server.strategy import Audience, Strategy

__all__ = ["CANARY_HEADER", "Match", "Rule", "front", "rules"]

CANARY_HEADER: Final = "x-canary"


@dataclass(frozen=True, slots=True)
class Match:
    """A header of a request, and what it is; a pattern is a whole match of RE2."""

    header: str
    value: str
    is_pattern: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """Requests that match any of `matches`, or all others; the first rule that fits counts."""

    name: str
    matches: tuple[Match, ...]
    shares: tuple[tuple[Slot, int], ...]
    """Each version that answers, with its share in percent."""
    mirror: tuple[Slot, int] | None = None
    """A version that gets copies, with their share in percent; its answers go nowhere."""


def rules(strategy: Strategy, stable: Slot, candidate: Slot | None) -> list[Rule]:
    """The rules of a strategy that a router carries out."""
    if candidate is None:
        return [Rule("stable", (), ((stable, 100),))]
    if strategy.kind.name == "shadow":
        mirror = (candidate, strategy.percent) if strategy.percent else None
        return [Rule("stable", (), ((stable, 100),), mirror)]
    if strategy.audience is not None:
        return [
            Rule("candidate", _matches(strategy.audience), ((candidate, 100),)),
            Rule("stable", (), ((stable, 100),)),
        ]
    # Both are there at 0 and 100 too: whoever walks the share moves two numbers and no more.
    shares = ((stable, 100 - strategy.percent), (candidate, strategy.percent))
    return [
        Rule("candidate", (Match(CANARY_HEADER, "true"),), ((candidate, 100),)),
        Rule("shares", (), shares),
    ]


def front(strategy: Strategy, stable: Slot, candidate: Slot | None) -> Slot:
    """The version that the callers' Service selects."""
    switched = strategy.kind.share == "ends" and strategy.percent == 100  # noqa: PLR2004
    return candidate if switched and candidate is not None else stable


def _matches(audience: Audience) -> tuple[Match, ...]:
    if audience.header is not None:
        return tuple(Match(audience.header, value) for value in audience.values)
    name = re.escape(audience.cookie or "")
    values = "|".join(re.escape(value) for value in audience.values)
    return (Match("cookie", rf"^(.*;\s*)?{name}=({values})(;.*)?$", is_pattern=True),)
