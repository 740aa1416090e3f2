"""The judge `clocks`: `python -m tests.judges.clocks.judge`, twenty minutes.

The clock of the engine, of the stand-ins and of `serving` jumps at an event of an update of the
whole dev stack: while it runs, between a kill and the update that goes on, or while a second update
asks for the lock. What comes of it is held against an update that nobody disturbed. The times that
the kernel gives to files do not jump with it.
"""

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any, Final

from sandbox.store import Fault
from tests.judges import report
from tests.judges.clocks import built
from tests.judges.crashes.counted import Reference, end_of, held_against
from tests.judges.crashes.estate import Estate, Run, estates
from tests.judges.crashes.kill import Going, at_event, kill
from tests.judges.crashes.scenes import SCENES

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
"""So much longer than undisturbed is waiting; the machine may be busy."""
_NEAR_SECONDS: Final = 600
_TIMEOUT_SECONDS: Final = 300
_SHOWN: Final = 6000


class Clock:
    """By how many seconds all clocks are wrong, for whoever was told of the file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.jump(0)

    def jump(self, seconds: int) -> None:
        """From now on."""
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

    @property
    def name(self) -> str:
        """For people and files."""
        return f"{self.way}, {self.jump}, event {self.event}"


class Judged:
    """Cases of one update, and what is wrong in each."""

    def __init__(self, estate: Estate, clock: Clock) -> None:
        self._estate, self._clock = estate, clock
        self._start = estate.folder / "start"
        self.events, self._seconds = 0, 0.0
        self._reference = self._undisturbed()

    def _undisturbed(self) -> Reference:
        """Two runs of it: what differs between them is nobody's fault."""
        SCENES["dev"].prepare(self._estate)
        self._estate.keep(self._start)
        log = self._estate.folder / "events.json"
        ends = list[Any]()
        for _ in range(2):
            self._estate.put_back(self._start)
            log.unlink(missing_ok=True)
            began = time.monotonic()
            done = self._estate.pulumi("up", "--event-log", str(log))
            if done.code:
                raise RuntimeError(f"the update fails undisturbed\n{done.said[-_SHOWN:]}")
            self._seconds = max(self._seconds, time.monotonic() - began)
            ends.append(end_of(self._estate))
            self.events = max(self.events, log.read_bytes().count(b"\n"))
        return Reference.of(ends)

    def tried(self, case: Case) -> tuple[list[str], dict[str, str]]:
        """What is wrong in a case, and what was printed."""
        self._clock.jump(0)
        self._estate.put_back(self._start)
        said: dict[str, str] = {}
        began = time.monotonic()
        try:
            wrong = list(WAYS[case.way](self, case, said))
            if not wrong:
                wrong += self._at_the_end(said)
        finally:
            self._clock.jump(0)
        passed = time.monotonic() - began
        if passed > _RUNS * self._seconds + _LONGER_SECONDS:
            wrong.append(f"it takes {passed:.0f} s, and an update {self._seconds:.0f} s")
        return wrong, said

    # ---- ways ----

    def while_it_runs(self, case: Case, said: dict[str, str]) -> Iterator[str]:
        """The update must end as if nothing had been."""
        with at_event(self._estate, case.event) as going:
            self._clock.jump(JUMPS[case.jump])
            yield from self._has_jumped(going, JUMPS[case.jump])
            code = going.process.wait(_TIMEOUT_SECONDS)
        said["serving up"] = going.said()
        if code:
            yield f"the update ends with {code}"

    def after_a_kill(self, case: Case, said: dict[str, str]) -> Iterator[str]:
        """One command must go on, whatever the time was when it was killed."""
        killed = kill(self._estate, case.event, "after", everything=case.event % 2 == 0)
        said["killed"] = killed.said
        self._clock.jump(JUMPS[case.jump])
        up = self._estate.serving("up")
        said["serving up"] = up.said
        if up.code:
            yield f"the update after the kill ends with {up.code}"

    def while_another_waits(self, case: Case, said: dict[str, str]) -> Iterator[str]:
        """The lock of the one that lives must hold."""
        with self._estate.store() as store:
            store.add_fault(Fault("*", "*", "slow", count=-1, seconds=_SLOW_SECONDS))
        with at_event(self._estate, case.event) as going:
            self._clock.jump(JUMPS[case.jump])
            yield from self._has_jumped(going, JUMPS[case.jump])
            for name, other in self._others():
                said[name] = other.said
                if not going.lives:
                    yield f"the first update has ended before {name} was refused"
                elif not other.code or "lock" not in other.said:
                    yield f"{name} is not refused, it ends with {other.code}"
            code = going.process.wait(_TIMEOUT_SECONDS)
        said["serving up"] = going.said()
        with self._estate.store() as store:
            store.clear_faults()
        if code:
            yield f"the update that has the lock ends with {code}"

    def _others(self) -> Iterator[tuple[str, Run]]:
        # Not by Estate.run, which empties the folder that the first one writes in.
        for name in ("serving up", "serving recover"):
            command = self._estate.serving_command(name.partition(" ")[2])
            yield f"a second {name}", self._estate.beside(command)

    # ---- what is looked at ----

    def _has_jumped(self, going: Going, jump: int) -> Iterator[str]:
        """Whether engine and stand-ins see another time; else nothing was tried."""
        wanted = time.time() + jump
        end = time.monotonic() + _TIMEOUT_SECONDS
        engine = stand_in = 0.0
        while going.lives and time.monotonic() < end:
            engine = _last_of_engine(self._estate.temporary)
            with self._estate.store() as store:
                events = store.events()
            stand_in = datetime.fromisoformat(events[-1].at).timestamp() if events else 0.0
            if all(abs(each - wanted) < _NEAR_SECONDS for each in (engine, stand_in)):
                return
            time.sleep(0.05)
        for whose, seen in (("engine", engine), ("stand-ins", stand_in)):
            if abs(seen - wanted) >= _NEAR_SECONDS:
                yield f"the clock of the {whose} did not jump: it is {_spelt(seen)}"

    def _at_the_end(self, said: dict[str, str]) -> Iterator[str]:
        """As undisturbed, and nothing to do: at that time, and when the clock is right again."""
        found = held_against(self._reference, end_of(self._estate), self._estate.rows())
        yield from (f"{name}: {value}" for name, value in found.document().items() if value)
        for when in ("then", "at the right time"):
            if when != "then":
                self._clock.jump(0)
            for command in ("preview", "up"):
                done = self._estate.pulumi(command, "--expect-no-changes")
                said[f"{command} {when}"] = done.said
                if done.code:
                    yield f"{command} {when} ends with {done.code}"


