"""Zips whose bytes depend on their content alone: order, times and modes are fixed.

Same input, same bytes, and the same zlib, which decides how it is compressed. A zip's comment is
the digest of what it was made from, so that one that is up to date is found without making it.
"""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

__all__ = ["comment", "digest", "unzipped_bytes", "write"]

# The earliest time that a zip can hold.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644 << 16
_LIBRARY_MODE: Final = 0o100755 << 16
# zlib's default; 9 takes twice as long and gains nothing.
COMPRESSION: Final = 6


def write(
    path: Path,
    entries: Iterable[tuple[str, bytes]],
    key: str,
    *,
    base: Path | None = None,
) -> None:
    """Write the zip of `entries` whole or not at all, after those of the zip `base`."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        if base is not None:
            shutil.copyfile(base, part)
        with zipfile.ZipFile(part, "a" if base else "w") as archive:
            for name, content in entries:
                _add(archive, name, content)
            archive.comment = key.encode()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def unzipped_bytes(path: Path) -> int:
    """The bytes of all files in a zip once it is unpacked."""
    with zipfile.ZipFile(path) as archive:
        return sum(item.file_size for item in archive.infolist())


def comment(path: Path) -> str:
    """The key that a zip of ours was made from; empty when it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.comment.decode()
    except (OSError, zipfile.BadZipFile, UnicodeDecodeError):
        return ""


def digest(*parts: str | bytes | Mapping[str, bytes]) -> str:
    """SHA-256 of parts, each with its length; of a mapping by name."""
    found = hashlib.sha256()
    for part in parts:
        if isinstance(part, Mapping):
            data = digest(*(item for pair in sorted(part.items()) for item in pair)).encode()
        else:
            data = part.encode() if isinstance(part, str) else part
        found.update(len(data).to_bytes(8, "big") + data)
    return found.hexdigest()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    entry = zipfile.ZipInfo(name, date_time=_TIME)
    entry.create_system = 3  # Unix, on whatever system this runs.
    entry.external_attr = _LIBRARY_MODE if ".so" in Path(name).suffixes else _FILE_MODE
    archive.writestr(entry, content, zipfile.ZIP_DEFLATED, compresslevel=COMPRESSION)
