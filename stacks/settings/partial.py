"""The same settings with nothing required: what environment defaults and entries may say."""

import types
from functools import cache
from typing import Any, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, create_model

from stacks.settings.common import Common, EveryDeployment
from stacks.settings.fields import Closed
from stacks.settings.models import MODEL_CLASSES


class _Made(Closed):
    # Their descriptions are given; looking for docstrings in source that is not there is slow.
    model_config = ConfigDict(use_attribute_docstrings=False)


@cache
def partial(model: type[BaseModel]) -> type[BaseModel]:
    """The class with every key optional, at every depth; `null` takes a value away."""
    fields: dict[str, Any] = {}
    for name, info in model.model_fields.items():
        inner = nested(info.annotation)
        annotation: Any = partial(inner) if inner else info.rebuild_annotation()
        fields[name] = (
            annotation | None,
            Field(
                default=None,
                description=info.description,
                json_schema_extra=info.json_schema_extra,
            ),
        )
    made = create_model(f"Partial{model.__name__}", __base__=_Made, **fields)
    made.__doc__ = model.__doc__
    return made


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
    return create_model("Defaults", __base__=_Made, **_of_every_target())


@cache
def target_not_known(*, no_model: bool = False) -> type[BaseModel]:
    """What every model must say, and may say on some target: for a model without a right target.

    `no_model`: the file seems to be of a target without `model`, such as a graph.
    """
    base: type[BaseModel] = EveryDeployment if no_model else Common
    common = set(base.model_fields)
    own = {name: field for name, field in _of_every_target().items() if name not in common}
    return create_model("ModelOfSomeTarget", __base__=base, target=(str, ...), **own)


def _of_every_target() -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for model in MODEL_CLASSES.values():
        for name, info in partial(model).model_fields.items():
            if name == "target":
                continue
            known = fields.get(name)
            annotation = info.annotation if known is None else known[0] | info.annotation
            if known is not None and str(known[0]) == str(info.annotation):
                annotation = known[0]
            fields[name] = (
                annotation,
                Field(default=None, description=info.description),
            )
    return fields
