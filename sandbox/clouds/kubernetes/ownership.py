"""Who owns which field of an object, and what server-side apply makes of it.

A manager's fields are paths of leaves as the API server writes them in messages,
`.spec.template.spec.containers[name="web"].image`; lists are one leaf unless their schema has them
as maps or sets. Source: https://kubernetes.io/docs/reference/using-api/server-side-apply/
"""

import copy
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from sandbox.clouds.kubernetes.schema import item_key, part_of

__all__ = ["ConflictError", "Manager", "Owned", "applied", "fields", "pruned", "updated"]

Schema = Mapping[str, Any]
Fields = dict[str, Any]
_LIST_TYPE = "x-kubernetes-list-type"
_NOTHING: Schema = {}
# What tells which object it is belongs to nobody.
_IDENTITY = frozenset(
    (".apiVersion", ".kind", ".metadata.name", ".metadata.namespace", ".metadata.uid")
)
_SERVERS = (".status", ".metadata.creationTimestamp", ".metadata.generation")
_SERVERS_OWN = (*_SERVERS, ".metadata.resourceVersion", ".metadata.managedFields")


@dataclass(frozen=True, slots=True)
class Manager:
    """Who writes: `operation` is Apply or Update, `subresource` such as scale."""

    name: str
    operation: str = "Update"
    subresource: str = ""

    def text(self) -> str:
        """As messages name it."""
        more = f' with subresource "{self.subresource}"' if self.subresource else ""
        return f'"{self.name}"{more}'


@dataclass(frozen=True, slots=True)
class Owned:
    """The managers of an object with the paths that each owns."""

    managers: dict[Manager, frozenset[str]] = field(
        default_factory=dict["Manager", "frozenset[str]"]
    )

    @classmethod
    def from_json(cls, document: Any) -> "Owned":  # noqa: ANN401 - JSON
        """From what `to_json` answers."""
        entries = cast("list[list[Any]]", document or [])
        return cls({Manager(*entry[:3]): frozenset(entry[3]) for entry in entries})

    def to_json(self) -> list[list[Any]]:
        """For the store."""
        return [
            [manager.name, manager.operation, manager.subresource, sorted(paths)]
            for manager, paths in self.managers.items()
        ]

    def taken_over(self, by: Manager, prefixes: Iterable[str]) -> "Owned":
        """`by` owns what managers with these names own by updates, as after a client's apply."""
        starts = tuple(prefixes)
        theirs = [
            manager
            for manager in self.managers
            if manager.name.startswith(starts)
            and manager.operation == "Update"
            and not manager.subresource
        ]
        if not theirs:
            return self
        kept = {m: paths for m, paths in self.managers.items() if m not in theirs}
        all_paths = kept.get(by, frozenset[str]()).union(*(self.managers[m] for m in theirs))
        return Owned({**kept, by: all_paths})

    def others(self, than: Manager) -> frozenset[str]:
        """What somebody else owns."""
        return frozenset[str]().union(
            *(paths for manager, paths in self.managers.items() if manager != than)
        )


class ConflictError(Exception):
    """Somebody else owns a field, with another value; worded as the API server does."""

    def __init__(self, conflicts: list[tuple[Manager, str]], version: str) -> None:
        by: dict[Manager, list[str]] = {}
        for manager, path in conflicts:
            by.setdefault(manager, []).append(path)
        count = f"{len(conflicts)} conflict{'s' if len(conflicts) > 1 else ''}"
        parts = [
            f"conflict with {manager.text()} using {version}: {', '.join(sorted(paths))}"
            for manager, paths in by.items()
        ]
        super().__init__(f"Apply failed with {count}: {'; '.join(parts)}")
        self.paths = [path for _, path in conflicts]


def fields(value: Any, schema: Schema = _NOTHING) -> Fields:  # noqa: ANN401 - an object
    """The leaves of an object by path, without those that only the server writes."""
    found: Fields = {}
    _collect(value, schema, "", found)
    return {
        path: leaf
        for path, leaf in found.items()
        if path not in _IDENTITY and not path.startswith(_SERVERS_OWN)
    }


def _collect(value: Any, schema: Schema, at: str, found: Fields) -> None:  # noqa: ANN401
    if isinstance(value, dict) and value and schema.get("x-kubernetes-map-type") != "atomic":
        for name, item in cast("dict[str, Any]", value).items():
            if item is not None:
                _collect(item, part_of(schema, name) or _NOTHING, f"{at}.{name}", found)
    elif isinstance(value, list) and schema.get(_LIST_TYPE) == "map":
        for item in cast("list[Any]", value):
            where = f"{at}[{_keys(item, schema)}]"
            found[where] = None
            _collect(item, schema.get("items", _NOTHING), where, found)
    elif isinstance(value, list) and schema.get(_LIST_TYPE) == "set":
        for item in cast("list[Any]", value):
            found[f"{at}[={json.dumps(item)}]"] = item
    else:
        found[at] = value


def _keys(item: Any, schema: Schema) -> str:  # noqa: ANN401
    keys = cast("dict[str, Any]", json.loads(item_key(item, schema)))
    return ",".join(f"{name}={json.dumps(value)}" for name, value in keys.items())


