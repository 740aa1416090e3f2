"""Instances of an asynchronous SageMaker endpoint that follow its queue, down to none.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_autoscaling import (
    check_bounds,
    check_schedules,
    scheduled_bounds,
)
from components.checks import Checks
from components.managed import Window, read_schedules
from components.serving import Base

__all__ = ["Queue", "follow_queue", "read_queue"]

_USUAL_BACKLOG: Final = 5
_MOST_BACKLOG: Final = 1_000_000
# Out soon, in slowly: an instance needs minutes to start.
_SCALE_OUT_COOLDOWN_SECONDS: Final = 60
_SCALE_IN_COOLDOWN_SECONDS: Final = 300
_LONGEST_COOLDOWN_SECONDS: Final = 24 * 3600
# As AWS's page has it: an instance at once needs no second one before it is there.
_FROM_ZERO_COOLDOWN_SECONDS: Final = 300
_FROM_ZERO_PERIODS: Final = 2
_SCALING_KEYS: Final = (
    *("scaling_metric", "scaling_target"),
    *("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
)


@dataclass(frozen=True, slots=True)
class Queue:
    """How the instances follow the queue, checked."""

    backlog: float
    """Requests per instance, waiting or in work, that are aimed for."""
    scale_out_seconds: int
    scale_in_seconds: int
    windows: tuple[Window, ...]

    def scales(self, base: Base) -> bool:
        """Whether anything is there to be scaled."""
        return base.max_replicas > base.min_replicas or bool(self.windows)

    def reaches_zero(self, base: Base) -> bool:
        """Whether there can be no instance."""
        return base.min_replicas == 0 or any(each.min_replicas == 0 for each in self.windows)


def read_queue(checks: Checks, args: Mapping[str, Any], base: Base) -> Queue:
    """The arguments `scaling_…` and the two cool-downs."""
    checks.choice("scaling_metric", "backlog", ("backlog",))
    windows = read_schedules(checks, least_min=0)
    check_schedules(checks, windows)
    check_bounds(checks, base, windows)
    found = Queue(
        checks.number("scaling_target", _USUAL_BACKLOG, 0.001, _MOST_BACKLOG),
        checks.whole(
            "scale_out_cooldown_seconds", _SCALE_OUT_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        checks.whole(
            "scale_in_cooldown_seconds", _SCALE_IN_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        tuple(windows),
    )
    if not found.scales(base):
        for key in _SCALING_KEYS:
            if checks.given(key):
                checks.problem(key, args[key], "it with max_replicas above min_replicas")
    return found


def follow_queue(  # noqa: PLR0917
    base: Base,
    endpoint_name: pulumi.Output[str],
    variant: str,
    queue: Queue,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep a variant between its bounds by how many requests wait for each of its instances."""
    # Schedules move the bounds: then an update must not set them back to what they were at first.
    bounds = pulumi.ResourceOptions(
        ignore_changes=["minCapacity", "maxCapacity"] if queue.windows else None
    )
    target = aws.appautoscaling.Target(
        f"{base.name}-{variant}-scaling-target",
        service_namespace="sagemaker",
        scalable_dimension="sagemaker:variant:DesiredInstanceCount",
        resource_id=pulumi.Output.concat("endpoint/", endpoint_name, f"/variant/{variant}"),
        min_capacity=base.min_replicas,
        max_capacity=base.max_replicas,
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(child, bounds),
    )
    aws.appautoscaling.Policy(
        f"{base.name}-{variant}-scaling-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration={
            "target_value": float(queue.backlog),
            "customized_metric_specification": {
                "namespace": "AWS/SageMaker",
                "metric_name": "ApproximateBacklogSizePerInstance",
                "statistic": "Average",
                "dimensions": [{"name": "EndpointName", "value": endpoint_name}],
            },
            "scale_in_cooldown": queue.scale_in_seconds,
            "scale_out_cooldown": queue.scale_out_seconds,
        },
        opts=child,
    )
    if queue.reaches_zero(base):
        _from_zero(base, target, endpoint_name, variant, tags, child)
    scheduled_bounds(base.name, variant, target, queue.windows, child)


def _from_zero(  # noqa: PLR0917
    base: Base,
    target: aws.appautoscaling.Target,
    endpoint_name: pulumi.Output[str],
    variant: str,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """The first instance as soon as a request waits, not only when as many wait as are aimed for.

    With no instance the backlog per instance has no value that a target could be compared with.
    """
    policy = aws.appautoscaling.Policy(
        f"{base.name}-{variant}-from-zero-policy",
        policy_type="StepScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        step_scaling_policy_configuration={
            "adjustment_type": "ChangeInCapacity",
            "metric_aggregation_type": "Average",
            "cooldown": _FROM_ZERO_COOLDOWN_SECONDS,
            "step_adjustments": [{"metric_interval_lower_bound": "0", "scaling_adjustment": 1}],
        },
        opts=child,
    )
    aws.cloudwatch.MetricAlarm(
        f"{base.name}-{variant}-from-zero",
        alarm_description=f"{base.physical_name}: a request waits and there is no instance",
        namespace="AWS/SageMaker",
        metric_name="HasBacklogWithoutCapacity",
        dimensions={"EndpointName": endpoint_name},
        statistic="Average",
        period=60,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        evaluation_periods=_FROM_ZERO_PERIODS,
        datapoints_to_alarm=_FROM_ZERO_PERIODS,
        treat_missing_data="missing",
        alarm_actions=[policy.arn],
        tags=dict(tags),
        opts=child,
    )
