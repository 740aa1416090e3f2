"""Whether what a Vertex AI endpoint is asked still looks like its models' training data.

A monitoring job logs a share of the requests to BigQuery, holds them against the training data
again and again, and logs what it finds; an alert policy over that log tells.
https://cloud.google.com/vertex-ai/docs/model-monitoring/using-model-monitoring
"""

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.monitoring.policies import About
from components.gcp.vertex.vertex_drift_settings import VertexDrift
from components.gcp.vertex.vertex_endpoint_settings import EndpointSettings
from components.gcp.vertex.vertex_identity import VertexIdentity
from components.gcp.vertex.vertex_monitoring_job import VertexMonitoringJob
from components.serving import Core
from facts import tags
from facts.alerts import DATA_DRIFTS

__all__ = ["watch_drift"]

_LOG: Final = "aiplatform.googleapis.com%2Fmodel_monitoring_anomaly"
_HOUR: Final = 3600
# An incident over a log never ends by itself otherwise; Google's longest is a week.
_CLOSED_AFTER: Final = "86400s"


def watch_drift(
    core: Core,
    settings: EndpointSettings,
    drift: VertexDrift,
    *,
    project: pulumi.Input[str],
    labels: Mapping[str, str],
    channels: Sequence[pulumi.Input[str]],
    about: About | None,
    identity: VertexIdentity,
    endpoint: gcp.vertex.AiEndpoint,
    key: pulumi.Input[str],
    deployed: Sequence[pulumi.Input[str]],
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> VertexMonitoringJob:
    """The job, Vertex AI's right to the training data, and a policy on what the job finds."""
    asked = drift.drifting
    reads = identity.let_agent_read("drift-baseline", asked.baseline_uri)
    job = VertexMonitoringJob(
        f"{core.name}-drift",
        project=project,
        region=settings.region,
        endpoint=endpoint.name,
        display_name=f"{core.physical_name} drift",
        deployed_model_ids=deployed,
        baseline_uri=asked.baseline_uri,
        target_field=drift.label_column,
        features=asked.features,
        threshold=asked.threshold,
        interval_hours=drift.interval_hours,
        sample_percent=drift.sample_percent,
        log_days=drift.retention_days,
        kms_key_name=key,
        # The requests that it looks at are kept, and asking for it is the word that this is known.
        labels=tags.google({**core.vocabulary(), tags.PAYLOADS: tags.KEPT}),
        # An endpoint has one such job.
        opts=pulumi.ResourceOptions(
            parent=parent, depends_on=[reads, *after], delete_before_replace=True
        ),
    )
    told = about or About(core.owner, "", None, "")
    matched = pulumi.Output.all(project, job.job_id).apply(
        lambda known: (
            f'logName="projects/{known[0]}/logs/{_LOG}" AND '
            f'resource.labels.model_deployment_monitoring_job="{known[1]}"'
        )
    )
    says = f"{core.physical_name}: requests do not look like the training data"
    gcp.monitoring.AlertPolicy(
        f"{core.name}-drift-found",
        project=project,
        display_name=f"{core.physical_name} {DATA_DRIFTS}",
        combiner="OR",
        severity="WARNING",
        conditions=[
            {"display_name": "a feature has drifted", "condition_matched_log": {"filter": matched}}
        ],
        documentation=told.documentation(DATA_DRIFTS, says),
        # As often as somebody looks.
        alert_strategy={
            "notification_rate_limit": {"period": f"{drift.interval_hours * _HOUR}s"},
            "auto_close": _CLOSED_AFTER,
        },
        notification_channels=list(channels) or None,
        user_labels=dict(labels),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return job
