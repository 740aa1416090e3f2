"""What CloudWatch refuses of alarms, of alarms of alarms and of dashboards; and takes."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from sandbox.clouds.base import RefusedError
from tests.unit.sandbox_life import Stack

METRIC = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"


@pytest.fixture
def aws(tmp_path: Path) -> Stack:
    return Stack("aws", tmp_path / "store.sqlite", {"region": "eu-west-1"})


def _query(name: str, *, period: int = 60, watched: bool = False) -> dict[str, Any]:
    metric = {"metricName": "Errors", "namespace": "Tests", "stat": "Sum", "period": period}
    return {"id": name, "returnData": watched, "metric": metric}


def _alarm(*queries: dict[str, Any], periods: int = 1, **more: object) -> dict[str, Any]:
    least = {"comparisonOperator": "GreaterThanThreshold", "threshold": 1}
    return {**least, "evaluationPeriods": periods, "metricQueries": list(queries), **more}


def _problem(aws: Stack, token: str, inputs: dict[str, Any]) -> str:
    return "; ".join(problem.reason for problem in aws.problems(token, inputs))


_MATH = {"id": "slo", "expression": "a + b", "label": "slo", "returnData": True}


@pytest.mark.parametrize(
    ("inputs", "message"),
    [
        (_alarm(_query("a", watched=True), periods=1440), ""),
        (_alarm(_query("a", watched=True), periods=1441), r"use at most 86400 s in all"),
        (_alarm(_query("a", period=3540, watched=True), periods=24), ""),
        (_alarm(_query("a", period=3540, watched=True), periods=25), r"at most 86400"),
        (_alarm(_query("a", period=86_400, watched=True), periods=7), ""),
        (_alarm(_query("a", period=86_400, watched=True), periods=8), r"at most 604800"),
        (_alarm(_query("a", period=90, watched=True)), "multiple of 60"),
        (_alarm(_query("a", watched=True), datapointsToAlarm=1), ""),
        (_alarm(_query("a", watched=True), datapointsToAlarm=2), "2 data points of 1"),
        (_alarm(_MATH, _query("a"), _query("b")), ""),
        (_alarm(_MATH, _query("a"), _query("a")), 'the id "a" is there twice'),
        (_alarm(_MATH, _query("a"), _query("b", watched=True)), "true in 2 queries; use it in 1"),
        (_alarm(_query("a"), _query("b")), "true in 0 queries; use it in 1"),
        (_alarm(_MATH, _query("a"), _query("b", period=300)), "one period; got 60, 300"),
        (_alarm(_MATH, *(_query(f"m{number}") for number in range(10))), ""),
        (_alarm(_MATH, *(_query(f"m{number}") for number in range(11))), "takes 10 metrics"),
    ],
)
def test_what_an_alarm_looks_at(aws: Stack, inputs: dict[str, Any], message: str) -> None:
    if not message:
        assert aws.create(METRIC, "a", **inputs)
        return
    assert re.search(message, _problem(aws, METRIC, inputs))


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ('ALARM("a")', ""),
        ("(ALARM(\"a\") AND ALARM(b)) OR NOT OK('a')", ""),
        ("NOT (TRUE OR INSUFFICIENT_DATA(a))", ""),
        ("FALSE", ""),
        ('ALARM("a") ALARM("b")', "not an expression"),
        ('ALARM("a") AND', "not an expression"),
        ('AND ALARM("a")', "not an expression"),
        ('(ALARM("a")', "not an expression"),
        ('ALARM("a"))', "not an expression"),
        ("NOT", "not an expression"),
        ('ALARMED("a")', "cannot be read"),
        ('ALARM("a") && ALARM("b")', "cannot be read"),
        (" OR ".join(f"ALARM(x{number})" for number in range(101)), "takes 100 alarms at most"),
    ],
)
def test_the_rule_of_an_alarm_of_alarms(aws: Stack, rule: str, message: str) -> None:
    for name in ("a", "b"):
        aws.create(METRIC, name, name=name, **_alarm(_query("a", watched=True)))
    if not message:
        assert aws.create(COMPOSITE, "c", alarmName="c", alarmRule=rule)
        return
    assert re.search(message, _problem(aws, COMPOSITE, {"alarmName": "c", "alarmRule": rule}))


def test_an_alarm_stays_while_a_rule_names_it(aws: Stack) -> None:
    metric = aws.create(METRIC, "a", name="a", **_alarm(_query("a", watched=True)))
    by_arn = f'ALARM("{metric.outputs["arn"]}")'
    inner = aws.create(COMPOSITE, "b", alarmName="b", alarmRule=by_arn)
    outer = aws.create(COMPOSITE, "c", alarmName="c", alarmRule="ALARM(b)")
    for held in (metric, inner):
        with pytest.raises(RefusedError, match=r"Cannot delete . as there are composite alarm"):
            aws.delete(held)
    for each in (outer, inner, metric):
        aws.delete(each)


_TEXT = {"type": "text", "properties": {"markdown": "# Fraud"}}
_ROW = ["AWS/SageMaker", "Invocations", "EndpointName", "fraud"]


def _metric(*rows: object, **more: object) -> dict[str, Any]:
    return {"type": "metric", **more, "properties": {"region": "eu-west-1", "metrics": list(rows)}}


_BODIES: list[tuple[object, str]] = [
    ({"widgets": []}, ""),
    ({"widgets": [_TEXT]}, ""),
    ({"widgets": [_metric(_ROW, [{"expression": "m1", "id": "e1"}])]}, ""),
    ({"widgets": [_metric(_ROW, x=23, y=0, width=24, height=1000)]}, ""),
    ("{", "(?i)json"),
    ([], "a list of widgets"),
    ({"widgets": {}}, "a list of widgets"),
    ({"widgets": [{"type": "graph"}]}, r"widgets\[0\]: no widget is of the type 'graph'"),
    ({"widgets": [{"type": "text", "properties": {}}]}, "text needs markdown"),
    ({"widgets": [{"type": "alarm", "properties": {}}]}, "alarm needs alarms"),
    ({"widgets": [{"type": "metric", "properties": {"metrics": []}}]}, "metric needs region"),
    ({"widgets": [{"type": "metric", "properties": {"region": "r"}}]}, "needs metrics, or"),
    ({"widgets": [_metric(_ROW, x=24)]}, "x is 24; use 0 to 23"),
    ({"widgets": [_metric(_ROW, width=25)]}, "width is 25; use 1 to 24"),
    ({"widgets": [_metric(_ROW[:3])]}, "pairs of a dimension and its value"),
    ({"widgets": [_metric([{"label": "x"}])]}, "neither a metric nor an expression"),
    ({"widgets": [_metric([*_ROW, {"id": "M1"}])]}, "a small letter first"),
    ({"widgets": [_TEXT] * 500}, ""),
    ({"widgets": [_TEXT] * 501}, "at most 500 widgets"),
]


@pytest.mark.parametrize(("body", "message"), _BODIES)
def test_what_a_dashboard_shows(aws: Stack, body: object, message: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    if not message:
        made = aws.create(DASHBOARD, "d", dashboardName="fraud", dashboardBody=text)
        assert made.outputs["dashboardArn"] == "arn:aws:cloudwatch::123456789012:dashboard/fraud"
        return
    inputs = {"dashboardName": "fraud", "dashboardBody": text}
    assert re.search(message, _problem(aws, DASHBOARD, inputs))
