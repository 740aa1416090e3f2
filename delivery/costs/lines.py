"""A line of an environment's costs: a model, or a pool of nodes, and what is paid for it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from facts.prices.monthly import Cost, Use, costs
from facts.prices.table import PriceTable

__all__ = ["Asked", "Line", "between", "line", "total"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What something will use, before prices: `says` is for people.

    `shares` are of nodes of the pools named in `inside`, which are paid for there. `beside` says
    what is paid for by use, which no bound of settings ends.
    """

    uses: tuple[Use, ...]
    says: str
    shares: tuple[Use, ...] = ()
    inside: str = ""
    beside: str = ""
    rests: tuple[tuple[str, Decimal], ...] = ()
    """Nodes of pools, or shares of one, that it holds while nobody asks."""


@dataclass(frozen=True, slots=True)
class Line:
    """One row, with its floor and ceiling."""

    name: str
    kind: str
    """model or pool."""
    target: str
    asked: Asked
    own: Cost
    """What is paid for it alone."""
    cost: Cost
    """The same with its shares of what is paid for in another line."""
    budget: Decimal | None = None
    """Most that its owner lets it cost."""


def line(  # noqa: PLR0917
    name: str,
    kind: str,
    target: str,
    asked: Asked,
    table: PriceTable,
    budget: Decimal | None = None,
) -> Line:
    """The row with its prices."""
    own = costs(asked.uses, table)
    return Line(name, kind, target, asked, own, own + costs(asked.shares, table), budget)


def total(lines: Iterable[Line]) -> Cost:
    """What the environment costs: shares of pools are paid for with their pools."""
    return sum((each.own for each in lines), Cost())


def between(least: Decimal | str, most: Decimal | str, what: str) -> str:
    """`2 to 6 x ml.m5.large`; `?` where a number cannot be said."""
    shown: Sequence[str] = [
        "?" if isinstance(n, str) else f"{n.normalize():f}" for n in (least, most)
    ]
    return f"{shown[0] if shown[0] == shown[1] else ' to '.join(shown)} x {what}"
