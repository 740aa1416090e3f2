"""How a resource waits for a vendor: how often it looks, and how it tells that it still does."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Report = Callable[[str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Poll:
    """How often what moves is looked at: from `first_seconds`, ever slower."""

    first_seconds: float = 0.5
    growth: float = 1.6
    longest_seconds: float = 20.0
    # What was just updated can for a moment still be described as it was before.
    settle_looks: int = 2
