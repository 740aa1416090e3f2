"""Language-model servers: what KServe's releases bring, vLLM's flags and metrics, does it fit.

Read in KServe's source, tags v0.15.2, v0.16.0, v0.17.0, v0.19.0 and v0.20.0 (config/runtimes,
config/llmisvcconfig, python/huggingface_server.Dockerfile, pkg/apis/serving), and in vLLM's
documentation (https://docs.vllm.ai/en/stable/usage/metrics/), on 2026-11-25. v0.18 could not be
had: what 0.19 has and 0.17 has not is said of 0.19.
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final

from facts.accelerators import ACCELERATORS
from facts.pods import looks_like_a_secret
from facts.server_metrics import SERVER_METRICS

__all__ = [
    "CANDIDATE_SINCE",
    "DTYPES",
    "LLM_SERVICE_SINCE",
    "MODEL_HEADER",
    "NAMESPACE_CACHE_SINCE",
    "OPENAI_PATH",
    "QUANTIZATIONS",
    "SAID_BY_OTHERS",
    "SCALE_METRICS",
    "SCHEMES_OF_LLM_SERVICE",
    "SERVED_NAME",
    "TENSOR_IN_TEMPLATE_SINCE",
    "USUAL_UTILIZATION",
    "VLLM_LATENCY",
    "Release",
    "ScaleMetric",
    "argument_tells_a_secret",
    "fit_problem",
    "forbidden_argument",
    "release",
    "unsafe_in_shell",
    "version_key",
    "weights_problem",
]

Release = tuple[int, ...]

# 0.16 has the kind as v1alpha1, 0.17 as v1alpha2 too; their presets name no place for further
# arguments of vLLM (`"$@"`), which 0.19's have.
LLM_SERVICE_SINCE: Final[Release] = (0, 19)
# `spec.router.route.group` and `weight`.
CANDIDATE_SINCE: Final[Release] = (0, 20)
# config-llm-template.yaml reads `parallelism.tensor` of one node.
TENSOR_IN_TEMPLATE_SINCE: Final[Release] = (0, 20)
NAMESPACE_CACHE_SINCE: Final[Release] = (0, 19)
# attachModelArtifacts in workload_storage.go takes these and no others.
SCHEMES_OF_LLM_SERVICE: Final = ("hf", "s3", "pvc", "oci")
# KSERVE_OPENAI_ROUTE_PREFIX in python/kserve/…/openai/endpoints.py; the vLLM image has `/v1`.
OPENAI_PATH: Final = {"huggingface": "/openai/v1", "vLLM": "/v1"}
# DefaultModelBasedRoutingHeaderName in pkg/apis/serving/v1beta1/configmap.go.
MODEL_HEADER: Final = "X-Gateway-Model-Name"

# vLLM's `--dtype`; `float` and `half` are other words for float32 and float16.
DTYPES: Final = ("auto", "bfloat16", "float16", "float32")
# Of the methods of vLLM's `--quantization` (vllm/model_executor/layers/quantization/__init__.py)
# those in use on NVIDIA GPUs; not read for each release. A quantised checkpoint names its own.
QUANTIZATIONS: Final = (
    "awq",
    "awq_marlin",
    "bitsandbytes",
    "compressed-tensors",
    "fp8",
    "gptq",
    "gptq_marlin",
    "modelopt",
    "torchao",
)


@dataclass(frozen=True, slots=True)
class ScaleMetric:
    """What the load of a language model is measured by.

    `average` metrics are summed over the pods, and the target is per pod; the others are averaged,
    and the target is for all pods alike. `since` is KServe's release whose vLLM has the names.
    """

    name: str
    query: str
    average: bool
    target: float
    lowest: float
    highest: float
    since: Release


_VLLM: Final = SERVER_METRICS["vllm"]
# `{selector}` is replaced by the pods. The vLLM of KServe 0.16 (0.9.2) names the KV cache's use
# otherwise than that of 0.17 (0.15.1) and later (0.24.0 in 0.20): huggingface_server.Dockerfile.
SCALE_METRICS: Final[dict[str, ScaleMetric]] = {
    metric.name: metric
    for metric in (
        ScaleMetric(
            "queue_depth",
            f"sum({_VLLM.waiting}{{selector}})",
            average=True,
            target=5,
            lowest=1,
            highest=1000,
            since=(0, 15),
        ),
        ScaleMetric(
            "requests_in_flight",
            f"sum({_VLLM.running}{{selector}}) + sum({_VLLM.waiting}{{selector}})",
            average=True,
            target=32,
            lowest=1,
            highest=10_000,
            since=(0, 15),
        ),
        ScaleMetric(
            "kv_cache_use",
            f"avg({_VLLM.cache_used}{{selector}})",
            average=False,
            target=0.8,
            lowest=0.1,
            highest=0.95,
            since=(0, 17),
        ),
    )
}

# How a model may be called by clients.
SERVED_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._/-]{0,94}"
# vLLM's histogram of whole answers, without `_bucket`.
VLLM_LATENCY: Final = _VLLM.latency_metric
# By which prefill and decode pods of LLMInferenceService hand the KV cache over.
SAID_BY_OTHERS: Final = ("VLLM_ADDITIONAL_ARGS", "VLLM_NIXL_SIDE_CHANNEL_HOST")
# Share of a GPU's memory that vLLM takes unless told otherwise.
USUAL_UTILIZATION: Final = 0.9
_SHORT: Final = 20

# Arguments that run code of whoever published the model.
_TRUST: Final = re.compile(r"--trust[-_]remote[-_]code(=.*)?", re.IGNORECASE)
# The presets of LLMInferenceService hand arguments to `eval`.
_PLAIN_ARGUMENT: Final = re.compile(r"[A-Za-z0-9._:/,=+@%-]+")


def release(version: object) -> Release:
    """Major and minor number, for comparison."""
    digits = str(version).removeprefix("v").split(".")[:2]
    return tuple(int(part) for part in digits if part.isdigit())


def forbidden_argument(argument: str) -> str | None:
    """Why an argument is refused, or None."""
    if _TRUST.fullmatch(argument):
        return "it runs code from the model's repository in the server, with the pod's rights"
    return None


def argument_tells_a_secret(argument: str) -> bool:
    """Whether an argument such as `--api-key=…` holds a key or token."""
    name, _, value = argument.partition("=")
    return looks_like_a_secret(name.strip("-").replace("-", "_"), value)


def unsafe_in_shell(argument: str) -> bool:
    """Whether a shell would read an argument as more than one plain word."""
    return _PLAIN_ARGUMENT.fullmatch(argument) is None


def version_key(version: str) -> str:
    """A version as part of a Kubernetes name."""
    words = re.sub(r"[^a-z0-9]+", "-", version.lower()).strip("-")
    if len(words) <= _SHORT:
        return words
    return f"{words[:_SHORT]}-{hashlib.sha256(version.encode()).hexdigest()[:6]}"


def fit_problem(
    weights_gib: float, accelerator: str, devices: int, utilization: float
) -> str | None:
    """Why weights of this size cannot be held, or None when they can.

    `devices` is the number of GPUs that one copy of the weights is parted over. What is left of
    their memory holds the KV cache, so nothing left is too little.
    """
    each = ACCELERATORS[accelerator].memory_mib / 1024
    return weights_problem(weights_gib, each, accelerator, devices, utilization)


def weights_problem(
    weights_gib: float, gib: float, what: str, devices: int, utilization: float | None = None
) -> str | None:
    """The same for devices, or parts of them, of `gib` each."""
    utilization = USUAL_UTILIZATION if utilization is None else utilization
    room = gib * devices * utilization
    if weights_gib < room:
        return None
    return (
        f"{weights_gib:g} GiB of weights leave nothing of the {room:.1f} GiB that "
        f"{devices} x {what} of {gib:g} GiB give at gpu_memory_utilization "
        f"{utilization:g}; the KV cache needs room too"
    )
