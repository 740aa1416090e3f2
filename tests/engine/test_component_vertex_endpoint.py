"""VertexEndpoint through the real engine: what each step changes, and what the API was asked."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from sandbox.api.vertex_facts import ENDPOINT, MODEL
from sandbox.store import Fault, Row, Store
from tests.engine.component_project import Change, ComponentProject
from tests.engine.conftest import ROOT, Sandbox

pytestmark = pytest.mark.engine

_NAME = "projects/example-models/locations/europe-west4/endpoints/fraud-dev"
_BUCKET = """
pulumi_gcp.storage.Bucket(
    "artifacts",
    name="example-artifacts",
    location="EU",
    uniform_bucket_level_access=True,
    opts=pulumi.ResourceOptions(provider=providers[0]),
)
pulumi_gcp.compute.Network(
    "serving", name="serving", opts=pulumi.ResourceOptions(provider=providers[0])
)
"""
_ARTIFACTS = "gs://example-artifacts/fraud"
_STABLE: dict[str, Any] = {"model_version": "1.4.0", "model_uri": f"{_ARTIFACTS}/1.4.0/"}
_CANDIDATE: dict[str, Any] = {
    "candidate_version": "1.5.0",
    "candidate_uri": f"{_ARTIFACTS}/1.5.0/",
}
_PROMOTED: dict[str, Any] = {"model_version": "1.5.0", "model_uri": _CANDIDATE["candidate_uri"]}
_NO_CANDIDATE: dict[str, Any] = {
    "candidate_version": None,
    "candidate_uri": None,
    "canary_percent": None,
}
# What google-cloud-aiplatform sees; in a process of its own, as its protocol stubs need.
_READ_BACK = """
import json
import os

from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform

aiplatform.init(
    project="example-models",
    location="europe-west4",
    api_endpoint=os.environ["GOOGLE_VERTEX_AI_CUSTOM_ENDPOINT"].removesuffix("/v1/"),
    api_transport="rest",
    credentials=AnonymousCredentials(),
)
endpoint = aiplatform.Endpoint("fraud-dev")
found = {"labels": dict(endpoint.labels), "traffic": {}, "machines": {}, "accounts": set()}
for each in endpoint.list_models():
    model = aiplatform.Model(f"{each.model}@{each.model_version_id}")
    found["traffic"][each.display_name] = endpoint.traffic_split.get(each.id, 0)
    found["machines"][model.uri] = each.dedicated_resources.machine_spec.machine_type
    found["accounts"].add(each.service_account)
