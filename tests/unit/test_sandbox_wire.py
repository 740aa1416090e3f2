from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sandbox.wire import (
    OUTPUT,
    RESOURCE,
    SECRET,
    SIGNATURE,
    UNKNOWN,
    decode,
    encode,
    has_unknown,
)

LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda x: not x.is_integer()),
    st.text(),
    st.just(UNKNOWN),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.dictionaries(st.text(), VALUES, max_size=5))
def test_values_come_back_as_they_went(values: dict[str, Any]) -> None:
    assert decode(encode(values)) == (values, set())


def test_whole_numbers_stay_whole() -> None:
    values, _ = decode(encode({"n": 3.0}))
    assert isinstance(values["n"], int)


def test_secrets_are_unwrapped_and_remembered_at_any_depth() -> None:
    nested = {"a": [{SIGNATURE: SECRET, "value": "x"}]}
    assert decode(encode({"deep": nested, "open": 1})) == (
        {"deep": {"a": ["x"]}, "open": 1},
        {"deep"},
    )
    assert decode(encode({"a": {"b": UNKNOWN}}, {"a"})) == ({"a": {"b": UNKNOWN}}, {"a"})


def test_outputs_and_references() -> None:
    known = {SIGNATURE: OUTPUT, "value": 1, "secret": True}
    later = {SIGNATURE: OUTPUT}
    bucket = {SIGNATURE: RESOURCE, "urn": "urn", "id": "bucket"}
    component = {SIGNATURE: RESOURCE, "urn": "urn"}
    values, secrets = decode(encode({"a": known, "b": later, "c": bucket, "d": component}))
    assert values == {"a": 1, "b": UNKNOWN, "c": "bucket", "d": "urn"}
    assert secrets == {"a"}


def test_has_unknown() -> None:
    assert has_unknown({"a": [{"b": UNKNOWN}]})
    assert not has_unknown({"a": [{"b": None}]})
