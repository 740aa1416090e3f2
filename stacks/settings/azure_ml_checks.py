"""Rules over files for Azure ML: what a batch endpoint cannot do, and what endpoints are called."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.azure_ml import REGISTRY_MODEL, carrying, endpoint_size, wrong_endpoint_name
from facts.capabilities.azure_ml import BATCH
from facts.machines.choose import find
from facts.stores import STORES
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.azure_ml_batch import AzureMlBatch
from stacks.settings.capabilities.azure_ml import unknown_artifact
from stacks.settings.capabilities.azure_ml_scaling import unkept_schedule
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.models import AnySettings
from stacks.settings.pairs import count_without_accelerator
from stacks.settings.problems import Problem, shown
from stacks.settings.salvage import apply
from stacks.settings.validate import PlaceOf
from stacks.settings.variables import told_secret
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["azure_ml", "azure_ml_batch"]

_BLOB: Final = STORES["blob"]
# Of a cluster of the endpoint's own.
_CLUSTER_KEYS: Final = ("instance_type", "low_priority", "idle_seconds", "public_nodes")
_SECRETS_GO: Final = (
    "a secret of the workspace's Key Vault, which the code asks for by the endpoint's identity"
)
_SCRIPT_KEYS: Final = ("code_uri", "scoring_script")


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    environment: str
    settings: AzureMlModel | AzureMlBatch
    where: PlaceOf


@dataclass(frozen=True, slots=True)
class _Batch:
    settings: AzureMlBatch
    where: PlaceOf


def azure_ml(name: str, environment: str, settings: AnySettings, where: PlaceOf) -> list[Problem]:
    """Problems of what the file's name and the environment's become on Azure ML."""
    if not isinstance(settings, AzureMlModel | AzureMlBatch):
        return []
    return apply((_name, _env), _Named(name, environment, settings, where))


def azure_ml_batch(settings: AzureMlBatch, where: PlaceOf) -> list[Problem]:
    """Problems of one batch endpoint's settings, beside those of all batch runs."""
    return apply(_RULES, _Batch(settings, where))


def _name(asked: _Named) -> Iterator[Problem]:
    called = f"{asked.name}-{asked.environment}"
    if wrong := wrong_endpoint_name(called):
        yield refuse("azure_ml/name", ("target",), called, asked, wrong)


def _env(asked: _Named) -> Iterator[Problem]:
    for name, value in asked.settings.env.items():
        if found := told_secret(asked.where, ("env", name), value, _SECRETS_GO):
            yield found


def _once(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    if run.schedule is None and not run.on_demand:
        yield refuse("azure_ml_batch/once", ("target",), "no schedule", asked)


def _both(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    if run.schedule is not None and run.on_demand:
        yield Problem(
            asked.where(("on_demand",)),
            "MS0228",
            "on_demand",
            "got true, and runs come by a schedule",
            fix="remove it: whoever may invoke the endpoint still can; or remove `schedule`",
        )


def _wait(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    # With a schedule the rule of all batch runs says it.
    if run.schedule is None and run.wait_for_completion:
        yield refuse("azure_ml_batch/wait", ("wait_for_completion",), True, asked)  # noqa: FBT003 - what was written


def _schedule(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    yield from unkept_schedule(asked, (), run.schedule, run.time_zone if run.schedule else None)


def _scorer(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    framework, image = run.model.framework, run.model.image
    if image is None and framework not in BATCH.frameworks:
        path: KeyPath = ("model", "framework")
        yield refuse("azure_ml_batch/scorer", path, framework or "neither", asked, "mlflow")
    elif image is not None and run.code_uri is None:
        yield refuse("azure_ml_batch/scorer", ("model", "image"), image, asked)
    for key in _SCRIPT_KEYS:
        value = getattr(run, key)
        if image is None and value is not None:
            yield Problem(
                asked.where((key,)),
                "MS0214",
                key,
                f"got {shown(value)}, and no image that runs it",
                fix="remove it, or add `model.image`",
            )


def _model(asked: _Batch) -> Iterator[Problem]:
    uri, path = asked.settings.model.uri, ("model", "uri")
    if re.fullmatch(REGISTRY_MODEL, uri):
        yield refuse("azure_ml_batch/registry", path, uri, asked)
    else:
        yield from unknown_artifact(asked, path, uri)


def _data(asked: _Batch) -> Iterator[Problem]:
    for key in ("input_uri", "output_uri", "code_uri"):
        uri: str | None = getattr(asked.settings, key)
        if uri is not None and not re.fullmatch(_BLOB.pattern, uri):
            yield refuse("azure_ml_batch/data", (key,), uri, asked, _BLOB.shape)


def _resources(asked: _Batch) -> Iterator[Problem]:
    resources = asked.settings.resources
    yield from count_without_accelerator(asked.where, resources)
    for key in ("cpu", "memory_mib"):
        value = getattr(resources, key)
        if value is not None:
            yield refuse("azure_ml/cpu-and-memory", ("resources", key), value, asked)
    if resources.gpu_pool is not None:
        yield refuse("any/gpu-pool", ("resources", "gpu_pool"), resources.gpu_pool, asked)


def _accelerator(asked: _Batch) -> Iterator[Problem]:
    """Clusters take other sizes than endpoints do; what neither table knows is not judged."""
    run = asked.settings
    accelerator, count = run.resources.accelerator, run.resources.accelerator_count or 1
    if accelerator is None or run.compute_name is not None:
        return
    machines = [size.name for size in find("azure", accelerator=accelerator, count=count)]
    fitting = list(dict.fromkeys([*machines, *carrying(accelerator, count)]))
    size = run.instance_type
    known = size is None or endpoint_size(size) or any(m.name == size for m in find("azure"))
    if known and size not in fitting:
        allowed = ", ".join(fitting) or "none"
        got = size or "no instance_type"
        yield refuse("azure_ml/accelerator", ("instance_type",), got, asked, allowed)


def _keys_of_a_cluster(asked: _Batch) -> Iterator[Problem]:
    run = asked.settings
    for key in _CLUSTER_KEYS if run.compute_name is not None else ():
        value = getattr(run, key)
        if value is not None:
            yield Problem(
                asked.where((key,)),
                "MS0214",
                dotted((key,)),
                f"got {shown(value)}, and compute_name names a cluster that is there",
                fix="remove it, or remove compute_name",
            )


_RULES: Final[tuple[Callable[[_Batch], Iterator[Problem]], ...]] = (
    _once,
    _both,
    _wait,
    _schedule,
    _scorer,
    _model,
    _data,
    _resources,
    _accelerator,
    _keys_of_a_cluster,
)
