"""Progress of what takes time: one line per phase, a sign of life at least every 20 seconds."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from pathlib import Path

HEARTBEAT_SECONDS = 20.0


class SetupError(Exception):
    """Setting up cannot go on; the message says what is wrong and what to do."""


class NotAvailableError(Exception):
    """This way cannot be gone here; the next one may."""


def say(message: str) -> None:
    """Print one line of progress, at once, whether a terminal looks on or not."""
    print(message, file=sys.stderr, flush=True)


def duration(seconds: float) -> str:
    """Such as `0.4 s`, `12 s`, `3 min 5 s`."""
    if seconds < 10:  # noqa: PLR2004 - tenths of a second mean something only below.
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


@contextlib.contextmanager
def phase(title: str, detail: Callable[[], str] = str) -> Generator[None]:
    """Announce a phase, show that it is alive, and tell how long it took.

    Args:
        title: what is being done.
        detail: what to add to a sign of life, such as how far it is.
    """
    start = time.monotonic()
    done = threading.Event()

    def heartbeat() -> None:
        while not done.wait(HEARTBEAT_SECONDS):
            more = detail()
            say(f"  … {title}{f', {more}' if more else ''} ({duration(time.monotonic() - start)})")

    say(f"{title} …")
    thread = threading.Thread(target=heartbeat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    say(f"{title}: done in {duration(time.monotonic() - start)}")


def run(
    title: str, command: Sequence[str | Path], *, folder: Path, environment: Mapping[str, str]
) -> None:
    """Run a command as a phase. Its output is shown only when it fails.

    The command gets a process group of its own, which is ended when we are interrupted: a compiler
    that went on would write into a folder that is being removed.

    Raises:
        SetupError: the command failed; with the end of what it printed.
    """
    lines: list[str] = []

    def counted() -> str:
        return f"{len(lines)} steps" if lines else ""

    with (
        phase(title, counted),
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process,
    ):
        try:
            lines.extend(line.rstrip() for line in process.stdout or ())
            code = process.wait()
        except BaseException:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            raise
    if code:
        end = "\n".join(f"    {line}" for line in [line for line in lines if line][-8:])
        raise SetupError(
            f"{title} failed: `{' '.join(map(str, command))}` ended with {code}:\n{end}"
        )
