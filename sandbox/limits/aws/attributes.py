"""What a model says in words of the keys of a map of attributes: queues' settings."""

import re
from typing import Any

__all__ = ["described"]

_NAME = re.compile(r"\s*<p>\s*<code>(\w+)</code> – ")
# `An integer from 1,024 bytes (1 KiB) to 1,048,576 bytes (1 MiB).`
_RANGE = re.compile(
    r"An integer (?:from|representing seconds, between) ([\d,]+)\b[^.]*? (?:to|and) ([\d,]+)\b"
)
_WORDS = re.compile(r"Valid values are ((?:<code>\w+</code>(?:,| and)? ?)+)\.")


def described(documentation: str) -> dict[str, dict[str, Any]]:
    """Shapes by attribute, as a model would have them; what is told otherwise is not among them."""
    found: dict[str, dict[str, Any]] = {}
    for item in documentation.split("<li>")[1:]:
        text = item.partition("</li>")[0]
        name = _NAME.match(text)
        if name is None:
            continue
        if bounds := _RANGE.search(text):
            low, high = (int(number.replace(",", "")) for number in bounds.groups())
            found[name[1]] = {"type": "integer", "min": low, "max": high}
        elif words := _WORDS.search(text):
            enum = re.findall(r"<code>(\w+)</code>", words[1])
            found[name[1]] = {"type": "string", "enum": enum}
    return found
