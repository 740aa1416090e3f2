"""Service-level indicators of one model in KQL: which of its requests were bad, and over what.

A query is one summary of one table, so that a rule of any frequency takes it; it says its windows
itself, for the service gives a query that has `ago` more than its rule's window.
https://learn.microsoft.com/azure/azure-monitor/alerts/alerts-create-log-alert-rule
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from facts.azure_monitor import ARRIVAL_MINUTES, RequestTable
from facts.burn_rate import BurnRate
from facts.slo import SLOW_BUDGET, Slo

__all__ = [
    "VALUE",
    "Indicator",
    "Requests",
    "budget_query",
    "burn_query",
    "burning_query",
    "by_version_query",
    "failed_query",
    "indicators",
    "instances_query",
    "latency_query",
    "spent_query",
    "throttled_query",
]

# The column that a rule compares.
VALUE: Final = "value"


@dataclass(frozen=True, slots=True)
class Requests:
    """Where the requests of one model are: a table, and a condition that is true of them alone."""

    table: RequestTable
    where: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """One objective of an SLO, and what it is measured by."""

    word: str
    """errors or latency."""
    says: str
    """The objective, for people."""
    budget: float
    """Share of requests that may be bad, 0 to 1."""
    bad: str
    """KQL: whether a request was bad."""


def indicators(slo: Slo, table: RequestTable) -> list[Indicator]:
    """Errors and latency; the bound itself is within the objective."""
    return [
        Indicator(
            "errors",
            slo.errors_said,
            slo.error_rate_percent / 100,
            table.failed,
        ),
        Indicator(
            "latency",
            slo.latency_said(),
            SLOW_BUDGET,
            f"{table.milliseconds} > {_number(slo.latency_p95_ms)}",
        ),
    ]


def burn_query(of: Requests, indicator: Indicator, rates: Sequence[BurnRate]) -> str:
    """How many times its limit the burn rate is, of the pair that is furthest above its own.

    Both windows of a pair have to be: it counts as the lower one. A short window ends some minutes
    ago, when its requests have arrived; without requests none burns.
    """
    sums: list[str] = []
    burns: list[str] = []
    for number, rate in enumerate(rates):
        for word, minutes, until in (
            ("long", rate.long_minutes, 0),
            ("short", rate.short_minutes, ARRIVAL_MINUTES),
        ):
            window, within = f"{word}_{number}", _within(of.table, minutes, until=until)
            sums += [
                f"all_{window} = sumif({of.table.count}, {within})",
                f"bad_{window} = sumif({of.table.count}, bad and {within})",
            ]
            burns.append(
                f"{window} = iff(all_{window} > 0, "
                f"1.0 * bad_{window} / all_{window} / {_number(indicator.budget)}, 0.0)"
            )
    pairs = [
        f"min_of(long_{number}, short_{number}) / {_number(rate.factor)}"
        for number, rate in enumerate(rates)
    ]
    worst = pairs[0] if len(pairs) == 1 else f"max_of({', '.join(pairs)})"
    longest = max(each.long_minutes for each in rates)
    return _piped(
        *_rows(of, f"{longest}m"),
        f"extend bad = {indicator.bad}",
        _listed("summarize", sums),
        _listed("extend", burns),
        f"project {VALUE} = {worst}",
    )


def failed_query(table: RequestTable) -> str:
    """Failed requests in percent, of all that a rule sees; without requests there is no row."""
    return _piped(
        table.name,
        f"summarize every = sum({table.count}), missed = sumif({table.count}, {table.failed})",
        "where every > 0",
        f"project {VALUE} = 100.0 * missed / every",
    )


def throttled_query(of: Requests, minutes: int) -> str:
    """Requests in percent for which there was no room."""
    return _piped(
        *_rows(of, f"{minutes}m"),
        f"summarize refused = sumif({of.table.count}, {of.table.throttled}), "
        f"every = sum({of.table.count})",
        f"project {VALUE} = iff(every > 0, 100.0 * refused / every, 0.0)",
    )


def instances_query(of: Requests, minutes: int, step: int) -> str:
    """Instances that answered, in the part of a time with fewest of them; 0 where one had none.

    Parts are whole ones by the clock, the last of which has arrived: `step` minutes more at most.
    """
    until = f"bin(ago({ARRIVAL_MINUTES}m), {step}m)"
    since = f"bin(ago({minutes + ARRIVAL_MINUTES}m), {step}m)"
    return _piped(
        of.table.name,
        f"where {of.table.at} >= {since} and {of.table.at} < {until}",
        f"where {of.where}",
        f"summarize instances = dcount(cloud_RoleInstance, 4) by bin({of.table.at}, {step}m)",
        "summarize parts = count(), fewest = min(instances)",
        f"project {VALUE} = iff(parts >= {minutes // step}, fewest, 0)",
    )


def budget_query(of: Requests, indicator: Indicator, days: int) -> str:
    """Which part of the budget is left, in percent; all of it where nobody asked."""
    return _piped(
        *_rows(of, f"{days}d"),
        f"summarize every = sum({of.table.count}), "
        f"missed = sumif({of.table.count}, {indicator.bad})",
        f'project objective = "{indicator.says}", budget_left = iff(every > 0, '
        f"100.0 - 100.0 * missed / every / {_number(indicator.budget)}, 100.0)",
    )


def burning_query(of: Requests, indicator: Indicator, step: str) -> str:
    """Burn rates over time, in the time range that a reader chooses."""
    return _piped(
        of.table.name,
        f"where {of.where}",
        f"summarize every = sum({of.table.count}), "
        f"missed = sumif({of.table.count}, {indicator.bad}) by bin({of.table.at}, {step})",
        f"project {of.table.at}, {indicator.word} = "
        f"iff(every > 0, 1.0 * missed / every / {_number(indicator.budget)}, 0.0)",
    )


def by_version_query(of: Requests, counted: str) -> str:
    """Requests in five minutes, all or those of which `counted` is true, by who answered."""
    table = of.table
    summed = f"sumif({table.count}, {counted})" if counted else f"sum({table.count})"
    return _piped(
        table.name,
        f"where {of.where}",
        f"summarize requests = {summed} by {table.version}, bin({table.at}, 5m)",
    )


def latency_query(of: Requests) -> str:
    """Percentiles of five minutes, by who answered."""
    table = of.table
    percentiles = ", ".join(
        f"p{each} = percentile({table.milliseconds}, {each})" for each in (50, 95, 99)
    )
    return _piped(
        table.name,
        f"where {of.where}",
        f"summarize {percentiles} by {table.version}, bin({table.at}, 5m)",
    )


def spent_query(of: Requests, indicator: Indicator, version: str, minutes: int) -> str:
    """How many times its budget a version spends, in minutes whose logs are there.

    Without requests there is no row.
    """
    table = of.table
    return _piped(
        table.name,
        f"where {_within(table, minutes, until=ARRIVAL_MINUTES)}",
        f'where {of.where} and {table.version} =~ "{version}"',
        f"summarize every = sum({table.count}), missed = sumif({table.count}, {indicator.bad})",
        "where every > 0",
        f"project {VALUE} = 1.0 * missed / every / {_number(indicator.budget)}",
    )


def _rows(of: Requests, back: str) -> tuple[str, str, str]:
    return of.table.name, f"where {of.table.at} > ago({back})", f"where {of.where}"


def _within(table: RequestTable, minutes: int, *, until: int) -> str:
    since = f"{table.at} > ago({minutes + until}m)"
    return f"{since} and {table.at} <= ago({until}m)" if until else since


def _listed(operator: str, parts: Sequence[str]) -> str:
    return f"{operator}\n    " + ",\n    ".join(parts)


def _piped(first: str, *operators: str) -> str:
    return "\n| ".join((first, *operators))


def _number(value: float) -> str:
    """Without an exponent, which KQL has only of literals of its own."""
    return f"{value:.10f}".rstrip("0").rstrip(".")
