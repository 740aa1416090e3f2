"""How many instances a deployment of Azure ML has: a scale rule of Azure Monitor.

https://learn.microsoft.com/azure/machine-learning/how-to-autoscale-endpoints, read 2026-11-26.
"""

from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.azure_ml.azure_ml_alerts import NAMESPACE
from components.azure.azure_ml.azure_ml_settings import Scaling
from components.managed import Window
from facts.recurrences import DAYS, recurrence
from facts.windows_time_zones import windows_time_zone

__all__ = ["Bounds", "follow_load", "most_instances"]

# As long as the vendor's own example looks at the load.
_WINDOW: Final = "PT5M"
Bounds = tuple[int, int]


def follow_load(
    resource: str,
    scaling: Scaling,
    *,
    bounds: Bounds,
    deployment: azure.machinelearningservices.OnlineDeployment,
    deployment_name: pulumi.Input[str],
    endpoint_id: pulumi.Input[str],
    resource_group: pulumi.Input[str],
    location: pulumi.Input[str],
    tags: dict[str, str],
    opts: pulumi.ResourceOptions,
) -> azure.monitor.AutoscaleSetting:
    """One instance more above the target, one less below half of it, between the bounds."""
    of_endpoint = scaling.metric.of_endpoint
    monitored = endpoint_id if of_endpoint else deployment.id
    dimensions = (
        [
            azure.monitor.ScaleRuleMetricDimensionArgs(
                dimension_name="deployment", operator="Equals", values=[deployment_name]
            )
        ]
        if of_endpoint
        else None
    )

    def rule(*, out: bool) -> azure.monitor.ScaleRuleArgs:
        return azure.monitor.ScaleRuleArgs(
            metric_trigger=azure.monitor.MetricTriggerArgs(
                metric_name=scaling.metric.name,
                metric_namespace=NAMESPACE if of_endpoint else f"{NAMESPACE}/deployments",
                metric_resource_uri=monitored,
                operator=(
                    azure.monitor.ComparisonOperationType.GREATER_THAN
                    if out
                    else azure.monitor.ComparisonOperationType.LESS_THAN
                ),
                statistic=azure.monitor.MetricStatisticType.AVERAGE,
                threshold=scaling.target if out else scaling.target / 2,
                time_aggregation=azure.monitor.TimeAggregationType.AVERAGE,
                time_grain="PT1M",
                time_window=_WINDOW,
                dimensions=dimensions,
                divide_per_instance=scaling.metric.per_instance,
            ),
            scale_action=azure.monitor.ScaleActionArgs(
                direction=(
                    azure.monitor.ScaleDirection.INCREASE
                    if out
                    else azure.monitor.ScaleDirection.DECREASE
                ),
                type=azure.monitor.ScaleType.CHANGE_COUNT,
                value="1",
                cooldown=f"PT{scaling.out_seconds if out else scaling.in_seconds}S",
            ),
        )

    rules = [rule(out=True), rule(out=False)]
    return azure.monitor.AutoscaleSetting(
        resource,
        resource_group_name=resource_group,
        location=location,
        target_resource_uri=deployment.id,
        enabled=True,
        profiles=[
            azure.monitor.AutoscaleProfileArgs(
                name="usual", capacity=_capacity(bounds), rules=rules
            ),
            *(
                azure.monitor.AutoscaleProfileArgs(
                    # A name of its own; Azure keeps profiles by it.
                    name=f"{window.schedule} {window.time_zone}",
                    capacity=_capacity(_within(window, bounds)),
                    rules=rules,
                    recurrence=_recurrence(window),
                )
                for window in scaling.windows
            ),
        ],
        tags=tags,
        opts=opts,
    )


def most_instances(scaling: Scaling, bounds: Bounds) -> int:
    """The largest number of instances that there is at any time of the week."""
    return max([bounds[1], *(_within(window, bounds)[1] for window in scaling.windows)])


def _capacity(bounds: Bounds) -> azure.monitor.ScaleCapacityArgs:
    low, high = bounds
    # The default counts where there are no metrics, and only raises.
    return azure.monitor.ScaleCapacityArgs(default=str(low), minimum=str(low), maximum=str(high))


def _within(window: Window, bounds: Bounds) -> Bounds:
    """The bounds from a moment on; the one that is not said is kept where it fits."""
    low = window.min_replicas if window.min_replicas is not None else bounds[0]
    high = window.max_replicas if window.max_replicas is not None else bounds[1]
    if window.min_replicas is None:
        return min(low, high), high
    return low, max(low, high)


def _recurrence(window: Window) -> azure.monitor.RecurrenceArgs:
    times = recurrence(window.schedule)
    assert times is not None  # noqa: S101 - checked with the arguments
    return azure.monitor.RecurrenceArgs(
        frequency=azure.monitor.RecurrenceFrequency.WEEK,
        schedule=azure.monitor.RecurrentScheduleArgs(
            days=list(times.days or DAYS),
            hours=list(times.hours),
            minutes=list(times.minutes),
            time_zone=str(windows_time_zone(window.time_zone)),
        ),
    )
