"""What an update changes of the costs, each amount known or with the reason why not."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from delivery.costs.environment import EnvironmentCosts, environment_costs
from delivery.costs.lines import Line, total
from delivery.reporting.report import Amount, Cost, ResourceChange
from delivery.reporting.sides import Side
from facts.prices import amounts
from facts.prices.monthly import Cost as Monthly
from stacks.settings.load import Settings

__all__ = ["Costs", "costs"]

_POOLS_CHANGE: Final = "nodes change too, and what their pools were is not recorded"


@dataclass(frozen=True, slots=True)
class Costs:
    """By model, of all together, and what is to be said of them."""

    models: Mapping[str, Cost]
    all: Cost
    notes: tuple[str, ...]


def costs(
    root: Path,
    settings: Settings,
    before: Mapping[str, Side],
    after: Mapping[str, Side],
    platform: Iterable[ResourceChange],
) -> Costs:
    """Of the deployed settings and of those asked for, both at today's prices."""
    asked = environment_costs(
        root,
        replace(settings, models={n: s.settings for n, s in after.items() if s.settings}),
    )
    known = {n: side.settings for n, side in before.items() if side.settings}
    deployed = environment_costs(root, replace(settings, models=known))
    pools_change = any("NodePool" in each.urn or "NodeGroup" in each.urn for each in platform)
    lines = {side: _lines(each) for side, each in (("before", deployed), ("after", asked))}
    currency = asked.currency
    made = {
        name: Cost(
            currency=currency,
            **_amounts("before", _of(before.get(name), lines["before"])),
            **_amounts("after", _of(after.get(name), lines["after"])),
        )
        for name in before.keys() | after.keys()
    }
    lacking = [side.why_unknown for side in before.values() if side.settings is None]
    lacking += [_POOLS_CHANGE] if pools_change else []
    was = total(deployed.lines)
    for reason in dict.fromkeys(lacking):
        was += Monthly(amounts.unknown(reason), amounts.unknown(reason))
    everything = Cost(
        currency=currency,
        **(_amounts("before", was) if before else {}),
        **_amounts("after", asked.sum),
    )
    return Costs(made, everything, tuple(_notes(asked)))


def _lines(costs: EnvironmentCosts) -> dict[str, Line]:
    return {each.name: each for each in costs.lines if each.kind == "model"}


def _of(side: Side | None, lines: Mapping[str, Line]) -> Monthly | None:
    if side is None:
        return None
    if side.name in lines:
        return lines[side.name].cost
    why = amounts.unknown(side.why_unknown)
    return Monthly(why, why)


def _amounts(when: str, cost: Monthly | None) -> dict[str, Amount]:
    if cost is None:
        return {}
    return {f"floor_{when}": _amount(cost.floor), f"ceiling_{when}": _amount(cost.ceiling)}


def _amount(amount: amounts.Amount) -> Amount:
    return Amount(
        monthly=None if amount.value is None else round(float(amount.value), 2),
        known_part=round(float(amount.known_part), 2),
        unknown=list(amount.unknown),
    )


def _notes(asked: EnvironmentCosts) -> Iterable[str]:
    for each in asked.lines:
        if each.budget is not None and each.cost.ceiling.known_part > each.budget:
            yield f"over budget: {each.name}: its ceiling is above {each.budget:,.2f}"
    for price in asked.sum.prices:
        if price.stands_in:
            yield f"stands in: {price.service} {price.item} at the price of {price.region}"
    for each in asked.lines:
        if each.asked.beside:
            yield f"besides: {each.name}: {each.asked.beside}"
