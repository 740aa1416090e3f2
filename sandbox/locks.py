"""Locks that a killed engine left on the sandbox's state.

The engine locks a stack by a file that names its host, process and time, and never looks whether
that process lives: after a kill every next run is refused until somebody deletes the file. Here it
is deleted when its owner is provably dead, that one file only; a living owner's or another host's
lock stays, and the engine refuses and names the owner.

What the killed run had begun is in the state as pending operations; docs/interrupted.md says what
becomes of them.
"""

import json
import os
import socket
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sandbox.interruption import pending
from sandbox.progress import say

# Clocks of the kernel and the engine differ by a little; a process must be clearly younger.
CLOCK_SLACK_SECONDS = 2.0


def clear_dead(home: Path) -> None:
    """Delete the locks of dead processes of this host, and say so."""
    for file in (home / "state" / ".pulumi" / "locks").rglob("*.json"):
        try:
            lock = json.loads(file.read_text())
            dead = lock["hostname"] == socket.gethostname() and not _alive(lock)
        except (OSError, ValueError, KeyError, TypeError):
            continue  # Half-written by a living engine, or not a lock: not ours to judge.
        if dead:
            file.unlink(missing_ok=True)
            stack = file.parent.name
            say(f"Cleared the lock of a run on {stack} that was killed (process {lock['pid']}).")
            _tell_pending(home, file.parent)


def _alive(lock: dict[str, Any]) -> bool:
    """Whether the owner lives: a process of this id that is not younger than the lock."""
    try:
        os.kill(lock["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    started = _started(lock["pid"])
    if started is None:
        return True
    locked = datetime.fromisoformat(lock["timestamp"]).astimezone(UTC).timestamp()
    return started <= locked + CLOCK_SLACK_SECONDS


def _started(pid: int) -> float | None:
    """When the process started, in seconds since the epoch; None where /proc does not tell."""
    try:
        boot = next(
            int(line.split()[1])
            for line in Path("/proc/stat").read_text().splitlines()
            if line.startswith("btime ")
        )
        # Fields after the command's name, which may itself hold blanks and parentheses: proc(5).
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return boot + int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, StopIteration, ValueError, IndexError):
        return None


def _tell_pending(home: Path, locked: Path) -> None:
    state = home / "state" / ".pulumi" / "stacks" / locked.parent.name / f"{locked.name}.json"
    for operation in pending(state):
        say(f"  it was {operation}")
