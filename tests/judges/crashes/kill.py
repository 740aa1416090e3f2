"""An update that is killed as an event appears in the engine's log, with all that belongs to it."""

import os
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from sandbox.store import Fault
from tests.judges.crashes.estate import Estate

__all__ = ["WAYS", "Going", "Killed", "Way", "at_event", "end_all", "kill"]

Way = Literal["after", "before", "bare"]
WAYS: Final[tuple[Way, ...]] = ("after", "before", "bare")
"""Where the calls are that nobody has heard the end of: the vendor did what was asked and its
answer is late; it has not begun; as it happens to be."""

_MODES: Final = {"after": "late_answer", "before": "slow"}
# So long a call is late; so long after the event the kill comes, when the vendor has acted.
_LATE_SECONDS: Final = 1.5
_ACTED_SECONDS: Final = {"after": 0.4, "before": 0.1, "bare": 0.0}
_LOOK_SECONDS: Final = 0.002
_TIMEOUT_SECONDS: Final = 300
# What a killed engine's plugins take to notice, and more.
_ENDS_SECONDS: Final = 20


@dataclass(frozen=True, slots=True)
class Killed:
    """What was killed, at which event of its own log; None where it had ended before."""

    events: int
    code: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Going:
    """A run that was looked at when an event appeared, or when it had ended before that."""

    process: "subprocess.Popen[bytes]"
    events: int
    """That were there then."""
    log: Path
    """What it prints."""

    @property
    def lives(self) -> bool:
        """Whether it still runs."""
        return self.process.poll() is None

    def said(self) -> str:
        """What it has printed."""
        return self.log.read_text(errors="replace")


@contextmanager
def at_event(estate: Estate, number: int, *, plain: bool = False) -> Generator[Going]:
    """`serving up` as this event appears; nothing of it lives after the block.

    Args:
        estate: where.
        number: of the event, from 1.
        plain: by Pulumi alone instead.
    """
    _without_temporary(estate)
    command = estate.serving_command("up")
    if plain:
        # Where that of `serving` is looked for.
        events = estate.temporary / "serving-plain" / "events.json"
        events.parent.mkdir(exist_ok=True)
        command = estate.pulumi_command("up", "--event-log", str(events))
    log = estate.folder / "run.txt"
    with log.open("w") as opened:
        process = subprocess.Popen(
            command,
            cwd=estate.root,
            env=estate.environment,
            stdin=subprocess.DEVNULL,
            stdout=opened,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield Going(process, _watched(estate, process, number), log)
    finally:
        end_all(estate)
        process.kill()
        process.wait()


def kill(estate: Estate, number: int, way: Way, *, everything: bool) -> Killed:
    """Run `serving up`, and kill its engine and the plugins as this event appears.

    Args:
        estate: where; what is left of the run is there afterwards, and nothing of it lives.
        number: of the event, from 1.
        way: what the vendor has done of the calls that are not answered.
        everything: `serving` is killed too, as when a machine or a container ends.
    """
    with estate.store() as store:
        if way in _MODES:
            mode = _MODES[way]
            store.add_fault(Fault("*", "*", mode, count=-1, seconds=_LATE_SECONDS))  # pyright: ignore[reportArgumentType]
    with at_event(estate, number) as going:
        if going.lives and going.events >= number:
            time.sleep(_ACTED_SECONDS[way])
            _end(estate, everything=everything)
        code = going.process.wait(_ENDS_SECONDS)
    with estate.store() as store:
        store.clear_faults()
    return Killed(going.events, code, going.said())


def _without_temporary(estate: Estate) -> None:
    for file in estate.temporary.glob("serving-*/*"):
        with suppress(OSError):
            file.unlink()
    estate.temporary.mkdir(exist_ok=True)


def _watched(estate: Estate, process: "subprocess.Popen[bytes]", number: int) -> int:
    """Events that were there when there were so many, or when the run had ended."""
    end = time.monotonic() + _TIMEOUT_SECONDS
    log: Path | None = None
    while process.poll() is None and time.monotonic() < end:
        log = log or next(iter(estate.temporary.glob("serving-*/events.json")), None)
        if log and (seen := _lines(log)) >= number:
            return seen
        time.sleep(_LOOK_SECONDS)
    return _lines(log) if log else 0


def _lines(log: Path) -> int:
    try:
        return log.read_bytes().count(b"\n")
    except FileNotFoundError:
        return 0


def _end(estate: Estate, *, everything: bool) -> None:
    """Kill the engine first, then its plugins and its program, and `serving` where it is asked."""
    living = dict(_living(estate))
    for process in sorted(living, key=lambda each: not _is_engine(living[each])):
        if everything or not _is_servings(living[process], estate):
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)


def _is_engine(command: str) -> bool:
    return command.partition(" ")[0].endswith("/pulumi")


def _is_servings(command: str, estate: Estate) -> bool:
    """Rather than the engine's: `serving` itself, its watcher and the sandbox's launchers."""
    return any(words in command for words in ("launch.py", f"{estate.folder}/serving ", "-watch"))


def _living(estate: Estate) -> Iterator[tuple[int, str]]:
    """Processes that were started on this sandbox, by its variable in their environment."""
    mark = f"MODEL_SERVING_SANDBOX_HOME={estate.home}\0".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (folder / "environ").read_bytes() + b"\0":
                words = (folder / "cmdline").read_bytes().split(b"\0")
                yield int(folder.name), b" ".join(words).decode(errors="replace")
        except OSError:
            continue


def end_all(estate: Estate) -> None:
    """Wait until all has ended, and kill what has not."""
    end = time.monotonic() + _ENDS_SECONDS
    while left := dict(_living(estate)):
        if time.monotonic() > end:
            for process in left:
                with suppress(ProcessLookupError):
                    os.kill(process, signal.SIGKILL)
        time.sleep(0.05)
