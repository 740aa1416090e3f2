"""What the store's rows mean to an apply, and what the provider leaves out of one."""

import json
from typing import Any, cast

from sandbox.clouds.base import Call
from sandbox.clouds.kubernetes.control import Object, Written
from sandbox.clouds.kubernetes.ownership import Manager, Owned
from sandbox.store import Row
from sandbox.values import at, mapped

__all__ = ["live", "with_written", "without_ignored"]


def live(row: Row) -> Written:
    """The object of a row, and who owns its fields."""
    return Written(
        {name: value for name, value in row.outputs.items() if name != "status"},
        Owned.from_json(row.live.get("managers")),
    )


def with_written(row: Row, written: Written) -> Row:
    """The row of an object that somebody else has written to."""
    notes = {**row.live, "managers": written.owned.to_json()}
    kept = {"status": row.outputs["status"]} if "status" in row.outputs else {}
    return row.replace(outputs={**written.object, **kept}, live=notes)


def without_ignored(call: Call, value: Object, there: Written, manager: Manager) -> Object:
    """As the provider: an ignored field is left out where others own it, else kept as it is."""
    found = json.loads(json.dumps(value))
    mine = there.owned.managers.get(manager, frozenset[str]())
    theirs = there.owned.others(manager)
    for path in call.ignored:
        names = path.split(".")
        place: Any = found
        for name in names[:-1]:
            place = mapped(place).get(name)
        if not isinstance(place, dict):
            continue
        at_path = f".{path}"
        owned = any(p == at_path or p.startswith((f"{at_path}.", f"{at_path}[")) for p in theirs)
        target = cast("dict[str, Any]", place)
        if owned and at_path not in mine:
            target.pop(names[-1], None)
        elif (current := at(there.object, *names)) is not None:
            target[names[-1]] = current
    return found
