"""The document of a profile: read whole, or refused with every problem."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.drift.profile import MAX_BYTES, MAX_PARTS, Column, Profile, ProfileError, read

NUMBERS: dict[str, Any] = {
    "name": "age",
    "column": 0,
    "edges": [29.5, 41.5],
    "shares": [0.3, 0.4, 0.3, 0],
}
TEXTS: dict[str, Any] = {
    "name": "plan",
    "column": 1,
    "values": ["basic", "pro"],
    "shares": [0.6, 0.4, 0],
}
DOCUMENT: dict[str, Any] = {
    "format": "model-serving-drift-profile",
    "version": 1,
    "rows": 1200,
    "features": [NUMBERS, TEXTS],
    "predictions": [
        {"name": "churn", "tensor": "label", "edges": [0.5], "shares": [0.9, 0.0999, 0.0001]}
    ],
}


def problem(document: object) -> str:
    with pytest.raises(ProfileError) as found:
        read(document if isinstance(document, (str, bytes)) else json.dumps(document))
    assert "\n" not in str(found.value)
    return str(found.value)


def with_numbers(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    column = {key: value for key, value in (NUMBERS | changes).items() if value is not None}
    return {**DOCUMENT, "features": [column]}


def test_a_document_is_read_and_written_again() -> None:
    found = read(json.dumps(DOCUMENT))
    assert found == Profile(
        1200,
        (
            Column("feature", "age", 0, (0.3, 0.4, 0.3, 0), (29.5, 41.5)),
            Column("feature", "plan", 1, (0.6, 0.4, 0), (), ("basic", "pro")),
            Column("prediction", "churn", 0, (0.9, 0.0999, 0.0001), (0.5,), None, "label"),
        ),
    )
    assert read(found.text()) == found
    assert read(found.text().encode()).text() == found.text()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"edges": []}, "features[0].edges: use 1 to 50 numbers"),
        ({"edges": [2, 2]}, "features[0].edges: use 1 to 50 numbers, each larger than the last"),
        ({"edges": [1, float("inf")]}, "features[0].edges: use 1 to 50 numbers"),
        ({"edges": [1, 10**400]}, "features[0].edges: use 1 to 50 numbers"),
        ({"edges": [True, 2]}, "features[0].edges: use 1 to 50 numbers"),
        ({"edges": None}, "features[0]: use edges, of numbers, or values, of texts"),
        ({"values": ["a"]}, "features[0]: use edges, of numbers, or values, of texts"),
        ({"edges": None, "values": ["a", "a"]}, "features[0].values: use 1 to 50 texts, each once"),
        ({"edges": None, "values": [1]}, "features[0].values: use 1 to 50 texts, each once"),
        ({"shares": [0.3, 0.4, 0.3]}, "features[0].shares: use 4 numbers from 0 to 1"),
        ({"shares": [0.3, 0.4, 0.4, -0.1]}, "features[0].shares: use 4 numbers from 0 to 1"),
        ({"shares": [0.3, 0.4, 0.3, 0.002]}, "features[0].shares: they add up to 1.002; use 1"),
        ({"column": -1}, "features[0].column: got -1; use a whole number from 0"),
        ({"column": True}, "features[0].column: got True; use a whole number from 0"),
        ({"name": "a\nb"}, "features[0].name: use 1 to 128 printable characters"),
        ({"name": "n" * 129}, "features[0].name: use 1 to 128 printable characters"),
        ({"tensor": 3}, "features[0].tensor: use 1 to 128 printable characters"),
        ({"edge": 1}, "features[0]: there is no key edge; use column, edges, name"),
    ],
)
def test_what_is_wrong_with_a_column_is_told(changes: dict[str, Any], told: str) -> None:
    assert told in problem(with_numbers(**changes))


@pytest.mark.parametrize(
    ("document", "told"),
    [
        (b"\x80", "the profile is no JSON"),
        ("[" * 100_000, "the profile is no JSON"),
        ("[]", "the profile is no JSON object"),
        (b" " * (MAX_BYTES + 1), f"the profile has {MAX_BYTES + 1} bytes; use at most {MAX_BYTES}"),
        ({**DOCUMENT, "version": 2}, "version 2; use model-serving-drift-profile, version 1"),
        ({"features": []}, "format is None, version None; use"),
        ({**DOCUMENT, "rows": 0}, "rows: got 0; use the number of rows"),
        ({**DOCUMENT, "more": 1}, "the profile: there is no key more"),
        ({**DOCUMENT, "features": [], "predictions": []}, "features: there are none"),
        ({**DOCUMENT, "features": {}}, "features: use a list"),
        ({**DOCUMENT, "features": [1]}, "features[0]: use an object"),
        (
            {**DOCUMENT, "features": [NUMBERS, NUMBERS]},
            "features[1]: there are two of the name age",
        ),
    ],
)
def test_what_is_no_profile_is_refused(document: object, told: str) -> None:
    assert told in problem(document)


def test_every_problem_is_told_at_once() -> None:
    text = problem({**with_numbers(edges=[], column="x", more=1), "rows": "many"})
    assert text.count(";") >= 3
    assert all(place in text for place in ("rows:", "[0].edges", "[0].column", "key more"))


def columns(count: int) -> list[dict[str, Any]]:
    edges = [float(number) for number in range(MAX_PARTS - 2)]
    shares = [1.0, *[0.0] * MAX_PARTS][: len(edges) + 2]
    return [{"name": f"x{i}", "column": i, "edges": edges, "shares": shares} for i in range(count)]


def test_bins_are_bounded() -> None:
    # 50 bins each: 40 columns have 2000.
    assert len(read(json.dumps({**DOCUMENT, "features": columns(40), "predictions": []})).columns)
    too_many = {**DOCUMENT, "features": columns(41), "predictions": []}
    assert "features: they have 2050 bins; use at most 2000 in all" in problem(too_many)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.sampled_from(sorted(NUMBERS)), JSON)
def test_whatever_stands_in_a_place_there_is_a_profile_or_one_error(key: str, value: Any) -> None:  # noqa: ANN401 - any JSON
    text = json.dumps({**DOCUMENT, "features": [{**NUMBERS, key: value}], key: value})
    try:
        read(text)
    except ProfileError as error:
        assert str(error)  # noqa: PT017 - both outcomes are right
