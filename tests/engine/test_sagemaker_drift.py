"""Drift of a model on SageMaker through the real engine: made, changed, taken away."""

from typing import Any

import pytest

from tests.engine.aws_projects import sagemaker_endpoint
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_DRIFT: dict[str, Any] = {
    "capture_percent": 100,
    "capture_uri": "s3://captured/sagemaker",
    "drift_baseline_uri": "s3://example-models/fraud/1.4.0/baseline",
    "drift_features": ["amount", "country"],
    "alarm_topic_arn": "arn:aws:sns:eu-west-1:123456789012:team",
}
_EVENTS = {"fraud-drift-violations", "fraud-drift-failures"}
_MADE = {
    *("fraud-drift-role", "fraud-drift-role-policy", "fraud-drift-job", "fraud-drift-schedule"),
    *("fraud-drift", *_EVENTS, *(f"{name}-topic" for name in _EVENTS)),
}


def test_life(sandbox: Sandbox) -> None:
    project = sagemaker_endpoint(sandbox, **_DRIFT)
    made = project.up()
    assert made.names("create") >= _MADE
    assert project.up().steps == {}
    # A threshold is the alarm's alone, a schedule the schedule's and that of the alarm's period.
    closer = project.up(drift_threshold=0.2)
    assert closer.steps == {"fraud-drift": ["update"]}
    assert closer.properties["fraud-drift"] == {"threshold", "alarmDescription"}
    hourly = project.up(drift_schedule="hourly")
    assert hourly.names("update") == set(hourly.steps) == {"fraud-drift", "fraud-drift-schedule"}
    # A job's definition cannot be changed: the schedule moves to another one before this one goes.
    other = project.up(drift_baseline_uri="s3://example-models/fraud/1.5.0/baseline")
    assert other.replaced_in_turn("fraud-drift-job")
    assert other.replaced_in_turn("fraud-drift-role-policy")
    assert other.names("update") == {"fraud-drift-schedule"}
    # Without it nothing of it is left, and the endpoint is not touched.
    none: dict[str, Any] = {key: None for key in project.args if key.startswith("drift_")}
    without = project.up(**none)
    assert without.names("delete") == set(without.steps) == _MADE
    project.up(**{key: value for key, value in _DRIFT.items() if key.startswith("drift_")})
    gone = [name for operation, name in project.destroy().order if operation == "delete"]
    assert gone.index("fraud-drift-schedule") < gone.index("fraud-drift-job")
    assert gone.index("fraud-drift-job") < gone.index("fraud-endpoint")
