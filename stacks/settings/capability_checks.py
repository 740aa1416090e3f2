"""Asks that a target cannot honour, refused before anything is registered."""

from collections.abc import Callable, Iterator
from typing import Final

from facts.accelerators import EC2_GPU_INSTANCE_TYPES
from facts.capabilities import CODEDEPLOY_LAMBDA, REFUSALS, TARGETS
from facts.limits import (
    HTTP_API_TIMEOUT_SECONDS,
    LAMBDA_MEMORY_MIB,
    SAGEMAKER_CANARY_PERCENT,
    SAGEMAKER_LINEAR_PERCENT,
    SAGEMAKER_ROLLING_PERCENT,
    SAGEMAKER_WAIT_SECONDS,
)
from stacks.settings.asked import Asked
from stacks.settings.models import Artifact, Candidate, Rollout, Shift
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.yaml_source import KeyPath, dotted

_SAGEMAKER_SIZES: Final = {
    Shift.CANARY: SAGEMAKER_CANARY_PERCENT,
    Shift.LINEAR: SAGEMAKER_LINEAR_PERCENT,
    Shift.ROLLING: SAGEMAKER_ROLLING_PERCENT,
}
DEFAULT_SIZE_PERCENT: Final = 10


def _refuse(  # noqa: PLR0917
    name: str,
    path: KeyPath,
    got: object,
    asked: Asked,
    allowed: str = "",
    close: str = "",
    source: str = "",
) -> Problem:
    refusal = REFUSALS[name]
    return Problem(
        asked.where(path),
        refusal.code,
        dotted(path),
        f"got {shown(got)}: {refusal.reason}",
        allowed=allowed,
        nearest=close,
        fix=refusal.nearest,
        source=refusal.source or source,
    )


def _framework(asked: Asked) -> Iterator[Problem]:
    target, artifact = TARGETS[asked.settings.target], asked.settings.model
    known, framework = target.frameworks, artifact.framework
    if framework is not None and framework not in known and artifact.image is None:
        yield _refuse(
            "any/framework",
            ("model", "framework"),
            framework,
            asked,
            allowed=", ".join(known),
            close=nearest(framework, known),
            source=target.source,
        )


def _stable_artifact(asked: Asked) -> Iterator[Problem]:
    yield from _artifact(asked, "model", asked.settings.model)


def _candidate_artifact(asked: Asked) -> Iterator[Problem]:
    if asked.settings.candidate is not None:
        yield from _artifact(asked, "candidate", asked.settings.candidate)


def _artifact(asked: Asked, key: str, artifact: Artifact | Candidate) -> Iterator[Problem]:
    target = TARGETS[asked.settings.target]
    if artifact.uri.partition(":")[0] not in target.uri_schemes:
        yield _refuse(
            "any/artifact",
            (key, "uri"),
            artifact.uri,
            asked,
            allowed=", ".join(f"{scheme}:" for scheme in target.uri_schemes),
            source=target.source,
        )


def _shift(asked: Asked) -> Iterator[Problem]:
    target, shift = TARGETS[asked.settings.target], asked.settings.rollout.shift
    if shift is not None and shift not in target.shifts:
        yield _refuse(
            "kserve/shift" if target.name == "kserve" else "any/shift",
            ("rollout", "shift"),
            str(shift),
            asked,
            allowed=", ".join(target.shifts),
            source=target.source,
        )


