"""Instances of a SageMaker variant that follow its load, and bounds that follow the clock."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import pulumi

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
from facts.cloudwatch_namespaces import ENDPOINTS, SAGEMAKER
from facts.sagemaker import cores, gpus
from facts.sagemaker_hosting import METRICS, most_of

__all__ = ["INSTANCES", "at_maximum_uses", "follow_load", "read_following"]

INSTANCES: Final = "sagemaker:variant:DesiredInstanceCount"
"""What is scaled, as Application Auto Scaling names it."""
_PREDEFINED: Final = {
    "requests": "SageMakerVariantInvocationsPerInstance",
    # Every 10 seconds, where the other is looked at each minute.
    "concurrency": "SageMakerVariantConcurrentRequestsPerModelHighResolution",
}
_UTILIZATION: Final = {"cpu": "CPUUtilization", "gpu": "GPUUtilization"}


def read_following(
    checks: Checks, args: Mapping[str, Any], base: Base, instance_type: str
) -> Following:
    """The arguments `scaling_…`, the two cool-downs and `invocations_per_instance`."""
    has_gpu = gpus(instance_type)
    metric = read_metric(checks, no_gpu=None if has_gpu else f"{instance_type} has no NVIDIA GPU")
    target = checks.number("scaling_target", METRICS.get(metric, 1), 0.001, most_of(metric))
    if checks.given("invocations_per_instance"):
        other = next(
            (key for key in ("scaling_metric", "scaling_target") if checks.given(key)), None
        )
        if other is not None:
            checks.problem(other, args[other], "it without invocations_per_instance")
        target = checks.whole("invocations_per_instance", 600, 1, most_of("requests"))
    windows = read_windows(checks, base)
    # Use is summed over the cores or GPUs at CloudWatch.
    parts = {"cpu": cores(instance_type), "gpu": max(1, has_gpu)}.get(metric, 1)
    found = Following(metric, target * parts, *read_cooldowns(checks), windows)
    if not found.scales(base):
        refuse_without_room(checks, args)
    return found


def at_maximum_uses(
    base: Base, variant: str, dimensions: Dimensions, following: Following
) -> Iterator[Use]:
    """What a variant follows, where it can have more instances and does not get them.

    https://docs.aws.amazon.com/sagemaker/latest/dg/endpoint-auto-scaling-add-code-define.html
    """
    metrics = {
        "requests": Signal(SAGEMAKER, "InvocationsPerInstance", "Sum", dimensions),
        "concurrency": Signal(SAGEMAKER, "ConcurrentRequestsPerModel", "Average", dimensions),
        **{
            word: Signal(ENDPOINTS, metric, "Average", dimensions)
            for word, metric in _UTILIZATION.items()
        },
    }
    return at_maximum(base, variant, dimensions, following, metrics=metrics, noun="instances")


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
    name = f"{base.name}-{variant}"
    target = track(
        name,
        base,
        following,
        dimension=INSTANCES,
        resource_id=pulumi.Output.concat("endpoint/", endpoint_name, f"/variant/{variant}"),
        metric=metric_specification(
            following.metric,
            predefined=_PREDEFINED,
            utilization=_UTILIZATION,
            namespace=ENDPOINTS,
            dimensions={"EndpointName": endpoint_name, "VariantName": variant},
        ),
        tags=tags,
        child=child,
    )
    scheduled_bounds(name, target, following.windows, child)
