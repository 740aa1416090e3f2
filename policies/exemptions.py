"""Exemptions: one rule, one resource or pattern, with a reason, an owner and an end."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any, Final, cast

# Stack, project, type, name.
_URN: Final = 4
# Signs of which one stands for any that is there, as `[!x]` does.
_ANY: Final = re.compile(r"\[[^\]]*\]")


class ExemptionError(Exception):
    """What is wrong with an exemption, all at once; each problem begins with its key."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Exemption:
    """`urn` is a URN or a glob over it; `expires` is the last day it holds.

    A glob is read from its end, part by part between `::`: `*::fraud-*` is about names, and
    `*::*aws:s3/bucket:Bucket::*` about a type. No `*` reaches over a `::`, except a first one.
    """

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
        if "urn" in texts and _names_nothing(texts["urn"]):
            problems.append(
                f".urn: {texts['urn']!r} exempts everything; name a resource, as `*::fraud-*` does"
            )
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
        if urn == self.urn:
            return True
        wanted, found = _parts(self.urn), _parts(urn)
        return urn.startswith("urn:") and all(map(fnmatchcase, found, wanted))

    def expired(self, today: date) -> bool:
        """The day after the last one."""
        return today > self.expires

    def __str__(self) -> str:
        return f"until {self.expires}, by {self.owner}: {self.reason}"


def _parts(urn: str) -> list[str]:
    """Stack, project, type and name of a URN or a glob; what a glob leaves out in front is `*`.

    A name may itself hold `::`, so that one cannot pose as another whose end it is.
    """
    if urn.startswith("urn:"):
        parts = urn.split("::", _URN - 1)
        # What does not say all four means nothing.
        return parts if len(parts) == _URN else [*parts, *[""] * (_URN - len(parts))]
    parts = urn.rsplit("::", _URN - 1)
    if len(parts) < _URN and parts[0] == "*" and len(parts) > 1:
        parts = parts[1:]
    return ["*"] * (_URN - len(parts)) + parts


def _names_nothing(urn: str) -> bool:
    """Whether neither the type nor the name is told apart from others."""
    return not any(_ANY.sub("", part).strip("*?:$") for part in _parts(urn)[2:])


def nearest(wrong: str, known: Sequence[str]) -> str:
    """`; did you mean …?` where something is near."""
    close = get_close_matches(wrong, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""