def _kserve_candidate(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.deployment_mode != "standard":
        return
    if settings.candidate is not None:
        path = ("canary_percent",) if settings.canary_percent else ("candidate", "version")
        got = settings.canary_percent or settings.candidate.version
        yield _refuse("kserve/candidate-in-standard-mode", path, got, asked)


def _kserve_zero(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "kserve" or settings.deployment_mode != "standard":
        return
    if settings.min_replicas == 0:
        yield _refuse("kserve/zero-in-standard-mode", ("min_replicas",), 0, asked)


def _sagemaker_zero(asked: Asked) -> Iterator[Problem]:
    if asked.settings.target == "sagemaker" and asked.settings.min_replicas == 0:
        yield _refuse("sagemaker/zero", ("min_replicas",), 0, asked)


def _sagemaker_size(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "sagemaker" or settings.rollout.shift is None:
        return
    limit = _SAGEMAKER_SIZES.get(settings.rollout.shift)
    size = _size(settings.rollout)
    if limit is not None and not limit.allows(size):
        yield _refuse(
            "sagemaker/shift-size",
            ("rollout", "size_percent"),
            size,
            asked,
            allowed=str(limit),
            source=limit.source,
        )


def _sagemaker_wait(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "sagemaker" or settings.rollout.shift not in _SAGEMAKER_SIZES:
        return
    wait = settings.rollout.wait_seconds
    if wait is not None and not SAGEMAKER_WAIT_SECONDS.allows(wait):
        yield _refuse(
            "sagemaker/shift-size",
            ("rollout", "wait_seconds"),
            wait,
            asked,
            allowed=str(SAGEMAKER_WAIT_SECONDS),
            source=SAGEMAKER_WAIT_SECONDS.source,
        )


def _sagemaker_rolling(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        settings.target == "sagemaker"
        and settings.rollout.shift is Shift.ROLLING
        and settings.candidate is not None
    ):
        yield _refuse("sagemaker/rolling-with-candidate", ("rollout", "shift"), "rolling", asked)


def _sagemaker_cpu(asked: Asked) -> Iterator[Problem]:
    cpu = asked.settings.resources.cpu
    if asked.settings.target == "sagemaker" and cpu is not None:
        yield _refuse("sagemaker/cpu-and-memory", ("resources", "cpu"), cpu, asked)


def _sagemaker_memory(asked: Asked) -> Iterator[Problem]:
    memory = asked.settings.resources.memory_mib
    if asked.settings.target == "sagemaker" and memory is not None:
        yield _refuse("sagemaker/cpu-and-memory", ("resources", "memory_mib"), memory, asked)


def _sagemaker_accelerator(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "sagemaker" or settings.resources.accelerator is None:
        return
    count = settings.resources.accelerator_count or 1
    fitting = [
        f"ml.{t.name}"
        for t in EC2_GPU_INSTANCE_TYPES.values()
        if t.accelerator == settings.resources.accelerator and t.accelerator_count >= count
    ]
    if settings.instance_type not in fitting:
        yield _refuse(
            "sagemaker/accelerator",
            ("instance_type",),
            settings.instance_type,
            asked,
            allowed=", ".join(fitting),
        )


def _lambda_accelerator(asked: Asked) -> Iterator[Problem]:
    accelerator = asked.settings.resources.accelerator
    if asked.settings.target == "lambda" and accelerator is not None:
        yield _refuse("lambda/accelerator", ("resources", "accelerator"), accelerator, asked)


def _lambda_cpu(asked: Asked) -> Iterator[Problem]:
    cpu = asked.settings.resources.cpu
    if asked.settings.target == "lambda" and cpu is not None:
        yield _refuse("lambda/cpu", ("resources", "cpu"), cpu, asked)


def _lambda_memory(asked: Asked) -> Iterator[Problem]:
    memory = asked.settings.resources.memory_mib
    if asked.settings.target != "lambda" or memory is None or LAMBDA_MEMORY_MIB.allows(memory):
        return
    path = ("resources", "memory_mib")
    yield _refuse("lambda/memory", path, memory, asked, allowed=str(LAMBDA_MEMORY_MIB))


def _lambda_timeout(asked: Asked) -> Iterator[Problem]:
    settings, gateway = asked.settings, HTTP_API_TIMEOUT_SECONDS.maximum or 0
    if settings.target == "lambda" and settings.timeout_seconds >= gateway:
        yield _refuse(
            "lambda/behind-http-api",
            ("timeout_seconds",),
            settings.timeout_seconds,
            asked,
            allowed=f"1 to {gateway - 1:g} seconds",
        )


def _lambda_warm(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        settings.target == "lambda"
        and settings.min_replicas > 0
        and settings.candidate is not None
        and settings.canary_percent
    ):
        yield _refuse("lambda/warm-with-candidate", ("min_replicas",), settings.min_replicas, asked)


def _lambda_image(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "lambda" or settings.model.image is None:
        return
    if settings.candidate is not None:
        path = ("model", "image")
        yield _refuse("lambda/image-with-candidate", path, settings.model.image, asked)


def _lambda_steps(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if settings.target != "lambda" or settings.rollout.shift is None:
        return
    steps = CODEDEPLOY_LAMBDA.get(settings.rollout.shift)
    if steps is None:
        return
    size, wait = _size(settings.rollout), settings.rollout.wait_seconds
    if wait is None:
        wait = min(seconds for _, seconds in steps)
    if (size, wait) not in steps:
        yield _refuse("lambda/shift", ("rollout", "shift"), f"{size} % each {wait} s", asked)


def _size(rollout: Rollout) -> int:
    return DEFAULT_SIZE_PERCENT if rollout.size_percent is None else rollout.size_percent


def not_offered(target: object, problem: Problem, path: KeyPath, *, has_candidate: bool) -> Problem:
    """An unknown key as the refusal of what it asks for, where a target is known to lack that."""
    name = f"{target}/{'.'.join(map(str, path))}"
    if has_candidate and f"{name}-beside-candidate" in REFUSALS:
        name = f"{name}-beside-candidate"
    refusal = REFUSALS.get(name)
    if refusal is None:
        return problem
    return Problem(
        problem.place,
        refusal.code,
        problem.key,
        refusal.reason,
        fix=refusal.nearest,
        source=refusal.source,
    )


RULES: Final[tuple[Callable[[Asked], Iterator[Problem]], ...]] = (
    _framework,
    _stable_artifact,
    _candidate_artifact,
    _shift,
    _kserve_candidate,
    _kserve_zero,
    _sagemaker_zero,
    _sagemaker_size,
    _sagemaker_wait,
    _sagemaker_rolling,
    _sagemaker_cpu,
    _sagemaker_memory,
    _sagemaker_accelerator,
    _lambda_accelerator,
    _lambda_cpu,
    _lambda_memory,
    _lambda_timeout,
    _lambda_warm,
    _lambda_image,
    _lambda_steps,
)
