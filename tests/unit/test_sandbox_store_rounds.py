"""The judge of the store: histories that no order explains are told, and a store that loses is."""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typing_extensions import override

from sandbox.store import Row, Store
from tests.judges.durability.judge import opened
from tests.judges.durability.linearizable import Operation, Value, explained
from tests.judges.durability.rounds import judge


def _op(
    kind: str, called: float, returned: float, value: Value = None, seen: Value = None
) -> Operation:
    return Operation(kind, called, value=value).answered(returned, seen)  # pyright: ignore[reportArgumentType]


_KILLED = Operation("put", 1, value=7)
# What it is: the operations, what the resource held before, whether an order explains it.
HISTORIES: dict[str, tuple[Sequence[Operation], Value, bool]] = {
    "nothing": ((), 1, True),
    "one after the other": ((_op("put", 1, 2, 5), _op("get", 3, 4, seen=5)), None, True),
    "a value of before": ((_op("put", 1, 2, 5), _op("get", 3, 4, seen=1)), 1, False),
    "either, at the same time": ((_op("put", 1, 4, 5), _op("get", 2, 3, seen=1)), 1, True),
    "there and gone again": (
        (_op("put", 1, 9, 5), _op("get", 2, 3, seen=5), _op("get", 4, 5, seen=1)),
        1,
        False,
    ),
    "updates in turn": ((_op("update", 1, 2, 5, 1), _op("update", 3, 4, 6, 5)), 1, True),
    "a lost update": ((_op("update", 1, 4, 5, 1), _op("update", 2, 3, 6, 1)), 1, False),
    "an update of what is not there": ((_op("update", 1, 2, 5), _op("get", 3, 4)), None, True),
    "inserted twice": ((_op("insert", 1, 4, 5, 1), _op("insert", 2, 3, 6, 1)), None, False),
    "inserted once": ((_op("insert", 1, 4, 5, 1), _op("insert", 2, 3, 6, 0)), None, True),
    "deleted, inserted": ((_op("delete", 1, 4, None, 1), _op("insert", 2, 3, 6, 1)), 1, True),
    "deleted twice": ((_op("delete", 1, 2, None, 1), _op("delete", 3, 4, None, 1)), 1, False),
    "killed, and done": ((_KILLED, _op("get", 8, 9, seen=7)), 1, True),
    "killed, and not done": ((_KILLED, _op("get", 8, 9, seen=1)), 1, True),
    "killed, and done late": (
        (_KILLED, _op("get", 2, 3, seen=1), _op("get", 8, 9, seen=7)),
        1,
        True,
    ),
    "killed, done and undone": (
        (_KILLED, _op("get", 2, 3, seen=7), _op("get", 8, 9, seen=1)),
        1,
        False,
    ),
    "done before it was called": ((_op("get", 0, 0.5, seen=7), _KILLED), 1, False),
}


@pytest.mark.parametrize(("history", "before", "right"), HISTORIES.values(), ids=HISTORIES)
def test_whether_an_order_explains_it(
    history: Sequence[Operation], before: Value, *, right: bool
) -> None:
    for turned in itertools.permutations(history):
        assert explained(turned, before) is right


def test_writers_that_are_killed(tmp_path: Path) -> None:
    found = judge(tmp_path, 2, 3, opened)
    assert (found.rounds, found.kills) == (2, 16)
    assert found.acknowledged >= 16
    assert not any(found.wrong.values())


class _Forgets(Store):
    @override
    def insert(self, row: Row, *, operation: str = "create") -> Row:
        made = super().insert(row, operation=operation)
        if row.id.startswith("own-"):
            self.remove(row, operation="")
        return made


class _InHalves(Store):
    @override
    def put(self, row: Row, *, operation: str = "put") -> Row:
        super().put(row.replace(live={}), operation=operation)
        return row


@pytest.mark.parametrize(
    ("kind", "store"),
    [("lost acknowledgements", _Forgets), ("torn records", _InHalves)],
)
def test_a_store_that_is_wrong_is_found(
    tmp_path: Path, kind: str, store: Callable[..., Store]
) -> None:
    # What a kill meets is chance: on a busy machine a few rounds may meet nothing.
    for seed in range(1, 11):
        folder = tmp_path / str(seed)
        folder.mkdir()
        if judge(folder, 1, seed, lambda path: store(path, seeded=False)).wrong[kind]:
            return
    pytest.fail(f"{kind} were not found")
