"""What the Terraform provider's own documentation says: "Forces new resource" and the like."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from sandbox.rules.build.names import Field, fields_of, plain, walk
from sandbox.rules.build.overlays import RENAMED
from sandbox.schema import Library

__all__ = ["facts"]

_HEADING = re.compile(r"^(#{2,6}) +(.*)$")
_ARGUMENT = re.compile(r"^[*-] +`(\w+)` *[-–]? *(.*)$")
_REPLACES = re.compile(
    r"forces? (the creation of )?(a )?new resources?|forcenew|changing this (field |block )?(will"
    r" )?(force|creat)|will force replacement of the resource|(?-i:(?<!`)\b[Ii]mmutable\b)"
    r"|can(no|')t be (changed|updated|modified)",
    re.IGNORECASE,
)
# In the same sentence: it depends.
_DEPENDS = re.compile(r"\b(if|when|unless|only|except|from `)\b", re.IGNORECASE)


def facts(
    library: Library,
    resources: Mapping[str, Any],
    tokens: Mapping[str, str],
    folder: Path,
) -> dict[str, dict[str, Any]]:
    """By type and path, what the type's page says to replace; it says nothing of the others."""
    found: dict[str, dict[str, Any]] = {}
    for token, name in sorted(tokens.items()):
        page = next(folder.glob(f"{name.partition('_')[2]}.*markdown"), None)
        if page is None:
            continue
        fields = fields_of(
            library,
            resources[name]["attributes"],
            library.resource(token).inputs,
            RENAMED.get(name, {}),
            [],
        )
        told = {
            item.dotted: {"replace": True, "source": f"docs/r/{page.name}:{line}"}
            for item, line in _told(fields, page.read_text(encoding="utf-8"))
        }
        if told:
            found[token] = told
    return found


def _told(fields: tuple[Field, ...], text: str) -> Iterator[tuple[Field, int]]:
    every = list(walk(fields))
    scope: tuple[Field, ...] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        heading = _HEADING.match(line)
        if heading:
            scope = _scope(fields, every, heading[2])
            continue
        argument = _ARGUMENT.match(line)
        if argument is None or scope is None:
            continue
        sentence = next(
            (part for part in re.split(r"(?<=[.)]) ", argument[2]) if _REPLACES.search(part)), None
        )
        item = next((item for item in scope if item.steps[-1] == argument[1]), None)
        if sentence and item is not None and not _DEPENDS.search(sentence):
            yield item, number


def _scope(fields: tuple[Field, ...], every: list[Field], heading: str) -> tuple[Field, ...] | None:
    """The attributes that a section lists; None where its heading does not say which."""
    words = plain(heading.replace("Configuration Block", "").replace("Block", ""))
    if words in {"argumentreference", "argumentsreference", "required", "optional"}:
        return fields
    words = words.removesuffix("arguments").removesuffix("configurationblock")
    blocks = [item for item in every if item.is_block and plain(item.steps[-1]) == words]
    return blocks[0].parts if len(blocks) == 1 else None
