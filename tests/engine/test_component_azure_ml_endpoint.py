"""AzureMlEndpoint through the real engine: what ARM is asked for at each step of its life."""

import re
import warnings
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.api import server
from sandbox.seed import AZURE_SUBSCRIPTION
from sandbox.store import Fault, Row, Store
from tests.engine.azure_ml_workspace import (
    ARTIFACTS,
    REGISTRY_ID,
    WORKSPACE,
    WORKSPACE_ID,
    calls,
    make_workspace,
    move_by_hand,
)
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import Sandbox
from tests.unit.test_sandbox_api_azure import Credential

pytestmark = pytest.mark.engine

_ML = "azure-native:machinelearningservices"
_ENDPOINT, _DEPLOYMENT = f"{_ML}:OnlineEndpoint", f"{_ML}:OnlineDeployment"
_ENDPOINT_ID = f"{WORKSPACE_ID}/onlineEndpoints/fraud-dev"
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{ARTIFACTS}/fraud/1.5.0/",
}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
    "strategy": None,
}
_SHARE = {"fraud-traffic": ["update"]}


@dataclass
class Life:
    """A project, the cloud that it is in, and what that was asked for by one run."""

    project: ComponentProject
    store: Store

    def up(self, **changes: Any) -> tuple[Change, list[str]]:  # noqa: ANN401 - arguments of any type
        """Deploy; the steps, and ARM's calls in order with versions instead of names."""
        since = len(self.store.events())
        done = self.project.up(**changes)
        return done, self.calls(since)

    def calls(self, since: int) -> list[str]:
        """As `move endpoint`, `create 1-4-0`."""
        return [_short(call) for call in calls(self.store, since)]

    def shares(self, kind: str = "traffic") -> dict[str, int]:
        """Percent by version, as the endpoint has it; without those that get none."""
        row = self.store.get("azure-native", _ENDPOINT, _ENDPOINT_ID)
        assert row is not None
        shares: dict[str, int] = row.inputs["properties"].get(kind) or {}
        return {_version(name): share for name, share in shares.items() if share}

    def instances(self) -> dict[str, int]:
        """Of each deployment, by version."""
        return {
            _version(row.name): row.inputs["sku"]["capacity"]
            for row in self.store.list("azure-native", _DEPLOYMENT)
        }

    def scale(self, version: str, instances: int) -> None:
        """As a scale rule does it."""

        def changed(row: Row) -> Row:
            sku = {**row.inputs["sku"], "capacity": instances}
            return row.replace(
                inputs={**row.inputs, "sku": sku}, outputs={**row.outputs, "sku": sku}
            )

        (row,) = [
            row
            for row in self.store.list("azure-native", _DEPLOYMENT)
            if _version(row.name) == version
        ]
        self.store.update("azure-native", _DEPLOYMENT, row.id, changed, account=AZURE_SUBSCRIPTION)


def _version(name: str) -> str:
    return re.sub(r"^v(.*)-[0-9a-f]{6}$", r"\1", name)


def _short(call: str) -> str:
    verb, name = call.split()
    return f"{verb} {'endpoint' if name == 'fraud-dev' else _version(name)}"


@pytest.fixture
def life(sandbox: Sandbox) -> Life:
    project = ComponentProject(
        sandbox,
        "azure",
        "components.azure.azure_ml.azure_ml_endpoint",
        "AzureMlEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "subscription_id": AZURE_SUBSCRIPTION,
            "resource_group": "models",
            "workspace_name": WORKSPACE,
            "registry_id": REGISTRY_ID,
            "model_version": "1.4.0",
            "model_uri": f"{ARTIFACTS}/fraud/1.4.0/",
            "framework": "mlflow",
            "instance_type": "Standard_DS3_v2",
            "max_replicas": 3,
        },
    )
    return Life(project, make_workspace(sandbox))


