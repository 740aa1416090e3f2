"""Alarms on how fast an error budget goes: a long and a short window each, joined by AND."""

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import AlarmScope, Evaluation, metric_alarm
from components.aws.monitoring.indicators import Indicator
from facts.alerts import BURNS, BURNS_FAST
from facts.burn_rate import BurnRate, Severity, burn_rates, duration, reachable
from facts.cloudwatch import AlarmWindow, alarm_window

__all__ = ["burn_rate_alarms"]

_ALERTS: Final[dict[Severity, tuple[str, str]]] = {
    "page": (BURNS_FAST, "burns-fast"),
    "ticket": (BURNS, "burns"),
}


def burn_rate_alarms(
    scope: AlarmScope, of: str, indicators: Sequence[Indicator], window_days: int
) -> list[aws.cloudwatch.CompositeAlarm]:
    """One alarm for each objective and severity, over two metric alarms for each pair of windows.

    Only those of both windows tell anybody.

    Args:
        scope: where they belong.
        of: name of what is watched, which the names of the joining alarms begin with.
        indicators: what is measured.
        window_days: the SLO's window.
    """
    found: list[aws.cloudwatch.CompositeAlarm] = []
    for indicator in indicators:
        rates = reachable(burn_rates(window_days), indicator.budget)
        for severity, (alert, word) in _ALERTS.items():
            pairs = [each for each in rates if each.severity == severity]
            rules = [
                pulumi.Output.concat(
                    "(",
                    _in_alarm(scope, of, indicator, pair, pair.long_minutes),
                    " AND ",
                    _in_alarm(scope, of, indicator, pair, pair.short_minutes),
                    ")",
                )
                for pair in pairs
                if alarm_window(pair.long_minutes) is not None
            ]
            if not rules:
                continue
            spent = ", or ".join(each.spent for each in pairs)
            is_page = severity == "page"
            actions = scope.page_actions if is_page else scope.ticket_actions
            found.append(
                aws.cloudwatch.CompositeAlarm(
                    f"{scope.name}-{indicator.word}-{word}",
                    alarm_name=f"{of}-{indicator.word}-{word}",
                    alarm_description=scope.described(
                        alert,
                        f'{of}: "{indicator.says}" over {window_days} days: budget goes {spent}',
                    ),
                    alarm_rule=pulumi.Output.all(*rules).apply(" OR ".join),
                    alarm_actions=actions,
                    ok_actions=actions,
                    tags=dict(scope.tags),
                    opts=pulumi.ResourceOptions(parent=scope.parent),
                )
            )
    return found


def _in_alarm(
    scope: AlarmScope, of: str, indicator: Indicator, rate: BurnRate, minutes: int
) -> pulumi.Output[str]:
    """The part of a rule that one window is."""
    window = alarm_window(minutes) or AlarmWindow(minutes * 60, 1)
    alert, _ = _ALERTS[rate.severity]
    limit = round(rate.threshold(indicator.budget) * 100, 6)
    each = "" if window.periods == 1 else f", in each of {window.periods} parts of them"
    alarm = metric_alarm(
        scope,
        f"{indicator.word}-{rate.severity}-{minutes}m",
        description=scope.described(
            alert,
            f"{of}: more than {limit:g} % of requests of {duration(minutes)} missed "
            f'"{indicator.says}"{each}',
        ),
        signals=indicator.signals,
        expression=indicator.bad_percent,
        threshold=limit,
        evaluation=Evaluation(
            period_seconds=window.period_seconds,
            periods=window.periods,
            breaching=window.periods,
        ),
    )
    return pulumi.Output.concat('ALARM("', alarm.name, '")')
