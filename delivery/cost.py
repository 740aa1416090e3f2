"""`serving cost`: what each model and pool of an environment costs in a month, at list prices."""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Final

from delivery import project
from delivery.costs.environment import LEFT_OUT, EnvironmentCosts, environment_costs
from delivery.costs.lines import Line
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.table import columns, show, table
from facts.prices.amounts import Amount
from facts.prices.monthly import Cost
from facts.prices.table import Price
from stacks.settings.load import load
from stacks.settings.problems import SettingsError, report

SCHEMA_VERSION: Final = 1
HEADS: Final = ("name", "target", "floor", "ceiling", "paid for")
BELOW: Final = ("paid for", "target")
_CENT: Final = Decimal("0.01")


def cost(environment: str, *, as_json: bool, plain: bool) -> int:
    """Print the table, or JSON."""
    folder = project.root()
    project.known_environment(folder, environment)
    try:
        settings = load(folder, environment)
    except SettingsError as error:
        raise Failure(report(error.problems)) from None
    found = environment_costs(folder, settings)
    if as_json:
        print(json.dumps(_document(found), indent=2))
        return Exit.OK
    _print(found, plain=plain)
    return Exit.OK


def _print(found: EnvironmentCosts, *, plain: bool) -> None:
    print(f"{found.name}: {found.currency} a month of 730 hours, at list prices{_days(found)}")
    rows = [
        *(_row(each) for each in found.lines),
        ["sum", "", *_amounts(found.sum), ""],
    ]
    show(table(HEADS, rows, room=columns(sys.stdout), below=BELOW), plain=plain)
    for text in _notes(found):
        print(text)


def _days(found: EnvironmentCosts) -> str:
    if found.days is None:
        return ""
    first, last = found.days
    return f" of {first}" if first == last else f" of {first} to {last}"


def _row(each: Line) -> list[str]:
    what = (
        f"{each.asked.says} (part of {each.asked.inside})" if each.asked.inside else each.asked.says
    )
    name = each.name if each.kind == "model" else f"{each.kind} {each.name}"
    return [name, each.target, *_amounts(each.cost), what]


def _amounts(made: Cost) -> list[str]:
    return [_shown(made.floor), _shown(made.ceiling)]


def _shown(amount: Amount) -> str:
    if amount.value is not None:
        return f"{_rounded(amount.value):,.2f}"
    return f"{_rounded(amount.known_part):,.2f} + unknown" if amount.known_part else "unknown"


def _rounded(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)


def _notes(found: EnvironmentCosts) -> list[str]:
    notes: list[str] = []
    for each in found.lines:
        reasons = dict.fromkeys((*each.cost.floor.unknown, *each.cost.ceiling.unknown))
        notes += [f"unknown: {each.name}: {reason}" for reason in reasons]
    for each in found.lines:
        if each.budget is not None and each.cost.ceiling.known_part > each.budget:
            notes.append(f"over budget: {each.name}: its ceiling is above {each.budget:,.2f}")
    for price in found.sum.prices:
        if price.stands_in:
            notes.append(f"stands in: {price.service} {price.item} at the price of {price.region}")
    notes += [
        f"besides: {each.name}: {each.asked.beside}" for each in found.lines if each.asked.beside
    ]
    return [*notes, f"Not counted: {'; '.join(LEFT_OUT)}."]


def _document(found: EnvironmentCosts) -> dict[str, Any]:
    days = found.days
    return {
        "schema_version": SCHEMA_VERSION,
        "environment": found.name,
        "currency": found.currency,
        "priced_from": str(days[0]) if days else None,
        "priced_to": str(days[1]) if days else None,
        "lines": [
            {
                "name": each.name,
                "kind": each.kind,
                "target": each.target,
                "paid_for": each.asked.says,
                "part_of": each.asked.inside or None,
                "besides": each.asked.beside or None,
                "floor": _amount(each.cost.floor),
                "ceiling": _amount(each.cost.ceiling),
                "monthly_budget": None if each.budget is None else float(each.budget),
            }
            for each in found.lines
        ],
        "sum": {"floor": _amount(found.sum.floor), "ceiling": _amount(found.sum.ceiling)},
        "prices": [_price(price) for price in found.sum.prices],
        "not_counted": list(LEFT_OUT),
    }


def _amount(amount: Amount) -> dict[str, Any]:
    return {
        "monthly": None if amount.value is None else float(_rounded(amount.value)),
        "known_part": float(_rounded(amount.known_part)),
        "unknown": list(amount.unknown),
    }


def _price(price: Price) -> dict[str, Any]:
    return {
        "cloud": price.cloud,
        "service": price.service,
        "item": price.item,
        "region": price.region,
        "stands_in": price.stands_in,
        "unit": price.unit,
        "price": float(price.price),
        "currency": price.currency,
        "date": str(price.date),
        "source": price.source,
    }
