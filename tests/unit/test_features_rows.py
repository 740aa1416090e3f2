"""What is read of a store becomes a model's rows: of their types, and for entities that fit."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.errors import FeatureFault
from runtime.features import FeatureSource, read_features
from runtime.features.store import Entity
from runtime.requests import RefusedError
from runtime.tensors import TensorSpec
from tests.unit.test_features import ENTITIES, REDIS


class Memory:
    """A store that has given values."""

    def __init__(self, *values: object) -> None:
        self._values = list(values)

    def read(self, entities: Sequence[Entity]) -> list[list[object]]:
        return [self._values for _ in entities]

    def close(self) -> None:
        """Nothing to close."""


def memory(dtype: str, value: object, **more: object) -> FeatureSource:
    inputs = (TensorSpec("features", dtype, (1,)),)
    settings = {**REDIS, "url": "redis://x:1", "features": ["age"], **more}
    return FeatureSource(read_features(settings, inputs, {}), inputs, Memory(value))


@pytest.mark.parametrize(
    ("dtype", "stored", "value"),
    [
        ("float32", b"12.5", 12.5),
        ("float32", 3, 3.0),
        ("float64", b"1e300", 1e300),
        ("int64", b"9223372036854775807", 2**63 - 1),
        ("int32", -(2**31), -(2**31)),
        ("int8", b"-128", -128),
        ("uint8", b"255", 255),
        ("uint64", b"18446744073709551615", 2**64 - 1),
        ("float16", b"65504", 65504.0),
        ("bool", b"true", True),
        ("bool", b"0", False),
        ("bool", False, False),
        ("str", "é".encode(), "é"),
        ("str", "", ""),
    ],
)
def test_a_stored_value_becomes_the_models_type(dtype: str, stored: object, value: object) -> None:
    assert memory(dtype, stored).rows(ENTITIES[:1]) == [[value]]


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        ("float32", b"canary"),
        ("float32", b"1e39"),
        ("float32", b"inf"),
        ("float32", True),
        ("float64", []),
        ("int64", b"9223372036854775808"),
        ("int64", 1.0),
        ("int64", b"1.5"),
        ("int32", b"2147483648"),
        ("int8", b"-129"),
        ("uint8", b"-1"),
        ("float16", b"65505"),
        ("bool", b"canary"),
        ("bool", 2),
        ("str", 7),
        ("str", b"\xff"),
    ],
)
def test_a_stored_value_of_another_type_is_a_fault_that_does_not_say_it(
    dtype: str, stored: object
) -> None:
    with pytest.raises(FeatureFault) as caught:
        memory(dtype, stored).rows(ENTITIES[:1])
    assert str(caught.value) == f"entities[0]: the feature store's age is no {dtype}"
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("stored", [b"nan", float("nan"), "NaN"])
def test_not_a_number_counts_as_a_missing_feature(stored: object) -> None:
    with pytest.raises(FeatureFault, match="has no age for it"):
        memory("float32", stored).rows(ENTITIES[:1])
    assert memory("float32", stored, defaults={"age": 1}).rows(ENTITIES[:1]) == [[1]]


MISFITS: list[tuple[object, str]] = [
    ([], "entities: use a list of objects with customer_id"),
    ({}, "entities: use a list of objects with customer_id"),
    (["7"], "entities[0]: use an object with customer_id"),
    ([{}], "entities[0]: use an object with customer_id"),
    ([{"customer_id": 1, "x": 2}], "entities[0]: use an object with customer_id"),
    ([{"customer_id": "7"}], "entities[0].customer_id: use a whole number"),
    ([{"customer_id": True}], "entities[0].customer_id: use a whole number"),
    ([{"customer_id": 7.0}], "entities[0].customer_id: use a whole number"),
    ([{"customer_id": 2**63}], "entities[0].customer_id: use a whole number"),
    ([{"customer_id": 1}] * 1001, "entities: got 1001; use at most 1000"),
]


@pytest.mark.parametrize(("entities", "reason"), MISFITS)
def test_entities_that_do_not_fit_are_refused(entities: object, reason: str) -> None:
    with pytest.raises(RefusedError) as caught:
        memory("float32", b"1").rows(entities)
    assert (caught.value.status, str(caught.value)) == (400, reason)


@given(st.text(max_size=300))
def test_no_text_leaves_the_template_of_its_key(text: str) -> None:
    found = memory("float32", b"1", entities={"id": "string"}, key="customer:{id}")
    asked: list[Entity] = [{"id": text}]
    taken = 0 < len(text) <= 256 and not set(text) & set(":{}* \r\n\0")
    try:
        found.rows(asked)
    except RefusedError:
        assert not (taken and text.isascii() and text.isalnum())
    else:
        assert taken
