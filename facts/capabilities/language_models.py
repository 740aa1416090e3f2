"""What servers of language models can honour, and why they cannot do the rest.

What is said of KServe is read in its source; see facts/language_models.py.
"""

from typing import Final

from facts.capabilities.shapes import Refusal, Target

_KSERVE: Final = "https://kserve.github.io/website/docs/model-serving/generative-inference/"
_SOURCE: Final = "https://github.com/kserve/kserve/tree/v0.20.0/"
_READ: Final = "2026-11-25"

TARGET: Final = Target(
    "kserve_llm",
    "KServe's LLMInferenceService",
    ("hf", "s3", "pvc", "oci"),
    ("huggingface",),
    ("rolling", "all_at_once"),
    _SOURCE + "pkg/controller/v1alpha2/llmisvc/workload_storage.go",
    _READ,
)

REFUSALS: Final[tuple[Refusal, ...]] = (
    Refusal(
        "MS0340",
        "kserve_llm/version",
        "KServe before 0.19 has no LLMInferenceService, or one whose presets take no arguments "
        "for vLLM",
        "kserve_version 0.19 or newer on the cluster; or target: kserve with framework: "
        "huggingface, which serves by vLLM too",
        _SOURCE + "config/llmisvcconfig/config-llm-template.yaml",
        _READ,
    ),
    Refusal(
        "MS0341",
        "kserve_llm/candidate",
        "routing groups, which share requests by weight, came with KServe 0.20",
        "KServe 0.20; or no candidate, and the new version under `model`, which is rolled out pod "
        "by pod",
        _SOURCE + "pkg/controller/v1alpha2/llmisvc/router_group.go",
        _READ,
    ),
    Refusal(
        "MS0342",
        "language-model/zero",
        "without a replica nothing measures the queue, so nothing would wake the model",
        "min_replicas: 1; or `activation_query`, a query that tells of waiting callers, such as "
        "the gateway's count of requests",
        "https://keda.sh/docs/2.17/concepts/scaling-deployments/",
        _READ,
    ),
    Refusal(
        "MS0343",
        "language-model/trust-remote-code",
        "it runs code from the model's repository in the server, with the pod's rights",
        "a model that vLLM knows by itself, or an image of your own that holds the reviewed code",
        "https://docs.vllm.ai/en/stable/usage/security.html",
    ),
    Refusal(
        "MS0344",
        "language-model/does-not-fit",
        "the weights leave no room for the KV cache in the GPUs' memory",
        "more GPUs (resources.accelerator_count), larger ones, or quantised weights",
        "https://docs.vllm.ai/en/stable/configuration/conserving_memory.html",
    ),
    Refusal(
        "MS0345",
        "kserve_llm/keda-on-several-nodes",
        "not offered: a replica on several nodes is a LeaderWorkerSet, which the component's "
        "ScaledObject does not scale",
        "autoscaler: wva, or max_replicas equal to min_replicas",
        _SOURCE + "pkg/controller/v1alpha2/llmisvc/scaling.go",
        _READ,
    ),
    Refusal(
        "MS0346",
        "language-model/pipeline-on-several-nodes",
        "KServe 0.20 has no preset for pipeline stages on several nodes; InferenceService has "
        "`workerSpec` for them, from pvc and oci alone and without an autoscaler, which the "
        "component does not make",
        "stages and tensor_parallel within one node; or target: kserve_llm with data_parallel "
        "over nodes",
        _SOURCE + "pkg/controller/v1alpha2/llmisvc/config_merge.go",
        _READ,
    ),
    Refusal(
        "MS0347",
        "language-model/cache-of-a-volume",
        "what is on a volume or in an image is near already, and a cache cannot read it",
        "no `cache`; or a URI of hf, s3, gs or https",
        _SOURCE + "pkg/apis/serving/v1alpha1/local_model_cache_types.go",
        _READ,
    ),
    Refusal(
        "MS0348",
        "language-model/token-of-a-local-cache",
        "KServe's cache downloads with a service account's credentials, and takes no Secret",
        "service_account_name, of a service account that lists the Secret under `secrets`; or "
        "cache.kind: volume",
        _SOURCE + "docs/samples/localmodelcache/README.md",
        _READ,
    ),
    Refusal(
        "MS0349",
        "kserve/scaling-by-load-in-knative-mode",
        "Knative scales its own pods, by requests in flight or per second; KEDA would fight it",
        "deployment_mode: standard; or concurrency_target",
        _KSERVE + "autoscaling/",
        _READ,
    ),
)
