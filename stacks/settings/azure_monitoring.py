"""What an environment says of monitoring on Azure: which alerts, who is told, what people read."""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from facts.alerts import RUNBOOK_URL
from facts.azure_monitor import RUNBOOK_URL_LENGTH
from facts.resource_ids import azure_id
from stacks.settings.fields import Closed, Truth

__all__ = ["AzureMonitoring"]

_ACTION_GROUP: Final = azure_id("Microsoft.Insights/actionGroups", "[^/]+")
_WORKSPACE: Final = azure_id("Microsoft.OperationalInsights/workspaces", "[^/]+")


class AzureMonitoring(Closed):
    """What watches each model on Azure ML and Azure Functions, beside the alerts at its bounds."""

    alarms: Literal["burn_rate", "symptoms"] = "burn_rate"
    """burn_rate: alerts on how fast the error budget of each objective goes, and on what is full.
    symptoms: none beside those at the bounds."""
    dashboards: Truth = True
    """Whether each model has a workbook."""
    page_action_group_id: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{_ACTION_GROUP}$"),
            Field(json_schema_extra={"allowed": "its id: /subscriptions/…/actionGroups/name"}),
        ]
        | None
    ) = None
    """Id of the action group that is told when somebody has to be woken. Default: that of the other
    alerts, `alert_action_group_id` of `azure_ml` and of `azure_functions`."""
    log_workspace_id: (
        Annotated[
            str,
            StringConstraints(pattern=rf"^{_WORKSPACE}$"),
            Field(json_schema_extra={"allowed": "its id: /subscriptions/…/workspaces/name"}),
        ]
        | None
    ) = None
    """Id of the Log Analytics workspace that gets a row for each request of a model on Azure ML,
    which is billed by its size; needed for their burn rates and workbooks. Default: none."""
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
    """Where people on call read what to do, in the alerts' descriptions; `{alert}` becomes what
    the alert means (docs/monitoring-azure.md). Default: none."""
