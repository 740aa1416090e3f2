"""The model's file on this instance: pulled once, whole or not at all, its digest checked.

Nothing of a file is loaded before its digest was compared and its outermost fields read as ONNX's
(`runtime/onnx_file.py`). A pulled file stays for the instance's later starts.
"""

import fcntl
import hashlib
import os
import re
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final, TypeVar

from runtime import onnx_file
from runtime.errors import SourceError
from runtime.settings import Settings

if TYPE_CHECKING:
    from runtime.downloads import Download

__all__ = ["SourceError", "check_digest", "model_file", "tried"]

_T = TypeVar("_T")
_Opened = Callable[..., AbstractContextManager["Download"]]

_CHUNK: Final = 1024 * 1024
_PART: Final = ".part-"
# Waits before another try, in seconds: a start of Lambda has ten.
_WAITS: Final = (0.2, 1.0)
# The same for rights that may not hold yet, a minute in all, for the first `up` of a model whose
# own identity reads it: https://cloud.google.com/iam/docs/access-change-propagation says two
# minutes and more, and the next instance that is started goes on from there.
_WAITS_OF_RIGHTS: Final = (2.0, 4.0, 8.0, 16.0, 30.0)


def model_file(settings: Settings) -> Path:
    """The ONNX file that the settings name.

    Raises:
        SourceError: It is not there, cannot be pulled, is too large, or has another digest.
        LoadError: It is no ONNX model.
    """
    if settings.model_uri:
        # Imports of some 30 ms that a model in the package does not need.
        from runtime import downloads  # noqa: PLC0415

        return _pulled(settings, downloads.shown(settings.model_uri), downloads.opened)
    path = _given(settings.model_path)
    if settings.model_digest:
        _check_digest(path.name, _digest(path), settings.model_digest)
    onnx_file.check(path)
    return path


def _given(path: Path) -> Path:
    """The file itself, or the one ONNX file of a folder."""
    if path.is_dir():
        found = sorted(path.glob("*.onnx"))
        if len(found) != 1:
            raise SourceError(f"{path} has {len(found)} files *.onnx; name the file")
        return found[0]
    if not path.is_file():
        raise SourceError(f"there is no model at {path}")
    return path


def _pulled(settings: Settings, name: str, opened: _Opened) -> Path:
    folder = _own_folder(settings.model_folder)
    key = hashlib.sha256(f"{settings.model_uri}\n{settings.model_digest}".encode()).hexdigest()
    path = folder / key[:32] / _file_name(name)
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        with _lock(path.parent.with_suffix(".lock")):
            if not _is_there(path, settings.model_digest):
                _pull(settings, name, path, opened)
    except OSError as error:
        raise SourceError(f"{name} cannot be stored in {folder}: {error.strerror}") from error
    return path


def _own_folder(parent: Path) -> Path:
    """A folder that no other user of the machine can write to: what is in it is trusted."""
    folder = parent / f"model-serving-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise SourceError(f"{folder} cannot be made: {error.strerror}") from error
    if status.st_uid != os.getuid() or status.st_mode & 0o022 or folder.is_symlink():
        raise SourceError(f"{folder} belongs to others, or others can write to it")
    return folder


def _file_name(name: str) -> str:
    """The last part of an address, harmless as a file name; a model without a name is called so."""
    last = re.sub(r"[^A-Za-z0-9._-]", "_", name.rpartition("/")[2]).lstrip(".")[-100:]
    return last if last.endswith(".onnx") else f"{last or 'model'}.onnx"


@contextmanager
def _lock(path: Path) -> Generator[None]:
    """One at a time, over threads and processes; the system frees it when a process dies."""
    with path.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _is_there(path: Path, digest: str) -> bool:
    if not path.is_file():
        return False
    # Others of this user could have changed it; and only a whole file is ever named so.
    return not digest or _digest(path) == digest


def _pull(settings: Settings, name: str, path: Path, opened: _Opened) -> None:
    # Of a process that was killed: nobody else pulls while the lock is held.
    for part in path.parent.glob(f"{_PART}*"):
        part.unlink()
    tried(lambda: _pull_once(settings, name, path, opened))


def _pull_once(settings: Settings, name: str, path: Path, opened: _Opened) -> None:
    handle, text = tempfile.mkstemp(dir=path.parent, prefix=_PART)
    part = Path(text)
    try:
        with (
            os.fdopen(handle, "wb") as file,
            opened(settings.model_uri, other_hosts=bool(settings.model_digest)) as download,
        ):
            digest = _copy(download, file, name, settings.max_model_bytes)
        if settings.model_digest:
            _check_digest(name, digest, settings.model_digest)
        onnx_file.check(part, name)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def tried(attempt: Callable[[], _T]) -> _T:
    """What an attempt gives; one that fails of what may pass by itself is made again.

    Raises:
        SourceError: That of the last attempt.
    """
    waits, waits_of_rights = iter(_WAITS), iter(_WAITS_OF_RIGHTS)
    while True:
        try:
            return attempt()
        except SourceError as error:
            wait = None
            if error.rights:
                wait = next(waits_of_rights, None)
            elif error.transient:
                wait = next(waits, None)
            if wait is None:
                raise
            time.sleep(wait)


def _copy(download: "Download", file: BinaryIO, name: str, limit: int) -> str:
    """Write what comes, and give its digest. A length that was announced is checked before."""
    length = download.length
    if length is not None and length > limit:
        raise SourceError(f"{name} has {length} bytes; at most {limit} are pulled")
    disk = os.fstatvfs(file.fileno())
    free = disk.f_bavail * disk.f_frsize
    # One in memory without a limit says that it has no blocks.
    if length is not None and disk.f_blocks and length > free:
        raise SourceError(f"{name} has {length} bytes; {free} are free")
    digest = hashlib.sha256()
    size = 0
    while chunk := download.read(_CHUNK):
        size += len(chunk)
        if size > limit:
            raise SourceError(f"{name} has more than {limit} bytes, and no more are pulled")
        digest.update(chunk)
        file.write(chunk)
    if length is not None and size != length:
        raise SourceError(f"{name}: {size} of {length} bytes came", transient=True)
    return f"sha256:{digest.hexdigest()}"


def _digest(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise SourceError(f"{path} cannot be read: {error.strerror}") from error


def check_digest(name: str, content: bytes, wanted: str) -> None:
    """Compare what was pulled with the digest of the settings.

    Raises:
        SourceError: It has another.
    """
    _check_digest(name, f"sha256:{hashlib.sha256(content).hexdigest()}", wanted)


def _check_digest(name: str, got: str, wanted: str) -> None:
    if got != wanted:
        raise SourceError(f"{name} has the digest {got}; the settings say {wanted}")
