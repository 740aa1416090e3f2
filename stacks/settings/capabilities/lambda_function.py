"""Asks of a function that Lambda cannot honour; lambda_parts.py has those of what is around it."""

import re
from collections.abc import Iterator
from typing import Final

from facts.capabilities.lambda_function import CODEDEPLOY_LAMBDA
from facts.lambda_serving import (
    IMAGE,
    S3_FILE,
    SNAP_START_MISSING_REGIONS,
    SNAP_START_STORAGE_MIB,
    answered_per_second,
    wrong_steps,
)
from facts.limits import HTTP_API_TIMEOUT_SECONDS, LAMBDA_MEMORY_MIB
from facts.sagemaker_hosting import ecr_region
from stacks.settings.artifacts import versions
from stacks.settings.asked import Asked
from stacks.settings.capabilities import lambda_parts
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.capabilities.steps import size_of
from stacks.settings.lambda_cold_start import chosen, is_pulled, package
from stacks.settings.lambda_function import LambdaModel
from stacks.settings.pinning import pinned_image
from stacks.settings.problems import Problem

__all__ = ["RULES"]

# As LambdaEndpoint has it, where the settings say nothing.
_USUAL_MEMORY_MIB: Final = 1024


def _model(asked: Asked) -> LambdaModel | None:
    return asked.settings if isinstance(asked.settings, LambdaModel) else None


def _region(asked: Asked) -> str | None:
    aws = asked.site.targets.aws if asked.site is not None else None
    return aws.region if aws is not None else None


