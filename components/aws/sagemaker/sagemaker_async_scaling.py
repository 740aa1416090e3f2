"""Instances of an asynchronous SageMaker endpoint that follow its queue, down to none.

https://docs.aws.amazon.com/sagemaker/latest/dg/async-inference-autoscale.html
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_autoscaling import INSTANCES
from components.aws.scalable_target import (
    Following,
    read_cooldowns,
    read_windows,
    refuse_without_room,
    scheduled_bounds,
    track,
)
from components.checks import Checks
from components.serving import Base
from facts.cloudwatch_namespaces import SAGEMAKER

__all__ = ["follow_queue", "read_following"]

_BACKLOG: Final = "backlog"
_USUAL_BACKLOG: Final = 5
_MOST_BACKLOG: Final = 1_000_000
# As AWS's page has it: an instance at once needs no second one before it is there.
_FROM_ZERO_COOLDOWN_SECONDS: Final = 300
_FROM_ZERO_PERIODS: Final = 2


def read_following(checks: Checks, args: Mapping[str, Any], base: Base) -> Following:
    """The arguments `scaling_…` and the two cool-downs."""
    metric = checks.choice("scaling_metric", _BACKLOG, (_BACKLOG,))
    windows = read_windows(checks, base, least_min=0)
    target = checks.number("scaling_target", _USUAL_BACKLOG, 0.001, _MOST_BACKLOG)
    found = Following(metric, target, *read_cooldowns(checks), windows)
    if not found.scales(base):
        refuse_without_room(checks, args)
    return found


def follow_queue(  # noqa: PLR0917
    base: Base,
    endpoint_name: pulumi.Output[str],
    variant: str,
    following: Following,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep a variant between its bounds by how many requests wait for each of its instances."""
    name = f"{base.name}-{variant}"
    target = track(
        name,
        base,
        following,
        dimension=INSTANCES,
        resource_id=pulumi.Output.concat("endpoint/", endpoint_name, f"/variant/{variant}"),
        metric={
            "customized_metric_specification": {
                "namespace": SAGEMAKER,
                "metric_name": "ApproximateBacklogSizePerInstance",
                "statistic": "Average",
                "dimensions": [{"name": "EndpointName", "value": endpoint_name}],
            }
        },
        tags=tags,
        child=child,
    )
    if following.reaches_zero(base):
        _from_zero(base, target, endpoint_name, variant, tags, child)
    scheduled_bounds(name, target, following.windows, child)


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
        namespace=SAGEMAKER,
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
