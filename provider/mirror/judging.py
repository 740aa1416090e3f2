"""Whether a model's files may be loaded, by a look into each where it lies; nothing is loaded.

Of most files the beginning is read, of a zip file its directory, of a tar file all, of a
configuration the whole.
"""

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final

from facts.model_content.archives import TooLargeError
from facts.model_content.why_unsafe import why_unsafe
from facts.model_files import needed
from provider.mirror.protocol import BrokenOffError, CopyError, Source, SourceFile, Stream

__all__ = ["Judged", "digest", "judged"]

_TRIES: Final = 3
_AT_ONCE: Final = 8
_CHUNK: Final = 1024 * 1024
# Of one file: a zip file with more members than these is not looked through from afar.
_MOST_REQUESTS: Final = 200
_MOST_HASHED: Final = 1024 * 1024 * 1024
_SHOWN: Final = 3


@dataclass(frozen=True, slots=True)
class Judged:
    """What there is against a model, empty where nothing is known.

    `digest` is that of all its files where there is something, see docs/model-references.md; empty
    where they are too large to be read for it. `not_read` says what was not looked into, and why.
    """

    unsafe: str = ""
    digest: str = ""
    not_read: str = ""

    @property
    def said(self) -> str:
        """What is to be told of it."""
        return self.unsafe or self.not_read


def judged(
    source: Source, *, pickles: bool | None, files: Sequence[SourceFile] | None = None
) -> Judged:
    """Look into the files of a model that a server reads; raises `CopyError`.

    `pickles`: what serves it loads pickles; None where nobody says what it loads, so that only
    what would be unpacked elsewhere than meant is told.
    """
    files = source.files() if files is None else files
    named = {_name(each): each for each in files}
    looked = [named[name] for name in needed(named, pickles=pickles is not False)]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        found = list(pool.map(partial(_look, source, pickles=pickles), looked))
    not_read = "; ".join([each.not_read for each in found if each.not_read][:_SHOWN])
    reasons = [each.unsafe for each in found if each.unsafe]
    if not reasons:
        return Judged(not_read=not_read)
    more = len(reasons) - _SHOWN
    said = "; ".join(reasons[:_SHOWN]) + (f"; and {more} more" if more > 0 else "")
    return Judged(said, digest(source, files), not_read)


def _name(file: SourceFile) -> str:
    return file.path or file.origin.get("key", "").rpartition("/")[2] or "the file"


def _look(source: Source, file: SourceFile, *, pickles: bool | None) -> Judged:
    with closing(_Ranges(source, file)) as ranges:
        try:
            return Judged(why_unsafe(_name(file), ranges, pickles=pickles) or "")
        except TooLargeError as error:
            return Judged(not_read=f"{_name(file)} was not looked into: {error}")


class _Ranges:
    """A file of a source as `Readable`; what follows on is read from the open answer."""

    def __init__(self, source: Source, file: SourceFile) -> None:
        self._source, self._file = source, file
        self._stream: Stream | None = None
        self._at = self._requests = 0
        self.size = file.size

    def read_at(self, offset: int, length: int) -> bytes:
        """As `Readable` says."""
        wanted = min(length, self.size - offset)
        if wanted <= 0:
            return b""
        for attempt in range(_TRIES):
            try:
                return self._read(offset, wanted)
            except BrokenOffError as error:
                self.close()
                if attempt == _TRIES - 1:
                    raise CopyError(
                        _name(self._file), f"it broke off: {error}", "Try again later"
                    ) from error
        raise AssertionError

    def close(self) -> None:
        """Done with it."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None

    def _read(self, offset: int, wanted: int) -> bytes:
        if self._stream is None or self._at != offset:
            self.close()
            self._requests += 1
            if self._requests > _MOST_REQUESTS:
                raise TooLargeError("it has too many members")
            self._stream, self._at = self._source.opened(self._file, offset), offset
        pieces: list[bytes] = []
        while wanted:
            piece = self._stream.read(min(wanted, _CHUNK))
            if not piece:
                raise BrokenOffError(f"{self._at} of {self.size} bytes came")
            pieces.append(piece)
            self._at += len(piece)
            wanted -= len(piece)
        return b"".join(pieces)


def digest(source: Source, files: Sequence[SourceFile]) -> str:
    """`sha256:…` of a model of one file; of a folder, of what `sha256sum` prints of its files."""
    if sum(each.size for each in files) > _MOST_HASHED:
        return ""
    of_each = {each.path: _sha256(source, each) for each in files}
    if list(of_each) == [""]:
        return f"sha256:{of_each['']}"
    lines = "".join(f"{of_each[path]}  {path}\n" for path in sorted(of_each))
    return f"sha256:{hashlib.sha256(lines.encode()).hexdigest()}"


def _sha256(source: Source, file: SourceFile) -> str:
    found = hashlib.sha256()
    with closing(_Ranges(source, file)) as ranges:
        for at in range(0, file.size, _CHUNK):
            found.update(ranges.read_at(at, _CHUNK))
    return found.hexdigest()
