"""Rounds of writers on one store, each killed at a moment by chance.

What is there then is held against what was acknowledged.
"""

import math
import os
import random
import signal
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

from sandbox.store import Row, Store
from tests.judges.durability.linearizable import Operation, Value, explained
from tests.judges.durability.writer import KEYS, TOKEN, calls, done, is_whole, work

__all__ = ["WRITERS", "WRONG", "Found", "judge"]

WRITERS: Final = 8
# After so many a new file: the log of events grows, and a check of all of it with it.
_ROUNDS_PER_FILE: Final = 8
_PAUSE_SECONDS: Final = 0.03
_BEGIN_SECONDS: Final = 60


WRONG: Final = (
    "lost acknowledgements",
    "torn records",
    "histories without an order",
    "errors that reach a user",
    "damaged files",
)


@dataclass
class Found:
    """Over all rounds. `wrong` has what must not be, by kind."""

    rounds: int = 0
    kills: int = 0
    acknowledged: int = 0
    pending: int = 0
    waits_ms: list[float] = field(default_factory=list[float])
    wrong: dict[str, list[str]] = field(default_factory=lambda: {kind: [] for kind in WRONG})


def judge(
    folder: Path,
    rounds: int,
    seed: int,
    opened: Callable[[Path], Store],
    *,
    seconds: float = math.inf,
) -> Found:
    """Run rounds, and look after each of them; `opened` opens the store, in each process.

    No round begins after so many seconds.
    """
    found, chance = Found(), random.Random(seed)  # noqa: S311 - no secret
    deadline = time.monotonic() + seconds
    for number in range(rounds):
        if time.monotonic() > deadline:
            break
        path = folder / f"store-{number // _ROUNDS_PER_FILE}.sqlite"
        _Round(number, lambda path=path: opened(path), found).run(folder, chance)
        found.rounds += 1
    return found


@dataclass
class _Round:
    number: int
    opened: Callable[[], Store]
    found: Found

    def run(self, folder: Path, chance: random.Random) -> None:
        """Begin all writers, kill each, and look."""
        with closing(self.opened()) as store:
            before = {key: done(store, "get", key, 0) for key in KEYS}
        logs = [folder / f"{writer}.jsonl" for writer in range(WRITERS)]
        writers: list[int] = []
        for number, log in enumerate(logs):
            log.unlink(missing_ok=True)
            # No connection of this process is open: none may go through a fork.
            writers.append(self._forked(log, self.number * WRITERS + number, chance.random()))
        try:
            _wait_for(logs)
        finally:
            chance.shuffle(writers)
            for process in writers:
                time.sleep(chance.random() * _PAUSE_SECONDS)
                os.kill(process, signal.SIGKILL)
                os.waitpid(process, 0)
                self.found.kills += 1
        self._look(logs, before)

    def _forked(self, log: Path, writer: int, seed: float) -> int:
        process = os.fork()
        if process == 0:
            self._write(log, writer, seed)
        return process

    def _write(self, log: Path, writer: int, seed: float) -> NoReturn:
        try:
            work(self.opened, log, writer, seed)
        finally:
            # Nothing of the parent's is to be ended here.
            os._exit(1)

    def _look(self, logs: list[Path], before: dict[str, Value]) -> None:
        histories: dict[str, list[Operation]] = defaultdict(list)
        for log in logs:
            for called, returned in calls(log):
                if (one := self._operation(called, returned)) is not None:
                    histories[called["key"]].append(one)
        with closing(self.opened()) as store:
            rows = {row.id: row for row in store.list("aws", TOKEN)}
            created = Counter(event.id for event in store.events(TOKEN, "create"))
            if (check := store.query("PRAGMA integrity_check")) != [("ok",)]:
                self._tell("damaged files", str(check))
        for key, history in histories.items():
            self._explain(key, history, before.get(key), rows.get(key))
        for key in {*rows, *created} - before.keys():
            # What is written and what is told of it are one transaction.
            if (key in rows, created[key]) != (True, 1):
                self._tell("torn records", f"{key} with {created[key]} events")
        for row in rows.values():
            if not is_whole(row):
                self._tell("torn records", row.id)

    def _operation(
        self, called: dict[str, Any], returned: dict[str, Any] | None
    ) -> Operation | None:
        one = Operation(called["kind"], called["at"], value=called["value"])
        if returned is None:
            self.found.pending += 1
            return one
        if "error" in returned:
            self._tell("errors that reach a user", returned["error"])
            return None
        self.found.acknowledged += 1
        self.found.waits_ms.append((returned["at"] - called["at"]) * 1000)
        return one.answered(returned["at"], returned["seen"])

    def _explain(self, key: str, history: list[Operation], before: Value, row: Row | None) -> None:
        value, now = row.outputs["value"] if row else None, time.monotonic()
        last = Operation("get", now).answered(now + 1, value)
        if not explained([*history, last], before):
            own = key not in KEYS and row is None
            kind = "lost acknowledgements" if own else "histories without an order"
            self._tell(kind, f"{key}, from {before} to {value}: {history}")

    def _tell(self, kind: str, what: str) -> None:
        self.found.wrong[kind].append(f"round {self.number}: {what}")


def _wait_for(logs: list[Path]) -> None:
    """Until every writer has begun."""
    deadline = time.monotonic() + _BEGIN_SECONDS
    while not all(log.exists() and log.stat().st_size for log in logs):
        if time.monotonic() > deadline:
            raise TimeoutError("a writer did not begin")
        time.sleep(0.001)
