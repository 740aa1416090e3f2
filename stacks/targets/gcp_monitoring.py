"""What watches a model on Google Cloud, as arguments of its component."""

from typing import Any

from stacks.settings.common import EveryDeployment
from stacks.settings.load import Settings
from stacks.targets.translation import as_kind

__all__ = ["has_dashboard", "monitoring_arguments"]


def monitoring_arguments(settings: Settings, name: str) -> dict[str, Any]:
    """Nothing where the environment asks for none; what is not set is None."""
    gcp = settings.site.targets.gcp
    if gcp is None or gcp.monitoring is None:
        return {}
    asked = gcp.monitoring
    return {
        "window_days": as_kind(EveryDeployment, settings.models[name]).slo.window_days,
        "alarms": asked.alarms,
        "dashboard": asked.dashboards,
        "page_channels": list(asked.page_channels) or None,
        "runbook_url": asked.runbook_url,
    }


def has_dashboard(settings: Settings, name: str) -> bool:
    """Whether the component of a model makes a dashboard, whose address it has as an output."""
    gcp = settings.site.targets.gcp
    if "gcp" not in settings.models[name].needs or gcp is None or gcp.monitoring is None:
        return False
    # Batches answer no requests.
    return isinstance(settings.models[name], EveryDeployment) and gcp.monitoring.dashboards
