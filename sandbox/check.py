"""Whether values have the declared shape: every problem at once, each with its path and remedy."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sandbox.schema import Library, Nested, Property, Type
from sandbox.wire import UNKNOWN, asset_kind

__all__ = ["Problem", "Shape", "nearest", "not_in", "once", "shown"]

_SHOWN_LENGTH = 60
_STEP = re.compile(r"[.\[]")
_POSITION = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at a property path such as `productionVariants[0].instanceType`."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The checks of one provider.

    `coerces`: the provider reads "5" as a number and 5 as a string, as Terraform's do.
    `closed_enums`: a value outside an enumeration is refused even where the SDK takes any string.
    `further`: by the enumeration's type, values that the service takes beside those that the SDK
    names; none: it takes any.
    """

    library: Library
    coerces: bool
    closed_enums: bool
    further: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])

    def problems(
        self, declared: Mapping[str, Property], values: Mapping[str, Any], path: str = ""
    ) -> list[Problem]:
        """Everything that is wrong with the properties of an object."""
        found: list[Problem] = []
        for name, value in values.items():
            if name.startswith("__"):
                continue  # The engine's and the provider's own notes, as `__defaults`.
            at = f"{path}.{name}" if path else name
            property_ = declared.get(name)
            if property_ is None:
                found.append(Problem(at, _unknown_name(name, declared)))
            elif value is None:
                if property_.required:
                    found.append(Problem(at, "required, but its value is null"))
            else:
                found.extend(self._value(property_.type, value, at))
        for name, property_ in declared.items():
            if property_.required and name not in values:
                at = f"{path}.{name}" if path else name
                found.append(
                    Problem(
                        at, f"missing required property; give it {self._wanted(property_.type)}"
                    )
                )
        return found

    def _value(self, declared: Type, value: Any, at: str) -> list[Problem]:  # noqa: ANN401
        if value is UNKNOWN or value is None:
            return []
        composed = {
            "array": self._array,
            "map": self._map,
            "ref": self._ref,
            "union": self._union,
        }
        if declared.kind in composed:
            return composed[declared.kind](declared, value, at)
        if declared.kind in {"asset", "archive"}:
            fits = asset_kind(value) is not None
        else:
            fits = declared.kind == "any" or _is_scalar(declared.kind, value, coerces=self.coerces)
        return [] if fits else [self._mistyped(declared, value, at)]

    def _array(self, declared: Type, value: Any, at: str) -> list[Problem]:  # noqa: ANN401
        if not isinstance(value, list):
            return [self._mistyped(declared, value, at)]
        items = cast("list[Any]", value)
        return [
            problem
            for index, item in enumerate(items)
            for problem in self._value(declared.of[0], item, f"{at}[{index}]")
        ]

    def _map(self, declared: Type, value: Any, at: str) -> list[Problem]:  # noqa: ANN401
        if not isinstance(value, dict) or asset_kind(value):
            return [self._mistyped(declared, value, at)]
        items = cast("dict[str, Any]", value)
        return [
            problem
            for key, item in items.items()
            for problem in self._value(declared.of[0], item, f"{at}[{json.dumps(key)}]")
        ]

    def _ref(self, declared: Type, value: Any, at: str) -> list[Problem]:  # noqa: ANN401
        nested = self.library.nested(declared.ref)
        if nested is None:
            return []
        if nested.properties is None:
            return [] if value in nested.values else [Problem(at, not_in(value, nested.values))]
        if not isinstance(value, dict):
            return [self._mistyped(declared, value, at)]
        return self.problems(nested.properties, cast("dict[str, Any]", value), at)

    def _union(self, declared: Type, value: Any, at: str) -> list[Problem]:  # noqa: ANN401
        enums = [n for part in declared.of if (n := self._enum(part)) is not None]
        if enums and isinstance(value, str) and self.closed_enums:
            further = [self.further[enum.ref] for enum in enums if enum.ref in self.further]
            allowed = [v for enum in enums for v in (*enum.values, *self.further.get(enum.ref, ()))]
            if not all(further):
                return []
            return [] if value in allowed else [Problem(at, not_in(value, allowed))]
        attempts = [self._value(part, value, at) for part in declared.of]
        if any(not attempt for attempt in attempts):
            return []
        if all([problem.path for problem in attempt] == [at] for attempt in attempts):
            return [self._mistyped(declared, value, at)]
        # Nothing fits: what is nearest to fitting says most.
        return min(attempts, key=len)

    def _enum(self, declared: Type) -> Nested | None:
        nested = self.library.nested(declared.ref) if declared.kind == "ref" else None
        return nested if nested is not None and nested.properties is None else None

    def _mistyped(self, declared: Type, value: Any, at: str) -> Problem:  # noqa: ANN401
        return Problem(at, f"got {shown(value)}; use {self._wanted(declared)}")

    def _wanted(self, declared: Type) -> str:  # noqa: PLR0911 - one per kind
        match declared.kind:
            case "array":
                return f"a list, each item {self._wanted(declared.of[0])}"
            case "map":
                return f"a map, each value {self._wanted(declared.of[0])}"
            case "union":
                return " or ".join(dict.fromkeys(self._wanted(part) for part in declared.of))
            case "ref":
                nested = self.library.nested(declared.ref)
                if nested is not None and nested.properties is None:
                    return f"one of {_listed(nested.values)}"
                names = [] if nested is None else list(nested.properties or {})
                return f"an object with {_listed(names)}" if names else "an object"
            case "integer":
                return "a whole number"
            case "any":
                return "a value"
            case kind:
                return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"


