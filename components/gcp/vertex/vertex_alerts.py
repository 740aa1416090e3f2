"""Alert policies of Cloud Monitoring that follow from an SLO, for each model deployed.

Latencies are in milliseconds, and without traffic nothing is measured and nothing told.
https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import pulumi
import pulumi_gcp as gcp

from components.serving import Core
from facts.vertex_serving import ALERTS

__all__ = ["alert_policies", "latency_metric"]

_Condition: TypeAlias = gcp.monitoring.AlertPolicyConditionConditionThresholdArgsDict
_PERIOD: Final = "60s"
# Three bad minutes in turn: one slow minute pages nobody.
_BAD_FOR: Final = "180s"
_BY_MODEL: Final = "metric.label.deployed_model_id"
_RESOURCE: Final = "aiplatform.googleapis.com/Endpoint"


def _filter(metric: str, endpoint_id: str, *labels: str) -> str:
    parts = [
        f'metric.type = "{metric}"',
        f'resource.type = "{_RESOURCE}"',
        f'resource.label.endpoint_id = "{endpoint_id}"',
        *(f"metric.label.{each}" for each in labels),
    ]
    return " AND ".join(parts)


def alert_policies(
    core: Core,
    *,
    endpoint_id: str,
    peered: bool,
    project: pulumi.Input[str],
    channels: Sequence[pulumi.Input[str]],
    labels: Mapping[str, str],
    parent: pulumi.Resource,
) -> None:
    """Latency and errors; each deployed model is judged by itself, the candidate too."""
    metrics = ALERTS[peered]
    # Of peered endpoints there is one kind of latency, and answers are counted by the whole code.
    kind = [] if peered else ['latency_type = "total"']
    failed = "response_code >= 500" if peered else 'response_code = "5xx"'
    latency: _Condition = {
        "filter": _filter(metrics.latencies, endpoint_id, *kind),
        "comparison": "COMPARISON_GT",
        "threshold_value": core.slo.latency_p95_ms,
        "duration": _BAD_FOR,
        "evaluation_missing_data": "EVALUATION_MISSING_DATA_INACTIVE",
        "aggregations": [
            {
                "alignment_period": _PERIOD,
                "per_series_aligner": "ALIGN_PERCENTILE_95",
                "cross_series_reducer": "REDUCE_MAX",
                "group_by_fields": [_BY_MODEL],
            }
        ],
    }
    errors: _Condition = {
        "filter": _filter(metrics.responses, endpoint_id, failed),
        "denominator_filter": _filter(metrics.responses, endpoint_id),
        "comparison": "COMPARISON_GT",
        "threshold_value": core.slo.error_rate_percent / 100,
        "duration": _BAD_FOR,
        "aggregations": [
            {
                "alignment_period": _PERIOD,
                "per_series_aligner": "ALIGN_RATE",
                "cross_series_reducer": "REDUCE_SUM",
                "group_by_fields": [_BY_MODEL],
            }
        ],
        "denominator_aggregations": [
            {
                "alignment_period": _PERIOD,
                "per_series_aligner": "ALIGN_RATE",
                "cross_series_reducer": "REDUCE_SUM",
                "group_by_fields": [_BY_MODEL],
            }
        ],
    }
    told = {
        "latency": f"p95 latency above {core.slo.latency_p95_ms:g} ms",
        "errors": f"more than {core.slo.error_rate_percent:g} % of requests answered 5xx",
    }
    for role, condition in (("latency", latency), ("errors", errors)):
        what = f"{core.physical_name}: {told[role]}"
        gcp.monitoring.AlertPolicy(
            f"{core.name}-{role}",
            project=project,
            display_name=f"{core.physical_name} {role}",
            combiner="OR",
            severity="ERROR",
            conditions=[{"display_name": told[role], "condition_threshold": condition}],
            documentation={"content": what, "mime_type": "text/markdown"},
            notification_channels=list(channels) or None,
            user_labels=dict(labels),
            opts=pulumi.ResourceOptions(parent=parent),
        )


def latency_metric(endpoint_id: str, *, peered: bool) -> dict[str, str]:
    """Where the p95 latency is read."""
    return {
        "source": "cloud_monitoring",
        "metric": ALERTS[peered].latencies,
        "statistic": "p95",
        "unit": "ms",
        "resource_type": _RESOURCE,
        "endpoint_id": endpoint_id,
    }
