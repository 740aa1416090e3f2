"""What is asked of a model's monitoring on Azure, and the scope of its alerts that follows."""

import dataclasses
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.azure.monitoring.alerts import About, AlertScope
from components.checks import Checks
from components.monitoring import (
    ALARMS,
    BURN_RATE,
    SYMPTOMS,
    Asked,
    is_described,
    read_runbook_url,
    refuse_out_of_reach,
    rollout_said,
)
from components.serving import Core
from facts.azure_monitor import RUNBOOK_URL_LENGTH
from facts.resource_ids import azure_id
from facts.slo import DEFAULT_WINDOW_DAYS

__all__ = ["LOG_WORKSPACE", "Workbook", "alert_scope", "read_monitoring", "workbook_of"]

LOG_WORKSPACE: Final = azure_id("Microsoft.OperationalInsights/workspaces")
_ACTION_GROUP: Final = azure_id("Microsoft.Insights/actionGroups").replace(
    "Insights", "[iI]nsights"
)


@dataclass(frozen=True, slots=True)
class Workbook:
    """The name and the title of a model's workbook; both are what no other one has."""

    name: pulumi.Output[str]
    title: str
    url: pulumi.Output[str]


def read_monitoring(checks: Checks, core: Core, *, needs_logs: bool) -> Asked:
    """`alarms`, `dashboard`, `page_action_group_id`, `runbook_url` and `window_days`.

    Where `needs_logs`, requests are in no log unless `log_workspace_id` says where to.
    """
    days = checks.whole("window_days", DEFAULT_WINDOW_DAYS, 1, 365)
    alarms = checks.choice("alarms", SYMPTOMS, ALARMS)
    dashboard = checks.flag("dashboard", default=False)
    if alarms == SYMPTOMS and checks.given("page_action_group_id"):
        checks.problem("alarms", alarms, "burn_rate: no other alert is a page")
    checks.optional_text("page_action_group_id", _ACTION_GROUP, "the id of an action group")
    if needs_logs and not checks.given("log_workspace_id"):
        for key, wanted in (("alarms", alarms == BURN_RATE), ("dashboard", dashboard)):
            if wanted:
                use = "it with log_workspace_id: no metric tells which share of requests was bad"
                checks.problem(key, alarms if key == "alarms" else dashboard, use)
    slo = dataclasses.replace(core.slo, window_days=days)
    if alarms == BURN_RATE:
        refuse_out_of_reach(checks, slo, "no alert on its budget could fire")
    return Asked(
        slo,
        burn_rates=alarms == BURN_RATE,
        dashboard=dashboard,
        runbook_url=read_runbook_url(checks, RUNBOOK_URL_LENGTH, "alert"),
        described=is_described(checks, "page_action_group_id"),
    )


def workbook_of(core: Core, args: Mapping[str, Any], target: str) -> Workbook:
    """Of one target: a model that moves to another has both for a moment."""
    title = f"{core.physical_name} on {target}"
    place = (args["subscription_id"], args["resource_group"])
    parts = pulumi.Output.all(*place)
    name = parts.apply(
        lambda known: str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join([*map(str, known), title])))
    )
    url = pulumi.Output.concat(
        "https://portal.azure.com/#resource/subscriptions/",
        *(args["subscription_id"], "/resourceGroups/", args["resource_group"]),
        *("/providers/Microsoft.Insights/workbooks/", name),
    )
    return Workbook(name, title, url)


def alert_scope(
    core: Core,
    args: Mapping[str, Any],
    asked: Asked,
    *,
    workbook: Workbook,
    location: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> AlertScope:
    """The scope of a model's alerts."""
    about = About(
        core.name,
        core.environment,
        core.owner,
        asked.runbook_url,
        workbook.url if asked.dashboard else None,
        rollout_said(core),
    )
    return AlertScope(
        name=core.name,
        resource_group=args["resource_group"],
        location=location,
        tags=core.aws_tags(),
        action_group_id=args.get("alert_action_group_id"),
        page_action_group_id=args.get("page_action_group_id"),
        about=about if asked.described else None,
        opts=opts,
    )
