"""What Google Cloud and its provider do when a resource is deleted: refuse, take along, leave."""

from sandbox.check import Problem
from sandbox.clouds.base import Call
from sandbox.clouds.gcp.constraints import is_grant
from sandbox.clouds.gcp.kinds import KINDS, PLAIN
from sandbox.clouds.gcp.places import place
from sandbox.clouds.gcp.references import STAYS
from sandbox.store import Row
from sandbox.values import mapped

__all__ = ["dependents", "left", "problems"]


def problems(call: Call, row: Row) -> list[Problem]:
    """Why it cannot be deleted now; what stays in the cloud all the same is noted as left."""
    kind = KINDS.get(row.token, PLAIN)
    if _is_abandoned(row):
        _leave(call, row)
        return []
    found = [*_protected(row), *kind.deletion(call, row)]
    for token, path in kind.users.items():
        users = [other.name for other in _belonging(call, row, token, path)]
        if users:
            noun = token.rpartition(":")[2]
            reason = f"is being used by {noun} {', '.join(users)}; delete them first"
            found.append(Problem(row.name or row.id, reason))
    if kind.name_stays and not found:
        _leave(call, row)
    return found


def dependents(call: Call, row: Row) -> list[Row]:
    """What belongs to it, and the grants on it."""
    if _is_abandoned(row):
        return []
    parts = [
        other
        for token, path in KINDS.get(row.token, PLAIN).parts.items()
        for other in _belonging(call, row, token, path)
    ]
    start = f"b/{row.id}/" if row.token.endswith(":Bucket") else f"{row.id}/"
    below = call.store.below("gcp", start, account=row.account)
    return parts + [other for other in below if is_grant(other.token)]


def left(call: Call, resource_id: str) -> Row | None:
    """What is left of a deleted resource that is never gone, or was abandoned."""
    row = call.store.get("gcp", STAYS, resource_id)
    if row is None or row.live.get("of") != call.token:
        return None
    return row.replace(token=call.token, live=mapped(row.live.get("live")))


def _leave(call: Call, row: Row) -> None:
    """Leave it in the cloud: it can be imported, not made again."""
    note = {"of": row.token, "usable": _is_abandoned(row), "live": row.live}
    call.store.put(row.replace(token=STAYS, live=note), operation="leave")


def _belonging(call: Call, row: Row, token: str, path: str) -> list[Row]:
    """Rows of a type that say by their id or an input that they belong to this one."""
    own = {row.id, row.name, str(row.outputs.get("selfLink") or row.id)}
    own |= {str(row.outputs.get("name") or row.id), str(row.outputs.get("email") or row.id)}
    return [
        other
        for other in call.store.list("gcp", token, account=row.account)
        if other.id.startswith(f"{row.id}/") or (path and other.inputs.get(path) in own)
    ]


def _is_abandoned(row: Row) -> bool:
    """Whether the provider forgets it instead of deleting it."""
    return row.inputs.get("deletionPolicy") == "ABANDON"


def _protected(row: Row) -> list[Problem]:
    if row.inputs.get("deletionPolicy") == "PREVENT":
        return [Problem("deletionPolicy", "is PREVENT; use DELETE, run `pulumi up`, then destroy")]
    if place(row.token).protected and row.inputs.get("deletionProtection", True) not in {
        False,
        "false",
    }:
        reason = (
            "is true, as it is unless it is set to false; set it to false, run `pulumi up`,"
            " then destroy"
        )
        return [Problem("deletionProtection", reason)]
    return []
