"""The first-party resource through the real engine, beside the stand-in of pulumi-azure-native."""

from collections.abc import Iterator
from typing import Any

import pytest

from sandbox import eventual
from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Fault
from tests.engine.azure_ml_workspace import (
    WORKSPACE,
    WORKSPACE_ID,
    make_workspace,
    move_by_hand,
)
from tests.engine.conftest import Sandbox
from tests.engine.first_party_project import FirstPartyProject, first_party_folder
from tests.engine.running import wait_until

pytestmark = pytest.mark.engine

ENDPOINT = "azure-native:machinelearningservices:OnlineEndpoint"
ENDPOINT_ID = f"{WORKSPACE_ID}/onlineEndpoints/fraud"
TRAFFIC = "serving:index:AzureMlTraffic"
PUT = "azureml:OnlineEndpoints_CreateOrUpdate"

PROGRAM = """
import json
from pathlib import Path

import pulumi
from pulumi_azure_native import machinelearningservices as ml

from components.azure.azure_ml.azure_ml_resource import AzureMlPlace
from components.azure.azure_ml.azure_ml_traffic import AzureMlTraffic

asked = json.loads(Path("asked.json").read_text())
where = {"resource_group_name": "models", "workspace_name": "models-dev"}
endpoint = ml.OnlineEndpoint(
    "fraud", **where, endpoint_name="fraud", location="westeurope",
    properties={"auth_mode": "AADToken", **asked.get("properties", {})},
    opts=pulumi.ResourceOptions(ignore_changes=["properties.traffic", "properties.mirrorTraffic"]))
deployments = [
    ml.OnlineDeployment(
        name, **where, endpoint_name=endpoint.name, deployment_name=name, location="westeurope",
        sku={"name": "Default", "capacity": 1},
        properties=ml.ManagedOnlineDeploymentArgs(
            endpoint_compute_type="Managed", instance_type="Standard_DS3_v2"),
        opts=pulumi.ResourceOptions(deleted_with=endpoint))
    for name in ("blue", "green")]
place = AzureMlPlace(
    subscription_id=asked["subscription"], **where, endpoint_name=endpoint.name)
traffic = AzureMlTraffic(
    "fraud-traffic", place=place, traffic=asked["traffic"], mirror_traffic=asked["mirror"],
    timeout_seconds=60,
    opts=pulumi.ResourceOptions(depends_on=deployments, import_=asked.get("import")))
pulumi.export("live_traffic", traffic.live_traffic)
"""


class Project(FirstPartyProject):
    """A project with one endpoint, whose traffic a test changes."""

    def ask(self, blue: int = 100, **more: Any) -> None:  # noqa: ANN401 - keys of the program
        self.write(
            {
                "subscription": AZURE_SUBSCRIPTION,
                "traffic": {"blue": blue, "green": 100 - blue},
                "mirror": {},
                **more,
            }
        )

    def live(self) -> dict[str, int]:
        row = self.store.get("azure-native", ENDPOINT, ENDPOINT_ID)
        assert row is not None
        shares: dict[str, int] = row.inputs["properties"]["traffic"]
        return {name: share for name, share in shares.items() if share}

    def puts(self) -> int:
        return len(self.store.events(operation=PUT))


@pytest.fixture
def project(sandbox: Sandbox) -> Iterator[Project]:
    config = {"azure-native:subscriptionId": AZURE_SUBSCRIPTION}
    folder = first_party_folder(sandbox, PROGRAM, config, "traffic")
    made = Project(sandbox, folder, make_workspace(sandbox))
    assert WORKSPACE == "models-dev"
    made.ask()
    yield made
    made.store.close()


def test_drift_and_import(project: Project) -> None:
    assert TRAFFIC in project.up()["create"]
    project.ask(90)
    assert project.up() == {"update": [TRAFFIC]}
    outputs = project.sandbox.outputs(project.folder)
    assert outputs["live_traffic"] == {"blue": 90, "green": 10}
    assert project.up() == {}

    # Moved by somebody else: seen by a refresh, taken back by the next update.
    move_by_hand(project.store, ENDPOINT_ID, {"green": 100})
    assert TRAFFIC in project.refresh()["update"]
    assert project.up()["update"][-1] == TRAFFIC
    assert project.live() == {"blue": 90, "green": 10}

    # Imported by the endpoint's id, with all inputs: nothing changes afterwards.
    assert project.forget("fraud-traffic") == ENDPOINT_ID
    project.ask(90, **{"import": ENDPOINT_ID})
    before = project.puts()
    assert project.up() == {"import": [TRAFFIC]}
    project.ask(90)
    assert project.up() == {}
    assert project.puts() == before

    project.sandbox.destroy(project.folder)
    assert project.store.list("azure-native", ENDPOINT) == []


def test_wrong_shares_stop_the_preview(project: Project) -> None:
    """Of the first-party resource, and of the vendor's own."""
    cases: tuple[tuple[dict[str, Any], str], ...] = (
        ({"traffic": {"blue": 90}}, "blue 90 %, 90 together; use 100, or 0"),
        ({"mirror": {"red": 60}}, "got 60; use 0 to 50 % of the requests"),
        ({"mirror": {"red": 10, "rose": 10}}, "use one deployment: Azure copies to one"),
        ({"properties": {"traffic": {"blue": 90}}}, "shares that sum to 90"),
        ({"properties": {"mirror_traffic": {"blue": 60}}}, "got 60; use 0 to 50"),
        (
            {"properties": {"mirror_traffic": {"blue": 10, "green": 10}}},
            "traffic is mirrored to one deployment only",
        ),
    )
    for asked, reason in cases:
        project.ask(**asked)
        assert reason in project.fails("preview")
    assert project.puts() == 0


def test_an_engine_killed_while_traffic_moves_is_continued_by_the_next_run(
    project: Project,
) -> None:
    project.up()
    before = project.puts()
    project.store.add_fault(Fault(ENDPOINT, "OnlineEndpoints_CreateOrUpdate", "never_ready"))
    project.ask(80)
    with project.running() as up:
        wait_until(lambda: project.puts() > before, 60, "the provider moves the traffic")
        up.kill_engine()

    project.store.update(
        "azure-native", ENDPOINT, ENDPOINT_ID, eventual.released, account=AZURE_SUBSCRIPTION
    )
    assert project.up() == {"update": [TRAFFIC]}
    assert project.live() == {"blue": 80, "green": 20}
    # Azure had gone on by itself.
    assert project.puts() == before + 1
    assert project.sandbox.state(project.folder).get("pending_operations", []) == []
    assert project.up() == {}
