"""The stand-in cloud: one SQLite file, apart from Pulumi's state, shared by the whole sandbox.

A resource is one row. Its key is (provider, token, id) within a scope (account, region, parent):

| column | what |
|---|---|
| provider | `aws`, `gcp`, `azure-native`, `kubernetes` |
| account | AWS account, GCP project, Azure subscription, Kubernetes context |
| region | AWS region or GCP region; empty for what has none |
| parent | what the id is unique in, where that is not the account: the API of a stage |
| token | Pulumi's type token, as in `aws:sagemaker/endpoint:Endpoint` |
| id | Pulumi's id, which is the vendor's (`i-0123…`, an ARN, `namespace/name`) |
| name | the vendor's name of it, empty if it has none |
| inputs, outputs | Pulumi properties in wire spelling (`executionRoleArn`), secrets unwrapped |
| live | what the cloud knows and Pulumi has no property for |

Of a row of `aws:sagemaker/endpoint:Endpoint`, `live` is
`{"status": "InService", "endpoint_config_name": …, "variants": [{"name", "desired_weight",
"current_weight", "desired_instance_count", "current_instance_count"}]}`.

Writes are transactions: what `put`, `insert`, `update` and `delete` returned from is on disk, and a
process killed at any moment loses nothing else. Any number of threads and processes may use one
file; each thread has its own connection.
"""

import contextlib
import dataclasses
import datetime as dt
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Literal

from filelock import FileLock

from sandbox import seed

__all__ = [
    "AlreadyExistsError",
    "Event",
    "Fault",
    "FaultMode",
    "Identity",
    "NotFoundError",
    "Row",
    "Store",
    "StoreError",
    "default_path",
]

SCHEMA_VERSION = 2
# A writer waits this long for another one. Writes take about a millisecond.
BUSY_SECONDS = 30.0
ANYTHING = "*"

FaultMode = Literal["fail", "throttle", "timeout", "die", "slow", "silent_rollback"]

_SCHEMA = """
CREATE TABLE resources (
  provider TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL, parent TEXT NOT NULL,
  token TEXT NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL,
  inputs TEXT NOT NULL, outputs TEXT NOT NULL, live TEXT NOT NULL,
  created TEXT NOT NULL, updated TEXT NOT NULL,
  PRIMARY KEY (provider, account, region, parent, token, id)
) WITHOUT ROWID;
CREATE INDEX resources_by_name ON resources (provider, token, name);
CREATE INDEX resources_by_id ON resources (id);
CREATE TABLE events (
  sequence INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL,
  provider TEXT NOT NULL, account TEXT NOT NULL, region TEXT NOT NULL,
  token TEXT NOT NULL, id TEXT NOT NULL,
  operation TEXT NOT NULL, outcome TEXT NOT NULL, detail TEXT NOT NULL
);
CREATE TABLE faults (
  rule INTEGER PRIMARY KEY AUTOINCREMENT, token TEXT NOT NULL, operation TEXT NOT NULL,
  mode TEXT NOT NULL, skip INTEGER NOT NULL, count INTEGER NOT NULL, message TEXT NOT NULL,
  seconds REAL NOT NULL
);
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
        *[part for part in _SCHEMA.split(";") if " resources " in part],
        _COPY_FROM_1,
        "DROP TABLE resources_1",
    )
}

_SELECT = (
    "SELECT provider, token, id, account, region, parent, name, inputs, outputs, live, created,"
    " updated FROM resources"
)


class StoreError(Exception):
    """The store cannot be used; the message says why and what to do."""


class AlreadyExistsError(StoreError):
    """A row with this key is there already."""


class NotFoundError(StoreError):
    """No row has this key."""


@dataclass(frozen=True, slots=True)
class Row:
    """One resource of the stand-in cloud."""

    provider: str
    token: str
    id: str
    account: str = ""
    region: str = ""
    parent: str = ""
    name: str = ""
    inputs: dict[str, Any] = field(default_factory=dict[str, Any])
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    live: dict[str, Any] = field(default_factory=dict[str, Any])
    created: str = ""
    updated: str = ""

    def replace(self, **changes: Any) -> "Row":  # noqa: ANN401 - any column
        """A copy with other values."""
        return dataclasses.replace(self, **changes)


@dataclass(frozen=True, slots=True)
class Event:
    """One operation that happened to a resource; `outcome` is `ok` or what went wrong."""

    operation: str
    provider: str
    token: str
    id: str
    account: str = ""
    region: str = ""
    outcome: str = "ok"
    detail: str = ""
    at: str = ""
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that makes an operation go wrong.

    `token` and `operation` are globs (`aws:sagemaker/*`, `create`); the rule lets `skip` matching
    calls pass, then applies to `count` of them (-1: to all).
    """

    token: str
    operation: str
    mode: FaultMode
    count: int = 1
    skip: int = 0
    message: str = ""
    seconds: float = 0.0
    rule: int = 0


