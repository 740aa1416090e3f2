"""Policies on how fast an error budget goes: a long and a short window each, joined by AND.

A policy joins all of its conditions in one way, so that each pair of windows is a policy.
"""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_gcp as gcp

from components.gcp.monitoring.asked import LONGEST_MINUTES
from components.gcp.monitoring.indicators import Objective
from components.gcp.monitoring.policies import Condition, PolicyScope, alert_policy
from facts.alerts import BURNS, BURNS_FAST
from facts.burn_rate import BurnRate, Severity, burn_rates, duration, reachable
from facts.cloud_monitoring import burn_rate_filter

__all__ = ["burn_rate_policies"]

_ALERTS: Final[dict[Severity, tuple[str, str]]] = {
    "page": (BURNS_FAST, "burns-fast"),
    "ticket": (BURNS, "burns"),
}


def burn_rate_policies(
    scope: PolicyScope, found: Sequence[Objective], window_days: int
) -> list[gcp.monitoring.AlertPolicy]:
    """A policy for each objective and pair of windows that could tell.

    Args:
        scope: where they belong.
        found: the objectives.
        window_days: days over which they hold.
    """
    rates = burn_rates(window_days, LONGEST_MINUTES)
    return [
        _policy(scope, objective, rate, window_days)
        for objective in found
        for rate in reachable(rates, objective.indicator.budget)
    ]


def _policy(
    scope: PolicyScope, objective: Objective, rate: BurnRate, window_days: int
) -> gcp.monitoring.AlertPolicy:
    indicator = objective.indicator
    alert, word = _ALERTS[rate.severity]
    share = f"{rate.budget_share * 100:g} %"
    return alert_policy(
        scope,
        f"{indicator.word}-{word}-{rate.long_minutes}m",
        alert=alert,
        says=f'"{indicator.says}" over {window_days} days: the budget goes {rate.factor:g} times '
        f"too fast, {share} of it in {duration(rate.long_minutes)}",
        severity=rate.severity,
        combiner="AND",
        conditions=[
            _condition(objective, rate.factor, minutes)
            for minutes in (rate.long_minutes, rate.short_minutes)
        ],
    )


def _condition(objective: Objective, factor: float, minutes: int) -> Condition:
    """Holds where the last so many minutes as a whole burn faster; the newest value alone counts.

    https://cloud.google.com/stackdriver/docs/solutions/slo-monitoring/api/create-policy-api: of the
    fields of a condition on an objective only these are used.
    """
    selected = pulumi.Output.from_input(objective.name).apply(
        lambda name: burn_rate_filter(name, minutes)
    )
    return {
        "display_name": f"burn rate of {duration(minutes)} above {factor:g}",
        "condition_threshold": {
            "filter": selected,
            "comparison": "COMPARISON_GT",
            "threshold_value": factor,
            "duration": "0s",
            "trigger": {"count": 1},
        },
    }