def _accelerator(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    accelerator = model.resources.accelerator if model else None
    if accelerator is not None:
        yield refuse("lambda/accelerator", ("resources", "accelerator"), accelerator, asked)


def _cpu(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.resources.cpu is not None:
        yield refuse("lambda/cpu", ("resources", "cpu"), model.resources.cpu, asked)


def _memory(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    memory = model.resources.memory_mib if model else None
    if memory is not None and not LAMBDA_MEMORY_MIB.allows(memory):
        path = ("resources", "memory_mib")
        yield refuse("lambda/memory", path, memory, asked, allowed=str(LAMBDA_MEMORY_MIB))


def _timeout(asked: Asked) -> Iterator[Problem]:
    model, gateway = _model(asked), HTTP_API_TIMEOUT_SECONDS.maximum or 0
    if model and model.timeout_seconds >= gateway:
        allowed = f"1 to {gateway - 1:g} seconds"
        yield refuse(
            "lambda/behind-http-api", ("timeout_seconds",), model.timeout_seconds, asked, allowed
        )


def _timeout_below_objective(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.timeout_seconds * 1000 <= model.slo.latency_p95_ms:
        path, p95 = ("timeout_seconds",), model.slo.latency_p95_ms
        allowed = f"more than slo.latency_p95_ms, {p95 / 1000:g} s"
        yield refuse("lambda/timeout-below-objective", path, model.timeout_seconds, asked, allowed)


def _capacity(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.throttle_rate_per_second is None:
        return
    rate, most = model.throttle_rate_per_second, model.max_replicas
    answered = answered_per_second(most, model.slo.latency_p95_ms)
    if rate > max(1, answered):
        allowed = (
            f"at most {answered:g} per second with max_replicas {most} and slo.latency_p95_ms "
            f"{model.slo.latency_p95_ms:g}"
        )
        yield refuse("lambda/capacity", ("throttle_rate_per_second",), rate, asked, allowed)


def _snap_start(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.cold_start.mode != "snap_start":
        return
    path = ("cold_start", "mode")
    if model.model.image is not None:
        yield refuse("lambda/snap-start-image", path, "snap_start", asked)
    if _region(asked) in SNAP_START_MISSING_REGIONS:
        yield refuse("lambda/snap-start-region", path, f"snap_start in {_region(asked)}", asked)


def _snap_start_storage(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    storage = model.ephemeral_storage_mib if model else None
    if (
        model
        and model.cold_start.mode == "snap_start"
        and storage is not None
        and not SNAP_START_STORAGE_MIB.allows(storage)
    ):
        path = ("ephemeral_storage_mib",)
        yield refuse("lambda/snap-start-storage", path, storage, asked)


def _warm_beside_mode(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model and model.min_replicas and model.cold_start.mode in {"none", "snap_start"}:
        got = f"{model.min_replicas} with cold_start.mode {model.cold_start.mode}"
        yield refuse("lambda/warm-beside-mode", ("min_replicas",), got, asked)


def _budget(asked: Asked) -> Iterator[Problem]:
    """By what is known without the package: it never takes less."""
    model = _model(asked)
    budget = model.cold_start.budget_ms if model else None
    if model is None or budget is None:
        return
    choice = chosen(model, package(model, _region(asked)))
    if choice.expected_ms > budget:
        allowed = f"at least {choice.expected_ms:.0f} with mode {choice.mode}"
        path = ("cold_start", "budget_ms")
        yield refuse("lambda/cold-start-budget", path, f"{budget:g} ms", asked, allowed)


def _warm(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is None or not model.canary_percent:
        return
    if model.min_replicas:
        yield refuse("lambda/warm-with-candidate", ("min_replicas",), model.min_replicas, asked)
    elif model.cold_start.mode == "provisioned":
        path = ("cold_start", "mode")
        yield refuse("lambda/warm-with-candidate", path, "provisioned", asked)


def _candidate_image(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.candidate is None:
        return
    stable, image = model.model.image, model.candidate.image
    if stable is None and image is not None:
        yield refuse("lambda/package-kinds", ("candidate", "image"), image, asked)
    if stable is not None and image is None and not is_pulled(model.candidate.uri):
        yield refuse("lambda/image-with-candidate", ("model", "image"), stable, asked)


def _sources(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    candidate = model.candidate if model else None
    if model and candidate and is_pulled(candidate.uri) != is_pulled(model.model.uri):
        yield refuse("lambda/mixed-artifacts", ("candidate", "uri"), candidate.uri, asked)


def _pulled(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for key, artifact in versions(model) if model else ():
        if is_pulled(artifact.uri) and not re.fullmatch(S3_FILE, artifact.uri):
            yield refuse("lambda/pulled-file", (key, "uri"), artifact.uri, asked)


def _fit(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    size = model.cold_start.model_mib if model else None
    if model is None or size is None or not is_pulled(model.model.uri):
        return
    room = min(
        model.ephemeral_storage_mib or int(SNAP_START_STORAGE_MIB.minimum or 0),
        model.resources.memory_mib or _USUAL_MEMORY_MIB,
    )
    if size > room:
        path, allowed = ("cold_start", "model_mib"), f"at most {room} MiB"
        yield refuse("lambda/model-does-not-fit", path, size, asked, allowed)


def _registry(asked: Asked) -> Iterator[Problem]:
    model, region = _model(asked), _region(asked)
    for key, artifact in versions(model) if model else ():
        image = artifact.image
        # A tag is refused on every target.
        if image is None or not pinned_image(image):
            continue
        if not re.fullmatch(IMAGE, image) or (region and ecr_region(image) != region):
            allowed = f"account.dkr.ecr.{region or 'region'}.amazonaws.com/name@sha256:…"
            yield refuse("lambda/image-registry", (key, "image"), image, asked, allowed)


def _steps(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    shift = str(model.rollout.shift) if model and model.rollout.shift else ""
    if model is None or shift not in CODEDEPLOY_LAMBDA:
        return
    if model.candidate is not None:
        yield refuse("lambda/shift-with-candidate", ("rollout", "shift"), shift, asked)
    size, wait = size_of(model.rollout), model.rollout.wait_seconds
    if wait is None:
        wait = min(seconds for _, seconds in CODEDEPLOY_LAMBDA[shift])
    if wrong := wrong_steps(shift, size, wait):
        path = ("rollout", "shift")
        yield refuse("lambda/shift", path, f"{size} % each {wait} s", asked, allowed=wrong)


RULES: Final[tuple[Rule, ...]] = (
    _accelerator,
    _cpu,
    _memory,
    _timeout,
    _timeout_below_objective,
    _capacity,
    _snap_start,
    _snap_start_storage,
    _warm_beside_mode,
    _budget,
    _warm,
    _candidate_image,
    _sources,
    _pulled,
    _fit,
    _registry,
    _steps,
    *lambda_parts.RULES,
)
