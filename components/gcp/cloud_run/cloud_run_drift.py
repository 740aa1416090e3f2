"""Whether what a service is asked still looks like its model's training.

Each worker counts its rows by the bins of a profile, and writes the largest population stability
index to its log each thousand rows. A metric is made of those lines, and a policy looks at its
average over all of them.
https://cloud.google.com/logging/docs/logs-based-metrics/distribution-metrics
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pulumi
import pulumi_gcp as gcp

from components.checks import Checks
from components.drift import Drifting, read_profiled_drift
from components.gcp.monitoring.policies import About, PolicyScope, alert_policy
from components.serving import Core
from facts.alerts import DATA_DRIFTS
from facts.drift import drift_times
from facts.drift_profiles import (
    CLOUD_STORAGE_PROFILE,
    LEAST_ROWS,
    PSI_METRIC,
    PSI_THRESHOLD,
)

__all__ = ["read_cloud_run_drift", "watch_drift"]

_HOUR: Final = 3600
# The index is 0 to some 18; narrow bins where thresholds are.
_BOUNDS: Final = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1, 2, 4, 8, 16)


def read_cloud_run_drift(
    checks: Checks, args: Mapping[str, Any], *, is_function: bool
) -> Drifting | None:
    """`drift_…`; it needs the runtime's own function."""
    found = read_profiled_drift(
        checks,
        args,
        pattern=CLOUD_STORAGE_PROFILE,
        use="a profile in Cloud Storage, gs://bucket/profile.json",
    )
    if found is not None and not is_function:
        use = "it with code_path: only the runtime's own function tells of drift"
        checks.problem("drift_baseline_uri", args["drift_baseline_uri"], use)
    return found


def watch_drift(
    core: Core,
    drifting: Drifting,
    *,
    project: pulumi.Input[str],
    labels: Mapping[str, str],
    channels: Sequence[pulumi.Input[str]],
    about: About | None,
    parent: pulumi.Resource,
) -> None:
    """The metric and the policy."""
    limit = PSI_THRESHOLD if drifting.threshold is None else drifting.threshold
    hours = drift_times(drifting.schedule).every
    metric = gcp.logging.Metric(
        f"{core.name}-drift-metric",
        name=f"{core.physical_name}/{PSI_METRIC}",
        project=project,
        description=f"Drift of what instances of {core.physical_name} were asked",
        filter=(
            f'resource.type="cloud_run_revision" AND '
            f'resource.labels.service_name="{core.physical_name}" AND jsonPayload.message="drift"'
        ),
        metric_descriptor={
            "metric_kind": "DELTA",
            "value_type": "DISTRIBUTION",
            "unit": "1",
            "labels": [{"key": "model_version", "value_type": "STRING"}],
        },
        value_extractor=f"EXTRACT(jsonPayload.{PSI_METRIC})",
        label_extractors={"model_version": "EXTRACT(jsonPayload.model_version)"},
        bucket_options={"explicit_buckets": {"bounds": list(_BOUNDS)}},
        opts=pulumi.ResourceOptions(parent=parent),
    )
    scope = PolicyScope(
        core.name,
        core.physical_name,
        project,
        labels,
        parent,
        channels,
        (),
        about or About(core.owner, "", None, ""),
    )
    watched = metric.name.apply(
        lambda name: (
            f'metric.type="logging.googleapis.com/user/{name}" AND '
            'resource.type="cloud_run_revision"'
        )
    )
    alert_policy(
        scope,
        "drift",
        alert=DATA_DRIFTS,
        says=f"over {hours} h the population stability index of what instances were asked "
        f"({LEAST_ROWS} rows of each and more) is above {limit:g} on average; lines with message "
        "drift say of which column",
        severity="ticket",
        conditions=[
            {
                "display_name": "what it is asked has drifted",
                "condition_threshold": {
                    "filter": watched,
                    "comparison": "COMPARISON_GT",
                    "threshold_value": limit,
                    "duration": "0s",
                    "aggregations": [
                        {
                            "alignment_period": f"{hours * _HOUR}s",
                            "per_series_aligner": "ALIGN_DELTA",
                            "cross_series_reducer": "REDUCE_MEAN",
                            "group_by_fields": ["metric.label.model_version"],
                        }
                    ],
                },
            }
        ],
    )
