"""Alert policies of Cloud Monitoring that follow from an SLO: p95 latency and the share of errors.

Latencies are in milliseconds, and without traffic nothing is measured and nothing told.
"""

from collections.abc import Mapping, Sequence
from typing import Final, TypeAlias

import pulumi
import pulumi_gcp as gcp

from components.gcp.monitoring.measured import Measured
from components.gcp.monitoring.policies import About
from components.serving import Core
from facts.alerts import MISSES_OBJECTIVE

__all__ = ["slo_alerts"]

_Condition: TypeAlias = gcp.monitoring.AlertPolicyConditionConditionThresholdArgsDict
_PERIOD: Final = "60s"
# Three bad minutes in turn: one slow minute pages nobody.
_BAD_FOR: Final = "180s"


def slo_alerts(
    core: Core,
    measured: Measured,
    *,
    project: pulumi.Input[str],
    channels: Sequence[pulumi.Input[str]],
    labels: Mapping[str, str],
    parent: pulumi.Resource,
    about: About | None = None,
) -> None:
    """Two policies, `<name>-latency` and `<name>-errors`; `about` is what they say beside that."""
    latency: _Condition = {
        "filter": measured.latencies,
        "comparison": "COMPARISON_GT",
        "threshold_value": core.slo.latency_p95_ms,
        "duration": _BAD_FOR,
        "evaluation_missing_data": "EVALUATION_MISSING_DATA_INACTIVE",
        "aggregations": [
            {
                "alignment_period": _PERIOD,
                "per_series_aligner": "ALIGN_PERCENTILE_95",
                "cross_series_reducer": "REDUCE_MAX",
                "group_by_fields": [measured.group_by],
            }
        ],
    }
    rate: gcp.monitoring.AlertPolicyConditionConditionThresholdAggregationArgsDict = {
        "alignment_period": _PERIOD,
        "per_series_aligner": "ALIGN_RATE",
        "cross_series_reducer": "REDUCE_SUM",
        "group_by_fields": [measured.group_by],
    }
    errors: _Condition = {
        "filter": measured.failed,
        "denominator_filter": measured.responses,
        "comparison": "COMPARISON_GT",
        "threshold_value": core.slo.error_rate_percent / 100,
        "duration": _BAD_FOR,
        "aggregations": [rate],
        "denominator_aggregations": [
            {
                "alignment_period": _PERIOD,
                "per_series_aligner": "ALIGN_RATE",
                "cross_series_reducer": "REDUCE_SUM",
                "group_by_fields": [measured.group_by],
            }
        ],
    }
    told = {
        "latency": f"p95 latency above {core.slo.latency_p95_ms:g} ms",
        "errors": f"more than {core.slo.error_rate_percent:g} % of requests answered 5xx",
    }
    for role, condition in (("latency", latency), ("errors", errors)):
        what = f"{core.physical_name}: {told[role]}"
        documentation: gcp.monitoring.AlertPolicyDocumentationArgsDict = (
            {"content": what, "mime_type": "text/markdown"}
            if about is None
            else about.documentation(MISSES_OBJECTIVE, what)
        )
        gcp.monitoring.AlertPolicy(
            f"{core.name}-{role}",
            project=project,
            display_name=f"{core.physical_name} {role}",
            combiner="OR",
            severity="ERROR",
            conditions=[{"display_name": told[role], "condition_threshold": condition}],
            documentation=documentation,
            notification_channels=list(channels) or None,
            user_labels=dict(labels),
            opts=pulumi.ResourceOptions(parent=parent),
        )