def test_a_held_share_from_the_first_day_to_the_last(life: Life) -> None:
    # A preview asks Azure ML's API nothing.
    assert "fraud-traffic" in life.project.preview().names("create")
    assert life.store.events(operation="azureml:*") == []
    created, asked = life.up()
    assert asked == ["create endpoint", "create 1-4-0", "move endpoint"]
    assert life.project.outputs()["url"].startswith("https://fraud-dev.westeurope.inference")
    assert life.up()[0].steps == {}

    # The candidate is there before it gets anything.
    begun, asked = life.up(**_CANDIDATE, canary_percent=0)
    assert begun.names("create") == {
        f"fraud-1-5-0-{role}" for role in ("model", "live", "deployment", "scaling")
    }
    # Traffic has to know of it, and moves none.
    assert begun.names("update", "replace", "delete") == {"fraud-traffic"}
    assert asked == ["create 1-5-0"]
    assert life.shares() == {"1-4-0": 100}

    # The share alone: one call, and what a scale rule added stays.
    life.scale("1-4-0", 3)
    for percent in (10, 50, 100, 10, 0):
        moved, asked = life.up(canary_percent=percent)
        assert (moved.steps, asked) == (_SHARE, ["move endpoint"])
        expected = {"1-4-0": 100 - percent, "1-5-0": percent}
        assert life.shares() == {name: share for name, share in expected.items() if share}
    assert life.instances() == {"1-4-0": 3, "1-5-0": 1}

    # Promoted: nothing of what serves is touched, the former version goes once it has no traffic.
    promoted, asked = life.up(
        model_version="1.5.0", model_uri=_CANDIDATE["candidate_uri"], **_NO_CANDIDATE
    )
    assert asked == ["move endpoint", "delete 1-4-0"]
    assert promoted.names("delete") == {
        f"fraud-1-4-0-{role}" for role in ("model", "live", "deployment", "scaling")
    }
    assert promoted.names("create", "update", "replace") == {"fraud-traffic"}
    assert life.shares() == {"1-5-0": 100}

    # Given up while it has a share: 0 before it goes.
    life.up(candidate_version="1.6.0", candidate_uri=f"{ARTIFACTS}/fraud/1.6.0/", canary_percent=30)
    assert life.shares() == {"1-5-0": 70, "1-6-0": 30}
    _, asked = life.up(**_NO_CANDIDATE)
    assert asked == ["move endpoint", "delete 1-6-0"]
    assert life.up()[0].steps == {}

    # So it is where somebody gave it a share by hand.
    life.up(candidate_version="1.6.0", candidate_uri=f"{ARTIFACTS}/fraud/1.6.0/", canary_percent=0)
    names = {_version(d.name): d.name for d in life.store.list("azure-native", _DEPLOYMENT)}
    move_by_hand(life.store, _ENDPOINT_ID, {names["1-5-0"]: 80, names["1-6-0"]: 20})
    _, asked = life.up(**_NO_CANDIDATE)
    assert asked == ["move endpoint", "delete 1-6-0"]

    since = len(life.store.events())
    assert life.project.destroy().names("delete") >= {"fraud-traffic", "fraud-endpoint"}
    # All traffic first; the endpoint takes its deployments along.
    assert life.calls(since) == ["move endpoint", "delete 1-5-0", "delete endpoint"]
    assert life.store.list("azure-native", _DEPLOYMENT) == []
    assert created.order.index(("create", "fraud-images")) < created.order.index(
        ("create", "fraud-endpoint")
    )


def test_what_is_written_whole_keeps_traffic_and_instances(life: Life) -> None:
    """pulumi-azure-native has PUT alone; what others set of it stays all the same."""
    life.up(**_CANDIDATE, canary_percent=10)
    life.scale("1-4-0", 3)
    told, asked = life.up(owner="team-payments")
    assert not told.names("replace", "delete")
    assert sorted(asked) == ["update 1-4-0", "update 1-5-0", "update endpoint"]
    assert life.shares() == {"1-4-0": 90, "1-5-0": 10}
    assert life.instances() == {"1-4-0": 3, "1-5-0": 1}

    # A refresh sees what was moved and added; nothing comes of it.
    life.project.refresh()
    assert life.up()[0].steps == {}
    assert life.up(max_replicas=4)[0].steps == {
        f"fraud-{version}-scaling": ["update"] for version in ("1-4-0", "1-5-0")
    }
    told, asked = life.up(request_timeout_seconds=30)
    assert sorted(asked) == ["update 1-4-0", "update 1-5-0"]
    assert life.instances() == {"1-4-0": 3, "1-5-0": 1}

    # Another machine is another deployment, there before the traffic moves, and as large.
    changed, asked = life.up(instance_type="Standard_F4s_v2", **_NO_CANDIDATE)
    assert asked[:2] == ["create 1-4-0", "move endpoint"]
    assert sorted(asked[2:]) == ["delete 1-4-0", "delete 1-5-0"]
    assert changed.replaced_in_turn("fraud-1-4-0-deployment")
    assert life.shares() == {"1-4-0": 100}
    assert life.instances() == {"1-4-0": 3}
    assert life.up()[0].steps == {}

    # Somebody else's traffic is seen, and taken back.
    move_by_hand(life.store, _ENDPOINT_ID, {})
    assert life.project.refresh().names("update", "refresh") >= {"fraud-traffic"}
    taken_back, asked = life.up()
    assert (taken_back.steps, asked) == (_SHARE, ["move endpoint"])
    assert life.shares() == {"1-4-0": 100}


def test_instances_that_were_added_after_an_up_that_failed_stay(life: Life) -> None:
    life.up()
    life.store.add_fault(
        Fault(token=_DEPLOYMENT, operation="update", mode="fail", message="OutOfQuota")
    )
    assert "OutOfQuota" in life.project.up(request_timeout_seconds=30, fails=True).output
    life.scale("1-4-0", 3)
    told, asked = life.up()
    assert told.names("update") == {"fraud-1-4-0-live", "fraud-1-4-0-deployment"}
    assert (asked, life.instances()) == (["update 1-4-0"], {"1-4-0": 3})
    # It was written: what a scale rule adds from then on is no difference.
    life.scale("1-4-0", 4)
    assert life.up()[0].steps == {}
    assert life.instances() == {"1-4-0": 4}


