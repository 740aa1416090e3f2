"""CloudWatch's dashboards as panels: what their metrics are on a day with a bad end.

Statistics and metric math are reckoned by the tests' own oracle. CloudWatch's console looks other
than Grafana's panels: drawn are its grid, titles, legends, lines and limits.
"""

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from tests.judges.dashboards import telling
from tests.judges.dashboards.drawn import page
from tests.judges.dashboards.telling import END, MINUTES, Minutes
from tests.unit.aws_monitored import monitored
from tests.unit.cloudwatch_oracle import Alarms, Metrics, math_value

__all__ = ["drawings"]

# The console's own, where a dashboard says nothing.
_HOURS: Final = 3
_DURATIONS: Final = {"-PT3H": 3, "-PT6H": 6, "-PT12H": 12, "-P1D": 24}
_RED: Final = "red"
# Times of requests beside their median, each of as many as the others.
_SPREAD: Final = tuple(float(f"{math.exp(0.45 * z):.3f}") for z in (-1.6, -1, -0.6, -0.2))
_SLOW: Final = tuple(float(f"{math.exp(0.45 * z):.3f}") for z in (0.2, 0.6, 1, 1.8))


def drawings() -> Iterator[tuple[str, dict[str, Any]]]:
    """By kind, what the page draws."""
    for kind, (monitored_kind, made) in {
        "sagemaker": ("candidate", _sagemaker),
        "lambda": ("lambda", _lambda),
    }.items():
        inputs = monitored(monitored_kind)
        (board,) = (each for each in inputs.values() if "dashboardBody" in each)
        yield kind, _drawn(json.loads(board["dashboardBody"]), made(), inputs)


def _drawn(
    body: Mapping[str, Any], metrics: Metrics, inputs: Mapping[str, Mapping[str, Any]]
) -> dict[str, Any]:
    hours = _DURATIONS[body["start"]] if "start" in body else _HOURS
    alarms = Alarms(inputs, metrics)
    panels = [
        {
            "id": number,
            "title": widget["properties"].get("title", ""),
            "description": "",
            "gridPos": {
                "x": widget["x"],
                "y": widget["y"],
                "w": widget["width"],
                "h": widget["height"],
            },
            **_panel(widget, metrics, alarms, hours),
        }
        for number, widget in enumerate(body["widgets"], 1)
    ]
    return page("CloudWatch", panels, hours=hours)


def _panel(
    widget: Mapping[str, Any], metrics: Metrics, alarms: Alarms, hours: int
) -> dict[str, Any]:
    shown = widget["properties"]
    if widget["type"] == "text":
        return {"type": "text", "options": {"content": shown["markdown"]}, "series": []}
    if widget["type"] == "alarm":
        return _states(shown["alarms"], alarms)
    single = shown["view"] == "singleValue"
    limits = shown.get("annotations", {}).get("horizontal", [])
    axis = shown.get("yAxis", {}).get("left", {})
    steps = [{"color": "green" if not single else "text", "value": None}]
    steps += [{"color": each.get("color", _RED), "value": each["value"]} for each in limits]
    defaults: dict[str, Any] = {
        "unit": "none",
        "thresholds": {"mode": "absolute", "steps": steps},
        "custom": {"thresholdsStyle": {"mode": "line+area"}} if limits else {},
    }
    if "min" in axis:
        defaults["min"] = axis["min"]
    series = list(_series(shown, metrics, hours))
    fixed = [
        {
            "matcher": {"id": "byName", "options": each["legend"]},
            "properties": [{"id": "color", "value": {"mode": "fixed", "fixedColor": color}}],
        }
        for each in series
        if (color := each.pop("color"))
    ]
    return {
        "type": "stat" if single else "timeseries",
        "fieldConfig": {"defaults": defaults, "overrides": fixed},
        "options": {"textMode": "value_and_name", "graphMode": "none"} if single else {},
        "series": series,
    }


def _states(arns: Sequence[str], alarms: Alarms) -> dict[str, Any]:
    """The console has a box of each alarm, in its state's colour."""
    names = [arn.rpartition(":")[2] for arn in arns]
    states = [
        {"value": 1, "text": "In alarm", "color": _RED},
        {"value": 0, "text": "OK", "color": "green"},
    ]
    mappings = [
        {"type": "value", "options": {str(each["value"]): {**each, "index": index}}}
        for index, each in enumerate(states)
    ]
    return {
        "type": "stat",
        "fieldConfig": {"defaults": {"unit": "none", "mappings": mappings}, "overrides": []},
        "options": {
            "textMode": "value_and_name",
            "graphMode": "none",
            "colorMode": "background",
            "text": {"titleSize": 12, "valueSize": 14},
        },
        "series": [
            {
                "refId": "A",
                "legend": name,
                "labels": {},
                "times": [END * 1000],
                "values": [float(_fires(alarms, name))],
            }
            for name in names
        ],
    }


def _fires(alarms: Alarms, name: str) -> bool:
    if "alarmRule" in alarms.inputs[name]:
        return alarms.joined_fires(name, MINUTES)
    return alarms.fires(name, MINUTES)


