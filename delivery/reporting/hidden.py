"""A report without the secrets that are known: not one of its texts has them."""

from collections.abc import Callable
from typing import TypeVar, cast

from pydantic import BaseModel

__all__ = ["hidden"]

_Part = TypeVar("_Part", bound=BaseModel)


def hidden(part: _Part, hide: Callable[[str], str]) -> _Part:
    """The same with each text as `hide` gives it back."""
    told = {name: _hidden(getattr(part, name), hide) for name in type(part).model_fields}
    return part.model_copy(update=told)


def _hidden(value: object, hide: Callable[[str], str]) -> object:
    if isinstance(value, BaseModel):
        return hidden(value, hide)
    if isinstance(value, list):
        return [_hidden(each, hide) for each in cast("list[object]", value)]
    # Words of an enumeration are ours.
    return hide(value) if type(value) is str else value