WAYS: Final[Mapping[str, Callable[[Judged, Case, dict[str, str]], Iterator[str]]]] = {
    "while it runs": Judged.while_it_runs,
    "after a kill": Judged.after_a_kill,
    "while another waits": Judged.while_another_waits,
}
# Commands of a case, none of which takes longer than the update.
_RUNS: Final = 8


def _last_of_engine(folder: Path) -> float:
    """When its last event was, as its log says."""
    for log in folder.glob("serving-*/events.json"):
        for line in reversed(log.read_bytes().splitlines()):
            try:
                return float(json.loads(line)["timestamp"])
            except (ValueError, KeyError):
                continue
    return 0.0


def _spelt(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds")


def cases(events: int, points: int) -> list[Case]:
    """By chance, the same for a seed."""
    chance = random.Random(SEED)  # noqa: S311 - by chance, and the same again
    return [
        Case(way, jump, event)
        for way, jump in product(WAYS, JUMPS)
        for event in sorted(chance.sample(range(2, events - _LAST_EVENTS), points))
    ]


def judged(out: Path, ways: Sequence[str] = tuple(WAYS), points: int = _POINTS) -> dict[str, Any]:
    """Each way and jump at some events; how many ended well."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
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
    parser.add_argument("--ways", nargs="*", choices=[*WAYS], default=[*WAYS])
    parser.add_argument("--points", type=int, default=_POINTS, help="of each way and jump")
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--keep", action="store_true", help="in tests/judges/figures.json")
    options = parser.parse_args()
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