def _series(shown: Mapping[str, Any], metrics: Metrics, hours: int) -> Iterator[dict[str, Any]]:
    known: dict[str, dict[int, float | None]] = {}
    whole = bool(shown.get("setPeriodToTimeRange"))
    for number, row in enumerate(shown["metrics"]):
        *named, how = row
        period = how.get("period", 60) // 60
        # Periods are of the clock, whatever the time range.
        last = MINUTES - MINUTES % period
        ends = range(last, MINUTES - hours * 60, -period) if not whole else [MINUTES]
        if named:
            namespace, name, *pairs = named
            metric = {
                "namespace": namespace,
                "metricName": name,
                "stat": how["stat"],
                "dimensions": dict(zip(pairs[::2], pairs[1::2], strict=True)),
            }
            minutes = MINUTES if whole else period
            values = {end: metrics.statistic(metric, end, minutes) for end in ends}
        else:
            used = {name: each for name, each in known.items() if name in how["expression"]}
            at = {end for each in used.values() for end in each}
            values = {
                end: math_value(
                    how["expression"], {name: each.get(end) for name, each in used.items()}
                )
                for end in sorted(at)
            }
        known[how.get("id", f"row{number}")] = values
        if how.get("visible", True):
            yield _line(how["label"], how.get("color", ""), values, hours)


def _line(
    legend: str, color: str, values: Mapping[int, float | None], hours: int
) -> dict[str, Any]:
    """A value is drawn from its period's end on, up to the next one."""
    found, now = list[float | None](), None
    for minute in range(MINUTES - hours * 60, MINUTES + 1):
        now = values.get(minute, now)
        found.append(now)
    times = [END + 60 * minute for minute in range(-hours * 60, 1)]
    return {
        "refId": "A",
        "legend": legend,
        "labels": {},
        "color": color,
        "times": [time * 1000 for time in times],
        "values": found,
    }


def _sagemaker() -> Metrics:
    """A candidate since 110 minutes, with half of the requests since 70, of which it fails many."""
    found = Metrics(MINUTES)
    minutes = telling.minutes()
    candidate = np.where(minutes >= -70, 0.5, np.where(minutes >= -110, 0.1, 0.0))
    every = np.round(telling.wave(5) * 2400)
    bad = np.where(minutes >= -70, 0.4, 0.001)
    for name, share, failing, median in (
        ("stable", 1 - candidate, np.full(MINUTES, 0.001), np.full(MINUTES, 40_000.0)),
        ("candidate", candidate, bad, np.where(minutes >= -70, 88_000.0, 48_000.0)),
    ):
        where = {"EndpointName": "fraud-dev", "VariantName": name}
        requests = np.round(every * share)
        _add_requests(found, "AWS/SageMaker", where, requests, requests * failing)
        _add_times(found, "AWS/SageMaker", "ModelLatency", where, requests, median)
        _add_times(found, "AWS/SageMaker", "OverheadLatency", where, requests, median * 0 + 3000)
        busy = 40 + requests / 20
        for metric, value in (("CPUUtilization", busy), ("MemoryUtilization", busy * 0 + 61)):
            _add_gauge(found, "/aws/sagemaker/Endpoints", metric, where, value, requests)
    return found


def _lambda() -> Metrics:
    """More requests than may be worked on at once, for the last forty minutes."""
    found = Metrics(MINUTES)
    minutes = telling.minutes()
    crowded = minutes >= -40
    requests = np.round(telling.wave(6) * np.where(crowded, 1500, 600))
    failed = requests * np.where(crowded, 0.06, 0.0005)
    where = {"ApiId": "fraud-api-id"}
    _add_requests(found, "AWS/ApiGateway", where, requests, failed, ("Count", "5xx"))
    _add_requests(found, "AWS/ApiGateway", where, requests * 0, requests * 0.002, ("", "4xx"))
    median = np.where(crowded, 70.0, 35.0)
    _add_times(found, "AWS/ApiGateway", "Latency", where, requests, median)
    _add_times(found, "AWS/ApiGateway", "IntegrationLatency", where, requests, median * 0.9)
    function = {"FunctionName": "fraud-dev"}
    used = np.minimum(np.round(requests / 130), 10)
    _add_gauge(found, "AWS/Lambda", "ConcurrentExecutions", function, used, requests)
    return found


def _add_requests(  # noqa: PLR0917 - what is counted
    metrics: Metrics,
    namespace: str,
    where: Mapping[str, str],
    requests: Minutes,
    failed: Minutes,
    names: tuple[str, str] = ("Invocations", "Invocation5XXErrors"),
) -> None:
    counted, failing = names
    failed = np.round(failed)
    metrics.add(namespace, counted, where, 1, requests)
    metrics.add(namespace, failing, where, 1, failed)
    metrics.add(namespace, failing, where, 0, np.maximum(requests - failed, 0))


def _add_times(  # noqa: PLR0917 - what is timed
    metrics: Metrics,
    namespace: str,
    name: str,
    where: Mapping[str, str],
    requests: Minutes,
    median: Minutes,
) -> None:
    for level in sorted(set(median.tolist())):
        within = np.where(median == level, requests, 0.0)
        for factors, share in ((_SPREAD, 0.5), (_SLOW, 0.5)):
            for factor in factors:
                each = within * share / len(factors)
                metrics.add(namespace, name, where, level * factor, each)


def _add_gauge(  # noqa: PLR0917 - what is told
    metrics: Metrics,
    namespace: str,
    name: str,
    where: Mapping[str, str],
    values: Minutes,
    requests: Minutes,
) -> None:
    rounded = np.round(values)
    for value in sorted(set(rounded.tolist())):
        told = np.where((rounded == value) & (requests > 0), 1.0, 0.0)
        metrics.add(namespace, name, where, value, told)
