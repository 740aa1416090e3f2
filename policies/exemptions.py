"""Exemptions: one rule, one resource or pattern, with a reason, an owner and an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, cast


class ExemptionError(Exception):
    """What is wrong with an exemption, all at once; each problem begins with its key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Exemption:
    """`urn` is a URN or a glob over it (`*::fraud-*`); `expires` is the last day it holds."""

    rule: str
    urn: str
    reason: str
    owner: str
    expires: date

    @staticmethod
    def read(given: object, rule_ids: Sequence[str]) -> "Exemption":
        """An entry of the configuration. Raises: ExemptionError."""
        keys = tuple(one.name for one in fields(Exemption))
        if not isinstance(given, Mapping):
            raise ExemptionError([f": got {given!r}; use an object with {', '.join(keys)}"])
        entry = cast("Mapping[str, Any]", given)
        problems = [
            f".{key}: no such key{nearest(key, keys)} (keys: {', '.join(keys)})"
            for key in entry
            if key not in keys
        ]
        texts: dict[str, str] = {}
        for key in keys:
            value = entry.get(key)
            if not isinstance(value, str) or not value.strip():
                got = "nothing" if value is None else repr(value)
                problems.append(f".{key}: got {got}; every exemption says its {key}")
            else:
                texts[key] = value
        if texts.get("rule", "") and texts["rule"] not in rule_ids:
            problems.append(f".rule: no rule {texts['rule']!r}{nearest(texts['rule'], rule_ids)}")
        if "urn" in texts and not texts["urn"].strip("*?:"):
            problems.append(f".urn: {texts['urn']!r} exempts everything; name a resource")
        expires = date.min
        if "expires" in texts:
            try:
                expires = date.fromisoformat(texts["expires"])
            except ValueError:
                problems.append(f".expires: got {texts['expires']!r}; use a date like 2027-01-31")
        if problems:
            raise ExemptionError(problems)
        return Exemption(texts["rule"], texts["urn"], texts["reason"], texts["owner"], expires)

    def covers(self, rule: str, urn: str) -> bool:
        """Whether it names this rule and this resource, expired or not."""
        return self.rule == rule and self.matches(urn)

    def matches(self, urn: str) -> bool:
        """Whether it names this resource."""
        return urn == self.urn or fnmatchcase(urn, self.urn)

    def expired(self, today: date) -> bool:
        """The day after the last one."""
        return today > self.expires

    def __str__(self) -> str:
        return f"until {self.expires}, by {self.owner}: {self.reason}"


def nearest(wrong: str, known: Sequence[str]) -> str:
    """`; did you mean …?` where something is near."""
    close = get_close_matches(wrong, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
