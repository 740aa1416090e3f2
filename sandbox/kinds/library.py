"""Reads the cached kinds; nothing is parsed or downloaded here."""

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.kinds.compact import Pool, unpacked
from sandbox.kinds.modules import FOLDER
from sandbox.schema.cache import cache_folder

__all__ = ["Kind", "Kinds", "cache_file", "write"]

_TABLES = """
CREATE TABLE schemas (number INTEGER PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE kinds (
  id INTEGER PRIMARY KEY, api_group TEXT NOT NULL, version TEXT NOT NULL, kind TEXT NOT NULL,
  schema INTEGER NOT NULL, namespaced INTEGER NOT NULL, custom INTEGER NOT NULL,
  plural TEXT NOT NULL, parts TEXT NOT NULL, source TEXT NOT NULL
);
CREATE UNIQUE INDEX kinds_by_name ON kinds (api_group, version, kind);
CREATE TABLE documents (name TEXT PRIMARY KEY, document TEXT NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Kind:
    """One version of a kind of object.

    Attributes:
        group: API group; empty for the core one.
        schema: structural schema of the whole object.
        namespaced: whether its objects live in namespaces; of Kubernetes' own kinds it is not
            known here.
        custom: whether a CustomResourceDefinition defines it.
        plural: name of the resource in URLs; empty for Kubernetes' own kinds.
        source: the module or release that it is from.
    """

    group: str
    version: str
    kind: str
    schema: dict[str, Any]
    namespaced: bool
    custom: bool
    plural: str
    source: str

    @property
    def api_version(self) -> str:
        """As objects have it, such as `apps/v1` or `v1`."""
        return f"{self.group}/{self.version}" if self.group else self.version


def cache_file() -> Path:
    """Where the kinds are, for the versions and sources of this checkout."""
    digest = hashlib.sha256()
    facts = FOLDER.parent.parent / "facts" / "versions.toml"
    written = sorted(FOLDER.glob("written/*.yaml"))
    for file in (facts, FOLDER / "go.sum", *sorted(FOLDER.glob("*.py")), *written):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return cache_folder() / "sandbox" / "kinds" / f"{digest.hexdigest()[:12]}.sqlite"


class Kinds:
    """Kinds by group, version and name, each read when it is first asked for."""

    def __init__(self, path: Path | None = None) -> None:
        """Open the cache; where the set-up has made none, no kind is known."""
        self._path = path or cache_file()
        self._lock = threading.Lock()
        self._read: dict[tuple[str, str, str], Kind | None] = {}
        self._schemas: dict[int, dict[str, Any]] = {}
        self._connection: sqlite3.Connection | None = None
        if self._path.exists():
            self._connection = sqlite3.connect(
                f"{self._path.as_uri()}?mode=ro", uri=True, check_same_thread=False
            )

    @property
    def known(self) -> bool:
        """Whether there is a cache at all."""
        return self._connection is not None

    def get(self, group: str, version: str, kind: str) -> Kind | None:
        """A kind; None where the cluster does not serve it, as far as is known."""
        key = (group, version, kind)
        if key not in self._read:
            with self._lock:
                self._read[key] = self._fetch(key)
        return self._read[key]

    def names(self, *, custom: bool | None = None) -> list[tuple[str, str, str]]:
        """Group, version and kind of all there are."""
        where = "" if custom is None else f" WHERE custom = {int(custom)}"
        return [
            (str(group), str(version), str(kind))
            for group, version, kind in self._rows(
                f"SELECT api_group, version, kind FROM kinds{where} ORDER BY 1, 3, 2"  # noqa: S608 - a number
            )
        ]

    def versions(self, group: str, kind: str) -> list[str]:
        """The versions in which a kind is served."""
        text = "SELECT version FROM kinds WHERE api_group = ? AND kind = ?"
        return [str(row[0]) for row in self._rows(text, (group, kind))]

    def document(self, name: str) -> Any:  # noqa: ANN401 - JSON
        """Something else that the set-up has noted, such as KServe's own serving runtimes."""
        rows = self._rows("SELECT document FROM documents WHERE name = ?", (name,))
        return json.loads(rows[0][0]) if rows else None

    def _rows(self, text: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        if self._connection is None:
            return []
        with self._lock:
            return self._connection.execute(text, values).fetchall()

    def _fetch(self, key: tuple[str, str, str]) -> Kind | None:
        if self._connection is None:
            return None
        row = self._connection.execute(
            "SELECT schema, namespaced, custom, plural, parts, source FROM kinds"
            " WHERE api_group = ? AND version = ? AND kind = ?",
            key,
        ).fetchone()
        if row is None:
            return None
        number, namespaced, custom, plural, parts, source = row
        wanted = [part for part in json.loads(parts) if part not in self._schemas]
        texts: dict[int, str] = {}
        for part in wanted:
            (text,) = self._connection.execute(
                "SELECT document FROM schemas WHERE number = ?", (part,)
            ).fetchone()
            texts[part] = text
        unpacked(texts, self._schemas)
        schema = self._schemas[number]
        return Kind(*key, schema, bool(namespaced), bool(custom), plural, source)


def write(kinds: Iterable[Kind], documents: Mapping[str, Any], path: Path) -> None:
    """Write all kinds anew, in one step."""
    pool = Pool()
    rows = [
        (
            *(kind.group, kind.version, kind.kind, number := pool.add(kind.schema)),
            *(int(kind.namespaced), int(kind.custom), kind.plural),
            *(json.dumps(pool.parts(number)), kind.source),
        )
        for kind in kinds
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    connection = sqlite3.connect(partial)
    connection.executescript(_TABLES)
    with connection:
        connection.executemany("INSERT INTO schemas VALUES (?, ?)", enumerate(pool.texts()))
        connection.executemany(
            "INSERT INTO kinds (api_group, version, kind, schema, namespaced, custom, plural,"
            " parts, source) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )
        connection.executemany(
            "INSERT INTO documents VALUES (?, ?)",
            [(name, json.dumps(value, separators=(",", ":"))) for name, value in documents.items()],
        )
    connection.close()
    for old in path.parent.glob("*.sqlite"):
        old.unlink()
    partial.replace(path)
