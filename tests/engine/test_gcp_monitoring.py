"""What watches a model on Google Cloud through the real engine: objectives, policies, dashboard."""

import json
import re
from typing import Any

import pytest

from facts.burn_rate import burn_rates
from facts.cloud_monitoring import LOOKBACK_MINUTES
from sandbox.store import Fault, Store
from tests.engine.cloud_run_project import IMAGE, cloud_run_project
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox

pytestmark = pytest.mark.engine

_WATCHED: dict[str, Any] = {
    "alarms": "burn_rate",
    "dashboard": True,
    "runbook_url": "https://wiki.example/runbooks/{alert}",
}
_OBJECTIVES = {"fraud-service-level", "fraud-errors-objective", "fraud-latency-objective"}
_PAGES = {f"fraud-{word}-burns-fast-{m}m" for word in ("errors", "latency") for m in (60, 360)}
_TICKETS = {f"fraud-{word}-burns-1440m" for word in ("errors", "latency")}
_BURNS = _PAGES | _TICKETS
_SYMPTOMS = {"fraud-latency", "fraud-errors"}
_CHANNELS = """
channels = [
    pulumi_gcp.monitoring.NotificationChannel(
        name, type="email", display_name=name, labels={"email_address": f"{name}@example.com"},
        opts=pulumi.ResourceOptions(provider=providers[0]))
    for name in ("team", "on-call")
]
given = asked["args"].pop("channels", None)
if given:
    asked["args"] |= {
        "notification_channels": [channels[0].name], "page_channels": [channels[1].name]
    }
"""
_ARTIFACTS = """
pulumi_gcp.storage.Bucket("artifacts", name="example-artifacts", location="EU",
                          uniform_bucket_level_access=True,
                          opts=pulumi.ResourceOptions(provider=providers[0]))
"""


def test_cloud_run(sandbox: Sandbox) -> None:
    stable = {
        "model_version": "1.4.0",
        "model_uri": "gs://example-models/fraud/1.4.0/model.onnx",
        "image": IMAGE + "1" * 64,
    }
    project = cloud_run_project(sandbox, stable, setup=_CHANNELS)
    uses = {f"fraud-{word}" for word in ("at-maximum", "cpu", "memory", "concurrency", "pending")}
    project.up()
    _life(project, uses)
    gone = project.destroy()
    _policies_go_first(gone)


def _life(project: ComponentProject, uses: set[str]) -> None:
    made = _OBJECTIVES | _BURNS | uses | {"fraud-dashboard"}
    seen = project.preview(**_WATCHED)
    assert seen.names("create") == made
    watched = project.up()
    assert watched.names("create") == made
    assert watched.names("update") == _SYMPTOMS
    assert project.up().steps == {}


def _policies_go_first(gone: Change) -> None:
    order = [name for operation, name in gone.order if operation == "delete"]
    for word in ("errors", "latency"):
        objective = order.index(f"fraud-{word}-objective")
        assert all(order.index(each) < objective for each in _BURNS if f"-{word}-" in each)
