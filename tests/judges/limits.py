"""Mistakes against what the truth tables allow, made mechanically in examples that others wrote.

- `enum`: an allowed word with one letter wrong
- `range`: a number one below or above
- `length`: a text one character too short or too long
- `pattern`: a text that the pattern does not match
- `items`: a list with one item too few or too many

Beside each mutant is the same with an allowed value, from the other side of the boundary: where the
sandbox refuses that, either it or the table is wrong, or the vendor is stricter than the table.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from sandbox.wire import UNKNOWN
from tests.judges.corpora.model import Resource
from tests.judges.knowledge import Knowledge
from tests.judges.mutant import Mutant
from tests.judges.shape import misspelt
from tests.judges.walk import places, put

__all__ = ["KINDS", "Pair", "pairs"]

KINDS = ("enum", "range", "length", "pattern", "items")
LONGEST = 70_000
# Tried in this order where a pattern must be matched and no example has a value.
WORDS = ("a", "abc", "example", "Example1", "example-1", "1", "1.0", "12345678", "/example", "A")
# Tried in this order where a pattern must be broken.
BREAKS = ("!", " ", "~", "/", "é", "\n", "A", "a", "0", "-", "")


@dataclass(frozen=True, slots=True)
class Pair:
    """A mutant, the same with a value that is not known yet, and with one that the table allows.

    What is said of the one that is not known has other reasons than the value, as that something
    else excludes the property. `allowed` is None where no such value is known.
    """

    mutant: Mutant
    open: Mapping[str, Any]
    allowed: Mapping[str, Any] | None


def pairs(
    knowledge: Knowledge, token: str, resources: list[Resource], chance: random.Random
) -> Iterator[Pair]:
    """Mutants of a type's examples: for each fact of the table one or two."""
    for path, facts in knowledge.limits(token, resources).items():
        steps = knowledge.steps(token, path)
        if steps is None:
            continue
        kind, items = knowledge.kinds(token, steps)
        resource = _host(resources, path, chance)
        good = _values(resources, path)
        found = list(mistakes(facts, items or kind, [*_items_of(good)] if items else good, chance))
        if items:
            found = [(n, [wrong], None if ok is None else [ok]) for n, wrong, ok in found]
            found += _items(facts, good)
        for name, wrong, allowed in found:
            mistake = f"{path} is {_short(wrong)}; {_fact(facts)}"
            mutant = Mutant(name, resource, path, path, put(resource.inputs, steps, wrong), mistake)
            right = None if allowed is None else put(resource.inputs, steps, allowed)
            yield Pair(mutant, put(resource.inputs, steps, UNKNOWN), right)


def mistakes(
    facts: Mapping[str, Any], kind: str, good: list[Any], chance: random.Random
) -> Iterator[tuple[str, Any, Any]]:
    """Kind of mistake, a value that is not allowed, and one that is (None where none is known)."""
    if kind in {"array", "map", "ref", "object"}:
        return
    if facts.get("enum"):
        words = [str(word) for word in facts["enum"]]
        word = chance.choice(words)
        wrong = misspelt(word, chance) if word else "x"
        if wrong.lower() not in [w.lower() for w in words]:
            yield "enum", wrong, word
        return
    for name, step in (("min", -1), ("max", 1)):
        if name in facts:
            wrong, right = facts[name] + step, facts[name]
            yield ("range", str(wrong), str(right)) if kind == "string" else ("range", wrong, right)
    if kind not in {"integer", "number", "boolean"}:
        yield from _texts(facts, good)


