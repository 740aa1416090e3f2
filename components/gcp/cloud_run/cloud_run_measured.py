"""What Cloud Monitoring measures of a service: requests and latencies, of each revision.

https://cloud.google.com/monitoring/api/metrics_gcp_p_z#gcp-run
"""

import pulumi

from components.gate import CANDIDATE, STABLE, GateQueries
from components.gcp.monitoring.gate import Counted, gate_queries
from components.gcp.monitoring.measured import Measured, Watched
from components.serving import Core
from facts.cloud_run import LATENCIES_METRIC, MONITORED_RESOURCE, REQUESTS_METRIC

__all__ = ["gate", "latency_metric", "measured", "watched"]


def watched(core: Core, region: str) -> Watched:
    """The monitored resource."""
    labels = {"service_name": core.physical_name, "location": region}
    return Watched(MONITORED_RESOURCE, labels)


def measured(service: Watched) -> Measured:
    """Filters; the candidate is judged by itself."""
    return Measured(
        latencies=service.metric(LATENCIES_METRIC),
        responses=service.metric(REQUESTS_METRIC),
        failed=service.metric(REQUESTS_METRIC, 'response_code_class = "5xx"'),
        group_by="resource.label.revision_name",
    )


def gate(
    core: Core,
    service: Watched,
    stable: pulumi.Input[str],
    newest: pulumi.Input[str],
    project: pulumi.Input[str],
) -> GateQueries:
    """What a gate asks of each version, by the names of the revisions."""
    versions = {STABLE: (core.model_version, stable)}
    if core.candidate_version is not None:
        versions[CANDIDATE] = (core.candidate_version, newest)
    counted = Counted(
        service,
        responses=REQUESTS_METRIC,
        latencies=LATENCIES_METRIC,
        failed='response_code_class="5xx"',
        version="revision_name",
    )
    return gate_queries(core.slo, counted, versions, project)


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
