"""What server-side apply makes of two managers' fields: shared, given up, null, atomic."""

from typing import Any

import pytest

from sandbox.clouds.kubernetes.ownership import ConflictError, Manager, Owned, applied, fields

Object = dict[str, Any]
ONE, OTHER = Manager("one", "Apply"), Manager("other", "Apply")
ITEM: Object = {"type": "object", "properties": {"name": {}, "image": {}, "args": {}}}
SCHEMA: Object = {
    "properties": {
        "spec": {
            "properties": {
                "size": {},
                "sizes": {},
                "labels": {"additionalProperties": {"type": "string"}},
                "label": {"additionalProperties": {"type": "string"}},
                "selector": {"x-kubernetes-map-type": "atomic", "additionalProperties": {}},
                "items": {
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["name"],
                    "items": ITEM,
                },
                "finalizers": {"x-kubernetes-list-type": "set", "items": {}},
                "args": {"items": {}},
            }
        }
    }
}


def owned(**managers: Object) -> Owned:
    names = {"one": ONE, "other": OTHER}
    return Owned(
        {names[name]: frozenset(fields({"spec": spec}, SCHEMA)) for name, spec in managers.items()}
    )


def apply(live: Object, wanted: Object, owners: Owned, *, force: bool = False) -> Object:
    made, _ = applied(
        {"spec": live}, {"spec": wanted}, SCHEMA, owners, ONE, force=force, version="v1"
    )
    return made.get("spec", {})


@pytest.mark.parametrize(
    ("live", "one", "other", "wanted", "left"),
    [
        # What one alone owned goes; what another owns too stays.
        ({"size": 1}, {"size": 1}, {}, {}, {}),
        ({"size": 1}, {"size": 1}, {"size": 1}, {}, {"size": 1}),
        # A null is as if it were not given.
        ({"size": 1}, {"size": 1}, {}, {"size": None}, {}),
        # Entries of a map and of a set are owned one by one.
        ({"labels": {"a": "1", "b": "2"}}, {"labels": {"a": "1"}}, {}, {}, {"labels": {"b": "2"}}),
        ({"finalizers": ["a", "b"]}, {"finalizers": ["a"]}, {}, {}, {"finalizers": ["b"]}),
        # An empty map that nobody owns goes, whatever has a name that begins the same.
        (
            {"label": {"a": "1"}, "labels": {"b": "2"}},
            {"label": {"a": "1"}},
            {"labels": {"b": "2"}},
            {},
            {"labels": {"b": "2"}},
        ),
        # Items by their key: fields that others own stay, an item that nobody owns goes.
        (
            {"items": [{"name": "a", "image": "1", "args": ["x"]}, {"name": "b", "image": "2"}]},
            {"items": [{"name": "a", "image": "1"}, {"name": "b", "image": "2"}]},
            {"items": [{"name": "a", "args": ["x"]}]},
            {},
            {"items": [{"name": "a", "args": ["x"]}]},
        ),
        # What is atomic is taken whole.
        ({"args": ["x", "y"]}, {"args": ["x", "y"]}, {}, {"args": ["z"]}, {"args": ["z"]}),
        (
            {"selector": {"a": 1}},
            {"selector": {"a": 1}},
            {},
            {"selector": {"b": 2}},
            {"selector": {"b": 2}},
        ),
    ],
)
def test_what_is_left(
    live: Object, one: Object, other: Object, wanted: Object, left: Object
) -> None:
    assert apply(live, wanted, owned(one=one, other=other)) == left


def test_the_same_value_is_no_conflict_and_is_shared() -> None:
    owners = owned(other={"size": 1})
    made, after = applied(
        {"spec": {"size": 1}}, {"spec": {"size": 1}}, SCHEMA, owners, ONE, force=False, version="v1"
    )
    assert made == {"spec": {"size": 1}}
    assert after.managers == {OTHER: frozenset({".spec.size"}), ONE: frozenset({".spec.size"})}


def test_another_value_is_a_conflict_unless_it_is_forced() -> None:
    owners = owned(other={"size": 1, "selector": {"a": 1}})
    live: Object = {"size": 1, "selector": {"a": 1}}
    with pytest.raises(
        ConflictError, match=r'1 conflict: conflict with "other" using v1: \.spec\.size'
    ):
        apply(live, {"size": 2}, owners)
    with pytest.raises(ConflictError, match=r"\.spec\.selector"):
        apply(live, {"selector": {"a": 1, "b": 2}}, owners)
    assert apply(live, {"size": 2}, owners, force=True)["size"] == 2
