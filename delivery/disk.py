"""Files that are written whole or not at all, and what is said where a disk does not allow it."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from delivery.exits import Exit
from delivery.failure import Failure

__all__ = ["failure_of", "telling", "write_all_new", "write_whole"]

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
# Sockets and signals are refused by these too: a file has to be named.
_NAMED: Final = frozenset({errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE})
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})


def failure_of(error: OSError, place: Path | None = None) -> Failure | None:
    """The error in words of the disk; None where it is none of a disk's, as a bug is.

    `place` is what was being written; without it, the error's own file is named.
    """
    if error.errno == errno.ENOENT and "temporary directory" in str(error.strerror):
        # What `tempfile` says where none of its folders can be written.
        return _failure(str(error.strerror), "make room there, or set TMPDIR to another folder")
    # Those of TLS and of names in the network have numbers of their own.
    of_a_disk = type(error).__module__ == "builtins" and error.errno in _WAYS_OUT
    if not of_a_disk or (error.errno in _NAMED and not (place or error.filename)):
        return None
    named = f"{place} cannot be written: " if place else ""
    if not place and error.filename:
        named = f"{error.filename}: "
    return _failure(f"{named}{error.strerror}", _WAYS_OUT[error.errno or 0])


def _failure(told: str, way_out: str) -> Failure:
    return Failure(f"{told}\n  fix: {way_out}, and repeat the command", Exit.ERROR)


@contextmanager
def telling(place: Path, otherwise: Exit = Exit.CONFIGURATION) -> Generator[None]:
    """What goes wrong while this is written is told of it.

    Args:
        place: what is written, as the user knows it.
        otherwise: the code where it is not the disk: a place that was given wrongly.

    Raises:
        Failure: in place of an `OSError`.
    """
    try:
        yield
    except OSError as error:
        told = Failure(f"{place} cannot be written: {error.strerror or error}", otherwise)
        raise failure_of(error, place) or told from None


def write_whole(path: Path, content: bytes, *, mode: int = 0o666) -> None:
    """Who reads the file meanwhile sees what was, or what is. Its folder is made.

    Args:
        path: a link stays one; a file that is there keeps its mode.
        content: the whole of it.
        mode: of a new file, less what the user's umask takes away.

    Raises:
        OSError: it is as it was.
    """
    path = path.resolve()
    there = path.exists()
    if there:
        # What the user may not write is not replaced either, though its folder allowed it.
        os.close(os.open(path, os.O_WRONLY | os.O_CLOEXEC))
    with _beside(path, content, 0o600 if there else mode) as written:
        if there:
            shutil.copymode(path, written)
        written.replace(path)


def write_all_new(folder: Path, files: Mapping[Path, bytes]) -> None:
    """Write all of these files or none, and never over what is there.

    Raises:
        Failure: one cannot be written, or somebody else has made it.
    """
    made: list[Path] = []
    try:
        for file, content in files.items():
            with telling(file), _beside(folder / file, content, 0o666) as written:
                _place_new(written, folder / file)
            made.append(folder / file)
    except BaseException:
        for each in made:
            with contextlib.suppress(OSError):
                each.unlink()
        raise


def _place_new(written: Path, path: Path) -> None:
    try:
        os.link(written, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        # A file system without links: not in one step, and still never over another.
        content = written.read_bytes()
        with path.open("xb") as file:
            try:
                file.write(content)
                file.flush()
            except OSError:
                path.unlink()
                raise


@contextmanager
def _beside(path: Path, content: bytes, mode: int) -> Generator[Path]:
    """The content on the disk, in the folder of the path, for as long as it has no other name."""
    missing = [each for each in (path.parent, *path.parent.parents) if not each.exists()]
    written = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(written, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield written
    except BaseException:
        with contextlib.suppress(OSError):
            written.unlink()
        for each in missing:
            with contextlib.suppress(OSError):
                each.rmdir()
        raise
    with contextlib.suppress(OSError):
        written.unlink()
