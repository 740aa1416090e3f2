"""Rules over the settings of a batch run taken together."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from facts.capabilities import TARGETS
from facts.schedules import SCHEDULE_KEYS
from stacks.settings.azure_ml_batch import AzureMlBatch
from stacks.settings.azure_ml_checks import azure_ml_batch
from stacks.settings.capabilities import sagemaker_batch
from stacks.settings.capabilities.refusing import refuse
from stacks.settings.checks import artifact_problems
from stacks.settings.kubernetes_batch import KubernetesBatch
from stacks.settings.models import Batches
from stacks.settings.pairs import count_without_accelerator, low_above_high
from stacks.settings.problems import Problem, shown
from stacks.settings.sagemaker_batch import SageMakerBatch
from stacks.settings.salvage import apply
from stacks.settings.schedule_checks import unread_schedule, unread_time_zone
from stacks.settings.validate import PlaceOf
from stacks.settings.variables import told_secret

__all__ = ["batch"]


@dataclass(frozen=True, slots=True)
class _Asked:
    settings: Batches
    where: PlaceOf


@dataclass(frozen=True, slots=True)
class _OnKubernetes:
    settings: KubernetesBatch
    where: PlaceOf


def batch(settings: Batches, where: PlaceOf) -> list[Problem]:
    """Problems of one batch run's settings."""
    found = apply(RULES, _Asked(settings, where))
    if isinstance(settings, KubernetesBatch):
        found += apply(ON_KUBERNETES, _OnKubernetes(settings, where))
    if isinstance(settings, SageMakerBatch):
        found += apply(sagemaker_batch.RULES, sagemaker_batch.Transform(settings, where))
    if isinstance(settings, AzureMlBatch):
        found += azure_ml_batch(settings, where)
    return found


def _artifact(asked: _Asked) -> Iterator[Problem]:
    yield from artifact_problems(asked.settings.model, ("model",), asked.where)


def _source(asked: _Asked) -> Iterator[Problem]:
    target, uri = TARGETS[asked.settings.target], asked.settings.model.uri
    if uri.partition(":")[0] not in target.uri_schemes:
        allowed = ", ".join(f"{scheme}:" for scheme in target.uri_schemes)
        yield refuse("any/artifact", ("model", "uri"), uri, asked, allowed, source=target.source)


def _image(asked: _OnKubernetes) -> Iterator[Problem]:
    if asked.settings.model.image is None:
        yield Problem(
            asked.where(("model", "image"), key=True),
            "MS0205",
            "model.image",
            "missing: nothing says what does the scoring",
            fix="add `image: registry/name@sha256:…`",
        )


def _schedule(asked: _Asked) -> Iterator[Problem]:
    yield from unread_schedule(asked.where, ("schedule",), asked.settings.schedule)


def _time_zone(asked: _Asked) -> Iterator[Problem]:
    yield from unread_time_zone(asked.where, ("time_zone",), asked.settings.time_zone)


def _keys_of_a_schedule(asked: _Asked) -> Iterator[Problem]:
    if asked.settings.schedule is None:
        for key in SCHEDULE_KEYS:
            value = getattr(asked.settings, key, None)
            if value is not None:
                yield Problem(
                    asked.where((key,)),
                    "MS0228",
                    key,
                    f"got {shown(value)}, and there is no schedule",
                    fix="remove it, or add `schedule`",
                )
    elif asked.settings.wait_for_completion is not None:
        yield Problem(
            asked.where(("wait_for_completion",)),
            "MS0228",
            "wait_for_completion",
            f"got {shown(asked.settings.wait_for_completion)}, and runs come by a schedule",
            fix="remove it; an update never waits for a scheduled run",
        )


def _parallelism(asked: _OnKubernetes) -> Iterator[Problem]:
    run = asked.settings
    low, high = ("parallelism", run.parallelism), ("partitions", run.partitions)
    yield from low_above_high(asked.where, low, high)


def _count(asked: _OnKubernetes) -> Iterator[Problem]:
    yield from count_without_accelerator(asked.where, asked.settings.resources)


def _env(asked: _OnKubernetes) -> Iterator[Problem]:
    for name, value in asked.settings.env.items():
        fix = f'secret_env: {{{name}: "secret-name/key"}}'
        if found := told_secret(asked.where, ("env", name), value, fix):
            yield found


RULES: Final[tuple[Callable[[_Asked], Iterator[Problem]], ...]] = (
    _artifact,
    _source,
    _schedule,
    _time_zone,
    _keys_of_a_schedule,
)
ON_KUBERNETES: Final[tuple[Callable[[_OnKubernetes], Iterator[Problem]], ...]] = (
    _image,
    _parallelism,
    _count,
    _env,
)
