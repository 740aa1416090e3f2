"""Asks of scaling and schedules that SageMaker cannot honour, whatever its instances hold."""

import re
from collections.abc import Iterator
from typing import Final, Protocol

from facts.aws_schedules import aws_schedule
from facts.sagemaker import gpus
from facts.sagemaker_hosting import METRICS, OWN_METRIC, most_of
from facts.scheduled_bounds import crossed
from facts.schedules import wrong_schedule
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Placed, Rule, refuse
from stacks.settings.managed import Scaling
from stacks.settings.problems import Problem, nearest, shown
from stacks.settings.sagemaker import SageMakerModel
from stacks.settings.schedule_checks import bounds_from_then_on
from stacks.settings.yaml_source import dotted

__all__ = ["RULES", "SCALING_KEYS", "nothing_scales", "schedule_problems"]

SCALING_KEYS: Final = (
    *("metric", "target", "scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
)


class Bounds(Protocol):
    """Settings of what is scaled."""

    @property
    def min_replicas(self) -> int:
        """Fewest replicas."""
        ...

    @property
    def max_replicas(self) -> int:
        """Most replicas."""
        ...


class Scaled(Placed, Protocol):
    """What is scaled, of any kind of file."""

    @property
    def settings(self) -> Bounds:
        """What the file says."""
        ...


def schedule_problems(asked: Scaled, scaling: Scaling) -> Iterator[Problem]:
    """What is wrong with schedules, of any kind of model on AWS."""
    seen: set[tuple[str, str | None]] = set()
    for number, each in enumerate(scaling.schedules):
        path = ("scaling", "schedules", number)
        here = (*path, "schedule")
        yield from bounds_from_then_on(asked.where, path, each)
        if not wrong_schedule(each.schedule) and not aws_schedule(each.schedule):
            yield refuse("sagemaker/schedule", here, each.schedule, asked)
        if (each.schedule, each.time_zone) in seen:
            yield Problem(
                asked.where(here),
                "MS0227",
                dotted(here),
                f"got {shown(each.schedule)} for the second time",
                fix="one schedule for each time",
            )
        seen.add((each.schedule, each.time_zone))
    yield from _crossed(asked, scaling)


def _crossed(asked: Scaled, scaling: Scaling) -> Iterator[Problem]:
    """https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html."""
    bounds = [(each.min_replicas, each.max_replicas) for each in scaling.schedules]
    fewest, most = asked.settings.min_replicas, asked.settings.max_replicas
    for number, key, got, limit in crossed(bounds, fewest, most):
        place = ("scaling", "schedules", number, key)
        low = key == "min_replicas"
        other, where = ("max_replicas", "above") if low else ("min_replicas", "below")
        yield Problem(
            asked.where(place),
            "MS0201",
            dotted(place),
            f"got {got}, {where} every {other}",
            allowed=f"{'at most' if low else 'at least'} {limit}",
            fix=f"add {other} to this schedule",
        )


def nothing_scales(asked: Scaled, scaling: Scaling, what: str = "instances") -> Iterator[Problem]:
    """What is said of scaling where the number stays; `what` is what there is a number of."""
    fewest = asked.settings.min_replicas
    if scaling.schedules or asked.settings.max_replicas > fewest:
        return
    for key in SCALING_KEYS:
        value = getattr(scaling, key)
        if value is not None:
            yield Problem(
                asked.where(("scaling", key)),
                "MS0201",
                f"scaling.{key}",
                f"got {shown(value)}, and there are always {fewest} {what}",
                fix="raise max_replicas, or remove it",
            )


def _model(asked: Asked) -> SageMakerModel | None:
    return asked.settings if isinstance(asked.settings, SageMakerModel) else None


def _metric(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.scaling.metric is None:
        return
    metric, path = model.scaling.metric, ("scaling", "metric")
    if metric not in METRICS and not re.fullmatch(OWN_METRIC, metric):
        yield refuse("sagemaker/scaling", path, metric, asked, close=nearest(metric, METRICS))
    elif metric == "gpu" and not gpus(model.instance_type):
        allowed = f"another metric: {model.instance_type} has no NVIDIA GPU"
        yield refuse("sagemaker/scaling", path, metric, asked, allowed)
    elif metric not in METRICS and model.scaling.target is None:
        yield refuse(
            "sagemaker/scaling", path, metric, asked, "a target beside a metric of one's own"
        )


def _target(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None or model.scaling.target is None:
        return
    target, metric = model.scaling.target, model.scaling.metric or "requests"
    most = most_of(metric)
    if not 0.001 <= target <= most:  # noqa: PLR2004 - the least that the component takes
        allowed = f"0.001 to {most:,}"
        yield refuse("sagemaker/scaling", ("scaling", "target"), target, asked, allowed)


def _schedules(asked: Asked) -> Iterator[Problem]:
    model = _model(asked)
    if model is None:
        return
    yield from schedule_problems(asked, model.scaling)
    for number, each in enumerate(model.scaling.schedules):
        if each.min_replicas == 0:
            path = ("scaling", "schedules", number, "min_replicas")
            yield refuse("sagemaker/schedule-zero", path, 0, asked)


def _nothing_scales(asked: Asked) -> Iterator[Problem]:
    if model := _model(asked):
        yield from nothing_scales(asked, model.scaling)


RULES: Final[tuple[Rule, ...]] = (_metric, _target, _schedules, _nothing_scales)
