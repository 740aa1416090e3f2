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

import json
import os
import sqlite3
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path

from typing_extensions import override

from sandbox import eventual, seed
from sandbox.database import ANYTHING, of_types
from sandbox.rows import (
    AlreadyExistsError,
    Event,
    Fault,
    FaultMode,
    Identity,
    NotFoundError,
    Quota,
    Row,
    Shortage,
    StoreError,
    now,
)
from sandbox.ruletables import RuleTables

__all__ = [
    "AlreadyExistsError",
    "Event",
    "Fault",
    "FaultMode",
    "Identity",
    "NotFoundError",
    "Quota",
    "Row",
    "Shortage",
    "Store",
    "StoreError",
    "default_path",
]

_SELECT = (
    "SELECT provider, token, id, account, region, parent, name, inputs, outputs, live, created,"
    " updated FROM resources"
)

# `Store.list` hides the built-in of that name from the annotations of the class.
Rows = list[Row]
Events = list[Event]
Identities = list[Identity]


def default_path() -> Path:
    """The store of this environment: `MODEL_SERVING_SANDBOX_STORE`, or the project's own."""
    given = os.environ.get("MODEL_SERVING_SANDBOX_STORE")
    if given:
        return Path(given)
    home = os.environ.get("MODEL_SERVING_SANDBOX_HOME")
    root = Path(home) if home else Path(__file__).resolve().parent.parent / ".sandbox"
    return root / "store.sqlite"


class Store(RuleTables):
    """The stand-in cloud's rows, safe for any number of threads and processes."""

    def __init__(self, path: Path | str | None = None, *, seeded: bool = True) -> None:
        """Open the file at `path` (see `default_path`), making it when there is none.

        Raises:
            StoreError: The file is no store, is damaged, is of a newer version, or cannot be made.
        """
        self._seeded = seeded
        super().__init__(Path(path) if path is not None else default_path())

    @override
    def fill(self) -> None:
        if not self._seeded:
            return
        for columns in seed.identities():
            self.add_identity(Identity(*columns))
        for columns in seed.resources():
            self.insert(Row(**columns), operation="seed")

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
        rows = self.named(provider, token, name, account=account, region=region)
        return rows[0] if rows else None

    def named(
        self, provider: str, token: str, name: str, *, account: str = "", region: str = ""
    ) -> "Rows":
        """All rows of a type with this vendor's name, as its parents may have one each."""
        return self._rows(
            "token = ? AND name = ?",
            (token, name),
            provider=provider,
            account=account,
            region=region,
        )

    def list(
        self, provider: str = "", token: str = ANYTHING, *, account: str = "", region: str = ""
    ) -> "Rows":
        """Rows by token glob, ordered by token and id; an empty argument means any."""
        condition, values = of_types(token)
        rows = self._rows(condition, values, provider=provider, account=account, region=region)
        return [row for row in rows if fnmatchcase(row.token, token)]

    def below(self, provider: str, prefix: str, *, account: str = "") -> "Rows":
        """Rows whose id begins with `prefix`, as what is in a namespace."""
        # The next string after all that begin so.
        end = prefix[:-1] + chr(ord(prefix[-1]) + 1)
        return self._rows("id >= ? AND id < ?", (prefix, end), provider=provider, account=account)

    def mentioning(
        self,
        provider: str,
        token: str,
        texts: Iterable[str],
        *,
        account: str = "",
        region: str = "",
    ) -> "Rows":
        """Rows by token glob whose inputs have one of the texts in them, somewhere.

        What the sandbox began with has its properties in its outputs. SQLite reads the text of all
        rows of the types, which is several times cheaper than making rows of them.
        """
        condition, values = of_types(token)
        # As it is in the JSON of the column.
        written = [json.dumps(text)[1:-1] for text in texts]
        given = "CASE inputs WHEN '{}' THEN outputs ELSE inputs END"
        anywhere = " OR ".join(f"instr({given}, ?) > 0" for _ in written) or "0"
        rows = self._rows(
            f"{condition} AND ({anywhere})",
            (*values, *written),
            provider=provider,
            account=account,
            region=region,
        )
        return [row for row in rows if fnmatchcase(row.token, token)]

    def starting(self, provider: str, token: str, prefix: str, *, account: str = "") -> "Rows":
        """Rows of a type whose ids begin with `prefix`, by the index."""
        return self._rows(
            "token = ? AND id >= ? AND id < ?",
            (token, prefix, prefix + "\U0010ffff"),
            provider=provider,
            account=account,
        )

    def find(self, text: str, *, provider: str = "") -> "Rows":
        """Rows whose id, name or ARN is `text`."""
        return self._rows(
            "(id = ?1 OR name = ?1 OR json_extract(outputs, '$.arn') = ?1)",
            (text,),
            provider=provider,
        )

    def put(self, row: Row, *, operation: str = "put") -> Row:
        """Write a row whether or not it is there, and log it, unless `operation` is empty."""
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
                if self._is_gone(row):
                    return self._write(connection, row, operation, "INSERT OR REPLACE")
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
        with self.transaction():
            row = self.get(
                provider, token, resource_id, account=account, region=region, parent=parent
            )
            return row is not None and self.remove(row, operation=operation)

    def remove(self, row: Row, *, operation: str = "delete") -> bool:
        """Remove this very row and log it; False when it is gone."""
        with self.transaction() as connection:
            cursor = connection.execute(
                "DELETE FROM resources WHERE provider = ? AND account = ? AND region = ?"
                " AND parent = ? AND token = ? AND id = ?",
                (row.provider, row.account, row.region, row.parent, row.token, row.id),
            )
            if cursor.rowcount:
                self._log(connection, _event(row, operation))
            return bool(cursor.rowcount)

    # ---- events ----

    def log(self, event: Event) -> None:
        """Append an event that changed no row: a refusal, a fault, an invoke."""
        with self.transaction() as connection:
            self._log(connection, event)

    def events(self, token: str = ANYTHING, operation: str = "*", *, after: int = 0) -> "Events":
        """Events in the order in which they happened, by globs, after a sequence number."""
        found = self.query(
            "SELECT operation, provider, token, id, account, region, outcome, detail, at, sequence"
            " FROM events WHERE sequence > ? ORDER BY sequence",
            (after,),
        )
        return [
            event
            for event in (Event(*values) for values in found)
            if fnmatchcase(event.token, token) and fnmatchcase(event.operation, operation)
        ]

    # ---- identities ----

    def identities(self, kind: str) -> "Identities":
        """What exists of a kind: `aws_account`, `gcp_project`, `azure_subscription`, `cluster`."""
        found = self.query(
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
                # A row without a region is global: an IAM role is seen from every region. The plus
                # keeps SQLite from the primary key, by which it would read the whole account.
                query += f" AND +{column} = ?" if column != "region" else " AND +region IN (?, '')"
                values = (*values, value)
        found = self.query(query + " ORDER BY token, id", values)
        return [eventual.settled(row) for row in map(_row, found) if not eventual.is_gone(row)]

    def _is_gone(self, row: Row) -> bool:
        """Whether a row with this key is there only because nobody removed it."""
        found = self.query(
            f"{_SELECT} WHERE token = ? AND id = ? AND provider = ? AND account = ? AND region = ?"
            " AND parent = ?",
            (row.token, row.id, row.provider, row.account, row.region, row.parent),
        )
        return bool(found) and eventual.is_gone(_row(found[0]))

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
        if operation:
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
