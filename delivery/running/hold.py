"""One update of a stack at a time on this machine, known by what still runs of it.

The engine's own lock is a file: `pulumi cancel` deletes it while an update lives, and two updates
then make everything twice. This one is the kernel's (flock), on a file that everything the run
starts has open: it cannot be stolen, and it ends with the last process of the run, whatever that
dies of. Nothing on other machines knows of it.
"""

import hashlib
import json
import os
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.running.state_file import backend

__all__ = ["Hold", "hold"]

try:
    import fcntl
except ImportError:  # Windows has no flock: the engine's lock is all there is.
    fcntl = None

# By these a forge names the run that a job belongs to.
_RUN_IDS = ("GITHUB_RUN_ID", "CI_JOB_ID", "BUILD_BUILDID")


class Hold:
    """A stack that this run holds, and what is written down of the run."""

    def __init__(self, descriptor: int, told: dict[str, Any]) -> None:
        self.descriptor = descriptor
        self._told = told

    def note(self, **more: object) -> None:
        """Write down more of the run, for whoever finds the stack held."""
        self._told |= more
        _write(self.descriptor, json.dumps(self._told))


@contextmanager
def hold(folder: Path, environment: str, command: str) -> Generator[Hold | None]:
    """Hold the stack while the block runs; None where this machine cannot.

    Raises:
        Failure: something of another run on this machine lives; names it.
    """
    descriptor = _open(folder, environment)
    if descriptor is None:
        yield None
        return
    try:
        before = _read(descriptor)
        if not _locked(descriptor):
            raise Failure(_busy(environment, before), Exit.ERROR)
        told = {"process": os.getpid(), "command": command, "since": _now(), "run": _run_id()}
        held = Hold(descriptor, told)
        held.note()
        yield held
        # An empty file is a run that ended in order.
        _write(descriptor, "")
    finally:
        os.close(descriptor)


def _open(folder: Path, environment: str) -> int | None:
    """The file of this stack in Pulumi's own folder, where one account's stacks are told apart."""
    if fcntl is None:
        return None
    stack = f"{backend(folder)}\n{project.name(folder)}\n{environment}"
    key = hashlib.sha256(stack.encode()).hexdigest()
    home = Path(os.environ.get("PULUMI_HOME") or Path.home() / ".pulumi")
    file = home / "serving" / f"{key[:32]}.json"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError:
        return None  # The engine needs this folder too, and says what is wrong with it.


def _locked(descriptor: int) -> bool:
    if fcntl is None:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True  # A file system without locks: as if there were none of ours.
    return True


def _busy(environment: str, told: dict[str, Any]) -> str:
    process, engine = told.get("process"), told.get("engine")
    what = f"an update of {environment} runs on this machine already"
    if not process:
        return f"{what}\n  fix: wait until it has ended, then repeat the command"
    since = str(told.get("since", ""))
    if _lives(int(process)):
        return (
            f"{what}: `{told.get('command')}`, process {process}, since {since}\n"
            f"  fix: wait until it has ended, or interrupt it with `kill {process}`"
        )
    killed = f"{what}: `{told.get('command')}` of {since} was killed"
    if engine and _lives(int(engine)):
        return (
            f"{killed}, and what it began still ends (process {engine})\n"
            "  fix: wait until it has ended, then repeat the command"
        )
    return (
        f"{killed}, and a plugin of it lives on, which may still change something\n"
        "  fix: repeat the command in a while; a plugin looks for its engine every five minutes"
    )


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _run_id() -> str:
    return next((os.environ[name] for name in _RUN_IDS if os.environ.get(name)), "")


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(descriptor: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(descriptor, 65536, 0) or b"{}")
    except (OSError, ValueError):
        return {}
    return cast("dict[str, Any]", found) if isinstance(found, dict) else {}


def _write(descriptor: int, text: str) -> None:
    try:
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, text.encode(), 0)
    except OSError:
        return  # A full disk: the lock holds all the same.
