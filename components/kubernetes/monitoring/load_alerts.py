"""Alerts on the pods themselves: none that answers, none that can be added."""

from typing import Any, Final

from components.kubernetes.monitoring.indicators import VERSION, Answering
from components.kubernetes.monitoring.watched import Watched
from facts.alerts import AT_MAXIMUM, DOES_NOT_ANSWER

__all__ = ["load_alerts"]

# By whether others share the server, of which a pod may answer without the model.
_SILENT: Final = {
    False: "No pod of {model} in {environment} answers",
    True: "No server has {model} in {environment} loaded",
}
_MEANS: Final = {
    False: "For 5 minutes no pod has told its metrics: there is none that runs, or Prometheus "
    "cannot reach them. Objectives are not measured meanwhile.",
    True: "For 5 minutes no pod of a server has told that it has the model: no server runs, none "
    "has room, the model cannot be loaded, or Prometheus cannot reach them. Objectives are not "
    "measured meanwhile.",
}


def load_alerts(
    about: Watched, answering: Answering, min_replicas: int, max_replicas: int
) -> dict[str, Any]:
    """The group of them; `up` is what Prometheus says of each pod that it scrapes."""
    rules: list[dict[str, Any]] = []
    if min_replicas:
        # A model that may sleep has no pods, and nothing is wrong.
        rules.append(
            about.alerts.alert(
                DOES_NOT_ANSWER,
                f"({answering.pods()} or vector(0)) == 0",
                severity="page",
                wait="5m",
                summary=_SILENT[bool(answering.shared)].format(
                    model=about.model, environment=about.environment
                ),
                description=_MEANS[bool(answering.shared)],
            )
        )
    # Of a model with one pod at most that says no more than that it is awake.
    if max_replicas > max(1, min_replicas):
        rules.append(
            about.alerts.alert(
                AT_MAXIMUM,
                f"{answering.pods(VERSION)} >= {max_replicas}",
                severity="ticket",
                wait="30m",
                summary=(
                    f"{about.model}{about.told_version} in {about.environment} has all of its "
                    f"{max_replicas} replicas"
                ),
                description=(
                    "For 30 minutes the autoscaler could not add any: more load makes it slower."
                ),
            )
        )
    return {"name": f"{about.namespace}-{about.model}-load", "rules": rules}
