"""The engine's process: what interrupts it, how often, and that it ends with us.

The engine takes the first interrupt as "begin nothing new, finish what was begun" and the second as
"at once". So each must reach it once: in a process group of its own where nobody can be asked, and
from here alone. On a terminal it shares our group, for only the foreground group may ask and draw,
and Ctrl-Z must stop both. See docs/adr/0043-one-interrupt-at-a-time.md.
"""

import os
import signal
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

from delivery.running.event_log import Protected
from delivery.running.hold import Hold
from delivery.secrecy.streams import Streams

__all__ = ["Ended", "run"]

_FIRST: Final = (
    "\nwaiting for what was begun to end; press again to stop at once: what was begun may then be "
    "unknown\n"
)
_SECOND: Final = "\nstopping at once: what was begun may be unknown\n"
# Hangs until our end of the pipe is closed: with a word when all is well, without when we were
# killed. By sh, as no system but Linux tells a process of its parent's death.
_WATCH: Final = 'read -r word || kill -TERM "$1"'


@dataclass(frozen=True, slots=True)
class Ended:
    """How the engine ended: its exit code, and how often it was interrupted.

    `lost` are the URNs of what was being made when a plugin died. The engine notes no pending
    operation of these: the vendor may have them, and the state does not. `protected` is what it
    refused to delete or replace, `let_go` the providers of clusters that it closed too early.
    """

    code: int
    interrupts: int
    lost: tuple[str, ...] = ()
    protected: tuple[Protected, ...] = ()
    let_go: tuple[str, ...] = ()


def run(
    command: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str],
    streams: Streams,
    hold: Hold | None = None,
) -> Ended:
    """Run the engine to its end; SIGINT, SIGTERM and SIGHUP are passed on one by one.

    It prints to `streams`. `hold` is inherited by all that the engine starts, so that it lasts as
    long as any of that.
    """
    signals: list[int] = []
    process: subprocess.Popen[bytes] | None = None
    shared = _has_terminal()

    def interrupt(number: int, _frame: FrameType | None) -> None:
        signals.append(number)
        _tell(_FIRST if len(signals) == 1 else _SECOND)
        # A terminal's Ctrl-C reaches its whole foreground group by itself.
        if process and not (shared and number == signal.SIGINT):
            process.send_signal(signal.SIGTERM)

    with _handling(interrupt):
        with _ignoring_hangup():
            process = subprocess.Popen(
                command,
                cwd=cwd,
                env=dict(env),
                process_group=None if shared or os.name != "posix" else 0,
                stdout=streams.stdout,
                stderr=streams.stderr,
                pass_fds=(*streams.kept, *([hold.descriptor] if hold else [])),
            )
        streams.started()
        if signals:
            process.send_signal(signal.SIGTERM)
        with process, _watched(process.pid):
            if hold:
                hold.note(engine=process.pid)
            code = process.wait()
    return Ended(128 - code if code < 0 else code, len(signals))


def _has_terminal() -> bool:
    """Whether we are what a terminal's keys are for: then the engine must be it too."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except (OSError, AttributeError):
        return False


@contextmanager
def _handling(handler: "signal._HANDLER") -> Generator[None]:  # pyright: ignore[reportPrivateUsage]
    numbers = [
        getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
    ]
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


@contextmanager
def _ignoring_hangup() -> Generator[None]:
    """What is started here does not die of a terminal that is closed: we interrupt it instead."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


@contextmanager
def _watched(engine: int) -> Generator[None]:
    """Interrupt the engine when this process is killed, by a watcher that only waits for that."""
    if os.name != "posix":
        yield
        return
    reading, writing = os.pipe()
    try:
        watcher = subprocess.Popen(
            ["/bin/sh", "-c", _WATCH, "serving-watch", str(engine)],
            stdin=reading,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    finally:
        os.close(reading)
    try:
        yield
    finally:
        with suppress(BrokenPipeError):
            os.write(writing, b"done\n")
        os.close(writing)
        watcher.wait()


def _tell(text: str) -> None:
    # Not by print: a signal may come in the middle of one. The terminal may be gone.
    with suppress(OSError):
        os.write(2, text.encode())
