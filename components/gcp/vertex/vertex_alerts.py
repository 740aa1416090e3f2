"""Alert policies of Cloud Monitoring that follow from an SLO, for each model deployed.

https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi

from components.gcp.slo_alerts import Measured, slo_alerts
from components.serving import Core
from facts.vertex_serving import ALERTS

__all__ = ["alert_policies", "latency_metric"]

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
    measured = Measured(
        latencies=_filter(metrics.latencies, endpoint_id, *kind),
        responses=_filter(metrics.responses, endpoint_id),
        failed=_filter(metrics.responses, endpoint_id, failed),
        group_by="metric.label.deployed_model_id",
    )
    slo_alerts(core, measured, project=project, channels=channels, labels=labels, parent=parent)


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
