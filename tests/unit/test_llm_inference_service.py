from typing import Any

import pulumi
import pytest

from components.kubernetes.kserve.llm_inference_service import LLMInferenceService
from tests.unit.component_mocks import Recorded, record

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "owner": "team-assistant",
    "model_version": "2.5",
    "model_uri": "hf://Qwen/Qwen2.5-7B-Instruct@7ae557604adf67be50417f59c2c2f167def9a775",
    "namespace": "models",
    "kserve_version": "0.20.0",
}
GPU: dict[str, Any] = {"accelerator": "nvidia-l4", "accelerator_count": 2, "memory_mib": 65536}
KEDA: dict[str, Any] = {
    "min_replicas": 1,
    "max_replicas": 4,
    "prometheus_url": "http://prometheus.monitoring:9090",
}
CANDIDATE: dict[str, Any] = {
    "candidate_version": "3.0",
    "candidate_uri": "hf://Qwen/Qwen3-8B@0000000000000000000000000000000000000000",
    "canary_percent": 10,
}
FULL: dict[str, Any] = (
    MINIMAL
    | GPU
    | KEDA
    | CANDIDATE
    | {
        "candidate_replicas": 2,
        "description": "x",
        "latency_p95_ms": 4000,
        "error_rate_percent": 2,
        "data_classification": "confidential",
        "tags": {"cost-centre": "ml platform"},
        "image": "registry.example.com/vllm@sha256:" + "0" * 64,
        "arguments": ["--enable-prefix-caching"],
        "env": {"KSERVE_INFER_ROCE": "true"},
        "served_model_name": "Qwen/Qwen2.5-7B-Instruct",
        "cpu": 8,
        "tensor_parallel": 1,
        "pipeline_parallel": 2,
        "max_model_length": 16384,
        "dtype": "bfloat16",
        "quantization": "fp8",
        "gpu_memory_utilization": 0.85,
        "weights_gib": 15.2,
        "shared_memory_mib": 4096,
        "service_account_name": "reader",
        "cache": "volume",
        "cache_size_gib": 20,
        "cache_storage_class": "shared",
        "download_image": "registry.example.com/storage-initializer@sha256:" + "0" * 64,
        "token_secret_name": "hf",
        "load_metric": "requests_in_flight",
        "load_target": 40,
        "cooldown_seconds": 600,
        "gateway_name": "inference",
        "gateway_namespace": "gateways",
        "base_refs": ["team-defaults"],
        "ready_timeout_seconds": 3600,
        "pod_labels": {"azure.workload.identity/use": "true"},
        "callers": ["web/shop"],
        "egress": ["features:6379"],
        "storage_cidrs": ["10.0.0.0/16"],
        "mesh": "istio_sidecar",
        "ingress_namespace": "gateways",
        "metrics_namespace": "prometheus",
    }
)
MANIFESTS: dict[str, dict[str, Any]] = {
    "prefill": MINIMAL | GPU | {"prefill_replicas": 2},
    "experts on two nodes": MINIMAL
    | GPU
    | {"data_parallel": 4, "data_parallel_local": 2, "expert_parallel": True},
    "wva": MINIMAL | GPU | {"max_replicas": 4, "autoscaler": "wva"},
    "from zero": MINIMAL
    | KEDA
    | {"min_replicas": 0, "activation_query": "sum(rate(gateway_requests_total[1m]))"},
    "local cache": MINIMAL
    | {"cache": "local", "cache_size_gib": 20, "cache_node_groups": ["l4"], "scheduler": False},
    "cache of 0.19": MINIMAL | GPU | {"token_secret_name": "hf", "kserve_version": "0.19.0"},
}


def _made(args: dict[str, Any]) -> Recorded:
    return record(LLMInferenceService, "chat", args)


def _spec(recorded: Recorded, role: str = "service") -> dict[str, Any]:
    return recorded.inputs[f"chat-{role}"]["spec"]


def _main(spec: dict[str, Any]) -> dict[str, Any]:
    (main,) = spec["template"]["containers"]
    assert main["name"] == "main"
    return main


def test_the_least() -> None:
    recorded = _made(MINIMAL)
    assert recorded.of("kubernetes:serving.kserve.io/v1alpha2:LLMInferenceService").keys() == {
        "chat-service"
    }
    spec = _spec(recorded)
    assert spec["model"] == {"uri": MINIMAL["model_uri"].replace("@", ":"), "name": "chat"}
    assert spec["router"] == {"route": {}, "gateway": {}, "scheduler": {}}
    assert spec["replicas"] == 1
    assert "args" not in _main(spec)
    assert recorded.outputs["routing_header"] == (
        "X-Gateway-Model-Name: publishers/models/models/chat"
    )
    assert recorded.outputs["openai_url"].endswith("/v1")


