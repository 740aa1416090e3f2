"""The first-party resource through the real engine, beside the stand-in of pulumi-aws."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.api import server
from sandbox.store import Fault, Row, Store
from tests.engine.aws_client import client
from tests.engine.conftest import Sandbox
from tests.engine.first_party_project import FirstPartyProject, first_party_folder
from tests.engine.running import wait_until

pytestmark = pytest.mark.engine

ENDPOINT = "aws:sagemaker/endpoint:Endpoint"
ENDPOINT_CONFIGURATION = "aws:sagemaker/endpointConfiguration:EndpointConfiguration"
LIVE = "serving:index:SageMakerLiveEndpoint"
PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

from components.aws.sagemaker.sagemaker_live_endpoint import (
    OF_THE_LIVE_ENDPOINT,
    SageMakerLiveEndpoint,
)
from components.aws.sagemaker.sagemaker_shift import Shift

asked = json.loads(Path("asked.json").read_text())
role = aws.iam.Role("fraud", assume_role_policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                   "Principal": {"Service": "sagemaker.amazonaws.com"}}],
}))
reads = aws.iam.RolePolicy("fraud", role=role.name, policy=json.dumps({
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject", "ecr:*"], "Resource": "*"}],
}))
model = aws.sagemaker.Model(
    "fraud", execution_role_arn=role.arn,
    primary_container={"image": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/fraud:1",
                       "model_data_url": f"s3://example-models/fraud/{asked['version']}.tar.gz"},
    opts=pulumi.ResourceOptions(depends_on=[reads]))
configuration = aws.sagemaker.EndpointConfiguration("fraud", production_variants=[
    {"variant_name": name, "model_name": model.name, "instance_type": "ml.m5.large",
     "initial_instance_count": 2, "initial_variant_weight": weight}
    for name, weight in (("stable", 1), ("candidate", 0))])
alarm = aws.cloudwatch.MetricAlarm(
    "fraud", name="slow", comparison_operator="GreaterThanThreshold", evaluation_periods=1,
    namespace="AWS/SageMaker", metric_name="ModelLatency", period=60, statistic="Average",
    threshold=1)
endpoint = aws.sagemaker.Endpoint(
    "fraud", name="fraud", endpoint_config_name=configuration.name, tags=asked.get("tags"),
    opts=pulumi.ResourceOptions(ignore_changes=list(OF_THE_LIVE_ENDPOINT)))
live = SageMakerLiveEndpoint(
    "fraud-live", endpoint_name=endpoint.name, endpoint_config_name=configuration.name,
    weights=asked["weights"], timeout_seconds=60,
    shift=Shift("canary", 20, 60), alarm_names=[alarm.name],
    opts=pulumi.ResourceOptions(import_=asked.get("import")))
pulumi.export("live_weights", live.live_weights)
pulumi.export("configuration", configuration.name)
"""


class Project(FirstPartyProject):
    """A project with one endpoint, whose version and weights a test changes."""

    def ask(self, version: str = "1", *, stable: int = 100, **more: object) -> None:
        weights = {"stable": stable, "candidate": 100 - stable}
        self.write({"version": version, "weights": weights, **more})

    def calls(self) -> list[str]:
        """What changed SageMaker over its API, in order."""
        events = self.store.events(operation="sagemaker:Update*")
        return [event.operation.partition(":")[2] for event in events]

    def live(self) -> dict[str, Any]:
        row = self.store.by_name("aws", ENDPOINT, "fraud")
        assert row is not None
        return row.live

    def weights(self) -> dict[str, float]:
        return {v["name"]: v["current_weight"] for v in self.live()["variants"]}

    def change(self, change: Callable[[dict[str, Any]], None]) -> None:
        """Change what is live, as another tool would."""

        def changed(row: Row) -> Row:
            live = json.loads(json.dumps(row.live))
            change(live)
            return row.replace(live=live)

        self.store.update("aws", ENDPOINT, "fraud", changed)


@pytest.fixture
def project(sandbox: Sandbox) -> Iterator[Project]:
    folder = first_party_folder(sandbox, PROGRAM, {"aws:region": "eu-west-1"}, "live")
    made = Project(sandbox, folder, Store(sandbox.home / "store.sqlite"))
    made.ask()
    yield made
    made.store.close()


