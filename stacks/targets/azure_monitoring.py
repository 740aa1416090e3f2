"""What watches a model on Azure, as arguments of its component."""

from typing import Any

from stacks.settings.common import EveryDeployment
from stacks.settings.load import Settings
from stacks.targets.translation import as_kind

__all__ = ["monitoring_arguments"]


def monitoring_arguments(settings: Settings, name: str) -> dict[str, Any]:
    """Nothing where the environment asks for none; what is not set is None."""
    azure = settings.site.targets.azure
    if azure is None or azure.monitoring is None:
        return {}
    asked = azure.monitoring
    return {
        "window_days": as_kind(EveryDeployment, settings.models[name]).slo.window_days,
        "alarms": asked.alarms,
        "dashboard": asked.dashboards,
        "page_action_group_id": asked.page_action_group_id if asked.alarms == "burn_rate" else None,
        "runbook_url": asked.runbook_url,
    }
