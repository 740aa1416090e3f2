"""Alerts of an online endpoint's service level.

https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/
microsoft-machinelearningservices-workspaces-onlineendpoints-metrics, read 2026-11-26: latencies
are in milliseconds; requests are counted per minute, and have no share of failed ones.

Of several values of a dimension each is a series of its own, compared with the threshold on its
own, and billed where it has values:
https://learn.microsoft.com/azure/azure-monitor/alerts/
alerts-metric-multiple-time-series-single-rule
"""

from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.monitoring.alerts import TICKET, AlertScope
from facts.alerts import MISSES_OBJECTIVE
from facts.azure_monitor import AML_FAILED_CODES

__all__ = ["LATENCY_METRIC", "NAMESPACE", "alert"]

NAMESPACE: Final = "Microsoft.MachineLearningServices/workspaces/onlineEndpoints"
LATENCY_METRIC: Final = "RequestLatency_P95"
_ERRORS: Final = "RequestsPerMinute"


def alert(
    scope: AlertScope, *, threshold: float, endpoint_id: pulumi.Input[str], errors: bool
) -> azure.monitor.MetricAlert:
    """Five minutes above the threshold: of the 95th percentile in ms, or of failed requests.

    Not by the dimension modelStatusCode too: what it holds of a request that no container answered
    is on no page, and a condition on it might hide these.
    """
    dimensions = [
        azure.monitor.MetricDimensionArgs(
            name="statusCode", operator="Include", values=[*AML_FAILED_CODES]
        )
    ]
    role = "errors" if errors else "latency"
    criterion = azure.monitor.MetricCriteriaArgs(
        name=role,
        criterion_type="StaticThresholdCriterion",
        metric_name=_ERRORS if errors else LATENCY_METRIC,
        metric_namespace=NAMESPACE,
        operator=azure.monitor.Operator.GREATER_THAN_OR_EQUAL
        if errors
        else azure.monitor.Operator.GREATER_THAN,
        threshold=threshold,
        time_aggregation=azure.monitor.AggregationTypeEnum.AVERAGE,
        dimensions=dimensions if errors else None,
    )
    return azure.monitor.MetricAlert(
        f"{scope.name}-{role}",
        resource_group_name=scope.resource_group,
        location="global",
        scopes=[endpoint_id],
        description=scope.described(
            MISSES_OBJECTIVE,
            "Requests fail." if errors else "Requests are slower than the SLO.",
        ),
        severity=TICKET,
        enabled=True,
        evaluation_frequency="PT1M",
        window_size="PT5M",
        auto_mitigate=True,
        criteria=azure.monitor.MetricAlertSingleResourceMultipleMetricCriteriaArgs(
            odata_type="Microsoft.Azure.Monitor.SingleResourceMultipleMetricCriteria",
            all_of=[criterion],
        ),
        actions=scope.metric_actions(MISSES_OBJECTIVE, TICKET),
        tags=dict(scope.tags),
        opts=scope.opts,
    )
