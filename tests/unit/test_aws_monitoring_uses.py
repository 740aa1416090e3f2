"""What fills up on AWS, in the vendors' units; who is told; what is refused; the dashboard."""

import json
from typing import Any

import pulumi
import pytest

from components.aws.sagemaker.sagemaker_endpoint import SageMakerEndpoint
from facts.sagemaker import cores
from tests.unit.aws_monitored import KINDS, WATCHED, monitored
from tests.unit.component_mocks import record
from tests.unit.test_sagemaker_endpoint import CANDIDATE, MINIMAL

_TOPIC = "arn:aws:sns:eu-west-1:123456789012:team"
_PAGES = "arn:aws:sns:eu-west-1:123456789012:pages"


def _watched(alarm: dict[str, Any]) -> tuple[str, str, str, float, int, int]:
    """Of an alarm on one metric: what it looks at, from where on, and for how long."""
    (query,) = alarm["metricQueries"]
    metric = query["metric"]
    assert query["returnData"] is True
    assert alarm["comparisonOperator"] == "GreaterThanThreshold"
    assert alarm["datapointsToAlarm"] == alarm["evaluationPeriods"]
    return (
        metric["namespace"],
        metric["metricName"],
        metric["stat"],
        alarm["threshold"],
        round(metric["period"]),
        round(alarm["evaluationPeriods"]),
    )


_MACHINES = "/aws/sagemaker/Endpoints"
_COPIES = "/aws/sagemaker/InferenceComponents"
_SAGEMAKER = "AWS/SageMaker"


@pytest.mark.parametrize(
    ("kind", "more", "role", "expected"),
    [
        # Cores and GPUs of an instance are summed.
        ("endpoint", {}, "stable-cpu", (_MACHINES, "CPUUtilization", "Average", 180, 300, 3)),
        (
            "endpoint",
            {"instance_type": "ml.g5.12xlarge"},
            "stable-cpu",
            (_MACHINES, "CPUUtilization", "Average", 90 * 48, 300, 3),
        ),
        (
            "endpoint",
            {"instance_type": "ml.g5.12xlarge"},
            "stable-gpu",
            (_MACHINES, "GPUUtilization", "Average", 360, 300, 3),
        ),
        ("endpoint", {}, "stable-memory", (_MACHINES, "MemoryUtilization", "Average", 90, 300, 3)),
        # Half of 80 ms, in µs.
        (
            "endpoint",
            {"latency_p95_ms": 80},
            "stable-overhead",
            (_SAGEMAKER, "OverheadLatency", "p95", 40_000, 300, 3),
        ),
        (
            "endpoint",
            {"max_replicas": 3},
            "stable-at-maximum",
            (_SAGEMAKER, "InvocationsPerInstance", "Sum", 600, 60, 30),
        ),
        (
            "endpoint",
            {"max_replicas": 3, "scaling_metric": "cpu", "scaling_target": 50},
            "stable-at-maximum",
            (_MACHINES, "CPUUtilization", "Average", 100, 60, 30),
        ),
        (
            "endpoint",
            {"max_replicas": 3, "scaling_metric": "Models/Waiting", "scaling_target": 7},
            "stable-at-maximum",
            ("Models", "Waiting", "Average", 7, 60, 30),
        ),
        # A share of 1.
        (
            "serverless",
            {},
            "stable-concurrency",
            (_SAGEMAKER, "ServerlessConcurrentExecutionsUtilization", "Maximum", 0.9, 300, 3),
        ),
        (
            "serverless",
            {"min_replicas": 1},
            "stable-at-maximum",
            (
                *(_SAGEMAKER, "ServerlessProvisionedConcurrencySpilloverInvocations", "Maximum"),
                *(0, 60, 30),
            ),
        ),
        (
            "async",
            {"max_replicas": 3},
            "stable-at-maximum",
            (_SAGEMAKER, "ApproximateBacklogSizePerInstance", "Average", 5, 60, 30),
        ),
        # In % of what a copy asked for.
        (
            "component",
            {},
            "component-cpu",
            (_COPIES, "CPUUtilizationNormalized", "Average", 90, 300, 3),
        ),
        (
            "component",
            {"max_replicas": 2},
            "component-at-maximum",
            (_SAGEMAKER, "InvocationsPerCopy", "Sum", 600, 60, 30),
        ),
        (
            "lambda",
            {"reserved_concurrency": 20},
            "function-concurrency",
            ("AWS/Lambda", "ConcurrentExecutions", "Maximum", 18, 300, 3),
        ),
        (
            "lambda",
            {"provisioned_concurrency": 1},
            "function-at-maximum",
            ("AWS/Lambda", "ProvisionedConcurrencySpilloverInvocations", "Sum", 0, 60, 30),
        ),
    ],
)
def test_what_fills_up(
    kind: str, more: dict[str, Any], role: str, expected: tuple[object, ...]
) -> None:
    assert _watched(monitored(kind, **more)[f"fraud-{role}"]) == expected


