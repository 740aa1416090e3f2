"""The limits of one provider's types, as the set-up cached them; nothing is computed here."""

import json
import sqlite3
import threading
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from sandbox.check import Problem, once
from sandbox.limits.check import Node, problems, tree
from sandbox.limits.model import TypeLimits
from sandbox.schema.cache import cache_folder

__all__ = ["SOURCES", "Limits", "cache_file", "write"]

# Who limits: the service by its API model, and the provider by its own validators, which speak at
# the preview. Each has a table in the cache.
SOURCES = {"vendor": "limits", "provider": "validators"}


def cache_file(provider: str, version: str) -> Path:
    """Where the limits for a version of an SDK are."""
    return cache_folder() / "sandbox" / "schema" / f"{provider}-{version}" / "limits.sqlite"


class Limits:
    """What vendors' models and providers allow, by type; a type without is checked by its shape."""

    def __init__(
        self, provider: str, version: str, sources: Collection[str] = tuple(SOURCES)
    ) -> None:
        """Open the cache; where the set-up has made none, no type has limits.

        For an SDK of another version, those that there are will do.

        Args:
            provider: as its SDK is called.
            version: of the SDK.
            sources: those of `SOURCES` that are asked.
        """
        self._path = cache_file(provider, version)
        if not self._path.exists():
            others = self._path.parent.parent.glob(f"{provider}-[0-9]*/{self._path.name}")
            self._path = max(others, key=lambda path: path.stat().st_mtime, default=self._path)
        self._lock = threading.Lock()
        self._read: dict[tuple[str, str], tuple[TypeLimits, Node] | None] = {}
        self._connection: sqlite3.Connection | None = None
        self._sources: list[str] = []
        if self._path.exists():
            self._connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro", uri=True, check_same_thread=False
            )
            tables = {row[0] for row in self._connection.execute("SELECT name FROM sqlite_master")}
            self._sources = [
                name for name in SOURCES if name in sources and SOURCES[name] in tables
            ]

    def of(self, token: str, source: str = "vendor") -> TypeLimits | None:
        """The limits of a type by one of `SOURCES`."""
        found = self._found(token, source) if source in self._sources else None
        return found[0] if found else None

    def every(self, token: str) -> list[TypeLimits]:
        """The limits of a type by each source that has some."""
        return [limits for source in SOURCES if (limits := self.of(token, source)) is not None]

    def tokens(self, source: str = "vendor") -> list[str]:
        """Every type that has limits by one of `SOURCES`."""
        if self._connection is None or source not in self._sources:
            return []
        with self._lock:
            table = SOURCES[source]
            rows = self._connection.execute(f"SELECT token FROM {table} ORDER BY token")  # noqa: S608 - a name of ours
            return [str(row[0]) for row in rows]

    def problems(self, token: str, inputs: Mapping[str, Any]) -> list[Problem]:
        """Everything in a resource's inputs that is not allowed; each path once, the vendor first.

        What the provider has filled in itself, as an automatic name, is not held against it.
        """
        found: list[list[Problem]] = []
        for source in self._sources:
            known = self._found(token, source)
            if known is not None:
                own = inputs.get("__defaults", ()) if source == "provider" else ()
                given = {name: value for name, value in inputs.items() if name not in own}
                found.append(problems(*known, given))
        return once(*found)

    def _found(self, token: str, source: str) -> tuple[TypeLimits, Node] | None:
        key = (token, source)
        if key in self._read:
            return self._read[key]
        with self._lock:
            row: tuple[str] | None = None
            if self._connection is not None:
                row = self._connection.execute(
                    f"SELECT document FROM {SOURCES[source]} WHERE token = ?",  # noqa: S608 - a name of ours
                    (token,),
                ).fetchone()
        found = None
        if row is not None:
            limits = TypeLimits.from_json(json.loads(row[0]))
            found = (limits, tree(limits))
        self._read[key] = found
        return found


def write(provider: str, version: str, sources: Mapping[str, Mapping[str, TypeLimits]]) -> Path:
    """Write the limits of all types of a provider anew, by source, in one step."""
    path = cache_file(provider, version)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    with connection:
        for source, limits in sources.items():
            table = SOURCES[source]
            connection.execute(
                f"CREATE TABLE {table} (token TEXT PRIMARY KEY, document TEXT NOT NULL)"
                " WITHOUT ROWID"
            )
            connection.executemany(
                f"INSERT INTO {table} VALUES (?, ?)",  # noqa: S608 - a name of ours
                [
                    (token, json.dumps(limit.to_json(), separators=(",", ":")))
                    for token, limit in sorted(limits.items())
                ],
            )
    connection.close()
    partial.replace(path)
    return path
