from collections.abc import Mapping

from sandbox.diff import Likeness, Replaces, changes, top_level
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


def test_the_order_of_a_set_does_not_count() -> None:
    likeness = Likeness(sets=frozenset({"ids", "rules", "rules.ports"}))

    def found(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
        return {change.path: change.kind for change in changes(old, new, likeness)}

    assert found({"ids": ["a", "b"]}, {"ids": ["b", "a"]}) == {}
    assert found({"ids": ["a", "a"]}, {"ids": ["a"]}) == {}
    assert found({"ids": ["a", "b"]}, {"ids": ["c", "b"]}) == {"ids[0]": "update"}
    assert found({"ids": ["a"]}, {"ids": ["b", "a"]}) == {"ids[0]": "add"}
    assert found({"ids": ["a"]}, {"ids": ["a", UNKNOWN]}) == {"ids[1]": "add"}
    rules = [{"ports": [1, 2], "n": "x"}, {"ports": [3], "n": "y"}]
    same = [{"ports": [3], "n": "y"}, {"ports": [2, 1], "n": "x"}]
    assert found({"rules": rules}, {"rules": same}) == {}
    other = [{"ports": [3], "n": "z"}, {"ports": [2, 1], "n": "x"}]
    assert found({"rules": rules}, {"rules": other}) == {"rules[0]": "add", "rules[1]": "delete"}


def test_an_item_of_a_set_that_changes_is_another_item() -> None:
    likeness = Likeness(sets=frozenset({"rules"}))
    old, new = {"rules": [{"key": "a", "n": 1}]}, {"rules": [{"key": "a", "n": 2}]}
    (change,) = changes(old, new, likeness)
    assert change.path == "rules[0].n"
    assert Replaces(frozenset({"rules.key"})).needs(change)
    assert not Replaces(frozenset({"rules.other"})).needs(change)
    assert not Replaces(itself=frozenset({"rules"})).needs(change)


def test_what_stays_and_what_stands_for_nothing() -> None:
    likeness = Likeness(
        kept=frozenset({"id", "block.id"}), defaults={"size": 1, "block.on": False}, empty=True
    )

    def found(old: Mapping[str, object], new: Mapping[str, object]) -> dict[str, str]:
        return {change.path: change.kind for change in changes(old, new, likeness)}

    assert found({"id": "a", "block": {"id": "b"}}, {"block": {}}) == {"block": "delete"}
    assert found({"id": "a", "block": {"id": "b", "x": 1}}, {"block": {"x": 1}}) == {}
    assert found({"id": "a"}, {"id": "b"}) == {"id": "update"}
    assert found({"id": "a"}, {"id": ""}) == {"id": "delete"}
    assert found({"size": 1}, {}) == {}
    assert found({"size": 2}, {}) == {"size": "update"}
    assert found({"block": {"x": 1}}, {"block": {"x": 1, "on": False}}) == {}
    assert found({"items": []}, {"text": ""}) == {}


def test_blocks_that_count_themselves() -> None:
    rules = Replaces(itself=frozenset({"block"}))

    def replacing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
        return {change.path for change in changes(old, new) if rules.needs(change)}

    assert replacing({}, {"block": {"a": 1}}) == {"block"}
    assert replacing({"block": [{"a": 1}]}, {"block": []}) == {"block[0]"}
    assert replacing({"block": {"a": 1}}, {"block": {"a": 2}}) == set()
    assert replacing({"block": {"a": 1}}, {"block": UNKNOWN}) == {"block"}
    # Only what was in the block comes or goes with it.
    inner = Replaces(frozenset({"block.fixed"}))
    came = changes({}, {"block": {"free": 1}})
    assert [change.path for change in came if inner.needs(change)] == []
    # Of what is not known yet, Terraform's SDK asks the block itself only.
    unknown = changes({"block": {"fixed": 1}}, {"block": UNKNOWN})
    assert [change.path for change in unknown if inner.needs(change)] == []