def test_every_argument() -> None:
    recorded = _made(FULL)
    spec = _spec(recorded)
    assert "replicas" not in spec
    assert spec["model"] == {"uri": "pvc://chat-v2-5/2.5", "name": "Qwen/Qwen2.5-7B-Instruct"}
    assert spec["baseRefs"] == [{"name": "team-defaults"}]
    assert spec["router"]["gateway"] == {"refs": [{"name": "inference", "namespace": "gateways"}]}
    main, template = _main(spec), spec["template"]
    assert main["args"] == [
        "--max-model-len=16384",
        "--dtype=bfloat16",
        "--quantization=fp8",
        "--gpu-memory-utilization=0.85",
        "--pipeline-parallel-size=2",
        "--enable-prefix-caching",
    ]
    assert main["image"] == FULL["image"]
    assert main["env"] == [{"name": "KSERVE_INFER_ROCE", "value": "true"}]
    assert main["resources"]["limits"] == {"cpu": "8", "memory": "65536Mi", "nvidia.com/gpu": "2"}
    assert template["volumes"] == [
        {"name": "dshm", "emptyDir": {"medium": "Memory", "sizeLimit": "4096Mi"}}
    ]
    assert template["serviceAccountName"] == "reader"
    assert template["nodeSelector"] == {"nvidia.com/gpu.product": "NVIDIA-L4"}
    assert recorded.inputs["chat-service"]["metadata"]["annotations"] == {
        "pulumi.com/waitFor": "condition=Ready"
    }


def test_the_candidate_is_a_second_member_of_the_group() -> None:
    recorded = _made(FULL)
    stable, candidate = _spec(recorded), _spec(recorded, "candidate")
    assert stable["router"]["route"] == {"group": "chat", "weight": 90}
    assert candidate["router"]["route"] == {"group": "chat", "weight": 10}
    assert candidate["model"]["name"] == stable["model"]["name"]
    assert candidate["replicas"] == 2
    assert recorded.inputs["chat-candidate"]["metadata"]["name"] == "chat-candidate"


def test_several_gpus_share_a_model() -> None:
    spec = _spec(_made(MINIMAL | GPU))
    assert spec["parallelism"] == {"tensor": 2}
    assert spec["template"]["volumes"][0]["emptyDir"]["sizeLimit"] == "2048Mi"
    assert _main(spec)["args"] == ["--gpu-memory-utilization=0.9"]
    # The presets of 0.19 do not read `parallelism.tensor` of one node.
    older = _spec(_made(MINIMAL | GPU | {"kserve_version": "0.19.0"}))
    assert "parallelism" not in older
    assert "--tensor-parallel-size=2" in _main(older)["args"]


def test_prefill_and_decode_hand_over_the_kv_cache() -> None:
    spec = _spec(_made(MANIFESTS["prefill"]))
    for workload, role in ((spec, "kv_consumer"), (spec["prefill"], "kv_producer")):
        (host, further) = _main(workload)["env"]
        assert host["valueFrom"] == {"fieldRef": {"fieldPath": "status.podIP"}}
        assert f'"kv_role":"{role}"' in further["value"]
    assert spec["prefill"]["replicas"] == 2


def test_experts_on_two_nodes() -> None:
    spec = _spec(_made(MANIFESTS["experts on two nodes"]))
    assert spec["parallelism"] == {"data": 4, "dataLocal": 2, "expert": True}
    assert spec["worker"] == spec["template"]
    one = _spec(_made(MINIMAL | GPU | {"data_parallel_local": 2, "expert_parallel": True}))
    assert "worker" not in one
    assert _main(one)["args"][-2:] == ["--data-parallel-size=2", "--enable-expert-parallel"]


def test_nothing_says_replicas_where_an_autoscaler_decides() -> None:
    for args in (MINIMAL | KEDA, MANIFESTS["wva"], MANIFESTS["from zero"]):
        assert "replicas" not in _spec(_made(args))
    assert _spec(_made(MANIFESTS["wva"]))["scaling"] == {
        "minReplicas": 1,
        "maxReplicas": 4,
        "wva": {"keda": {}},
    }


