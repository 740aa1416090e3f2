"""Drives the sandbox with google-cloud-aiplatform: `vertex_client.py <url> <endpoint of Pulumi>`.

Prints what the client saw, as JSON. A process of its own: the protocol stubs of pulumi and of
Google's clients both define google.rpc.Status, so that one process cannot have both.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from google.api_core import exceptions
from google.auth.credentials import AnonymousCredentials
from google.cloud import aiplatform

vertex: Any = aiplatform
IMAGE = "europe-docker.pkg.dev/vertex-ai/prediction/sklearn-cpu.1-3:latest"
MACHINE = {"machine_type": "n1-standard-4", "min_replica_count": 1, "sync": True}


def upload(**more: Any) -> Any:  # noqa: ANN401 - the client has few types
    given = {"display_name": "fraud", "artifact_uri": "gs://models/fraud/1", **more}
    return vertex.Model.upload(serving_container_image_uri=IMAGE, **given)


def models() -> dict[str, Any]:
    """Versions and aliases in the Model Registry."""
    first = upload(labels={"team": "risk"})
    second = upload(
        parent_model=first.resource_name, is_default_version=False, version_aliases=["candidate"]
    )
    registry = first.versioning_registry
    versions = [version.version_id for version in registry.list_versions()]
    registry.add_version_aliases(["default"], "2")
    default = vertex.Model(first.resource_name).version_id
    labels = vertex.Model(f"{first.resource_name}@1").labels
    registry.delete_version("1")
    listed = [model.version_id for model in vertex.Model.list(filter='display_name="fraud"')]
    others = vertex.Model.list(filter='display_name="other"')
    second.delete()
    return {
        "name": first.resource_name,
        "first": [first.version_id, list(first.version_aliases)],
        "second": [second.version_id, list(second.version_aliases)],
        "versions": versions,
        "default": default,
        "labels": dict(labels),
        "listed": listed,
        "others": others,
        "left": vertex.Model.list(),
    }


def traffic() -> dict[str, Any]:
    """From one model to another, and all of it away again."""
    stable, candidate = upload(), upload(display_name="next")
    endpoint = vertex.Endpoint.create(display_name="fraud", endpoint_id="traffic")
    found: dict[str, Any] = {"new": dict(endpoint.traffic_split)}
    endpoint.deploy(stable, accelerator_type="NVIDIA_TESLA_T4", accelerator_count=1, **MACHINE)
    endpoint.deploy(candidate, traffic_percentage=10, **MACHINE)
    ids = {each.display_name: each.id for each in endpoint.list_models()}

    def split() -> dict[str, int]:
        return {name: endpoint.traffic_split.get(ids[name], 0) for name in ids}

    found["canary"] = split()
    found["machines"] = [
        each.dedicated_resources.machine_spec.accelerator_type.name
        for each in endpoint.list_models()
    ]
    again = vertex.Model(stable.resource_name).gca_resource.deployed_models
    found["of the model"] = [each.deployed_model_id for each in again] == [ids["fraud"]]
    endpoint.update(traffic_split={ids["fraud"]: 50, ids["next"]: 50})
    found["half"] = split()
    endpoint.undeploy(ids["fraud"], traffic_split={ids["next"]: 100})
    found["moved"] = split()
    endpoint.undeploy_all()
    endpoint.delete()
    stable.delete()
    candidate.delete()
    return found


def refusals() -> dict[str, str]:
    """The exception and text of what is refused."""
    endpoint = vertex.Endpoint.create(display_name="fraud", endpoint_id="refusals")
    model = upload()
    endpoint.deploy(model, **MACHINE)
    deployed = endpoint.list_models()[0].id
    attempts: dict[str, Callable[[], Any]] = {
        "absent": lambda: vertex.Endpoint("absent").display_name,
        "taken": lambda: vertex.Endpoint.create(display_name="x", endpoint_id="refusals"),
        "half a split": lambda: endpoint.update(traffic_split={deployed: 50}),
        "still serving": endpoint.delete,
        "in use": model.delete,
    }
    found: dict[str, str] = {}
    for name, attempt in attempts.items():
        try:
            attempt()
        except exceptions.GoogleAPICallError as error:
            found[name] = f"{type(error).__name__}: {error.message}"
    return found


def of_pulumi(name: str) -> dict[str, Any]:
    """Read and change what Pulumi made."""
    endpoint = vertex.Endpoint(name)
    found = {"display_name": endpoint.display_name, "labels": dict(endpoint.labels)}
    labels = {"a": "c", "goog-pulumi-provisioned": "true"}
    endpoint.update(display_name="changed", labels=labels)
    endpoint.deploy(upload(), **MACHINE)
    return {**found, "deployed": endpoint.list_models()[0].id}


def shared() -> dict[str, Any]:
    """Two models on one pool of machines, and a batch prediction."""
    model = upload()
    pool = vertex.DeploymentResourcePool.create("shared", machine_type="n1-standard-4")
    endpoint = vertex.Endpoint.create(display_name="shared", dedicated_endpoint_enabled=True)
    endpoint.deploy(model, deployment_resource_pool=pool, sync=True)
    found: dict[str, Any] = {
        "pools": [each.name for each in vertex.DeploymentResourcePool.list()],
        "shares": endpoint.list_models()[0].shared_resources == pool.resource_name,
        "host": endpoint.dedicated_endpoint_dns.partition(".")[2],
    }
    job = vertex.BatchPredictionJob.create(
        job_display_name="nightly",
        model_name=model.resource_name,
        instances_format="jsonl",
        gcs_source="gs://data/in.jsonl",
        gcs_destination_prefix="gs://data/out",
        machine_type="n1-standard-4",
        labels={"team": "risk"},
        sync=True,
    )
    found["state"] = job.state.name
    found["written"] = job.output_info.gcs_output_directory.startswith("gs://data/out/prediction-")
    found["found"] = [
        each.display_name for each in vertex.BatchPredictionJob.list(filter='labels.team="risk"')
    ]
    job.delete()
    endpoint.undeploy_all()
    pool.delete()
    endpoint.delete()
    model.delete()
    return found


def main(url: str, endpoint: str) -> None:
    """Run everything."""
    vertex.init(
        project="example-models",
        location="europe-west1",
        api_endpoint=url,
        api_transport="rest",
        credentials=AnonymousCredentials(),
    )
    found = {
        "models": models(),
        "traffic": traffic(),
        "shared": shared(),
        "refusals": refusals(),
        "pulumi": of_pulumi(endpoint),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
