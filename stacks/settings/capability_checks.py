"""Asks that a target cannot honour, refused before anything is registered."""

from typing import Final

from facts.accelerators import EC2_GPU_INSTANCE_TYPES
from facts.capabilities import CODEDEPLOY_LAMBDA, REFUSALS, TARGETS
from facts.limits import (
    HTTP_API_TIMEOUT_SECONDS,
    LAMBDA_MEMORY_MIB,
    LAMBDA_SNAP_START_STORAGE_MIB,
    SAGEMAKER_CANARY_PERCENT,
    SAGEMAKER_LINEAR_PERCENT,
    SAGEMAKER_ROLLING_PERCENT,
    SAGEMAKER_WAIT_SECONDS,
)
from stacks.settings.models import (
    KServeModel,
    LambdaModel,
    ModelSettings,
    SageMakerModel,
    Shift,
)
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.validate import PlaceOf
from stacks.settings.yaml_source import KeyPath, dotted

_SAGEMAKER_SIZES: Final = {
    Shift.CANARY: SAGEMAKER_CANARY_PERCENT,
    Shift.LINEAR: SAGEMAKER_LINEAR_PERCENT,
    Shift.ROLLING: SAGEMAKER_ROLLING_PERCENT,
}
DEFAULT_SIZE_PERCENT: Final = 10
DEFAULT_WAIT_SECONDS: Final = 300


