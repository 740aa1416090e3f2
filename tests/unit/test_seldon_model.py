from typing import Any

import pulumi
import pytest

from components.kubernetes.seldon_model import SeldonModel
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "2.1.0",
    "model_uri": "gs://models/churn/2.1.0",
    "framework": "sklearn",
    "namespace": "seldon-mesh",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "2.2.0",
    "candidate_uri": "gs://models/churn/2.2.0",
}
FULL: dict[str, Any] = (
    MINIMAL
    | CANDIDATE
    | {
        "description": "x",
        "canary_percent": 10,
        "min_replicas": 2,
        "max_replicas": 6,
        "latency_p95_ms": 400,
        "error_rate_percent": 2,
        "data_classification": "confidential",
        "tags": {"cost-centre": "ml platform"},
        "framework": "mlserver",
        "requirements": ["churn-deps", "python"],
        "memory_mib": 512,
        "server_name": "mlserver-churn",
        "storage_secret_name": "churn-store",
        "dedicated": True,
        "ready_timeout_seconds": 120,
    }
)
MIRROR: dict[str, Any] = MINIMAL | CANDIDATE | {"mirror_percent": 50}
MANIFESTS = {"mirror": MIRROR}


def _spec(recorded: Recorded, role: str) -> dict[str, Any]:
    return recorded.inputs[f"churn-{role}"]["spec"]


def test_every_argument() -> None:
    recorded = record(SeldonModel, "churn", FULL)
    model = {
        "storageUri": "gs://models/churn/2.1.0",
        "requirements": ["python", "mlserver", "churn-deps"],
        "memory": "512Mi",
        "minReplicas": 2,
        "maxReplicas": 6,
        "dedicated": True,
        "server": "mlserver-churn",
        "secretName": "churn-store",
    }
    assert _spec(recorded, "model") == model
    assert _spec(recorded, "candidate") == model | {"storageUri": "gs://models/churn/2.2.0"}
    assert _spec(recorded, "experiment") == {
        "default": "churn",
        "candidates": [
            {"name": "churn", "weight": 90},
            {"name": "churn-candidate", "weight": 10},
        ],
    }
    metadata = recorded.inputs["churn-model"]["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("churn", "seldon-mesh")
    assert metadata["labels"]["model-serving/model-version"] == "2.1.0"
    assert metadata["labels"]["model-serving/cost-centre"] == "ml-platform"
    assert metadata["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    labels = recorded.inputs["churn-candidate"]["metadata"]["labels"]
    assert labels["model-serving/model-version"] == "2.2.0"
    assert recorded.inputs["churn-candidate"]["metadata"]["name"] == "churn-candidate"
    # The experiment outlives versions.
    labels = recorded.inputs["churn-experiment"]["metadata"]["labels"]
    assert "model-serving/model-version" not in labels


def test_the_least() -> None:
    recorded = record(SeldonModel, "churn", MINIMAL)
    assert recorded.types.keys() == {"churn", "churn-model"}
    assert _spec(recorded, "model") == {
        "storageUri": "gs://models/churn/2.1.0",
        "requirements": ["sklearn"],
        "memory": "256Mi",
        "replicas": 1,
    }
    assert recorded.outputs["endpoint_name"] == "churn"
    assert (
        recorded.outputs["url"]
        == "http://seldon-mesh.seldon-mesh.svc.cluster.local/v2/models/churn/infer"
    )
    assert "seldon-model: churn" in recorded.outputs["invoke_policy"]
    # No histogram of Seldon's names the model.
    metric = recorded.outputs["latency_metric"]
    assert metric["statistic"] == "mean"
    selector = '{namespace="seldon-mesh",model="churn"}'
    assert metric["query"] == (
        f"sum(rate(seldon_model_infer_seconds_total{selector}[5m]))"
        f" / sum(rate(seldon_model_infer_total{selector}[5m]))"
    )


@pytest.mark.parametrize(("share", "weights"), [(0, [100, 0]), (50, [50, 50]), (100, [0, 100])])
def test_a_share_is_two_weights(share: int, weights: list[int]) -> None:
    recorded = record(SeldonModel, "churn", MINIMAL | CANDIDATE | {"canary_percent": share})
    assert [each["weight"] for each in _spec(recorded, "experiment")["candidates"]] == weights


def test_a_mirror_answers_nobody() -> None:
    assert _spec(record(SeldonModel, "churn", MIRROR), "experiment") == {
        "default": "churn",
        "candidates": [{"name": "churn", "weight": 100}],
        "mirror": {"name": "churn-candidate", "percent": 50},
    }


@pytest.mark.parametrize(
    ("replicas", "spelt"),
    [
        ({"min_replicas": 3, "max_replicas": 3}, {"replicas": 3}),
        ({"min_replicas": 1, "max_replicas": 2}, {"minReplicas": 1, "maxReplicas": 2}),
    ],
)
def test_a_number_that_is_scaled_is_not_said(
    replicas: dict[str, Any], spelt: dict[str, int]
) -> None:
    spec = _spec(record(SeldonModel, "churn", MINIMAL | replicas), "model")
    said = {key: value for key, value in spec.items() if key.lower().endswith("replicas")}
    assert said == spelt


def test_promoting_changes_the_stable_model_alone() -> None:
    begun = record(SeldonModel, "churn", MINIMAL | CANDIDATE)
    promoted = record(SeldonModel, "churn", MINIMAL | {"model_uri": CANDIDATE["candidate_uri"]})
    assert _spec(promoted, "model") == _spec(begun, "candidate")
    assert "churn-experiment" not in promoted.types


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"framework": "keras"}, "framework: got 'keras'; use one of huggingface, lightgbm"),
        ({"framework": None}, "framework: got None"),
        ({"model_uri": "hf://x/y"}, "model_uri: got 'hf://x/y'; use a URI of s3 or gs"),
        (CANDIDATE | {"candidate_uri": "x"}, "candidate_uri: got 'x'; use a URI of s3 or gs"),
        ({"mirror_percent": 5}, "mirror_percent: got 5; use candidate_version and _uri beside it"),
        (MIRROR | {"canary_percent": 5}, "mirror_percent: got 50; use canary_percent 0"),
        (CANDIDATE | {"mirror_percent": 101}, "mirror_percent: got 101; use a whole number from 1"),
        (CANDIDATE | {"mirror_percent": 0}, "mirror_percent: got 0; use a whole number from 1"),
        ({"canary_percent": 5}, "canary_percent: got 5; use 0, or give candidate_version"),
        ({"min_replicas": 0}, "min_replicas: got 0; use a whole number from 1"),
        ({"memory_mib": 0}, "memory_mib: got 0"),
        ({"requirements": "a"}, "requirements: got 'a'; use a list of texts"),
        ({"server_name": "A B"}, "server_name: got 'A B'; use a DNS label"),
        ({"storage_secret_name": "a_b"}, "storage_secret_name: got 'a_b'; use a DNS label"),
        ({"dedicated": "yes"}, "dedicated: got 'yes'; use true or false"),
        ({"ready_timeout_seconds": 5}, "ready_timeout_seconds: got 5"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"tags": {"cost centre": "x"}}, "tags: got 'cost centre'"),
        ({"accelerator": "nvidia-l4"}, "accelerator: no such argument"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SeldonModel, "churn", MINIMAL | change)
    assert problem in str(caught.value)
