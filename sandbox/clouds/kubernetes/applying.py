"""Applying a call's object or patch to what the store has, as the provider does it."""

import json
import uuid
from typing import Any, cast

from sandbox.clouds.base import Call, RefusedError
from sandbox.clouds.kubernetes import objects
from sandbox.clouds.kubernetes.control import Key, Object, StoredPlane, Written, stamped
from sandbox.clouds.kubernetes.ownership import ConflictError, Manager, Owned
from sandbox.store import Row
from sandbox.values import at, mapped

__all__ = ["applied", "live", "patch_row", "patched", "with_written"]

_PROVIDER = "kubernetes"
_FORCE = "pulumi.com/patchForce"
# https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
_CONFLICTS = (
    "give the field up in the program (or list it in ignoreChanges), or take it with the annotation"
    f' {_FORCE}: "true", or with enablePatchForce of the provider; with enableServerSideApply:'
    " false the provider overwrites it without asking"
)
# Whose fields the provider takes over: other clients of the same user.
_CLIENTS = ("kubectl", "before-first-apply", "pulumi-kubernetes", "pulumi-resource-kubernetes")


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


def _without_ignored(call: Call, value: Object, there: Written, manager: Manager) -> Object:
    """As the provider: an ignored field is left out where others alone own it, else kept as it is.

    A path is split at its dots, so one with an index or a quoted name leads nowhere and is ignored
    itself: the provider's pkg/await/await.go, handleSSAIgnoreFields.
    """
    found: Object = json.loads(json.dumps(value))
    by = there.owned.managers.items()
    mine = frozenset[str]().union(*(paths for who, paths in by if who.name == manager.name))
    theirs = frozenset[str]().union(*(paths for who, paths in by if who.name != manager.name))
    for path in call.ignored:
        names = path.split(".")
        if _touches(theirs, path) and not _touches(mine, path):
            mapped(at(found, *names[:-1])).pop(names[-1], None)
        elif (current := _live_value(there.object, path)) is not None:
            place = found
            for name in names[:-1]:
                place = place.setdefault(name, {})
            place[names[-1]] = current
    return found


def _touches(owned: frozenset[str], path: str) -> bool:
    """Whether a manager owns a field, or something in it."""
    start = f".{path}"
    return any(each == start or each.startswith((f"{start}.", f"{start}[")) for each in owned)


def _live_value(value: Object, path: str) -> object:
    place: Any = value
    for name in path.split("."):
        if place is None:
            return None
        if not isinstance(place, dict):
            raise RefusedError(
                f'unable to parse field to ignore "{path}" from live object: accessor error: at'
                f" {name} there is no object but a {type(place).__name__}"
            )
        place = cast("Object", place).get(name)
    return place


def applied(
    plane: StoredPlane, call: Call, key: Key, there: Row | None, manager: Manager
) -> Written:
    """Create an object, or apply it to what is there.

    Raises:
        RefusedError: The API server refuses; so it does for a field that somebody else owns.
    """
    value = objects.wanted(call)
    value.pop("status", None)  # Only controllers write it.
    metadata = {**mapped(value.get("metadata")), "name": key.name}
    if key.namespace:
        metadata["namespace"] = key.namespace
    if (key.version, key.kind) == ("v1", "Namespace"):
        own = {"kubernetes.io/metadata.name": key.name}
        metadata["labels"] = {**mapped(metadata.get("labels")), **own}
    value["metadata"] = metadata
    if there is None:
        made = stamped(value, None, str(uuid.uuid4()))
        if objects.is_patch(call.token):
            return plane.apply(made, None, manager, "apply", force=False)
        return plane.apply(made, None, objects.CREATOR, "create", force=False)
    before = live(there)
    how = "apply" if objects.server_side(call) else "merge"
    if how == "apply":
        if not objects.is_patch(call.token):
            before = Written(before.object, before.owned.taken_over(manager, _CLIENTS))
        value = _without_ignored(call, value, before, manager)
    settings = call.scope.settings
    force = settings.get("enablePatchForce") is True or not before.owned.managers
    force = force or objects.annotated(call.inputs, _FORCE) == "true"
    try:
        written = plane.apply(value, before, manager, how, force=force, before=there.inputs or None)
    except ConflictError as error:
        raise RefusedError(
            f'the resource managed by field manager "{manager.name}" had an apply conflict:'
            f" {error}; {_CONFLICTS}"
        ) from None
    return Written(stamped(written.object, there.outputs, ""), written.owned)


def patched(
    plane: StoredPlane, call: Call, key: Key, target: Row | None, manager: Manager
) -> Written:
    """Apply a patch to its object, which is made where there is none."""
    written = applied(plane, call, key, target, manager)
    if target is None:
        target = Row(
            provider=_PROVIDER,
            account=call.scope.account,
            token=call.token.removesuffix("Patch"),
            id=f"{key.namespace}/{key.name}" if key.namespace else key.name,
            name=key.name,
        )
    call.store.put(with_written(target, written), operation="update")
    return written


def patch_row(call: Call, resource_id: str) -> Row | None:
    """The row of a patch, with its object as it is now."""
    account, name = call.scope.account, objects.manager(call, None).name
    row = call.store.get(
        _PROVIDER, call.token, resource_id, account=account, parent=name
    ) or call.store.get(_PROVIDER, call.token, resource_id, account=account)
    if row is None:
        return None
    token = call.token.removesuffix("Patch")
    target = call.store.get(_PROVIDER, token, resource_id, account=account)
    return row.replace(outputs=target.outputs) if target is not None else None
