"""What a model file says of drift, as arguments of components; none where it asks for nothing."""

from collections.abc import Mapping
from typing import Any

from facts.drift import drift_times
from facts.drift_profiles import PROFILE_VARIABLE, PSI_THRESHOLD
from stacks.settings.drift import Drift
from stacks.settings.profiled_drift import WithProfiledDrift

__all__ = ["drift_arguments", "monitored_drift", "profiled_drift_arguments", "with_profile"]


def drift_arguments(drift: Drift | None) -> dict[str, Any]:
    """Of what has the platform look at captured requests; what is not set is None."""
    if drift is None:
        return {}
    return {
        **profiled_drift_arguments(drift),
        "drift_features": list(drift.features) or None,
    }


def profiled_drift_arguments(drift: Drift | None) -> dict[str, Any]:
    """Of what gives the runtime its profile, and watches it."""
    if drift is None:
        return {}
    return {
        "drift_baseline_uri": drift.baseline_uri,
        "drift_threshold": drift.threshold,
        "drift_schedule": drift.schedule,
    }


def monitored_drift(drift: Drift | None) -> dict[str, Any]:
    """Of what watches the runtime's metrics."""
    if drift is None:
        return {}
    return {
        "drift_threshold": PSI_THRESHOLD if drift.threshold is None else drift.threshold,
        "drift_hours": drift_times(drift.schedule).every,
    }


def with_profile(variables: Mapping[str, str], model: WithProfiledDrift) -> dict[str, str]:
    """The variables with where the runtime pulls its profile from."""
    if model.drift is None:
        return dict(variables)
    return {PROFILE_VARIABLE: model.drift.baseline_uri, **variables}
