"""What Application Auto Scaling moves: instances, copies or provisioned concurrency, all alike.

Their number follows a metric of the load, and its bounds follow the clock.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.checks import Checks
from components.managed import Window, read_schedules
from components.serving import Base
from facts.aws_schedules import ADVICE, aws_schedule
from facts.scheduled_bounds import crossed

__all__ = [
    "Following",
    "read_cooldowns",
    "read_windows",
    "refuse_without_room",
    "scheduled_bounds",
    "track",
]

_SETTINGS: Final = (
    *("scaling_metric", "scaling_target"),
    *("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
)
# Out at once, in slowly: what is scaled needs minutes to start.
_SCALE_OUT_COOLDOWN_SECONDS: Final = 60
_SCALE_IN_COOLDOWN_SECONDS: Final = 300
_LONGEST_COOLDOWN_SECONDS: Final = 24 * 3600


@dataclass(frozen=True, slots=True)
class Following:
    """What the number follows, checked."""

    metric: str
    target: float
    """In the unit of the metric at CloudWatch."""
    scale_out_seconds: int
    scale_in_seconds: int
    windows: tuple[Window, ...]

    def scales(self, base: Base) -> bool:
        """Whether anything is there to be scaled."""
        return base.max_replicas > base.min_replicas or bool(self.windows)

    def reaches_zero(self, base: Base) -> bool:
        """Whether there can be none."""
        return base.min_replicas == 0 or any(each.min_replicas == 0 for each in self.windows)


def read_windows(checks: Checks, base: Base, *, least_min: int = 1) -> tuple[Window, ...]:
    """`scaling_schedules`, without what AWS cannot have of them or does not carry out.

    It leaves out a bound that would cross the other one:
    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html
    """
    windows = read_schedules(checks, least_min=least_min)
    for number, window in enumerate(windows):
        if window.schedule and not aws_schedule(window.schedule):
            checks.problem(f"scaling_schedules[{number}].schedule", window.schedule, ADVICE)
    bounds = [(each.min_replicas, each.max_replicas) for each in windows]
    for number, key, got, limit in crossed(bounds, base.min_replicas, base.max_replicas):
        other, word = (
            ("max_replicas", "at most") if key == "min_replicas" else ("min_replicas", "at least")
        )
        use = f"{word} {limit}, or {other} with it"
        checks.problem(f"scaling_schedules[{number}].{key}", got, use)
    return tuple(windows)


def read_cooldowns(checks: Checks) -> tuple[int, int]:
    """Seconds after scaling out, and after scaling in."""
    longest = _LONGEST_COOLDOWN_SECONDS
    return (
        checks.whole("scale_out_cooldown_seconds", _SCALE_OUT_COOLDOWN_SECONDS, 0, longest),
        checks.whole("scale_in_cooldown_seconds", _SCALE_IN_COOLDOWN_SECONDS, 0, longest),
    )


def refuse_without_room(
    checks: Checks,
    args: Mapping[str, Any],
    *,
    use: str = "it with max_replicas above min_replicas",
    keys: Sequence[str] = _SETTINGS,
) -> None:
    """Note what is said of scaling where nothing can be scaled."""
    for key in keys:
        if checks.given(key):
            checks.problem(key, args[key], use)


def track(
    name: str,
    base: Base,
    following: Following,
    *,
    dimension: str,
    resource_id: pulumi.Input[str],
    metric: Mapping[str, Any],
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> aws.appautoscaling.Target:
    """Keep the number between its bounds by what it follows."""
    # Schedules move the bounds: then an update must not set them back to what they were at first.
    bounds = pulumi.ResourceOptions(
        ignore_changes=["minCapacity", "maxCapacity"] if following.windows else None
    )
    target = aws.appautoscaling.Target(
        f"{name}-scaling-target",
        service_namespace=dimension.partition(":")[0],
        scalable_dimension=dimension,
        resource_id=resource_id,
        min_capacity=base.min_replicas,
        max_capacity=base.max_replicas,
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(child, bounds),
    )
    aws.appautoscaling.Policy(
        f"{name}-scaling-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=(
            aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=float(following.target),
                scale_in_cooldown=following.scale_in_seconds,
                scale_out_cooldown=following.scale_out_seconds,
                **metric,
            )
        ),
        opts=child,
    )
    return target


def scheduled_bounds(
    name: str,
    target: aws.appautoscaling.Target,
    windows: Sequence[Window],
    child: pulumi.ResourceOptions,
) -> None:
    """Bounds of a scalable target that begin to hold at certain times."""
    for window in windows:
        # By what it is, not by its place: another order renames nothing.
        digest = hashlib.sha256(f"{window.schedule} {window.time_zone}".encode()).hexdigest()[:8]
        aws.appautoscaling.ScheduledAction(
            f"{name}-schedule-s{digest}",
            service_namespace=target.service_namespace,
            scalable_dimension=target.scalable_dimension,
            resource_id=target.resource_id,
            schedule=aws_schedule(window.schedule),
            timezone=window.time_zone,
            scalable_target_action=aws.appautoscaling.ScheduledActionScalableTargetActionArgs(
                min_capacity=window.min_replicas, max_capacity=window.max_replicas
            ),
            opts=child,
        )
