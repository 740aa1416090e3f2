"""Alarms and dashboards within CloudWatch's limits, by botocore's model of it; and moto's word."""

import json
import re
from functools import cache
from typing import Any

import boto3  # pyright: ignore[reportMissingTypeStubs]
import pytest
from botocore.session import Session  # pyright: ignore[reportMissingTypeStubs]
from moto import mock_aws

from facts.cloudwatch import ALARM_METRICS, COMPOSITE_CHILDREN
from tests.unit.aws_monitored import KINDS, WATCHED
from tests.unit.component_mocks import record

_LONGEST: dict[str, Any] = {
    "environment": "e" * 12,
    "owner": "o" * 256,
    "runbook_url": "https://wiki.example/" + "r" * 171 + "{alert}",
    "latency_p95_ms": 9_345.6,
    "error_rate_percent": 0.123,
    "window_days": 29,
}


@cache
def _shapes() -> Any:  # noqa: ANN401 - botocore has no types
    session: Any = Session()
    return session.get_service_model("cloudwatch")


def _client() -> Any:  # noqa: ANN401 - boto3 has no types
    session: Any = boto3.Session(region_name="eu-west-1")
    return session.client("cloudwatch")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_all_is_within_cloudwatchs_limits(kind: str) -> None:
    """Lengths by botocore's model, the number of metrics and of alarms by the pages."""
    component, least = KINDS[kind]
    # With its environment the name is as long as SageMaker takes one.
    name = "n" * 39
    args = {**least, **WATCHED, **_LONGEST}
    if "candidate_version" in least:
        args |= {"model_version": "1." + "0" * 61, "candidate_version": "2." + "0" * 61}
    recorded = record(component, name, args)
    found = 0
    for child, inputs in recorded.inputs.items():
        token = recorded.types[child]
        if token.endswith(":MetricAlarm"):
            found += 1
            _within("PutMetricAlarm", "AlarmDescription", inputs["alarmDescription"])
            queries = inputs.get("metricQueries", [])
            assert ALARM_METRICS.allows(max(1, sum("metric" in each for each in queries)))
            for query in queries:
                _within_of("MetricDataQuery", "Id", query["id"])
                _within_of("MetricDataQuery", "Expression", query.get("expression", "x"))
        elif token.endswith(":CompositeAlarm"):
            found += 1
            for key, value in (
                ("AlarmName", inputs["alarmName"]),
                ("AlarmDescription", inputs["alarmDescription"]),
                ("AlarmRule", inputs["alarmRule"]),
            ):
                _within("PutCompositeAlarm", key, value)
            assert COMPOSITE_CHILDREN.allows(inputs["alarmRule"].count("ALARM("))
        elif token.endswith(":Dashboard"):
            found += 1
            assert re.fullmatch(r"[A-Za-z0-9_-]{1,255}", inputs["dashboardName"])
    assert found > 20


def _within(operation: str, key: str, text: str) -> None:
    shape = _shapes().operation_model(operation).input_shape
    assert len(text) <= shape.members[key].metadata["max"], f"{key}: {text}"


def _within_of(shape: str, key: str, text: str) -> None:
    members = _shapes().shape_for(shape).members
    assert len(text) <= members[key].metadata["max"], f"{key}: {text}"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_another_implementation_takes_alarms_and_dashboards(kind: str) -> None:
    """Moto's, which has neither alarms of alarms nor an evaluation."""
    component, least = KINDS[kind]
    recorded = record(component, "fraud", {**least, **WATCHED})
    with mock_aws():
        api = _client()
        for child, inputs in recorded.inputs.items():
            token = recorded.types[child]
            if token.endswith(":MetricAlarm"):
                api.put_metric_alarm(AlarmName=child, **_as_api(inputs))
            elif token.endswith(":Dashboard"):
                body = inputs["dashboardBody"]
                answer = api.put_dashboard(DashboardName="d", DashboardBody=body)
                assert not answer.get("DashboardValidationMessages")
                assert json.loads(body) == json.loads(
                    api.get_dashboard(DashboardName="d")["DashboardBody"]
                )


def _as_api(inputs: dict[str, Any]) -> dict[str, Any]:
    """A metric alarm as boto3 takes it, which checks it against CloudWatch's model."""
    found = {
        key[:1].upper() + key[1:]: value
        for key, value in inputs.items()
        if key not in {"tags", "metricQueries", "dimensions"}
    }
    for key in ("EvaluationPeriods", "DatapointsToAlarm", "Period"):
        if key in found:
            found[key] = round(found[key])
    if "dimensions" in inputs:
        found["Dimensions"] = _pairs(inputs["dimensions"])
    if "metricQueries" in inputs:
        found["Metrics"] = [_query(each) for each in inputs["metricQueries"]]
    return found


def _query(query: dict[str, Any]) -> dict[str, Any]:
    found = {key[:1].upper() + key[1:]: value for key, value in query.items() if key != "metric"}
    if "metric" not in query:
        return found
    metric = query["metric"]
    return found | {
        "MetricStat": {
            "Metric": {
                "Namespace": metric["namespace"],
                "MetricName": metric["metricName"],
                "Dimensions": _pairs(metric["dimensions"]),
            },
            "Period": round(metric["period"]),
            "Stat": metric["stat"],
        }
    }


def _pairs(dimensions: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in dimensions.items()]