def test_weights_move_without_a_new_configuration(project: Project) -> None:
    assert LIVE in project.up()["create"]
    assert project.weights() == {"stable": 1, "candidate": 0}
    before = project.live()["endpoint_config_name"]

    project.ask(stable=90)
    assert project.up() == {"update": [LIVE]}
    assert project.weights() == {"stable": 90, "candidate": 10}
    assert project.live()["endpoint_config_name"] == before
    assert project.sandbox.outputs(project.folder)["live_weights"] == {
        "stable": 90,
        "candidate": 10,
    }

    # Nothing more to do, and nothing that a refresh would find.
    assert project.up() == {}
    assert project.refresh() == {}
    assert len(project.store.events(operation="sagemaker:Update*")) == 1


def test_a_creation_that_fails_halfway_is_resumed(project: Project) -> None:
    project.ask(stable=90)
    project.store.add_fault(Fault(ENDPOINT, "create", "fail", message="no capacity"))
    assert "no capacity" in project.up_fails()
    # The endpoint is there then; its share is not.
    weights = "UpdateEndpointWeightsAndCapacities"
    project.store.add_fault(Fault(ENDPOINT, weights, "fail", code="AccessDeniedException"))
    assert "AccessDeniedException" in project.up_fails()
    assert project.weights() == {"stable": 1, "candidate": 0}
    assert project.up() == {"create": [LIVE]}
    assert project.weights() == {"stable": 90, "candidate": 10}
    assert project.up() == {}


def test_another_configuration_is_one_update_that_keeps_weights_and_counts(
    project: Project,
) -> None:
    project.ask(stable=90)
    project.up()

    def scale(live: dict[str, Any]) -> None:
        for variant in live["variants"]:
            variant["current_instance_count"] = variant["desired_instance_count"] = 7

    project.change(scale)
    seen = project.calls()
    project.ask("2", stable=90)
    changed = project.up()
    # The endpoint itself is not touched: it is the live one's to move.
    assert ENDPOINT not in changed["update"]
    assert project.calls()[len(seen) :] == ["UpdateEndpoint"]
    assert {v["current_instance_count"] for v in project.live()["variants"]} == {7}
    assert project.weights() == {"stable": 90, "candidate": 10}
    assert project.up() == {}

    # Tags are the endpoint's own; its configuration stays where the live one has it.
    now = project.live()["endpoint_config_name"]
    project.ask("2", stable=90, tags={"owner": "risk"})
    assert project.up() == {"update": [ENDPOINT]}
    assert project.refresh() == {}
    project.ask("2", stable=90, tags={"owner": "growth"})
    assert project.up() == {"update": [ENDPOINT]}
    assert project.live()["endpoint_config_name"] == now
    assert {v["current_instance_count"] for v in project.live()["variants"]} == {7}
    assert project.calls()[len(seen) :] == ["UpdateEndpoint"]


def test_a_silent_rollback_fails_the_update_and_the_next_one_repairs(project: Project) -> None:
    project.up()
    before = project.live()["endpoint_config_name"]
    project.store.add_fault(Fault(ENDPOINT, "update", "silent_rollback"))
    project.ask("2")
    printed = project.up_fails()
    assert f"endpoint fraud still serves configuration {before}; asked: fraud-" in printed
    assert "SageMaker rolled the update back. FailureReason: The update was rolled" in printed
    assert "serving rollback" in printed
    assert "Traceback" not in printed
    assert ".py" not in printed
    assert project.live()["endpoint_config_name"] == before

    # The state does not say that it is so: no refresh is needed.
    project.up()
    after = project.live()["endpoint_config_name"]
    assert after == project.sandbox.outputs(project.folder)["configuration"] != before
    assert project.up() == {}


def test_an_alarm_during_a_shift_fails_the_update_and_a_fixed_model_goes_on(
    project: Project,
) -> None:
    project.up()
    before = project.live()["endpoint_config_name"]
    api = server.start(project.store.path)
    alarms, sagemaker = client("cloudwatch", api.url), client("sagemaker", api.url)
    project.ask("2")
    # A minute of AWS lasts long enough to set an alarm in it.
    with project.running(0.05) as up:
        wait_until(lambda: project.live().get("status") == "Updating", 60, "the update begins")
        during = sagemaker.describe_endpoint(EndpointName="fraud")
        assert during["EndpointConfigName"] == before
        assert during["PendingDeploymentSummary"]["EndpointConfigName"] != before
        alarms.set_alarm_state(AlarmName="slow", StateValue="ALARM", StateReason="9 s at 12:01.")
        printed = up.fails()
    assert f"still serves configuration {before}" in printed
    assert "SageMaker rolled the update back" in printed
    assert "Alarm slow is in ALARM: 9 s at 12:01." in printed
    after = sagemaker.describe_endpoint(EndpointName="fraud")
    assert (after["EndpointStatus"], after["EndpointConfigName"]) == ("InService", before)

    # It rang of this configuration: trying again is taken back again, and what serves is kept.
    assert "Alarm slow is in ALARM: 9 s at 12:01." in project.up_fails()
    assert project.store.by_name("aws", ENDPOINT_CONFIGURATION, before) is not None

    # Of another configuration it says nothing, so that it does not keep a bad model serving.
    project.ask("3")
    project.up()
    assert project.store.by_name("aws", ENDPOINT_CONFIGURATION, before) is None
    after = sagemaker.describe_endpoint(EndpointName="fraud")
    assert after["EndpointConfigName"] == project.sandbox.outputs(project.folder)["configuration"]
    assert after["LastDeploymentConfig"]["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"][
        "CanarySize"
    ] == {"Type": "CAPACITY_PERCENT", "Value": 20}
    assert project.up() == {}
    api.close()


