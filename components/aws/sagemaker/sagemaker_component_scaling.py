"""Copies of an inference component that follow its load, down to none and back."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_autoscaling import (
    Following,
    check_bounds,
    check_schedules,
    scheduled_bounds,
)
from components.aws.sagemaker.sagemaker_component_endpoint import COMPONENTS
from components.checks import Checks
from components.managed import read_schedules
from components.serving import Base

__all__ = ["follow_load", "read_following"]

_SCALE_OUT_COOLDOWN_SECONDS: Final = 60
_SCALE_IN_COOLDOWN_SECONDS: Final = 300
_LONGEST_COOLDOWN_SECONDS: Final = 24 * 3600
_MOST: Final = 1_000_000
_DEFAULTS: Final[Mapping[str, float]] = {"requests": 600, "concurrency": 5, "cpu": 60, "gpu": 60}
_PERCENT: Final = ("cpu", "gpu")
_PREDEFINED: Final = {
    "requests": "SageMakerInferenceComponentInvocationsPerCopy",
    # Every 10 seconds, where the other is looked at each minute.
    "concurrency": "SageMakerInferenceComponentConcurrentRequestsPerCopyHighResolution",
}
# Of what a copy has asked for, 0 to 100 %, however many cores or GPUs that is.
# https://docs.aws.amazon.com/sagemaker/latest/dg/monitoring-cloudwatch.html
_UTILIZATION: Final = {"cpu": "CPUUtilizationNormalized", "gpu": "GPUUtilizationNormalized"}
_OWN_METRIC: Final = re.compile(r"[A-Za-z0-9_.#/-]{1,254}/[A-Za-z0-9_.-]{1,255}")
_DIMENSION: Final = "sagemaker:inference-component:DesiredCopyCount"
_SETTINGS: Final = (
    *("scaling_metric", "scaling_target"),
    *("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
)


def read_following(
    checks: Checks, args: Mapping[str, Any], base: Base, *, accelerators: int
) -> Following:
    """The arguments `scaling_…` and the two cool-downs."""
    metric = checks.plain("scaling_metric", "requests")
    if metric not in _DEFAULTS and not _OWN_METRIC.fullmatch(metric):
        known = ", ".join(_DEFAULTS)
        checks.problem(
            "scaling_metric", metric, f"{known}, or namespace and name such as Models/QueueLength"
        )
    if metric == "gpu" and not accelerators:
        checks.problem("scaling_metric", metric, "another one: a copy has no GPU")
    if metric not in _DEFAULTS and not checks.given("scaling_target"):
        checks.problem("scaling_target", None, "the value of the metric that is aimed for")
    most = 100 if metric in _PERCENT else _MOST
    windows = read_schedules(checks, least_min=0)
    check_schedules(checks, windows)
    check_bounds(checks, base, windows)
    found = Following(
        metric,
        checks.number("scaling_target", _DEFAULTS.get(metric, 1), 0.001, most),
        checks.whole(
            "scale_out_cooldown_seconds", _SCALE_OUT_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        checks.whole(
            "scale_in_cooldown_seconds", _SCALE_IN_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        tuple(windows),
    )
    if not found.scales(base):
        for key in _SETTINGS:
            if checks.given(key):
                checks.problem(key, args[key], "it with max_replicas above min_replicas")
    return found


def follow_load(
    base: Base,
    component_name: pulumi.Output[str],
    following: Following,
    *,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep the copies between their bounds by what they follow."""
    # Schedules move the bounds: then an update must not set them back to what they were at first.
    bounds = (
        pulumi.ResourceOptions(ignore_changes=["minCapacity", "maxCapacity"])
        if following.windows
        else None
    )
    target = aws.appautoscaling.Target(
        f"{base.name}-scaling-target",
        service_namespace="sagemaker",
        scalable_dimension=_DIMENSION,
        resource_id=pulumi.Output.concat("inference-component/", component_name),
        min_capacity=base.min_replicas,
        max_capacity=base.max_replicas,
        tags=dict(tags),
        opts=pulumi.ResourceOptions.merge(child, bounds),
    )
    aws.appautoscaling.Policy(
        f"{base.name}-scaling-policy",
        policy_type="TargetTrackingScaling",
        service_namespace=target.service_namespace,
        scalable_dimension=target.scalable_dimension,
        resource_id=target.resource_id,
        target_tracking_scaling_policy_configuration=(
            aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=float(following.target),
                scale_in_cooldown=following.scale_in_seconds,
                scale_out_cooldown=following.scale_out_seconds,
                **_metric(following.metric, component_name),
            )
        ),
        opts=child,
    )
    scheduled_bounds(base.name, "component", target, following.windows, child)
    if base.min_replicas == 0 or any(window.min_replicas == 0 for window in following.windows):
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
        namespace="AWS/SageMaker",
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


def _metric(metric: str, component_name: pulumi.Output[str]) -> dict[str, Any]:
    """The metric as a policy names it."""
    if metric in _PREDEFINED:
        return {"predefined_metric_specification": {"predefined_metric_type": _PREDEFINED[metric]}}
    own, _, name = metric.rpartition("/")
    unit = {"unit": "Percent"} if metric in _UTILIZATION else {}
    return {
        "customized_metric_specification": {
            "namespace": own or COMPONENTS,
            "metric_name": _UTILIZATION.get(metric, name),
            "statistic": "Average",
            "dimensions": [{"name": "InferenceComponentName", "value": component_name}],
            **unit,
        }
    }
