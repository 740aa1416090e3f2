"""What the engine prints, passed on without secret values.

Where our output is a terminal, the engine gets one too (a pseudo-terminal of the same size), so
that it draws and asks as ever; its keyboard is the real one. Into pipes and files whole lines are
passed on. See docs/adr/0044-secrets-out-of-every-stream.md.
"""

import codecs
import os
import select
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

__all__ = ["Streams", "filtered"]

_CHUNK: Final = 65536
# A process that the engine left behind may hold its output open: nobody waits for that.
_AFTER_END_SECONDS: Final = 1.0
# What is drawn comes in bursts: a pause of this length ends one.
_PAUSE_SECONDS: Final = 0.02
# How long the possible beginning of a secret is kept from a terminal.
_HELD_SECONDS: Final = 0.3
# Linux's fcntl for a pipe's size, and the most that it gives to anybody.
_F_SETPIPE_SZ, _PIPE_BYTES = 1031, 1 << 20

Masked = Callable[[str], str]
Unfinished = Callable[[str], int]


@dataclass(frozen=True, slots=True)
class Streams:
    """What a process is started with: descriptors of its output.

    `kept` are to be inherited besides. With them the engine ends in order when we are killed: the
    signal of a pipe without a reader would kill it in the middle of its work. A pseudo-terminal
    without a reader only refuses what is written.
    """

    stdout: int
    stderr: int
    kept: tuple[int, ...]
    started: Callable[[], None]
    """To call once the process is there."""


@contextmanager
def filtered(mask: Masked, unfinished: Unfinished) -> Generator[Streams]:
    """Streams whose other end is ours: what comes is masked and printed.

    The block's end waits until all has been passed on.
    """
    ended = threading.Event()
    threads: list[threading.Thread] = []
    theirs: list[int] = []
    ours: list[int] = []
    kept: list[int] = []

    def opened(target: int) -> int:
        terminal = os.isatty(target)
        reading, writing = _terminal(target) if terminal else _pipe()
        theirs.append(writing)
        ours.append(reading)
        if not terminal:
            kept.append(reading)
        passing = _Passing(reading, target, mask, unfinished, ended, terminal=terminal)
        threads.append(threading.Thread(target=passing.run, daemon=True))
        return writing

    def started() -> None:
        while theirs:
            os.close(theirs.pop())
        for thread in threads:
            thread.start()

    try:
        stdout = opened(1)
        # Of one file, one stream: the order of what is said stays.
        stderr = stdout if _same(1, 2) else opened(2)
        yield Streams(stdout, stderr, tuple(kept), started)
    finally:
        ended.set()
        for thread in threads:
            if thread.ident is not None:
                thread.join()
        for descriptor in (*theirs, *ours):
            os.close(descriptor)


class _Passing:
    """One stream, read to its end and printed."""

    def __init__(
        self,
        source: int,
        target: int,
        mask: Masked,
        unfinished: Unfinished,
        ended: threading.Event,
        *,
        terminal: bool,
    ) -> None:
        self._source = source
        self._target = target
        self._mask = mask
        self._unfinished = unfinished
        self._ended = ended
        self._terminal = terminal
        self._decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._since = time.monotonic()

    def run(self) -> None:
        quiet_since: float | None = None
        while True:
            readable, _, _ = select.select(
                [self._source], [], [], _PAUSE_SECONDS if self._terminal else 0.1
            )
            if readable:
                quiet_since = None
                octets = _read(self._source)
                if not octets:
                    break
                if not self._text:
                    self._since = time.monotonic()
                self._text += self._decoder.decode(octets)
                if not self._terminal:
                    self._print(self._text.rfind("\n") + 1)
                elif len(self._text) >= _CHUNK:
                    self._draw()
                continue
            if self._terminal and self._text:
                self._draw()
            if self._ended.is_set():
                quiet_since = quiet_since or time.monotonic()
                if time.monotonic() - quiet_since > _AFTER_END_SECONDS:
                    break
        self._text += self._decoder.decode(b"", final=True)
        self._print(len(self._text))

    def _draw(self) -> None:
        held = self._unfinished(self._text)
        if held and time.monotonic() - self._since > _HELD_SECONDS:
            held = 0
        _resize(self._target, self._source)
        self._print(len(self._text) - held)

    def _print(self, length: int) -> None:
        if not length:
            return
        text, self._text = self._text[:length], self._text[length:]
        self._since = time.monotonic()
        octets = self._mask(text).encode("utf-8", "surrogateescape")
        # Whoever read it has seen enough: the engine goes on, and its work is not lost.
        with suppress(OSError):
            while octets:
                octets = octets[os.write(self._target, octets) :]


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, _CHUNK)
    except OSError:
        # Linux's way to say that nobody has the other end of a pseudo-terminal.
        return b""


def _same(one: int, other: int) -> bool:
    try:
        return os.path.sameopenfile(one, other)
    except OSError:
        return False


def _pipe() -> tuple[int, int]:
    reading, writing = os.pipe()
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415 - not on Windows

        fcntl.fcntl(writing, _F_SETPIPE_SZ, _PIPE_BYTES)
    return reading, writing


def _terminal(target: int) -> tuple[int, int]:
    """A pseudo-terminal that passes on what is written as it is; the real one adds its returns."""
    import termios  # noqa: PLC0415 - not on Windows

    reading, writing = os.openpty()
    settings = termios.tcgetattr(writing)
    settings[1] &= ~termios.OPOST
    termios.tcsetattr(writing, termios.TCSANOW, settings)
    _resize(target, reading)
    return reading, writing


def _resize(source: int, target: int) -> None:
    """Give one terminal the size of the other."""
    with suppress(ImportError, OSError):
        import fcntl  # noqa: PLC0415 - not on Windows
        import termios  # noqa: PLC0415

        size = fcntl.ioctl(source, termios.TIOCGWINSZ, bytes(8))
        fcntl.ioctl(target, termios.TIOCSWINSZ, size)
