"""A language model on an InferenceService: vLLM by KServe's Hugging Face or vLLM runtime.

Both runtimes mount a volume `devshm` at /dev/shm (config/runtimes of KServe 0.20), which is given
its size here. One pod is one replica: KServe's `workerSpec` for several nodes is not made.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from components.checks import Checks
from components.kubernetes.gpus import Gpus
from components.kubernetes.kserve.language_model import (
    SHARED_MEMORY,
    LanguageModel,
    asks_for_language_model,
    check_arguments,
    read_language_model,
)
from components.kubernetes.kserve.load_scaling import (
    LoadScaling,
    asks_for_load_scaling,
    read_load_scaling,
)
from components.kubernetes.kserve.model_cache import ModelCache, read_model_cache
from components.kubernetes.kserve.server_extras import ServerExtras
from components.serving import Core
from facts.language_models import OPENAI_PATH, Release

__all__ = ["ServedLanguageModel", "read_served_language_model"]

# By which a server says its model's name, per framework.
_NAME_FLAG: Final = {"huggingface": "--model_name", "vLLM": "--served-model-name"}
_SHARED_MEMORY_VOLUME: Final = "devshm"
_SCRAPED: Final = "serving.kserve.io/enable-prometheus-scraping"


@dataclass(frozen=True, slots=True)
class ServedLanguageModel:
    """What a language model adds to an InferenceService; of another model, its cache alone."""

    extras: ServerExtras = field(default_factory=ServerExtras)
    scaling: LoadScaling | None = None
    cache: ModelCache | None = None
    openai_path: str | None = None
    by_vllm: bool = False
    """Whether it surely generates by vLLM: the Hugging Face runtime serves encoders too."""


def read_served_language_model(  # noqa: PLR0917 - what the server runs on
    checks: Checks,
    core: Core,
    args: Mapping[str, Any],
    release: Release,
    mode: str,
    gpus: Gpus,
    memory_mib: int,
    ready_timeout_seconds: int,
) -> ServedLanguageModel:
    """Read and check; problems go to `checks`."""
    framework = str(args.get("framework"))
    cache = read_model_cache(checks, args, release, ready_timeout_seconds)
    scaling = _scaling(checks, core, args, release, mode)
    asked = asks_for_language_model(args)
    if framework not in _NAME_FLAG:
        use = f"framework {' or '.join(_NAME_FLAG)} beside it, or leave it out"
        for key in asked:
            checks.problem(key, args.get(key), use)
        return ServedLanguageModel(cache=cache, scaling=scaling)
    path = OPENAI_PATH[framework]
    scraped = {_SCRAPED: "true"} if scaling else {}
    if not asked and gpus.count <= 1:
        check_arguments(checks)
        extras = ServerExtras(annotations=scraped)
        by_vllm = framework == "vLLM" or scaling is not None
        return ServedLanguageModel(extras, scaling, cache, path, by_vllm)
    model = read_language_model(checks, core.name, args, gpus, memory_mib)
    extras = _extras(model, framework, args)
    token = {} if cache else model.annotations()
    return ServedLanguageModel(
        ServerExtras(
            arguments=extras.arguments,
            volumes=extras.volumes,
            volume_mounts=extras.volume_mounts,
            annotations=token | scraped,
        ),
        scaling,
        cache,
        path,
        by_vllm=True,
    )


def _extras(model: LanguageModel, framework: str, args: Mapping[str, Any]) -> ServerExtras:
    name = [f"{_NAME_FLAG[framework]}={model.served_name}"] if "served_model_name" in args else []
    volume = model.shared_memory(_SHARED_MEMORY_VOLUME)
    mount = {"name": _SHARED_MEMORY_VOLUME, "mountPath": SHARED_MEMORY}
    return ServerExtras(
        arguments=(*name, *model.flags(), *model.parallel_flags()),
        volumes=(volume,) if volume else (),
        volume_mounts=(mount,) if volume else (),
    )


def _scaling(
    checks: Checks, core: Core, args: Mapping[str, Any], release: Release, mode: str
) -> LoadScaling | None:
    asked = [key for key in asks_for_load_scaling(args) if key != "prometheus_url"]
    if not asked:
        return None
    if mode == "knative":
        for key in asked:
            use = "deployment_mode standard beside it, or leave it out: Knative scales by itself"
            checks.problem(key, args.get(key), use)
        return None
    if args.get("autoscaler") != "keda":
        checks.problem(asked[0], args.get(asked[0]), "autoscaler keda beside it")
        return None
    for key in ("prometheus_query", "prometheus_target"):
        if checks.given(key):
            checks.problem(key, args.get(key), f"it without {asked[0]}, which is a query already")
    if core.max_replicas <= core.min_replicas:
        use = f"max_replicas above {core.min_replicas} beside it"
        checks.problem(asked[0], args.get(asked[0]), use)
    return read_load_scaling(checks, args, core.min_replicas, release)
