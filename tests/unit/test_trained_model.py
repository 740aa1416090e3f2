from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.trained_model import TrainedModel
from tests.unit.component_mocks import record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-growth",
    "model_version": "2.1.0",
    "model_uri": "s3://models/churn/2.1.0",
    "namespace": "models",
    "server": "shared",
    "framework": "onnx",
    "memory_mib": 512,
}
FULL: dict[str, Any] = MINIMAL | {
    "description": "x",
    "latency_p95_ms": 400,
    "error_rate_percent": 2,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml platform"},
    "deployment_mode": "standard",
    "ready_timeout_seconds": 60,
}


def test_every_argument() -> None:
    recorded = record(TrainedModel, "churn", FULL)
    trained = recorded.inputs["churn-trained-model"]
    assert (trained["metadata"]["name"], trained["metadata"]["namespace"]) == ("churn", "models")
    assert trained["metadata"]["labels"]["model-serving/model-version"] == "2.1.0"
    assert trained["metadata"]["labels"]["model-serving/cost-centre"] == "ml-platform"
    assert trained["metadata"]["annotations"] == {"pulumi.com/waitFor": "condition=Ready"}
    assert trained["spec"] == {
        "inferenceService": "shared",
        "model": {
            "storageUri": "s3://models/churn/2.1.0",
            "framework": "onnx",
            "memory": "512Mi",
        },
    }
    host = "http://shared-predictor.models.svc.cluster.local"
    assert recorded.outputs["url"] == f"{host}/v2/models/churn/infer"
    # It has no replicas of its own.
    assert not [key for key in recorded.outputs["status"] if key.endswith("replicas")]
    assert 'model="churn"' in recorded.outputs["latency_metric"]["query"]


def test_the_least() -> None:
    recorded = record(TrainedModel, "churn", MINIMAL)
    assert recorded.types.keys() == {"churn", "churn-trained-model"}
    host = "http://shared.models.svc.cluster.local"
    assert recorded.outputs["url"] == f"{host}/v2/models/churn/infer"
    assert recorded.outputs["endpoint_name"] == "churn"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"model_uri": "pvc://x/y"}, "model_uri: got 'pvc://x/y'; use a URI of s3, gs, https"),
        ({"framework": "sklearn"}, "framework: got 'sklearn'; use one of onnx, pytorch"),
        ({"server": "A"}, "server: got 'A'; use a DNS label"),
        ({"server": None}, "server: got None; use a DNS label"),
        ({"memory_mib": None}, "memory_mib: got None; use a whole number from 1"),
        ({"memory_mib": 0}, "memory_mib: got 0; use a whole number from 1"),
        ({"deployment_mode": "modelmesh"}, "deployment_mode: got 'modelmesh'; use one of knative"),
        ({"ready_timeout_seconds": 5}, "ready_timeout_seconds: got 5"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"tags": {"cost centre": "x"}}, "tags: got 'cost centre'"),
        ({"candidate_uri": "s3://x"}, "candidate_uri: no such argument"),
        ({"min_replicas": 2}, "min_replicas: no such argument"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(TrainedModel, "churn", MINIMAL | change)
    assert problem in str(caught.value)
