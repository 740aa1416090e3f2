"""Copies of an inference component that follow its load, down to none and back."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import Signal
from components.aws.monitoring.indicators import Dimensions
from components.aws.monitoring.uses import Use, at_maximum
from components.aws.sagemaker.sagemaker_scaling_metric import metric_specification, read_metric
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
from facts.cloudwatch_namespaces import COMPONENTS, SAGEMAKER
from facts.sagemaker_hosting import METRICS, most_of

__all__ = ["at_maximum_uses", "follow_load", "read_following"]

_PREDEFINED: Final = {
    "requests": "SageMakerInferenceComponentInvocationsPerCopy",
    # Every 10 seconds, where the other is looked at each minute.
    "concurrency": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
}
# Of what a copy has asked for, 0 to 100 %, however many cores or GPUs that is.
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
_UTILIZATION: Final = {"cpu": "CPUUtilizationNormalized", "gpu": "GPUUtilizationNormalized"}


def read_following(
    checks: Checks, args: Mapping[str, Any], base: Base, *, accelerators: int
) -> Following:
    """The arguments `scaling_…` and the two cool-downs."""
    metric = read_metric(checks, no_gpu=None if accelerators else "a copy has no GPU")
    windows = read_windows(checks, base, least_min=0)
    target = checks.number("scaling_target", METRICS.get(metric, 1), 0.001, most_of(metric))
    found = Following(metric, target, *read_cooldowns(checks), windows)
    if not found.scales(base):
        refuse_without_room(checks, args)
    return found


def at_maximum_uses(base: Base, dimensions: Dimensions, following: Following) -> Iterator[Use]:
    """What the copies follow, where there can be more and there are not."""
    metrics = {
        "requests": Signal(SAGEMAKER, "InvocationsPerCopy", "Sum", dimensions),
        "concurrency": Signal(SAGEMAKER, "ConcurrentRequestsPerCopy", "Average", dimensions),
        **{
            word: Signal(COMPONENTS, metric, "Average", dimensions)
            for word, metric in _UTILIZATION.items()
        },
    }
    return at_maximum(base, "component", dimensions, following, metrics=metrics, noun="copies")


def follow_load(
    base: Base,
    component_name: pulumi.Output[str],
    following: Following,
    *,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep the copies between their bounds by what they follow."""
    target = track(
        base.name,
        base,
        following,
        dimension="sagemaker:inference-component:DesiredCopyCount",
        resource_id=pulumi.Output.concat("inference-component/", component_name),
        metric=metric_specification(
            following.metric,
            predefined=_PREDEFINED,
            utilization=_UTILIZATION,
            namespace=COMPONENTS,
            dimensions={"InferenceComponentName": component_name},
        ),
        tags=tags,
        child=child,
    )
    scheduled_bounds(f"{base.name}-component", target, following.windows, child)
    if following.reaches_zero(base):
        _wake(base.name, component_name, target, tags=tags, child=child)


def _wake(
    name: str,
    component_name: pulumi.Output[str],
    target: aws.appautoscaling.Target,
    *,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Bring up the first copy as soon as a request finds none; that request fails.

    Target tracking cannot: there is nothing per copy to measure where there is no copy.
    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-zero-instances.html
    """
    step = aws.appautoscaling.PolicyStepScalingPolicyConfigurationStepAdjustmentArgs(
        metric_interval_lower_bound="0", scaling_adjustment=1
    )
    policy = aws.appautoscaling.Policy(
        f"{name}-wake-policy",
        policy_type="StepScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        step_scaling_policy_configuration=(
            aws.appautoscaling.PolicyStepScalingPolicyConfigurationArgs(
                adjustment_type="ChangeInCapacity",
                metric_aggregation_type="Maximum",
                cooldown=60,
                step_adjustments=[step],
            )
        ),
        opts=child,
    )
    aws.cloudwatch.MetricAlarm(
        f"{name}-no-capacity",
        alarm_description=pulumi.Output.concat(
            component_name, ": a request found no copy in service"
        ),
        namespace=SAGEMAKER,
        metric_name="NoCapacityInvocationFailures",
        dimensions={"InferenceComponentName": component_name},
        statistic="Sum",
        period=60,
        evaluation_periods=1,
        datapoints_to_alarm=1,
        comparison_operator="GreaterThanOrEqualToThreshold",
        threshold=1,
        treat_missing_data="notBreaching",
        alarm_actions=[policy.arn],
        tags=dict(tags),
        opts=child,
    )
