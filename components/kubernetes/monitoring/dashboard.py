"""One model's dashboard for Grafana, as the ConfigMap that its sidecar loads.

The JSON is that of Grafana's dashboard schema 39 (https://grafana.com/docs/grafana/latest/
dashboards/build-dashboards/view-dashboard-json-model/), which newer releases migrate.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from components.kubernetes.monitoring.indicators import VERSION, Indicator, per_second, quantile
from components.kubernetes.monitoring.slo_rules import Alerting
from facts.metric_shapes import ServerMetrics
from facts.slo import Slo

__all__ = ["dashboard", "uid"]

_SCHEMA: Final = 39
# https://grafana.com/docs/grafana/latest/dashboards/share-dashboards-panels/: at most 40 signs.
_LONGEST_UID: Final = 40
_WIDTH: Final = 24
_HEIGHT: Final = 8
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    queries: Mapping[str, str]
    """PromQL by the legend's text."""
    unit: str
    description: str = ""
    limit: float | None = None
    """Drawn as a line; above it is bad."""
    kind: str = "timeseries"
    columns: int = 12
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


def uid(namespace: str, environment: str, model: str) -> str:
    """What a dashboard's address holds: the same for the same model."""
    readable = f"{environment}-{namespace}-{model}"
    if len(readable) <= _LONGEST_UID:
        return readable
    digest = hashlib.sha256(readable.encode()).hexdigest()[:8]
    return f"{readable[: _LONGEST_UID - 9]}-{digest}"


def dashboard(  # noqa: PLR0917 - what is shown
    about: Alerting,
    metrics: ServerMetrics,
    slo: Slo,
    indicators: Sequence[Indicator],
    selector: str,
    max_replicas: int,
) -> str:
    """The dashboard as JSON, with sorted keys: the same settings mean the same text."""
    panels = list(_panels(about, metrics, slo, indicators, selector, max_replicas))
    document: dict[str, Any] = {
        "uid": uid(about.namespace, about.environment, about.model),
        "title": f"{about.model} ({about.environment})",
        "description": f"{slo}. Owner: {about.owner}.",
        "tags": ["model-serving", about.environment, about.owner],
        "schemaVersion": _SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "refresh": "1m",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "",
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "type": "datasource",
                    "query": "prometheus",
                    "label": "Prometheus",
                }
            ]
        },
        "annotations": {"list": []},
        "links": [],
        "panels": list(_laid_out(panels)),
    }
    return json.dumps(document, indent=1, sort_keys=True) + "\n"


def _panels(  # noqa: PLR0917 - what is shown
    about: Alerting,
    metrics: ServerMetrics,
    slo: Slo,
    indicators: Sequence[Indicator],
    selector: str,
    max_replicas: int,
) -> Iterator[_Panel]:
    own = f'model="{about.model}",namespace="{about.namespace}",environment="{about.environment}"'
    for each in indicators:
        yield _Panel(
            f"Error budget left: {each.word}",
            {each.word: f'model:slo_budget_left:ratio{{{own},slo="{each.word}"}}'},
            "percentunit",
            f"{each.says}, over {slo.window_days} days. Below 0 the objective is missed.",
            kind="stat",
            columns=_WIDTH // (2 * len(indicators)),
            more={"min": 0, "max": 1, "low_is_bad": True},
        )
        yield _Panel(
            f"Burn rate: {each.word}",
            {
                window: f'model:slo_errors:ratio_rate{window}{{{own},slo="{each.word}"}}'
                f" / {each.budget:g}"
                for window in ("5m", "1h", "6h")
            },
            "none",
            f"1 spends the budget in just {slo.window_days} days.",
            limit=1,
            columns=_WIDTH // (2 * len(indicators)),
        )
    if metrics.errors is not None:
        yield _Panel(
            "Requests per second, by version",
            {f"{{{{{VERSION}}}}}": per_second(metrics.errors.requests, selector, VERSION)},
            "reqps",
        )
    of_errors = f'{own},slo="errors"'
    for each in indicators:
        if each.word == "errors":
            yield _Panel(
                "Failed requests, by version",
                {f"{{{{{VERSION}}}}}": f"model_version:slo_errors:ratio_rate5m{{{of_errors}}}"},
                "percentunit",
                each.says,
                limit=each.budget,
            )
    if metrics.duration is not None:
        yield _Panel(
            "Latency",
            {
                f"p{share * 100:g}": quantile(metrics.duration, share, selector)
                for share in (0.5, 0.95, 0.99)
            },
            "ms",
            f"p95 is to be at most {slo.latency_p95_ms:g} ms.",
            limit=slo.latency_p95_ms,
        )
        yield _Panel(
            "p95 of the latency, by version",
            {f"{{{{{VERSION}}}}}": quantile(metrics.duration, 0.95, selector, VERSION)},
            "ms",
            limit=slo.latency_p95_ms,
        )
    yield _Panel(
        "Pods that answer, by version",
        {f"{{{{{VERSION}}}}}": f"sum by ({VERSION}) (up{{{selector}}})"},
        "none",
        f"At most {max_replicas} of a version.",
        limit=max_replicas,
    )
    yield from _load(metrics, selector)


def _load(metrics: ServerMetrics, selector: str) -> Iterator[_Panel]:
    gauges = {
        legend: f"sum({name}{{{selector}}})"
        for legend, name in (("in work", metrics.running), ("waiting", metrics.waiting))
        if name
    }
    if gauges:
        yield _Panel("Requests in work and waiting", gauges, "none")
    if metrics.cache_used:
        yield _Panel(
            "KV cache in use",
            {"{{pod}}": f"{metrics.cache_used}{{{selector}}}"},
            "percentunit",
            limit=0.9,
        )


def _laid_out(panels: Sequence[_Panel]) -> Iterator[dict[str, Any]]:
    """Panels from left to right, a new row where one is full."""
    x = y = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.columns > _WIDTH:
            x, y = 0, y + _HEIGHT
        yield _written(panel, number, {"x": x, "y": y, "w": panel.columns, "h": _HEIGHT})
        x += panel.columns


def _written(panel: _Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    steps: list[dict[str, Any]] = [{"color": "green", "value": None}]
    custom: dict[str, Any] = {}
    if panel.limit is not None:
        steps.append({"color": "red", "value": panel.limit})
        custom = {"thresholdsStyle": {"mode": "line"}}
    more = dict(panel.more)
    if more.pop("low_is_bad", False):
        steps = [
            {"color": "red", "value": None},
            {"color": "orange", "value": 0},
            {"color": "green", "value": 0.25},
        ]
    return {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "type": panel.kind,
        "gridPos": place,
        "datasource": _DATASOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "thresholds": {"mode": "absolute", "steps": steps},
                "custom": custom,
                **more,
            },
            "overrides": [],
        },
        "options": {},
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _DATASOURCE,
                "expr": query,
                "legendFormat": legend,
            }
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
    }
