"""Text from settings and messages in Markdown and HTML: it is shown, and never obeyed."""

import re
from typing import Final

from delivery.reporting.words import clean

__all__ = ["code", "prose"]

# Numeric references stand for characters that no parser takes for structure:
# https://spec.commonmark.org/0.31.2/#entity-and-numeric-character-references
_PLAIN: Final = re.compile(r"[A-Za-z0-9 ,;%()=/'→…≤\u00c0-\u1fff\u2030-\uffff]")
# Plain where they are a sentence's or a version's, and begin no list, address, emphasis or emoji.
_IN_PLACE: Final = (
    re.compile(r"(?<=[A-Za-z0-9)]):(?=\s|$)"),
    re.compile(r"(?<=[A-Za-z0-9)])(?<!www)\.(?=[0-9])", re.IGNORECASE),
    re.compile(r"(?<=[A-Za-z)])\.(?=\s|$)"),
    re.compile(r"(?<=[A-Za-z0-9])[-_](?=[A-Za-z0-9])"),
    re.compile(r"(?<= )\+(?= )"),
)
# GitHub makes links of @names, of #numbers and of addresses, outside of code.
_LINKED: Final = frozenset("@#")
_APART: Final = "&#8203;"


def prose(text: str, longest: int = 300) -> str:
    """A sentence. A mark that no eye sees keeps GitHub from making links of names and numbers.

    `longest` is what it takes in the comment, where a mark is written with several characters.
    """
    return _escaped(clean(text), longest, apart=True)


def code(text: str, longest: int = 120) -> str:
    """A name or a value."""
    # Without a mark in between: it would be copied with the value. Nothing is linked in code.
    return f"<code>{_escaped(clean(text), longest, apart=False)}</code>"


def _escaped(text: str, longest: int, *, apart: bool) -> str:
    # No mark takes less room than it did; what is longer shows by one that has none.
    text = text[: longest + 1]
    plain = {match.start() for pattern in _IN_PLACE for match in pattern.finditer(text)}
    made: list[str] = []
    room = longest
    for at, c in enumerate(text):
        mark = c if at in plain or _PLAIN.fullmatch(c) else f"&#{ord(c)};"
        mark += _APART if apart and c in _LINKED else ""
        room -= len(mark)
        if room < 0:
            made.append("…")
            break
        made.append(mark)
    return "".join(made)
