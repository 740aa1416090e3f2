"""What watches a model on AWS, as arguments of its component."""

from typing import Any

from stacks.settings.common import EveryDeployment
from stacks.settings.load import Settings
from stacks.targets.translation import as_kind

__all__ = ["monitoring_arguments"]


def monitoring_arguments(settings: Settings, name: str) -> dict[str, Any]:
    """Nothing where the environment asks for none; what is not set is None."""
    aws = settings.site.targets.aws
    if aws is None or aws.monitoring is None:
        return {}
    asked = aws.monitoring
    return {
        "window_days": as_kind(EveryDeployment, settings.models[name]).slo.window_days,
        "alarms": asked.alarms,
        "dashboard": asked.dashboards,
        "page_topic_arn": asked.page_topic_arn if asked.alarms == "burn_rate" else None,
        "runbook_url": asked.runbook_url,
    }
