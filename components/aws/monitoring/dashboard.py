"""One model's dashboard at CloudWatch.

The JSON is that of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
CloudWatch-Dashboard-Body-Structure.html; times are in ms, whatever the vendor counts in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import AlarmScope, Signal
from components.aws.monitoring.indicators import Indicator
from components.aws.monitoring.uses import Use
from components.monitoring import Asked
from facts.alerts import BURNS, BURNS_FAST
from facts.burn_rate import burn_rates

__all__ = ["Traffic", "model_dashboard"]

_WIDTH: Final = 24
_HEIGHT: Final = 6
_HEADER_HEIGHT: Final = 4
_HEADER_WIDTH: Final = 9
# Long enough for the longest period of a burn rate; the console's own three hours hold none of it.
_START: Final = "-PT12H"
# Lines of a burn rate, by the period of their points.
_BURNING: Final[Mapping[str, int]] = {"5 min": 300, "1 h": 3600, "6 h": 21_600}
_BLUE, _ORANGE, _RED = "#1f77b4", "#ff7f0e", "#d62728"
# In legends, as watch.py has them.
_OVERHEAD: Final = "overhead"
# Of versions that are beside each other, in all widgets.
_COLORS: Final[Mapping[str, str]] = {"stable": _BLUE, "candidate": _ORANGE}


@dataclass(frozen=True, slots=True)
class _Named:
    """What a metric is called for people, and by how much its values are divided."""

    title: str
    divisor: float = 1


_USES: Final[Mapping[str, _Named]] = {
    "CPUUtilization": _Named("CPU in %, 100 for each core"),
    "MemoryUtilization": _Named("Memory in %"),
    "GPUUtilization": _Named("GPU in %, 100 for each"),
    "CPUUtilizationNormalized": _Named("CPU in % of what it asked for"),
    "MemoryUtilizationNormalized": _Named("Memory in % of what it asked for"),
    "GPUUtilizationNormalized": _Named("GPU in % of what it asked for"),
    "OverheadLatency": _Named("p95 of SageMaker's overhead in ms", 1000),
    "ConcurrentExecutions": _Named("Instances in use at once"),
    "ServerlessConcurrentExecutionsUtilization": _Named("Concurrency in use, of 1"),
    "ServerlessProvisionedConcurrencySpilloverInvocations": _Named("Without a warm instance"),
    "ProvisionedConcurrencySpilloverInvocations": _Named("Requests without a warm instance"),
}


@dataclass(frozen=True, slots=True)
class _Limit:
    """A line, above which it is bad."""

    value: float
    label: str
    color: str = _RED
    fill: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What is shown of requests, each by what the legend says."""

    requests: Mapping[str, Signal]
    failed: Mapping[str, Signal]
    latency: Mapping[str, Signal]
    """Of any statistic; percentiles are shown."""
    units_per_ms: float
    """1000 for µs."""


@dataclass(frozen=True, slots=True)
class _Widget:
    title: str
    rows: Sequence[Sequence[Any]]
    columns: int = 12
    limits: Sequence[_Limit] = ()
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


def model_dashboard(  # noqa: PLR0917 - what is shown
    scope: AlarmScope,
    of: str,
    asked: Asked,
    indicators: Sequence[Indicator],
    uses: Sequence[Use],
    traffic: Traffic,
    alarms: Sequence[aws.cloudwatch.MetricAlarm | aws.cloudwatch.CompositeAlarm],
) -> aws.cloudwatch.Dashboard:
    """The dashboard, of the name `of`; the same settings mean the same text."""
    lookup = pulumi.InvokeOptions(parent=scope.parent)
    region = aws.get_region_output(opts=lookup).region
    widgets = [
        _placed(
            *(0, 0, _HEADER_WIDTH, _HEADER_HEIGHT, "text"),
            {"markdown": _header(scope, of, asked, indicators)},
        ),
        _placed(
            *(_HEADER_WIDTH, 0, _WIDTH - _HEADER_WIDTH, _HEADER_HEIGHT, "alarm"),
            {
                "title": "Alarms, the last to change first",
                "alarms": [alarm.arn for alarm in alarms],
                "sortBy": "stateUpdatedTimestamp",
            },
        ),
        *_laid_out(list(_widgets(asked, indicators, uses, traffic)), region),
    ]
    return aws.cloudwatch.Dashboard(
        f"{scope.name}-dashboard",
        dashboard_name=of,
        dashboard_body=pulumi.Output.json_dumps(
            # Else the console takes periods of its own, and all burn rates are of the same.
            {"start": _START, "periodOverride": "inherit", "widgets": widgets},
            sort_keys=True,
        ),
        opts=pulumi.ResourceOptions(parent=scope.parent),
    )


def _header(scope: AlarmScope, of: str, asked: Asked, indicators: Sequence[Indicator]) -> str:
    says = "; ".join(each.says for each in indicators)
    told = [f"Over {asked.slo.window_days} days {says}."]
    if scope.about is not None:
        told.append(f"Owner: {scope.about.owner}.")
        if scope.about.rollout:
            told.append(f"{scope.about.rollout}.")
    if "{alert}" in asked.runbook_url:
        links = (f"[{each}]({asked.runbook_url.replace('{alert}', each)})" for each in _LINKED)
        told.append(f"Runbooks: {', '.join(links)}")
    elif asked.runbook_url:
        told.append(f"[Runbook]({asked.runbook_url})")
    return f"## {of}\n{' '.join(told)}"


_LINKED: Final = (BURNS_FAST, BURNS)


