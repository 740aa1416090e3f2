"""A language model on InferenceService: flags, memory, token, caches, scaling by load."""

from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.inference_service import InferenceService
from components.kubernetes.kserve.language_model import SHARED_MEMORY
from tests.unit.component_mocks import Recorded, record

CHAT: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-assistant",
    "model_version": "2.5",
    "model_uri": "hf://Qwen/Qwen2.5-7B-Instruct@7ae557604adf67be50417f59c2c2f167def9a775",
    "framework": "huggingface",
    "namespace": "models",
    "kserve_version": "0.20.0",
    "accelerator": "nvidia-l4",
    "accelerator_count": 2,
    "memory_mib": 65536,
}
DOWNLOAD = "registry.example.com/storage-initializer@sha256:" + "0" * 64
KEDA: dict[str, Any] = {
    "deployment_mode": "standard",
    "autoscaler": "keda",
    "max_replicas": 4,
    "load_metric": "queue_depth",
    "prometheus_url": "http://prometheus.monitoring:9090",
}

VOLUME: dict[str, Any] = {"cache": "volume", "cache_size_gib": 20, "download_image": DOWNLOAD}
LOCAL: dict[str, Any] = {"cache": "local", "cache_size_gib": 20, "cache_node_groups": ["l4"]}
# Judged with those of InferenceService.
MANIFESTS: dict[str, dict[str, Any]] = {
    "language model": CHAT | VOLUME | {"token_secret_name": "hf", "max_model_length": 8192},
    "language model by its load": CHAT | KEDA | LOCAL,
}


def _made(args: dict[str, Any]) -> Recorded:
    return record(InferenceService, "chat", args)


def _service(recorded: Recorded) -> dict[str, Any]:
    return recorded.inputs["chat-inference-service"]


def _predictor(recorded: Recorded) -> dict[str, Any]:
    return _service(recorded)["spec"]["predictor"]


def test_several_gpus_of_a_pod_share_the_model() -> None:
    recorded = _made(CHAT)
    predictor = _predictor(recorded)
    assert predictor["model"]["args"] == [
        "--gpu-memory-utilization=0.9",
        "--tensor-parallel-size=2",
    ]
    assert predictor["volumes"] == [
        {"name": "devshm", "emptyDir": {"medium": "Memory", "sizeLimit": "2048Mi"}}
    ]
    (mount,) = predictor["model"]["volumeMounts"]
    assert mount == {"name": "devshm", "mountPath": SHARED_MEMORY}
    assert recorded.outputs["openai_url"].endswith("/openai/v1")
    latency = _made(CHAT | {"deployment_mode": "standard"}).outputs["latency_metric"]
    assert latency["metric"] == "vllm:e2e_request_latency_seconds_bucket"


def test_every_argument() -> None:
    given = {
        "served_model_name": "qwen",
        "tensor_parallel": 1,
        "pipeline_parallel": 2,
        "max_model_length": 8192,
        "dtype": "bfloat16",
        "quantization": "awq",
        "gpu_memory_utilization": 0.8,
        "weights_gib": 38,
        "shared_memory_mib": 512,
        "token_secret_name": "hf",
    }
    recorded = _made(CHAT | given | {"arguments": ["--enable-prefix-caching"]})
    assert _predictor(recorded)["model"]["args"] == [
        "--enable-prefix-caching",
        "--model_name=qwen",
        "--max-model-len=8192",
        "--dtype=bfloat16",
        "--quantization=awq",
        "--gpu-memory-utilization=0.8",
        "--pipeline-parallel-size=2",
    ]
    # The server answers by the other name, of which the probe must not ask by the service's.
    assert "chat" not in str(_predictor(recorded)["model"]["readinessProbe"])
    annotations = _service(recorded)["metadata"]["annotations"]
    assert annotations["serving.kserve.io/storageSecretName"] == "hf"
    vllm = _made(CHAT | {"framework": "vLLM", "served_model_name": "qwen"})
    assert "--served-model-name=qwen" in _predictor(vllm)["model"]["args"]
    assert vllm.outputs["openai_url"].endswith("cluster.local/v1")


