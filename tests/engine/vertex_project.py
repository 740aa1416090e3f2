"""A project with one endpoint of Vertex AI, whose models and split a test asks for by file."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.api.vertex_facts import BATCH_JOB, ENDPOINT, MODEL
from sandbox.store import Row, Store
from tests.engine.conftest import Sandbox
from tests.engine.first_party_project import FirstPartyProject, first_party_folder

PLACE = "projects/example-models/locations/europe-west4"
# What changes something; reading is as often as it takes.
_CHANGING = (
    *("UploadModel", "UpdateModel", "MergeVersionAliases", "DeleteModel", "DeleteModelVersion"),
    *("DeployModel", "UndeployModel", "MutateDeployedModel", "UpdateEndpoint"),
    *("CreateBatchPredictionJob", "CancelBatchPredictionJob", "DeleteBatchPredictionJob"),
)

PROGRAM = """
import json
from pathlib import Path

import pulumi
import pulumi_gcp as gcp

from components.gcp.vertex.vertex_batch_prediction_job import VertexBatchPredictionJob
from components.gcp.vertex.vertex_deployed_model import VertexDeployedModel
from components.gcp.vertex.vertex_model import VertexModel
from components.gcp.vertex.vertex_traffic_split import VertexTrafficSplit

asked = json.loads(Path("asked.json").read_text())
place = {"project": "example-models", "region": "europe-west4"}


def options(name, **more):
    return pulumi.ResourceOptions(import_=asked["import"].get(name), **more)


endpoint = gcp.vertex.AiEndpoint("fraud", name="fraud", display_name="fraud",
                                 location="europe-west4", project="example-models")
models, deployed = {}, {}
for name, given in asked["models"].items():
    if parent := given["model"].pop("version_of", None):
        given["model"]["parent_model"] = models[parent].name
    model = VertexModel(f"{name}-model", **place, **given["model"], opts=options(f"{name}-model"))
    models[name] = model
    if given["deployed"] is not None:
        deployed[name] = VertexDeployedModel(
            f"{name}-deployed", **place, endpoint=endpoint.name, model=model.version_name,
            display_name=name, **given["deployed"],
            opts=options(f"{name}-deployed", delete_before_replace=False))
    if given["job"] is not None:
        job = VertexBatchPredictionJob(f"{name}-job", **place, model=model.version_name,
                                       **given["job"], opts=options(f"{name}-job"))
        pulumi.export("state", job.state)
        pulumi.export("output", job.output_location)
if asked["split"]:
    split = VertexTrafficSplit(
        "split", **place, endpoint=endpoint.name,
        traffic=[{"deployed_model_id": deployed[name].deployed_model_id, "percent": percent}
                 for name, percent in asked["split"].items()],
        opts=options("split"))
    pulumi.export("traffic", split.live_traffic)
pulumi.export("ids", {name: each.deployed_model_id for name, each in deployed.items()})
"""
IMAGE = "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-3:latest"


def model(version: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - inputs of the resource
    """Arguments of a VertexModel."""
    return {
        "model_id": f"fraud-{version}",
        "display_name": f"fraud {version}",
        "image_uri": IMAGE,
        "artifact_uri": f"gs://example-models/fraud/{version}",
        "port": 8080,
        "predict_route": "/predict",
        "health_route": "/health",
        "env": {"MODEL_ID": version},
        "labels": {"machine_type": "small", "team": "risk"},
        **more,
    }


def machine(**more: Any) -> dict[str, Any]:  # noqa: ANN401
    """Arguments of a VertexDeployedModel."""
    return {"machine_type": "n1-standard-4", "min_replica_count": 1, "max_replica_count": 3, **more}


@dataclass
class VertexProject(FirstPartyProject):
    """`up` and its like, what they changed, and what the API was asked to change."""

    seen: int = 0

    def ask(
        self,
        models: Mapping[str, tuple[dict[str, Any], dict[str, Any] | None]],
        split: dict[str, int] | None = None,
        *,
        jobs: dict[str, dict[str, Any]] | None = None,
        imports: dict[str, str] | None = None,
    ) -> None:
        """What the next run deploys: per name a model, and how it is deployed if it is."""
        asked = {
            "models": {
                name: {"model": given, "deployed": how, "job": (jobs or {}).get(name)}
                for name, (given, how) in models.items()
            },
            "split": split or {},
            "import": imports or {},
        }
        self.write(asked)

    def steps(self, *command: str) -> dict[str, list[str]]:
        """What a command did: by operation the names of resources."""
        found: dict[str, list[str]] = {}
        for change in self.changes(*command):
            found.setdefault(change["op"], []).append(change["urn"].rpartition("::")[2])
        return {operation: sorted(names) for operation, names in found.items()}

    def calls(self) -> list[str]:
        """The changing calls since the last time, in order; a refused one with its code."""
        events = self.store.events(operation="aiplatform:*", after=self.seen)
        self.seen = max([self.seen, *(event.sequence for event in events)])
        found: list[str] = []
        for event in events:
            method = event.operation.partition(":")[2]
            if method in _CHANGING:
                found.append(method if event.outcome == "ok" else f"{method} {event.outcome}")
        return found

    def endpoint(self) -> dict[str, Any]:
        """What the endpoint serves."""
        row = self.store.get("gcp", ENDPOINT, f"{PLACE}/endpoints/fraud")
        assert row is not None
        return row.live

    def traffic(self) -> dict[str, int]:
        """Percent by the deployed model's display name."""
        names = {each["id"]: each["displayName"] for each in self.endpoint()["deployedModels"]}
        return {names[key]: share for key, share in self.endpoint()["trafficSplit"].items()}

    def replicas(self, name: str) -> tuple[int, int]:
        """The bounds of a deployed model."""
        for each in self.endpoint()["deployedModels"]:
            if each["displayName"] == name:
                resources = each["dedicatedResources"]
                return resources["minReplicaCount"], resources["maxReplicaCount"]
        raise AssertionError(name)

    def change(self, **live: Any) -> None:  # noqa: ANN401 - facts of `live`
        """Change what the endpoint serves, as another tool would."""

        def changed(row: Row) -> Row:
            return row.replace(live={**row.live, **live})

        self.store.update("gcp", ENDPOINT, f"{PLACE}/endpoints/fraud", changed)

    def models(self) -> list[str]:
        """Ids of the models in the registry."""
        return sorted(row.name for row in self.store.list("gcp", MODEL))

    def jobs(self) -> list[str]:
        """States of the batch predictions."""
        return sorted(row.live["state"] for row in self.store.list("gcp", BATCH_JOB))


def project_in(sandbox: Sandbox) -> VertexProject:
    """A new project with its stack."""
    folder = first_party_folder(sandbox, PROGRAM, {"gcp:project": "example-models"}, "vertex")
    return VertexProject(sandbox, folder, Store(sandbox.home / "store.sqlite"))