def test_keda_scales_on_what_vllm_measures() -> None:
    spec = _made(MINIMAL | KEDA).inputs["chat-scaler"]["spec"]
    assert spec["scaleTargetRef"]["name"] == "chat-kserve"
    assert (spec["minReplicaCount"], spec["maxReplicaCount"]) == (1, 4)
    assert (spec["fallback"]["replicas"], spec["fallback"]["behavior"]) == (
        1,
        "currentReplicasIfHigher",
    )
    (trigger,) = spec["triggers"]
    assert trigger["metadata"]["threshold"] == "5"
    assert trigger["metadata"]["query"] == (
        'sum(vllm:num_requests_waiting{namespace="models",pod=~"chat-kserve-[a-z0-9]+-[a-z0-9]+"})'
    )
    cache = _made(MINIMAL | KEDA | {"load_metric": "kv_cache_use"}).inputs["chat-scaler"]["spec"]
    assert cache["triggers"][0]["metricType"] == "Value"
    # KEDA refuses it for a metric of this type.
    assert "fallback" not in cache


def test_from_zero_a_query_wakes_the_model() -> None:
    spec = _made(MANIFESTS["from zero"]).inputs["chat-scaler"]["spec"]
    assert spec["minReplicaCount"] == 0
    load, wake = spec["triggers"]
    assert wake["metadata"]["query"] == MANIFESTS["from zero"]["activation_query"]
    assert "activationThreshold" not in load["metadata"]
    assert wake["metadata"]["activationThreshold"] == "0"


def test_caches() -> None:
    local = _made(MANIFESTS["local cache"])
    cache = local.inputs["chat-cache-v2.5"]
    assert (cache["kind"], cache["metadata"]["namespace"]) == ("LocalModelNamespaceCache", "models")
    assert cache["spec"]["sourceModelUri"] == _spec(local)["model"]["uri"]
    volume = _made(FULL)
    assert volume.inputs["chat-cache-v2.5-volume"]["metadata"]["name"] == "chat-v2-5"
    job = volume.inputs["chat-cache-v3.0-download"]["spec"]["template"]["spec"]
    (container,) = job["containers"]
    assert container["args"] == [CANDIDATE["candidate_uri"].replace("@", ":"), "/mnt/models/3.0"]
    token = next(each for each in container["env"] if each["name"] == "HF_TOKEN")
    assert token["valueFrom"] == {"secretKeyRef": {"name": "hf", "key": "HF_TOKEN"}}


def test_the_token_is_only_named() -> None:
    recorded = _made(MINIMAL | {"token_secret_name": "hf"})
    annotations = recorded.inputs["chat-service"]["metadata"]["annotations"]
    assert annotations["serving.kserve.io/storageSecretName"] == "hf"
    assert recorded.of("kubernetes:core/v1:Secret") == {}


