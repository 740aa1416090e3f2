"""Instances of a SageMaker variant that follow its load, and bounds that follow the clock."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_role import ENDPOINTS
from components.checks import Checks
from components.managed import Window, read_schedules
from components.serving import Base
from facts.aws_schedules import ADVICE, aws_schedule
from facts.sagemaker import cores, gpus
from facts.sagemaker_hosting import METRICS, OWN_METRIC, most_of
from facts.scheduled_bounds import crossed

__all__ = [
    "Following",
    "check_bounds",
    "check_schedules",
    "follow_load",
    "read_following",
    "scheduled_bounds",
]

# Out at once, in slowly: an instance needs minutes to start.
_SCALE_OUT_COOLDOWN_SECONDS: Final = 60
_SCALE_IN_COOLDOWN_SECONDS: Final = 300
_LONGEST_COOLDOWN_SECONDS: Final = 24 * 3600
_PREDEFINED: Final = {
    "requests": "SageMakerVariantInvocationsPerInstance",
    # Every 10 seconds, where the other is looked at each minute.
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}
_UTILIZATION: Final = {"cpu": "CPUUtilization", "gpu": "GPUUtilization"}
_DIMENSION: Final = "sagemaker:variant:DesiredInstanceCount"
_NAMESPACE: Final = "sagemaker"


@dataclass(frozen=True, slots=True)
class Following:
    """What the number of instances follows, checked."""

    metric: str
    target: float
    """In the unit of the metric at CloudWatch: use is summed over the cores or GPUs there."""
    scale_out_seconds: int
    scale_in_seconds: int
    windows: tuple[Window, ...]

    def scales(self, base: Base) -> bool:
        """Whether anything is there to be scaled."""
        return base.max_replicas > base.min_replicas or bool(self.windows)


def read_following(
    checks: Checks, args: Mapping[str, Any], base: Base, instance_type: str
) -> Following:
    """The arguments `scaling_…`, the two cool-downs and `invocations_per_instance`."""
    metric = checks.plain("scaling_metric", "requests")
    if metric not in METRICS and not re.fullmatch(OWN_METRIC, metric):
        known = ", ".join(METRICS)
        checks.problem(
            "scaling_metric", metric, f"{known}, or namespace and name such as Models/QueueLength"
        )
    if metric == "gpu" and not gpus(instance_type):
        checks.problem("scaling_metric", metric, f"another one: {instance_type} has no NVIDIA GPU")
    if metric not in METRICS and not checks.given("scaling_target"):
        checks.problem("scaling_target", None, "the value of the metric that is aimed for")
    target = checks.number("scaling_target", METRICS.get(metric, 1), 0.001, most_of(metric))
    if checks.given("invocations_per_instance"):
        other = next(
            (key for key in ("scaling_metric", "scaling_target") if checks.given(key)), None
        )
        if other is not None:
            checks.problem(other, args[other], "it without invocations_per_instance")
        target = checks.whole("invocations_per_instance", 600, 1, most_of("requests"))
    windows = read_schedules(checks)
    check_schedules(checks, windows)
    check_bounds(checks, base, windows)
    found = Following(
        metric,
        target * {"cpu": cores(instance_type), "gpu": max(1, gpus(instance_type))}.get(metric, 1),
        checks.whole(
            "scale_out_cooldown_seconds", _SCALE_OUT_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        checks.whole(
            "scale_in_cooldown_seconds", _SCALE_IN_COOLDOWN_SECONDS, 0, _LONGEST_COOLDOWN_SECONDS
        ),
        tuple(windows),
    )
    if not found.scales(base):
        for key in (
            *("scaling_metric", "scaling_target"),
            *("scale_out_cooldown_seconds", "scale_in_cooldown_seconds"),
        ):
            if checks.given(key):
                checks.problem(key, args[key], "it with max_replicas above min_replicas")
    return found


def check_schedules(checks: Checks, windows: Sequence[Window]) -> None:
    """Note what AWS cannot have of schedules that cron reads."""
    for number, window in enumerate(windows):
        if window.schedule and not aws_schedule(window.schedule):
            checks.problem(f"scaling_schedules[{number}].schedule", window.schedule, ADVICE)


def check_bounds(checks: Checks, base: Base, windows: Sequence[Window]) -> None:
    """Note a schedule whose one bound would cross the other, which AWS does not carry out.

    https://docs.aws.amazon.com/autoscaling/application/userguide/scheduled-scaling-policy-overview.html
    """
    bounds = [(each.min_replicas, each.max_replicas) for each in windows]
    for number, key, got, limit in crossed(bounds, base.min_replicas, base.max_replicas):
        other, word = (
            ("max_replicas", "at most") if key == "min_replicas" else ("min_replicas", "at least")
        )
        use = f"{word} {limit}, or {other} with it"
        checks.problem(f"scaling_schedules[{number}].{key}", got, use)


def follow_load(
    base: Base,
    endpoint_name: pulumi.Output[str],
    *,
    variant: str,
    following: Following,
    tags: Mapping[str, str],
    child: pulumi.ResourceOptions,
) -> None:
    """Keep a variant between its bounds by what it follows."""
    # Schedules move the bounds: then an update must not set them back to what they were at first.
    bounds = (
        pulumi.ResourceOptions(ignore_changes=["minCapacity", "maxCapacity"])
        if following.windows
        else None
    )
    target = aws.appautoscaling.Target(
        f"{base.name}-{variant}-scaling-target",
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
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
        target_tracking_scaling_policy_configuration=(
            aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
                target_value=float(following.target),
                scale_in_cooldown=following.scale_in_seconds,
                scale_out_cooldown=following.scale_out_seconds,
                **_metric(following.metric, endpoint_name, variant),
            )
        ),
        opts=child,
    )
    scheduled_bounds(base.name, variant, target, following.windows, child)


def scheduled_bounds(
    name: str,
    role: str,
    target: aws.appautoscaling.Target,
    windows: Sequence[Window],
    child: pulumi.ResourceOptions,
) -> None:
    """Bounds of a scalable target that begin to hold at certain times."""
    for window in windows:
        # By what it is, not by its place: another order renames nothing.
        digest = hashlib.sha256(f"{window.schedule} {window.time_zone}".encode()).hexdigest()[:8]
        aws.appautoscaling.ScheduledAction(
            f"{name}-{role}-schedule-s{digest}",
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


def _metric(metric: str, endpoint_name: pulumi.Output[str], variant: str) -> dict[str, Any]:
    """The metric as a policy names it.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
    """
    if metric in _PREDEFINED:
        return {"predefined_metric_specification": {"predefined_metric_type": _PREDEFINED[metric]}}
    own, _, name = metric.rpartition("/")
    unit = {"unit": "Percent"} if metric in _UTILIZATION else {}
    return {
        "customized_metric_specification": {
            "namespace": own or ENDPOINTS,
            "metric_name": _UTILIZATION.get(metric, name),
            "statistic": "Average",
            "dimensions": [
                {"name": "EndpointName", "value": endpoint_name},
                {"name": "VariantName", "value": variant},
            ],
            **unit,
        }
    }