def test_one_gpu_needs_nothing() -> None:
    """A model that asks for nothing of a language model keeps the pods that it has."""
    predictor = _predictor(_made(CHAT | {"accelerator_count": 1}))
    assert "args" not in predictor["model"]
    assert "volumes" not in predictor


def test_keda_scales_and_kserve_does_not() -> None:
    recorded = _made(CHAT | KEDA)
    annotations = _service(recorded)["metadata"]["annotations"]
    assert annotations["serving.kserve.io/autoscalerClass"] == "external"
    assert annotations["serving.kserve.io/enable-prometheus-scraping"] == "true"
    scaler = recorded.inputs["chat-scaler"]["spec"]
    assert scaler["scaleTargetRef"]["name"] == "chat-predictor"
    assert (scaler["minReplicaCount"], scaler["maxReplicaCount"]) == (1, 4)
    assert 'pod=~"chat-predictor-' in scaler["triggers"][0]["metadata"]["query"]
    assert "autoScaling" not in _predictor(recorded)


def test_caches() -> None:
    volume = _made(MANIFESTS["language model"])
    assert _predictor(volume)["model"]["storageUri"] == "pvc://chat-v2-5/2.5"
    # The claim is filled with the token; the server needs none.
    annotations = _service(volume)["metadata"]["annotations"]
    assert "serving.kserve.io/storageSecretName" not in annotations
    recorded = _made(CHAT | LOCAL | {"service_account_name": "reader"})
    cache = recorded.inputs["chat-cache-v2.5"]
    assert cache["kind"] == "LocalModelNamespaceCache"
    assert cache["spec"]["serviceAccountName"] == "reader"
    assert cache["spec"]["sourceModelUri"] == _predictor(recorded)["model"]["storageUri"]
    older = _made(CHAT | LOCAL | {"kserve_version": "0.17.0"}).inputs["chat-cache-v2.5"]
    assert (older["kind"], older["metadata"].get("namespace")) == ("LocalModelCache", None)


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"framework": "sklearn", "dtype": "auto"}, "dtype: got 'auto'; use framework huggingface"),
    ({"weights_gib": 43.2}, "weights_gib: got 43.2; use more GPUs"),
    ({"env": {"HF_TOKEN": "letmein"}}, "env: got 'HF_TOKEN'; use token_secret_name"),
    ({"tensor_parallel": 1}, "tensor_parallel: got 1; use a number that with"),
    ({"arguments": ["--trust-remote-code"]}, "it runs code from the model's repository"),
    (
        {"arguments": ["--trust_remote_code"], "accelerator_count": 1},
        "it runs code from the model's repository",
    ),
    ({"load_metric": "queue_depth"}, "load_metric: got 'queue_depth'; use deployment_mode"),
    ({**KEDA, "autoscaler": "hpa"}, "load_metric: got 'queue_depth'; use autoscaler keda"),
    ({**KEDA, "prometheus_query": "up"}, "prometheus_query: got 'up'; use it without load_metric"),
    ({**KEDA, "cpu_target_percent": 80}, "cpu_target_percent: got 80; use it without"),
    ({**KEDA, "max_replicas": 1}, "load_metric: got 'queue_depth'; use max_replicas above 1"),
    ({**KEDA, "min_replicas": 0}, "min_replicas: got 0; use at least 1, or activation_query"),
    (
        {**KEDA, "load_metric": "kv_cache_use", "kserve_version": "0.16.0"},
        "load_metric: got 'kv_cache_use'; use one of queue_depth",
    ),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED, ids=[e[:40] for _, e in REFUSED])
def test_bad_input_is_refused(change: dict[str, Any], expected: str) -> None:
    with pytest.raises(pulumi.RunError) as error:
        _made(CHAT | change)
    assert expected in str(error.value)


def test_from_zero() -> None:
    given = {"min_replicas": 0, "activation_query": "sum(rate(gateway_requests[1m]))"}
    assert _made(CHAT | KEDA | given).inputs["chat-scaler"]["spec"]["minReplicaCount"] == 0
