from collections.abc import Mapping

from sandbox.diff import Replaces, changes, top_level
from sandbox.wire import ASSET, SIGNATURE, UNKNOWN


def kinds(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
    return {change.path: change.kind for change in changes(old, new)}


def test_paths_are_the_engines() -> None:
    old = {"a": {"b": 1, "x.y": 1}, "items": [{"n": 1}, {"n": 2}], "gone": 1}
    new = {"a": {"b": 2, "x.y": 2}, "items": [{"n": 1}, {"n": 3}, {"n": 4}], "added": 1}
    assert kinds(old, new) == {
        "a.b": "update",
        'a["x.y"]': "update",
        "items[1].n": "update",
        "items[2]": "add",
        "added": "add",
        "gone": "delete",
    }
    assert top_level(changes(old, new)) == {"a", "items", "added", "gone"}


def test_what_is_the_same() -> None:
    assert kinds({"a": None}, {}) == {}
    assert kinds({"a": 1}, {"a": 1.0}) == {}
    assert kinds({"__defaults": ["x"]}, {"__defaults": []}) == {}
    asset = {SIGNATURE: ASSET, "hash": "1", "path": "here"}
    assert kinds({"a": asset}, {"a": {**asset, "path": "there"}}) == {}


def test_what_is_not_the_same() -> None:
    assert kinds({"a": True}, {"a": 1}) == {"a": "update"}
    assert kinds({"a": "1"}, {"a": 1}) == {"a": "update"}
    assert kinds({"a": "x"}, {"a": UNKNOWN}) == {"a": "update"}
    asset = {SIGNATURE: ASSET, "hash": "1"}
    assert kinds({"a": asset}, {"a": {**asset, "hash": "2"}}) == {"a": "update"}
    assert kinds({"a": [1, 2]}, {"a": [1]}) == {"a[1]": "delete"}


def test_replacing_paths_count_below_and_with_their_block() -> None:
    rules = Replaces(frozenset({"name", "vpc.subnets", "template.id"}))

    def replacing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
        return {change.path for change in changes(old, new) if rules.needs(change)}

    assert replacing({"name": "a", "n": 1}, {"name": "b", "n": 2}) == {"name"}
    assert replacing({"vpc": {"subnets": ["a"]}}, {"vpc": {"subnets": ["b"]}}) == {"vpc.subnets[0]"}
    assert replacing({}, {"vpc": {"subnets": ["a"]}}) == {"vpc"}
    assert replacing({"vpc": {"groups": []}}, {"vpc": {"groups": ["a"]}}) == set()
    assert replacing({"template": {"version": 1}}, {"template": {"version": 2}}) == set()


def test_a_type_that_never_updates() -> None:
    rules = Replaces(everything=True)
    found = changes({"a": 1, "tags": {"x": "1"}}, {"a": 2, "tags": {"x": "2"}})
    assert [change.path for change in found if rules.needs(change)] == ["a"]
