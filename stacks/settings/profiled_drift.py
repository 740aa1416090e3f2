"""What a model file says of drift where this project's own runtime looks at it, by a profile."""

from collections.abc import Mapping
from typing import Any

from facts.drift import drift_times
from facts.drift_profiles import PROFILE_VARIABLE, PSI_THRESHOLD
from stacks.settings.drift import Drift
from stacks.settings.fields import Closed

__all__ = ["WithProfiledDrift", "component_drift", "monitored_drift", "with_profile"]


class WithProfiledDrift(Closed):
    """A target whose replicas run this project's runtime."""

    drift: Drift | None = None
    """Whether what the model is asked still looks like its training: `baseline_uri` is a profile
    of it (docs/drift.md). Default: nobody looks."""


def with_profile(variables: Mapping[str, str], model: WithProfiledDrift) -> dict[str, str]:
    """The variables with where the runtime pulls its profile from."""
    if model.drift is None:
        return dict(variables)
    return {PROFILE_VARIABLE: model.drift.baseline_uri, **variables}


def component_drift(model: WithProfiledDrift) -> dict[str, Any]:
    """The arguments of a component that gives the runtime its profile, and watches it."""
    if model.drift is None:
        return {}
    return {
        "drift_baseline_uri": model.drift.baseline_uri,
        "drift_threshold": model.drift.threshold,
        "drift_schedule": model.drift.schedule,
    }


def monitored_drift(model: WithProfiledDrift) -> dict[str, Any]:
    """The arguments of what watches the runtime's metrics."""
    if model.drift is None:
        return {}
    threshold = model.drift.threshold
    return {
        "drift_threshold": PSI_THRESHOLD if threshold is None else threshold,
        "drift_hours": drift_times(model.drift.schedule).every,
    }