def refusals(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    """What this model asks and its target cannot do."""
    found = _any(settings, where)
    if isinstance(settings, KServeModel):
        found += _kserve(settings, where)
    elif isinstance(settings, SageMakerModel):
        found += _sagemaker(settings, where)
    else:
        found += _lambda(settings, where)
    return found


def _refuse(  # noqa: PLR0917
    name: str,
    path: KeyPath,
    got: object,
    where: PlaceOf,
    allowed: str = "",
    close: str = "",
    source: str = "",
) -> Problem:
    refusal = REFUSALS[name]
    return Problem(
        where(path),
        refusal.code,
        dotted(path),
        f"got {shown(got)}: {refusal.reason}",
        allowed=allowed,
        nearest=close,
        fix=refusal.nearest,
        source=refusal.source or source,
    )


def _any(settings: ModelSettings, where: PlaceOf) -> list[Problem]:
    target = TARGETS[settings.target]
    found: list[Problem] = []
    framework = settings.model.framework
    if (
        framework is not None
        and settings.model.image is None
        and framework not in target.frameworks
    ):
        found.append(
            _refuse(
                "any/framework",
                ("model", "framework"),
                framework,
                where,
                allowed=", ".join(target.frameworks),
                close=nearest(framework, target.frameworks),
                source=target.source,
            )
        )
    for path, artifact in (
        (("model", "uri"), settings.model),
        (("candidate", "uri"), settings.candidate),
    ):
        if artifact is not None and artifact.uri.partition(":")[0] not in target.uri_schemes:
            found.append(
                _refuse(
                    "any/artifact",
                    path,
                    artifact.uri,
                    where,
                    allowed=", ".join(f"{scheme}:" for scheme in target.uri_schemes),
                    source=target.source,
                )
            )
    shift = settings.rollout.shift
    if shift is not None and shift not in target.shifts:
        name = "kserve/shift" if isinstance(settings, KServeModel) else "any/shift"
        found.append(
            _refuse(
                name,
                ("rollout", "shift"),
                str(shift),
                where,
                allowed=", ".join(target.shifts),
                source=target.source,
            )
        )
    return found


def _kserve(settings: KServeModel, where: PlaceOf) -> list[Problem]:
    if settings.deployment_mode != "standard":
        return []
    found: list[Problem] = []
    if settings.candidate is not None:
        path = ("canary_percent",) if settings.canary_percent else ("candidate", "version")
        got = settings.canary_percent or settings.candidate.version
        found.append(_refuse("kserve/candidate-in-standard-mode", path, got, where))
    if settings.min_replicas == 0:
        found.append(_refuse("kserve/zero-in-standard-mode", ("min_replicas",), 0, where))
    return found


def _sagemaker(settings: SageMakerModel, where: PlaceOf) -> list[Problem]:
    found: list[Problem] = []
    if settings.min_replicas == 0:
        found.append(_refuse("sagemaker/zero", ("min_replicas",), 0, where))
    if settings.shadow is not None:
        name = "sagemaker/shadow-beside-candidate" if settings.candidate else "sagemaker/shadow"
        found.append(_refuse(name, ("shadow",), settings.shadow.version, where))
    found += _sagemaker_shift(settings, where)
    asked = settings.resources
    found += [
        _refuse("sagemaker/cpu-and-memory", ("resources", key), value, where)
        for key, value in (("cpu", asked.cpu), ("memory_mib", asked.memory_mib))
        if value is not None
    ]
    if asked.accelerator is not None:
        instance = EC2_GPU_INSTANCE_TYPES.get(settings.instance_type.removeprefix("ml."))
        count = asked.accelerator_count or 1
        if (
            instance is None
            or instance.accelerator != asked.accelerator
            or instance.accelerator_count < count
        ):
            fitting = [
                f"ml.{t.name}"
                for t in EC2_GPU_INSTANCE_TYPES.values()
                if t.accelerator == asked.accelerator and t.accelerator_count >= count
            ]
            found.append(
                _refuse(
                    "sagemaker/accelerator",
                    ("instance_type",),
                    settings.instance_type,
                    where,
                    allowed=", ".join(fitting),
                )
            )
    return found


def _sagemaker_shift(settings: SageMakerModel, where: PlaceOf) -> list[Problem]:
    found: list[Problem] = []
    rollout = settings.rollout
    limit = _SAGEMAKER_SIZES.get(rollout.shift) if rollout.shift else None
    if limit is None:
        return found
    size = rollout.size_percent if rollout.size_percent is not None else DEFAULT_SIZE_PERCENT
    if not limit.allows(size):
        found.append(
            _refuse(
                "sagemaker/shift-size",
                ("rollout", "size_percent"),
                size,
                where,
                allowed=str(limit),
                source=limit.source,
            )
        )
    if rollout.wait_seconds is not None and not SAGEMAKER_WAIT_SECONDS.allows(rollout.wait_seconds):
        found.append(
            _refuse(
                "sagemaker/shift-size",
                ("rollout", "wait_seconds"),
                rollout.wait_seconds,
                where,
                allowed=str(SAGEMAKER_WAIT_SECONDS),
            )
        )
    if rollout.shift is Shift.ROLLING and settings.candidate is not None:
        found.append(
            _refuse("sagemaker/rolling-with-candidate", ("rollout", "shift"), "rolling", where)
        )
    return found


def _lambda(settings: LambdaModel, where: PlaceOf) -> list[Problem]:
    found: list[Problem] = []
    asked = settings.resources
    if asked.accelerator is not None:
        found.append(
            _refuse("lambda/accelerator", ("resources", "accelerator"), asked.accelerator, where)
        )
    if asked.cpu is not None:
        found.append(_refuse("lambda/cpu", ("resources", "cpu"), asked.cpu, where))
    if asked.memory_mib is not None and not LAMBDA_MEMORY_MIB.allows(asked.memory_mib):
        found.append(
            _refuse(
                "lambda/memory",
                ("resources", "memory_mib"),
                asked.memory_mib,
                where,
                allowed=str(LAMBDA_MEMORY_MIB),
            )
        )
    gateway = HTTP_API_TIMEOUT_SECONDS.maximum or 0
    if settings.timeout_seconds >= gateway:
        found.append(
            _refuse(
                "lambda/behind-http-api",
                ("timeout_seconds",),
                settings.timeout_seconds,
                where,
                allowed=f"1 to {gateway - 1:g} seconds",
            )
        )
    found += _lambda_snap_start(settings, where)
    if settings.min_replicas > 0 and settings.candidate is not None and settings.canary_percent:
        found.append(
            _refuse("lambda/warm-with-candidate", ("min_replicas",), settings.min_replicas, where)
        )
    rollout = settings.rollout
    steps = CODEDEPLOY_LAMBDA.get(rollout.shift) if rollout.shift else None
    if steps is not None:
        size = rollout.size_percent if rollout.size_percent is not None else DEFAULT_SIZE_PERCENT
        wait = (
            rollout.wait_seconds if rollout.wait_seconds is not None else min(s for _, s in steps)
        )
        if (size, wait) not in steps:
            found.append(
                _refuse("lambda/shift", ("rollout", "shift"), f"{size} % each {wait} s", where)
            )
    return found


def _lambda_snap_start(settings: LambdaModel, where: PlaceOf) -> list[Problem]:
    if not settings.snap_start:
        return []
    found: list[Problem] = []
    if settings.min_replicas > 0:
        found.append(
            _refuse("lambda/snap-start-and-warm", ("min_replicas",), settings.min_replicas, where)
        )
    storage = settings.ephemeral_storage_mib
    if settings.model.image is not None:
        found.append(_refuse("lambda/snap-start", ("snap_start",), settings.snap_start, where))
    if storage is not None and not LAMBDA_SNAP_START_STORAGE_MIB.allows(storage):
        found.append(_refuse("lambda/snap-start", ("ephemeral_storage_mib",), storage, where))
    return found or [
        _refuse("lambda/snap-start-not-made", ("snap_start",), settings.snap_start, where)
    ]
