"""A model that is watched: what is said of it by all that watches it."""

import hashlib
from dataclasses import dataclass
from typing import Final

from components.kubernetes.monitoring.alerts import Alerts
from components.kubernetes.monitoring.indicators import VERSION
from components.kubernetes.monitoring.places import Places
from components.serving import Deployed

__all__ = ["Watched", "uid", "watched"]

# https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/: at most 40 signs.
_LONGEST_UID: Final = 40


@dataclass(frozen=True, slots=True)
class Watched:
    """A model and what its alerts have in common."""

    model: str
    environment: str
    namespace: str
    alerts: Alerts
    told_version: str = f" {{{{ $labels.{VERSION} }}}}"
    """How an alert by version says which one, "" where pods have none."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of what is recorded of it; not the owner, who may change."""
        return {
            "model": self.model,
            "environment": self.environment,
            "namespace": self.namespace,
        }

    def series(self, slo: str) -> dict[str, str]:
        """Labels of what is recorded of one objective."""
        return {**self.labels, "slo": slo}

    @property
    def matchers(self) -> str:
        """Matchers of PromQL that select what is recorded of it, and its alerts."""
        place = f'namespace="{self.namespace}",environment="{self.environment}"'
        return f'model="{self.model}",{place}'


def uid(namespace: str, environment: str, model: str) -> str:
    """What a dashboard's address holds: the same for the same model."""
    readable = f"{environment}-{namespace}-{model}"
    if len(readable) <= _LONGEST_UID:
        return readable
    digest = hashlib.sha256(readable.encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_UID - 9]}-{digest}"


def watched(
    model: Deployed, namespace: str, places: Places, *, rollout: str = "", versioned: bool = True
) -> Watched:
    """What alerts of a model say beside their own, and lead to.

    Args:
        model: whose name, environment and owner they say.
        namespace: of its pods.
        places: where people are led to.
        rollout: which versions there are, "" where nothing is to be said of it.
        versioned: whether its pods are of a version.
    """
    labels = {
        "model": model.name,
        "environment": model.environment,
        "namespace": namespace,
        "owner": model.owner,
    }
    url = places.dashboard(uid(namespace, model.environment, model.name))
    alerts = Alerts(places, url, labels, {"rollout": rollout} if rollout else {})
    if versioned:
        return Watched(model.name, model.environment, namespace, alerts)
    return Watched(model.name, model.environment, namespace, alerts, told_version="")
