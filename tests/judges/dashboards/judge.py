"""Dashboards drawn to pictures, for people to look at: `… tests.judges dashboards`.

Those of Grafana are drawn by Grafana's own components from what Prometheus answers to their
queries; those of clouds by the same, from the vendors' documents. What is to be seen is made up.
That pictures are good is for whoever looks at them; what is held here is what makes them useless.
"""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from tests.judges.dashboards import cloudwatch, other_clouds, schema
from tests.judges.dashboards.boards import boards
from tests.judges.dashboards.browser import PAGE, picture
from tests.judges.dashboards.drawn import drawn
from tests.judges.dashboards.prometheus import filled
from tests.judges.dashboards.telling import END, MINUTES

__all__ = ["failures", "judged", "problems"]

# Nothing is the right answer, which the panel says in words.
_EMPTY: Final = {("model-server", "Alerts, and for how long")}
# How a value of each of Grafana's units is written.
_UNITS: Final[Mapping[str, str]] = {
    "ms": r"[\d.]+ (ms|s|mins?)",
    "s": r"[\d.]+ (s|mins?|hours?|days?)",
    "percent": r"\d{1,2}(\.\d+)?%|100%",
    "percentunit": r"-?\d{1,3}(\.\d+)?%",
    "reqps": r"[\d.]+ req/s",
    "suffix:×": r"[\d.]+ ?×",
    "celsius": r"\d{1,3}(\.\d+)? °C",
    "watt": r"[\d.]+ k?W",
    "none": r"-?[\d.]+( K)?|In alarm|OK",
}
_LONGEST_LEGEND: Final = 45
_KINDS: Final = 11


def judged(out: Path) -> dict[str, Any]:
    """The figures; pictures go to the folder `dashboards` in `out`."""
    pictures = out / "dashboards"
    pictures.mkdir(parents=True, exist_ok=True)
    found: dict[str, Any] = {"kinds": {}, "problems": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, shown in _drawings(folder):
            read = picture(shown, pictures / f"{kind}.png", folder)
            panels = [each for each in shown["panels"] if each["type"] != "text"]
            found["kinds"][kind] = {
                "panels": len(panels),
                "with data": sum(bool(each["series"]) for each in panels),
            }
            found["problems"] += [f"{kind}: {each}" for each in problems(kind, shown, read)]
        typed = folder / "schema"
        typed.mkdir()
        wrong, caught = schema.checked([each.document for each in boards()], typed)
    pins = json.loads((PAGE / "package.json").read_text("utf-8"))["dependencies"]
    return {
        "grafana": pins["@grafana/schema"],
        **found,
        "schema": wrong,
        "mistakes": len(schema.MISTAKES),
        "mistakes found": caught,
    }


def failures(found: Mapping[str, Any]) -> list[str]:
    """What makes a dashboard useless, or the judge."""
    told = [f"dashboards: {each}" for each in (*found["problems"], *found["schema"])]
    if len(found["kinds"]) < _KINDS:
        told.append(f"dashboards: {len(found['kinds'])} kinds; at least {_KINDS}")
    if found["mistakes found"] != found["mistakes"]:
        told.append(f"dashboards: {found['mistakes found']} mistakes of {found['mistakes']} found")
    return told


def _drawings(folder: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """By kind, what the page draws."""
    made = boards()
    lines = (line for board in made for line in board.series())
    groups = [group for board in made for group in board.groups]
    # The first minutes have nothing before them.
    first = END - 60 * (MINUTES - 30)
    with filled(lines, groups, folder, first, END) as server:
        for board in made:
            yield board.kind, drawn(board.document, server)
    yield from cloudwatch.drawings()
    yield from other_clouds.drawings()


def problems(
    kind: str, shown: Mapping[str, Any], read: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """What is wrong with a picture.

    Args:
        kind: of the dashboard.
        shown: what was drawn.
        read: by panel, what is to be read in it.
    """
    yield from _overlaps(shown["panels"])
    for panel, seen in zip(shown["panels"], read, strict=True):
        title = panel["title"] or panel["type"]
        yield from (f"{title}: {each}" for each in seen["failed"])
        if seen["cut"]:
            yield f"{title}: the title is too long"
        if panel["type"] != "text":
            yield from (f"{title}: {each}" for each in _panel_problems(kind, panel, seen))


def _panel_problems(kind: str, panel: Mapping[str, Any], seen: Mapping[str, Any]) -> Iterator[str]:
    defaults = panel["fieldConfig"]["defaults"]
    if not seen["values"] and (kind, panel["title"]) not in _EMPTY:
        yield "nothing is shown"
    if panel["type"] == "timeseries" and defaults.get("min") != 0:
        yield "lines do not begin at zero"
    pattern = _UNITS.get(defaults["unit"])
    names = Counter(value["name"] for value in seen["values"])
    for name, count in names.items():
        if count > 1:
            yield f"{count} legends are {name!r}"
        if not name.strip() or len(name.strip()) > _LONGEST_LEGEND:
            yield f"the legend {name!r} is not read at a glance"
    for value in seen["values"]:
        if pattern is None or not re.fullmatch(pattern, value["text"].strip()):
            yield f"{value['name']} is {value['text']!r}, by the unit {defaults['unit']}"


def _overlaps(panels: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    taken: dict[tuple[int, int], str] = {}
    for panel in panels:
        place = panel["gridPos"]
        cells = [
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        ]
        if others := {taken[cell] for cell in cells if cell in taken}:
            yield f"{panel['title']}: is on {', '.join(sorted(others))}"
        if place["x"] + place["w"] > 24:
            yield f"{panel['title']}: is beyond the grid"
        for cell in cells:
            taken[cell] = panel["title"]
