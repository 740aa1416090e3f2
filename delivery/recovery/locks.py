"""Locks of a stack, wherever its state is kept: a dead process's goes, any other stays.

Only the one file that was judged is removed. `pulumi cancel` removes every lock of the stack, also
that of an update that lives: both then make everything twice.
"""

from pathlib import Path, PurePath
from urllib.parse import urlsplit

from delivery import project
from delivery.exits import Exit
from delivery.failure import Failure
from delivery.recovery.lock_stores import amazon, azure, google
from delivery.recovery.lock_stores.folder import Files
from delivery.recovery.lock_stores.protocol import Locks
from delivery.running.state_file import backend, file_of
from facts.engine_lock import FOLDER, Lock, parsed

__all__ = ["clear_dead", "of_stack"]

_STORES = {"s3": amazon.opened, "gs": google.opened, "azblob": azure.opened}


def of_stack(folder: Path, environment: str) -> Locks | None:
    """The locks of a stack; None where nothing is known of them, or the service leases them.

    Pulumi Cloud's locks end by themselves.

    Raises:
        NotLookedAtError: the store cannot be asked.
    """
    stack = f"organization/{project.name(folder)}/{environment}"
    if file := file_of(folder, environment):
        # `.pulumi/stacks/<project>/<stack>.json`
        return Files(file.parents[2] / PurePath(FOLDER).name / stack)
    url = backend(folder)
    opened = _STORES.get(urlsplit(url).scheme)
    return opened(url, f"{FOLDER}/{stack}") if opened else None


def clear_dead(locks: Locks | None, environment: str) -> list[Lock]:
    """Remove the locks of dead processes of this host; those that were removed.

    In an object store only where host and user are surely these: see `Lock.is_dead`.

    Raises:
        Failure: the owner of another one lives, or is on another host; names it.
        NotLookedAtError: the store cannot be asked.
    """
    cleared: list[Lock] = []
    if locks is None:
        return cleared
    shared = not isinstance(locks, Files)
    for name, content in locks.read().items():
        lock = parsed(content)
        if lock and lock.is_dead(shared=shared):
            locks.remove(name)
            cleared.append(lock)
        else:
            raise Failure(_owned(lock, name, environment), Exit.ERROR)
    return cleared


def _owned(lock: Lock | None, name: str, environment: str) -> str:
    if lock is None:
        return (
            f"{environment} is locked by a file that is no whole lock: {name}\n"
            "  fix: wait a moment and repeat the command; remove that file when nobody is at work"
        )
    return (
        f"{environment} is locked by process {lock.process} of {lock.user}@{lock.host}, since "
        f"{lock.since.isoformat(timespec='seconds')}\n"
        "  fix: wait until it has ended; if it is a job that is gone for good, look that nothing "
        f"of it runs any more, then remove {name}"
    )
