"""Sets and removes keys of a YAML text, and adds to lists; every other character stays as it is.

A value is replaced where it stands, a key is added after the last one of its mapping, and goes with
its lines: nothing is read into a model of the file and written anew, which would lay out afresh
what nobody asked for. See docs/adr/0047-files-edited-in-place.md.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import yaml

from delivery.editing.positions import compose, line_end, line_start
from delivery.editing.scalars import Value
from delivery.editing.splices import (
    NotInPlaceError,
    Splice,
    appending,
    pruned,
    removal,
    setting,
)
from delivery.failure import Failure
from delivery.json_values import mapping
from stacks.settings.problems import report
from stacks.settings.yaml_source import YamlSource, parse

__all__ = ["Append", "Change", "Remove", "Set", "edited"]

_MARK: Final = "\ufeff"
_CONFLICT: Final = ("<<<<<<< ", "||||||| ", ">>>>>>> ")


@dataclass(frozen=True, slots=True)
class Set:
    """A key's value, which is made with the mappings above it where it is not there."""

    path: tuple[str, ...]
    value: Value


@dataclass(frozen=True, slots=True)
class Remove:
    """A key that goes, with each mapping above it that would be left empty; none where it is not.

    The outermost mapping stays.
    """

    path: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Append:
    """An element more in a list, which is made with the mappings above it where it is not there."""

    path: tuple[str, ...]
    value: Value


Change: TypeAlias = Set | Remove | Append


def edited(raw: bytes, name: str, changes: Sequence[Change]) -> bytes:
    """The file's content with the changes made.

    Raises:
        Failure: it is no settings file, has marks of a merge, or a change cannot be made in place.
    """
    text, source = _read(raw, name)
    mark, text = text[: text.startswith(_MARK)], text.removeprefix(_MARK)
    for change in changes:
        made, source = _one(text, name, source, change)
        text = made
    return (mark + text).encode()


def _read(raw: bytes, name: str) -> tuple[str, YamlSource]:
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), 1):
        if line.startswith(_CONFLICT) or line == "=======":
            raise Failure(
                f"{name}:{number}:1: a mark of an unfinished merge: {line[:7]}\n"
                "  fix: settle the merge first; nothing was changed"
            )
    source = parse(raw, name)
    if source.problems:
        raise Failure(report(source.problems))
    return raw.decode("utf-8"), source


def _one(text: str, name: str, source: YamlSource, change: Change) -> tuple[str, YamlSource]:
    wanted = copy.deepcopy(source.data)
    try:
        root = compose(text)
        if isinstance(change, Set):
            splice = setting(text, root, change.path, change.value)
            _put(wanted, change.path, change.value)
        elif isinstance(change, Append):
            splice = appending(text, root, change.path, change.value)
            _put(wanted, change.path, [*(_got(wanted, change.path) or ()), change.value])
        else:
            path = pruned(text, root, change.path)
            splice = removal(text, root, path) if path else None
            if path:
                _take(wanted, path)
    except (NotInPlaceError, yaml.YAMLError) as error:
        raise _by_hand(source, change, str(error)) from None
    if splice is None:
        return text, source
    made = text[: splice.start] + splice.text + text[splice.end :]
    found = parse(made.encode(), name)
    # Who has read the text knows nothing of who wrote it: another library, another model.
    if found.problems or found.data != wanted or not _others_kept(text, made, splice):
        raise _by_hand(source, change, "more than that would change")
    return made, found


def _by_hand(source: YamlSource, change: Change, why: str) -> Failure:
    key = ".".join(change.path)
    place = source.place(change.path)
    return Failure(
        f"{place}: {key} cannot be changed in place: {why}\n"
        "  fix: change it by hand; nothing was changed"
    )


def _others_kept(before: str, after: str, splice: Splice) -> bool:
    """Whether all lines but those of the splice are the same, in their order."""
    old, new = before.splitlines(), after.splitlines()
    first = before.count("\n", 0, line_start(before, splice.start))
    last = len(before[line_end(before, max(splice.start, splice.end - 1)) :].splitlines())
    return old[:first] == new[:first] and old[len(old) - last :] == new[len(new) - last :]


def _put(data: dict[str, Any], path: Sequence[str], value: Value) -> None:
    for key in path[:-1]:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    data[path[-1]] = _plain(value)


def _got(data: Mapping[str, Any], path: Sequence[str]) -> Any:  # noqa: ANN401 - YAML
    for key in path[:-1]:
        data = mapping(data.get(key))
    return data.get(path[-1])


def _plain(value: Value) -> Any:  # noqa: ANN401 - YAML
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _take(data: dict[str, Any], path: Sequence[str]) -> None:
    for key in path[:-1]:
        data = data[key]
    del data[path[-1]]
