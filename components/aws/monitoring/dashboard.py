"""One model's dashboard at CloudWatch.

The JSON is that of https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/
CloudWatch-Dashboard-Body-Structure.html; times are in ms, whatever the vendor counts in.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import pulumi
import pulumi_aws as aws

from components.aws.metric_alarm import BURNS, BURNS_FAST, AlarmScope, Signal
from components.aws.monitoring.asked import Asked
from components.aws.monitoring.indicators import Indicator
from components.aws.monitoring.uses import Use

__all__ = ["Traffic", "model_dashboard"]

_WIDTH: Final = 24
_HEIGHT: Final = 6
_HEADER_HEIGHT: Final = 3
# Lines of a burn rate, by the period of their points.
_BURNING: Final[Mapping[str, int]] = {"5 min": 300, "1 h": 3600, "6 h": 21_600}
_PERCENTILES: Final = ("p50", "p95", "p99")


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
    limit: float | None = None
    """Drawn as a line; above it is bad."""
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
        _placed(0, 0, _WIDTH, _HEADER_HEIGHT, "text", {"markdown": _header(scope, of, asked)}),
        _placed(
            0,
            _HEADER_HEIGHT,
            _WIDTH,
            _HEADER_HEIGHT,
            "alarm",
            {"title": "Alarms", "alarms": [alarm.arn for alarm in alarms]},
        ),
        *_laid_out(list(_widgets(asked, indicators, uses, traffic)), region),
    ]
    return aws.cloudwatch.Dashboard(
        f"{scope.name}-dashboard",
        dashboard_name=of,
        dashboard_body=pulumi.Output.json_dumps({"widgets": widgets}, sort_keys=True),
        opts=pulumi.ResourceOptions(parent=scope.parent),
    )


def _header(scope: AlarmScope, of: str, asked: Asked) -> str:
    owner = scope.about.owner if scope.about is not None else ""
    text = f"# {of}\n{asked.slo}, over {asked.slo.window_days} days. Owner: {owner}."
    if not asked.runbook_url:
        return text
    if "{alert}" not in asked.runbook_url:
        return f"{text} [Runbook]({asked.runbook_url})"
    links = (f"[{each}]({asked.runbook_url.replace('{alert}', each)})" for each in _LINKED)
    return f"{text} Runbooks: {', '.join(links)}"


_LINKED: Final = (BURNS_FAST, BURNS)


def _widgets(
    asked: Asked, indicators: Sequence[Indicator], uses: Sequence[Use], traffic: Traffic
) -> Iterator[_Widget]:
    slo = asked.slo
    for each in indicators:
        yield _Widget(
            f"Error budget left in %: {each.word}",
            list(_math(each, f"100 - ({each.bad_percent}) / {each.budget:g}", each.word)),
            columns=6,
            more={
                "view": "singleValue",
                "setPeriodToTimeRange": True,
                "start": f"-P{slo.window_days}D",
            },
        )
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
            columns=6,
            limit=1,
        )
    yield _Widget("Requests per minute", _plain(traffic.requests))
    yield _Widget("Failed requests per minute", _plain(traffic.failed))
    yield _Widget(
        "Latency in ms",
        [
            row
            for number, (legend, signal) in enumerate(traffic.latency.items())
            for row in _latency(number, legend, signal, traffic.units_per_ms)
        ],
        columns=_WIDTH,
        limit=slo.latency_p95_ms,
    )
    for use in uses:
        yield _Widget(
            f"{use.signal.metric} ({use.role})",
            _plain({use.role: use.signal}),
            columns=8,
            limit=use.threshold,
        )


def _plain(signals: Mapping[str, Signal]) -> list[list[Any]]:
    return [
        _row(signal, {"label": legend, "stat": signal.stat, "period": 60})
        for legend, signal in signals.items()
    ]


def _latency(number: int, legend: str, signal: Signal, units_per_ms: float) -> Iterator[list[Any]]:
    for percentile in _PERCENTILES:
        query = f"m{number}{percentile}"
        shown = {"label": f"{legend} {percentile}"}
        is_ms = units_per_ms == 1
        more = {"id": query, "stat": percentile, "period": 60}
        yield _row(signal, more | (shown if is_ms else {"visible": False}))
        if not is_ms:
            yield [{"expression": f"{query} / {units_per_ms:g}", "id": f"e{query}", **shown}]


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
    x, y = 0, 2 * _HEADER_HEIGHT
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
        if widget.limit is not None:
            line = {"value": widget.limit, "label": f"{widget.limit:g}", "fill": "above"}
            properties["annotations"] = {"horizontal": [line]}
        yield _placed(x, y, widget.columns, _HEIGHT, "metric", properties)
        x += widget.columns


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
