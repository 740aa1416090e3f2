"""When Azure Monitor's rules over logs fire, by their documentation: a judge, on made-up requests.

A query is reckoned by the operators' pages in https://learn.microsoft.com/kusto/query/, as far as
rules here use them; what is not known raises `ValueError`, for a judge does not guess.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["Table", "fires", "minutes_of", "value"]

Array = npt.NDArray[Any]
_TOKEN: Final = re.compile(
    r'\s*(?:(\d+(?:\.\d+)?)([smhd]?)(?![\w.])|"([^"\\]*)"|(\w+)|(=~|!~|==|!=|>=|<=|[-+*/()<>=,|]))'
)
_UNITS: Final = {"s": 1 / 60, "m": 1.0, "h": 60.0, "d": 1440.0}


@dataclass(frozen=True)
class Table:
    """Columns of one length; times are minutes. A row stands for so many alike ones."""

    name: str
    columns: Mapping[str, Array]
    copies: Array

    def where(self, chosen: Array) -> "Table":
        """The rows that are chosen."""
        columns = {name: column[chosen] for name, column in self.columns.items()}
        return Table(self.name, columns, self.copies[chosen])

    def full(self, named: Mapping[str, Any]) -> dict[str, Array]:
        """As columns of this one: numbers are the same in each row."""
        rows = self.copies.shape
        return {
            name: np.broadcast_to(np.asarray(each), rows).copy() for name, each in named.items()
        }


def minutes_of(duration: str) -> int:
    """Of an ISO 8601 duration as Azure spells them."""
    found = re.fullmatch(r"P(?:(\d)D|T(?:(\d+)H|(\d+)M))", duration)
    if found is None:
        raise ValueError(f"this judge does not know the duration {duration}")
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return 1440 * days + 60 * hours + minutes


def fires(
    rule: Mapping[str, Any],
    table: Table,
    now: float,
    *,
    late: float = 0,
    given: float | None = None,
) -> bool:
    """Whether a rule that is asked at this minute fires, by rows that arrived `late` minutes ago.

    Its query sees the rule's window; `given` says how much where that is more.
    """
    (condition,) = rule["criteria"]["allOf"]
    back = minutes_of(rule["windowSize"]) if given is None else given
    at = table.columns[next(iter(table.columns))].astype(float)
    seen = table.where((at > now - back) & (at <= now - late))
    rows = value(condition["query"], seen, now)[condition["metricMeasureColumn"]]
    if condition["timeAggregation"] != "Maximum" or len(rows) == 0:
        return False
    above = float(np.max(rows))
    exactly = condition["operator"] in {"gte", "GreaterThanOrEqual"}
    limit = condition["threshold"]
    return bool(above >= limit if exactly else above > limit)


def value(query: str, table: Table, now: float) -> dict[str, Array]:
    """The columns that a query answers; the table's first column is its time."""
    first, *operators = _split(_tokens(query))
    if first != [("word", table.name)]:
        raise ValueError(f"a query of {first}, and there is {table.name}")
    for tokens in operators:
        how, rest = tokens[0][1], tokens[1:]
        match how:
            case "where":
                chosen = np.broadcast_to(_read(rest, table, now), table.copies.shape)
                table = table.where(chosen.astype(bool))
            case "extend":
                added = table.full(_named(rest, table, now))
                table = replace(table, columns={**table.columns, **added})
            case "project":
                table = replace(table, columns=table.full(_named(rest, table, now)))
            case "summarize":
                columns = _summarized(rest, table, now)
                rows = len(next(iter(columns.values())))
                table = replace(table, columns=columns, copies=np.ones(rows))
            case other:
                raise ValueError(f"this judge does not know the operator {other}")
    return dict(table.columns)


def _summarized(tokens: list[tuple[str, str]], table: Table, now: float) -> dict[str, Array]:
    if ("word", "by") not in tokens:
        found = _named(tokens, table, now)
        return {name: np.array([each]) for name, each in found.items()}
    place = tokens.index(("word", "by"))
    tokens, group = tokens[:place], tokens[place + 1 :]
    key = _read(group, table, now)
    parts = [_named(tokens, table.where(key == each), now) for each in np.unique(key)]
    names = list(_named(tokens, table, now))
    # A part is named by the column that it is of: bin(timestamp, 5m) is timestamp.
    name = next(text for kind, text in group if kind == "word" and text != "bin")
    return {name: np.unique(key)} | {n: np.array([each[n] for each in parts]) for n in names}


def _read(tokens: list[tuple[str, str]], table: Table, now: float) -> Any:  # noqa: ANN401 - as `_Reader.expression`
    reader = _Reader(tokens, table, now)
    found = reader.expression()
    reader.finished()
    return found


def _named(tokens: list[tuple[str, str]], table: Table, now: float) -> dict[str, Any]:
    reader = _Reader(tokens, table, now)
    found = reader.named()
    reader.finished()
    return found


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at, text = 0, text.rstrip()
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            raise ValueError(f"this judge does not read {text[at : at + 20]!r}")
        number, unit, string, word, sign = match.groups()
        if number is not None:
            found.append(("number", str(float(number) * _UNITS[unit] if unit else float(number))))
        elif string is not None:
            found.append(("text", string))
        else:
            found.append(("word", word) if word else ("sign", sign))
        at = match.end()
    return found


