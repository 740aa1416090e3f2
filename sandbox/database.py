"""A SQLite file that threads and processes share: its tables, versions, transactions and errors."""

import contextlib
import sqlite3
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

from filelock import FileLock

from sandbox.rows import StoreError

__all__ = ["ANYTHING", "Database", "of_types"]

ANYTHING = "*"

SCHEMA_VERSION = 5
# A writer waits this long for another one. Writes take about a millisecond.
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE resources (
  provider TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, parent TEXT NOT NULL,
  token TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
  inputs TEXT NOT NULL, outputs TEXT NOT NULL, live TEXT NOT NULL,
  created TEXT NOT NULL, updated TEXT NOT NULL,
  PRIMARY KEY (provider, account, region, parent, token, id)
) WITHOUT ROWID;
CREATE INDEX resources_by_name ON resources (name, token, id);
CREATE INDEX resources_by_id ON resources (id, token);
CREATE INDEX resources_by_token ON resources (token, id);
CREATE INDEX resources_by_id_in_any_case ON resources (id COLLATE NOCASE, token);
CREATE INDEX resources_by_arn ON resources (json_extract(outputs, '$.arn'));
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
  provider TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
  token TEXT NOT NULL, id TEXT NOT NULL,
  operation TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE faults (
  rule INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, operation TEXT NOT NULL,
  mode TEXT NOT NULL, skip INTEGER NOT NULL, count INTEGER NOT NULL, message TEXT NOT NULL,
  seconds REAL NOT NULL, resource TEXT NOT NULL DEFAULT '*', code TEXT NOT NULL DEFAULT '',
  probability REAL NOT NULL DEFAULT 1, seed INTEGER NOT NULL DEFAULT 0,
  drawn INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE quotas (token TEXT PRIMARY KEY, maximum INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE shortages (
  machine TEXT NOT NULL, zone TEXT NOT NULL, capacity TEXT NOT NULL, nodes INTEGER NOT NULL,
  PRIMARY KEY (machine, zone, capacity)
) WITHOUT ROWID;
CREATE TABLE identities (
  kind TEXT NOT NULL, id TEXT NOT NULL, details TEXT NOT NULL, PRIMARY KEY (kind, id)
) WITHOUT ROWID;
"""


_COPY_FROM_1 = (
    "INSERT INTO resources (provider, account, region, parent, token, id, name, inputs, outputs,"
    " live, created, updated) SELECT provider, account, region, '', token, id, name, inputs,"
    " outputs, live, created, updated FROM resources_1"
)
# What brings a store of a version to the next one.
_MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE resources RENAME TO resources_1",
        "DROP INDEX resources_by_name",
        "DROP INDEX resources_by_id",
        *[part for part in SCHEMA.split(";") if "CREATE TABLE resources " in part],
        "CREATE INDEX resources_by_name ON resources (provider, token, name)",
        "CREATE INDEX resources_by_id ON resources (id)",
        _COPY_FROM_1,
        "DROP TABLE resources_1",
    ),
    2: (
        "DROP INDEX resources_by_name",
        "DROP INDEX resources_by_id",
        "CREATE INDEX resources_by_name ON resources (name, token, id)",
        "CREATE INDEX resources_by_id ON resources (id, token)",
        "CREATE INDEX resources_by_token ON resources (token, id)",
        "CREATE INDEX resources_by_arn ON resources (json_extract(outputs, '$.arn'))",
        *[part for part in SCHEMA.split(";") if "CREATE TABLE quotas" in part],
        "ALTER TABLE faults ADD COLUMN resource TEXT NOT NULL DEFAULT '*'",
        "ALTER TABLE faults ADD COLUMN code TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE faults ADD COLUMN probability REAL NOT NULL DEFAULT 1",
        "ALTER TABLE faults ADD COLUMN seed INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE faults ADD COLUMN drawn INTEGER NOT NULL DEFAULT 0",
    ),
    3: ("CREATE INDEX resources_by_id_in_any_case ON resources (id COLLATE NOCASE, token)",),
    4: tuple(part for part in SCHEMA.split(";") if "CREATE TABLE shortages" in part),
}


class Database:
    """The file below `sandbox.store.Store`; each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path`, making and filling it when there is none.

        Raises:
            StoreError: The file is no store, is damaged, is of a newer version, or cannot be made.
        """
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        with self.explained():
            self._prepare()

    def close(self) -> None:
        """Close every thread's connection."""
        with self._connections_lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    def fill(self) -> None:
        """Write what a new file holds, in the transaction that makes it."""

    def query(self, text: str, values: tuple[object, ...] = ()) -> list[tuple[Any, ...]]:
        """The rows that a statement finds."""
        with self.explained():
            return self.connection().execute(text, values).fetchall()

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """One unit of work with no other writer beside it; joins the one that is open already."""
        connection = self.connection()
        if connection.in_transaction:
            yield connection
            return
        with self.explained():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.commit()
            except BaseException:
                # A commit that fails, on a full disk, would else stay open, and this thread's next
                # units of work would join it and never be written.
                connection.rollback()
                raise

    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(
                self.path,
                timeout=BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,  # Only close() crosses threads.
            )
            # A killed process loses nothing in this mode; only a power cut could.
            connection.execute("PRAGMA synchronous = NORMAL")
            self._local.connection = connection
            with self._connections_lock:
                self._connections.append(connection)
        return connection

    def _prepare(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._version() == 0:
            # Switching a new file to WAL is not covered by SQLite's own waiting.
            with FileLock(f"{self.path}.lock", timeout=BUSY_SECONDS):
                if self._version() == 0 and not self._tables():
                    self.connection().execute("PRAGMA journal_mode = WAL")
                    self._create()
        self._migrate()
        version = self._version()
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the sandbox's store {self.path} has schema version {version}, this sandbox reads"
                f" {SCHEMA_VERSION}: move the file away to start with an empty cloud, or use the"
                " version of the project that wrote it"
            )
        problem = self.connection().execute("PRAGMA quick_check(1)").fetchone()[0]
        if problem != "ok":
            raise sqlite3.DatabaseError(problem)

    def _migrate(self) -> None:
        """Bring a store of an older version up to date, in one step."""
        if self._version() not in _MIGRATIONS:
            return
        with self.transaction() as connection:
            while (version := self._version()) in _MIGRATIONS:
                for statement in _MIGRATIONS[version]:
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {version + 1}")

    def _tables(self) -> int:
        query = "SELECT count(*) FROM sqlite_schema"
        return int(self.connection().execute(query).fetchone()[0])

    def _version(self) -> int:
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def _create(self) -> None:
        with self.transaction() as connection:
            for statement in SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            self.fill()

    @contextlib.contextmanager
    def explained(self) -> Generator[None]:
        """Say what a database error means and what to do; never repair or reset by itself."""
        try:
            yield
        except sqlite3.IntegrityError:
            raise
        except sqlite3.DatabaseError as error:
            text = str(error)
            if "disk is full" in text or "disk I/O" in text:
                advice = "free some space and repeat the command: nothing was half written"
            elif "locked" in text or "busy" in text:
                advice = f"another process has held it for over {BUSY_SECONDS:.0f} s; is one stuck?"
            elif "readonly" in text or "unable to open" in text:
                advice = "check the path and its permissions"
            else:
                advice = (
                    "the file is damaged or is no store. It is left as it is: restore a copy, or"
                    " move it away to start with an empty cloud"
                )
            raise StoreError(f"the sandbox's store {self.path}: {text}; {advice}") from error
        except OSError as error:
            raise StoreError(f"the sandbox's store {self.path}: {error.strerror}") from error


def of_types(token: str) -> tuple[str, tuple[object, ...]]:
    """A condition on types that an index serves; a glob may find more than it means."""
    if token == ANYTHING:
        return "1", ()
    if not any(sign in token for sign in "*?["):
        return "token = ?", (token,)
    # SQLite's own sets of characters are written otherwise.
    return "token GLOB ?", (token.partition("[")[0] + "*" if "[" in token else token,)
