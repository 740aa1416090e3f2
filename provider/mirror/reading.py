"""Reads a file of a source whole: read on where it breaks off, its digest checked before the end.

What is read is passed on as it comes, so that memory stays the same whatever the file's size. The
last bytes are only given once the digest is right: nothing wrong is ever written whole.
"""

import hashlib
from collections.abc import Callable
from typing import Final

from provider.mirror.protocol import BrokenOffError, CopyError, Progress, Stream

__all__ = ["Reading", "checked"]

_CHUNK: Final = 1024 * 1024
_TRIES: Final = 6
_FIRST_PAUSE: Final = 0.5


class Reading:
    """`read` as of a file; `sha256` once it was read to its end."""

    def __init__(
        self,
        opened: Callable[[int], Stream],
        *,
        name: str,
        size: int,
        digest: str,
        progress: Progress,
    ) -> None:
        self._opened = opened
        self._stream: Stream | None = None
        self._name = name
        self._size = size
        self._digest = digest
        self._progress = progress
        self._at = 0
        self._sha256 = hashlib.sha256()
        self._git = hashlib.sha1(f"blob {size}\0".encode(), usedforsecurity=False)

    @property
    def sha256(self) -> str:
        """`sha256:…` of what was read."""
        return f"sha256:{self._sha256.hexdigest()}"

    def read(self, size: int = -1) -> bytes:
        """So many bytes, fewer only at the end: a part of an upload has to be full."""
        left = self._size - self._at
        wanted = left if size < 0 else min(size, left)
        pieces: list[bytes] = []
        while wanted:
            piece = self._piece(min(wanted, _CHUNK))
            wanted -= len(piece)
            pieces.append(piece)
        if self._at == self._size:
            self._end()
        return b"".join(pieces)

    def seekable(self) -> bool:
        """It is not: nothing of it is kept."""
        return False

    def close(self) -> None:
        """Done with it."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _piece(self, size: int) -> bytes:
        failures = 0
        while True:
            try:
                piece = self._from_there(size)
            except BrokenOffError as error:
                self.close()
                failures += 1
                if failures == _TRIES:
                    raise CopyError(
                        self._name,
                        f"it broke off {_TRIES} times without a byte more: {error}",
                        "Run `up` again: what is there whole stays",
                    ) from error
                self._progress.pause(_FIRST_PAUSE * 2 ** (failures - 1))
                continue
            self._at += len(piece)
            self._sha256.update(piece)
            self._git.update(piece)
            self._progress.add(len(piece))
            return piece

    def _from_there(self, size: int) -> bytes:
        if self._stream is None:
            self._stream = self._opened(self._at)
        piece = self._stream.read(size)
        if not piece:
            raise BrokenOffError(f"{self._at} of {self._size} bytes came")
        return piece

    def _end(self) -> None:
        self.close()
        kind = self._digest.partition(":")[0]
        got = f"git-sha1:{self._git.hexdigest()}" if kind == "git-sha1" else self.sha256
        checked(self._name, self._digest, got)


def checked(name: str, wanted: str, got: str) -> None:
    """Raises `CopyError` where a digest that is known is another one."""
    if wanted and got != wanted:
        raise CopyError(
            name,
            f"its digest is {got}, and {wanted} was meant",
            "Find out which of the two is meant before anything is deployed",
        )
