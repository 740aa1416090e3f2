"""Sets and removes keys of a YAML text; every other character stays as it is.

A value is replaced where it stands, a key is added after the last one of its mapping, and goes with
its lines: nothing is read into a model of the file and written anew, which would lay out afresh
what nobody asked for. See docs/adr/0047-files-edited-in-place.md.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias, cast

import yaml

from delivery.editing.positions import (
    ALIAS,
    BLOCK,
    compose,
    content_end,
    entry,
    line_end,
    line_start,
)
from delivery.editing.scalars import Value, block, flow, scalar
from delivery.failure import Failure
from stacks.settings.problems import report
from stacks.settings.yaml_source import YamlSource, parse

__all__ = ["Change", "Remove", "Set", "edited"]

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


Change: TypeAlias = Set | Remove


@dataclass(frozen=True, slots=True)
class _Splice:
    """Characters that others take the place of."""

    start: int
    end: int
    text: str


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
            splice = _set(text, root, change)
            _put(wanted, change.path, change.value)
        else:
            path = _pruned(text, root, change.path)
            splice = _remove(text, root, path) if path else None
            if path:
                _take(wanted, path)
    except (_NotInPlaceError, yaml.YAMLError) as error:
        raise _by_hand(source, change, str(error)) from None
    if splice is None:
        return text, source
    made = text[: splice.start] + splice.text + text[splice.end :]
    found = parse(made.encode(), name)
    # Who has read the text knows nothing of who wrote it: another library, another model.
    if found.problems or found.data != wanted or not _others_kept(text, made, splice):
        raise _by_hand(source, change, "more than that would change")
    return made, found


class _NotInPlaceError(Exception):
    """Why a change cannot be made where it is asked for."""


def _by_hand(source: YamlSource, change: Change, why: str) -> Failure:
    key = ".".join(change.path)
    place = source.place(change.path)
    return Failure(
        f"{place}: {key} cannot be changed in place: {why}\n"
        "  fix: change it by hand; nothing was changed"
    )


def _others_kept(before: str, after: str, splice: _Splice) -> bool:
    """Whether all lines but those of the splice are the same, in their order."""
    old, new = before.splitlines(), after.splitlines()
    first = before.count("\n", 0, line_start(before, splice.start))
    last = len(before[line_end(before, max(splice.start, splice.end - 1)) :].splitlines())
    return old[:first] == new[:first] and old[len(old) - last :] == new[len(new) - last :]


def _set(text: str, root: yaml.MappingNode, change: Set) -> _Splice | None:
    mapping, path = root, list(change.path)
    while found := entry(mapping, path[0]):
        _, value = found
        key = path.pop(0)
        if not path:
            return _replaced(text, mapping, key, change.value)
        if isinstance(value, yaml.MappingNode):
            mapping = value
        elif isinstance(value, yaml.ScalarNode) and value.value == "" and value.tag != ALIAS:
            # `models:` with nothing below it.
            return _replaced(text, mapping, key, _within(path, change.value))
        else:
            raise _NotInPlaceError(f"{key} is no mapping of its own")
    return _added(text, mapping, path, change.value)


def _within(path: Sequence[str], value: Value) -> Value:
    for key in reversed(path):
        value = {key: value}
    return value


def _replaced(text: str, mapping: yaml.MappingNode, key: str, value: Value) -> _Splice | None:
    name, old = _member(mapping, key)
    if (
        isinstance(old, yaml.ScalarNode)
        and old.style not in BLOCK
        and not isinstance(value, Mapping)
    ):
        style = old.style if old.tag != ALIAS and old.style else ""
        new = scalar(value, style, in_flow=bool(mapping.flow_style))
        start, end = old.start_mark.index, content_end(text, old)
        space = " " if start == end and not text[start - 1].isspace() else ""
        return _Splice(start, end, space + new)
    after = name.end_mark.index
    colon = text.index(":", after) + 1
    if text[after : colon - 1].strip():
        raise _NotInPlaceError(f"{key} is written in an unusual way")
    end = max(colon, content_end(text, old))
    if mapping.flow_style:
        return _Splice(colon, end, f" {flow(value)}")
    indent = _indent(text, name)
    lines = block([key], value, indent)
    rest = text[end : line_end(text, end)].rstrip("\r\n")
    if rest.strip():
        # A comment behind the value stays with the key.
        lines[0] += rest
    start = line_start(text, name.start_mark.index)
    return _Splice(start, end + len(rest), _newline(text).join(lines))


def _added(
    text: str, mapping: yaml.MappingNode, path: Sequence[str], value: Value
) -> _Splice | None:
    if mapping.flow_style:
        inner = flow(_within(path, value))[1:-1]
        if not mapping.value:
            start = mapping.start_mark.index + 1
            return _Splice(start, mapping.end_mark.index - 1, inner)
        end = _end_of_last(text, mapping)
        return _Splice(end, end, f", {inner}")
    newline = _newline(text)
    first, _ = mapping.value[0]
    lines = newline.join(block(path, value, _indent(text, first)))
    end = line_end(text, _end_of_last(text, mapping))
    if end and text[end - 1] == "\n":
        return _Splice(end, end, lines + newline)
    return _Splice(end, end, newline + lines)


def _end_of_last(text: str, mapping: yaml.MappingNode) -> int:
    key, value = mapping.value[-1]
    return max(content_end(text, key), content_end(text, value))


def _pruned(text: str, root: yaml.MappingNode, path: tuple[str, ...]) -> tuple[str, ...]:
    """The path, or that of the outermost mapping that has nothing else; empty where it is not.

    A mapping that somebody has commented stays.
    """
    mappings, names = [root], list[yaml.Node]()
    for key in path:
        found = entry(mappings[-1], key)
        if found is None:
            return ()
        names.append(found[0])
        if isinstance(found[1], yaml.MappingNode):
            mappings.append(found[1])
        elif len(names) < len(path):
            return ()
    depth = len(path)
    # The outermost stays.
    while depth > 2 and len(mappings[depth - 1].value) == 1:  # noqa: PLR2004
        if "#" in text[names[depth - 2].end_mark.index : names[depth - 1].start_mark.index]:
            break
        depth -= 1
    return path[:depth]


def _remove(text: str, root: yaml.MappingNode, path: Sequence[str]) -> _Splice:
    mapping, above = root, None
    for key in path[:-1]:
        above, below = _member(mapping, key)
        mapping = cast("yaml.MappingNode", below)
    if mapping.flow_style:
        return _removed_from_flow(text, mapping, path[-1])
    name, value = _member(mapping, path[-1])
    start = line_start(text, name.start_mark.index)
    _indent(text, name)
    end = max(content_end(text, name), content_end(text, value))
    if len(mapping.value) > 1:
        return _Splice(start, line_end(text, end), "")
    # A mapping that is left with nothing: `models: {}`.
    if above is None:
        raise _NotInPlaceError("nothing else is in the file")
    colon = text.index(":", above.end_mark.index) + 1
    return _Splice(colon, line_end(text, end), " {}" + text[colon:start])


def _removed_from_flow(text: str, mapping: yaml.MappingNode, key: str) -> _Splice:
    at = next(i for i, (name, _) in enumerate(mapping.value) if name.value == key)
    name, value = mapping.value[at]
    start, end = name.start_mark.index, max(content_end(text, name), content_end(text, value))
    own = end
    if at + 1 < len(mapping.value):
        end = mapping.value[at + 1][0].start_mark.index
    elif at:
        before = mapping.value[at - 1]
        start = max(content_end(text, each) for each in before)
    if "#" in text[start : name.start_mark.index] + text[own:end]:
        raise _NotInPlaceError("a comment would go with it")
    return _Splice(start, end, "")


def _member(mapping: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node]:
    """The nodes of a key that is there."""
    if (found := entry(mapping, key)) is None:
        raise _NotInPlaceError(f"{key} is not there")
    return found


def _indent(text: str, key: yaml.Node) -> str:
    """What stands before a key that begins its line."""
    before = text[line_start(text, key.start_mark.index) : key.start_mark.index]
    if before.strip(" "):
        raise _NotInPlaceError("something stands before it on its line")
    return before


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _put(data: dict[str, Any], path: Sequence[str], value: Value) -> None:
    for key in path[:-1]:
        if not isinstance(data.get(key), dict):
            data[key] = {}
        data = data[key]
    data[path[-1]] = _plain(value)


def _plain(value: Value) -> Any:  # noqa: ANN401 - YAML
    return {k: _plain(v) for k, v in value.items()} if isinstance(value, Mapping) else value


def _take(data: dict[str, Any], path: Sequence[str]) -> None:
    for key in path[:-1]:
        data = data[key]
    del data[path[-1]]
