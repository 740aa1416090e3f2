"""What watches a model on AWS through the real engine: burn rates, use, the dashboard."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from facts.burn_rate import burn_rates
from tests.engine.aws_client import aws_clients
from tests.engine.aws_projects import BUCKET, function_code, sagemaker_endpoint
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_ACCOUNT = "123456789012"
_TOPIC = f"arn:aws:sns:eu-west-1:{_ACCOUNT}:tickets"
_WATCHED: dict[str, Any] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
_PAGES = {f"fraud-{word}-page-{m}m" for word in ("errors", "latency") for m in (5, 30, 60, 360)}
_TICKETS = {
    f"fraud-{word}-ticket-{m}m" for word in ("errors", "latency") for m in (120, 360, 1440, 4320)
}
_JOINED = {
    f"fraud-{word}-{how}" for word in ("errors", "latency") for how in ("burns-fast", "burns")
}


def test_sagemaker(sandbox: Sandbox) -> None:
    project = sagemaker_endpoint(sandbox, max_replicas=3)
    project.up()
    uses = {f"fraud-stable-{word}" for word in ("cpu", "memory", "overhead", "at-maximum")}
    symptoms = {"fraud-stable-latency", "fraud-stable-errors"}
    _life(project, uses=uses, symptoms=symptoms)
    _names_what_is_there(sandbox)
    # Another version changes no alarm.
    new = project.up(model_version="1.5.0", model_uri=f"{BUCKET}/1.5.0/model.tar.gz")
    assert "fraud-stable-model" in new.steps
    assert not set(new.steps) & (_PAGES | _JOINED | symptoms)
    # A candidate is counted too, and alarms say that there are two; its share changes none.
    both = project.up(candidate_version="2.0.0", candidate_uri=f"{BUCKET}/2.0.0/model.tar.gz")
    assert both.names("update") & (_PAGES | _JOINED) == _PAGES | _JOINED
    text = project.resource("fraud-errors-burns-fast")["inputs"]["alarmDescription"]
    assert "Version 2.0.0 is beside 1.5.0" in text
    assert set(project.up(canary_percent=10).steps) == {"fraud-live"}
    _joined_goes_first(project.destroy())


def test_lambda(sandbox: Sandbox, tmp_path: Path) -> None:
    project = ComponentProject(
        sandbox,
        "aws",
        "components.aws.lambda_.lambda_endpoint",
        "LambdaEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "model_version": "1.4.0",
            "model_uri": "file:fraud/1.4.0/model.onnx",
            "code_path": function_code(tmp_path / "1.4.0.zip", "version = 1"),
        },
    )
    project.up()
    _life(
        project,
        uses={"fraud-function-concurrency"},
        symptoms={"fraud-latency", "fraud-errors", "fraud-function-errors"}
        | {"fraud-function-throttles"},
    )
    _joined_goes_first(project.destroy())


def _life(project: ComponentProject, *, uses: set[str], symptoms: set[str]) -> None:
    """Asked for, the rest is added; another SLO changes it, and nothing that serves."""
    made = _PAGES | _TICKETS | _JOINED | uses | {"fraud-dashboard"}
    seen = project.preview(**_WATCHED)
    assert seen.names("create") == made
    watched = project.up()
    assert watched.names("create") == made
    # They learn what to do and where to look.
    assert watched.names("update") == symptoms
    assert all(watched.properties[name] == {"alarmDescription"} for name in symptoms)
    assert project.up().steps == {}
    body = json.loads(project.resource("fraud-dashboard")["inputs"]["dashboardBody"])
    alarms = next(each for each in body["widgets"] if each["type"] == "alarm")
    assert len(alarms["properties"]["alarms"]) == len(_JOINED | symptoms)
    # The objective is a tag of everything; nothing but what watches changes otherwise.
    slower = project.up(latency_p95_ms=80)
    latency = {name for name in _PAGES | _TICKETS if "-latency-" in name}
    assert slower.names("update") >= latency | {"fraud-dashboard"}
    assert not slower.names("create", "replace", "delete")
    others = set(slower.steps) - made - symptoms
    changed = {path for name in others for path in slower.properties[name]}
    assert {path[:4] for path in changed} <= {"tags"}, changed
    shorter = project.up(window_days=7)
    # A pair that another one tells already is not there.
    (ticket,) = [each for each in burn_rates(7) if each.severity == "ticket"]
    assert shorter.names("create") == {
        f"fraud-{word}-ticket-{minutes}m"
        for word in ("errors", "latency")
        for minutes in (ticket.long_minutes, ticket.short_minutes)
    }
    assert shorter.names("delete") == _TICKETS
    assert shorter.names("update") <= _PAGES | _JOINED | {"fraud-dashboard"}
    told = project.up(alarm_topic_arn=_TOPIC, page_topic_arn=f"{_TOPIC}-pages")
    assert told.names("update") == _JOINED | uses | symptoms
    actions = project.resource("fraud-errors-burns-fast")["inputs"]["alarmActions"]
    assert actions == [f"{_TOPIC}-pages"]


def _names_what_is_there(sandbox: Sandbox) -> None:
    """As boto3 reads them: each rule joins alarms that there are, and a metric alarm tells none."""
    with aws_clients(sandbox) as clients:
        api = clients("cloudwatch")
        joined = api.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
        metric = api.describe_alarms(AlarmTypes=["MetricAlarm"])["MetricAlarms"]
    found = {each["AlarmName"]: each for each in metric}
    assert {each["AlarmName"] for each in joined} == {
        name.replace("fraud-", "fraud-dev-", 1) for name in _JOINED
    }
    for each in joined:
        parts = re.findall(r'ALARM\("([^"]+)"\)', each["AlarmRule"])
        assert parts
        assert all(not found[part]["AlarmActions"] for part in parts)


def _joined_goes_first(gone: Change) -> None:
    """CloudWatch deletes no alarm that another one's rule names."""
    order = [name for operation, name in gone.order if operation == "delete"]
    for name in _JOINED:
        word, _, how = name.removeprefix("fraud-").partition("-")
        severity = "page" if how == "burns-fast" else "ticket"
        parts = [each for each in order if each.startswith(f"fraud-{word}-{severity}-")]
        assert parts
        assert all(order.index(name) < order.index(part) for part in parts)
