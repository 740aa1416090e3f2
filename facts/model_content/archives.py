"""Lists what zip and tar files hold, and tells members that lead out of where they are unpacked.

Nothing is extracted; of each member the beginning is read. Sources, read 2026-11-27:
https://docs.python.org/3/library/zipfile.html#decompression-pitfalls,
https://docs.python.org/3/library/tarfile.html#tarfile-extraction-filter (what leads out).
"""

import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath, PureWindowsPath
from typing import Final, TypeAlias

from facts.model_content.readable import Readable, as_file

__all__ = ["TooLargeError", "in_tar", "in_zip"]

_UNREADABLE: Final = "it is an archive that cannot be read"
_MOST_MEMBERS: Final = 20_000
_MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a tar file, packed or not: its list is everywhere in it."""
# What is so much larger than the archive fills a disk.
_MOST_GROWTH: Final = 200
_GROWN_BYTES: Final = 1024 * 1024 * 1024
_HEAD_BYTES: Final = 1024 * 1024
# Of zipfile NotImplementedError is an unknown way of packing, and RuntimeError an encrypted member.
_BAD: Final = (
    *(zipfile.BadZipFile, tarfile.TarError, NotImplementedError, RuntimeError),
    *(OSError, EOFError, ValueError),
)


class TooLargeError(Exception):
    """An archive that is not listed, for all of it would have to be read."""


_Inside: TypeAlias = Callable[[str, bytes], str | None] | None


@dataclass(frozen=True, slots=True)
class _Member:
    """`wrong` says what it is where no member of a model is such."""

    name: str
    size: int
    packed_bytes: int
    head: Callable[[], bytes]
    is_file: bool = True
    wrong: str = ""


def in_zip(file: Readable, inside: _Inside) -> str | None:
    """What there is against a zip file; `inside` says it of a member, by name and beginning.

    Without it only members are told that no archive should have.
    """
    return _first(_of_zip(file), inside)


def in_tar(file: Readable, inside: _Inside) -> str | None:
    """The same of a tar file, packed or not.

    Raises:
        TooLargeError: It is not read.
    """
    if file.size > _MOST_BYTES:
        raise TooLargeError(f"it has more than {_MOST_BYTES // 1024**2} MiB")
    return _first(_of_tar(file), inside)


def _first(members: Iterator[_Member], inside: _Inside) -> str | None:
    grown = 0
    try:
        for number, member in enumerate(members):
            grown += member.size
            if number == _MOST_MEMBERS:
                return f"it has more than {_MOST_MEMBERS:,} members"
            if grown > max(_GROWN_BYTES, _MOST_GROWTH * member.packed_bytes):
                return f"it would grow to more than {_GROWN_BYTES:,} bytes"
            if wrong := member.wrong or _leads_out(member.name):
                return wrong
            if inside and member.is_file and (wrong := inside(member.name, member.head())):
                return wrong
    except _BAD:
        return _UNREADABLE
    return None


def _of_zip(file: Readable) -> Iterator[_Member]:
    with zipfile.ZipFile(as_file(file)) as archive:
        for each in archive.infolist():
            wrong = ""
            if stat.S_ISLNK(each.external_attr >> 16):
                wrong = f"it has a link, {each.filename}"
            elif each.flag_bits & 1:
                wrong = f"{each.filename} in it is encrypted"

            def head(of: zipfile.ZipInfo = each) -> bytes:
                with archive.open(of) as content:
                    return content.read(_HEAD_BYTES)

            # The library cuts a name at its first zero, and other readers do not.
            name = each.orig_filename
            yield _Member(name, each.file_size, file.size, head, not each.is_dir(), wrong)


def _of_tar(file: Readable) -> Iterator[_Member]:
    with tarfile.open(fileobj=as_file(file), mode="r|*") as archive:
        for each in archive:
            wrong, is_link = "", each.issym() or each.islnk()
            if is_link and _link_leads_out(each):
                wrong = f"it has a link that leads out, {each.name} to {each.linkname}"
            elif not (is_link or each.isreg() or each.isdir()):
                wrong = f"it has a device, {each.name}"

            def head(of: tarfile.TarInfo = each) -> bytes:
                content = archive.extractfile(of)
                return content.read(_HEAD_BYTES) if content is not None else b""

            yield _Member(each.name, each.size, file.size, head, each.isreg(), wrong)


def _leads_out(name: str) -> str | None:
    """Whether a member would be written outside of where the archive is unpacked."""
    windows = PureWindowsPath(name)
    away = name.startswith(("/", "\\")) or bool(windows.drive) or ".." in windows.parts
    return f"a member leads out of where it is unpacked, {name}" if away else None


def _link_leads_out(member: tarfile.TarInfo) -> bool:
    target = PurePosixPath(member.linkname)
    # A hard link's is from the archive's root.
    depth = 0 if member.islnk() else len(PurePosixPath(member.name).parent.parts)
    for part in target.parts:
        depth += -1 if part == ".." else 1
        if depth < 0:
            return True
    return target.is_absolute()
