"""The tables of the providers' validators: of declared properties, readable, and quick to ask."""

import json
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from sandbox.limits import Limit, TypeLimits, problems
from sandbox.limits import validators as tables
from sandbox.limits.check import tree
from sandbox.limits.formats import FORMATS, WORDS
from sandbox.limits.model import ITEM, KEY, VALUE
from sandbox.limits.regexp import forbidding, translated
from sandbox.limits.validators import validators
from sandbox.rules.build.names import kinds_of
from sandbox.schema import Library, Property, Type

PROVIDERS = ("aws", "gcp")
TYPES = {"aws": 1300, "gcp": 800}
# Of what there are 545 patterns in both tables: those that Python cannot say, or not soon.
DROPPED = 60


def table(provider: str) -> Mapping[str, Mapping[str, Any]]:
    path = Path(tables.__file__).with_name(provider) / "validators.json"
    return json.loads(path.read_text(encoding="utf-8"))["types"]


def checks(check: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield check
    for group in check.get("any", ()):
        for part in group:
            yield from checks(part)


def every_check(provider: str) -> Iterator[Mapping[str, Any]]:
    for paths in table(provider).values():
        for check in paths.values():
            yield from checks(check)


def declared(library: Library, token: str, path: str) -> Type | None:
    """The declared type at a path."""
    properties: Mapping[str, Property] | None = library.resource(token).inputs
    found: Type | None = None
    for name in path.split("."):
        if name in (ITEM, VALUE):
            kind = "array" if name == ITEM else "map"
            found = dict(kinds_of(library, found)).get(kind) if found else None
            found = found.of[0] if found else None
        elif name == KEY:
            found = Type("string") if found and found.kind == "map" else None
        else:
            property_ = (properties or {}).get(name)
            found = property_.type if property_ else None
        if found is None:
            return None
        inner = dict(kinds_of(library, found)).get("object")
        nested = library.nested(inner.ref) if inner else None
        properties = nested.properties if nested else None
    return found


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_path_is_declared(provider: str) -> None:
    library = Library(provider)
    found = validators(library)
    assert len(found) > TYPES[provider]
    wrong = [
        f"{token} {path}"
        for token, limits in found.items()
        for path in limits.paths
        if declared(library, token, path) is None
    ]
    assert not wrong


def test_every_pattern_and_format_is_known() -> None:
    dropped: set[str] = set()
    for provider in PROVIDERS:
        for check in every_check(provider):
            dropped |= {go for go in check.get("pattern", ()) if translated(go) is None}
            dropped |= {go for go in check.get("not", ()) if forbidding((go,)) is None}
            assert set(check.get("format", ())) <= FORMATS.keys() & WORDS.keys()
            assert check.get("enum", ["a"])
    assert len(dropped) <= DROPPED


def test_limits_survive_the_cache() -> None:
    for provider in PROVIDERS:
        for limits in validators(Library(provider)).values():
            assert TypeLimits.from_json(json.loads(json.dumps(limits.to_json()))) == limits


def test_no_pattern_takes_without_end() -> None:
    """Texts of what patterns repeat, which do not match at their end: Go's engine is linear."""
    patterns = {
        (go, text)
        for provider in PROVIDERS
        for check in every_check(provider)
        for go in (*check.get("pattern", ()), *check.get("not", ()))
        for text in (part * 40 + "\n" for part in ("a", "0", "a-", "a.", "/a", "-", "a b", "A:1"))
    }
    slow: list[tuple[float, str]] = []

    def ended(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, ended)
    try:
        for go, text in sorted(patterns):
            limit = Limit(pattern=translated(go) or "", forbidden=forbidding((go,)) or "")
            limits = TypeLimits("a", "b", {"a": limit})
            signal.alarm(5)
            started = time.process_time()
            try:
                problems(limits, tree(limits), {"a": text})
            except TimeoutError:
                slow.append((time.process_time() - started, go))
            signal.alarm(0)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
    assert not slow
