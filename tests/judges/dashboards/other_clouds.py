"""Dashboards of Google Cloud and workbooks of Azure as panels: layout, titles, legends, limits.

What is drawn in them is made up by what a title speaks of, and comes of no query: there is no
Cloud Monitoring here and no Kusto.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tests.judges.dashboards import telling
from tests.judges.dashboards.drawn import page
from tests.judges.dashboards.prometheus import SHOWN_HOURS
from tests.judges.dashboards.telling import END, Minutes
from tests.unit import azure_monitored, gcp_monitored

__all__ = ["drawings"]

_SHOWN: Final = SHOWN_HOURS * 60 + 1
_VERSIONS: Final = ("stable", "candidate")
_PERCENTILES: Final = {"p50": 40.0, "p95": 92.0, "p99": 150.0}
# Of a mosaic of 48 blocks in a grid of 24.
_HALF: Final = 2
# Of a workbook, whose items are as high as they are.
_TALL: Final = {1: 3, 3: 7, 9: 1, 10: 7}


def drawings() -> Iterator[tuple[str, dict[str, Any]]]:
    """By kind, what the page draws."""
    for kind, of in {"vertex": "vertex_candidate", "cloud-run": "cloud_run_candidate"}.items():
        (text,) = _texts(gcp_monitored.monitored(of), "dashboardJson")
        yield kind, _drawn("Cloud Monitoring", _tiles(json.loads(text)["mosaicLayout"]))
    for kind, of in {"azure-ml": "ml-candidate", "azure-functions": "flex"}.items():
        (text,) = _texts(azure_monitored.monitored(of), "serializedData")
        yield kind, _drawn("Azure workbook", _items(json.loads(text)["items"]))


def _texts(inputs: Mapping[str, Mapping[str, Any]], key: str) -> list[str]:
    return [each[key] for each in inputs.values() if key in each]


def _drawn(title: str, panels: Iterable[dict[str, Any]]) -> dict[str, Any]:
    return page(title, [{"id": number, **each} for number, each in enumerate(panels, 1)])


def _tiles(layout: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for tile in layout["tiles"]:
        widget = tile["widget"]
        title = widget.get("title", "")
        place = {"x": tile.get("xPos", 0), "y": tile.get("yPos", 0)}
        place |= {"w": tile["width"], "h": tile["height"]}
        position = {key: size // _HALF for key, size in place.items()}
        if "text" in widget:
            yield _text(title, position, widget["text"]["content"])
        elif "incidentList" in widget:
            yield _text(title, position, "*The console lists open incidents here.*")
        elif "scorecard" in widget:
            yield _number(title, position)
        else:
            chart = widget["xyChart"]
            legends = [each.get("legendTemplate", "") for each in chart["dataSets"]]
            limits = [each["value"] for each in chart.get("thresholds", [])]
            yield _lines(title, position, legends, limits)


def _items(items: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    x = y = high = 0
    for item in items:
        content = item["content"]
        wide = round(24 * int(item.get("customWidth", "100")) / 100)
        if x + wide > 24:
            x, y, high = 0, y + high, 0
        position = {"x": x, "y": y, "w": wide, "h": _TALL[item["type"]]}
        x, high = x + wide, max(high, position["h"])
        title = content.get("title", "")
        if "json" in content:
            yield _text(title, position, content["json"])
        elif "parameters" in content:
            yield _text(title, position, f"{content['parameters'][0]['label']}: …")
        elif content.get("visualization") == "tiles":
            yield _number(title, position)
        else:
            yield _lines(title, position, [_legends(title)], [])


def _legends(title: str) -> str:
    if title.startswith("Latency"):
        return "p95"
    return "${version}" if "by version" in title else ""


def _text(title: str, position: Mapping[str, int], content: str) -> dict[str, Any]:
    shown: dict[str, Any] = {"options": {"content": content}, "series": []}
    return {"type": "text", "title": title, "description": "", "gridPos": position, **shown}


def _number(title: str, position: Mapping[str, int]) -> dict[str, Any]:
    steps = [(None, "red"), (0, "orange"), (0.25, "green")]
    return {
        "type": "stat",
        "title": title,
        "description": "",
        "gridPos": position,
        "fieldConfig": _config("percentunit", steps),
        "options": {},
        "series": [_series("left", np.linspace(0.9, 0.36, _SHOWN))],
    }


def _lines(
    title: str, position: Mapping[str, int], legends: Sequence[str], limits: Sequence[float]
) -> dict[str, Any]:
    steps: list[tuple[float | None, str]] = [(None, "green"), *((each, "red") for each in limits)]
    series: list[dict[str, Any]] = []
    for number, template in enumerate(legends):
        versions = _VERSIONS if "${" in template else ("",)
        for version in versions:
            legend = re.sub(r"\$\{[^}]*\}", version, template) or "value"
            values = _values(title, legend, number, limits)
            series.append(_series(legend, values * (1.7 if version == "candidate" else 1)))
    return {
        "type": "timeseries",
        "title": title,
        "description": "",
        "gridPos": position,
        "fieldConfig": _config("none", steps, limits=bool(limits)),
        "options": {},
        "series": series,
    }


def _config(
    unit: str, steps: Sequence[tuple[float | None, str]], *, limits: bool = False
) -> dict[str, Any]:
    colored = [{"value": value, "color": color} for value, color in steps]
    return {
        "defaults": {
            "unit": unit,
            "min": 0,
            "thresholds": {"mode": "absolute", "steps": colored},
            "custom": {"thresholdsStyle": {"mode": "line"}} if limits else {},
        },
        "overrides": [],
    }


def _values(title: str, legend: str, number: int, limits: Sequence[float]) -> Minutes:
    """A day with a bad end, as large as what the title speaks of."""
    minutes = telling.minutes()[-_SHOWN:]
    bad = minutes >= -70
    if "Burn rate" in title:
        return np.where(bad, 20.0 / (1 + 3 * number), 0.2)
    if "atency" in title:
        median = next((value for word, value in _PERCENTILES.items() if word in legend), 92.0)
        return median * np.where(bad, 1.4, 1.0)
    if "ailed" in title:
        return np.where(bad, 0.2, 0.001)
    if "Requests" in title:
        return telling.wave(4)[-_SHOWN:] * 40
    return telling.wave(number + 7)[-_SHOWN:] * 0.9 * (limits[0] if limits else 80)


def _series(legend: str, values: Minutes) -> dict[str, Any]:
    times = [(END - 60 * minute) * 1000 for minute in reversed(range(_SHOWN))]
    return {
        "refId": "A",
        "legend": legend,
        "labels": {},
        "times": times,
        "values": values.tolist(),
    }
