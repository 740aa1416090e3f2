"""Arguments are checked all at once, and what is not known yet is let pass."""

import asyncio
from typing import Any

import pulumi
import pytest

from components.checks import Checks

KNOWN = ("name", "count", "share", "kind", "flag", "words", "map")


def _checks(**args: Any) -> Checks:  # noqa: ANN401
    return Checks("Thing", "one", args, KNOWN)


def _message(checks: Checks) -> str:
    with pytest.raises(pulumi.RunError) as caught:
        checks.raise_problems()
    return str(caught.value)


def test_nothing_wrong_raises_nothing() -> None:
    checks = _checks(count=2.0, share=0.5, kind="a", flag=True, words=["x"], map={"a": "b"})
    # Other languages send every number as a double.
    assert checks.whole("count", 1, 0, 5) == 2
    assert isinstance(checks.whole("count", 1, 0, 5), int)
    assert checks.number("share", 0, 0, 1) == 0.5
    assert checks.choice("kind", "b", ("a", "b")) == "a"
    assert checks.flag("flag", default=False)
    assert checks.texts("words", []) == ["x"]
    assert checks.mapping("map") == {"a": "b"}
    checks.raise_problems()


def test_a_word_without_a_default_is_required() -> None:
    checks = _checks()
    assert checks.choice("kind", "b", ("a", "b")) == "b"
    assert not checks.choice("kind", None, ("a", "b"))
    assert _message(checks) == "Thing one has 1 problem:\n  kind: got None; use one of a, b"


def test_every_problem_is_told_at_once() -> None:
    checks = _checks(count=130, kind="c", nme="x")
    checks.whole("count", 0, 0, 100)
    checks.choice("kind", "a", ("a", "b"))
    assert _message(checks) == (
        "Thing one has 3 problems:\n"
        "  nme: no such argument; did you mean name?\n"
        "  count: got 130; use a whole number from 0 to 100\n"
        "  kind: got 'c'; use one of a, b"
    )


@pytest.mark.parametrize("value", [-1, 101, 1.5, True, "5", float("nan"), float("inf"), [1]])
def test_a_whole_number_is_whole_and_within_bounds(value: object) -> None:
    checks = _checks(count=value)
    assert checks.whole("count", 7, 0, 100) == 7
    assert "use a whole number from 0 to 100" in _message(checks)


@pytest.mark.parametrize("value", [0, 100])
def test_both_bounds_are_allowed(value: int) -> None:
    checks = _checks(count=value)
    assert checks.whole("count", 7, 0, 100) == value
    checks.raise_problems()


def test_an_unknown_text_is_let_pass() -> None:
    async def body() -> None:
        later = pulumi.Output.from_input("later")
        checks = _checks(name=later)
        checks.text("name", r"\d+", "digits")
        checks.optional_text("kind", r"\d+", "digits")
        checks.raise_problems()
        await later.future()

    asyncio.run(body())


@pytest.mark.parametrize("value", [None, "", "abc"])
def test_a_known_text_is_checked(value: str | None) -> None:
    checks = _checks(name=value)
    checks.text("name", r"\d+", "digits")
    assert f"name: got {value!r}; use digits" in _message(checks)


@pytest.mark.parametrize("value", ["x", [""], [1], 5])
def test_a_list_of_texts(value: object) -> None:
    checks = _checks(words=value)
    assert checks.texts("words", ["d"]) == ["d"]
    assert "words: got" in _message(checks)


@pytest.mark.parametrize("value", ["x", {"a": 1}, {1: "a"}])
def test_a_map_of_texts(value: object) -> None:
    checks = _checks(map=value)
    assert checks.mapping("map") == {}
    assert "use a map from text to text" in _message(checks)


def test_a_list_of_dictionaries() -> None:
    checks = _checks(words=[{"a": 1}, {}])
    assert checks.dictionaries("words") == [{"a": 1}, {}]
    assert checks.dictionaries("map") == []
    checks.raise_problems()
    for wrong in ("text", {"a": 1}, [{"a": 1}, "b"], [None]):
        checks = _checks(words=wrong)
        assert checks.dictionaries("words") == []
        assert f"words: got {wrong!r}; use a list of dictionaries" in _message(checks)
