"""The judge `clocks`: `python -m tests.judges.clocks.judge`, half an hour.

The clock of the engine, of the stand-ins and of `serving` jumps at an event of an update of the
whole dev stack: while it runs, between a kill and the update that goes on, or while others ask for
the lock. What comes of it is held against an update that nobody disturbed. What the kernel says
does not jump: the times of files, and when processes began. Where others ask, the clock is wrong
while the lock is taken and is put right before they ask: the lock's time then differs from its
process's.
"""

import argparse
import functools
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from pathlib import Path
from typing import Any, Final

from facts.engine_lock import Lock, parsed
from sandbox.store import Fault
from tests.judges import report
from tests.judges.clocks import built
from tests.judges.crashes.counted import end_of, held_against
from tests.judges.crashes.estate import Estate, Run, estates
from tests.judges.crashes.kill import Going, at_event, end_all, kill
from tests.judges.crashes.scenes import SCENES
from tests.judges.crashes.undisturbed import undisturbed

__all__ = ["WAYS", "Clock", "failures", "judged"]

SEED: Final = 1
OUT: Final = Path(".out/judges/clocks")
JUMPS: Final = {"a day back": -86400, "an hour back": -3600, "an hour": 3600, "a day": 86400}
_POINTS: Final = 3
"""Events of each way and jump, by chance."""
_LAST_EVENTS: Final = 30
"""So many are left when the clock jumps, at least."""
_SLOW_SECONDS: Final = 1.0
_LONGER_SECONDS: Final = 60
"""A command that takes so much longer than an update waits; the machine may be busy."""
_NEAR_SECONDS: Final = 600
_TIMEOUT_SECONDS: Final = 300
_LOOK_SECONDS: Final = 0.05
_SHOWN: Final = 6000
# What `serving` says of another's lock, and of one that it takes away.
_REFUSED: Final = "is locked by process"
_CLEARED: Final = "Cleared the lock"


