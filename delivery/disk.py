"""Files that are written whole or not at all, and what is said where a disk does not allow it."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["failure_of", "telling", "write_new", "write_whole"]

# As git makes files.
_NEW: Final = 0o644
_WAYS_OUT: Final = {
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room within your quota there",
    errno.EFBIG: "allow larger files (`ulimit -f`)",
    errno.EROFS: "use a folder that can be written",
    errno.EACCES: "look at its permissions and its owner",
    errno.EPERM: "look at its permissions and its owner",
    errno.EIO: "look at the disk",
    errno.EMFILE: "allow more open files (`ulimit -n`)",
}


def failure_of(error: OSError, place: Path | None = None) -> Failure | None:
    """The error in words of the disk; None where it is none of a disk's, as a bug is.

    `place` is what was being written; without it, the error's own file is named.
    """
    way_out = _WAYS_OUT.get(error.errno or 0)
    if way_out is None:
        return None
    named = f"{place} cannot be written: " if place else ""
    if not place and error.filename:
        named = f"{error.filename}: "
    return Failure(f"{named}{error.strerror}\n  fix: {way_out}, and repeat the command", Exit.ERROR)


@contextmanager
def telling(place: Path) -> Generator[None]:
    """What goes wrong while this is written is told of it.

    Raises:
        Failure: in place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        known = failure_of(error, place)
        told = known or Failure(f"{place} cannot be written: {error.strerror}", Exit.ERROR)
        raise told from None


def write_whole(path: Path, content: bytes) -> None:
    """Who reads the file meanwhile sees what was, or what is; its folder is made, its mode kept."""
    with _beside(path, content) as written:
        if path.exists():
            shutil.copymode(path, written)
        written.replace(path)


def write_new(path: Path, content: bytes) -> None:
    """The same, and never over what is there.

    Raises:
        FileExistsError: somebody else has made it.
    """
    with _beside(path, content) as written:
        os.link(written, path)


@contextmanager
def _beside(path: Path, content: bytes) -> Generator[Path]:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    written = Path(name)
    try:
        with os.fdopen(number, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        written.chmod(_NEW)
        yield written
    finally:
        with contextlib.suppress(OSError):
            written.unlink()