def test_a_shadow_and_an_image_of_ones_own(life: Life) -> None:
    life.project.args.pop("framework")
    image = "exampleimages.azurecr.io/fraud@sha256:" + "1" * 64
    _, asked = life.up(
        **_CANDIDATE,
        strategy="shadow",
        canary_percent=20,
        image=image,
        capture_percent=10,
        capture_uri="https://examplemodels.blob.core.windows.net/captured/fraud",
    )
    assert (asked[0], asked[-1]) == ("create endpoint", "move endpoint")
    assert sorted(asked[1:-1]) == ["create 1-4-0", "create 1-5-0"]
    assert (life.shares(), life.shares("mirrorTraffic")) == ({"1-4-0": 100}, {"1-5-0": 20})
    _read_back(life, image)
    refused = life.project.preview(canary_percent=60, fails=True)
    assert "canary_percent: got 60; use 0 to 50 % of the requests" in refused.output

    # From copies to requests by one call.
    moved, asked = life.up(strategy="canary", canary_percent=20)
    assert (moved.steps, asked) == (_SHARE, ["move endpoint"])
    assert (life.shares(), life.shares("mirrorTraffic")) == ({"1-4-0": 80, "1-5-0": 20}, {})


def _read_back(life: Life, image: str) -> None:
    """What was deployed, by the client inside the vendor's own library."""
    # They take seconds, and are written for the next version of their library, which says so.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from azure.ai.ml._restclient.arm_ml_service import (  # noqa: PLC0415
            MachineLearningServicesMgmtClient,
        )

    running = server.start(life.store.path)
    try:
        client: Any = MachineLearningServicesMgmtClient(
            Credential(), AZURE_SUBSCRIPTION, base_url=running.url
        )
        place = ("models", WORKSPACE)
        endpoint = client.online_endpoints.get(*place, "fraud-dev", enforce_https=False)
        (copied,) = dict(endpoint.properties.mirror_traffic)
        deployment = client.online_deployments.get(
            *place, "fraud-dev", copied, enforce_https=False
        ).properties
        assert deployment.data_collector.collections["request"].sampling_rate == 0.1
        version = deployment.model.rpartition("/")[2]
        found = client.model_versions.get(*place, "fraud-dev", version, enforce_https=False)
        store = "datastores/fraud_dev_examplemodels_artifacts"
        assert found.properties.model_uri.endswith(f"/{store}/paths/fraud/1.5.0/")
        version = deployment.environment_id.rpartition("/")[2]
        found = client.environment_versions.get(*place, "fraud-dev", version, enforce_https=False)
        assert found.properties.image == image
        assert found.properties.inference_config.scoring_route.path == "/score"
    finally:
        running.close()


def test_what_fails_halfway_goes_on_with_the_next_run(life: Life) -> None:
    life.up(**_CANDIDATE, canary_percent=10)
    reason = "UserError: deployment v1-5-0 is not healthy"
    life.store.add_fault(
        Fault(
            _ENDPOINT,
            "OnlineEndpoints_CreateOrUpdate",
            "silent_rollback",
            message=reason,
        )
    )
    failed = life.project.up(canary_percent=50, fails=True)
    assert reason in failed.output
    assert "asked: v1-4-0-" in failed.output
    assert life.shares() == {"1-4-0": 90, "1-5-0": 10}
    moved, asked = life.up()
    assert (moved.names("update"), asked) == ({"fraud-traffic"}, ["move endpoint"])
    assert life.shares() == {"1-4-0": 50, "1-5-0": 50}

    # A deployment that did not get ready in time: no traffic moves, the next run waits for it.
    life.store.add_fault(Fault(_DEPLOYMENT, "create", "timeout"))
    third: dict[str, Any] = {
        "candidate_version": "1.6.0",
        "candidate_uri": f"{ARTIFACTS}/fraud/1.6.0/",
    }
    life.project.up(**third, fails=True)
    assert life.shares() == {"1-4-0": 50, "1-5-0": 50}
    life.up()
    assert life.shares() == {"1-4-0": 50, "1-6-0": 50}
    assert life.instances() == {"1-4-0": 1, "1-6-0": 1}
    assert life.up()[0].steps == {}

    # Its plugin was killed once Azure had begun: pulumi-azure-native names what is there.
    life.store.add_fault(Fault(_DEPLOYMENT, "create", "die"))
    fourth: dict[str, Any] = {"candidate_version": "1.7.0", "candidate_uri": f"{ARTIFACTS}/f/1.7/"}
    life.project.up(**fourth, fails=True)
    again = life.project.up(fails=True)
    assert "pulumi import" in again.output
    assert "/deployments/v1-7-0-" in again.output
    assert life.shares() == {"1-4-0": 50, "1-6-0": 50}
    # It has no traffic, so it can be deleted instead.
    (orphan,) = [row for row in life.store.list("azure-native", _DEPLOYMENT) if "1-7-0" in row.id]
    life.store.delete("azure-native", _DEPLOYMENT, orphan.id, account=AZURE_SUBSCRIPTION)
    life.up()
    assert life.shares() == {"1-4-0": 50, "1-7-0": 50}