@pytest.mark.parametrize(
    ("kind", "more", "role"),
    [
        # Nothing scales; one instance is in use as soon as anybody asks; no GPU; no such metric.
        ("endpoint", {}, "stable-at-maximum"),
        ("lambda", {"reserved_concurrency": 1, "max_replicas": 1}, "function-concurrency"),
        ("lambda", {}, "function-at-maximum"),
        ("endpoint", {}, "stable-gpu"),
        ("serverless", {}, "stable-at-maximum"),
        ("async", {}, "stable-overhead"),
    ],
)
def test_what_cannot_fill_up(kind: str, more: dict[str, Any], role: str) -> None:
    assert f"fraud-{role}" not in monitored(kind, **more)


def test_the_cores_are_those_of_the_instance() -> None:
    assert cores("ml.m5.large") == 2


def test_a_shadow_spends_no_budget() -> None:
    inputs = monitored("endpoint", **CANDIDATE | {"canary_percent": 0, "strategy": "shadow"})
    queries = inputs["fraud-errors-page-60m"]["metricQueries"]
    variants = {q["metric"]["dimensions"]["VariantName"] for q in queries if "metric" in q}
    assert variants == {"stable"}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_pages_and_tickets_tell_their_topics(kind: str) -> None:
    inputs = monitored(kind, alarm_topic_arn=_TOPIC, page_topic_arn=_PAGES)
    for word in ("errors", "latency"):
        page, ticket = inputs[f"fraud-{word}-burns-fast"], inputs[f"fraud-{word}-burns"]
        assert page["alarmActions"] == page["okActions"] == [_PAGES]
        assert ticket["alarmActions"] == ticket["okActions"] == [_TOPIC]
        # Those of single windows tell nobody.
        assert "alarmActions" not in inputs[f"fraud-{word}-page-60m"]
    alone = monitored(kind, alarm_topic_arn=_TOPIC)
    assert alone["fraud-errors-burns-fast"]["alarmActions"] == [_TOPIC]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_nothing_is_made_unasked(kind: str) -> None:
    component, least = KINDS[kind]
    recorded = record(component, "fraud", {**least, "window_days": 7})
    tokens = set(recorded.types.values())
    assert not [each for each in tokens if each.endswith((":CompositeAlarm", ":Dashboard"))]
    for name, inputs in recorded.inputs.items():
        assert "Owner:" not in str(inputs.get("alarmDescription", "")), name


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_alarm_says_what_to_do(kind: str) -> None:
    component, least = KINDS[kind]
    recorded = record(component, "fraud", {**least, **WATCHED})
    scaling = {"fraud-no-capacity", "fraud-stable-from-zero"}
    told = [
        inputs["alarmDescription"]
        for name, inputs in recorded.inputs.items()
        if "alarmDescription" in inputs and name not in scaling
    ]
    assert len(told) > 20
    for text in told:
        alert, _, _ = text.partition(". ")
        assert f"Runbook: https://wiki.example/runbooks/{alert}\n" in text
        assert f"Owner: {least['owner']}\n" in text
        assert "\nDashboard: https://eu-west-1.console.aws.amazon.com/cloudwatch/" in text
        assert (f"Version {CANDIDATE['candidate_version']} is beside" in text) == (
            kind == "candidate"
        )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"alarms": "loud"}, "alarms: got 'loud'; use one of burn_rate, symptoms"),
        ({"page_topic_arn": _PAGES, "alarms": "symptoms"}, "no other alarm is a page"),
        ({"window_days": 366}, "window_days: got 366; use a whole number from 1 to 365"),
        ({"runbook_url": "wiki"}, "runbook_url: got 'wiki'; use a URL of at most 200 signs"),
        ({"runbook_url": "https://w.example/" + "r" * 183}, "use a URL of at most 200 signs"),
        ({"error_rate_percent": 100}, "no alarm on its budget could go off"),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        record(SageMakerEndpoint, "fraud", {**MINIMAL, **WATCHED, **changes})
    assert says in str(refused.value)


