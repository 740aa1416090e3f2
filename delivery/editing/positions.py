"""Where the parts of a YAML text stand: nodes with the index of their first and last character."""

from typing import Any, Final, cast

import yaml

__all__ = ["ALIAS", "BLOCK", "compose", "content_end", "entry", "line_end", "line_start"]

# What stands in the place of `*name`: what it names is written elsewhere.
ALIAS: Final = "!alias"
BLOCK: Final = ("|", ">")


class _Loader(yaml.SafeLoader):
    """In pure Python: its marks count characters, whatever a line ends with."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):  # pyright: ignore[reportUnknownMemberType]
            event = cast("yaml.AliasEvent", self.get_event())  # pyright: ignore[reportUnknownMemberType]
            found: Any = event
            return yaml.ScalarNode(ALIAS, f"*{found.anchor}", found.start_mark, found.end_mark)
        return super().compose_node(parent, index)  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]


def compose(text: str) -> yaml.MappingNode:
    """The root of a text that is known to be one mapping, and has no mark in front."""
    loader: Any = _Loader(text)
    try:
        return loader.get_single_node()
    finally:
        loader.dispose()


def entry(mapping: yaml.MappingNode, key: str) -> tuple[yaml.Node, yaml.Node] | None:
    """The nodes of a key and its value."""
    for name, value in mapping.value:
        if isinstance(name, yaml.ScalarNode) and name.value == key and name.tag != ALIAS:
            return name, value
    return None


def content_end(text: str, node: yaml.Node) -> int:
    """Index after a node's last character; the marks of a block go on to the next token."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style and node.value:
        last: Any = node.value[-1]
        if isinstance(node, yaml.SequenceNode):
            return content_end(text, last)
        key, value = last
        return max(content_end(text, key), content_end(text, value))
    end = node.end_mark.index
    if isinstance(node, yaml.ScalarNode) and node.style in BLOCK:
        # What follows its lines is no part of it.
        return len(text[:end].rstrip())
    return end


def line_start(text: str, index: int) -> int:
    """Index of the first character of the line."""
    return text.rfind("\n", 0, index) + 1


def line_end(text: str, index: int) -> int:
    """Index after the line, its end included; that of the text for the last one."""
    found = text.find("\n", index)
    return len(text) if found < 0 else found + 1
