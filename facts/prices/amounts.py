"""Money of a month of which a part may not be known; what is unknown never becomes a number."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

__all__ = ["NOTHING", "Amount", "known", "total", "unknown"]


@dataclass(frozen=True, slots=True)
class Amount:
    """`known_part` is the sum of what is known, in the table's currency."""

    known_part: Decimal = Decimal(0)
    unknown: tuple[str, ...] = ()
    """Why the rest is not known, each reason once; empty where all is known."""

    @property
    def value(self) -> Decimal | None:
        """The whole amount; None where a part of it is not known."""
        return None if self.unknown else self.known_part

    def __add__(self, other: "Amount") -> "Amount":
        reasons = tuple(dict.fromkeys((*self.unknown, *other.unknown)))
        return Amount(self.known_part + other.known_part, reasons)


NOTHING: Final = Amount()


def known(value: Decimal) -> Amount:
    """An amount of which everything is known."""
    return Amount(value)


def unknown(reason: str) -> Amount:
    """An amount of which nothing is known."""
    return Amount(unknown=(reason,))


def total(amounts: Iterable[Amount]) -> Amount:
    """The sum: known only where each is."""
    return sum(amounts, NOTHING)
