"""What a language model adds to its server: vLLM's flags, shared memory, the token to fetch it.

Flags are those of vLLM; which vLLM a release of KServe brings is in facts/language_models.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.gpus import Gpus
from facts.language_models import (
    DTYPES,
    QUANTIZATIONS,
    SERVED_NAME,
    USUAL_UTILIZATION,
    argument_tells_a_secret,
    fit_problem,
    forbidden_argument,
)

__all__ = [
    "SHARED_MEMORY",
    "LanguageModel",
    "asks_for_language_model",
    "check_arguments",
    "read_language_model",
]

# Any of these makes a model of another target or framework a mistake.
_KEYS: Final = (
    "dtype",
    "gpu_memory_utilization",
    "max_model_length",
    "pipeline_parallel",
    "quantization",
    "served_model_name",
    "shared_memory_mib",
    "tensor_parallel",
    "token_secret_name",
    "weights_gib",
)
_DNS_NAME: Final = r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?"
# Of KServe's `storageSecretNameAnnotation`, as its ConfigMap is installed. The Secret is read by
# KServe's controller, and only its key HF_TOKEN (pkg/credentials/hf).
_TOKEN_ANNOTATION: Final = "serving.kserve.io/storageSecretName"  # noqa: S105 - names no secret
# Processes of one model exchange tensors through /dev/shm; a container's own has 64 MiB.
_SHARED_MIB_PER_GPU: Final = 1024
SHARED_MEMORY: Final = "/dev/shm"  # noqa: S108 - in the pod, of its own


@dataclass(frozen=True, slots=True)
class LanguageModel:
    """The arguments of a language model, checked. `devices`: GPUs that hold one copy."""

    served_name: str
    tensor_parallel: int
    pipeline_parallel: int
    max_model_length: int | None
    dtype: str | None
    quantization: str | None
    utilization: float | None
    shared_memory_mib: int | None
    token_secret_name: str | None

    def flags(self) -> list[str]:
        """For vLLM, without the model's name and the parallelism, which servers spell apart."""
        given = {
            "max-model-len": self.max_model_length,
            "dtype": self.dtype,
            "quantization": self.quantization,
            # Said always, so that what fits is computed with what is used.
            "gpu-memory-utilization": self.utilization,
        }
        return [f"--{key}={value}" for key, value in given.items() if value is not None]

    def parallel_flags(self) -> list[str]:
        """How one copy of the weights is parted over the pod's GPUs."""
        given = {
            "tensor-parallel-size": self.tensor_parallel,
            "pipeline-parallel-size": self.pipeline_parallel,
        }
        return [f"--{key}={value}" for key, value in given.items() if value > 1]

    def annotations(self) -> dict[str, str]:
        """By which KServe gives the token to what downloads the model, and to nothing else."""
        name = self.token_secret_name
        return {} if name is None else {_TOKEN_ANNOTATION: name}

    def shared_memory(self, volume: str) -> dict[str, Any] | None:
        """A volume in memory; it counts as the container's memory."""
        if self.shared_memory_mib is None:
            return None
        size = f"{self.shared_memory_mib}Mi"
        return {"name": volume, "emptyDir": {"medium": "Memory", "sizeLimit": size}}


def asks_for_language_model(args: Mapping[str, object]) -> list[str]:
    """The keys of a language model that are given."""
    return [key for key in _KEYS if args.get(key) is not None]


def check_arguments(checks: Checks) -> None:
    """Note arguments that run somebody else's code, or tell a secret to whoever reads the pod."""
    for argument in checks.texts("arguments", []):
        if reason := forbidden_argument(argument):
            checks.problem("arguments", argument, f"a model that vLLM knows without it: {reason}")
        if argument_tells_a_secret(argument):
            told = argument.partition("=")[0]
            checks.problem("arguments", told, "token_secret_name: everybody reads arguments")


def read_language_model(  # noqa: PLR0917 - what a server is made of
    checks: Checks,
    name: str,
    args: Mapping[str, Any],
    gpus: Gpus,
    memory_mib: int,
    copies: int = 1,
    spread: int = 1,
) -> LanguageModel:
    """Read and check; problems go to `checks`.

    Args:
        checks: the component's.
        name: of the model, by which clients ask for it unless another is given.
        args: of the component.
        gpus: of one pod.
        memory_mib: of one pod.
        copies: of the weights in one pod.
        spread: over how many times its GPUs a copy's weights are parted further (experts).
    """
    checks.optional_text("served_model_name", SERVED_NAME, "letters, digits, '.', '_', '/', '-'")
    checks.optional_text("token_secret_name", _DNS_NAME, "the name of a Secret that exists")
    most = max(1, gpus.count)
    pipeline = checks.whole("pipeline_parallel", 1, 1, most)
    usual = max(1, gpus.count // (pipeline * copies))
    tensor = checks.whole("tensor_parallel", usual, 1, most)
    devices = tensor * pipeline
    if gpus and devices * copies != gpus.count:
        checks.problem(
            "tensor_parallel",
            tensor,
            f"a number that with pipeline_parallel {pipeline} and {copies} in a pod gives "
            f"accelerator_count {gpus.count}: every GPU is used, and paid for",
        )
    utilization = checks.number("gpu_memory_utilization", USUAL_UTILIZATION, 0.1, 0.99)
    if checks.given("gpu_memory_utilization") and not gpus:
        checks.problem("gpu_memory_utilization", utilization, "an accelerator beside it")
    weights = checks.number("weights_gib", 0, 0.01, 4096)
    if gpus.accelerator and weights:
        trouble = fit_problem(weights, gpus.accelerator, devices * spread, utilization)
        if trouble:
            way = "more GPUs (accelerator_count), larger ones, or quantised weights"
            checks.problem("weights_gib", weights, f"{way}: {trouble}")
    shared = checks.whole("shared_memory_mib", gpus.count * _SHARED_MIB_PER_GPU, 64, 1024 * 1024)
    wanted = checks.given("shared_memory_mib") or gpus.count > 1
    if wanted and shared >= memory_mib:
        checks.problem(
            "shared_memory_mib",
            shared,
            f"less than memory_mib ({memory_mib}), of which it is a part, or more memory",
        )
    check_arguments(checks)
    return LanguageModel(
        served_name=args.get("served_model_name") or name,
        tensor_parallel=tensor,
        pipeline_parallel=pipeline,
        max_model_length=checks.whole("max_model_length", 0, 1, 10_000_000) or None,
        dtype=checks.choice("dtype", "", DTYPES) or None,
        quantization=checks.choice("quantization", "", QUANTIZATIONS) or None,
        utilization=utilization if gpus else None,
        shared_memory_mib=shared if wanted else None,
        token_secret_name=args.get("token_secret_name"),
    )