def _texts(facts: Mapping[str, Any], good: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    texts = [value for value in good if isinstance(value, str) and value]
    word = _matching(facts.get("pattern"), [*texts, *WORDS])
    low, high = facts.get("min_length", 0), facts.get("max_length")
    if low and (low > 1 or word is not None):
        yield "length", (word or "a")[:1] * (low - 1), _stretched(word, low, facts)
    if high is not None and high < LONGEST:
        yield "length", _long(word or "a", high + 1), _stretched(word, high, facts)
    if facts.get("pattern") and (broken := _breaking(facts, word)) is not None:
        yield "pattern", broken, word


def _items_of(values: list[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from cast("list[Any]", value)


def _items(facts: Mapping[str, Any], good: list[Any]) -> Iterator[tuple[str, Any, Any]]:
    """A list of one item too few is only one where two are wanted: an empty one is as none."""
    lists = [cast("list[Any]", value) for value in good if isinstance(value, list) and value]
    if not lists:
        return
    items = lists[0]
    low, high = facts.get("min_items", 0), facts.get("max_items")
    if low > 1:
        yield "items", _many(items, low - 1), _many(items, low)
    if high is not None and 1 < high < LONGEST:
        yield "items", _many(items, high + 1), _many(items, high)


def _many(items: list[Any], count: int) -> list[Any]:
    """That many items, texts different from one another: a set would lose the same ones."""
    return [
        f"{item}{index}" if index >= len(items) and isinstance(item, str) else item
        for index, item in ((index, items[index % len(items)]) for index in range(count))
    ]


def _host(resources: list[Resource], path: str, chance: random.Random) -> Resource:
    """An example that has the property; else one with most of what is around it."""
    best: dict[int, list[Resource]] = {}
    names = path.split(".")
    for resource in resources:
        have = {place.names for place in places(resource.inputs)}
        depth = max(n for n in range(len(names) + 1) if n == 0 or tuple(names[:n]) in have)
        best.setdefault(depth, []).append(resource)
    return chance.choice(best[max(best)])


def _values(resources: list[Resource], path: str) -> list[Any]:
    """What the examples have there, as far as it is known."""
    return [
        place.value
        for resource in resources
        for place in places(resource.inputs)
        if place.path == path and place.value is not UNKNOWN
    ]


def _matching(pattern: str | None, words: list[str]) -> str | None:
    """The first word that a pattern matches."""
    if pattern is None:
        return words[0]
    found = _compiled(pattern)
    return None if found is None else next((word for word in words if found.search(word)), None)


def _breaking(facts: Mapping[str, Any], word: str | None) -> str | None:
    """A text that the pattern does not match, most like the word that it does, of a fit length."""
    pattern = _compiled(facts["pattern"])
    if pattern is None:
        return None
    base = word or "example"
    tries = [f"{base[:-1]}{letter}" for letter in BREAKS]
    tries += [f"{letter}{base[1:]}" for letter in BREAKS]
    tries += [letter for letter in BREAKS if letter]
    low, high = facts.get("min_length", 1), facts.get("max_length", LONGEST)
    fit = [text for text in tries if max(low, 1) <= len(text) <= high]
    return next((text for text in fit if not pattern.search(text)), None)


def _stretched(word: str | None, length: int, facts: Mapping[str, Any]) -> str | None:
    """A text of a length that the pattern, if there is one, still matches."""
    if word is None:
        return None
    text = _long(word, length)
    return text if _matching(facts.get("pattern"), [text]) is not None else None


def _long(word: str, length: int) -> str:
    """The word with its middle letter repeated, or its beginning."""
    if len(word) >= length:
        return word[:length]
    middle = len(word) // 2
    return word[:middle] + word[middle] * (length - len(word)) + word[middle:]


def _compiled(pattern: str) -> re.Pattern[str] | None:
    """Go's regular expression in Python; None where it means something else or nothing."""
    try:
        return re.compile(pattern.replace(r"\z", r"\Z").replace("[[:alnum:]]", "[0-9A-Za-z]"))
    except re.error:
        return None


def _fact(facts: Mapping[str, Any]) -> str:
    told = {name: value for name, value in facts.items() if name not in {"required", "replace"}}
    return ", ".join(f"{name} {_short(value)}" for name, value in told.items())


def _short(value: Any) -> str:  # noqa: ANN401
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}…"