def applied(
    live: Mapping[str, Any],
    wanted: Mapping[str, Any],
    schema: Schema,
    owned: Owned,
    manager: Manager,
    *,
    force: bool,
    version: str,
) -> tuple[dict[str, Any], Owned]:
    """The object after server-side apply, before defaults, and who owns it then.

    Raises:
        ConflictError: Another manager owns a field with another value, and `force` is not given.
    """
    there = fields(live, schema)
    asked = fields(wanted, schema)
    conflicts = [
        (other, path)
        for other, paths in owned.managers.items()
        if other != manager
        for path in paths
        if path in asked and asked[path] != there.get(path, asked[path])
    ]
    if conflicts and not force:
        raise ConflictError(conflicts, version)
    lost = {path for _, path in conflicts}
    managers = {m: paths - lost if m != manager else paths for m, paths in owned.managers.items()}
    kept = Owned(managers).others(manager)
    given_up = managers.get(manager, frozenset[str]()) - asked.keys() - kept
    # What was empty and is not any more, is not given up.
    given_up = frozenset(path for path in given_up if not _has_below(path, asked.keys() | kept))
    merged = _merged(live, wanted, schema)
    merged = _without(merged, schema, "", given_up, asked.keys() | kept)
    managers[manager] = frozenset(asked)
    return merged, Owned({m: paths for m, paths in managers.items() if paths})


def _has_below(path: str, others: Iterable[str]) -> bool:
    return not path.endswith("]") and any(
        other.startswith((f"{path}.", f"{path}[")) for other in others
    )


def updated(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    schema: Schema,
    owned: Owned,
    manager: Manager,
) -> Owned:
    """Who owns the object after a change that is no apply: what it changes, it owns alone."""
    old, new = fields(before, schema), fields(after, schema)
    changed = {path for path, leaf in new.items() if path not in old or old[path] != leaf}
    gone = old.keys() - new.keys()
    managers = {m: paths - changed - gone for m, paths in owned.managers.items()}
    managers[manager] = managers.get(manager, frozenset[str]()) | changed
    return replace(owned, managers={m: paths for m, paths in managers.items() if paths})


def pruned(live: Any, shape: Any, schema: Schema = _NOTHING) -> Any:  # noqa: ANN401
    """What of a live object has the shape of inputs, as pulumi-kubernetes reads it back."""
    if isinstance(live, dict) and isinstance(shape, dict):
        there = cast("dict[str, Any]", live)
        return {
            # A null that the server does not keep is no change.
            name: pruned(there.get(name), part, part_of(schema, name) or _NOTHING)
            for name, part in cast("dict[str, Any]", shape).items()
            if name in there or part is None
        }
    if isinstance(live, list) and isinstance(shape, list):
        items: Schema = schema.get("items", _NOTHING)
        parts = cast("list[Any]", shape)
        return [
            pruned(item, parts[index], items) if index < len(parts) else item
            for index, item in enumerate(cast("list[Any]", live))
        ]
    return cast("Any", live)


def _merged(live: Any, wanted: Any, schema: Schema) -> Any:  # noqa: ANN401
    if isinstance(live, dict) and isinstance(wanted, dict):
        if schema.get("x-kubernetes-map-type") == "atomic":
            return copy.deepcopy(cast("dict[str, Any]", wanted))
        found = dict(cast("dict[str, Any]", live))
        for name, item in cast("dict[str, Any]", wanted).items():
            if item is not None:
                part = part_of(schema, name) or _NOTHING
                found[name] = _merged(found.get(name), item, part)
        return found
    if isinstance(live, list) and isinstance(wanted, list):
        return _merged_list(cast("list[Any]", live), cast("list[Any]", wanted), schema)
    return copy.deepcopy(wanted)


def _merged_list(live: list[Any], wanted: list[Any], schema: Schema) -> list[Any]:
    kind = schema.get(_LIST_TYPE)
    if kind not in {"map", "set"}:
        return copy.deepcopy(wanted)
    old = {item_key(item, schema): item for item in live}
    new = {item_key(item, schema): item for item in wanted}
    items: Schema = schema.get("items", _NOTHING)
    found = [_merged(old.get(key), item, items) for key, item in new.items()]
    return [*found, *(item for key, item in old.items() if key not in new)]


def _without(
    value: Any,  # noqa: ANN401
    schema: Schema,
    at: str,
    gone: frozenset[str],
    kept: Iterable[str],
) -> Any:  # noqa: ANN401
    """The value without the leaves of `gone`, and without what is empty because of that."""
    if not gone:
        return value
    if isinstance(value, dict) and schema.get("x-kubernetes-map-type") != "atomic":
        found: dict[str, Any] = {}
        for name, item in cast("dict[str, Any]", value).items():
            where = f"{at}.{name}"
            if where in gone:
                continue
            below = frozenset(path for path in gone if path.startswith((f"{where}.", f"{where}[")))
            part = part_of(schema, name) or _NOTHING
            rest = _without(item, part, where, below, kept) if below else item
            if rest or rest == item or _is_kept(where, kept):
                found[name] = rest
        return found
    if isinstance(value, list):
        return _list_without(cast("list[Any]", value), schema, at, gone, kept)
    return cast("Any", value)


def _is_kept(where: str, kept: Iterable[str]) -> bool:
    """Whether somebody still owns a place, or something below it."""
    return any(path == where or path.startswith((f"{where}.", f"{where}[")) for path in kept)


def _list_without(
    value: list[Any], schema: Schema, at: str, gone: frozenset[str], kept: Iterable[str]
) -> list[Any]:
    kind = schema.get(_LIST_TYPE)
    if kind == "set":
        return [item for item in value if f"{at}[={json.dumps(item)}]" not in gone]
    if kind != "map":
        return value
    found: list[Any] = []
    for item in value:
        where = f"{at}[{_keys(item, schema)}]"
        if where in gone and not _is_kept(where, kept):
            continue
        below = frozenset(path for path in gone if path.startswith(f"{where}."))
        found.append(_without(item, schema.get("items", _NOTHING), where, below, kept))
    return found