def _widgets(
    asked: Asked, indicators: Sequence[Indicator], uses: Sequence[Use], traffic: Traffic
) -> Iterator[_Widget]:
    slo = asked.slo
    yield _Widget(
        f"Error budget left in %, of {slo.window_days} days",
        [
            row
            for number, each in enumerate(indicators)
            for row in _math(
                each,
                f"100 - ({each.bad_percent}) / {each.budget:g}",
                each.word,
                number=number,
            )
        ],
        columns=6,
        more={
            "view": "singleValue",
            "setPeriodToTimeRange": True,
            "start": f"-P{slo.window_days}D",
        },
    )
    for each in indicators:
        yield _Widget(
            f"Burn rate: {each.word}",
            [
                row
                for number, (legend, period) in enumerate(_BURNING.items())
                for row in _math(
                    each,
                    f"({each.bad_percent}) / {100 * each.budget:g}",
                    legend,
                    period=period,
                    number=number,
                )
            ],
            columns=9,
            limits=list(_burning_limits(slo.window_days)),
        )
    yield _Widget("Requests per minute", _plain(traffic.requests))
    yield _Widget("Failed requests per minute", _plain(traffic.failed))
    yield from _latencies(traffic, slo.latency_p95_ms)
    for use in uses:
        named = _USES.get(use.signal.metric, _Named(use.signal.metric))
        yield _Widget(
            f"{named.title} ({use.role})",
            list(_scaled("used", use.role, use.signal, use.signal.stat, named.divisor)),
            columns=8,
            limits=[_Limit(use.threshold / named.divisor, "alarm")],
        )


def _burning_limits(days: int) -> Iterator[_Limit]:
    yield _Limit(1, f"lasts just {days} days", _ORANGE, fill=False)
    if pages := [each.factor for each in burn_rates(days) if each.severity == "page"]:
        yield _Limit(min(pages), "pages from here on")


def _latencies(traffic: Traffic, bound_ms: float) -> Iterator[_Widget]:
    """What the objective is of, and what is around it."""
    for title, percentiles, limits in (
        ("p95 of the latency in ms", ("p95",), [_Limit(bound_ms, "objective")]),
        ("p50 and p99 of the latency in ms", ("p50", "p99"), []),
    ):
        rows = [
            row
            for number, (legend, signal) in enumerate(traffic.latency.items())
            if limits or _OVERHEAD not in legend
            for percentile in percentiles
            for row in _scaled(
                f"m{number}{percentile}",
                legend if len(percentiles) == 1 else f"{legend} {percentile}",
                signal,
                percentile,
                traffic.units_per_ms,
            )
        ]
        yield _Widget(title, rows, limits=limits)


def _plain(signals: Mapping[str, Signal]) -> list[list[Any]]:
    return [
        _row(signal, {"label": legend, "stat": signal.stat, "period": 60} | _color(legend))
        for legend, signal in signals.items()
    ]


def _color(legend: str) -> dict[str, str]:
    version, _, of = legend.partition(", ")
    # Two percentiles of one version in one widget are told apart by theirs.
    return {"color": _COLORS[version]} if version in _COLORS and of in {"", "model"} else {}


def _scaled(
    query: str, legend: str, signal: Signal, stat: str, divisor: float
) -> Iterator[list[Any]]:
    """A metric in units for people; `query` is unlike those of others in the widget."""
    if divisor == 1:
        yield _row(signal, {"label": legend, "stat": stat, "period": 60} | _color(legend))
        return
    yield _row(signal, {"id": query, "stat": stat, "period": 60, "visible": False})
    yield [
        {"expression": f"{query} / {divisor:g}", "id": f"e{query}", "label": legend}
        | _color(legend)
    ]


def _math(
    indicator: Indicator, expression: str, legend: str, *, period: int = 300, number: int = 0
) -> Iterator[list[Any]]:
    """An expression over an indicator's metrics, whose names are made unlike those of others."""
    for query, signal in indicator.signals.items():
        yield _row(
            signal,
            {
                "id": f"{query}x{number}",
                "stat": signal.stat,
                "period": period,
                "visible": False,
            },
        )
        expression = expression.replace(f"FILL({query},", f"FILL({query}x{number},")
    yield [{"expression": expression, "id": f"e{number}", "label": legend, "period": period}]


def _row(signal: Signal, more: Mapping[str, Any]) -> list[Any]:
    dimensions = [text for pair in sorted(signal.dimensions.items()) for text in pair]
    return [signal.namespace, signal.metric, *dimensions, dict(more)]


def _laid_out(widgets: Sequence[_Widget], region: pulumi.Output[str]) -> Iterator[dict[str, Any]]:
    """Widgets from left to right, a new row where one is full."""
    x, y = 0, _HEADER_HEIGHT
    for widget in widgets:
        if x + widget.columns > _WIDTH:
            x, y = 0, y + _HEIGHT
        properties: dict[str, Any] = {
            "title": widget.title,
            "region": region,
            "metrics": [list(row) for row in widget.rows],
            "view": "timeSeries",
            **widget.more,
        }
        if properties["view"] == "timeSeries":
            properties["yAxis"] = {"left": {"min": 0, "showUnits": False}}
        if widget.limits:
            properties["annotations"] = {"horizontal": [_line(each) for each in widget.limits]}
        yield _placed(x, y, widget.columns, _HEIGHT, "metric", properties)
        x += widget.columns


def _line(limit: _Limit) -> dict[str, Any]:
    line = {"value": limit.value, "label": f"{limit.label}: {limit.value:g}", "color": limit.color}
    return line | ({"fill": "above"} if limit.fill else {})


def _placed(  # noqa: PLR0917 - a place
    x: int, y: int, width: int, height: int, kind: str, properties: Mapping[str, Any]
) -> dict[str, Any]:
    return {
        "type": kind,
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "properties": dict(properties),
    }
