"""One model's workbook, which is Azure's dashboard.

The JSON is that of https://learn.microsoft.com/azure/azure-monitor/visualize/workbooks-overview,
by schema/workbook.json of https://github.com/microsoft/Application-Insights-Workbooks.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
import pulumi_azure_native as azure

from components.azure.monitoring.alerts import AlertScope, MetricUse
from components.azure.monitoring.asked import Workbook
from components.azure.monitoring.indicators import (
    Indicator,
    Requests,
    budget_query,
    burning_query,
    by_version_query,
    latency_query,
)
from components.monitoring import Asked
from facts.alerts import BURNS, BURNS_FAST

__all__ = ["LogSource", "model_workbook"]

_TEXT: Final = 1
_QUERY: Final = 3
_PARAMETERS: Final = 9
_METRIC: Final = 10
_DAY_MS: Final = 86_400_000
_HOUR_MS: Final = 3_600_000
_CHOICES: Final = tuple(hours * _HOUR_MS for hours in (1, 6, 24, 72, 168, 720))
# Average, as workbooks number what they aggregate by.
_AVERAGE: Final = 4
_LINE: Final = 2
_RANGE: Final = "TimeRange"
_LINKED: Final = (BURNS_FAST, BURNS)


@dataclass(frozen=True, slots=True)
class LogSource:
    """What is asked for logs: a Log Analytics workspace, or a component of Application Insights."""

    kind: str
    resource_id: pulumi.Input[str]


def model_workbook(
    scope: AlertScope,
    workbook: Workbook,
    asked: Asked,
    *,
    requests: pulumi.Input[Requests],
    measured: Sequence[Indicator],
    uses: Sequence[MetricUse],
    source: LogSource,
) -> azure.applicationinsights.Workbook:
    """The workbook; the same settings mean the same text."""
    owner = scope.about.owner if scope.about is not None else ""
    rollout = scope.about.rollout if scope.about is not None else ""
    items = pulumi.Output.from_input(requests).apply(
        lambda known: list(_queries(asked, known, measured, source.kind))
    )

    def whole(known: list[Any]) -> dict[str, Any]:
        shown, resource_id, metrics = known
        asks = [_with_source(each, resource_id) for each in shown]
        return {
            "version": "Notebook/1.0",
            "items": [
                _item(_TEXT, "about", {"json": _header(workbook.title, owner, rollout, asked)}),
                _item(_PARAMETERS, "time", _time()),
                *asks,
                *(_metric(use, str(at)) for use, at in zip(uses, metrics, strict=True)),
            ],
            "fallbackResourceIds": [resource_id],
        }

    text = pulumi.Output.json_dumps(
        pulumi.Output.all(
            items, source.resource_id, pulumi.Output.all(*(use.resource_id for use in uses))
        ).apply(whole),
        sort_keys=True,
    )
    return azure.applicationinsights.Workbook(
        f"{scope.name}-workbook",
        resource_group_name=scope.resource_group,
        location=scope.location,
        resource_name_=workbook.name,
        display_name=workbook.title,
        category="workbook",
        kind=azure.applicationinsights.WorkbookSharedTypeKind.SHARED,
        # In small letters, as the service keeps it.
        source_id=pulumi.Output.from_input(source.resource_id).apply(str.lower),
        serialized_data=text,
        tags=dict(scope.tags),
        opts=scope.opts,
    )


def _header(title: str, owner: str, rollout: str, asked: Asked) -> str:
    text = f"# {title}\n\n{asked.slo}, over {asked.slo.window_days} days. Owner: {owner}."
    if rollout:
        text = f"{text} {rollout}."
    if not asked.runbook_url:
        return text
    if "{alert}" not in asked.runbook_url:
        return f"{text} [Runbook]({asked.runbook_url})"
    links = (f"[{each}]({asked.runbook_url.replace('{alert}', each)})" for each in _LINKED)
    return f"{text} Runbooks: {', '.join(links)}"


def _time() -> dict[str, Any]:
    return {
        "version": "KqlParameterItem/1.0",
        "parameters": [
            {
                "id": "6d6f6465-6c2d-4573-8276-696e672d7472",
                "version": "KqlParameterItem/1.0",
                "name": _RANGE,
                "label": "Time range",
                "type": 4,
                "isRequired": True,
                "value": {"durationMs": _DAY_MS},
                "typeSettings": {
                    "selectableValues": [{"durationMs": each} for each in _CHOICES],
                    "allowCustom": True,
                },
            }
        ],
        "style": "pills",
    }


def _queries(
    asked: Asked, requests: Requests, measured: Sequence[Indicator], kind: str
) -> Iterator[dict[str, Any]]:
    slo = asked.slo
    half = {"customWidth": "50"}
    for each in measured:
        window = {"timeContext": {"durationMs": slo.window_days * _DAY_MS}, **_tiles()}
        query = budget_query(requests, each, slo.window_days)
        yield _asks(f"Error budget left: {each.word}", kind, query, window, half)
    for each in measured:
        query = burning_query(requests, each, "1h")
        title = f"Burn rate by the hour, above 1 is too fast: {each.word}"
        yield _asks(title, kind, query, _chart(), half)
    table = requests.table
    for title, counted in (
        ("Requests in five minutes, by version", ""),
        ("Failed requests in five minutes, by version", table.failed),
    ):
        yield _asks(title, kind, by_version_query(requests, counted), _chart(), half)
    title = f"Latency in ms, of which 95 % may be {slo.latency_p95_ms:g}"
    yield _asks(title, kind, latency_query(requests), _chart())


def _chart() -> dict[str, Any]:
    return {"visualization": "timechart", "timeContextFromParameter": _RANGE}


def _tiles() -> dict[str, Any]:
    """A number of its own in percent, below the objective that it is of."""
    return {
        "visualization": "tiles",
        "tileSettings": {
            "showBorder": False,
            "titleContent": {"columnMatch": "objective", "formatter": 1},
            "leftContent": {
                "columnMatch": "budget_left",
                "formatter": 12,
                "formatOptions": {"palette": "auto"},
                "numberFormat": {"unit": 1, "options": {"maximumFractionDigits": 1}},
            },
        },
    }


def _asks(
    title: str,
    kind: str,
    query: str,
    shown: dict[str, Any],
    more: dict[str, Any] | None = None,
) -> dict[str, Any]:
    content = {
        "version": "KqlItem/1.0",
        "query": query,
        "size": 0,
        "title": title,
        "queryType": 0,
        "resourceType": kind,
        **shown,
    }
    return _item(_QUERY, title, content, more)


def _with_source(item: dict[str, Any], resource_id: object) -> dict[str, Any]:
    return item | {"content": item["content"] | {"crossComponentResources": [resource_id]}}


def _metric(use: MetricUse, resource_id: str) -> dict[str, Any]:
    namespace = use.namespace.lower()
    content = {
        "version": "MetricsItem/2.0",
        "chartId": use.role,
        "size": 0,
        "title": f"{use.title}; the alert is at {use.threshold:g}",
        "chartType": _LINE,
        "resourceType": namespace,
        "metricScope": 0,
        "resourceIds": [resource_id],
        "timeContextFromParameter": _RANGE,
        "metrics": [
            {
                "namespace": namespace,
                "metric": f"{namespace}-{use.category}-{use.metric}",
                "aggregation": _AVERAGE,
            }
        ],
    }
    return _item(_METRIC, use.role, content, {"customWidth": "33"})


def _item(
    kind: int, name: str, content: dict[str, Any], more: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"type": kind, "name": name, "content": content, **(more or {})}
