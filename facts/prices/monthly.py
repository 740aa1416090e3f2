"""What runs by the hour or the second makes a month's floor and ceiling.

The floor is what is paid while nobody asks, the ceiling what is paid when everything that may run
runs all month. Taxes, discounts, free tiers, disks and traffic are in neither.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from facts.prices.amounts import NOTHING, Amount, known, total, unknown
from facts.prices.table import Price, Priced, PriceTable

__all__ = ["HOURS", "SPOT", "Cost", "Use", "any_of", "cost", "costs", "ends"]

# 365 days in twelve months, as the vendors' own calculators have it.
HOURS: Final = 730
_PER_MONTH: Final = {
    "hour": Decimal(HOURS),
    "gib_hour": Decimal(HOURS),
    "second": Decimal(HOURS * 3600),
    "gb_second": Decimal(HOURS * 3600),
    "gib_second": Decimal(HOURS * 3600),
    "vcpu_second": Decimal(HOURS * 3600),
    "gpu_second": Decimal(HOURS * 3600),
}


# Of machines that may be taken away; by every cloud's word at most what they cost on demand.
SPOT: Final = "spot machines cost what the market says"


@dataclass(frozen=True, slots=True)
class Use:
    """So many of one thing that is paid for by time: machines, or GiB of memory.

    `least` are there while nobody asks, `most` at the busiest. Where one of them cannot be said,
    it is a text with the reason.
    """

    what: Priced
    least: Decimal | str
    most: Decimal | str


@dataclass(frozen=True, slots=True)
class Cost:
    """A month's floor and ceiling, with the prices that made a number."""

    floor: Amount = NOTHING
    ceiling: Amount = NOTHING
    prices: tuple[Price, ...] = ()

    def __add__(self, other: "Cost") -> "Cost":
        prices = tuple(dict.fromkeys((*self.prices, *other.prices)))
        return Cost(self.floor + other.floor, self.ceiling + other.ceiling, prices)


def cost(use: Use, table: PriceTable) -> Cost:
    """What one use makes in a month."""
    found = table.find(use.what)
    if isinstance(found, str):
        return Cost(_amount(use.least, found), _amount(use.most, found))
    each = found.price * _PER_MONTH[found.unit]
    floor, ceiling = _amount(use.least, each), _amount(use.most, each)
    used = any(count and not isinstance(count, str) for count in (use.least, use.most))
    return Cost(floor, ceiling, (found,) if used else ())


def _amount(count: Decimal | str, each: Decimal | str) -> Amount:
    """None of something costs nothing, whatever one would cost."""
    if isinstance(count, str):
        return unknown(count)
    if not count:
        return NOTHING
    return unknown(each) if isinstance(each, str) else known(count * each)


def costs(uses: Iterable[Use], table: PriceTable) -> Cost:
    """What all of them make together."""
    found = [cost(use, table) for use in uses]
    prices = tuple(dict.fromkeys(price for one in found for price in one.prices))
    return Cost(total(one.floor for one in found), total(one.ceiling for one in found), prices)


def ends(items: Sequence[Priced], table: PriceTable) -> tuple[Priced, Priced]:
    """The cheapest and the dearest of several.

    One without a price is both: nobody knows that it is not, and so nothing of them is known.
    """
    unpriced = [one for one in items if isinstance(table.find(one), str)]
    if unpriced:
        return unpriced[0], unpriced[0]
    by_price = sorted(items, key=lambda one: _price(one, table))
    return by_price[0], by_price[-1]


def _price(item: Priced, table: PriceTable) -> Decimal:
    found = table.find(item)
    return found.price if isinstance(found, Price) else Decimal(0)


def any_of(
    both: tuple[Priced, Priced], least: Decimal | str, most: Decimal | str
) -> tuple[Use, ...]:
    """So many of whichever is taken: the floor by the cheapest, the ceiling by the dearest."""
    cheapest, dearest = both
    if cheapest == dearest:
        return (Use(cheapest, least, most),)
    return Use(cheapest, least, Decimal(0)), Use(dearest, Decimal(0), most)