def test_only_gateway_callers_and_its_own_pods_reach_a_model() -> None:
    recorded = _made(FULL)
    for role, name in (("service", "chat"), ("candidate", "chat-candidate")):
        policy = recorded.inputs[f"chat-{role}-network-policy"]["spec"]
        assert policy["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == name
        own = {"from": [{"podSelector": policy["podSelector"]}]}
        assert own in policy["ingress"]
        rights = recorded.inputs[f"chat-{role}-authorization-policy"]["spec"]["rules"]
        assert rights[-1]["from"][0]["source"]["principals"] == [
            "cluster.local/ns/models/sa/reader",
            f"cluster.local/ns/models/sa/{name}-epp-sa",
        ]
    assert _spec(recorded)["labels"] == FULL["pod_labels"]


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"kserve_version": "0.18.2"}, "kserve_version: got '0.18.2'; use 0.19 or newer"),
    ({**CANDIDATE, "kserve_version": "0.19.0"}, "candidate_version: got '3.0'; use KServe 0.20"),
    ({"model_uri": "gs://bucket/model"}, "model_uri: got 'gs://bucket/model'; use a URI of hf"),
    ({"max_replicas": 2}, "prometheus_url: got None"),
    ({"max_replicas": 2, "autoscaler": "none"}, "autoscaler: got 'none'; use keda or wva"),
    ({"autoscaler": "wva"}, "autoscaler: got 'wva'; use max_replicas above"),
    ({"load_target": 4}, "load_target: got 4; use autoscaler: keda"),
    ({**KEDA, "min_replicas": 0}, "min_replicas: got 0; use at least 1, or activation_query"),
    (
        {"min_replicas": 0, "max_replicas": 3, "autoscaler": "wva"},
        "min_replicas: got 0; use at least 1: KServe's `scaling` has no zero",
    ),
    ({**KEDA, "activation_query": "up"}, "activation_query: got 'up'; use min_replicas 0"),
    ({**KEDA, "load_target": 0.5}, "load_target: got 0.5; use a number from 1"),
    ({**GPU, "tensor_parallel": 1}, "tensor_parallel: got 1; use a number that with"),
    ({**GPU, "data_parallel_local": 2, "tensor_parallel": 2}, "tensor_parallel: got 2"),
    ({**GPU, "weights_gib": 43.2}, "weights_gib: got 43.2; use more GPUs"),
    ({**GPU, "shared_memory_mib": 65536}, "shared_memory_mib: got 65536; use less than memory"),
    ({"accelerator_count": 2}, "accelerator_count: got 2; use accelerator"),
    ({"gpu_memory_utilization": 0.5}, "gpu_memory_utilization: got 0.5; use an accelerator"),
    ({"quantization": "q4"}, "quantization: got 'q4'; use one of awq"),
    ({"dtype": "int8"}, "dtype: got 'int8'; use one of auto"),
    ({"arguments": ["--trust-remote-code"]}, "it runs code from the model's repository"),
    ({"arguments": ["--trust_remote_code=true"]}, "it runs code from the model's repository"),
    ({"arguments": ["--api-key=letmein"]}, "arguments: got '--api-key'; use token_secret_name"),
    ({"env": {"A-B": "1"}}, "env: got 'A-B'; use names of letters"),
    ({"env": {"VLLM_ADDITIONAL_ARGS": "x"}}, "env: got 'VLLM_ADDITIONAL_ARGS'; use arguments"),
    ({"env": {"HF_TOKEN": "letmein"}}, "env: got 'HF_TOKEN'; use token_secret_name"),
    ({"arguments": ["--x=$(id)"]}, "arguments: got '--x=$(id)'; use letters, digits"),
    ({"data_parallel": 3, "data_parallel_local": 2}, "data_parallel: got 3; use a multiple"),
    ({"data_parallel": 2, "prefill_replicas": 1}, "prefill_replicas: got 1; use 0, or one node"),
    ({"scheduler": False, "prefill_replicas": 1}, "prefill_replicas: got 1; use 0, or the sched"),
    ({**KEDA, "data_parallel": 2}, "autoscaler: got 'keda'; use wva"),
    ({"gateway_namespace": "x"}, "gateway_namespace: got 'x'; use gateway_name"),
    ({"cache_size_gib": 2}, "cache_size_gib: got 2; use cache beside it"),
    (
        MANIFESTS["local cache"] | {"model_version": "2.5 b"},
        "model_version: got '2.5 b'; use letters, digits",
    ),
    ({"cache": "volume"}, "cache_size_gib: got None; use the room"),
    ({"cache": "volume"}, "download_image: got None; use KServe's storage initialiser"),
    (
        {"cache": "volume", "download_image": "kserve/storage-initializer:latest"},
        "download_image: got 'kserve/storage-initializer:latest'",
    ),
    (
        MANIFESTS["local cache"] | {"download_image": FULL["download_image"]},
        "use cache: volume, or leave it out",
    ),
    ({"cache": "local", "cache_size_gib": 2}, "cache_node_groups: got []; use names"),
    (
        {"cache": "volume", "cache_size_gib": 2, "model_uri": "pvc://x"},
        "model_uri: got 'pvc://x'; use a URI of s3",
    ),
    (
        {
            "cache": "local",
            "cache_size_gib": 2,
            "cache_node_groups": ["a"],
            "token_secret_name": "hf",
        },
        "token_secret_name: got 'hf'; use service_account_name",
    ),
    ({"candidate_replicas": 2}, "candidate_replicas: got 2; use a candidate"),
]


@pytest.mark.parametrize(("change", "expected"), REFUSED, ids=[e[:40] for _, e in REFUSED])
def test_bad_input_is_refused_before_anything_is_registered(
    change: dict[str, Any], expected: str
) -> None:
    with pytest.raises(pulumi.RunError) as error:
        _made(MINIMAL | change)
    assert expected in str(error.value)


def test_weights_fit_up_to_the_limit() -> None:
    # 2 x 24 GiB at 0.9 are 43.2 GiB, all of which would leave no room for a KV cache.
    _made(MINIMAL | GPU | {"weights_gib": 43.1})
    _made(MINIMAL | GPU | {"weights_gib": 45, "gpu_memory_utilization": 0.95})
    spread = {"data_parallel": 4, "data_parallel_local": 2, "expert_parallel": True}
    _made(MINIMAL | GPU | spread | {"weights_gib": 86})
