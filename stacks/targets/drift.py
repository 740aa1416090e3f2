"""What a model file says of drift, as arguments that the components share."""

from typing import Any

from stacks.settings.drift import Drift

__all__ = ["drift_arguments"]


def drift_arguments(drift: Drift | None) -> dict[str, Any]:
    """Nothing where the file asks for none; what is not set is None."""
    if drift is None:
        return {}
    return {
        "drift_baseline_uri": drift.baseline_uri,
        "drift_threshold": drift.threshold,
        "drift_schedule": drift.schedule,
        "drift_features": list(drift.features) or None,
    }
