"""What Cloud Monitoring measures of an endpoint: requests, latencies, of each model deployed.

https://cloud.google.com/monitoring/api/metrics_gcp_a_b#gcp-aiplatform
"""

from typing import Final

from components.gcp.monitoring.gate import Counted
from components.gcp.monitoring.measured import Measured, Watched
from facts.vertex_serving import ALERTS

__all__ = ["counted", "latency_metric", "measured", "watched"]

_RESOURCE: Final = "aiplatform.googleapis.com/Endpoint"


def watched(endpoint_id: str) -> Watched:
    """The monitored resource."""
    return Watched(_RESOURCE, {"endpoint_id": endpoint_id})


def measured(endpoint: Watched, *, peered: bool) -> Measured:
    """Filters; each deployed model is judged by itself, the candidate too."""
    metrics = ALERTS[peered]
    # Of peered endpoints there is one kind of latency, and answers are counted by the whole code.
    kind = [] if peered else ['latency_type = "total"']
    failed = "response_code >= 500" if peered else 'response_code = "5xx"'
    return Measured(
        latencies=endpoint.metric(metrics.latencies, *kind),
        responses=endpoint.metric(metrics.responses),
        failed=endpoint.metric(metrics.responses, failed),
        group_by="metric.label.deployed_model_id",
    )


def counted(endpoint: Watched, *, peered: bool) -> Counted:
    """The same for PromQL."""
    metrics = ALERTS[peered]
    return Counted(
        endpoint,
        responses=metrics.responses,
        latencies=metrics.latencies,
        failed='response_code=~"5.."' if peered else 'response_code="5xx"',
        version="deployed_model_id",
        latency="" if peered else 'latency_type="total"',
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
