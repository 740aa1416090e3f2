"""Panels of a Grafana dashboard, and the JSON around them.

The JSON is that of Grafana's dashboard schema 39 (https://grafana.com/docs/grafana/latest/
dashboards/build-dashboards/view-dashboard-json-model/), which newer releases migrate.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal

__all__ = ["WIDTH", "Mark", "Panel", "document"]

_SCHEMA: Final = 39
WIDTH: Final = 24
_DATASOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
# By a series' name, so that a version has one colour in all panels.
_BY_NAME: Final = {"mode": "palette-classic-by-name"}
# As far as the axis goes at least, in limits: a line at its very end is not seen.
_ROOM: Final = 1.2


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel: queries of PromQL over time or their last value, or a text."""

    title: str
    queries: Mapping[str, str]
    """PromQL by the legend's text."""
    unit: str
    """By Grafana's name, such as percentunit."""
    description: str = ""
    limit: float | None = None
    """Drawn as a line; above it is bad."""
    kind: Literal["timeseries", "stat", "list", "text"] = "timeseries"
    """A list is of last values, each with its name before it."""
    columns: int = WIDTH // 2
    rows: int = 8
    steps: Mapping[float, str] = field(default_factory=dict[float, str])
    """Colours, each from a value on, beside `limit`; below the first it is green."""
    below: str = "green"
    """The colour below the first."""
    empty: str = ""
    """What it says where there is nothing to be shown."""
    by_name: bool = False
    """Whether colours are by the legend's text."""
    colors: Mapping[str, str] = field(default_factory=dict[str, str])
    """Colours of legends' texts, whatever the others have."""
    more: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Further defaults of its fields, such as `max`."""
    text: str = ""
    """Markdown, of a text."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is marked over all panels while a query answers something."""

    name: str
    query: str
    title: str
    """Where labels stand in double braces."""
    color: str


def document(  # noqa: PLR0917 - what a dashboard is
    uid: str,
    title: str,
    description: str,
    tags: Sequence[str],
    panels: Sequence[Panel],
    marks: Sequence[Mark] = (),
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
        "annotations": {"list": [_annotation(each) for each in marks]},
        "links": [],
        "panels": list(_laid_out(panels)),
    }
    return json.dumps(made, indent=1, sort_keys=True) + "\n"


def _annotation(mark: Mark) -> dict[str, Any]:
    """`expr`, `step` and `titleFormat` are the data source's own, in all of its releases."""
    return {
        "name": mark.name,
        "datasource": _DATASOURCE,
        "enable": True,
        "iconColor": mark.color,
        "expr": mark.query,
        "step": "60s",
        "titleFormat": mark.title,
    }


def _laid_out(panels: Sequence[Panel]) -> Iterator[dict[str, Any]]:
    """Panels from left to right, a new row where one is full."""
    x = y = high = 0
    for number, panel in enumerate(panels, 1):
        if x + panel.columns > WIDTH:
            x, y, high = 0, y + high, 0
        place = {"x": x, "y": y, "w": panel.columns, "h": panel.rows}
        yield _written(panel, number, place)
        x, high = x + panel.columns, max(high, panel.rows)


def _written(panel: Panel, number: int, place: dict[str, int]) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": number,
        "title": panel.title,
        "description": panel.description,
        "type": _TYPES.get(panel.kind, panel.kind),
        "gridPos": place,
    }
    if panel.kind == "text":
        return made | {"options": {"mode": "markdown", "content": panel.text}}
    now = panel.kind in _LAST
    return made | {
        "datasource": _DATASOURCE,
        "fieldConfig": {
            "defaults": _defaults(panel),
            "overrides": [_colored(*each) for each in panel.colors.items()],
        },
        "options": _LAST.get(panel.kind, _LINES),
        "targets": [
            {
                "refId": chr(ord("A") + index),
                "datasource": _DATASOURCE,
                "expr": query,
                "legendFormat": legend,
                # The last value of some hours would be shown long after it has ended.
                "instant": now,
                "range": not now,
            }
            for index, (legend, query) in enumerate(panel.queries.items())
        ],
    }


_STAT: Final[dict[str, Any]] = {
    "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
    "textMode": "value_and_name",
    "colorMode": "value",
    "graphMode": "none",
}
_TYPES: Final = {"list": "stat"}
_LAST: Final[dict[str, dict[str, Any]]] = {
    "stat": _STAT,
    "list": {
        **_STAT,
        "orientation": "horizontal",
        "wideLayout": True,
        # Else the longest name says how small all are.
        "text": {"titleSize": 14, "valueSize": 18},
    },
}
_LINES: Final[dict[str, Any]] = {
    "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True, "calcs": []},
    "tooltip": {"mode": "multi", "sort": "desc"},
}


def _colored(legend: str, color: str) -> dict[str, Any]:
    return {
        "matcher": {"id": "byName", "options": legend},
        "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
    }


def _defaults(panel: Panel) -> dict[str, Any]:
    steps = panel.steps if panel.limit is None else {**panel.steps, panel.limit: "red"}
    found: dict[str, Any] = {
        "unit": panel.unit,
        "thresholds": {
            "mode": "absolute",
            "steps": [
                {"color": panel.below, "value": None},
                *({"color": color, "value": value} for value, color in sorted(steps.items())),
            ],
        },
        **({"color": _BY_NAME} if panel.by_name else {}),
        **({"noValue": panel.empty} if panel.empty else {}),
    }
    if panel.kind == "timeseries":
        found["min"] = 0
        if steps:
            room = {"axisSoftMax": round(_ROOM * min(steps), 6)}
            found["custom"] = {"thresholdsStyle": {"mode": "dashed"}, **room}
    return found | dict(panel.more)