class Clock:
    """By how many seconds all clocks are wrong, for whoever was told of the file."""

    def __init__(self, file: Path) -> None:
        self.file, self.seconds = file, 0
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """From now on."""
        self.seconds = seconds
        # In place: it is mapped by those who run.
        with self.file.open("r+b" if self.file.exists() else "wb") as opened:
            opened.write(seconds.to_bytes(8, sys.byteorder, signed=True))

    @contextmanager
    def told(self) -> Generator[None]:
        """What is started in the block looks at it, and the engine is the one that can."""
        programs = built.programs()
        # An engine in the cache itself is taken for one that the sandbox has put there.
        engine = self.file.with_name("engine")
        engine.symlink_to(programs.engine)
        variables = {
            built.VARIABLE: str(self.file),
            "LD_PRELOAD": str(programs.preload),
            "MODEL_SERVING_ENGINE": "path",
            "PATH": f"{engine}{os.pathsep}{os.environ['PATH']}",
        }
        before = {name: os.environ.get(name) for name in variables}
        os.environ.update(variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
            engine.unlink()


@dataclass(frozen=True, slots=True)
class Case:
    """A jump: how far, in which way, at which event of the update."""

    way: str
    jump: str
    event: int
    everything: bool = False
    """Whether `serving` is killed too, where something is."""

    @property
    def name(self) -> str:
        """For people and files."""
        return f"{self.way}, {self.jump}, event {self.event}"


class Judged:
    """Cases of one update, and what is wrong in each."""

    def __init__(self, estate: Estate, clock: Clock) -> None:
        self._estate, self._clock = estate, clock
        self._start = estate.folder / "start"
        found = undisturbed(estate, SCENES["dev"], self._start)
        self.events, self._reference, self._seconds = found.events, found.reference, found.seconds
        self._said: dict[str, str] = {}

    def tried(self, case: Case) -> tuple[list[str], dict[str, str]]:
        """What is wrong in a case, and what was printed."""
        self._clock.jump(0)
        self._estate.put_back(self._start)
        self._said = {}
        wrong: list[str] = []
        try:
            wrong += WAYS[case.way](self, case)
            if not wrong:
                wrong += self._at_the_end()
        except subprocess.TimeoutExpired as error:
            wrong.append(f"a command does not end within {error.timeout:.0f} s")
            end_all(self._estate)
        finally:
            self._clock.jump(0)
        return wrong, self._said

    # ---- ways ----

    def while_it_runs(self, case: Case) -> Iterator[str]:
        """The update must end as if nothing had been."""
        with at_event(self._estate, case.event) as going:
            self._clock.jump(JUMPS[case.jump])
            yield from self._has_jumped(going, JUMPS[case.jump])
            yield from self._ended(going, "the update")

    def after_a_kill(self, case: Case) -> Iterator[str]:
        """One command must go on, whatever the time was when it was killed."""
        killed = kill(self._estate, case.event, "after", everything=case.everything)
        self._said["killed"] = killed.said
        if killed.events < case.event or not killed.code:
            yield f"it was not killed: it ended with {killed.code} after {killed.events} events"
        self._clock.jump(JUMPS[case.jump])
        last = self._estate.last_event()
        yield from self._well("serving up", lambda: self._estate.serving("up"))
        wanted = time.time() + JUMPS[case.jump]
        if not _is_near(self._last_of_stand_ins(last), wanted):
            yield "the clock of the stand-ins did not jump"
        written = str(self._estate.state().get("manifest", {}).get("time", "1970-01-01T00:00:00Z"))
        if not _is_near(datetime.fromisoformat(written).timestamp(), wanted):
            yield f"the clock of the engine did not jump: it wrote the state at {written}"

    def while_others_ask(self, case: Case) -> Iterator[str]:
        """The lock of the one that lives must hold."""
        with self._estate.store() as store:
            store.add_fault(Fault("*", "*", "slow", count=-1, seconds=_SLOW_SECONDS))
        self._clock.jump(-JUMPS[case.jump])
        # By Pulumi alone: `serving` has a lock of its own besides, which knows no times.
        with at_event(self._estate, case.event, plain=True) as going:
            self._clock.jump(0)
            locks = self._estate.locks()
            times = [_lock_of(file) for file in locks]
            wanted = time.time() - JUMPS[case.jump]
            if not all(each and _is_near(each.since.timestamp(), wanted) for each in times):
                yield "the lock is not of another time"
            if not locks:
                yield "there is no lock"
            for name in ("up", "recover"):
                other = self._estate.beside(self._estate.serving_command(name))
                self._said[f"serving {name} beside it"] = other.said
                refused = other.code and _REFUSED in other.said and _CLEARED not in other.said
                if not going.lives:
                    yield f"the first update has ended before serving {name} was refused"
                elif not refused or self._estate.locks() != locks:
                    yield f"serving {name} is not refused, it ends with {other.code}"
            yield from self._ended(going, "the update that has the lock")
        with self._estate.store() as store:
            store.clear_faults()

    # ---- what is looked at ----

    def _well(self, name: str, run: Callable[[], Run]) -> Iterator[str]:
        """A command must end well, and must not wait for a time."""
        began = time.monotonic()
        done = run()
        passed = time.monotonic() - began
        self._said[name] = done.said
        if done.code:
            yield f"{name} ends with {done.code}"
        if passed > self._seconds + _LONGER_SECONDS:
            yield f"{name} takes {passed:.0f} s, and an update {self._seconds:.0f} s"

    def _ended(self, going: Going, whose: str) -> Iterator[str]:
        code = going.process.wait(_TIMEOUT_SECONDS)
        self._said[whose] = going.said()
        if code:
            yield f"{whose} ends with {code}"

    def _has_jumped(self, going: Going, jump: int) -> Iterator[str]:
        """Whether engine and stand-ins see another time; else nothing was tried."""
        last = self._estate.last_event()
        left = {
            "engine": lambda: _last_of_engine(self._estate.temporary),
            "stand-ins": lambda: self._last_of_stand_ins(last),
        }
        end = time.monotonic() + _TIMEOUT_SECONDS
        lives = True
        while left and lives and time.monotonic() < end:
            # One more look when it has ended.
            lives = going.lives
            wanted = time.time() + jump
            left = {name: moment for name, moment in left.items() if not _is_near(moment(), wanted)}
            time.sleep(_LOOK_SECONDS)
        yield from (f"the clock of the {name} did not jump" for name in left)

    def _last_of_stand_ins(self, after: int) -> float:
        """When they did what they did last, as their store says; after the event of this number."""
        with self._estate.store() as store:
            events = store.events(after=after)
        return datetime.fromisoformat(events[-1].at).timestamp() if events else 0.0

    def _at_the_end(self) -> Iterator[str]:
        """As undisturbed, and nothing to do: at that time, and when the clock is right again."""
        found = held_against(self._reference, end_of(self._estate), self._estate.rows())
        yield from (f"{name}: {value}" for name, value in found.document().items() if value)
        for when in ("then", "at the right time")[not self._clock.seconds :]:
            if when != "then":
                self._clock.jump(0)
            for command in ("preview", "up"):
                yield from self._well(
                    f"{command} {when}",
                    functools.partial(self._estate.pulumi, command, "--expect-no-changes"),
                )


WAYS: Final[Mapping[str, Callable[[Judged, Case], Iterator[str]]]] = {
    "while it runs": Judged.while_it_runs,
    "after a kill": Judged.after_a_kill,
    "while others ask": Judged.while_others_ask,
}


def _lock_of(file: Path) -> Lock | None:
    try:
        return parsed(file.read_bytes())
    except FileNotFoundError:
        return None


def _is_near(moment: float, wanted: float) -> bool:
    return abs(moment - wanted) < _NEAR_SECONDS


def _last_of_engine(folder: Path) -> float:
    """When its last event was, as its log says."""
    for log in folder.glob("serving-*/events.json"):
        with suppress(FileNotFoundError):  # Its run has ended.
            for line in reversed(log.read_bytes().splitlines()):
                try:
                    return float(json.loads(line)["timestamp"])
                except (ValueError, KeyError):
                    continue
    return 0.0


def cases(events: int, points: int) -> list[Case]:
    """By chance, the same for a seed."""
    chance = random.Random(SEED)  # noqa: S311 - by chance, and the same again
    drawn = [
        (way, jump, event)
        for way, jump in product(WAYS, JUMPS)
        for event in sorted(chance.sample(range(2, events - _LAST_EVENTS), points))
    ]
    return [Case(*each, everything=number % 2 == 0) for number, each in enumerate(drawn)]


def judged(out: Path, ways: Sequence[str] = tuple(WAYS), points: int = _POINTS) -> dict[str, Any]:
    """Each way and jump at some events; how many ended well."""
    out.mkdir(parents=True, exist_ok=True)
    for file in out.glob("*.txt"):
        file.unlink()
    found: dict[str, Any] = {"seed": SEED}
    wrong: list[str] = []
    with tempfile.TemporaryDirectory(prefix="clock-") as folder:
        clock = Clock(Path(folder) / "clock")
        with clock.told(), estates() as estate:
            judge = Judged(estate("dev"), clock)
            for case in cases(judge.events, points):
                if case.way not in ways:
                    continue
                began = time.monotonic()
                told, said = judge.tried(case)
                one = found.setdefault(case.way, {"of": 0, "well": 0})
                one["of"] += 1
                one["well"] += not told
                seconds = time.monotonic() - began
                print(f"{case.name}: {'; '.join(told) or 'ok'} ({seconds:.0f} s)", flush=True)
                if told:
                    wrong += [f"{case.name}: {each}" for each in told]
                    file = out / f"{case.name.replace(', ', '-').replace(' ', '_')}.txt"
                    texts = (f"$ {name}\n{text[-_SHOWN:]}\n" for name, text in said.items())
                    file.write_text("\n".join([*told, "", *texts]))
    return {**found, "events": judge.events, "wrong": wrong}


def failures(found: Mapping[str, Any]) -> Iterator[str]:
    """Every one must end well."""
    yield from (f"clocks: {each}" for each in found["wrong"])


def main() -> int:
    """All; with `--keep` the figures are kept."""
    parser = argparse.ArgumentParser(prog="python -m tests.judges.clocks.judge")
    parser.add_argument("--ways", nargs="+", choices=[*WAYS], default=[*WAYS])
    parser.add_argument("--points", type=int, default=_POINTS, help="of each way and jump")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--keep", action="store_true", help="all in tests/judges/figures.json")
    options = parser.parse_args()
    if options.points < 1:
        parser.error("--points must be 1 at least")
    if options.keep and set(options.ways) != set(WAYS):
        parser.error("--keep is for all ways")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    found = judged(options.out, options.ways, options.points)
    print(json.dumps(found, indent=2))
    if options.keep:
        report.write_part("clocks", found)
    wrong = [*failures(found)]
    print(*wrong, sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
