"""Whether what a function is asked still looks like its model's training.

Each instance counts its rows by the bins of a profile, and tells the largest population stability
index in its log each thousand rows; Lambda's log group makes a metric of it by model and version
(CloudWatch's embedded metric format). An alarm looks at its average over all instances.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from collections.abc import Mapping
from typing import Any, Final

from components.aws.lambda_.lambda_settings import Settings
from components.aws.metric_alarm import About, AlarmScope, Evaluation, Signal, metric_alarm
from components.checks import Checks
from components.drift import Drifting, read_profiled_drift
from components.serving import Core
from facts.alerts import DATA_DRIFTS
from facts.drift import drift_times
from facts.drift_profiles import LEAST_ROWS, PSI_METRIC, PSI_THRESHOLD
from facts.lambda_serving import S3_FILE

__all__ = ["drift_alarms", "read_lambda_drift"]

_NAMESPACE: Final = "MODEL_SERVING_METRICS_NAMESPACE"
_USUAL: Final = "ModelServing"
_OFF: Final = "off"
_QUIET: Final = ("WARN", "ERROR", "FATAL")


def read_lambda_drift(
    checks: Checks, args: Mapping[str, Any], settings: Settings
) -> Drifting | None:
    """`drift_…`; it needs lines that are kept, and metrics that are made of them."""
    found = read_profiled_drift(
        checks, args, pattern=S3_FILE, use="the S3 URI of a profile, s3://bucket/key"
    )
    if found is None:
        return None
    if settings.environment_variables.get(_NAMESPACE) == _OFF:
        use = f"it without {_NAMESPACE}: {_OFF}, which leaves no metric to watch"
        checks.problem("drift_baseline_uri", args["drift_baseline_uri"], use)
    if settings.log_level in _QUIET:
        use = "INFO or less: drift is told in lines of that level"
        checks.problem("log_level", settings.log_level, use)
    return found


def drift_alarms(core: Core, drifting: Drifting, settings: Settings, scope: AlarmScope) -> None:
    """One for each version."""
    limit = PSI_THRESHOLD if drifting.threshold is None else drifting.threshold
    hours = drift_times(drifting.schedule).every
    namespace = settings.environment_variables.get(_NAMESPACE, _USUAL)
    about = scope.about or About(core.owner, "", None, "")
    versions = {"drift": core.model_version}
    if core.candidate_version is not None:
        versions["drift-candidate"] = core.candidate_version
    for role, version in versions.items():
        dimensions = {"model_name": core.name, "model_version": version}
        metric_alarm(
            scope,
            role,
            description=about.said(
                DATA_DRIFTS,
                f"{core.physical_name} {version}: over {hours} h the population stability index "
                f"of what instances were asked ({LEAST_ROWS} rows of each and more) is above "
                f"{limit:g} on average; lines with message drift say of which column",
            ),
            signals={"drift": Signal(namespace, PSI_METRIC, "Average", dimensions)},
            threshold=limit,
            evaluation=Evaluation(period_seconds=hours * 3600, periods=1, breaching=1),
            actions=scope.ticket_actions,
        )