def _is_scalar(kind: str, value: Any, *, coerces: bool) -> bool:  # noqa: ANN401, PLR0911 - one per kind
    if isinstance(value, dict | list):
        return False
    if kind == "string":
        return isinstance(value, str) or coerces
    if kind == "boolean":
        return isinstance(value, bool) or (coerces and value in ("true", "false"))
    if isinstance(value, bool):
        return False
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    if isinstance(value, int | float):
        return True
    if not coerces:
        return False
    try:
        number = float(value)
    except ValueError:
        return False
    return kind == "number" or number.is_integer()


def once(*sources: Iterable[Problem]) -> list[Problem]:
    """The problems of several sources, in order; of one path, and below it, the first source's.

    A source that knows no positions in lists speaks of `items.name`, another of `items[0].name`.
    """
    found: list[Problem] = []
    refused: set[str] = set()
    for source in sources:
        new = [problem for problem in dict.fromkeys(source) if not _is_below(problem.path, refused)]
        found += new
        for problem in new:
            refused |= {problem.path, _POSITION.sub("", problem.path)}
    return found


def _is_below(path: str, refused: set[str]) -> bool:
    """Whether one of the paths leads to this path or to something around it."""
    ends = [match.start() for match in _STEP.finditer(path)]
    return any(path[:end] in refused for end in (*ends, len(path)))


def nearest(value: str, allowed: Iterable[str]) -> str | None:
    """The allowed word that was most likely meant."""
    words = list(allowed)
    plain = value.replace("_", "").replace("-", "").lower()
    for word in words:
        if word.replace("_", "").replace("-", "").lower() == plain:
            return word
    return next(iter(difflib.get_close_matches(value, words, n=1, cutoff=0.6)), None)


def shown(value: Any) -> str:  # noqa: ANN401
    """A value as it is quoted in a message: JSON, shortened."""
    if asset_kind(value) is not None:
        return f"an {asset_kind(value)}"
    text = json.dumps(value, default=str)
    return text if len(text) <= _SHOWN_LENGTH else f"{text[: _SHOWN_LENGTH - 1]}…"


def _unknown_name(name: str, declared: Mapping[str, Property]) -> str:
    meant = nearest(name, declared)
    if meant is not None:
        return f'unknown property; did you mean "{meant}"?'
    return f"unknown property; allowed are {_listed(sorted(declared))}"


def not_in(value: Any, allowed: Iterable[Any]) -> str:  # noqa: ANN401
    """What is said of a value that is none of the allowed ones, with the nearest of them."""
    values = list(allowed)
    meant = nearest(str(value), [str(v) for v in values])
    hint = f' (did you mean "{meant}"?)' if meant is not None else ""
    return f"got {shown(value)}; use one of {_listed(values)}{hint}"


def _listed(values: Iterable[Any]) -> str:
    words = [str(value) for value in values]
    limit = 12
    if len(words) <= limit:
        return ", ".join(words)
    return f"{', '.join(words[:limit])} and {len(words) - limit} more"
