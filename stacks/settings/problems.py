"""What is wrong with the settings, said once: all problems of all files in one report."""

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Final

DOCS_PAGE = "docs/errors.md"
_LONGEST_VALUE = 60


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a value is written. Lines and columns count from 1; 0 means not known."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One mistake: where, which key, what it is, what is allowed, and the way out."""

    place: Place
    code: str
    key: str
    message: str
    allowed: str = ""
    nearest: str = ""
    fix: str = ""
    source: str = ""

    def lines(self) -> list[str]:
        """The problem as text, the place first so that editors and terminals can open it."""
        subject = f"{self.key}: " if self.key else ""
        said = [f"{self.place}: {self.code} {subject}{self.message}"]
        if self.nearest:
            said.append(f"  did you mean: {self.nearest}?")
        if self.allowed:
            said.append(f"  allowed: {self.allowed}")
        if self.fix:
            said.append(f"  fix: {self.fix}")
        if self.source:
            said.append(f"  source: {self.source}")
        # A key may be any text, and so may what somebody else has answered: each line is one.
        return ["".join(c if c.isprintable() else repr(c)[1:-1] for c in line) for line in said]

    def as_json(self) -> dict[str, object]:
        """The problem as plain data for `--json`."""
        flat = asdict(self)
        place = flat.pop("place")
        return {**place, **flat}


class SettingsError(Exception):
    """The settings cannot be used; `problems` holds every reason, in reading order."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__(report(self.problems))


def report(problems: Sequence[Problem]) -> str:
    """All problems as one text, without a traceback and without colour."""
    count = len(problems)
    files = len({problem.place.file for problem in problems})
    head = (
        f"{count} problem{'s' * (count != 1)} in the settings "
        f"({files} file{'s' * (files != 1)}); nothing was changed. Codes: {DOCS_PAGE}"
    )
    return "\n".join([head, *(line for problem in problems for line in problem.lines())])


# What people call a value that has another name here; KServe's modes had the first three.
_OTHER_NAMES: Final = {
    "raw": "standard",
    "rawdeployment": "standard",
    "serverless": "knative",
    "lgbm": "lightgbm",
    "scikit_learn": "sklearn",
    "tf": "tensorflow",
    "torch": "pytorch",
    "transformers": "huggingface",
}


def nearest(word: object, known: Iterable[str]) -> str:
    """The known word closest to a misspelt one; empty when none is close."""
    if not isinstance(word, str):
        return ""
    folded = {candidate.lower().replace("-", "_"): candidate for candidate in known}
    asked = word.lower().replace("-", "_")
    if (other := _OTHER_NAMES.get(asked)) in folded:
        return folded[other]
    if asked in folded:
        return folded[asked]
    found = difflib.get_close_matches(asked, folded, n=1, cutoff=0.6)
    return folded[found[0]] if found else ""


def shown(value: object) -> str:
    """A value as a report shows it: one line, no control characters, cut when long."""
    if isinstance(value, dict):
        text = "a mapping"
    elif isinstance(value, (list, tuple)):
        text = "a list"
    elif value is None:
        text = "nothing (null)"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, str):
        text = '"' + "".join(c if c.isprintable() else repr(c)[1:-1] for c in value) + '"'
    else:
        # An integer of thousands of digits is refused by str() itself.
        text = "a huge number" if isinstance(value, int) and abs(value) >= 10**30 else str(value)
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"
