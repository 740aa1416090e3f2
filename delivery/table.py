"""Tables that stay readable in 80 columns, in pipes, without colour and for screen readers."""

import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from typing import Final, TextIO

_GAP: Final = "  "
_PAINT: Final = re.compile(r"\x1b\[[0-9;]*m")


def width(text: str) -> int:
    """Columns that a text takes in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def columns(stream: TextIO) -> int | None:
    """Columns of the terminal; None for a pipe or a file, which have no width."""
    return shutil.get_terminal_size((80, 24)).columns if stream.isatty() else None


def colour(stream: TextIO, *, plain: bool) -> bool:
    """Whether to colour: a terminal, and nobody said no."""
    return (
        not plain
        and stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
    )


def table(
    heads: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    room: int | None,
    below: Sequence[str] = (),
) -> list[str]:
    """Lines of a table without boxes.

    Where the rows are wider than the room, the columns named in `below` move to lines of their own
    under each row, one after the other until the rest fits. What still does not fit is wrapped by
    the terminal: nothing is cut off.
    """
    rows = [[one_line(cell) for cell in row] for row in rows]
    kept = list(range(len(heads)))
    for name in below:
        if room is None or max(map(width, _lines(heads, rows, kept))) <= room:
            break
        kept.remove(heads.index(name))
    moved = [at for at in range(len(heads)) if at not in kept]
    head, *body = _lines(heads, rows, kept)
    lines = [head]
    for line, row in zip(body, rows, strict=True):
        lines += [line, *(f"{_GAP}{row[at]}" for at in moved)]
    return lines


def one_line(text: str) -> str:
    """One line, and nothing that a terminal would obey."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _lines(heads: Sequence[str], rows: Sequence[Sequence[str]], kept: Sequence[int]) -> list[str]:
    everything = [[row[at] for at in kept] for row in [[h.upper() for h in heads], *rows]]
    widths = [max(width(row[at]) for row in everything) for at in range(len(kept))]
    return [
        _GAP.join(
            cell + " " * (room - width(cell)) for cell, room in zip(row, widths, strict=True)
        ).rstrip()
        for row in everything
    ]


def wrapped(text: str, room: int | None) -> str:
    """A text whose lines are no longer than the room, where their words allow it.

    What goes on stands two columns further in. Words are never broken: paths and addresses stay
    whole for whoever copies them. Colours take no room.
    """
    if room is None:
        return text
    return "\n".join(part for line in text.split("\n") for part in _parts(line, room))


def _parts(line: str, room: int) -> list[str]:
    indent = len(line) - len(line.lstrip(" "))
    # Each word with the blanks before it; those at the beginning belong to the first.
    words = re.findall(r"\s*\S+", line)
    parts = words[:1]
    for word in words[1:]:
        if width(_PAINT.sub("", parts[-1] + word)) <= room:
            parts[-1] += word
        else:
            parts.append(" " * (indent + len(_GAP)) + word.lstrip())
    return parts or [line]


def show(lines: Sequence[str], *, plain: bool) -> None:
    """Print a table; the head is bold where colour is allowed."""
    head, *rest = lines
    if colour(sys.stdout, plain=plain):
        head = f"\x1b[1m{head}\x1b[0m"
    print("\n".join([head, *rest]))
