"""Cost: what everything that is paid for by time makes in a month, against budgets."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Final

from facts import tags
from facts.machines.shapes import CLOUDS
from facts.prices.amounts import Amount
from facts.prices.list_prices import list_prices
from facts.prices.monthly import Cost, costs
from facts.prices.table import COLUMNS, Price, PriceTable, read
from policies.configuration import setting
from policies.pools import POOL_TYPES
from policies.properties import Fault
from policies.regions import region_is_secret
from policies.rule import Faults, Severity, Unknown, stack_rule
from policies.spend import SPENDING_TYPES, Spent, spent
from policies.view import Stack

_HEAD: Final = ",".join(COLUMNS)
_MOST_REASONS: Final = 3


def _rows(rows: Sequence[str]) -> tuple[list[Price], list[str]]:
    return read("\n".join((_HEAD, *rows))) if rows else ([], [])


def _wrong_rows(rows: Sequence[str]) -> str:
    return "; ".join(_rows(rows)[1])


def _by_cloud(places: Iterable[str]) -> dict[str, str]:
    found = (place.partition("/") for place in places)
    return {cloud: region for cloud, _, region in found}


def _wrong_places(places: Sequence[str]) -> str:
    good = all(place.partition("/")[0] in CLOUDS and place.partition("/")[2] for place in places)
    return "" if good else "texts such as aws/eu-west-1, gcp/europe-west4 or azure/westeurope"


@dataclass(frozen=True)
class _Counted:
    """Settings of what costs are counted with."""

    unknown_is_a_finding: bool = setting(
        False, "Also find what has no price, or no bound: no sum says then what it may cost."
    )
    prices: tuple[str, ...] = setting(
        (),
        "Rows of prices as in docs/cost.md, which come before the lists.",
        wanted=_wrong_rows,
    )
    stand_in_regions: tuple[str, ...] = setting(
        (),
        "Regions such as aws/us-east-1 whose prices are taken where a region has none.",
        wanted=_wrong_places,
    )
    regions: tuple[str, ...] = setting(
        (),
        "Regions such as aws/eu-west-1 of resources whose own and whose provider's is not said.",
        wanted=_wrong_places,
    )


@dataclass(frozen=True)
class Budget(_Counted):
    """Settings."""

    monthly_ceiling: float = setting(
        0.0, "Most that everything may cost in a month when it is busy; 0 asks for none.", minimum=0
    )
    monthly_floor: float = setting(
        0.0, "Most that it may cost while nobody asks; 0 asks for none.", minimum=0
    )


@stack_rule(
    "cost/over-budget",
    severity=Severity.HIGH,
    types=(*POOL_TYPES, *SPENDING_TYPES),
    fix="Lower the bounds of the dearest, or raise the budget; serving cost shows each.",
    unknown=Unknown.REST,
    settings=Budget,
)
def over_budget(stack: Stack, settings: Budget) -> Faults:
    """The stack may cost more in a month than its budget.

    Machines of pools, endpoints and functions, at 730 hours and at list prices, where they are at
    their most (the ceiling) and while nobody asks (the floor). Silent until a budget is configured.
    What has no price is left out of the sum, never counted as nothing: with unknown_is_a_finding it
    is found. What is paid for by use alone is in neither: https://aws.amazon.com/pricing/,
    https://cloud.google.com/pricing/list and https://azure.microsoft.com/pricing/.
    """
    budgets = {"ceiling": settings.monthly_ceiling, "floor": settings.monthly_floor}
    if any(budgets.values()):
        table = _table(settings.prices, settings.stand_in_regions)
        held = list(spent(stack, table, _by_cloud(settings.regions)))
        yield from _judge(held, table, budgets, unknown=settings.unknown_is_a_finding)


@dataclass(frozen=True)
class ModelBudget(_Counted):
    """Settings."""


@stack_rule(
    "cost/model-over-budget",
    severity=Severity.MEDIUM,
    types=SPENDING_TYPES,
    fix="Lower max_replicas or the instance type of the model, or raise its monthly_budget.",
    unknown=Unknown.REST,
    settings=ModelBudget,
)
def model_over_budget(stack: Stack, settings: ModelBudget) -> Faults:
    """A model may cost more in a month than its owner budgeted.

    The tag monthly-budget, which comes from monthly_budget of the model's file, against the ceiling
    of all resources with the same model's tag: each at its most for 730 hours, at list prices.
    Resources without such a tag are left alone, and so are nodes that models share.
    """
    if not any(tags.MONTHLY_BUDGET in view.tags for view in stack.of(*SPENDING_TYPES)):
        return
    table = _table(settings.prices, settings.stand_in_regions)
    models: dict[str, list[Spent]] = defaultdict(list)
    for one in spent(stack, table, _by_cloud(settings.regions)):
        if model := one.view.tags.get(tags.MODEL):
            models[model].append(one)
    for held in models.values():
        written = [one.view.tags.get(tags.MONTHLY_BUDGET, "") for one in held]
        budgets = [budget for text in written if (budget := _number(text)) is not None]
        if budgets:
            limits = {"ceiling": float(min(budgets))}
            yield from _judge(held, table, limits, unknown=settings.unknown_is_a_finding)


def _number(text: str) -> Decimal | None:
    """What `tags/malformed` finds is not judged here."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found > 0 else None


@cache
def _table(rows: tuple[str, ...], stand_ins: tuple[str, ...]) -> PriceTable:
    return list_prices().over(_rows(rows)[0], _by_cloud(stand_ins))


def _judge(
    held: Sequence[Spent], table: PriceTable, budgets: dict[str, float], *, unknown: bool
) -> Faults:
    each = [(one, costs(one.uses, table)) for one in held]
    for which, budget in budgets.items():
        amounts = [(one, _end(made, which)) for one, made in each]
        if budget:
            yield from _too_much(amounts, budget, f"{which} of a month", table.currency)
            if unknown:
                yield from _not_known(amounts, which)


def _end(made: Cost, which: str) -> Amount:
    return made.ceiling if which == "ceiling" else made.floor


def _too_much(
    amounts: Sequence[tuple[Spent, Amount]], budget: float, what: str, currency: str
) -> Faults:
    total = sum((amount.known_part for _, amount in amounts), Decimal(0))
    if total > Decimal(str(budget)):
        one, most = max(amounts, key=lambda pair: pair[1].known_part)
        yield _at(
            one,
            f"at most {budget:,.2f} {currency} as the {what}; here the most",
            f"{total:,.2f} {currency} in all, of which {most.known_part:,.2f} here",
        )


def _not_known(amounts: Sequence[tuple[Spent, Amount]], which: str) -> Faults:
    for one, amount in amounts:
        if amount.unknown:
            reasons = "; ".join(amount.unknown[:_MOST_REASONS])
            if one.view.properties.holds_secret or region_is_secret(one.view):
                reasons = "no price, or no bound"
            yield _at(one, f"what makes the {which} of a month known", reasons)


def _at(one: Spent, expected: str, found: str) -> Fault:
    return Stack.fault(one.view, one.place, expected, found)


RULES = (over_budget, model_over_budget)
