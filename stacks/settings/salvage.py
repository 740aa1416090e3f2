"""Settings that are partly wrong, with what is right in them readable.

Rules over several settings run on these too, so that one mistake does not hide another one. What is
wrong, missing or not known is left out; reading it raises `NotKnown`, and the rule that wanted it
has nothing to say.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from stacks.settings.fields import NotKnown
from stacks.settings.partial import nested, options
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import KeyPath

_Settings = TypeVar("_Settings", bound=BaseModel)
_Asked = TypeVar("_Asked")
_MISSING = object()


def salvage(
    model: type[_Settings], data: Mapping[str, Any], unclear: Iterable[KeyPath], path: KeyPath = ()
) -> _Settings:
    """The typed settings with the right values alone; `unclear` paths are left out as well.

    A key is unclear when it is missing and something like it is written: nobody knows its value.
    """
    values: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        here = (*path, name)
        value = data.get(name, _MISSING)
        if here in unclear or (value is _MISSING and info.is_required()):
            continue
        under = [p for p in unclear if p[: len(here)] == here]
        if value is _MISSING and under:
            if info.default is None:
                continue  # Whether there is such a block is what nobody knows.
            value = dict[str, Any]()
        found = (
            info.get_default(call_default_factory=True)
            if value is _MISSING
            else _known(info, value, under, here)
        )
        if found is not _MISSING:
            values[name] = found
    made = model.model_construct(**values)
    # model_construct fills in the defaults of what was left out on purpose.
    filled = cast("dict[str, Any]", made.__dict__)
    for name in set(filled) - set(values):
        del filled[name]
    return made


def _known(info: FieldInfo, value: object, unclear: Iterable[KeyPath], path: KeyPath) -> object:
    inner = nested(info.annotation)
    if inner and isinstance(value, Mapping):
        return salvage(inner, cast("Mapping[str, Any]", value), unclear, path)
    item = _item_model(info)
    if item and isinstance(value, Mapping):
        return {
            name: salvage(item, cast("Mapping[str, Any]", one), unclear, (*path, name))
            for name, one in cast("Mapping[str, Any]", value).items()
            if isinstance(one, Mapping)
        }
    try:
        return cast("Any", TypeAdapter(info.rebuild_annotation())).validate_python(value)
    except ValidationError:
        return _MISSING


def _item_model(info: FieldInfo) -> type[BaseModel] | None:
    """The class of the values of a map of settings."""
    for option in options(info.annotation):
        if get_origin(option) is dict:
            return nested(get_args(option)[-1])
    return None


def apply(rules: Iterable[Callable[[_Asked], Iterable[Problem]]], asked: _Asked) -> list[Problem]:
    """What the rules find, leaving out those that need a value which is not known."""
    found: list[Problem] = []
    for rule in rules:
        try:
            found += rule(asked)
        except NotKnown:
            continue
    return found
