"""Collects every problem of a component's arguments and raises once, before any child is made."""

import difflib
import math
import re
from collections.abc import Collection, Mapping, Sequence
from typing import NoReturn, cast

import pulumi


class Checks:
    """Reads arguments by key and notes what is wrong; an unknown value (an Output) is skipped.

    Numbers come as floats from other languages (the component host sends every number as a
    double), so whole numbers are accepted as `2.0` and handed back as `int`.
    """

    def __init__(
        self,
        component: str,
        name: str,
        args: Mapping[str, object],
        known: Collection[str],
        *,
        refused: Mapping[str, str] | None = None,
    ) -> None:
        """`refused` says of arguments of other components what to use instead, and why."""
        self._title = f"{component} {name}"
        self._args = args
        self._problems: list[str] = []
        for key, value in args.items():
            if refused is not None and key in refused and value is not None:
                self.problem(key, value, refused[key])
            elif key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(sorted(known))}"
                self._problems.append(f"{key}: no such argument; {hint}")

    def given(self, key: str) -> bool:
        """Whether the caller set this argument to something."""
        return self._args.get(key) is not None

    def problem(self, key: str, got: object, use: str) -> None:
        """Note `key: got …; use …`."""
        told = f"{key}: got {got!r}; use {use}"
        # An argument may be read for several reasons.
        if told not in self._problems:
            self._problems.append(told)

    def whole(self, key: str, default: int, low: int, high: int) -> int:
        """A whole number from `low` to `high`, both allowed."""
        return int(self._number(key, default, low, high, whole=True))

    def number(
        self, key: str, default: float, low: float, high: float, *, use: str | None = None
    ) -> float:
        """A number from `low` to `high`, both allowed; `use` says so in other words."""
        return self._number(key, default, low, high, whole=False, use=use)

    def _number(
        self,
        key: str,
        default: float,
        low: float,
        high: float,
        *,
        whole: bool,
        use: str | None = None,
    ) -> float:
        value = self._args.get(key)
        if value is None:
            return default
        kind = "a whole number" if whole else "a number"
        fits = (
            isinstance(value, int | float)
            and not isinstance(value, bool)
            and math.isfinite(value)
            and (not whole or float(value).is_integer())
            and low <= value <= high
        )
        if not fits:
            self.problem(key, value, use or f"{kind} from {low:g} to {high:g}")
            return default
        return cast("float", value)

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._args.get(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.problem(key, value, "true or false")
            return default
        return value

    def choice(self, key: str, default: str | None, allowed: Collection[str]) -> str:
        """One of a closed list of words; required when there is no default."""
        value = self._args.get(key)
        if value is None and default is not None:
            return default
        if value not in allowed:
            self.problem(key, value, f"one of {', '.join(sorted(allowed))}")
            return default or ""
        return cast("str", value)

    def plain(self, key: str, default: str | None = None) -> str:
        """A plain, non-empty string; required when there is no default."""
        value = self._args.get(key)
        if value is None and default is not None:
            return default
        if not isinstance(value, str) or not value.strip():
            self.problem(key, value, "a text that is not empty")
            return default or ""
        return value

    def optional(self, key: str) -> str | None:
        """A plain, non-empty string, or None where it is not given."""
        return self.plain(key) if self.given(key) else None

    def text(self, key: str, pattern: str = r".+", use: str = "a text that is not empty") -> None:
        """A required string, possibly not known yet; checked only where its value is known."""
        value = self._args.get(key)
        if value is None or (
            isinstance(value, str) and not re.fullmatch(pattern, value, re.DOTALL)
        ):
            self.problem(key, value, use)

    def optional_text(self, key: str, pattern: str, use: str) -> None:
        """The same, when the argument is given."""
        if self._args.get(key) is not None:
            self.text(key, pattern, use)

    def texts(self, key: str, default: Sequence[str]) -> list[str]:
        """A list of plain strings."""
        value = self._args.get(key)
        if value is None:
            return list(default)
        if not isinstance(value, Sequence) or isinstance(value, str):
            self.problem(key, value, "a list of texts")
            return list(default)
        found = list(cast("Sequence[object]", value))
        wrong = [item for item in found if not isinstance(item, str) or not item]
        if wrong:
            self.problem(key, wrong[0], "texts that are not empty")
            return list(default)
        return cast("list[str]", found)

    def mapping(self, key: str) -> dict[str, str]:
        """A map from plain string to plain string."""
        value = self._args.get(key)
        if value is None:
            return {}
        pairs = cast("Mapping[object, object]", value) if isinstance(value, Mapping) else {None: 0}
        if not all(isinstance(k, str) and isinstance(v, str) for k, v in pairs.items()):
            self.problem(key, self._args[key], "a map from text to text")
            return {}
        return dict(cast("Mapping[str, str]", value))

    def dictionaries(self, key: str) -> list[Mapping[str, object]]:
        """A list of dictionaries, whose keys are yet to be read."""
        value = self._args.get(key)
        if value is None:
            return []
        found = cast("list[object]", value) if isinstance(value, list) else [None]
        if not all(isinstance(each, Mapping) for each in found):
            self.problem(key, self._args[key], "a list of dictionaries")
            return []
        return cast("list[Mapping[str, object]]", found)

    def take(self, place: str, inner: "Checks") -> None:
        """Note the problems of a dictionary within the arguments, which is at `place`."""
        self._problems += [f"{place}.{problem}" for problem in inner._problems]  # noqa: SLF001 - of another one

    def raise_problems(self) -> None:
        """Stop here when anything was noted; nothing has been registered yet."""
        if self._problems:
            _refuse(self._title, self._problems)


def _refuse(title: str, problems: Sequence[str]) -> NoReturn:
    count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
    raise pulumi.RunError("\n  ".join([f"{title} has {count}:", *problems]))
