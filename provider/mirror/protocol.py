"""What is copied, from where and to where: what every source and every store can do."""

import threading
from collections.abc import Callable, Mapping, Sized
from dataclasses import dataclass, field
from typing import Final, Protocol

from provider.errors import ProviderError, RefusedError

__all__ = [
    "WRITTEN_OVER",
    "BrokenOffError",
    "CopyError",
    "Progress",
    "Source",
    "SourceFile",
    "StoppedError",
    "Store",
    "Stored",
    "Stream",
    "refuse_too_many",
]

WRITTEN_OVER: Final = "It was written over while it was copied: give each version a path of its own"
"""The way out where a source changed meanwhile."""
_MOST_FILES: Final = 10_000


class CopyError(RefusedError):
    """Why there is no copy."""


def refuse_too_many(found: Sized, who: str, prefix: str, what: str = "objects") -> None:
    """Raises `CopyError` where more is below a prefix than any model has."""
    if len(found) > _MOST_FILES:
        raise CopyError(
            who, f"{prefix} has more than {_MOST_FILES:,} {what}", "Name the model's own folder"
        )


class BrokenOffError(Exception):
    """A connection that ended in the middle of a file: it is read on from there."""


class StoppedError(ProviderError):
    """The copying was ended from outside."""


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file of a model.

    `path` is below the model's folder, and empty for a model that is one file. `identity` changes
    with the content; `digest` is `sha256:…` or `git-sha1:…` where the source knows it. `origin` is
    what the source's own store needs to copy it.
    """

    path: str
    size: int
    identity: str
    digest: str = ""
    origin: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Stored:
    """An object of a mirror: `check` changes with its content, whoever writes it.

    `identity` is what a copy was marked with; `sha256` is empty where the store does not tell.
    """

    size: int
    check: str
    identity: str = ""
    sha256: str = ""


class Stream(Protocol):
    """Bytes of a file; raises `BrokenOffError`."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        ...

    def close(self) -> None:
        """Done with it."""
        ...


class Source(Protocol):
    """Where a model is. All calls block, and raise `CopyError`."""

    scheme: str

    def files(self) -> list[SourceFile]:
        """The files of the model that a server needs."""
        ...

    def opened(self, file: SourceFile, offset: int) -> Stream:
        """A file's bytes from there on."""
        ...


class Store(Protocol):
    """A bucket of the mirror. All calls block, and raise `CopyError`."""

    scheme: str

    def listed(self, prefix: str) -> dict[str, Stored]:
        """What is below a prefix, by key: sizes and checks."""
        ...

    def stored(self, key: str) -> Stored | None:
        """All that is known of one object."""
        ...

    def content(self, key: str) -> bytes | None:
        """A small object; None when there is none."""
        ...

    def put(self, key: str, content: bytes) -> None:
        """Write a small object."""
        ...

    def stream(self, key: str, reading: Callable[[int], bytes], size: int, identity: str) -> None:
        """Write what is read, in parts; nothing is there before the last byte was."""
        ...

    def copy(self, file: SourceFile, key: str, identity: str, progress: "Progress") -> None:
        """Have the store copy a file of its own, without its bytes passing here."""
        ...

    def opened(self, key: str, offset: int) -> Stream:
        """An object's bytes from there on."""
        ...


class Progress:
    """What was copied so far, counted by several threads; and whether to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._total = self._done = self._files = self._ended = 0

    def begin(self, files: int, size: int) -> None:
        """How much there is."""
        with self._lock:
            self._files, self._total = files, size

    def add(self, size: int) -> None:
        """So many bytes more; raises `StoppedError`."""
        if self._stop.is_set():
            raise StoppedError("stopped")
        with self._lock:
            self._done += size

    def ended(self, size: int = 0) -> None:
        """A file is there; `size` of one that was there before."""
        with self._lock:
            self._ended += 1
            self._done += size

    def stop(self) -> None:
        """End what runs at its next byte."""
        self._stop.set()

    def pause(self, seconds: float) -> None:
        """Wait; raises `StoppedError`."""
        if self._stop.wait(seconds):
            raise StoppedError("stopped")

    def __str__(self) -> str:
        """For people."""
        with self._lock:
            done, total = self._done / 1e6, self._total / 1e6
            return f"{self._ended} of {self._files} files, {done:,.1f} of {total:,.1f} MB"
