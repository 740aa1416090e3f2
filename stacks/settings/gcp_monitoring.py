"""What an environment says of monitoring on Google Cloud: which policies, and who is told."""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from facts.alerts import RUNBOOK_URL
from facts.cloud_monitoring import RUNBOOK_URL_LENGTH
from stacks.settings.fields import Closed, Truth
from stacks.settings.google_cloud import NotificationChannel

__all__ = ["GcpMonitoring"]


class GcpMonitoring(Closed):
    """What watches each model on Vertex AI and Cloud Run, beside the policies at its bounds."""

    alarms: Literal["burn_rate", "symptoms"] = "burn_rate"
    """burn_rate: policies on how fast the error budget of each objective goes, and on what is full.
    symptoms: none beside those at the bounds."""
    dashboards: Truth = True
    """Whether each model has a dashboard at Cloud Monitoring."""
    page_channels: list[NotificationChannel] = Field(default=[])
    """Channels of Cloud Monitoring that are told when somebody has to be woken. Default: those of
    the other policies, `notification_channels` of `vertex` and of `cloud_run`."""
    runbook_url: (
        Annotated[
            str,
            StringConstraints(
                pattern=f"^{RUNBOOK_URL}$", max_length=int(RUNBOOK_URL_LENGTH.maximum or 0)
            ),
            Field(
                json_schema_extra={
                    "allowed": "a URL, with {alert} where goes what the alert means, such as "
                    "https://wiki.corp/runbooks/{alert}"
                }
            ),
        ]
        | None
    ) = None
    """Where people on call read what to do, in the policies' documentation; `{alert}` becomes what
    the alert means (docs/monitoring-gcp.md). Default: none."""
