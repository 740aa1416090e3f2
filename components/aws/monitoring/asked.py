"""What is asked of a model's monitoring, and the scope of its alarms that follows."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import About, AlarmScope
from components.checks import Checks
from components.serving import Base, Core
from facts.alerts import RUNBOOK_URL
from facts.burn_rate import burn_rates, reachable
from facts.cloudwatch import RUNBOOK_URL_LENGTH
from facts.slo import DEFAULT_WINDOW_DAYS, Slo

__all__ = ["Asked", "alarm_scope", "read_monitoring"]

_SYMPTOMS: Final = "symptoms"
_BURN_RATE: Final = "burn_rate"
# Whoever says any of these has alarms that say more.
_KEYS: Final = ("alarms", "dashboard", "page_topic_arn", "runbook_url")


@dataclass(frozen=True, slots=True)
class Asked:
    """The arguments of monitoring, checked."""

    slo: Slo
    """With the window."""
    burn_rates: bool
    """Whether there is more than the alarms of a rollout."""
    dashboard: bool
    runbook_url: str
    described: bool
    """Whether alarms say for whom they are and what to do."""


def read_monitoring(checks: Checks, base: Base) -> Asked:
    """`alarms`, `dashboard`, `page_topic_arn`, `runbook_url` and `window_days`."""
    days = checks.whole("window_days", DEFAULT_WINDOW_DAYS, 1, 365)
    alarms = checks.choice("alarms", _SYMPTOMS, (_SYMPTOMS, _BURN_RATE))
    if alarms == _SYMPTOMS and checks.given("page_topic_arn"):
        checks.problem("alarms", alarms, "burn_rate: no other alarm is a page")
    runbook = ""
    if checks.given("runbook_url"):
        longest = int(RUNBOOK_URL_LENGTH.maximum or 0)
        use = f"a URL of at most {longest} signs; {{alert}} in it becomes what the alarm means"
        checks.text("runbook_url", RUNBOOK_URL, use)
        runbook = checks.plain("runbook_url")
        if len(runbook) > longest:
            checks.problem("runbook_url", runbook, use)
    slo = dataclasses.replace(base.slo, window_days=days)
    if alarms == _BURN_RATE:
        _check_reach(checks, slo)
    return Asked(
        slo,
        burn_rates=alarms == _BURN_RATE,
        dashboard=checks.flag("dashboard", default=False),
        runbook_url=runbook,
        described=any(checks.given(key) for key in _KEYS),
    )


def _check_reach(checks: Checks, slo: Slo) -> None:
    """Notes an objective whose budget is so large that no outage spends it too fast."""
    budget = slo.error_rate_percent / 100
    rates = burn_rates(slo.window_days)
    if not reachable(rates, budget):
        slowest = min(each.factor for each in rates)
        checks.problem(
            "error_rate_percent",
            slo.error_rate_percent,
            f"less, or alarms symptoms: {slowest:g} times as much is no less than all requests, "
            "so that no alarm on its budget could go off",
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
    rollout = ""
    if isinstance(base, Core) and base.candidate_version is not None:
        # Not its share, which moves: no step of a rollout changes the alarms that guard it.
        rollout = f"Version {base.candidate_version} is beside {base.model_version}"
    url = None
    if asked.dashboard:
        region = aws.get_region_output(opts=pulumi.InvokeOptions(parent=parent)).region
        url = region.apply(
            lambda name: (
                f"https://{name}.console.aws.amazon.com/cloudwatch/home?region={name}"
                f"#dashboards/dashboard/{of}"
            )
        )
    return About(base.owner, asked.runbook_url, url, rollout)
