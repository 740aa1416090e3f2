"""The same settings with nothing required: what environment defaults and entries may say."""

import types
from collections.abc import Collection
from functools import cache
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel, Field, create_model
from pydantic.fields import FieldInfo

from stacks.settings.common import Common, EveryDeployment
from stacks.settings.fields import Closed
from stacks.settings.models import MODEL_CLASSES

PARTIAL: Final = "Partial"
"""How the names begin of classes that are made of others."""


@cache
def partial(model: type[BaseModel]) -> type[BaseModel]:
    """The class with every key optional, at every depth; `null` takes a value away."""
    fields: dict[str, Any] = {
        name: (
            _optional(info),
            Field(default=None, json_schema_extra=info.json_schema_extra),
        )
        for name, info in model.model_fields.items()
    }
    made = create_model(f"{PARTIAL}{model.__name__}", __base__=Closed, **fields)
    made.__doc__ = model.__doc__
    return made


def _optional(info: FieldInfo) -> Any:  # noqa: ANN401 - an annotation
    inner = nested(info.annotation)
    annotation: Any = partial(inner) if inner else info.rebuild_annotation()
    return annotation | None


def nested(annotation: Any) -> type[BaseModel] | None:  # noqa: ANN401 - any annotation
    """The settings class in an annotation `X` or `X | None`; None for plain values."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in {Union, types.UnionType}:
        for argument in get_args(annotation):
            if found := nested(argument):
                return found
    return None


def options(annotation: Any) -> list[Any]:  # noqa: ANN401 - any annotation
    """The members of a union, at any depth; the annotation alone for what is none."""
    if get_origin(annotation) in {Union, types.UnionType}:
        return [option for part in get_args(annotation) for option in options(part)]
    if hasattr(annotation, "__metadata__"):
        return options(get_args(annotation)[0])
    return [annotation]


@cache
def any_target() -> type[BaseModel]:
    """Keys of every target at once, nothing required: what `defaults` may say.

    A default that a model's target does not have is left out for that model.
    """
    return create_model("Defaults", __base__=Closed, **_of_every_target(_names()))


@cache
def any_target_with(names: frozenset[str]) -> type[BaseModel] | None:
    """The same with these keys alone, in a fraction of the time; None where one is no key."""
    if not names <= _names():
        return None
    return create_model("Defaults", __base__=Closed, **_of_every_target(names))


@cache
def target_not_known(*, no_model: bool = False) -> type[BaseModel]:
    """What every model must say, and may say on some target: for a model without a right target.

    `no_model`: the file seems to be of a target without `model`, such as a graph.
    """
    base: type[BaseModel] = EveryDeployment if no_model else Common
    own = _of_every_target(_names() - set(base.model_fields))
    return create_model("ModelOfSomeTarget", __base__=base, target=(str, ...), **own)


@cache
def _names() -> frozenset[str]:
    """Of every key but the target's own."""
    return frozenset(name for model in MODEL_CLASSES.values() for name in model.model_fields) - {
        "target"
    }


def _of_every_target(names: Collection[str]) -> dict[str, Any]:
    """The fields of these names, each with what it may be on any of the targets."""
    fields: dict[str, Any] = {}
    for model in MODEL_CLASSES.values():
        for name, info in model.model_fields.items():
            if name not in names:
                continue
            annotation = _optional(info)
            known, _ = fields.get(name, (None, None))
            if known is not None:
                annotation = known if str(known) == str(annotation) else known | annotation
            fields[name] = (annotation, None)
    return fields
