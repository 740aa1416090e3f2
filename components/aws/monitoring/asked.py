"""What is asked of a model's monitoring, and the scope of its alarms that follows."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import About, AlarmScope
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
from components.serving import Base
from facts.cloudwatch import RUNBOOK_URL_LENGTH
from facts.slo import DEFAULT_WINDOW_DAYS

__all__ = ["alarm_scope", "read_monitoring"]


def read_monitoring(checks: Checks, base: Base) -> Asked:
    """`alarms`, `dashboard`, `page_topic_arn`, `runbook_url` and `window_days`."""
    days = checks.whole("window_days", DEFAULT_WINDOW_DAYS, 1, 365)
    alarms = checks.choice("alarms", SYMPTOMS, ALARMS)
    if alarms == SYMPTOMS and checks.given("page_topic_arn"):
        checks.problem("alarms", alarms, "burn_rate: no other alarm is a page")
    runbook = read_runbook_url(checks, RUNBOOK_URL_LENGTH, "alarm")
    slo = dataclasses.replace(base.slo, window_days=days)
    if alarms == BURN_RATE:
        refuse_out_of_reach(checks, slo, "no alarm on its budget could go off")
    return Asked(
        slo,
        burn_rates=alarms == BURN_RATE,
        dashboard=checks.flag("dashboard", default=False),
        runbook_url=runbook,
        described=is_described(checks, "page_topic_arn"),
    )


def alarm_scope(
    base: Base,
    args: Mapping[str, Any],
    asked: Asked,
    *,
    of: str,
    parent: pulumi.Resource,
) -> AlarmScope:
    """The scope of a model's alarms; `of` is the name of its dashboard too."""
    return AlarmScope(
        base.name,
        base.aws_tags(),
        args.get("alarm_topic_arn"),
        parent,
        args.get("page_topic_arn"),
        _about(base, asked, of, parent) if asked.described else None,
    )


def _about(base: Base, asked: Asked, of: str, parent: pulumi.Resource) -> About:
    url = None
    if asked.dashboard:
        region = aws.get_region_output(opts=pulumi.InvokeOptions(parent=parent)).region
        url = region.apply(
            lambda name: (
                f"https://{name}.console.aws.amazon.com/cloudwatch/home?region={name}"
                f"#dashboards/dashboard/{of}"
            )
        )
    return About(base.owner, asked.runbook_url, url, rollout_said(base))
