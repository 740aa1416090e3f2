"""Asks of scaling and schedules that Azure cannot honour."""

from collections.abc import Iterator
from typing import Final

from facts.azure_ml import COOLDOWN_SECONDS, MOST_SCHEDULES, SCALING_METRICS, endpoint_size
from facts.recurrences import SHAPE, recurrence
from facts.schedules import wrong_schedule, wrong_time_zone
from facts.windows_time_zones import windows_time_zone
from stacks.settings.asked import Asked
from stacks.settings.azure_ml import AzureMlModel
from stacks.settings.capabilities.refusing import Placed, Rule, refuse
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.schedule_checks import bounds_from_then_on
from stacks.settings.yaml_source import KeyPath

__all__ = ["RULES", "unkept_schedule"]

_LEAST_TARGET: Final = 0.001
# Of use in percent, of requests a minute, of milliseconds.
_MOST: Final = {"cpu": 100, "gpu": 100, "requests": 1_000_000, "latency": 180_000}


def _model(asked: Asked) -> AzureMlModel | None:
    return asked.settings if isinstance(asked.settings, AzureMlModel) else None


def _scaling_metric(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.scaling.metric is None:
        return
    metric, size = model.scaling.metric, endpoint_size(model.instance_type)
    gpus = size is None or size.accelerator is not None
    known = [word for word in SCALING_METRICS if gpus or word != "gpu"]
    if metric not in known:
        allowed, close = ", ".join(known), nearest(metric, known)
        yield refuse("azure_ml/scaling", ("scaling", "metric"), metric, asked, allowed, close)


def _scaling_target(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.scaling.target is None:
        return
    most = _MOST.get(model.scaling.metric or "cpu")
    if most is not None and not _LEAST_TARGET <= model.scaling.target <= most:
        path, got = ("scaling", "target"), model.scaling.target
        yield refuse("azure_ml/scaling", path, got, asked, f"{_LEAST_TARGET:g} to {most:g}")


def _nothing_to_scale(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.max_replicas > model.min_replicas or model.scaling.schedules:
        return
    for key in ("metric", "target"):
        value = getattr(model.scaling, key)
        if value is not None:
            yield Problem(
                asked.where(("scaling", key)),
                "MS0231",
                f"scaling.{key}",
                f"got {shown(value)}, and max_replicas is min_replicas: {model.max_replicas}",
                fix="raise max_replicas, or remove it",
            )


def _scaling_pace(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    for key in ("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"):
        value: int | None = getattr(model.scaling, key)
        if value is not None and value < COOLDOWN_SECONDS:
            allowed = f"{COOLDOWN_SECONDS} or more"
            yield refuse("azure_ml/scaling", ("scaling", key), value, asked, allowed)


def _many_schedules(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is not None and len(model.scaling.schedules) > MOST_SCHEDULES:
        path, got = ("scaling", "schedules"), len(model.scaling.schedules)
        yield refuse("azure_ml/schedule", path, got, asked, f"at most {MOST_SCHEDULES} of them")


def _schedules(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    for at, window in enumerate(model.scaling.schedules) if model else ():
        path: KeyPath = ("scaling", "schedules", at)
        yield from unkept_schedule(asked, path, window.schedule, window.time_zone)
        yield from bounds_from_then_on(asked.where, path, window)
        if window.min_replicas == 0:
            yield refuse("azure_ml/zero", (*path, "min_replicas"), 0, asked)


def unkept_schedule(
    asked: Placed, path: KeyPath, schedule: str | None, time_zone: str | None
) -> Iterator[Problem]:
    """A schedule that cron reads and Azure does not keep, and a zone without a name there."""
    if schedule is not None and not wrong_schedule(schedule) and recurrence(schedule) is None:
        yield refuse("azure_ml/schedule", (*path, "schedule"), schedule, asked, SHAPE)
    if time_zone is None or wrong_time_zone(time_zone):
        return
    if windows_time_zone(time_zone) is None:
        yield refuse("azure_ml/schedule", (*path, "time_zone"), time_zone, asked)


RULES: Final[tuple[Rule, ...]] = (
    _scaling_metric,
    _scaling_target,
    _nothing_to_scale,
    _scaling_pace,
    _many_schedules,
    _schedules,
)
