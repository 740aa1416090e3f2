"""Asks that Azure Functions cannot honour."""

import re
from collections.abc import Iterator
from typing import Final

from facts.azure_functions import FLEX_MEMORY_MIB, HTTP_SECONDS, PREMIUM_INSTANCES
from facts.stores import STORES
from stacks.settings.artifacts import versions
from stacks.settings.asked import Asked
from stacks.settings.azure_functions import AzureFunctionsModel
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.common import Shift
from stacks.settings.problems import Problem
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES", "least_ready"]


def _model(asked: Asked) -> AzureFunctionsModel | None:
    return asked.settings if isinstance(asked.settings, AzureFunctionsModel) else None


def least_ready(model: AzureFunctionsModel) -> int | None:
    """Instances that are always ready; None where the plan decides."""
    mode, budget = model.cold_start.mode, model.cold_start.budget_ms
    ready = mode == "provisioned" or (mode is None and budget is not None)
    said = model.min_replicas if "min_replicas" in model.model_fields_set else None
    return max(said or 0, 1) if ready else said


def _candidate(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.candidate is not None and model.plan == "flex":
        path = ("candidate", "version")
        yield refuse("azure_functions/candidate", path, model.candidate.version, asked)


def _resources(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    accelerator, cpu = model.resources.accelerator, model.resources.cpu
    if accelerator is not None:
        path: KeyPath = ("resources", "accelerator")
        yield refuse("azure_functions/accelerator", path, accelerator, asked)
    if cpu is not None:
        yield refuse("azure_functions/cpu", ("resources", "cpu"), cpu, asked)


def _memory(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    memory = model.resources.memory_mib if model else None
    if model is None or memory is None:
        return
    if model.plan != "flex" or memory not in FLEX_MEMORY_MIB:
        allowed = ", ".join(map(str, FLEX_MEMORY_MIB)) if model.plan == "flex" else ""
        path = ("resources", "memory_mib")
        yield refuse("azure_functions/memory", path, memory, asked, allowed)


def _instance_type(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and model.plan == "flex" and model.instance_type is not None:
        path = ("instance_type",)
        yield refuse("azure_functions/instance-type", path, model.instance_type, asked)


def _instances(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.plan == "flex":
        return
    if "min_replicas" in model.model_fields_set and model.min_replicas == 0:
        yield refuse("azure_functions/zero", ("min_replicas",), 0, asked)
    for key in ("min_replicas", "max_replicas"):
        count = getattr(model, key)
        if key in model.model_fields_set and count > (PREMIUM_INSTANCES.maximum or 0):
            allowed = str(PREMIUM_INSTANCES)
            yield refuse("azure_functions/instances", (key,), count, asked, allowed)


def _timeout(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and not HTTP_SECONDS.allows(model.timeout_seconds):
        path, allowed = ("timeout_seconds",), str(HTTP_SECONDS)
        yield refuse("azure_functions/timeout", path, model.timeout_seconds, asked, allowed)


def _images(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for key, artifact in versions(model) if model else ():
        if artifact.image is not None:
            yield refuse("azure_functions/image", (key, "image"), artifact.image, asked)


def _artifacts(asked: Asked) -> Iterator[Problem]:
    """Of other schemes `any/artifact` says it."""
    model = _model(asked)
    for key, artifact in versions(model) if model else ():
        far = artifact.uri.startswith("https:")
        if far and not re.fullmatch(STORES["blob"].pattern, artifact.uri):
            yield refuse("azure_functions/artifact", (key, "uri"), artifact.uri, asked)


def _rolling(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.rollout.shift != Shift.ROLLING:
        return
    if model.plan != "flex":
        yield refuse("azure_functions/rolling", ("rollout", "shift"), "rolling", asked)
        return
    for key in ("size_percent", "wait_seconds"):
        if (value := getattr(model.rollout, key)) is not None:
            yield refuse("azure_functions/rolling", ("rollout", key), value, asked)


def _cold_start(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    mode, budget = model.cold_start.mode, model.cold_start.budget_ms
    if mode == "snap_start":
        yield refuse("azure_functions/snap-start", ("cold_start", "mode"), mode, asked)
    elif mode == "none" and budget is not None and not model.min_replicas and model.plan == "flex":
        yield refuse("azure_functions/cold-start", ("cold_start", "budget_ms"), budget, asked)


RULES: Final[tuple[Rule, ...]] = (
    _candidate,
    _resources,
    _memory,
    _instance_type,
    _instances,
    _timeout,
    _images,
    _artifacts,
    _rolling,
    _cold_start,
)
