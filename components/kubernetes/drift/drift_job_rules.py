"""Alerts on a drift job, by what kube-state-metrics tells of Jobs.

Which exit code a pod had it does not tell, and reasons of failed Jobs it knows three:
`BackoffLimitExceeded`, `DeadlineExceeded`, `Evicted`; the label is empty for any other
(https://github.com/kubernetes/kube-state-metrics, internal/store/job.go, read 2026-11-26). A Job
that its pod failure policy ends has the reason `PodFailurePolicy`: that is how drift is told from a
job that could not look.
"""

from typing import Any

from components.kubernetes.monitoring.watched import Watched
from facts.alerts import DATA_DRIFTS, DRIFT_UNKNOWN

__all__ = ["drift_job_rules"]

# A failed Job has no condition for a moment, and no reason either.
_WAIT = "5m"


def drift_job_rules(about: Watched, cron_job: str, threshold: float) -> list[dict[str, Any]]:
    """The group of them; `cron_job` is the name of the CronJob in the model's namespace."""
    namespace, model = about.namespace, f"{about.model} in {about.environment}"
    own = (
        "on (namespace, job_name) group_left ()\n"
        "max by (namespace, job_name) (kube_job_owner"
        f'{{namespace="{namespace}",owner_kind="CronJob",owner_name="{cron_job}"}})'
    )
    # With several kube-state-metrics each tells the same.
    by_policy = (
        "max by (namespace, job_name) (kube_job_status_failed"
        f'{{namespace="{namespace}",reason=~"|PodFailurePolicy"}} > 0)'
    )
    failed = (
        "max by (namespace, job_name) (kube_job_failed"
        f'{{namespace="{namespace}",condition="true"}} > 0)'
    )
    logs = f"`kubectl logs --namespace {namespace} job/{{{{ $labels.job_name }}}}`"
    return [
        {
            "name": f"{namespace}-{cron_job}",
            "rules": [
                about.alerts.alert(
                    DATA_DRIFTS,
                    f"{by_policy}\n* {own}",
                    severity="ticket",
                    wait=_WAIT,
                    summary=f"What {model} is asked has drifted",
                    description=(
                        "The population stability index of a feature of its captured requests is "
                        f"above {threshold:g}; {logs} says which."
                    ),
                ),
                about.alerts.alert(
                    DRIFT_UNKNOWN,
                    f"({failed}\n* {own})\nunless on (namespace, job_name)\n{by_policy}",
                    severity="ticket",
                    wait=_WAIT,
                    summary=f"Nobody looks whether what {model} is asked drifts",
                    description=f"The job that looks failed; {logs} says why.",
                ),
            ],
        }
    ]
