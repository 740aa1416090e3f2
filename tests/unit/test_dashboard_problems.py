"""What the judge of dashboards has against a picture: both sides of each."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.judges.dashboards.judge import failures, problems

_Change = Callable[[dict[str, Any], dict[str, Any]], object]


def _shown() -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Two panels beside each other, and what is read in them."""
    panels: list[dict[str, Any]] = [
        {
            "title": title,
            "type": kind,
            "gridPos": {"x": x, "y": 0, "w": 12, "h": 8},
            "fieldConfig": {"defaults": {"unit": unit, "min": 0}},
        }
        for title, kind, x, unit in (
            ("Latency", "timeseries", 0, "ms"),
            ("Budget", "stat", 12, "percentunit"),
        )
    ]
    read: list[dict[str, Any]] = [
        {"values": [{"name": "p95", "text": "120 ms"}], "cut": False, "failed": []},
        {"values": [{"name": "errors", "text": "-12%"}], "cut": False, "failed": []},
    ]
    return {"panels": panels}, read


def _set(key: str, value: object) -> _Change:
    def change(_: dict[str, Any], read: dict[str, Any]) -> None:
        read[key] = value

    return change


def _placed(**place: int) -> _Change:
    def change(panel: dict[str, Any], _: dict[str, Any]) -> None:
        panel["gridPos"].update(place)

    return change


def _higher() -> _Change:
    def change(panel: dict[str, Any], _: dict[str, Any]) -> None:
        del panel["fieldConfig"]["defaults"]["min"]

    return change


def _values(*pairs: tuple[str, str]) -> _Change:
    return _set("values", [{"name": name, "text": text} for name, text in pairs])


def test_a_good_picture() -> None:
    shown, read = _shown()
    assert list(problems("any", shown, read)) == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (_values(), "Latency: nothing is shown"),
        (_values(("p95", "120")), "Latency: p95 is '120', by the unit ms"),
        (_values(("p95", "1 ms"), ("p95", "2 ms")), "Latency: 2 legends are 'p95'"),
        (_values(("", "1 ms")), "Latency: the legend '' is not read at a glance"),
        (_values(("p" * 46, "1 ms")), f"Latency: the legend {'p' * 46!r} is not read at a glance"),
        (_set("cut", value=True), "Latency: the title is too long"),
        (_set("failed", ["TypeError"]), "Latency: TypeError"),
        (
            _higher(),
            "Latency: lines do not begin at zero",
        ),
        (_placed(w=13), "Budget: is on Latency"),
        (_placed(x=13, y=8), "Latency: is beyond the grid"),
    ],
)
def test_what_is_wrong_is_told(change: _Change, told: str) -> None:
    shown, read = _shown()
    change(shown["panels"][0], read[0])
    assert list(problems("any", shown, read)) == [told]


def test_nothing_is_the_right_answer_where_no_alert_fires() -> None:
    shown, read = _shown()
    shown["panels"][1]["title"] = "Alerts, and for how long"
    read[1]["values"] = []
    assert list(problems("model-server", shown, read)) == []
    assert list(problems("rollout", shown, read)) == ["Alerts, and for how long: nothing is shown"]


def test_a_judge_that_looks_at_little_or_finds_no_mistakes_fails() -> None:
    kinds: dict[str, Any] = {str(number): {} for number in range(11)}
    good: dict[str, Any] = {
        "kinds": kinds,
        "problems": [],
        "schema": [],
        "mistakes": 12,
        "mistakes found": 12,
    }
    assert failures(good) == []
    assert len(failures(good | {"mistakes found": 11})) == 1
    assert len(failures(good | {"kinds": {}})) == 1
    assert len(failures(good | {"problems": ["a"], "schema": ["b"]})) == 2
