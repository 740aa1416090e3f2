"""What servers of language models cannot do: the refusal, what is refused, what works."""

from typing import Any

from tests.unit.settings_project import KSERVE, KSERVE_LLM, changed

_PINNED = "0" * 40
_CANDIDATE = {"uri": f"hf://Qwen/Qwen3-8B@{_PINNED}", "version": "3.0"}
_OLDER = {"kserve_version": "0.17.0"}
_RANGE = {"max_replicas": 4, "prometheus_url": "http://prometheus.monitoring:9090"}
_L4 = {"accelerator": "nvidia-l4", "accelerator_count": 2, "memory_mib": 65536}
_ISVC = changed(KSERVE_LLM, target="kserve")
_ON_VOLUME = {"uri": f"pvc://models/{_PINNED}", "version": "2.5", "framework": "huggingface"}
_DOWNLOAD = "registry.example.com/storage-initializer@sha256:" + "0" * 64
_VOLUME = {"kind": "volume", "size_gib": 20, "download_image": _DOWNLOAD}
_LOCAL = {"kind": "local", "size_gib": 20, "node_groups": ["l4"]}

CASES: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("kserve_llm/version", {**KSERVE_LLM, "@cluster": _OLDER}, KSERVE_LLM),
    (
        "kserve_llm/candidate",
        {**changed(KSERVE_LLM, candidate=_CANDIDATE), "@cluster": {"kserve_version": "0.19.0"}},
        changed(KSERVE_LLM, candidate=_CANDIDATE, canary_percent=10),
    ),
    (
        "language-model/zero",
        changed(KSERVE_LLM, min_replicas=0, **_RANGE),
        changed(KSERVE_LLM, min_replicas=0, activation_query="gateway_requests", **_RANGE),
    ),
    (
        "language-model/trust-remote-code",
        changed(KSERVE_LLM, arguments=["--trust-remote-code"]),
        changed(KSERVE_LLM, arguments=["--enable-prefix-caching"]),
    ),
    (
        "language-model/trust-remote-code",
        changed(KSERVE, arguments=["--trust_remote_code=true"]),
        changed(KSERVE, arguments=["--workers=2"]),
    ),
    (
        "language-model/does-not-fit",
        changed(KSERVE_LLM, resources=_L4, weights_gib=43.2),
        changed(KSERVE_LLM, resources=_L4, weights_gib=43.1),
    ),
    (
        "language-model/does-not-fit",
        changed(KSERVE_LLM, resources=_L4, weights_gib=22, data_parallel_local=2),
        {
            **changed(
                KSERVE_LLM,
                resources=_L4,
                weights_gib=86,
                data_parallel_local=2,
                data_parallel=4,
                expert_parallel=True,
            ),
            "@cluster": {"create_namespaces": False},
        },
    ),
    (
        "kserve_llm/keda-on-several-nodes",
        changed(KSERVE_LLM, data_parallel=2, **_RANGE),
        {
            **changed(KSERVE_LLM, data_parallel=2, max_replicas=4, autoscaler="wva"),
            "@cluster": {"create_namespaces": False},
        },
    ),
    (
        "language-model/pipeline-on-several-nodes",
        changed(KSERVE_LLM, resources=_L4, pipeline_parallel=4),
        changed(KSERVE_LLM, resources=_L4, pipeline_parallel=2),
    ),
    (
        "kserve/scaling-by-load-in-knative-mode",
        changed(_ISVC, load_metric="queue_depth"),
        changed(
            _ISVC,
            deployment_mode="standard",
            autoscaler="keda",
            load_metric="queue_depth",
            **_RANGE,
        ),
    ),
    (
        "language-model/does-not-fit",
        changed(_ISVC, resources=_L4, weights_gib=40, gpu_memory_utilization=0.8),
        changed(_ISVC, resources=_L4, weights_gib=40),
    ),
    (
        "language-model/cache-of-a-volume",
        changed(KSERVE_LLM, model=_ON_VOLUME, cache=_VOLUME),
        changed(KSERVE_LLM, model=_ON_VOLUME),
    ),
    (
        "language-model/token-of-a-local-cache",
        changed(KSERVE_LLM, cache=_LOCAL, token_secret_name="hf"),
        changed(KSERVE_LLM, cache=_VOLUME, token_secret_name="hf"),
    ),
]
