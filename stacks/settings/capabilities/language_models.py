"""Asks that a server of language models cannot honour, on KServe's two targets."""

from collections.abc import Iterator, Mapping
from typing import Final

from facts.language_models import (
    CANDIDATE_SINCE,
    LLM_SERVICE_SINCE,
    OPENAI_PATH,
    USUAL_UTILIZATION,
    argument_tells_a_secret,
    fit_problem,
    forbidden_argument,
    release,
)
from facts.pods import looks_like_a_secret
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule, refuse
from stacks.settings.fields import Closed
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys
from stacks.settings.pairs import asks_for_gpus
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

_REMOTE: Final = ("hf", "s3", "gs", "https", "hdfs", "webhdfs")


def _version(asked: Asked) -> Iterator[Problem]:
    kserve = _kserve(asked)
    if isinstance(asked.settings, KServeLlmModel) and kserve and kserve < LLM_SERVICE_SINCE:
        yield refuse("kserve_llm/version", ("target",), "kserve_llm", asked)


def _candidate(asked: Asked) -> Iterator[Problem]:
    settings, kserve = asked.settings, _kserve(asked)
    if (
        isinstance(settings, KServeLlmModel)
        and settings.candidate is not None
        and kserve
        and LLM_SERVICE_SINCE <= kserve < CANDIDATE_SINCE
    ):
        got = settings.candidate.version
        yield refuse("kserve_llm/candidate", ("candidate", "version"), got, asked)


def _zero(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        isinstance(settings, KServeLlmModel)
        or (isinstance(settings, KServeModel) and _given(settings, LoadScalingKeys))
    ) and (settings.min_replicas == 0 and settings.activation_query is None):
        yield refuse("language-model/zero", ("min_replicas",), 0, asked)


