"""What somebody else changes in the cluster: what is refused, and whose the fields are then."""

from sandbox.check import Problem
from sandbox.clouds.kubernetes import applying, rules, status
from sandbox.clouds.kubernetes.cel import Rules
from sandbox.clouds.kubernetes.control import judged, served, stamped
from sandbox.clouds.kubernetes.ownership import Manager, updated
from sandbox.kinds import Kind
from sandbox.store import Row

__all__ = ["drifted", "problems"]


def problems(known: Kind | None, before: Row, after: Row, expressions: Rules) -> list[Problem]:
    """What the API server refuses of a change, whoever makes it."""
    group, _, kind = served(before.token)
    old, new = (
        {name: part for name, part in row.outputs.items() if name != "status"}
        for row in (before, after)
    )
    shape = known is not None and known.custom
    found = judged(known, new, old, expressions, shape=shape)
    found += rules.changes(group, kind, old, new)
    # What was wrong before is not of this change.
    wrong = judged(known, old, None, expressions, shape=shape)
    return [problem for problem in found if problem not in wrong]


def drifted(known: Kind | None, before: Row, after: Row, manager: str) -> Row:
    """The row after a change: what it changes is the manager's, the program's inputs stay."""
    _, _, kind = served(before.token)
    form = known.schema if known is not None else {}
    scaled = manager == "kube-controller-manager" and kind not in {"Job", "Pod"}
    who = Manager(manager or "kubectl", "Update", "scale" if scaled else "")
    owned = updated(before.outputs, after.outputs, form, applying.live(before).owned, who)
    notes = {**after.live, "managers": owned.to_json()}
    value = stamped(after.outputs, before.outputs, "")
    if before.outputs.get("status") == after.outputs.get("status"):
        value = {**value, **status.status_of(kind, value, before, notes, [])}
    # A row that was seeded has no inputs of its own.
    return after.replace(inputs=before.inputs, outputs=value, live=notes)
