"""The limits of every AWS type: of declared properties, readable, and kept to the letter."""

import json
import math
import re
import signal
import warnings
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sandbox.limits import Limit, TypeLimits, problems
from sandbox.limits.aws import read
from sandbox.limits.check import tree
from sandbox.limits.model import ITEM, KEY, VALUE
from sandbox.schema import Library, Property, Type
from tests.unit.sandbox_limits import limits

TOKENS = (
    "aws:apigatewayv2/api:Api",
    "aws:appautoscaling/policy:Policy",
    "aws:ec2/launchTemplate:LaunchTemplate",
    "aws:iam/role:Role",
    "aws:lambda/alias:Alias",
    "aws:lambda/function:Function",
    "aws:sagemaker/endpoint:Endpoint",
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration",
    "aws:sagemaker/model:Model",
)

# What many patterns begin with, and what they repeat.
ATTEMPTS = [
    (start, part)
    for start in ("", "a", "https://")
    for part in ("a", "0", "a-", "a_", "A.b", "-", "/a", " ", "a.")
]


@pytest.fixture(scope="module")
def every() -> dict[str, TypeLimits]:
    return read(Library("aws"))


def test_every_limit_is_of_a_declared_property(every: dict[str, TypeLimits]) -> None:
    library = Library("aws")
    assert len(every) > 800
    wrong = [
        f"{token} {path}"
        for token, type_limits in every.items()
        for path in type_limits.paths
        if _declared(library, token, path) is None
    ]
    assert not wrong


def _declared(library: Library, token: str, path: str) -> Type | None:
    """The declared type at a path."""
    properties: dict[str, Property] | None = library.resource(token).inputs
    kind: Type | None = None
    for part in path.split("."):
        if part in (ITEM, VALUE, KEY):
            if kind is None or kind.kind != ("array" if part == ITEM else "map"):
                return None
            kind = Type("string") if part == KEY else kind.of[0]
        elif properties is None or part not in properties:
            return None
        else:
            kind = properties[part].type
        nested = library.nested(kind.ref) if kind.kind == "ref" else None
        properties = nested.properties if nested is not None else None
    return kind


def test_every_pattern_compiles_without_a_warning(every: dict[str, TypeLimits]) -> None:
    patterns = {limit.pattern for limits in every.values() for limit in limits.paths.values()}
    assert len(patterns) > 500
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for pattern in patterns:
            re.compile(pattern)


def _ended(signal_number: int, frame: object) -> None:
    del signal_number, frame
    raise TimeoutError


def test_no_pattern_tries_without_end(every: dict[str, TypeLimits]) -> None:
    """A second of work is a thousand times what any other takes."""
    longest: dict[str, int] = {}
    for type_limits in every.values():
        for limit in type_limits.paths.values():
            if limit.pattern:
                length = limit.max_length or 512
                longest[limit.pattern] = max(length, longest.get(limit.pattern, 0))
    endless: list[str] = []
    before = signal.signal(signal.SIGVTALRM, _ended)
    try:
        for pattern, length in longest.items():
            compiled = re.compile(pattern)
            for start, part in ATTEMPTS:
                text = start + (part * 60)[: min(length, 120) - 1] + "\0"
                signal.setitimer(signal.ITIMER_VIRTUAL, 1)
                try:
                    compiled.fullmatch(text)
                except TimeoutError:
                    endless.append(pattern)
                finally:
                    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    finally:
        signal.signal(signal.SIGVTALRM, before)
    assert not endless


def test_every_limit_says_something_and_survives_the_cache(every: dict[str, TypeLimits]) -> None:
    for type_limits in every.values():
        assert type_limits.source.startswith("botocore ")
        assert type_limits.page.startswith("https://docs.aws.amazon.com/")
        assert TypeLimits.from_json(json.loads(json.dumps(type_limits.to_json()))) == type_limits
        for path, limit in type_limits.paths.items():
            bounds = (limit.minimum, limit.maximum, limit.min_length, limit.max_length)
            assert limit.values or limit.pattern or any(b is not None for b in bounds), path


def _bounded(*names: str) -> Iterator[Limit]:
    for token in TOKENS:
        for limit in limits(token).paths.values():
            if any(getattr(limit, name) is not None for name in names) and not limit.pattern:
                yield limit


def _is_allowed(limit: Limit, value: object) -> bool:
    one = TypeLimits("botocore", "https://docs.aws.amazon.com/", {"x": limit})
    return not problems(one, tree(one), {"x": value})


@settings(deadline=None)
@given(st.data())
def test_numbers_within_bounds_pass_and_those_outside_do_not(data: st.DataObject) -> None:
    limit = data.draw(st.sampled_from(list(_bounded("minimum", "maximum"))))
    low, high = limit.minimum, limit.maximum
    assert _is_allowed(limit, data.draw(st.floats(low, high, allow_nan=False)))
    if low is not None:
        below = data.draw(st.floats(max_value=math.nextafter(low, -math.inf)))
        assert _is_allowed(limit, below) is (limit.blank and below == 0)
    if high is not None:
        above = data.draw(st.floats(min_value=math.nextafter(high, math.inf)))
        assert not _is_allowed(limit, above)


@settings(deadline=None)
@given(st.data())
def test_lengths_within_bounds_pass_and_those_outside_do_not(data: st.DataObject) -> None:
    limit = data.draw(st.sampled_from(list(_bounded("min_length", "max_length"))))
    low, high = limit.min_length or 0, limit.max_length or 4096
    text = "x" * data.draw(st.integers(low, high))
    assert _is_allowed(limit, text)
    assert _is_allowed(limit, list(text))
    if low > 0:
        assert _is_allowed(limit, "x" * (low - 1)) is (limit.blank and low == 1)
    if limit.max_length is not None:
        assert not _is_allowed(limit, "x" * (high + data.draw(st.integers(1, 9))))
