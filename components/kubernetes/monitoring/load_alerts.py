"""Alerts on the pods themselves: none that answers, none that can be added."""

from typing import Any

from components.kubernetes.monitoring.indicators import VERSION, answering_pods
from components.kubernetes.monitoring.slo_rules import Watched

__all__ = ["load_alerts"]


def load_alerts(
    about: Watched, selector: str, min_replicas: int, max_replicas: int
) -> dict[str, Any]:
    """The group of them; `up` is what Prometheus says of each pod that it scrapes."""
    rules: list[dict[str, Any]] = []
    if min_replicas:
        # A model that may sleep has no pods, and nothing is wrong.
        rules.append(
            about.alerts.alert(
                "ModelDoesNotAnswer",
                f"({answering_pods(selector)} or vector(0)) == 0",
                severity="page",
                wait="5m",
                summary=f"No pod of {about.model} in {about.environment} answers",
                description=(
                    "For 5 minutes no pod has told its metrics: there is none that runs, or "
                    "Prometheus cannot reach them. Objectives are not measured meanwhile."
                ),
            )
        )
    # Of a model with one pod at most that says no more than that it is awake.
    if max_replicas > max(1, min_replicas):
        rules.append(
            about.alerts.alert(
                "ModelAtMaximumReplicas",
                f"{answering_pods(selector, VERSION)} >= {max_replicas}",
                severity="ticket",
                wait="30m",
                summary=(
                    f"{about.model} {{{{ $labels.{VERSION} }}}} in {about.environment} has all of "
                    f"its {max_replicas} replicas"
                ),
                description=(
                    "For 30 minutes the autoscaler could not add any: more load makes it slower."
                ),
            )
        )
    return {"name": f"{about.namespace}-{about.model}-load", "rules": rules}
