"""Prices that an environment's costs are made from: the vendors' lists, and a file of one's own."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final, Literal, Protocol

from pydantic import Field, StringConstraints

from facts.prices.list_prices import list_prices
from facts.prices.table import Price, PriceTable, read
from stacks.settings.fields import Closed, NotKnown, Text
from stacks.settings.problems import Problem
from stacks.settings.validate import PlaceOf

__all__ = ["Prices", "price_problems", "price_table"]

_LARGEST: Final = 4 * 1024 * 1024


class Prices(Closed):
    """Where prices come from."""

    file: (
        Annotated[
            str,
            StringConstraints(pattern=r"^[^/\\].*\.csv$", max_length=300),
            Field(json_schema_extra={"allowed": "a path below the project: prices.csv"}),
        ]
        | None
    ) = None
    """CSV file with prices of one's own, which come before the vendors' lists (docs/cost.md).
    Default: the lists alone."""
    stand_in_regions: dict[Literal["aws", "gcp", "azure"], Text] = Field(default={})
    """Region of each cloud whose prices are taken where the environment's own region has none.
    Default: such a price is unknown."""


def price_table(root: Path, prices: Prices) -> PriceTable:
    """The prices of an environment whose file has no problems."""
    own, _ = _own(root, prices)
    return list_prices().over(own, {**prices.stand_in_regions})


class _HasPrices(Protocol):
    @property
    def prices(self) -> Prices: ...


def price_problems(root: Path, site: _HasPrices, where: PlaceOf) -> Iterator[Problem]:
    """Everything that is wrong with the file of one's own, but for its name."""
    try:
        prices = site.prices
        _, problems = _own(root, prices)
    except NotKnown:
        return
    for problem in problems:
        yield Problem(
            where(("prices", "file")),
            "MS0260",
            "model-serving:prices.file",
            f"{prices.file}: {problem}",
            fix="docs/cost.md has the columns and what may be in them",
        )


def _own(root: Path, prices: Prices) -> tuple[list[Price], list[str]]:
    if prices.file is None:
        return [], []
    path = (root / prices.file).resolve()
    if not path.is_relative_to(root.resolve()):
        return [], ["is not below the project"]
    try:
        if path.stat().st_size > _LARGEST:
            return [], ["is larger than any list of prices"]
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        return [], ["there is no such file"]
    except (OSError, UnicodeDecodeError):
        return [], ["cannot be read as text in UTF-8"]
    return read(text)
