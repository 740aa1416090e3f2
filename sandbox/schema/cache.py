"""Keeps what was read from an SDK on disk, one SQLite file per SDK version.

Everything in it can be read again: a damaged file is removed and filled anew, and a cache that
cannot be written only costs time.
"""

import contextlib
import json
import os
import sqlite3
import threading
from pathlib import Path
from typing import Any

__all__ = ["Cache", "cache_folder"]

# Raised when what is read, or how it is written down, changes.
FORMAT = 3


def cache_folder() -> Path:
    """The project's cache folder, or where `MODEL_SERVING_CACHE` points."""
    given = os.environ.get("MODEL_SERVING_CACHE")
    return Path(given) if given else Path(__file__).resolve().parents[2] / ".cache"


class Cache:
    """A dictionary of JSON documents on disk, shared by processes and threads."""

    def __init__(self, name: str) -> None:
        """Open `<cache>/sandbox/schema/<name>/declarations.sqlite`, rebuilding a damaged one."""
        self.path = cache_folder() / "sandbox" / "schema" / name / "declarations.sqlite"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        try:
            self._connection = self._open()
        except sqlite3.DatabaseError:
            self._remove()
            with contextlib.suppress(sqlite3.DatabaseError, OSError):
                self._connection = self._open()
        except OSError:
            # Read-only or full: work without a cache.
            self._connection = None

    def get(self, key: str) -> Any:  # noqa: ANN401 - JSON
        """The document under `key`, or None."""
        with self._lock:
            if self._connection is None:
                return None
            try:
                row = self._connection.execute(
                    "SELECT document FROM declarations WHERE key = ?", (key,)
                ).fetchone()
                return json.loads(row[0]) if row else None
            except (sqlite3.DatabaseError, ValueError):
                self._connection = None
                self._remove()
                return None

    def put(self, documents: dict[str, Any]) -> None:
        """Write documents, all or none."""
        with self._lock:
            if self._connection is None:
                return
            with contextlib.suppress(sqlite3.DatabaseError), self._connection:
                self._connection.executemany(
                    "INSERT OR REPLACE INTO declarations VALUES (?, ?)",
                    [
                        (key, json.dumps(value, separators=(",", ":")))
                        for key, value in documents.items()
                    ],
                )

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=10, check_same_thread=False)
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, FORMAT):
            connection.close()
            raise sqlite3.DatabaseError("written in another format")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS declarations (key TEXT PRIMARY KEY, document TEXT NOT NULL)"
            " WITHOUT ROWID"
        )
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.commit()
        return connection

    def _remove(self) -> None:
        for suffix in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                Path(f"{self.path}{suffix}").unlink()
