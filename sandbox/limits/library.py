"""The limits of one provider's types, as the set-up cached them; nothing is computed here."""

import json
import sqlite3
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sandbox.check import Problem
from sandbox.limits.check import Node, problems, tree
from sandbox.limits.model import TypeLimits
from sandbox.schema.cache import cache_folder

__all__ = ["Limits", "cache_file", "write"]


def cache_file(provider: str, version: str) -> Path:
    """Where the limits for a version of an SDK are."""
    return cache_folder() / "sandbox" / "schema" / f"{provider}-{version}" / "limits.sqlite"


class Limits:
    """What vendors' models allow, by type. A type without limits is checked by its shape only."""

    def __init__(self, provider: str, version: str) -> None:
        """Open the cache; where the set-up has made none, no type has limits.

        Limits are the service's: for an SDK of another version, those that there are will do.
        """
        self._path = cache_file(provider, version)
        if not self._path.exists():
            others = self._path.parent.parent.glob(f"{provider}-[0-9]*/{self._path.name}")
            self._path = max(others, key=lambda path: path.stat().st_mtime, default=self._path)
        self._lock = threading.Lock()
        self._read: dict[str, tuple[TypeLimits, Node] | None] = {}
        self._connection: sqlite3.Connection | None = None
        if self._path.exists():
            self._connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro", uri=True, check_same_thread=False
            )

    def of(self, token: str) -> TypeLimits | None:
        """The limits of a type."""
        found = self._found(token)
        return found[0] if found else None

    def tokens(self) -> list[str]:
        """Every type that has limits."""
        if self._connection is None:
            return []
        with self._lock:
            rows = self._connection.execute("SELECT token FROM limits ORDER BY token")
            return [str(row[0]) for row in rows]

    def problems(self, token: str, inputs: Mapping[str, Any]) -> list[Problem]:
        """Everything in the inputs of a resource that the vendor's model does not allow."""
        found = self._found(token)
        return problems(*found, inputs) if found else []

    def _found(self, token: str) -> tuple[TypeLimits, Node] | None:
        if token in self._read:
            return self._read[token]
        with self._lock:
            row: tuple[str] | None = None
            if self._connection is not None:
                row = self._connection.execute(
                    "SELECT document FROM limits WHERE token = ?", (token,)
                ).fetchone()
        found = None
        if row is not None:
            limits = TypeLimits.from_json(json.loads(row[0]))
            found = (limits, tree(limits))
        self._read[token] = found
        return found


def write(provider: str, version: str, limits: Mapping[str, TypeLimits]) -> Path:
    """Write the limits of all types of a provider anew, in one step."""
    path = cache_file(provider, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    with connection:
        connection.execute(
            "CREATE TABLE limits (token TEXT PRIMARY KEY, document TEXT NOT NULL) WITHOUT ROWID"
        )
        connection.executemany(
            "INSERT INTO limits VALUES (?, ?)",
            [
                (token, json.dumps(limit.to_json(), separators=(",", ":")))
                for token, limit in sorted(limits.items())
            ],
        )
    connection.close()
    partial.replace(path)
    return path
