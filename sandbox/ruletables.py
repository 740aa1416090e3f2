"""Rules that users give the stand-in cloud: faults of operations, quotas, and what is short."""

import random
from collections.abc import Collection
from fnmatch import fnmatchcase

from sandbox.database import ANYTHING, Database, of_types
from sandbox.rows import Fault, Quota, Row, Shortage

__all__ = ["RuleTables"]

_COLUMNS = (
    *("token", "operation", "mode", "skip", "count", "message", "seconds", "resource", "code"),
    *("probability", "seed", "drawn"),
)
# Built of constants alone.
_SELECT = f"SELECT rule, {', '.join(_COLUMNS)} FROM faults WHERE count != 0 ORDER BY rule"  # noqa: S608
_INSERT = f"INSERT INTO faults ({', '.join(_COLUMNS)}) VALUES (?{', ?' * (len(_COLUMNS) - 1)})"  # noqa: S608
_SKIP = "UPDATE faults SET skip = skip - 1 WHERE rule = ?"
_DRAW = "UPDATE faults SET drawn = drawn + 1 WHERE rule = ?"
_USE = "UPDATE faults SET count = count - 1 WHERE rule = ?"


class RuleTables(Database):
    """The tables of rules, beside those of the store."""

    # ---- faults ----

    def add_fault(self, fault: Fault) -> int:
        """Add a rule; returns its number."""
        with self.transaction() as connection:
            cursor = connection.execute(_INSERT, tuple(getattr(fault, n) for n in _COLUMNS))
            return int(cursor.lastrowid or 0)

    def faults(self) -> list[Fault]:
        """The rules that are still to apply."""
        found = self.query(_SELECT)
        return [Fault(**dict(zip(_COLUMNS, row[1:], strict=True)), rule=row[0]) for row in found]

    def clear_faults(self, rule: int | None = None) -> int:
        """Remove one rule or all; returns how many were there."""
        with self.transaction() as connection:
            if rule is None:
                return connection.execute("DELETE FROM faults WHERE count != 0").rowcount
            return connection.execute(
                "DELETE FROM faults WHERE rule = ? AND count != 0", (rule,)
            ).rowcount

    def take_fault(
        self,
        token: str,
        operation: str,
        names: Collection[str] = (),
        *,
        modes: Collection[str] | None = None,
    ) -> Fault | None:
        """The fault that hits this call, if any; counts it down, once per call whoever asks.

        `names` are what the resource is called: rules of one resource are judged by them; `modes`
        are those that can hit here, if not all.
        """

        def hits(fault: Fault) -> bool:
            possible = modes is None or fault.mode in modes
            return possible and _hits(fault, token, operation, names)

        if not any(map(hits, self.faults())):
            return None
        with self.transaction() as connection:
            # Read again inside the transaction: another call may have used the rule up.
            for fault in filter(hits, self.faults()):
                if fault.skip > 0:
                    connection.execute(_SKIP, (fault.rule,))
                    continue
                if fault.probability < 1:
                    connection.execute(_DRAW, (fault.rule,))
                    chance = random.Random(f"{fault.seed} {fault.drawn}")  # noqa: S311 - no secret
                    if chance.random() >= fault.probability:
                        continue
                if fault.count > 0:
                    connection.execute(_USE, (fault.rule,))
                return fault
        return None

    # ---- quotas ----

    def set_quota(self, quota: Quota) -> None:
        """Allow so many resources of some types; a quota of the same glob is replaced."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO quotas VALUES (?, ?)", (quota.token, quota.maximum)
            )

    def quotas(self) -> list[Quota]:
        """All quotas; a new store has none."""
        found = self.query("SELECT token, maximum FROM quotas ORDER BY token")
        return [Quota(*values) for values in found]

    def clear_quotas(self, token: str | None = None) -> int:
        """Remove the quota of one glob or all; returns how many were there."""
        with self.transaction() as connection:
            if token is None:
                return connection.execute("DELETE FROM quotas").rowcount
            return connection.execute("DELETE FROM quotas WHERE token = ?", (token,)).rowcount

    def exceeded(self, row: Row) -> Quota | None:
        """The quota that a new row would exceed in its account and region."""
        for quota in self.quotas():
            if not fnmatchcase(row.token, quota.token):
                continue
            condition, values = of_types(quota.token)
            found = self.query(
                "SELECT token FROM resources"  # noqa: S608 - a constant condition
                f" WHERE {condition} AND +provider = ? AND +account = ? AND +region = ?",
                (*values, row.provider, row.account, row.region),
            )
            if sum(fnmatchcase(token, quota.token) for (token,) in found) >= quota.maximum:
                return quota
        return None

    # ---- machines that are short ----

    def set_shortage(self, shortage: Shortage) -> None:
        """Say how many machines are left; one of the same types, zones and capacity is replaced."""
        values = (shortage.machine, shortage.zone, shortage.capacity, shortage.nodes)
        with self.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO shortages VALUES (?, ?, ?, ?)", values)

    def shortages(self) -> list[Shortage]:
        """All of them; in a new store nothing is short."""
        found = self.query("SELECT * FROM shortages ORDER BY 1, 2, 3")
        return [Shortage(*values) for values in found]

    def clear_shortages(self, machine: str | None = None, zone: str | None = None) -> int:
        """Remove all, or those with these globs; returns how many were there."""
        with self.transaction() as connection:
            return connection.execute(
                "DELETE FROM shortages WHERE (?1 IS NULL OR machine = ?1)"
                " AND (?2 IS NULL OR zone = ?2)",
                (machine, zone),
            ).rowcount


def _hits(fault: Fault, token: str, operation: str, names: Collection[str]) -> bool:
    return (
        fnmatchcase(token, fault.token)
        and fnmatchcase(operation, fault.operation)
        and (fault.resource == ANYTHING or any(fnmatchcase(n, fault.resource) for n in names))
    )