def _several_nodes(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or settings.max_replicas <= settings.min_replicas:
        return
    if _nodes(settings) > 1 and settings.autoscaler != "wva":
        got = settings.autoscaler or settings.max_replicas
        path = ("autoscaler",) if settings.autoscaler else ("max_replicas",)
        yield refuse("kserve_llm/keda-on-several-nodes", path, got, asked)


def _namespace_takes_several_nodes(asked: Asked) -> Iterator[Problem]:
    """KServe's presets for several nodes add capabilities that `baseline` refuses."""
    settings, site = asked.settings, asked.site
    cluster = site.targets.kubernetes if site is not None else None
    if not isinstance(settings, KServeLlmModel) or cluster is None:
        return
    if _nodes(settings) > 1 and cluster.create_namespaces:
        yield Problem(
            asked.where(("data_parallel",)),
            "MS0236",
            "data_parallel",
            f"got {settings.data_parallel}, over {_nodes(settings)} nodes: KServe's presets for "
            "several nodes add the capabilities IPC_LOCK, SYS_RAWIO and NET_RAW, and the stack's "
            "namespaces enforce the Pod Security Standard `baseline`",
            fix="data_parallel_local up to the GPUs of a node; or create_namespaces: false under "
            "model-serving:targets.kubernetes, and a namespace that admits these pods",
            source="https://kubernetes.io/docs/concepts/security/pod-security-standards/",
        )


def _range_has_an_autoscaler(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or settings.max_replicas <= settings.min_replicas:
        return
    if settings.autoscaler == "none" or (
        settings.autoscaler != "wva" and settings.prometheus_url is None
    ):
        key = "autoscaler" if settings.autoscaler == "none" else "prometheus_url"
        yield Problem(
            asked.where((key,), key=settings.autoscaler != "none"),
            "MS0231",
            key,
            f"replicas from {settings.min_replicas} to {settings.max_replicas} "
            f"({asked.where(('max_replicas',))}), and nothing that would use the range",
            fix="add `prometheus_url:` (under model-serving:defaults for all models), set "
            f"autoscaler: wva, or max_replicas: {settings.min_replicas}",
        )


def _autoscaler_has_a_range(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if (
        isinstance(settings, KServeLlmModel)
        and settings.autoscaler in {"keda", "wva"}
        and settings.max_replicas <= settings.min_replicas
    ):
        yield Problem(
            asked.where(("autoscaler",)),
            "MS0231",
            "autoscaler",
            f"got {settings.autoscaler}, and max_replicas {settings.max_replicas} is not above "
            f"min_replicas {settings.min_replicas}",
            fix="raise max_replicas, or remove it",
        )


def _by_load_in_knative_mode(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeModel) or settings.deployment_mode != "knative":
        return
    for key in _given(settings, LoadScalingKeys):
        got = getattr(settings, key)
        yield refuse("kserve/scaling-by-load-in-knative-mode", (key,), got, asked)


def _load_has_keda(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeModel) or settings.deployment_mode == "knative":
        return
    keys = _given(settings, LoadScalingKeys)
    ways = {
        "autoscaler: keda": settings.autoscaler == "keda",
        "prometheus_url: …": settings.prometheus_url is not None,
        "max_replicas above min_replicas": settings.max_replicas > settings.min_replicas,
        "no prometheus_query, which is another measure": settings.prometheus_query is None,
    }
    missing = [way for way, is_there in ways.items() if not is_there]
    if keys and missing:
        yield Problem(
            asked.where((keys[0],)),
            "MS0235",
            keys[0],
            f"got {shown(getattr(settings, keys[0]))}, and nothing scales by it",
            fix=f"also say {', '.join(missing)}",
        )


def _is_a_language_model(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeModel) or settings.model.framework in OPENAI_PATH:
        return
    for key in _given(settings, LanguageModelKeys):
        if key != "cache":
            yield Problem(
                asked.where((key,)),
                "MS0234",
                key,
                f"got {shown(getattr(settings, key))}, which only a language model's server takes",
                fix="set model.framework: huggingface, or remove it",
            )


def _arguments(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeModel | KServeLlmModel):
        return
    for index, argument in enumerate(settings.arguments):
        if forbidden_argument(argument):
            path = ("arguments", index)
            yield refuse("language-model/trust-remote-code", path, argument, asked)
        if argument_tells_a_secret(argument):
            told = argument.partition("=")[0]
            yield Problem(
                asked.where(("arguments", index)),
                "MS0107",
                f"arguments[{index}]",
                f"{told} tells a secret, and settings and arguments are read by everybody",
                fix="name a Secret of the namespace: `token_secret_name: …`, key HF_TOKEN",
            )


def _variables(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeModel | KServeLlmModel):
        return
    yield from _secrets(asked, ("env",), settings.env)
    for role in ("transformer", "explainer") if isinstance(settings, KServeModel) else ():
        companion = getattr(settings, role)
        if companion is not None:
            yield from _secrets(asked, (role, "env"), companion.env)


def _secrets(asked: Asked, path: KeyPath, variables: Mapping[str, str]) -> Iterator[Problem]:
    for name, value in variables.items():
        if looks_like_a_secret(name, value):
            at = (*path, name)
            yield Problem(
                asked.where(at),
                "MS0107",
                dotted(at),
                "tells a secret, and settings and variables are read by everybody",
                fix="`token_secret_name: …` for what fetches the model (key HF_TOKEN), or a "
                "service account with the right to it",
            )


def _fits(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys):
        return
    weights, resources = settings.weights_gib, asked.settings.resources
    if weights is None or resources.accelerator is None:
        return
    used = settings.gpu_memory_utilization or USUAL_UTILIZATION
    trouble = fit_problem(weights, resources.accelerator, _devices(asked), used)
    if trouble:
        yield refuse(
            "language-model/does-not-fit", ("weights_gib",), weights, asked, allowed=trouble
        )


def _parallelism(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys):
        return
    resources = asked.settings.resources
    gpus = (resources.accelerator_count or 1) if asks_for_gpus(resources) else 1
    pipeline, copies = settings.pipeline_parallel or 1, _copies(asked)
    tensor = settings.tensor_parallel or max(1, gpus // (pipeline * copies))
    wanted = tensor * pipeline * copies
    if wanted > gpus and settings.pipeline_parallel is not None and pipeline > gpus:
        got = settings.pipeline_parallel
        yield refuse("language-model/pipeline-on-several-nodes", ("pipeline_parallel",), got, asked)
    elif wanted != gpus:
        given = next(
            (
                key
                for key in ("tensor_parallel", "pipeline_parallel", "data_parallel_local")
                if getattr(settings, key, None) is not None
            ),
            "tensor_parallel",
        )
        yield Problem(
            asked.where((given,)),
            "MS0230",
            given,
            f"tensor_parallel {tensor} x pipeline_parallel {pipeline} x {copies} on a node are "
            f"{wanted} GPUs, and a replica has {gpus}",
            fix="make both the same: every GPU is used, and paid for",
        )


def _shared_memory(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys):
        return
    shared, memory = settings.shared_memory_mib, asked.settings.resources.memory_mib
    if shared is not None and memory is not None and shared >= memory:
        yield Problem(
            asked.where(("shared_memory_mib",)),
            "MS0232",
            "shared_memory_mib",
            f"got {shared}, and it is a part of resources.memory_mib {memory}",
            fix="lower it, or give more memory",
        )


def _cache_source(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys) or settings.cache is None:
        return
    stable, candidate = asked.settings.model, asked.settings.candidate
    for key, artifact in (("model", stable), ("candidate", candidate)):
        if artifact is not None and artifact.uri.partition(":")[0] not in _REMOTE:
            path = (key, "uri")
            yield refuse("language-model/cache-of-a-volume", path, artifact.uri, asked)


def _cache_keys(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys) or settings.cache is None:
        return
    cache = settings.cache
    if cache.kind == "local" and settings.token_secret_name is not None:
        got = settings.token_secret_name
        yield refuse("language-model/token-of-a-local-cache", ("token_secret_name",), got, asked)
    wrong = {
        ("node_groups", "missing; a local cache is kept on groups of nodes"): cache.kind == "local"
        and not cache.node_groups,
        ("node_groups", f"got {shown(cache.node_groups)}; a volume is kept by no group of nodes"): (
            cache.kind == "volume" and bool(cache.node_groups)
        ),
        ("download_image", "missing; a Job fills the volume by it"): (
            cache.kind == "volume" and cache.download_image is None
        ),
        ("download_image", f"got {shown(cache.download_image)}; a local cache is KServe's own"): (
            cache.kind == "local" and cache.download_image is not None
        ),
        ("storage_class", f"got {shown(cache.storage_class)}; a node group has its own"): (
            cache.kind == "local" and cache.storage_class is not None
        ),
    }
    for (key, what), is_wrong in wrong.items():
        if is_wrong:
            path = ("cache", key)
            yield Problem(
                asked.where(path, key=not getattr(cache, key)),
                "MS0233",
                f"cache.{key}",
                what,
                fix="add `node_groups: [name]` for cache.kind local, remove it for volume; "
                "`storage_class` and `download_image` are for volume alone",
            )


def _given(settings: LanguageModelKeys | LoadScalingKeys, keys: type[Closed]) -> list[str]:
    """The keys of a kind that are set."""
    return [key for key in keys.model_fields if getattr(settings, key) is not None]


def _kserve(asked: Asked) -> tuple[int, ...]:
    """The release on the cluster; empty where it is not known."""
    cluster = asked.site.targets.kubernetes if asked.site is not None else None
    return release(cluster.kserve_version) if cluster is not None else ()


def _copies(asked: Asked) -> int:
    settings = asked.settings
    return (settings.data_parallel_local or 1) if isinstance(settings, KServeLlmModel) else 1


def _nodes(settings: KServeLlmModel) -> int:
    local = settings.data_parallel_local or 1
    return (settings.data_parallel or local) // local


def _devices(asked: Asked) -> int:
    """GPUs that hold one copy of the weights, or the parted experts of all copies."""
    settings, resources = asked.settings, asked.settings.resources
    gpus = resources.accelerator_count or 1
    if isinstance(settings, KServeLlmModel):
        if settings.expert_parallel:
            return gpus * _nodes(settings)
        return max(1, gpus // _copies(asked))
    return gpus


RULES: Final[tuple[Rule, ...]] = (
    _version,
    _candidate,
    _zero,
    _several_nodes,
    _namespace_takes_several_nodes,
    _range_has_an_autoscaler,
    _autoscaler_has_a_range,
    _by_load_in_knative_mode,
    _load_has_keda,
    _is_a_language_model,
    _arguments,
    _variables,
    _fits,
    _parallelism,
    _shared_memory,
    _cache_source,
    _cache_keys,
)
