"""A file of which parts are read, wherever it is: on this machine, in a store, on the Hub."""

import io
from pathlib import Path
from typing import Final, Protocol, cast

from typing_extensions import Buffer, override

__all__ = ["LocalFile", "Readable", "as_file"]

_BUFFER_BYTES: Final = 64 * 1024


class Readable(Protocol):
    """Bytes from anywhere in a file, whose size is known."""

    @property
    def size(self) -> int:
        """In bytes."""
        ...

    def read_at(self, offset: int, length: int) -> bytes:
        """So many bytes from there; fewer only where the file ends."""
        ...


class LocalFile:
    """A file of this machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Readable` says."""
        with self._path.open("rb") as file:
            file.seek(offset)
            return file.read(length)


def as_file(file: Readable) -> io.BufferedReader:
    """What readers of archives take."""
    return io.BufferedReader(_Raw(file), _BUFFER_BYTES)


class _Raw(io.RawIOBase):
    def __init__(self, file: Readable) -> None:
        super().__init__()
        self._file, self._at = file, 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def seekable(self) -> bool:
        return True

    @override
    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        of = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}
        if of[whence] + offset < 0:
            raise OSError("before the file's beginning")
        self._at = of[whence] + offset
        return self._at

    @override
    def tell(self) -> int:
        return self._at

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(cast("bytearray", buffer)).cast("B")
        found = self._file.read_at(self._at, len(view))
        view[: len(found)] = found
        self._at += len(found)
        return len(found)
