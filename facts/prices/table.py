"""Prices by cloud, service, item and region: the vendors' lists, and a file of one's own over them.

A price that is in neither is unknown. Another region's stands in only where somebody said so, and
says then whose it is.
"""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Final

from facts.machines.shapes import CLOUDS

__all__ = [
    "ANY_REGION",
    "COLUMNS",
    "UNITS",
    "Price",
    "PriceTable",
    "Priced",
    "read",
]

COLUMNS: Final = (
    *("cloud", "service", "item", "region", "unit"),
    *("price", "currency", "date", "source"),
)
ANY_REGION: Final = "*"
_EVERY: Final = "*"
# What each service is paid by: one unit for all its items, or one for each.
UNITS: Final[Mapping[tuple[str, str], Mapping[str, str]]] = {
    ("aws", "ec2"): {_EVERY: "hour"},
    ("aws", "sagemaker"): {_EVERY: "hour"},
    # Items are memory sizes in MiB: `3072`, and `provisioned-3072` for what is kept warm.
    ("aws", "sagemaker_serverless"): {_EVERY: "second"},
    ("aws", "lambda"): {
        f"{item}-{architecture}": "gb_second"
        for item in ("duration", "provisioned", "provisioned-duration")
        for architecture in ("arm64", "x86_64")
    },
    ("gcp", "compute_engine"): {_EVERY: "hour"},
    ("gcp", "vertex"): {_EVERY: "hour"},
    ("gcp", "cloud_run"): {
        **dict.fromkeys(("cpu-active", "cpu-idle", "cpu-always"), "vcpu_second"),
        **dict.fromkeys(("memory-active", "memory-idle", "memory-always"), "gib_second"),
        _EVERY: "gpu_second",
    },
    ("azure", "virtual_machines"): {_EVERY: "hour"},
    ("azure", "functions"): {
        "flex-ready": "gb_second",
        "flex-ready-execution": "gb_second",
        "flex-execution": "gb_second",
        "premium-vcpu": "hour",
        "premium-memory": "gib_hour",
    },
    **{(cloud, "kubernetes"): {"cpu": "hour", "memory": "gib_hour"} for cloud in CLOUDS},
}


@dataclass(frozen=True, slots=True)
class Priced:
    """What has a price, and where: an item of a service in a region."""

    cloud: str
    service: str
    item: str
    region: str | None
    """None: nobody says."""


@dataclass(frozen=True, slots=True)
class Price:
    """One row: what a unit costs, of which day, and where that is written."""

    cloud: str
    service: str
    item: str
    region: str
    unit: str
    price: Decimal
    currency: str
    date: date
    source: str
    stands_in: bool = False
    """Whether it is of another region than the one that was asked for."""


@dataclass(frozen=True)
class PriceTable:
    """Prices, the first of the same item and region being the one that counts.

    `stand_ins` are regions whose prices are taken where a cloud's own has none, by cloud.
    """

    prices: tuple[Price, ...]
    stand_ins: Mapping[str, str] = field(default_factory=dict[str, str])
    currency: str = "USD"

    def find(self, what: Priced) -> Price | str:
        """The price, or why it is not known."""
        regions = self._by_item.get(_key(what.cloud, what.service, what.item), {})
        if what.region is not None and what.region in regions:
            return regions[what.region]
        if ANY_REGION in regions:
            return regions[ANY_REGION]
        stand_in = regions.get(self.stand_ins.get(what.cloud, ""))
        if stand_in is not None:
            return _standing_in(stand_in)
        named = f"{what.service} {what.item}"
        if not regions:
            return f"no price of {named}"
        there = f"known in {', '.join(sorted(regions))}"
        return f"no price of {named} in {what.region or 'a region that nobody names'}; {there}"

    @cached_property
    def _by_item(self) -> dict[tuple[str, str, str], dict[str, Price]]:
        """The prices in this currency by their region, of each item."""
        found: dict[tuple[str, str, str], dict[str, Price]] = {}
        for price in self.prices:
            if price.currency == self.currency:
                regions = found.setdefault(_key(price.cloud, price.service, price.item), {})
                regions.setdefault(price.region, price)
        return found

    def over(self, own: Iterable[Price], stand_ins: Mapping[str, str]) -> "PriceTable":
        """With prices of one's own before these; in another currency, instead of these."""
        first = tuple(own)
        currency = first[0].currency if first else self.currency
        return PriceTable((*first, *self.prices), stand_ins, currency)


def _key(cloud: str, service: str, item: str) -> tuple[str, str, str]:
    # Azure takes sizes in any case.
    return cloud, service, item.lower() if cloud == "azure" else item


def _standing_in(price: Price) -> Price:
    fields = {name: getattr(price, name) for name in COLUMNS}
    return Price(**fields, stands_in=True)


def read(text: str) -> tuple[list[Price], list[str]]:
    """The rows of a table as CSV with a head, and everything that is wrong with it."""
    rows = csv.DictReader(io.StringIO(text), restkey="", restval=None)
    heads = tuple(rows.fieldnames or ())
    if sorted(heads) != sorted(COLUMNS):
        found = ", ".join(heads) or "nothing"
        return [], [f"line 1: got the columns {found}; use {', '.join(COLUMNS)}"]
    prices: list[Price] = []
    problems: list[str] = []
    for row in rows:
        found, wrong = _row(row)
        problems += [f"line {rows.line_num}: {one}" for one in wrong]
        prices += [found] if found else []
    currencies = sorted({price.currency for price in prices})
    if len(currencies) > 1:
        problems.append(f"got prices in {' and '.join(currencies)}; use one currency")
    seen: dict[tuple[str, ...], Price] = {}
    for price in prices:
        key = (*_key(price.cloud, price.service, price.item), price.region)
        if key in seen:
            problems.append(f"got two prices of {' '.join(key)}; use one")
        seen[key] = price
    return prices, problems


def _row(row: Mapping[str, str | None]) -> tuple[Price | None, list[str]]:
    if "" in row or None in row.values():
        return None, [f"use {len(COLUMNS)} values, one for each column"]
    cell = {name: (row[name] or "").strip() for name in COLUMNS}
    wrong = [f"{name}: got nothing; use a value" for name, value in cell.items() if not value]
    price, day = _decimal(cell["price"]), _date(cell["date"])
    if cell["price"] and price is None:
        wrong.append(f"price: got {cell['price']}; use a number, 0 or more")
    if cell["date"] and day is None:
        wrong.append(f"date: got {cell['date']}; use a day as 2026-07-20")
    if cell["currency"] and not re.fullmatch("[A-Z]{3}", cell["currency"]):
        wrong.append(f"currency: got {cell['currency']}; use three letters, such as USD")
    units = UNITS.get((cell["cloud"], cell["service"]))
    if units is None:
        allowed = ", ".join(" ".join(one) for one in UNITS)
        wrong.append(f"service: got {cell['cloud']} {cell['service']}; use one of {allowed}")
    else:
        wanted = units.get(cell["item"], units.get(_EVERY))
        if wanted is None:
            wrong.append(f"item: got {cell['item']}; use one of {', '.join(units)}")
        elif cell["unit"] and cell["unit"] != wanted:
            wrong.append(f"unit: got {cell['unit']}; use {wanted}")
    if wrong or price is None or day is None:
        return None, wrong
    return Price(**{**cell, "price": price, "date": day}), []  # pyright: ignore[reportArgumentType]


def _decimal(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() and found >= 0 else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
