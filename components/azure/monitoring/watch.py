"""All that watches one model on Azure beside the alerts at its bounds."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Final

import pulumi

from components.azure.monitoring.alerts import (
    PAGE,
    TICKET,
    AlertScope,
    LogAlert,
    MetricUse,
    log_alert,
    metric_alert,
)
from components.azure.monitoring.asked import Workbook
from components.azure.monitoring.indicators import Indicator, Requests, burn_query, indicators
from components.azure.monitoring.workbook import LogSource, model_workbook
from components.monitoring import Asked
from components.serving import window_word
from facts import tags
from facts.alerts import BURNS, BURNS_FAST
from facts.azure_monitor import RequestTable, watched_rates
from facts.burn_rate import BurnRate, Severity, reachable

__all__ = ["watch"]

_ALERTS: Final[dict[Severity, tuple[str, str, int]]] = {
    "page": (BURNS_FAST, "burns-fast", PAGE),
    "ticket": (BURNS, "burns", TICKET),
}


def watch(
    scope: AlertScope,
    of: str,
    asked: Asked,
    *,
    table: RequestTable,
    requests: pulumi.Input[Requests],
    source: LogSource,
    workbook: Workbook,
    uses: Iterable[MetricUse],
    others: Sequence[LogAlert],
) -> None:
    """Alerts on burn rates and on what fills up, and a workbook: what is asked for of them.

    Args:
        scope: where they belong.
        of: name of what is watched.
        asked: which of them.
        table: where its requests are.
        requests: which of them are the model's.
        source: what is asked for that table.
        workbook: its name and title.
        uses: what fills up, by metrics.
        others: further alerts over the same logs.
    """
    full, measured = list(uses), indicators(asked.slo, table)
    if asked.burn_rates:
        burning = replace(scope, tags={**scope.tags, **tags.aws(window_word(asked.slo))})
        for each in measured:
            for alert in _burn_alerts(each, requests, asked.slo.window_days):
                log_alert(burning, of, alert, source.resource_id)
        for alert in others:
            log_alert(scope, of, alert, source.resource_id)
        for use in full:
            metric_alert(scope, of, use)
    if asked.dashboard:
        model_workbook(
            scope,
            workbook,
            asked,
            requests=requests,
            measured=measured,
            uses=full,
            source=source,
        )


def _burn_alerts(
    indicator: Indicator, requests: pulumi.Input[Requests], window_days: int
) -> list[LogAlert]:
    """One for each severity, over all pairs of windows that it has."""
    found: list[LogAlert] = []
    rates = reachable(watched_rates(window_days), indicator.budget)
    for wanted, (alert, word, severity) in _ALERTS.items():
        pairs = [each for each in rates if each.severity == wanted]
        if not pairs:
            continue
        spent = ", or ".join(each.spent for each in pairs)
        found.append(
            LogAlert(
                role=f"{indicator.word}-{word}",
                alert=alert,
                says=f'"{indicator.says}" over {window_days} days: budget goes {spent}',
                query=_query(indicator, requests, pairs),
                threshold=1,
                minutes=max(each.long_minutes for each in pairs),
                severity=severity,
            )
        )
    return found


def _query(
    indicator: Indicator, requests: pulumi.Input[Requests], pairs: Sequence[BurnRate]
) -> pulumi.Output[str]:
    return pulumi.Output.from_input(requests).apply(
        lambda known: burn_query(known, indicator, pairs)
    )
