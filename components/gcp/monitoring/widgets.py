"""Parts of a dashboard's JSON, as Cloud Monitoring hands it back.

Google leaves out what is 0 or empty, and the provider takes what is not handed back for a change:
nothing here says a 0. https://cloud.google.com/monitoring/api/ref_v3/rest/v1/projects.dashboards
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

__all__ = ["COLUMNS", "Line", "Tile", "chart", "incidents", "laid_out", "scorecard", "text"]

COLUMNS: Final = 48
_PERIOD: Final = "300s"


@dataclass(frozen=True, slots=True)
class Tile:
    """A widget and its size in blocks of the mosaic."""

    widget: Mapping[str, Any]
    columns: int
    rows: int = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a chart draws of one filter; more than one line where it is grouped."""

    filter: pulumi.Input[str]
    aligner: str
    reducer: str | None = None
    group_by: str | None = None
    legend: str = ""
    of: str | None = None
    """Filter of what it is a share of."""
    unit: str = ""


def _aggregation(line: Line) -> dict[str, Any]:
    found: dict[str, Any] = {"alignmentPeriod": _PERIOD, "perSeriesAligner": line.aligner}
    if line.reducer is not None:
        found["crossSeriesReducer"] = line.reducer
    if line.group_by is not None:
        found["groupByFields"] = [line.group_by]
    return found


def _query(line: Line) -> dict[str, Any]:
    part = {"filter": line.filter, "aggregation": _aggregation(line)}
    if line.of is None:
        query: dict[str, Any] = {"timeSeriesFilter": part}
    else:
        whole = {"filter": line.of, "aggregation": _aggregation(line)}
        query = {"timeSeriesFilterRatio": {"numerator": part, "denominator": whole}}
    return query | ({"unitOverride": line.unit} if line.unit else {})


def chart(
    title: str, lines: Sequence[Line], *, limits: Mapping[str, float] | None = None
) -> dict[str, Any]:
    """Lines over time; above a limit, by what it is, it is bad."""
    sets = [
        {
            "plotType": "LINE",
            "timeSeriesQuery": _query(line),
            **({"legendTemplate": line.legend} if line.legend else {}),
        }
        for line in lines
    ]
    body: dict[str, Any] = {"dataSets": sets, "chartOptions": {"mode": "COLOR"}}
    if limits:
        body["thresholds"] = [
            {"value": value, "label": f"{label}: {value:g}"} for label, value in limits.items()
        ]
    return {"title": title, "xyChart": body}


def scorecard(title: str, line: Line, *, low: float) -> dict[str, Any]:
    """One number: yellow up to `low`, red up to 0."""
    return {
        "title": title,
        "scorecard": {
            "timeSeriesQuery": _query(line),
            "sparkChartView": {"sparkChartType": "SPARK_LINE"},
            "thresholds": [
                {"color": "RED", "direction": "BELOW"},
                {"color": "YELLOW", "direction": "BELOW", "value": low},
            ],
        },
    }


def text(content: str) -> dict[str, Any]:
    """Markdown."""
    return {"text": {"content": content, "format": "MARKDOWN"}}


def incidents(title: str, resource: str, labels: Mapping[str, str]) -> dict[str, Any]:
    """Open incidents of what is measured of one monitored resource."""
    return {
        "title": title,
        "incidentList": {"monitoredResources": [{"type": resource, "labels": dict(labels)}]},
    }


def laid_out(tiles: Sequence[Tile]) -> Iterator[dict[str, Any]]:
    """From left to right, a new row where one is full."""
    x = y = height = 0
    for tile in tiles:
        if x + tile.columns > COLUMNS:
            x, y, height = 0, y + height, 0
        place = {"xPos": x, "yPos": y}
        yield {
            "width": tile.columns,
            "height": tile.rows,
            "widget": dict(tile.widget),
            **{key: value for key, value in place.items() if value},
        }
        x, height = x + tile.columns, max(height, tile.rows)
