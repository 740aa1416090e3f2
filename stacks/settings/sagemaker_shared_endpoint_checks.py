"""Rules over SageMaker endpoints that models share, and over machines that host components."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from facts.inference_components import Copy, misfit
from facts.sagemaker import HOSTING, is_neuron
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import Placed, refuse
from stacks.settings.graph_checks import Others
from stacks.settings.pairs import low_above_high
from stacks.settings.problems import Problem
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf

__all__ = ["ECR", "copy_of", "gpus_of", "machine_problems", "shared_endpoint"]

ECR: Final = re.compile(r"(\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?/[^:@]+)([:@].*)?")


@dataclass(frozen=True, slots=True)
class _OfEndpoint:
    settings: SharedEndpoint
    where: PlaceOf
    others: Others
    name: str


_Rule: TypeAlias = Callable[[_OfEndpoint], Iterator[Problem]]


def shared_endpoint(
    name: str, settings: SharedEndpoint, where: PlaceOf, others: Others
) -> list[Problem]:
    """Problems of one shared endpoint, and of all models together that it is to host."""
    return apply(_RULES, _OfEndpoint(settings, where, others, name))


def machine_problems(asked: Placed, instance_type: str) -> Iterator[Problem]:
    """What is wrong with an instance type that is to host components."""
    yield from sagemaker_shared.instance_type(asked, instance_type)
    if instance_type in HOSTING and is_neuron(instance_type):
        yield refuse("sagemaker_component/machine", ("instance_type",), instance_type, asked)


def copy_of(settings: ComponentModel) -> Copy:
    """What one copy asks for."""
    resources = settings.resources
    return Copy(resources.cpu or 0, resources.memory_mib or 0, gpus_of(settings))


def gpus_of(settings: ComponentModel) -> int:
    """GPUs of one copy: one where their kind alone is said."""
    resources = settings.resources
    return resources.accelerator_count or (1 if resources.accelerator is not None else 0)


def _hosted(server: str, models: Mapping[str, object]) -> dict[str, ComponentModel]:
    return {
        name: model
        for name, model in models.items()
        if isinstance(model, ComponentModel) and model.server == server
    }


def _replicas(asked: _OfEndpoint) -> Iterator[Problem]:
    low, high = asked.settings.min_replicas, asked.settings.max_replicas
    yield from low_above_high(asked.where, ("min_replicas", low), ("max_replicas", high))


def _endpoint_machine(asked: _OfEndpoint) -> Iterator[Problem]:
    yield from machine_problems(asked, asked.settings.instance_type)


def _endpoint_images(asked: _OfEndpoint) -> Iterator[Problem]:
    for index, image in enumerate(asked.settings.images):
        if not ECR.fullmatch(image):
            yield refuse("sagemaker/image", ("images", index), image, asked)


def _room(asked: _OfEndpoint) -> Iterator[Problem]:
    """The copies that are always there, together; and the most of each, alone."""
    settings, path = asked.settings, ("max_replicas",)
    hosted = _hosted(asked.name, asked.others.models)
    least = {name: (copy_of(model), max(1, model.min_replicas)) for name, model in hosted.items()}
    wrong = misfit(least, settings.instance_type, settings.max_replicas)
    if wrong is None:
        for name, model in hosted.items():
            most = {name: (copy_of(model), model.max_replicas)}
            wrong = wrong or misfit(most, settings.instance_type, settings.max_replicas)
    if wrong is not None:
        yield refuse("sagemaker_component/fit", path, settings.max_replicas, asked, wrong)


_RULES: Final[tuple[_Rule, ...]] = (
    _replicas,
    _endpoint_machine,
    _endpoint_images,
    _room,
)
