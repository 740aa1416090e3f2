"""Management locks by scope: what is locked, or is in what is locked, is not deleted.

Source: https://learn.microsoft.com/azure/azure-resource-manager/management/lock-resources
"""

from sandbox.check import Problem
from sandbox.clouds.azure import ids
from sandbox.clouds.base import Call
from sandbox.store import Row

__all__ = ["deletion"]

_LOCK = f"{ids.PROVIDER}:authorization:ManagementLockByScope"
_MIDDLE = "/providers/Microsoft.Authorization/locks/"


def deletion(call: Call, row: Row) -> list[Problem]:
    """A lock on the resource itself or on what it is in; locks can be deleted."""
    if row.token == _LOCK:
        return []
    scopes = {lock.id.rpartition(_MIDDLE)[0] for lock in call.store.list(ids.PROVIDER, _LOCK)}
    over = [scope for scope in scopes if f"{row.id}/".lower().startswith(f"{scope}/".lower())]
    if not over:
        return []
    locked = ", ".join(f"'{scope}'" for scope in sorted(over))
    return [
        Problem(
            "",
            f"ScopeLocked: The scope '{row.id}' cannot perform delete operation because following"
            f" scope(s) are locked: {locked}. Please remove the lock and try"
            " again",
        )
    ]
