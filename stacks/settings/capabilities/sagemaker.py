"""Asks that SageMaker cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.limits import (
    SAGEMAKER_CANARY_PERCENT,
    SAGEMAKER_LINEAR_PERCENT,
    SAGEMAKER_ROLLING_PERCENT,
    SAGEMAKER_SHIFT_SECONDS,
    SAGEMAKER_WAIT_SECONDS,
)
from facts.machines.choose import find
from facts.machines.ec2 import NOT_ON_SAGEMAKER
from facts.sagemaker_shift import longest_wait_seconds
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.steps import size_of
from stacks.settings.common import Shift
from stacks.settings.problems import Problem
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.sagemaker_async import SageMakerAsync

# What has instances of a chosen type.
_INSTANCES: Final = ("sagemaker", "sagemaker_async")
_SAGEMAKER_SIZES: Final = {
    Shift.CANARY: SAGEMAKER_CANARY_PERCENT,
    Shift.LINEAR: SAGEMAKER_LINEAR_PERCENT,
    Shift.ROLLING: SAGEMAKER_ROLLING_PERCENT,
}


def _sagemaker_zero(asked: Asked) -> Iterator[Problem]:
    if asked.settings.target == "sagemaker" and asked.settings.min_replicas == 0:
        yield refuse("sagemaker/zero", ("min_replicas",), 0, asked)


def _sagemaker_size(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target not in _INSTANCES or settings.rollout.shift is None:
        return
    limit = _SAGEMAKER_SIZES.get(settings.rollout.shift)
    size = size_of(settings.rollout)
    if limit is not None and not limit.allows(size):
        yield refuse(
            "sagemaker/shift-size",
            ("rollout", "size_percent"),
            size,
            asked,
            allowed=str(limit),
            source=limit.source,
        )


def _sagemaker_wait(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    shift, wait = settings.rollout.shift, settings.rollout.wait_seconds
    if settings.target not in _INSTANCES or shift is None or wait is None:
        return
    size, limit = size_of(settings.rollout), _SAGEMAKER_SIZES.get(shift)
    if limit is None:
        return
    # All steps together end within the time that SageMaker gives an update.
    longest = longest_wait_seconds(str(shift), size) if limit.allows(size) else wait
    if not SAGEMAKER_WAIT_SECONDS.allows(wait) or wait > longest:
        one = SAGEMAKER_WAIT_SECONDS.allows(wait)
        yield refuse(
            "sagemaker/shift-size",
            ("rollout", "wait_seconds"),
            wait,
            asked,
            allowed=f"at most {longest} seconds with steps of {size} %"
            if one
            else str(SAGEMAKER_WAIT_SECONDS),
            source=(SAGEMAKER_SHIFT_SECONDS if one else SAGEMAKER_WAIT_SECONDS).source,
        )


def _sagemaker_rolling(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        settings.target in _INSTANCES
        and settings.rollout.shift is Shift.ROLLING
        and settings.candidate is not None
    ):
        yield refuse("sagemaker/rolling-with-candidate", ("rollout", "shift"), "rolling", asked)


def _sagemaker_cpu(asked: Asked) -> Iterator[Problem]:
    cpu = asked.settings.resources.cpu
    if asked.settings.target in _INSTANCES and cpu is not None:
        yield refuse("sagemaker/cpu-and-memory", ("resources", "cpu"), cpu, asked)


def _sagemaker_memory(asked: Asked) -> Iterator[Problem]:
    memory = asked.settings.resources.memory_mib
    if asked.settings.target in _INSTANCES and memory is not None:
        yield refuse("sagemaker/cpu-and-memory", ("resources", "memory_mib"), memory, asked)


def _sagemaker_accelerator(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, SageMakerModel | SageMakerAsync):
        return
    if settings.resources.accelerator is None:
        return
    count = settings.resources.accelerator_count or 1
    fitting = [
        f"ml.{t.name}"
        for t in find("aws", accelerator=settings.resources.accelerator, count=count)
        if t.name not in NOT_ON_SAGEMAKER
    ]
    if settings.instance_type not in fitting:
        yield refuse(
            "sagemaker/accelerator",
            ("instance_type",),
            settings.instance_type,
            asked,
            allowed=", ".join(fitting),
        )


RULES: Final[tuple[Rule, ...]] = (
    _sagemaker_zero,
    _sagemaker_size,
    _sagemaker_wait,
    _sagemaker_rolling,
    _sagemaker_cpu,
    _sagemaker_memory,
    _sagemaker_accelerator,
)
