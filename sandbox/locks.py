"""Locks that a killed engine left on the sandbox's state.

Here such a lock is deleted when its owner is provably dead, that one file only; a living owner's or
another host's lock stays, and the engine refuses and names the owner. `serving` does the same on
any backend, and takes over what the killed run had begun: docs/interrupted.md.
"""

from pathlib import Path

from facts import engine_lock
from sandbox.interruption import pending
from sandbox.progress import say


def clear_dead(home: Path) -> None:
    """Delete the locks of dead processes of this host, and say so."""
    for file in (home / "state" / engine_lock.FOLDER).rglob("*.json"):
        try:
            lock = engine_lock.parsed(file.read_text())
        except (OSError, ValueError):
            continue  # Just deleted, or not text: not ours to judge.
        if lock and lock.is_dead():
            file.unlink(missing_ok=True)
            stack = file.parent.name
            say(f"Cleared the lock of a run on {stack} that was killed (process {lock.process}).")
            _tell_pending(home, file.parent)


def _tell_pending(home: Path, locked: Path) -> None:
    state = home / "state" / ".pulumi" / "stacks" / locked.parent.name / f"{locked.name}.json"
    for operation in pending(state):
        say(f"  it was {operation}")
