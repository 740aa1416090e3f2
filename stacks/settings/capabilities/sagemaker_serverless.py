"""Asks that SageMaker's serverless inference cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.sagemaker_serverless import CONCURRENCY, MEMORY_MIB, nearest_memory
from stacks.settings.asked import Asked
from stacks.settings.capabilities import sagemaker_shared
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.sagemaker_scaling import SCALING_KEYS, schedule_problems
from stacks.settings.problems import Problem
from stacks.settings.sagemaker_serverless import SageMakerServerless

__all__ = ["RULES"]

_FULL: Final = 100


def _model(asked: Asked) -> SageMakerServerless | None:
    return asked.settings if isinstance(asked.settings, SageMakerServerless) else None


def _resources(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    resources = model.resources
    if resources.accelerator is not None:
        path = ("resources", "accelerator")
        yield refuse("sagemaker_serverless/accelerator", path, resources.accelerator, asked)
    if resources.cpu is not None:
        yield refuse("sagemaker_serverless/cpu", ("resources", "cpu"), resources.cpu, asked)
    memory = resources.memory_mib
    if memory is not None and memory not in MEMORY_MIB:
        yield refuse(
            "sagemaker_serverless/memory",
            ("resources", "memory_mib"),
            memory,
            asked,
            allowed=", ".join(map(str, MEMORY_MIB)),
            close=str(nearest_memory(memory)),
        )


def _candidate(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.candidate is not None:
        got = model.candidate.version
        yield refuse("sagemaker_serverless/candidate", ("candidate", "version"), got, asked)


def _concurrency(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for key in ("min_replicas", "max_replicas") if model is not None else ():
        value = getattr(model, key)
        if value and not CONCURRENCY.allows(value):
            allowed = str(CONCURRENCY)
            yield refuse("sagemaker_serverless/concurrency", (key,), value, asked, allowed)


def _scaling(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    scaling = model.scaling
    yield from schedule_problems(asked, scaling)
    if scaling.metric not in {None, "concurrency"}:
        path = ("scaling", "metric")
        yield refuse("sagemaker_serverless/scaling", path, scaling.metric, asked)
    if scaling.target is not None and not 1 <= scaling.target <= _FULL:
        path, allowed = ("scaling", "target"), f"1 to {_FULL} percent"
        yield refuse("sagemaker_serverless/scaling", path, scaling.target, asked, allowed)
    scales = model.max_replicas > model.min_replicas or bool(scaling.schedules)
    if model.min_replicas and scales:
        return
    said = [key for key in SCALING_KEYS if getattr(scaling, key) is not None]
    for key in [*said, *(["schedules"] if scaling.schedules else [])]:
        path, got = ("scaling", key), getattr(scaling, key)
        # Wrong by itself already.
        if key == "metric" and got != "concurrency":
            continue
        yield refuse("sagemaker_serverless/scaling", path, got, asked)


def _network(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    shared = asked.site.targets.sagemaker if asked.site else None
    if model is not None and shared is not None and shared.subnet_ids:
        yield refuse("sagemaker_serverless/network", ("target",), model.target, asked)


def _places(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None:
        yield from sagemaker_shared.artifact(asked, ("model", "uri"), model.model.uri)
        yield from sagemaker_shared.image(asked, ("model", "image"), model.model.image)
        yield from sagemaker_shared.secrets(asked, model.env)


RULES: Final[tuple[Rule, ...]] = (
    _resources,
    _candidate,
    _concurrency,
    _scaling,
    _network,
    _places,
)
