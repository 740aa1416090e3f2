"""The functions of the provider by token: what previews may ask too."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from provider.aws import sagemaker_model_package as model_package
from provider.clients import Clients
from provider.input_checks import Problems
from provider.mirror import look_up
from provider.registries import judge_files, resolve_models

__all__ = ["FUNCTIONS", "Function"]


@dataclass(frozen=True, slots=True)
class Function:
    """What a function takes and answers."""

    schema: dict[str, Any]
    check: Callable[[Mapping[str, object]], Problems]
    answer: Callable[[Clients, Mapping[str, object]], Awaitable[dict[str, object]]]


FUNCTIONS: Final[dict[str, Function]] = {
    model_package.TYPE: Function(
        model_package.SCHEMA,
        model_package.check,
        lambda clients, inputs: model_package.answer(clients.aws, inputs),
    ),
    judge_files.TYPE: Function(judge_files.SCHEMA, judge_files.check, judge_files.answer),
    look_up.TYPE: Function(look_up.SCHEMA, look_up.check, look_up.answer),
    resolve_models.TYPE: Function(
        resolve_models.SCHEMA, resolve_models.check, resolve_models.answer
    ),
}
