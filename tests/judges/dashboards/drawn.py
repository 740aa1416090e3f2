"""What the page draws: panels over some hours, and of Grafana's what their queries answer."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from tests.judges.dashboards.prometheus import SHOWN_HOURS, Prometheus
from tests.judges.dashboards.telling import END

__all__ = ["drawn", "page"]

_STEP: Final = 60


def page(
    title: str,
    panels: Sequence[Mapping[str, Any]],
    *,
    hours: int = SHOWN_HOURS,
    description: str = "",
    marks: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """What the page is given: panels with their series, over the last hours."""
    return {
        "title": title,
        "description": description,
        "from": (END - hours * 3600) * 1000,
        "to": END * 1000,
        "step": _STEP * 1000,
        # Cells of the grid that they take, from top to bottom.
        "rows": max(each["gridPos"]["y"] + each["gridPos"]["h"] for each in panels),
        "panels": panels,
        "marks": marks,
    }


def drawn(document: Mapping[str, Any], server: Prometheus) -> dict[str, Any]:
    """A dashboard of Grafana."""
    return page(
        document["title"],
        [{**each, "series": _series(each, server)} for each in document["panels"]],
        description=document["description"],
        marks=list(_marks(document["annotations"]["list"], server)),
    )


def _series(panel: Mapping[str, Any], server: Prometheus) -> list[dict[str, Any]]:
    return [
        {
            "refId": target["refId"],
            "legend": _legend(target["legendFormat"], one["metric"]),
            "labels": one["metric"],
            **_points(one["values"]),
        }
        for target in panel.get("targets", [])
        for one in _answer(server, target["expr"], instant=target.get("instant", False))
    ]


def _points(values: Sequence[tuple[float, str]]) -> dict[str, Any]:
    """All steps of the time shown, with nothing where there was no answer."""
    known = {round(time): float(value) for time, value in values if value != "NaN"}
    times = list(range(END - SHOWN_HOURS * 3600, END + 1, _STEP))
    return {
        "times": [time * 1000 for time in times],
        "values": [known.get(time) for time in times],
    }


def _answer(server: Prometheus, query: str, *, instant: bool = False) -> list[dict[str, Any]]:
    return server.over_time(query, END if instant else END - SHOWN_HOURS * 3600, END, _STEP)


def _legend(text: str, labels: Mapping[str, str]) -> str:
    """As the data source of Grafana fills it in."""
    return re.sub(r"\{\{\s*(\w+)\s*\}\}", lambda found: labels.get(found[1], ""), text)


def _marks(queries: Sequence[Mapping[str, Any]], server: Prometheus) -> Iterator[dict[str, Any]]:
    """Times of annotations, in ms; what holds from one point to the next is one."""
    for query in queries:
        for one in _answer(server, query["expr"]):
            times = [round(time) for time, value in one["values"] if float(value)]
            begins = [time for time in times if time - _STEP not in times]
            ends = [time for time in times if time + _STEP not in times]
            for first, last in zip(begins, ends, strict=True):
                yield {
                    "color": query["iconColor"],
                    "from": first * 1000,
                    "to": last * 1000,
                    "text": _legend(query["titleFormat"], one["metric"]),
                }
