"""Keeps the values of secret properties out of messages and events, whole or shortened."""

import base64
import json
import re
import urllib.parse
from collections.abc import Collection, Iterator, Mapping
from typing import Any, cast

from sandbox.check import Problem

__all__ = ["HIDDEN", "Mask"]

HIDDEN = "[secret]"
# A shorter value is hidden where it stands alone; of a longer one any beginning of this length.
_ALONE, _BEGINNING = 4, 8
_ELLIPSIS = "…"


class Mask:
    """Hides the values, at any depth, of the properties that are named secret."""

    def __init__(self, names: Collection[str], *values: Mapping[str, Any]) -> None:
        self._secrets: set[str] = set()
        for properties in values:
            for name in names:
                self._secrets.update(_leaves(properties.get(name)))

    def text(self, text: str) -> str:
        """The text without the secrets."""
        forms = {form for secret in self._secrets for form in _forms(secret)}
        for form in sorted(forms, key=len, reverse=True):
            text = _without(text, form)
        return text

    def problems(self, found: list[Problem]) -> list[Problem]:
        """The problems without the secrets."""
        if not self._secrets:
            return found
        return [Problem(problem.path, self.text(problem.reason)) for problem in found]


def _leaves(value: Any) -> Iterator[str]:  # noqa: ANN401 - a property value
    """Texts and numbers below a value; a boolean tells nothing."""
    if isinstance(value, str):
        if value:
            yield value
    elif isinstance(value, bool):
        return
    elif isinstance(value, int | float):
        yield f"{value:g}" if isinstance(value, float) else str(value)
    elif isinstance(value, dict):
        for item in cast("dict[str, Any]", value).values():
            yield from _leaves(item)
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _leaves(item)


def _forms(secret: str) -> set[str]:
    """The ways in which messages write a value."""
    return {
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
        urllib.parse.quote(secret, safe=""),
        base64.b64encode(secret.encode(errors="surrogateescape")).decode(),
    }


def _without(text: str, secret: str) -> str:
    if len(secret) < _ALONE:
        return re.sub(rf"(?<![\w.]){re.escape(secret)}(?![\w.])", HIDDEN, text)
    beginning = secret[:_BEGINNING]
    parts: list[str] = []
    position = 0
    while (start := text.find(beginning, position)) >= 0:
        end = start + len(beginning)
        while end - start < len(secret) and text[end : end + 1] == secret[end - start]:
            end += 1
        parts += [text[position:start], HIDDEN]
        position = end
    text = "".join([*parts, text[position:]])
    for length in range(len(beginning) - 1, 0, -1):
        text = text.replace(f"{secret[:length]}{_ELLIPSIS}", f"{HIDDEN}{_ELLIPSIS}")
    return text
