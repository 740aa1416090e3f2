"""Requests and logs of an app in Application Insights, and alerts of its service level.

Instances send them by their identity: the connection string is no credential where local
authentication is off. A request's 95th percentile and the share of failed ones are in no metric of
the platform's; they are asked of the logs.
https://learn.microsoft.com/azure/azure-monitor/app/azure-ad-authentication
"""

from typing import Final

import pulumi
import pulumi_azure_native as azure

from components.azure.functions.functions_place import Place
from components.azure.functions.functions_settings import FunctionsSettings
from components.azure.monitoring.alerts import AlertScope, LogAlert, log_rule
from components.azure.monitoring.indicators import VALUE, failed_query
from facts.alerts import MISSES_OBJECTIVE
from facts.azure_monitor import REQUESTS
from facts.slo import Slo

__all__ = ["alerts", "telemetry"]

_MINUTES: Final = 5
# Of all functions of the app, whatever a package of one's own calls them.
_LATENCY: Final = f"{REQUESTS.name} | summarize {VALUE} = percentile({REQUESTS.milliseconds}, 95)"
_ERRORS: Final = failed_query(REQUESTS)


def telemetry(
    place: Place, settings: FunctionsSettings, workspace_id: pulumi.Input[str] | None
) -> azure.applicationinsights.Component:
    """Where requests and logs are kept; in a workspace of its own unless one is known."""
    if workspace_id is None:
        workspace_id = azure.operationalinsights.Workspace(
            f"{place.name}-logs",
            resource_group_name=place.resource_group,
            location=place.location,
            retention_in_days=settings.log_retention_days,
            sku=azure.operationalinsights.WorkspaceSkuArgs(name="PerGB2018"),
            features=azure.operationalinsights.WorkspaceFeaturesArgs(disable_local_auth=True),
            tags=place.tags,
            opts=place.child,
        ).id
    return azure.applicationinsights.Component(
        f"{place.name}-insights",
        resource_group_name=place.resource_group,
        location=place.location,
        kind="web",
        application_type=azure.applicationinsights.ApplicationType.WEB,
        disable_local_auth=True,
        workspace_resource_id=workspace_id,
        tags=place.tags,
        opts=place.child,
    )


def alerts(
    scope: AlertScope, slo: Slo, *, insights_id: pulumi.Input[str], description: str | None
) -> None:
    """Five minutes slower than the objective, and five with more failures than it allows."""
    for role, query, threshold, text in (
        ("latency", _LATENCY, slo.latency_p95_ms, "Requests are slower than the SLO."),
        ("errors", _ERRORS, slo.error_rate_percent, "More requests fail than the SLO."),
    ):
        alert = LogAlert(
            role=role,
            alert=MISSES_OBJECTIVE,
            says=" ".join(filter(None, (text, description))),
            query=query,
            threshold=threshold,
            minutes=_MINUTES,
            every_minutes=_MINUTES,
        )
        log_rule(scope, alert, insights_id)
