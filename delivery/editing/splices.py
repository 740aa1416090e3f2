"""Which characters of a YAML text stand for a key, and what takes their place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import yaml

from delivery.editing.positions import (
    ALIAS,
    BLOCK,
    content_end,
    entry,
    line_end,
    line_start,
)
from delivery.editing.scalars import Value, block, flow, item, scalar

__all__ = ["NotInPlaceError", "Splice", "appending", "pruned", "removal", "setting"]


@dataclass(frozen=True, slots=True)
class Splice:
    """Characters that others take the place of."""

    start: int
    end: int
    text: str


class NotInPlaceError(Exception):
    """Why a change cannot be made where it is asked for."""


def setting(text: str, root: yaml.MappingNode, keys: Sequence[str], value: Value) -> Splice:
    """What sets a key, with the mappings above it that are not there."""
    mapping, path = root, list(keys)
    while found := entry(mapping, path[0]):
        _, node = found
        key = path.pop(0)
        if not path:
            return _replaced(text, mapping, key, value)
        if isinstance(node, yaml.MappingNode):
            mapping = node
        elif isinstance(node, yaml.ScalarNode) and node.value == "" and node.tag != ALIAS:
            # `models:` with nothing below it.
            return _replaced(text, mapping, key, _within(path, value))
        else:
            raise NotInPlaceError(f"{key} is no mapping of its own")
    return _added(text, mapping, path, value)


def appending(text: str, root: yaml.MappingNode, keys: Sequence[str], value: Value) -> Splice:
    """What adds an element to a list, which is made where it is not there."""
    node: yaml.Node = root
    for key in keys:
        found = entry(node, key) if isinstance(node, yaml.MappingNode) else None
        if found is None:
            return setting(text, root, keys, [value])
        node = found[1]
    if isinstance(node, yaml.ScalarNode) and node.value == "" and node.tag != ALIAS:
        return setting(text, root, keys, [value])
    if not isinstance(node, yaml.SequenceNode):
        raise NotInPlaceError(f"{keys[-1]} is no list of its own")
    if node.flow_style:
        last = cast("list[yaml.Node]", node.value)[-1:]
        end = content_end(text, last[0]) if last else node.start_mark.index + 1
        return Splice(end, end, f"{', ' if node.value else ''}{flow(value)}")
    start = line_start(text, node.start_mark.index)
    indent = text[start : node.start_mark.index]
    if indent.strip():
        raise NotInPlaceError(f"{keys[-1]} is written in an unusual way")
    newline, end = _newline(text), line_end(text, content_end(text, node))
    line = item(value, indent)
    if end and text[end - 1] == "\n":
        return Splice(end, end, line + newline)
    return Splice(end, end, newline + line)


def _within(path: Sequence[str], value: Value) -> Value:
    for key in reversed(path):
        value = {key: value}
    return value


def _replaced(text: str, mapping: yaml.MappingNode, key: str, value: Value) -> Splice:
    name, old = _member(mapping, key)
    if (
        isinstance(old, yaml.ScalarNode)
        and old.style not in BLOCK
        and not isinstance(value, Mapping | list)
    ):
        style = old.style if old.tag != ALIAS and old.style else ""
        new = scalar(value, style, in_flow=bool(mapping.flow_style))
        start, end = old.start_mark.index, content_end(text, old)
        space = " " if start == end and not text[start - 1].isspace() else ""
        return Splice(start, end, space + new)
    after = name.end_mark.index
    colon = text.index(":", after) + 1
    if text[after : colon - 1].strip():
        raise NotInPlaceError(f"{key} is written in an unusual way")
    end = max(colon, content_end(text, old))
    if mapping.flow_style:
        return Splice(colon, end, f" {flow(value)}")
    indent = _indent(text, name)
    lines = block([key], value, indent)
    rest = text[end : line_end(text, end)].rstrip("\r\n")
    if rest.strip():
        # A comment behind the value stays with the key.
        lines[0] += rest
    start = line_start(text, name.start_mark.index)
    return Splice(start, end + len(rest), _newline(text).join(lines))


def _added(text: str, mapping: yaml.MappingNode, path: Sequence[str], value: Value) -> Splice:
    if mapping.flow_style:
        inner = flow(_within(path, value))[1:-1]
        if not mapping.value:
            start = mapping.start_mark.index + 1
            return Splice(start, mapping.end_mark.index - 1, inner)
        end = _end_of_last(text, mapping)
        return Splice(end, end, f", {inner}")
    newline = _newline(text)
    first, _ = mapping.value[0]
    lines = newline.join(block(path, value, _indent(text, first)))
    end = line_end(text, _end_of_last(text, mapping))
    if end and text[end - 1] == "\n":
        return Splice(end, end, lines + newline)
    return Splice(end, end, newline + lines)


def _end_of_last(text: str, mapping: yaml.MappingNode) -> int:
    key, value = mapping.value[-1]
    return max(content_end(text, key), content_end(text, value))


def pruned(text: str, root: yaml.MappingNode, path: tuple[str, ...]) -> tuple[str, ...]:
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


def removal(text: str, root: yaml.MappingNode, path: Sequence[str]) -> Splice:
    """What takes away a key that is there."""
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
        return Splice(start, line_end(text, end), "")
    # A mapping that is left with nothing: `models: {}`.
    if above is None:
        raise NotInPlaceError("nothing else is in the file")
    colon = text.index(":", above.end_mark.index) + 1
    return Splice(colon, line_end(text, end), " {}" + text[colon:start])


def _removed_from_flow(text: str, mapping: yaml.MappingNode, key: str) -> Splice:
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
        raise NotInPlaceError("a comment would go with it")
    return Splice(start, end, "")


def _member(mapping: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node]:
    """The nodes of a key that is there."""
    if (found := entry(mapping, key)) is None:
        raise NotInPlaceError(f"{key} is not there")
    return found


def _indent(text: str, key: yaml.Node) -> str:
    """What stands before a key that begins its line."""
    before = text[line_start(text, key.start_mark.index) : key.start_mark.index]
    if before.strip(" "):
        raise NotInPlaceError("something stands before it on its line")
    return before


def _newline(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"