def _split(tokens: list[tuple[str, str]]) -> list[list[tuple[str, str]]]:
    parts: list[list[tuple[str, str]]] = [[]]
    for token in tokens:
        if token == ("sign", "|"):
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


_COMPARED: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    ">=": lambda a, b: a >= b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    "<": lambda a, b: a < b,
    "=~": lambda a, b: np.char.lower(np.asarray(a, dtype=str)) == str(b).lower(),
    "!~": lambda a, b: np.char.lower(np.asarray(a, dtype=str)) != str(b).lower(),
}


class _Reader:
    """Expressions by precedence: or, and, comparisons, sums, products, what stands alone."""

    def __init__(self, tokens: list[tuple[str, str]], table: Table, now: float) -> None:
        self.tokens, self.at = tokens, 0
        self.table, self.now = table, now

    def named(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while True:
            name = self._take("word")
            self._expect("=")
            found[name] = self.expression()
            if not self._is(","):
                return found

    def finished(self) -> None:
        if self.at != len(self.tokens):
            raise ValueError(f"this judge does not read {self.tokens[self.at :]}")

    def expression(self) -> Any:  # noqa: ANN401 - a number, a text or a column
        found = self._both()
        while self._is("or"):
            found = np.logical_or(found, self._both())
        return found

    def _both(self) -> Any:  # noqa: ANN401
        found = self._compared()
        while self._is("and"):
            found = np.logical_and(found, self._compared())
        return found

    def _compared(self) -> Any:  # noqa: ANN401
        found = self._sum()
        for sign, compare in _COMPARED.items():
            if self._is(sign):
                return compare(found, self._sum())
        return found

    def _sum(self) -> Any:  # noqa: ANN401
        found = self._product()
        while True:
            if self._is("+"):
                found = found + self._product()
            elif self._is("-"):
                found = found - self._product()
            else:
                return found

    def _product(self) -> Any:  # noqa: ANN401
        found = self._alone()
        while True:
            if self._is("*"):
                found = found * self._alone()
            elif self._is("/"):
                with np.errstate(divide="ignore", invalid="ignore"):
                    found = np.asarray(found, dtype=float) / self._alone()
            else:
                return found

    def _alone(self) -> Any:  # noqa: ANN401
        if self._is("("):
            found = self.expression()
            self._expect(")")
            return found
        kind, text = self.tokens[self.at]
        self.at += 1
        if kind == "number":
            return float(text)
        if kind == "text":
            return text
        if not self._is("("):
            return self.table.columns[text]
        given: list[Any] = []
        while not self._is(")"):
            given.append(self.expression())
            self._is(",")
        return self._called(text, given)

    def _called(self, name: str, given: Sequence[Any]) -> Any:  # noqa: ANN401
        if name in _REDUCED and len(given) > 1:
            return _REDUCED[name](np.broadcast_arrays(*given), axis=0)
        call = _CALLS.get((name, len(given)))
        if call is None:
            raise ValueError(f"this judge does not know {name} of {len(given)}")
        return call(self, given)

    def _is(self, text: str) -> bool:
        if self.at < len(self.tokens) and self.tokens[self.at] in {("sign", text), ("word", text)}:
            self.at += 1
            return True
        return False

    def _expect(self, text: str) -> None:
        if not self._is(text):
            raise ValueError(f"{text} is missing before {self.tokens[self.at :]}")

    def _take(self, kind: str) -> str:
        found, text = self.tokens[self.at]
        if found != kind:
            raise ValueError(f"got {text} where a {kind} is needed")
        self.at += 1
        return text


# Of rows that stand for several, an aggregate is of all of them.
_CALLS: Final[Mapping[tuple[str, int], Callable[[_Reader, Sequence[Any]], Any]]] = {
    ("ago", 1): lambda r, g: r.now - g[0],
    ("sum", 1): lambda r, g: float(np.sum(g[0] * r.table.copies)),
    ("sumif", 2): lambda r, g: float(np.sum(np.where(g[1], g[0], 0.0) * r.table.copies)),
    ("count", 0): lambda r, _: float(np.sum(r.table.copies)),
    ("min", 1): lambda _, g: float(np.min(g[0])) if len(g[0]) else float("nan"),
    # The second one is an accuracy.
    ("dcount", 2): lambda _, g: float(len(np.unique(g[0]))),
    ("bin", 2): lambda _, g: np.floor(np.asarray(g[0], dtype=float) / g[1]) * g[1],
    ("iff", 3): lambda _, g: _chosen(g[0], g[1], g[2]),
    ("coalesce", 2): lambda _, g: _chosen(np.isnan(np.asarray(g[0], dtype=float)), g[1], g[0]),
    ("toint", 1): lambda _, g: _whole(np.atleast_1d(g[0])),
    ("tostring", 1): lambda _, g: np.asarray(g[0], dtype=str),
}
_REDUCED: Final[Mapping[str, Callable[..., Any]]] = {"min_of": np.min, "max_of": np.max}


def _chosen(chosen: Array, then: Array, other: Array) -> Array:
    return np.where(chosen, then, other)


def _whole(column: Array) -> Array:
    """Null, as not a number, where there is none."""
    different, places = np.unique(column, return_inverse=True)
    read = [re.fullmatch(r"-?\d+(?:\.0)?", str(each)) for each in different]
    return np.array([float(each[0]) if each else float("nan") for each in read])[places]
