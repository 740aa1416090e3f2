"""Panels of a Grafana dashboard, and the JSON around them.

The JSON is that of Grafana's dashboard schema 39 (https://grafana.com/docs/grafana/latest/
dashboards/build-dashboards/view-dashboard-json-model/), which newer releases migrate.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["WIDTH", "Panel", "document"]

_SCHEMA: Final = 39
WIDTH: Final = 24
_HEIGHT: Final = 8
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: queries of PromQL over time, or their last value."""

    title: str
    queries: Mapping[str, str]
    """PromQL by the legend's text."""
    unit: str
    """By Grafana's name, such as percentunit."""
    description: str = ""
    limit: float | None = None
    """Drawn as a line; above it is bad."""
    kind: str = "timeseries"
    columns: int = WIDTH // 2
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])


def document(
    uid: str, title: str, description: str, tags: Sequence[str], panels: Sequence[Panel]
) -> str:
    """The dashboard as JSON, with sorted keys: the same settings mean the same text."""
    made: dict[str, Any] = {
        "uid": uid,
        "title": title,
        "description": description,
        "tags": list(tags),
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
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def _laid_out(panels: Sequence[Panel]) -> Iterator[dict[str, Any]]:
    """Panels from left to right, a new row where one is full."""
    x = y = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.columns > WIDTH:
            x, y = 0, y + _HEIGHT
        yield _written(panel, number, {"x": x, "y": y, "w": panel.columns, "h": _HEIGHT})
        x += panel.columns


def _written(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
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