def test_drift_is_seen_and_repaired(project: Project) -> None:
    project.ask(stable=90)
    project.up()
    asked = project.live()["endpoint_config_name"]
    row = project.store.by_name("aws", ENDPOINT_CONFIGURATION, asked)
    assert row is not None
    project.store.put(row.replace(id="by-hand", name="by-hand", inputs={**row.inputs}))

    def drift(live: dict[str, Any]) -> None:
        live["endpoint_config_name"] = "by-hand"
        for variant in live["variants"]:
            variant["current_weight"] = variant["desired_weight"] = 50.0

    project.change(drift)
    # What pulumi-aws' resource shows of it is nobody's to repair but the live one's.
    assert LIVE in project.refresh()["update"]
    state = project.sandbox.resources(project.folder)
    (live,) = [each for each in state if each["type"] == LIVE]
    assert live["outputs"]["weights"] == {"stable": 50, "candidate": 50}
    assert live["outputs"]["endpointConfigName"] == "by-hand"
    assert project.up() == {"update": [LIVE]}
    assert project.weights() == {"stable": 90, "candidate": 10}
    assert project.live()["endpoint_config_name"] == asked
    assert project.up() == {}


def test_an_endpoint_deleted_by_hand_is_seen_and_made_again(project: Project) -> None:
    project.up()
    project.store.delete("aws", ENDPOINT, "fraud")
    project.refresh()
    types = {each["type"] for each in project.sandbox.resources(project.folder)}
    assert LIVE not in types
    assert ENDPOINT not in types
    assert sorted(project.up()["create"]) == sorted([ENDPOINT, LIVE])
    assert project.weights() == {"stable": 1, "candidate": 0}


def test_import_by_the_endpoints_name(project: Project) -> None:
    project.ask(stable=90)
    project.up()
    assert project.forget("fraud-live") == "fraud"
    project.ask(stable=90, **{"import": "fraud"})
    assert project.up() == {"import": [LIVE]}
    project.ask(stable=90)
    assert project.up() == {}


def test_a_wrong_weight_stops_the_preview(project: Project) -> None:
    weights = {"stable": 90, "candidate": 20}
    project.write({"version": "1", "weights": weights})
    assert "candidate 20 %, stable 90 %, 110 together; use 100" in project.fails("preview")
    assert project.store.events(operation="sagemaker:*") == []


def test_destroy_asks_nothing_of_the_cloud(project: Project) -> None:
    project.up()
    before = len(project.store.events(operation="sagemaker:*"))
    project.sandbox.destroy(project.folder)
    assert len(project.store.events(operation="sagemaker:*")) == before
    assert project.store.list("aws", ENDPOINT) == []


@pytest.mark.parametrize("killed", ["engine", "provider"])
def test_a_run_killed_during_a_shift_is_continued_without_a_second_update(
    project: Project, killed: str
) -> None:
    project.up()
    before = project.live()["endpoint_config_name"]
    project.ask("2", stable=80)
    with project.running(0.05) as up:
        wait_until(lambda: project.calls() != [], 60, "the update begins")
        if killed == "engine":
            up.kill_engine()
        else:
            up.kill_providers()
    assert project.live()["status"] == "Updating"
    assert project.live()["endpoint_config_name"] == before

    # The configuration is there already; what is left is to wait, and to move the weights.
    assert project.up()["update"] == [LIVE]
    assert project.calls() == ["UpdateEndpoint", "UpdateEndpointWeightsAndCapacities"]
    assert project.weights() == {"stable": 80, "candidate": 20}
    assert project.live()["endpoint_config_name"] != before
    assert project.sandbox.state(project.folder).get("pending_operations", []) == []
    assert project.up() == {}
