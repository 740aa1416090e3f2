"""Values that a new environment's file leaves to whoever makes it: refused until they are there."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from stacks.settings.problems import Problem
from stacks.settings.stack_values import ConfigPlace, in_config
from stacks.settings.yaml_source import KeyPath, YamlSource, dotted

__all__ = ["CODE", "fill_in", "to_fill_in"]

CODE: Final = "MS0109"
_MARK: Final = re.compile(r"<fill in(: (?P<what>[^<>]*))?>")


def fill_in(what: str) -> str:
    """What stands in a file for a value that nobody has said yet."""
    return f"<fill in: {what}>"


def to_fill_in(values: Mapping[str, Any], positions: YamlSource) -> list[Problem]:
    """Every value of an environment that is still to be filled in."""
    return [
        in_config(
            Problem(
                ConfigPlace(positions)(path),
                CODE,
                dotted(path),
                "still to be filled in",
                allowed=what,
            )
        )
        for path, what in _marks(values, ())
    ]


def _marks(value: object, path: KeyPath) -> Iterator[tuple[KeyPath, str]]:
    if isinstance(value, Mapping):
        for key, inner in cast("Mapping[str, object]", value).items():
            yield from _marks(inner, (*path, str(key)))
    elif isinstance(value, list):
        for number, inner in enumerate(cast("list[object]", value)):
            yield from _marks(inner, (*path, number))
    elif isinstance(value, str) and (found := _MARK.fullmatch(value)):
        yield path, found["what"] or ""
