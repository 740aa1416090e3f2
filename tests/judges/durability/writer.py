"""A process that works on a store until it is killed, and says so before each call and after it.

Each line of its log is one write to a file, so that a kill leaves whole lines; its clock is the
machine's, which all processes share.
"""

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from sandbox.store import AlreadyExistsError, NotFoundError, Row, Store
from tests.judges.durability.linearizable import Value

__all__ = ["KEYS", "TOKEN", "calls", "done", "is_whole", "work"]

KEYS: Final = tuple(f"shared-{number}" for number in range(4))
"""Resources that all writers work on; each has resources of its own beside them."""
TOKEN: Final = "aws:test/thing:Thing"
_KINDS: Final = {"get": 3, "put": 2, "insert": 2, "update": 3, "delete": 1}
_REPEATED: Final = 300


def work(opened: Callable[[], Store], log: Path, writer: int, seed: float) -> None:
    """Operations by chance until it is killed, or whoever does that is gone.

    Each value is unlike all others.
    """
    parent = os.getppid()
    store, chance = opened(), random.Random(seed)  # noqa: S311 - no secret
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def say(**line: object) -> None:
        os.write(file, f"{json.dumps(line)}\n".encode())

    for value in range(writer * 1_000_000 + 1, (writer + 1) * 1_000_000):
        if os.getppid() != parent:
            return
        (kind,) = chance.choices(list(_KINDS), list(_KINDS.values()))
        for name, key in ((kind, chance.choice(KEYS)), ("insert", f"own-{value}")):
            say(at=time.monotonic(), kind=name, key=key, value=value)
            try:
                seen = done(store, name, key, value)
            except Exception as error:  # noqa: BLE001 - all that reaches a user is told
                say(at=time.monotonic(), error=f"{type(error).__name__}: {error}")
            else:
                say(at=time.monotonic(), seen=seen)


def calls(log: Path) -> Iterator[tuple[dict[str, Any], dict[str, Any] | None]]:
    """What was called, and what was answered; None where the process was killed before."""
    lines = [json.loads(line) for line in log.read_text("utf-8").splitlines()]
    for number in range(0, len(lines), 2):
        yield lines[number], lines[number + 1] if number + 1 < len(lines) else None


def done(store: Store, kind: str, key: str, value: int) -> Value:
    """Do it; what is answered, as `Operation` says."""
    seen: Value = None

    def change(row: Row) -> Row:
        nonlocal seen
        seen = row.outputs["value"]
        new = _row(key, value)
        return row.replace(outputs=new.outputs, live=new.live)

    if kind == "get":
        row = store.get("aws", TOKEN, key)
        seen = row.outputs["value"] if row else None
    elif kind == "put":
        store.put(_row(key, value))
    elif kind == "delete":
        seen = int(store.delete("aws", TOKEN, key))
    elif kind == "update":
        with suppress(NotFoundError):
            store.update("aws", TOKEN, key, change)
    else:
        seen = 1
        try:
            store.insert(_row(key, value))
        except AlreadyExistsError:
            seen = 0
    return seen


def is_whole(row: Row) -> bool:
    """Whether all of a record is of one write."""
    value = row.outputs["value"]
    return row == _row(row.id, value).replace(created=row.created, updated=row.updated)


def _row(key: str, value: int) -> Row:
    # In each column, and long: half a record would be seen.
    text = f"{value} " * _REPEATED
    return Row(*("aws", TOKEN, key), outputs={"value": value, "text": text}, live={"text": text})
