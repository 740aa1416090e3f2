"""What Cloud Monitoring measures of a service, and the alerts of its SLO: each revision by itself.

https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
"""

from collections.abc import Sequence

import pulumi

from components.gcp.slo_alerts import Measured, slo_alerts
from components.serving import Core
from facts.cloud_run import LATENCIES_METRIC, MONITORED_RESOURCE, REQUESTS_METRIC

__all__ = ["alert_policies", "latency_metric"]


def alert_policies(
    core: Core,
    *,
    region: str,
    project: pulumi.Input[str],
    channels: Sequence[pulumi.Input[str]],
    labels: dict[str, str],
    parent: pulumi.Resource,
) -> None:
    """Latency and errors; the candidate is judged by itself."""

    def measured(metric: str, *more: str) -> str:
        parts = [
            f'metric.type = "{metric}"',
            f'resource.type = "{MONITORED_RESOURCE}"',
            f'resource.label.service_name = "{core.physical_name}"',
            f'resource.label.location = "{region}"',
            *more,
        ]
        return " AND ".join(parts)

    failed = 'metric.label.response_code_class = "5xx"'
    what = Measured(
        latencies=measured(LATENCIES_METRIC),
        responses=measured(REQUESTS_METRIC),
        failed=measured(REQUESTS_METRIC, failed),
        group_by="resource.label.revision_name",
    )
    slo_alerts(core, what, project=project, channels=channels, labels=labels, parent=parent)


def latency_metric(core: Core, region: str) -> dict[str, str]:
    """Where the p95 latency is read."""
    return {
        "source": "cloud_monitoring",
        "metric": LATENCIES_METRIC,
        "statistic": "p95",
        "unit": "ms",
        "resource_type": MONITORED_RESOURCE,
        "service_name": core.physical_name,
        "location": region,
    }
