"""What changes between two sets of inputs, and whether the change needs a new resource."""

import dataclasses
import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from sandbox.alike import KINDS, is_smaller, same_scalar
from sandbox.wire import UNKNOWN, asset_kind

__all__ = ["EXACT", "Change", "Likeness", "Plan", "Replaces", "changes", "top_level"]

Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One changed property.

    `path` is as the engine writes it, `productionVariants[0].instanceType`; `names` is the same
    without positions: `("productionVariants", "instanceType")`. `whole` is what came or went;
    `falls` is whether a number became smaller or a switch was turned off; `item` is the change of
    the set's item that this one is in, because a changed item is another item; `swapped` is whether
    the set has as many items as before.
    """

    path: str
    kind: Literal["add", "delete", "update"]
    names: Names
    whole: tuple[Any, ...] = field(default=(), compare=False, repr=False)
    falls: bool = field(default=False, compare=False)
    item: "Change | None" = field(default=None, compare=False, repr=False)
    swapped: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a provider takes for the same; paths are names joined by dots, without positions.

    Attributes:
        sets: Lists whose order does not count.
        kept: What stays as it is when it is no longer given.
        defaults: What stands for a property that is not given.
        alike: How two texts are compared, a key of `sandbox.alike.KINDS`.
        coerces: "5" is 5.
        empty: Empty texts, lists and objects are the same as none.
    """

    sets: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict[str, Any])
    alike: Mapping[str, str] = field(default_factory=dict[str, str])
    coerces: bool = False
    empty: bool = False


EXACT = Likeness()


@dataclass(frozen=True, slots=True)
class Replaces:
    """Which changes need a new resource.

    Attributes:
        paths: Plain property paths (`vpcConfig.subnets`); a change below one counts.
        itself: Blocks whose coming, going and number count, but not what is in them.
        cases: Paths of which some changes count: `goes`, `falls`, or `changes` once it is there.
        everything: All changes but those of `except_for`.
        except_for: Top-level names.
    """

    paths: frozenset[str] = frozenset()
    everything: bool = False
    except_for: frozenset[str] = field(default_factory=lambda: frozenset({"tags", "tagsAll"}))
    itself: frozenset[str] = frozenset()
    cases: Mapping[str, str] = field(default_factory=dict[str, str])

    def needs(self, change: Change) -> bool:
        """Whether this change needs a new resource."""
        plain = change.names
        if self.everything:
            return plain[0] not in self.except_for
        if change.item is not None and self.needs(change.item):
            return True
        if ".".join(plain) in self.itself and _counts(change):
            return True
        if _CASES[self.cases.get(".".join(plain), "never")](change):
            return True
        if any(".".join(plain[:end]) in self.paths for end in range(1, len(plain) + 1)):
            return True
        # A block that comes or goes takes its immutable parts with it; of one that is not known
        # yet, only its own number counts.
        below = f"{'.'.join(plain)}."
        return not any(value is UNKNOWN for value in change.whole) and any(
            _holds(value, tuple(pattern.removeprefix(below).split(".")))
            for value in change.whole
            for pattern in self.paths | self.itself
            if pattern.startswith(below)
        )

    def joined(self, paths: Iterable[str]) -> "Replaces":
        """The same and more paths."""
        more = self.paths | frozenset(paths)
        return dataclasses.replace(self, paths=more)


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update would change: the changes, those that replace, and the order of replacing."""

    changes: list[Change]
    replacing: frozenset[str]
    delete_first: bool


_CASES: Mapping[str, Callable[[Change], bool]] = {
    "never": lambda _: False,
    "goes": lambda change: change.kind == "delete",
    "changes": lambda change: change.kind != "add",
    "falls": lambda change: change.falls,
}


def _counts(change: Change) -> bool:
    """Whether a block came or went, or may have; an item of a set in another's place did not."""
    if change.kind != "update":
        return not change.swapped
    return any(value is UNKNOWN for value in change.whole)


def _holds(value: Any, names: Names) -> bool:  # noqa: ANN401
    """Whether a value has something at the end of names."""
    if value is UNKNOWN:
        return True
    if isinstance(value, list):
        return any(_holds(item, names) for item in cast("list[Any]", value))
    if not names:
        return value is not None and value != {}
    if isinstance(value, dict):
        return _holds(cast("dict[str, Any]", value).get(names[0]), names[1:])
    return False


def changes(
    old: Mapping[str, Any], new: Mapping[str, Any], likeness: Likeness = EXACT
) -> list[Change]:
    """Paths that differ, in the order of the new inputs; names that start with `__` are notes."""
    return _objects(likeness, old, new, "", ())


def top_level(found: Iterable[Change]) -> frozenset[str]:
    """The first names of the changed paths."""
    return frozenset(change.names[0] for change in found)


def _objects(
    likeness: Likeness, old: Mapping[str, Any], new: Mapping[str, Any], path: str, names: Names
) -> list[Change]:
    found: list[Change] = []
    for name in [*new, *(name for name in old if name not in new)]:
        if name.startswith("__"):
            continue
        here = (*names, name)
        dotted = ".".join(here)
        default = likeness.defaults.get(dotted)
        before = _given(likeness, old.get(name), default)
        after = _given(likeness, new.get(name), default)
        if after is None and dotted in likeness.kept and name not in _emptied(new):
            continue
        # Absent and null are the same.
        if before is not None or after is not None:
            found.extend(_values(likeness, before, after, _at(path, name), here))
    return found