def test_the_least_of_what_is_refused_is_taken() -> None:
    for changes in ({"runbook_url": "https://w.example/" + "r" * 182}, {"error_rate_percent": 99}):
        assert monitored("endpoint", **changes)
    symptoms = {**MINIMAL, "error_rate_percent": 100}
    assert record(SageMakerEndpoint, "fraud", symptoms).inputs


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_dashboard(kind: str) -> None:
    inputs = monitored(kind, max_replicas=3)
    text = inputs["fraud-dashboard"]["dashboardBody"]
    assert text == monitored(kind, max_replicas=3)["fraud-dashboard"]["dashboardBody"]
    body = json.loads(text)
    # By the console's three hours and periods of its own there would be no burn rate of six.
    assert (body["start"], body["periodOverride"]) == ("-PT12H", "inherit")
    widgets = body["widgets"]
    titles = [each["properties"].get("title", "") for each in widgets]
    for title in (
        *("Error budget left in %, of 30 days", "Burn rate: latency", "p95 of the latency in ms"),
        *("Requests per minute", "Failed requests per minute"),
    ):
        assert title in titles
    taken: set[tuple[int, int]] = set()
    for each in widgets:
        place = {
            (x, y)
            for x in range(each["x"], each["x"] + each["width"])
            for y in range(each["y"], each["y"] + each["height"])
        }
        # No widget is on another one, nor beyond the grid.
        assert not place & taken
        assert max(x for x, _ in place) < 24
        taken |= place
        _has_its_names(each["properties"])
        if each["properties"].get("view") == "timeSeries":
            assert each["properties"]["yAxis"]["left"]["min"] == 0


def test_a_dashboard_is_in_units_and_colours_for_people() -> None:
    body = json.loads(monitored("candidate")["fraud-dashboard"]["dashboardBody"])
    shown = {each["properties"].get("title"): each["properties"] for each in body["widgets"]}
    overhead = shown["p95 of SageMaker's overhead in ms (stable-overhead)"]
    assert overhead["metrics"][-1][0]["expression"] == "used / 1000"
    # Half of the objective, of which an alarm goes off.
    (limit,) = overhead["annotations"]["horizontal"]
    assert (limit["value"], limit["label"]) == (50, "alarm: 50")
    burning = shown["Burn rate: errors"]["annotations"]["horizontal"]
    assert [each["label"] for each in burning] == [
        "lasts just 30 days: 1",
        "pages from here on: 6",
    ]
    colors = {
        row[-1]["label"]: row[-1].get("color")
        for title in ("Requests per minute", "p95 of the latency in ms")
        for row in shown[title]["metrics"]
        if "label" in row[-1]
    }
    assert colors["stable"] == colors["stable, model"] != colors["candidate"]
    assert colors["candidate"] == colors["candidate, model"]
    assert colors["stable, overhead"] is None
    (about,) = (each["markdown"] for each in shown.values() if "markdown" in each)
    assert "Version 1.5.0 is beside 1.4.0." in about


def _has_its_names(properties: dict[str, Any]) -> None:
    """Each expression of a widget names metrics of the same widget, once each."""
    options = [row[-1] for row in properties.get("metrics", [])]
    ids = [each["id"] for each in options if "id" in each]
    assert len(ids) == len(set(ids))
    for each in options:
        expression = each.get("expression", "")
        for other in ("IF", "FILL"):
            expression = expression.replace(f"{other}(", "(")
        names = "".join(sign if sign.isalnum() else " " for sign in expression).split()
        assert {name for name in names if not name[0].isdigit()} <= set(ids), expression
