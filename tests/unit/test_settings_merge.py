"""Layers: what wins, and that each final value knows where it came from."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from stacks.settings.merge import LayerOfSettings, Merged, merge

KEYS = st.sampled_from(["a", "b", "c"])
SCALARS = st.one_of(st.integers(), st.text(max_size=3), st.lists(st.integers(), max_size=2))
# As in the settings: a key holds a mapping in every layer, or in none.
EMPTY: dict[str, Any] = {}
SHAPED: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    EMPTY,
    optional={
        "x": SCALARS,
        "y": SCALARS,
        "inner": st.fixed_dictionaries(
            EMPTY,
            optional={
                "x": SCALARS,
                "deeper": st.fixed_dictionaries(EMPTY, optional={"x": SCALARS, "y": SCALARS}),
            },
        ),
    },
)
ANYTHING = st.recursive(
    SCALARS | st.none(), lambda inner: st.dictionaries(KEYS, inner, max_size=3), max_leaves=8
)
MAPPINGS = st.dictionaries(KEYS, ANYTHING, max_size=3)


def merged(*layers: Mapping[str, Any]) -> Merged:
    return merge(
        [LayerOfSettings(f"layer {i}", f"{i}.yaml", (), layer) for i, layer in enumerate(layers)]
    )


def leaves(value: Any, path: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:  # noqa: ANN401
    found: dict[tuple[str, ...], Any] = {}
    for key, inner in value.items():
        if isinstance(inner, Mapping) and inner:
            found.update(leaves(inner, (*path, key)))
        else:
            found[*path, key] = inner
    return found


@given(SHAPED, SHAPED, SHAPED)
def test_it_does_not_matter_which_layers_are_laid_first(
    a: dict[str, Any], b: dict[str, Any], c: dict[str, Any]
) -> None:
    assert merged(merged(a, b).data, c).data == merged(a, merged(b, c).data).data
    assert merged(a, b, c).data == merged(merged(a, b).data, c).data


@given(MAPPINGS, MAPPINGS)
def test_a_layer_laid_twice_changes_nothing(a: dict[str, Any], b: dict[str, Any]) -> None:
    assert merged(a, b, b).data == merged(a, b).data


@given(st.lists(MAPPINGS, max_size=4))
def test_every_leaf_knows_where_it_came_from(layers: list[dict[str, Any]]) -> None:
    result = merged(*layers)
    left = {path: value for path, value in leaves(result.data).items() if value != {}}
    assert set(left) <= set(result.origins)
    for path, value in left.items():
        origin = result.origins[path]
        source: Any = layers[int(origin.source.removesuffix(".yaml"))]
        for part in origin.path:
            source = source[part]
        assert source == value


@given(st.lists(MAPPINGS, max_size=4))
def test_no_layer_is_changed(layers: list[dict[str, Any]]) -> None:
    before = repr(layers)
    merged(*layers)
    assert repr(layers) == before


@given(MAPPINGS, MAPPINGS)
def test_the_last_layer_wins(a: dict[str, Any], b: dict[str, Any]) -> None:
    result = leaves(merged(a, b).data)
    for path, value in leaves(b).items():
        if value is None:
            assert path not in result
        elif value != {}:
            assert result[path] == value


def test_null_takes_a_lower_value_away() -> None:
    result = merged({"candidate": {"version": "2"}, "a": 1}, {"candidate": None})
    assert result.data == {"a": 1}
    assert set(result.origins) == {("a",)}


def test_lists_replace() -> None:
    assert merged({"x": [1, 2]}, {"x": [3]}).data == {"x": [3]}