def _given(likeness: Likeness, value: Any, default: Any) -> Any:  # noqa: ANN401
    if value is None:
        value = default
    return None if likeness.empty and value in ("", [], {}) else value


def _emptied(new: Mapping[str, Any]) -> set[str]:
    """What is given as empty: it is not left out, so that it does not stay as it was."""
    return {name for name, value in new.items() if value in ("", [], {})}


def _values(likeness: Likeness, old: Any, new: Any, path: str, names: Names) -> list[Change]:  # noqa: ANN401, PLR0911 - one per kind of value
    if asset_kind(old) and asset_kind(new):
        same = old["hash"] == new.get("hash") if "hash" in old else old == new
        return [] if same else [Change(path, "update", names)]
    if isinstance(old, dict) and isinstance(new, dict):
        before, after = cast("dict[str, Any]", old), cast("dict[str, Any]", new)
        return _objects(likeness, before, after, path, names)
    if isinstance(old, list) and isinstance(new, list):
        dotted = ".".join(names)
        pair = _sets if dotted in likeness.sets else _lists
        return pair(likeness, cast("list[Any]", old), cast("list[Any]", new), path, names)
    if old is None:
        return [Change(path, "add", names, (new,))]
    if new is None:
        return [Change(path, "delete", names, (cast("Any", old),), falls=old is True)]
    if isinstance(old, str) and isinstance(new, str) and old != new:
        alike = KINDS.get(likeness.alike.get(".".join(names), ""))
        return [] if alike is not None and alike(old, new) else [Change(path, "update", names)]
    if same_scalar(old, new, coerces=likeness.coerces):
        return []
    whole = cast("tuple[Any, ...]", (old, new) if isinstance(old, dict | list) else ())
    return [Change(path, "update", names, whole, falls=is_smaller(new, old))]


def _lists(
    likeness: Likeness, old: list[Any], new: list[Any], path: str, names: Names
) -> list[Change]:
    if likeness.coerces and not any(isinstance(item, dict | list) for item in [*old, *new]):
        return _scalars(likeness, old, new, path, names)
    found: list[Change] = []
    for index in range(max(len(old), len(new))):
        at = f"{path}[{index}]"
        if index >= len(old):
            found.append(Change(at, "add", names, (new[index],)))
        elif index >= len(new):
            found.append(Change(at, "delete", names, (old[index],)))
        else:
            found.extend(_values(likeness, old[index], new[index], at, names))
    return found


def _scalars(
    likeness: Likeness, old: list[Any], new: list[Any], path: str, names: Names
) -> list[Change]:
    """What is inserted and removed in a list of plain values, as Pulumi's bridge tells it."""
    matcher = difflib.SequenceMatcher(None, list(map(str, old)), list(map(str, new)))
    gone: list[int] = []
    added: list[int] = []
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind != "equal":
            gone += range(low, high)
            added += range(start, end)
    return _placed(likeness, (old, gone), (new, added), path, names)


def _sets(
    likeness: Likeness, old: list[Any], new: list[Any], path: str, names: Names
) -> list[Change]:
    """What is in one of two sets alone; an item that changes is another item."""

    def alike(one: Any, other: Any) -> bool:  # noqa: ANN401
        return not _values(likeness, one, other, path, names)

    # What is in a set twice, is in it once.
    olds, news = _once(old, alike), _once(new, alike)
    added = [i for i in news if not any(alike(old[j], new[i]) for j in olds)]
    gone = [i for i in olds if not any(alike(old[i], new[j]) for j in news)]
    swapped = len(olds) == len(news)
    found: list[Change] = []
    for index in sorted({*added, *gone}):
        at = f"{path}[{index}]"
        if index not in gone:
            found.append(Change(at, "add", names, (new[index],), swapped=swapped))
        elif index not in added:
            found.append(Change(at, "delete", names, (old[index],), swapped=swapped))
        else:
            item = Change(at, "update", names, (old[index], new[index]), swapped=swapped)
            parts = _values(likeness, old[index], new[index], at, names)
            found += [dataclasses.replace(part, item=item) for part in parts]
    return found


def _placed(
    likeness: Likeness,
    gone: tuple[list[Any], list[int]],
    added: tuple[list[Any], list[int]],
    path: str,
    names: Names,
) -> list[Change]:
    """Items that went from positions and came to others; at the same one, they changed."""
    (old, olds), (new, news) = gone, added
    found: list[Change] = []
    for index in sorted({*olds, *news}):
        at = f"{path}[{index}]"
        if index in olds and index in news:
            found += _values(likeness, old[index], new[index], at, names)
        elif index in news:
            found.append(Change(at, "add", names, (new[index],)))
        else:
            found.append(Change(at, "delete", names, (old[index],)))
    return found


def _once(items: list[Any], alike: Callable[[Any, Any], bool]) -> list[int]:
    """The positions of items that are not the same as an earlier one."""
    found: list[int] = []
    for index, item in enumerate(items):
        if not any(alike(items[other], item) for other in found):
            found.append(index)
    return found


def _at(path: str, name: str) -> str:
    if not name.replace("_", "").isalnum():
        return f'{path}["{name}"]'
    return f"{path}.{name}" if path else name