@dataclass(frozen=True, slots=True)
class Identity:
    """An account, project, subscription or cluster that exists in the sandbox."""

    kind: str
    id: str
    details: dict[str, Any]


# `Store.list` hides the built-in of that name from the annotations of the class.
Rows = list[Row]
Events = list[Event]
Faults = list[Fault]
Identities = list[Identity]


def default_path() -> Path:
    """The store of this environment: `MODEL_SERVING_SANDBOX_STORE`, or the project's own."""
    given = os.environ.get("MODEL_SERVING_SANDBOX_STORE")
    if given:
        return Path(given)
    home = os.environ.get("MODEL_SERVING_SANDBOX_HOME")
    root = Path(home) if home else Path(__file__).resolve().parent.parent / ".sandbox"
    return root / "store.sqlite"


def now() -> str:
    """The time as it is written into rows: UTC, milliseconds."""
    moment = dt.datetime.now(tz=dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """The stand-in cloud's rows, safe for any number of threads and processes."""

    def __init__(self, path: Path | str | None = None, *, seeded: bool = True) -> None:
        """Open the file at `path`, making and seeding it when there is none.

        Raises:
            StoreError: The file is no store, is damaged, is of a newer version, or cannot be made.
        """
        self.path = Path(path) if path is not None else default_path()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        with self._explained():
            self._prepare(seeded=seeded)

    def close(self) -> None:
        """Close every thread's connection."""
        with self._connections_lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    # ---- resources ----

    def get(
        self,
        provider: str,
        token: str,
        resource_id: str,
        *,
        account: str = "",
        region: str = "",
        parent: str = "",
    ) -> Row | None:
        """The row with this key; an empty account, region or parent means any."""
        rows = self._rows(
            "token = ? AND id = ? AND (parent = ? OR ? = '')",
            (token, resource_id, parent, parent),
            provider=provider,
            account=account,
            region=region,
        )
        return rows[0] if rows else None

    def by_name(
        self, provider: str, token: str, name: str, *, account: str = "", region: str = ""
    ) -> Row | None:
        """The row of a type with this vendor's name; an empty account or region means any."""
        rows = self._rows(
            "token = ? AND name = ?",
            (token, name),
            provider=provider,
            account=account,
            region=region,
        )
        return rows[0] if rows else None

    def list(
        self, provider: str = "", token: str = ANYTHING, *, account: str = "", region: str = ""
    ) -> "Rows":
        """Rows by token glob, ordered by token and id; an empty argument means any."""
        if any(sign in token for sign in "*?["):
            rows = self._rows("1", (), provider=provider, account=account, region=region)
            return [row for row in rows if fnmatchcase(row.token, token)]
        return self._rows("token = ?", (token,), provider=provider, account=account, region=region)

    def find(self, text: str, *, provider: str = "") -> "Rows":
        """Rows whose id, name or ARN is `text`."""
        return self._rows(
            "(id = ?1 OR name = ?1 OR json_extract(outputs, '$.arn') = ?1)",
            (text,),
            provider=provider,
        )

    def put(self, row: Row, *, operation: str = "put") -> Row:
        """Write a row whether or not it is there, and log it."""
        with self.transaction() as connection:
            return self._write(connection, row, operation, "INSERT OR REPLACE")

    def insert(self, row: Row, *, operation: str = "create") -> Row:
        """Write a row that must not be there yet, and log it.

        Raises:
            AlreadyExistsError: It is there.
        """
        with self.transaction() as connection:
            try:
                return self._write(connection, row, operation, "INSERT")
            except sqlite3.IntegrityError as error:
                raise AlreadyExistsError(f"{row.token} {row.id} exists already") from error

    def update(
        self,
        provider: str,
        token: str,
        resource_id: str,
        change: Callable[[Row], Row],
        *,
        account: str = "",
        region: str = "",
        parent: str = "",
        operation: str = "update",
    ) -> Row:
        """Read a row, change it and write it, with no other writer between.

        Raises:
            NotFoundError: There is no such row.
        """
        with self.transaction() as connection:
            row = self.get(
                provider, token, resource_id, account=account, region=region, parent=parent
            )
            if row is None:
                raise NotFoundError(f"{token} {resource_id} does not exist")
            return self._write(connection, change(row), operation, "INSERT OR REPLACE")

    def delete(
        self,
        provider: str,
        token: str,
        resource_id: str,
        *,
        account: str = "",
        region: str = "",
        parent: str = "",
        operation: str = "delete",
    ) -> bool:
        """Remove a row and log it; False when there was none."""
        with self.transaction() as connection:
            row = self.get(
                provider, token, resource_id, account=account, region=region, parent=parent
            )
            if row is None:
                return False
            connection.execute(
                "DELETE FROM resources WHERE provider = ? AND account = ? AND region = ?"
                " AND parent = ? AND token = ? AND id = ?",
                (row.provider, row.account, row.region, row.parent, row.token, row.id),
            )
            self._log(connection, _event(row, operation))
            return True

    # ---- events ----

    def log(self, event: Event) -> None:
        """Append an event that changed no row: a refusal, a fault, an invoke."""
        with self.transaction() as connection:
            self._log(connection, event)

    def events(self, token: str = ANYTHING, operation: str = "*", *, after: int = 0) -> "Events":
        """Events in the order in which they happened, by globs, after a sequence number."""
        found = self._connection().execute(
            "SELECT operation, provider, token, id, account, region, outcome, detail, at, sequence"
            " FROM events WHERE sequence > ? ORDER BY sequence",
            (after,),
        )
        return [
            event
            for event in (Event(*values) for values in found)
            if fnmatchcase(event.token, token) and fnmatchcase(event.operation, operation)
        ]

    # ---- faults ----

    def add_fault(self, fault: Fault) -> int:
        """Add a rule; returns its number."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "INSERT INTO faults (token, operation, mode, skip, count, message, seconds)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    fault.token,
                    fault.operation,
                    fault.mode,
                    fault.skip,
                    fault.count,
                    fault.message,
                    fault.seconds,
                ),
            )
            return int(cursor.lastrowid or 0)

    def faults(self) -> "Faults":
        """The rules that are still to apply."""
        found = self._connection().execute(
            "SELECT token, operation, mode, count, skip, message, seconds, rule"
            " FROM faults WHERE count != 0 ORDER BY rule"
        )
        return [Fault(*values) for values in found]

    def clear_faults(self, rule: int | None = None) -> int:
        """Remove one rule or all; returns how many were there."""
        with self.transaction() as connection:
            if rule is None:
                return connection.execute("DELETE FROM faults WHERE count != 0").rowcount
            return connection.execute(
                "DELETE FROM faults WHERE rule = ? AND count != 0", (rule,)
            ).rowcount

    def take_fault(self, token: str, operation: str) -> Fault | None:
        """The fault that hits this call, if any; counts it down, once per call whoever asks."""
        matching = [f for f in self.faults() if _hits(f, token, operation)]
        if not matching:
            return None
        with self.transaction() as connection:
            # Read again inside the transaction: another call may have used the rule up.
            for fault in self.faults():
                if not _hits(fault, token, operation):
                    continue
                if fault.skip > 0:
                    connection.execute(
                        "UPDATE faults SET skip = skip - 1 WHERE rule = ?", (fault.rule,)
                    )
                    continue
                if fault.count > 0:
                    connection.execute(
                        "UPDATE faults SET count = count - 1 WHERE rule = ?", (fault.rule,)
                    )
                return fault
        return None

    # ---- identities ----

    def identities(self, kind: str) -> "Identities":
        """What exists of a kind: `aws_account`, `gcp_project`, `azure_subscription`, `cluster`."""
        found = self._connection().execute(
            "SELECT kind, id, details FROM identities WHERE kind = ? ORDER BY id", (kind,)
        )
        return [Identity(row[0], row[1], json.loads(row[2])) for row in found]

    def add_identity(self, identity: Identity) -> None:
        """Make an account, project, subscription or cluster exist."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO identities VALUES (?, ?, ?)",
                (identity.kind, identity.id, json.dumps(identity.details)),
            )

    # ---- transactions ----

    @contextlib.contextmanager
    def transaction(self) -> Generator[sqlite3.Connection]:
        """One unit of work with no other writer beside it; joins the one that is open already."""
        connection = self._connection()
        if connection.in_transaction:
            yield connection
            return
        with self._explained():
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.rollback()
                raise
            connection.commit()

    # ---- inside ----

    def _rows(
        self,
        condition: str,
        values: tuple[object, ...],
        *,
        provider: str = "",
        account: str = "",
        region: str = "",
    ) -> "Rows":
        query = f"{_SELECT} WHERE {condition}"  # Conditions are constants of this module.
        for column, value in (("provider", provider), ("account", account), ("region", region)):
            if value:
                # A row without a region is global: an IAM role is seen from every region.
                query += f" AND {column} = ?" if column != "region" else " AND region IN (?, '')"
                values = (*values, value)
        with self._explained():
            found = self._connection().execute(query + " ORDER BY token, id", values).fetchall()
        return [_row(columns) for columns in found]

    def _write(self, connection: sqlite3.Connection, row: Row, operation: str, verb: str) -> Row:
        moment = now()
        row = row.replace(created=row.created or moment, updated=moment)
        connection.execute(
            f"{verb} INTO resources (provider, account, region, parent, token, id, name, inputs,"
            " outputs, live, created, updated) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                row.provider,
                row.account,
                row.region,
                row.parent,
                row.token,
                row.id,
                row.name,
                json.dumps(row.inputs),
                json.dumps(row.outputs),
                json.dumps(row.live),
                row.created,
                row.updated,
            ),
        )
        self._log(connection, _event(row, operation))
        return row

    def _log(self, connection: sqlite3.Connection, event: Event) -> None:
        connection.execute(
            "INSERT INTO events (at, provider, account, region, token, id, operation, outcome,"
            " detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                event.at or now(),
                event.provider,
                event.account,
                event.region,
                event.token,
                event.id,
                event.operation,
                event.outcome,
                event.detail,
            ),
        )

    def _connection(self) -> sqlite3.Connection:
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

    def _prepare(self, *, seeded: bool) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self._version() == 0:
            # Switching a new file to WAL is not covered by SQLite's own waiting.
            with FileLock(f"{self.path}.lock", timeout=BUSY_SECONDS):
                if self._version() == 0 and not self._tables():
                    self._connection().execute("PRAGMA journal_mode = WAL")
                    self._create(seeded=seeded)
        self._migrate()
        version = self._version()
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the sandbox's store {self.path} has schema version {version}, this sandbox reads"
                f" {SCHEMA_VERSION}: move the file away to start with an empty cloud, or use the"
                " version of the project that wrote it"
            )
        problem = self._connection().execute("PRAGMA quick_check(1)").fetchone()[0]
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
        return int(self._connection().execute(query).fetchone()[0])

    def _version(self) -> int:
        return int(self._connection().execute("PRAGMA user_version").fetchone()[0])

    def _create(self, *, seeded: bool) -> None:
        with self.transaction() as connection:
            for statement in _SCHEMA.split(";"):
                if statement.strip():
                    connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            if seeded:
                for columns in seed.identities():
                    self.add_identity(Identity(*columns))
                for columns in seed.resources():
                    self._write(connection, Row(**columns), "seed", "INSERT")

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
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


def _row(columns: tuple[str, ...]) -> Row:
    provider, token, row_id, account, region, parent, name, *documents, created, updated = columns
    inputs, outputs, live = map(json.loads, documents)
    return Row(
        provider=provider,
        token=token,
        id=row_id,
        account=account,
        region=region,
        parent=parent,
        name=name,
        inputs=inputs,
        outputs=outputs,
        live=live,
        created=created,
        updated=updated,
    )


def _event(row: Row, operation: str) -> Event:
    return Event(operation, row.provider, row.token, row.id, row.account, row.region)


def _hits(fault: Fault, token: str, operation: str) -> bool:
    return fnmatchcase(token, fault.token) and fnmatchcase(operation, fault.operation)
