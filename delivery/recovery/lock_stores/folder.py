"""Locks in a folder: the backend `file://`.

The engine writes a lock as `<uuid>.json.<hexadecimal>.tmp` first, then its attributes, then renames
it (gocloud.dev's fileblob). One that was killed in between leaves the `.tmp`, and each later run
takes that for a lock; so it is one here too.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from facts.engine_lock import parsed

__all__ = ["Files"]

_ATTRIBUTES: Final = ".attrs"
_UNFINISHED: Final = ".tmp"
# A lock is written within milliseconds. Who was stopped that long finds its file gone, and begins
# nothing: the rename fails.
_STALE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Files:
    """The lock files in a folder."""

    folder: Path

    def read(self) -> Mapping[str, bytes]:
        """As `Locks` says."""
        found: dict[str, bytes] = {}
        for file in sorted(self.folder.glob("*.json*")):
            if file.suffix not in {".json", _UNFINISHED}:
                continue
            try:
                content = file.read_bytes()
                if file.suffix == _UNFINISHED and not parsed(content) and _is_stale(file):
                    file.unlink(missing_ok=True)
                    continue
            except FileNotFoundError:
                continue  # Its run has just ended.
            found[file.name] = content
        return found

    def remove(self, name: str) -> None:
        """As `Locks` says."""
        file = self.folder / name
        file.unlink(missing_ok=True)
        file.with_name(f"{name}{_ATTRIBUTES}").unlink(missing_ok=True)


def _is_stale(file: Path) -> bool:
    return time.time() - file.stat().st_mtime > _STALE_SECONDS
