from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.shared_model_server import SharedModelServer
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-platform",
    "namespace": "models",
    "kserve_version": "0.20.0",
}
FULL: dict[str, Any] = MINIMAL | {
    "description": "x",
    "min_replicas": 2,
    "max_replicas": 6,
    "latency_p95_ms": 400,
    "error_rate_percent": 2,
    "data_classification": "confidential",
    "tags": {"cost-centre": "ml platform"},
    "arguments": ["--strict-readiness=true"],
    "cpu": 4,
    "memory_mib": 8192,
    "accelerator": "nvidia-l4",
    "accelerator_count": 2,
    "deployment_mode": "standard",
    "service_account_name": "reader",
    "callers": ["web/checkout"],
    "egress": ["shop:8080"],
    "storage_cidrs": ["10.0.0.0/16"],
    "mesh": "istio_sidecar",
    "ingress_namespace": "gateways",
    "metrics_namespace": "metrics",
    "ready_timeout_seconds": 1200,
}


def _service(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["shared-inference-service"]


def test_every_argument() -> None:
    recorded = record(SharedModelServer, "shared", FULL)
    metadata = _service(recorded)["metadata"]
    assert (metadata["name"], metadata["namespace"]) == ("shared", "models")
    assert metadata["labels"]["model-serving/cost-centre"] == "ml-platform"
    # The models that it loads have versions, not the server.
    assert "model-serving/model-version" not in metadata["labels"]
    assert metadata["annotations"] == {
        "serving.kserve.io/deploymentMode": "Standard",
        "pulumi.com/waitFor": "condition=Ready",
    }
    predictor = _service(recorded)["spec"]["predictor"]
    assert (predictor["minReplicas"], predictor["maxReplicas"]) == (2, 6)
    assert predictor["serviceAccountName"] == "reader"
    assert predictor["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    model = predictor["model"]
    # Without an artifact KServe takes it for a server of many models.
    assert "storageUri" not in model
    assert (model["modelFormat"], model["runtime"]) == ({"name": "triton"}, "kserve-tritonserver")
    assert model["protocolVersion"] == "v2"
    assert model["args"] == ["--model-control-mode=explicit", "--strict-readiness=true"]
    amounts = {"cpu": "4", "memory": "8192Mi", "nvidia.com/gpu": "2"}
    assert model["resources"] == {"requests": amounts, "limits": amounts}
    egress = recorded.inputs["shared-network-policy"]["spec"]["egress"]
    assert any([port["port"] for port in rule["ports"]] == [443] for rule in egress)
    assert "shared-authorization-policy" in recorded.types
    assert recorded.outputs["url"] == "http://shared-predictor.models.svc.cluster.local"


def test_the_least() -> None:
    recorded = record(SharedModelServer, "shared", MINIMAL)
    predictor = _service(recorded)["spec"]["predictor"]
    assert predictor["model"]["resources"]["limits"] == {"cpu": "1", "memory": "4096Mi"}
    assert recorded.outputs["url"] == "http://shared.models.svc.cluster.local"
    assert recorded.outputs["latency_metric"]["statistic"] == "mean"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"min_replicas": 0}, "min_replicas: got 0; use a whole number from 1"),
        ({"arguments": ["--model-control-mode=poll"]}, "use no control mode: the models come by"),
        ({"accelerator": "tpu"}, "accelerator: got 'tpu'"),
        (
            {"accelerator_count": 1},
            "accelerator_count: got 1; use accelerator or gpu_node_labels beside it",
        ),
        ({"cpu": 0}, "cpu: got 0"),
        ({"memory_mib": 1}, "memory_mib: got 1"),
        ({"deployment_mode": "modelmesh"}, "deployment_mode: got 'modelmesh'; use one of knative"),
        ({"kserve_version": "new"}, "kserve_version: got 'new'"),
        ({"callers": ["web"]}, "use deployment_mode standard"),
        ({"ready_timeout_seconds": 5}, "ready_timeout_seconds: got 5"),
        ({"namespace": ""}, "namespace: got ''"),
        ({"tags": {"cost centre": "x"}}, "tags: got 'cost centre'"),
        ({"model_uri": "s3://x"}, "model_uri: no such argument"),
    ],
)
def test_bad_arguments(change: dict[str, Any], problem: str) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        record(SharedModelServer, "shared", MINIMAL | change)
    assert problem in str(caught.value)
