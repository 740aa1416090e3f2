"""What rows looked like when a model was trained: a small JSON document, read and checked.

    {"format": "model-serving-drift-profile", "version": 1, "rows": 1200,
     "features": [
       {"name": "age", "column": 0, "edges": [29.5, 41.5], "shares": [0.3, 0.4, 0.3, 0]},
       {"name": "plan", "column": 1, "values": ["basic", "pro"], "shares": [0.6, 0.4, 0]}],
     "predictions": [{"name": "churn", "column": 0, "edges": [0.5], "shares": [0.9, 0.1, 0]}]}

Numbers have `edges`: a value is in the bin after the last edge that is no larger. Texts have
`values`. The last share is that of all else: no number at all, or another text. `tensor` names the
model's input or output that a column is of. Without it that is the one of the column's own name,
else the model's only input, or its first output; `column` counts its values in a row.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final, cast

__all__ = ["MAX_BYTES", "MAX_PARTS", "Column", "Profile", "ProfileError", "read"]

_FORMAT: Final = "model-serving-drift-profile"
_VERSION: Final = 1
# As a metric's label calls them, by the document's word.
_KINDS: Final = {"features": "feature", "predictions": "prediction"}
# A bin is a series of a pod's metrics, and one more for its share.
_MAX_BINS: Final = 2000
# Edges, or values, of one column.
MAX_PARTS: Final = 50
MAX_BYTES: Final = 1024 * 1024
_MAX_NAME: Final = 128
_MAX_COLUMN: Final = 1_000_000
# Shares are written with fewer digits than they have.
_ROUNDING: Final = 1e-3
_DOCUMENT: Final = frozenset({"format", "version", "rows", *_KINDS})
_COLUMN: Final = frozenset({"name", "column", "tensor", "edges", "values", "shares"})


class ProfileError(Exception):
    """It is no profile, or not of this model; the text names every problem, on one line."""


@dataclass(frozen=True, slots=True)
class Column:
    """One value of a row: its bins, and the share of rows in each.

    `values` is None for numbers, which have `edges`. `kind` is feature or prediction.
    """

    kind: str
    name: str
    column: int
    shares: tuple[float, ...]
    edges: tuple[float, ...] = ()
    values: tuple[str, ...] | None = None
    tensor: str = ""

    def alone(self) -> "Column":
        """The same bins of a tensor that has this column alone, by its name."""
        return replace(self, column=0, tensor=self.name)

    def document(self) -> dict[str, Any]:
        """As the profile has it."""
        found: dict[str, Any] = {"name": self.name, "column": self.column}
        if self.tensor:
            found["tensor"] = self.tensor
        found |= {"edges": self.edges} if self.values is None else {"values": self.values}
        return {**found, "shares": [round(share, 6) for share in self.shares]}


@dataclass(frozen=True, slots=True)
class Profile:
    """The columns that are watched, and of how many rows their shares are."""

    rows: int
    columns: tuple[Column, ...]

    def text(self) -> str:
        """The document; the same profile gives the same text."""
        found: dict[str, Any] = {"format": _FORMAT, "version": _VERSION, "rows": self.rows}
        for word, kind in _KINDS.items():
            found[word] = [each.document() for each in self.columns if each.kind == kind]
        return json.dumps(found, indent=1) + "\n"


def read(text: str | bytes) -> Profile:
    """The profile of a document.

    Raises:
        ProfileError: It is none.
    """
    return _Reader().profile(text)


class _Reader:
    """Reads every key, and keeps each problem until the end."""

    def __init__(self) -> None:
        self._problems: list[str] = []

    def profile(self, text: str | bytes) -> Profile:
        if len(text) > MAX_BYTES:
            raise ProfileError(f"the profile has {len(text)} bytes; use at most {MAX_BYTES}")
        try:
            document: object = json.loads(text)
        except (ValueError, RecursionError):
            raise ProfileError("the profile is no JSON") from None
        if not isinstance(document, dict):
            raise ProfileError("the profile is no JSON object")
        given = cast(dict[str, object], document)
        # Of another format, or a later one, nothing else means what it does here.
        if given.get("format") != _FORMAT or given.get("version") != _VERSION:
            raise ProfileError(
                f"the profile's format is {_shown(given.get('format'))}, version "
                f"{_shown(given.get('version'))}; use {_FORMAT}, version {_VERSION}: "
                "`python -m runtime.drift profile` makes it"
            )
        self._unknown("the profile", given, _DOCUMENT)
        rows = given.get("rows")
        if not _is_whole(rows) or cast(int, rows) < 1:
            self._add("rows", f"got {_shown(rows)}; use the number of rows that it was made of")
        columns = [column for word in _KINDS for column in self._columns(word, given.get(word, []))]
        if not columns:
            self._add("features", "there are none, and no predictions")
        bins = sum(len(each.shares) for each in columns)
        if bins > _MAX_BINS:
            self._add("features", f"they have {bins} bins; use at most {_MAX_BINS} in all")
        if self._problems:
            raise ProfileError("; ".join(self._problems))
        return Profile(cast(int, rows), tuple(columns))

    def _add(self, place: str, problem: str) -> None:
        self._problems.append(f"{place}: {problem}")

    def _unknown(self, place: str, given: Mapping[str, object], known: frozenset[str]) -> None:
        for key in sorted(set(given) - known):
            self._add(place, f"there is no key {_shown(key)}; use {', '.join(sorted(known))}")

    def _columns(self, word: str, given: object) -> Iterator[Column]:
        if not isinstance(given, list):
            self._add(word, "use a list")
            return
        names: set[str] = set()
        for index, item in enumerate(cast(list[object], given)):
            place = f"{word}[{index}]"
            if not isinstance(item, dict):
                self._add(place, "use an object")
                continue
            column = self._column(_KINDS[word], place, cast(dict[str, object], item))
            if column.name in names:
                self._add(place, f"there are two of the name {column.name}")
            names.add(column.name)
            yield column

    def _column(self, kind: str, place: str, item: Mapping[str, object]) -> Column:
        self._unknown(place, item, _COLUMN)
        name, tensor = item.get("name"), item.get("tensor", "")
        if not _is_name(name):
            self._add(f"{place}.name", f"use 1 to {_MAX_NAME} printable characters")
        if tensor != "" and not _is_name(tensor):
            self._add(f"{place}.tensor", f"use 1 to {_MAX_NAME} printable characters")
        column = item.get("column", 0)
        if not _is_whole(column) or not 0 <= cast(int, column) <= _MAX_COLUMN:
            self._add(f"{place}.column", f"got {_shown(column)}; use a whole number from 0")
        if ("edges" in item) == ("values" in item):
            self._add(place, "use edges, of numbers, or values, of texts")
            return Column(kind, str(name), 0, ())
        edges = self._edges(place, item["edges"]) if "edges" in item else ()
        values = self._values(place, item["values"]) if "values" in item else None
        bins = len(edges) + 2 if values is None else len(values) + 1
        shares = self._shares(place, item.get("shares"), bins)
        where = cast(int, column) if _is_whole(column) else 0
        return Column(kind, str(name), where, shares, edges, values, str(tensor))

    def _edges(self, place: str, given: object) -> tuple[float, ...]:
        found = _numbers(given)
        if not found or len(found) > MAX_PARTS or any(a >= b for a, b in pairwise(found)):
            self._add(f"{place}.edges", f"use 1 to {MAX_PARTS} numbers, each larger than the last")
            return ()
        return found

    def _values(self, place: str, given: object) -> tuple[str, ...]:
        items = cast(list[object], given) if isinstance(given, list) else []
        found = tuple(item for item in items if isinstance(item, str))
        fits = 0 < len(found) == len(items) == len(set(found)) <= MAX_PARTS
        if not fits:
            self._add(f"{place}.values", f"use 1 to {MAX_PARTS} texts, each once")
        return found

    def _shares(self, place: str, given: object, bins: int) -> tuple[float, ...]:
        found = _numbers(given)
        if found is None or len(found) != bins or not all(0 <= share <= 1 for share in found):
            self._add(f"{place}.shares", f"use {bins} numbers from 0 to 1, the last for all else")
            return ()
        if abs(sum(found) - 1) > _ROUNDING:
            self._add(f"{place}.shares", f"they add up to {sum(found):.4g}; use 1")
        return found


def _numbers(given: object) -> tuple[float, ...] | None:
    if not isinstance(given, list):
        return None
    items = cast(Sequence[object], given)
    if not all(isinstance(item, int | float) and not isinstance(item, bool) for item in items):
        return None
    try:
        found = tuple(float(cast(float, item)) for item in items)
    except OverflowError:
        return None
    return found if all(map(math.isfinite, found)) else None


def _is_whole(given: object) -> bool:
    return isinstance(given, int) and not isinstance(given, bool)


def _is_name(given: object) -> bool:
    return isinstance(given, str) and 0 < len(given) <= _MAX_NAME and given.isprintable()


def _shown(given: object) -> str:
    text = str(given)[:60]
    return "".join(sign if sign.isprintable() else "?" for sign in text)
