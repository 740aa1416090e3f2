"""What changes between two sets of inputs, and whether the change needs a new resource."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sandbox.wire import asset_kind

__all__ = ["Change", "Plan", "Replaces", "changes", "top_level"]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property.

    `path` is as the engine writes it, `productionVariants[0].instanceType`; `names` is the same
    without positions: `("productionVariants", "instanceType")`.
    """

    path: str
    kind: Literal["add", "delete", "update"]
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which changes need a new resource.

    `paths` are plain property paths (`vpcConfig.subnets`); a change below one counts. With
    `everything`, all but `except_for` do.
    """

    paths: frozenset[str] = frozenset()
    everything: bool = False
    except_for: frozenset[str] = field(default_factory=lambda: frozenset({"tags", "tagsAll"}))

    def needs(self, change: Change) -> bool:
        """Whether this change needs a new resource."""
        plain = change.names
        if self.everything:
            return plain[0] not in self.except_for
        for pattern in self.paths:
            names = tuple(pattern.split("."))
            shared = min(len(names), len(plain))
            if names[:shared] != plain[:shared]:
                continue
            # A block that comes or goes takes its immutable parts with it.
            if len(plain) >= len(names) or change.kind != "update":
                return True
        return False

    def joined(self, paths: Iterable[str]) -> "Replaces":
        """The same and more paths."""
        return Replaces(self.paths | frozenset(paths), self.everything, self.except_for)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would change: the changes, those that replace, and the order of replacing."""

    changes: list[Change]
    replacing: frozenset[str]
    delete_first: bool


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Paths that differ, in the order of the new inputs; names that start with `__` are notes."""
    return _objects(old, new, "", ())


def top_level(found: Iterable[Change]) -> frozenset[str]:
    """The first names of the changed paths."""
    return frozenset(change.names[0] for change in found)


def _objects(
    old: Mapping[str, Any], new: Mapping[str, Any], path: str, names: tuple[str, ...]
) -> list[Change]:
    found: list[Change] = []
    for name in [*new, *(name for name in old if name not in new)]:
        before, after = old.get(name), new.get(name)
        # Absent and null are the same.
        if name.startswith("__") or (before is None and after is None):
            continue
        found.extend(_values(before, after, _at(path, name), (*names, name)))
    return found


def _values(old: Any, new: Any, path: str, names: tuple[str, ...]) -> list[Change]:  # noqa: ANN401
    if asset_kind(old) and asset_kind(new):
        same = old["hash"] == new.get("hash") if "hash" in old else old == new
        return [] if same else [Change(path, "update", names)]
    if isinstance(old, dict) and isinstance(new, dict):
        return _objects(cast("dict[str, Any]", old), cast("dict[str, Any]", new), path, names)
    if isinstance(old, list) and isinstance(new, list):
        return _lists(cast("list[Any]", old), cast("list[Any]", new), path, names)
    if old is None:
        return [Change(path, "add", names)]
    if new is None:
        return [Change(path, "delete", names)]
    # In Python True equals 1; in a resource it does not.
    same = old == new and isinstance(old, bool) == isinstance(new, bool)
    return [] if same else [Change(path, "update", names)]


def _lists(old: list[Any], new: list[Any], path: str, names: tuple[str, ...]) -> list[Change]:
    found: list[Change] = []
    for index in range(max(len(old), len(new))):
        at = f"{path}[{index}]"
        if index >= len(old):
            found.append(Change(at, "add", names))
        elif index >= len(new):
            found.append(Change(at, "delete", names))
        else:
            found.extend(_values(old[index], new[index], at, names))
    return found


def _at(path: str, name: str) -> str:
    if not name.replace("_", "").isalnum():
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name