print(json.dumps({**found, "accounts": sorted(found["accounts"])}))
"""


@dataclass
class _Endpoint:
    """One component, its live endpoint, and what the API was asked since the last look."""

    sandbox: Sandbox
    project: ComponentProject
    store: Store
    _seen: int = field(default=0)

    def calls(self) -> list[str]:
        """Methods that change something, in order; not what a busy endpoint refused."""
        events = self.store.events(operation="aiplatform:*", after=self._seen)
        self._seen = max((event.sequence for event in events), default=self._seen)
        names = [e.operation.partition(":")[2] for e in events if e.outcome == "ok"]
        return [name for name in names if not name.startswith(("Get", "List"))]

    def traffic(self) -> dict[str, int]:
        """Percent by version, of what is deployed."""
        live = self._row().live
        return {
            str(each["displayName"]).removeprefix("fraud-dev "): live["trafficSplit"].get(
                each["id"], 0
            )
            for each in live["deployedModels"]
        }

    def set_traffic(self, **percent: int) -> None:
        """Somebody else moves it."""

        def change(row: Row) -> Row:
            ids = {str(each["displayName"])[-5:]: each["id"] for each in row.live["deployedModels"]}
            split = {ids[version]: share for version, share in percent.items()}
            return row.replace(live={**row.live, "trafficSplit": split})

        self.store.update("gcp", ENDPOINT, _NAME, change)

    def scale(self, replicas: int) -> None:
        """The autoscaler adds replicas to all that is deployed."""

        def change(row: Row) -> Row:
            status = {"availableReplicaCount": replicas}
            models = [{**each, "status": status} for each in row.live["deployedModels"]]
            return row.replace(live={**row.live, "deployedModels": models})

        self.store.update("gcp", ENDPOINT, _NAME, change)

    def deployed(self, version: str) -> dict[str, Any]:
        """A version as it is deployed."""
        return next(
            each
            for each in self._row().live["deployedModels"]
            if each["displayName"][-5:] == version
        )

    def _row(self) -> Row:
        row = self.store.get("gcp", ENDPOINT, _NAME)
        assert row is not None
        return row


@pytest.fixture
def endpoint(sandbox: Sandbox) -> Iterator[_Endpoint]:
    project = ComponentProject(
        sandbox,
        "gcp",
        "components.gcp.vertex.vertex_endpoint",
        "VertexEndpoint",
        "fraud",
        {
            "environment": "dev",
            "owner": "team-risk",
            "project": "example-models",
            "region": "europe-west4",
            "framework": "sklearn",
            "max_replicas": 3,
            **_STABLE,
        },
        setup=_BUCKET,
    )
    with sandbox.store() as store:
        yield _Endpoint(sandbox, project, store)


def _touches_only(change: Change, *, create: set[str], update: set[str], delete: set[str]) -> None:
    assert change.names("create") == create
    assert change.names("update") == update
    assert change.names("delete") == delete
    assert not change.names("replace", "create-replacement", "delete-replaced")


def test_a_share_is_held_and_moved_by_one_call(endpoint: _Endpoint) -> None:
    """0, 10, 50, 100 and back; the candidate added, promoted, given up."""
    project = endpoint.project
    preview = project.preview()
    assert "fraud-traffic" in preview.steps
    project.up()
    assert endpoint.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    assert endpoint.traffic() == {"1.4.0": 100}
    assert project.outputs()["endpoint_name"] == "fraud-dev"
    assert project.outputs()["url"].startswith("https://fraud-dev.europe-west4-")
    assert project.up().steps == {}
    stable = endpoint.deployed("1.4.0")

    added = project.up(**_CANDIDATE, canary_percent=0)
    _touches_only(
        added,
        create={
            *("fraud-1-5-0-model", "fraud-1-5-0-deployment"),
            *("fraud-1-5-0-agent", "fraud-1-5-0-account"),
        },
        # A share of nothing is no change of the split.
        update=set(),
        delete=set(),
    )
    assert endpoint.calls() == ["UploadModel", "DeployModel"]
    assert endpoint.traffic() == {"1.4.0": 100, "1.5.0": 0}
    for percent in (10, 50, 100, 50, 10, 0):
        assert project.up(canary_percent=percent).steps == {"fraud-traffic": ["update"]}
        assert endpoint.calls() == ["UpdateEndpoint"]
        assert endpoint.traffic() == {"1.4.0": 100 - percent, "1.5.0": percent}
    assert endpoint.deployed("1.4.0") == stable

    # Promoted: the candidate is the stable version, and nothing of it is touched.
    candidate = endpoint.deployed("1.5.0")
    promoted = project.up(**_PROMOTED, **_NO_CANDIDATE)
    _touches_only(
        promoted,
        create=set(),
        update={"fraud-traffic"},
        delete={
            *("fraud-1-4-0-model", "fraud-1-4-0-deployment"),
            *("fraud-1-4-0-agent", "fraud-1-4-0-account"),
        },
    )
    assert promoted.order.index(("update", "fraud-traffic")) < promoted.order.index(
        ("delete", "fraud-1-4-0-deployment")
    )
    assert endpoint.calls() == ["UpdateEndpoint", "UndeployModel", "DeleteModel"]
    assert endpoint.deployed("1.5.0") == candidate
    assert project.up().steps == {}

    # Given up: first its share goes, then the model.
    following: dict[str, Any] = {
        "candidate_version": "1.6.0",
        "candidate_uri": f"{_ARTIFACTS}/1.6.0/",
    }
    project.up(**following, canary_percent=10)
    assert endpoint.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    project.up(**_NO_CANDIDATE)
    assert endpoint.calls() == ["UpdateEndpoint", "UndeployModel", "DeleteModel"]
    assert endpoint.traffic() == {"1.5.0": 100}
    project.destroy()
    assert endpoint.calls() == ["UndeployModel", "DeleteModel"]
    assert endpoint.store.list("gcp", ENDPOINT) == []
    assert endpoint.store.list("gcp", MODEL) == []


def test_what_changes_in_place_and_what_is_made_anew(endpoint: _Endpoint) -> None:
    project = endpoint.project
    project.up(**_CANDIDATE, canary_percent=10)
    seen = endpoint.sandbox.run(
        ROOT / "sandbox" / "run", ROOT / ".venv" / "bin" / "python", "-c", _READ_BACK
    )
    found = json.loads(seen.stdout)
    assert found["traffic"] == {"fraud-dev 1.4.0": 90, "fraud-dev 1.5.0": 10}
    assert found["machines"] == {
        f"{_ARTIFACTS}/1.4.0/": "n1-standard-2",
        f"{_ARTIFACTS}/1.5.0/": "n1-standard-2",
    }
    assert found["labels"]["model-serving-owner"] == "team-risk"
    assert len(found["accounts"]) == 1
    assert found["accounts"][0].endswith("@example-models.iam.gserviceaccount.com")
    endpoint.calls()

    # Bounds and the metric change in place; a share beside them stays what it is.
    bounds = project.up(max_replicas=5, scaling_metric="requests", scaling_target=300)
    assert bounds.names("update") == {"fraud-1-4-0-deployment", "fraud-1-5-0-deployment"}
    assert endpoint.calls() == ["MutateDeployedModel", "MutateDeployedModel"]
    assert endpoint.traffic() == {"1.4.0": 90, "1.5.0": 10}
    assert project.up(latency_p95_ms=50).names("update") >= {"fraud-latency"}
    endpoint.calls()

    # A machine does not: another deployment of each version first, then the traffic.
    larger = project.up(machine_type="n1-standard-4")
    deployments = {"fraud-1-4-0-deployment", "fraud-1-5-0-deployment"}
    assert larger.names("create-replacement") == deployments
    assert endpoint.calls() == [
        *("DeployModel", "DeployModel", "UpdateEndpoint"),
        *("UndeployModel", "UndeployModel"),
    ]
    assert endpoint.traffic() == {"1.4.0": 90, "1.5.0": 10}

    # Captured requests: the endpoint is changed, and nothing that serves.
    captured = project.up(capture_percent=10)
    assert captured.names("create") >= {"fraud-captured", "fraud-captured-agent"}
    assert "fraud-endpoint" in captured.names("update")
    assert not captured.names("replace")
    assert not endpoint.calls()
    assert project.refresh().names("update") == set()
    assert project.up().steps == {}


def test_what_others_change_and_what_goes_wrong(endpoint: _Endpoint) -> None:
    project = endpoint.project
    project.up(**_CANDIDATE, canary_percent=10)
    endpoint.calls()

    # Somebody moved the traffic: a refresh sees it, an update gives it back.
    endpoint.scale(3)
    stable = endpoint.deployed("1.4.0")
    endpoint.set_traffic(**{"1.4.0": 50, "1.5.0": 50})
    assert "fraud-traffic" in project.refresh().steps
    assert project.up().steps == {"fraud-traffic": ["update"]}
    assert endpoint.calls() == ["UpdateEndpoint"]
    assert endpoint.traffic() == {"1.4.0": 90, "1.5.0": 10}
    # What an autoscaler added stays.
    assert endpoint.deployed("1.4.0") == stable
    assert stable["status"] == {"availableReplicaCount": 3}

    # A new stable version that does not start: what served still does, and nothing is taken away.
    endpoint.store.add_fault(
        Fault(ENDPOINT, "DeployModel", "silent_rollback", message="INTERNAL: it does not start")
    )
    new: dict[str, Any] = {"model_version": "2.0.0", "model_uri": f"{_ARTIFACTS}/2.0.0/"}
    failed = project.up(fails=True, **new)
    assert "it does not start" in failed.output
    assert not failed.names("delete")
    assert endpoint.calls() == ["UploadModel", "DeployModel"]
    assert endpoint.traffic() == {"1.4.0": 90, "1.5.0": 10}
    # The next update goes on: the model is there already.
    resumed = project.up()
    assert "fraud-2-0-0-model" not in resumed.steps
    assert endpoint.calls() == ["DeployModel", "UpdateEndpoint", "UndeployModel", "DeleteModel"]
    assert endpoint.traffic() == {"1.5.0": 10, "2.0.0": 90}
    assert project.up().steps == {}


def test_another_way_in_is_another_endpoint(endpoint: _Endpoint) -> None:
    """Its id is its address: what served goes first, as the preview says."""
    project = endpoint.project
    shared: dict[str, Any] = {"framework": "tensorflow", "own_resource_pool": True}
    project.up(endpoint_type="public", **shared)
    assert endpoint.deployed("1.4.0")["sharedResources"].endswith(
        project.outputs()["resource_pool"]
    )
    assert project.outputs()["url"].startswith("https://europe-west4-aiplatform.googleapis.com/")
    assert endpoint.calls() == ["UploadModel", "DeployModel", "UpdateEndpoint"]
    private: dict[str, Any] = {
        "endpoint_type": "private_service_connect",
        "allowed_projects": ["example-models"],
    }
    replaced = {"fraud-endpoint", "fraud-1-4-0-deployment", "fraud-traffic"}
    assert project.preview(**private).names("replace") == replaced
    assert project.up().names("create-replacement") == replaced
    # The model stays in the registry.
    assert endpoint.calls() == ["UndeployModel", "DeployModel", "UpdateEndpoint"]
    assert endpoint.traffic() == {"1.4.0": 100}
    assert project.up().steps == {}


def test_a_peered_endpoint_serves_one_version_after_the_other(endpoint: _Endpoint) -> None:
    """It has room for one model: the old version goes before the new one comes."""
    project = endpoint.project
    project.up()
    endpoint.calls()
    network = "projects/210987654321/global/networks/serving"
    # From a dedicated endpoint, whose deployment is named after its version.
    project.up(endpoint_type="peered", network=network)
    assert endpoint.calls() == ["UndeployModel", "DeployModel"]
    assert endpoint.deployed("1.4.0")
    assert project.up().steps == {}

    new: dict[str, Any] = {"model_version": "1.5.0", "model_uri": f"{_ARTIFACTS}/1.5.0/"}
    assert "fraud-deployment" in project.preview(**new).names("replace")
    changed = project.up()
    assert changed.order.index(("delete-replaced", "fraud-deployment")) < changed.order.index(
        ("create-replacement", "fraud-deployment")
    )
    assert endpoint.calls() == ["UploadModel", "UndeployModel", "DeployModel", "DeleteModel"]
    assert endpoint.deployed("1.5.0")
    assert project.up().steps == {}

    refused = project.preview(fails=True, **_CANDIDATE | {"candidate_version": "1.6.0"})
    assert "a peered endpoint serves one model" in refused.output
    project.args = {key: value for key, value in project.args.items() if "candidate" not in key}

    # A new version that does not start: nothing serves until the next one does.
    endpoint.store.add_fault(
        Fault(ENDPOINT, "DeployModel", "silent_rollback", message="INTERNAL: it does not start")
    )
    larger: dict[str, Any] = {"machine_type": "n1-standard-4"}
    assert "it does not start" in project.up(fails=True, **larger).output
    endpoint.calls()
    project.up()
    assert endpoint.calls() == ["DeployModel"]
    machine = endpoint.deployed("1.5.0")["dedicatedResources"]["machineSpec"]
    assert machine["machineType"] == "n1-standard-4"
    project.destroy()
    assert endpoint.store.list("gcp", ENDPOINT) == []


def test_one_after_the_other_the_largest_share_goes_last(endpoint: _Endpoint) -> None:
    """A destroy ends also where nothing is deleted beside something else."""
    project = endpoint.project
    for percent in (10, 60, 50):
        project.up(**_CANDIDATE, canary_percent=10)
        project.up(canary_percent=percent)
        endpoint.calls()
        project.destroy("--parallel", "1")
        assert endpoint.calls().count("UndeployModel") == 2
        assert endpoint.store.list("gcp", ENDPOINT) == []
