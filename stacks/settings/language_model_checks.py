"""Rules over the keys of a language model: what nothing would read, and what its server refuses.

What a target cannot honour at all is in `capabilities/language_models.py`.
"""

import re
from collections.abc import Iterator
from typing import Final

from facts.language_models import (
    SAID_BY_OTHERS,
    SCALE_METRICS,
    SERVED_NAME,
    release,
    unsafe_in_shell,
    version_key,
)
from stacks.settings.asked import Asked
from stacks.settings.capabilities.refusing import Rule
from stacks.settings.kserve import KServeModel
from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.language_models import LanguageModelKeys, LoadScalingKeys
from stacks.settings.pairs import asks_for_gpus
from stacks.settings.problems import Problem, shown
from stacks.settings.yaml_source import KeyPath, dotted

__all__ = ["RULES"]

# As the components have them where nothing is said.
_USUAL_MEMORY_MIB: Final = {"kserve": 2048, "kserve_llm": 16384}
_USUAL_SHARED_MIB_PER_GPU: Final = 1024


def _idle(asked: Asked, key: str, got: str, fix: str) -> Problem:
    value = getattr(asked.settings, key)
    return Problem(asked.where((key,)), "MS0214", key, f"got {shown(value)}, {got}", fix=fix)


def _served_name(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys) or settings.served_model_name is None:
        return
    if not re.fullmatch(SERVED_NAME, settings.served_model_name):
        yield Problem(
            asked.where(("served_model_name",)),
            "MS0106",
            "served_model_name",
            f"got {shown(settings.served_model_name)}",
            allowed="letters, digits and . _ / -, the first a letter or digit, at most 95",
            fix="write it so, such as qwen-2.5",
        )


def _share_of_no_gpu(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LanguageModelKeys) or settings.gpu_memory_utilization is None:
        return
    if not asks_for_gpus(asked.settings.resources):
        fix = "remove it, or add `resources: {accelerator: nvidia-…}`"
        yield _idle(asked, "gpu_memory_utilization", "and there is no GPU", fix)


def _usual_shared_memory(asked: Asked) -> Iterator[Problem]:
    """Where one of the two is not said; `_shared_memory` of the capabilities has both."""
    settings, resources = asked.settings, asked.settings.resources
    if not isinstance(settings, KServeModel | KServeLlmModel):
        return
    shared, gpus = settings.shared_memory_mib, resources.accelerator_count or 0
    if (shared is not None and resources.memory_mib is not None) or (
        shared is None and (gpus <= 1 or not _is_language_model(settings))
    ):
        return
    memory = resources.memory_mib or _USUAL_MEMORY_MIB[settings.target]
    needed = shared or gpus * _USUAL_SHARED_MIB_PER_GPU
    if needed >= memory:
        path: KeyPath = ("resources", "memory_mib") if shared is None else ("shared_memory_mib",)
        said = "got" if resources.memory_mib or shared else "not said, so"
        what = f"{said} {memory} MiB" if shared is None else f"got {shared}"
        yield Problem(
            asked.where(path),
            "MS0232",
            dotted(path),
            f"{what}, and /dev/shm of {needed} MiB is a part of resources.memory_mib {memory}",
            fix=f"give more memory than {needed} MiB, or less shared_memory_mib",
        )


def _is_language_model(settings: KServeModel | KServeLlmModel) -> bool:
    return isinstance(settings, KServeLlmModel) or settings.model.framework in {
        "huggingface",
        "vLLM",
    }


def _cached_versions(asked: Asked) -> Iterator[Problem]:
    settings, candidate = asked.settings, asked.settings.candidate
    if not isinstance(settings, LanguageModelKeys) or settings.cache is None or candidate is None:
        return
    stable = asked.settings.model.version
    if stable != candidate.version and version_key(stable) == version_key(candidate.version):
        yield Problem(
            asked.where(("candidate", "version")),
            "MS0204",
            "candidate.version",
            f"got {shown(candidate.version)}, and its cache would have the name of the stable "
            f"model's, {shown(stable)}",
            fix="name versions that differ in more than punctuation",
        )


def _load_target(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LoadScalingKeys) or settings.load_target is None:
        return
    metric = SCALE_METRICS[settings.load_metric or "queue_depth"]
    if not metric.lowest <= settings.load_target <= metric.highest:
        yield Problem(
            asked.where(("load_target",)),
            "MS0104",
            "load_target",
            f"got {settings.load_target:g} of {metric.name}",
            allowed=f"{metric.lowest:g} to {metric.highest:g}",
            fix=f"write a number in it, or leave it out for {metric.target:g}",
        )


def _load_metric_of_the_release(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    cluster = asked.site.targets.kubernetes if asked.site else None
    if not isinstance(settings, LoadScalingKeys) or settings.load_metric is None or not cluster:
        return
    known = release(cluster.kserve_version)
    if known < SCALE_METRICS[settings.load_metric].since:
        others = [name for name, each in SCALE_METRICS.items() if known >= each.since]
        yield Problem(
            asked.where(("load_metric",)),
            "MS0105",
            "load_metric",
            f"got {settings.load_metric}, which the vLLM of KServe {cluster.kserve_version} "
            "measures under another name",
            allowed=f"one of {', '.join(others)}",
            fix=f"write {others[0]}, or bring a newer KServe to the cluster",
        )


def _activation_from_zero(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, LoadScalingKeys) or settings.activation_query is None:
        return
    if asked.settings.min_replicas > 0:
        got = "and a replica always runs (min_replicas)"
        yield _idle(asked, "activation_query", got, "remove it, or set min_replicas: 0")


def _load_without_keda(asked: Asked) -> Iterator[Problem]:
    """On `kserve` it is said by the capabilities: there nothing takes KEDA by itself."""
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel):
        return
    scales = settings.max_replicas > settings.min_replicas
    if scales and settings.autoscaler in {None, "keda"}:
        return
    given = [key for key in LoadScalingKeys.model_fields if getattr(settings, key) is not None]
    for key in given:
        fix = "remove it, or set max_replicas above min_replicas and autoscaler: keda"
        yield _idle(asked, key, "and KEDA does not scale this model", fix)


def _replicas_of_no_candidate(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or settings.candidate_replicas is None:
        return
    if settings.candidate is None:
        fix = "remove it, or add `candidate: {uri: …, version: …}`"
        yield _idle(asked, "candidate_replicas", "and there is no candidate", fix)


def _namespace_of_no_gateway(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or settings.gateway_namespace is None:
        return
    if settings.gateway_name is None:
        fix = "remove it, or add gateway_name"
        yield _idle(asked, "gateway_namespace", "and no Gateway is named", fix)


def _plain_arguments(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel):
        return
    for index, argument in enumerate(settings.arguments):
        if unsafe_in_shell(argument):
            path: KeyPath = ("arguments", index)
            yield Problem(
                asked.where(path),
                "MS0106",
                dotted(path),
                f"got {shown(argument)}, and KServe's presets hand arguments to a shell",
                allowed="letters, digits and . _ : / , = + @ % -",
                fix="write one plain word per item, such as --max-num-seqs=64",
            )


def _variables_of_the_presets(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel):
        return
    for name in settings.env:
        if name in SAID_BY_OTHERS:
            path: KeyPath = ("env", name)
            yield Problem(
                asked.where(path, key=True),
                "MS0106",
                dotted(path),
                f"got {name}, which hands the KV cache from prefill to decode pods",
                fix="remove it; `arguments` are vLLM's, prefill_replicas are those pods",
            )


def _prefill(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or not settings.prefill_replicas:
        return
    local = settings.data_parallel_local or 1
    if (settings.data_parallel or local) > local:
        fix = "remove it, or keep a replica on one node (data_parallel_local)"
        yield _idle(asked, "prefill_replicas", "and a replica is on several nodes", fix)
    if settings.scheduler is False:
        fix = "remove it, or scheduler: false"
        got = "and without the scheduler nothing sends prompts to them"
        yield _idle(asked, "prefill_replicas", got, fix)


def _copies_on_nodes(asked: Asked) -> Iterator[Problem]:
    settings = asked.settings
    if not isinstance(settings, KServeLlmModel) or settings.data_parallel is None:
        return
    local = settings.data_parallel_local or 1
    if settings.data_parallel % local:
        yield Problem(
            asked.where(("data_parallel",)),
            "MS0230",
            "data_parallel",
            f"got {settings.data_parallel}, no multiple of data_parallel_local {local}",
            fix=f"write {-(-settings.data_parallel // local) * local}: each node has as many",
        )


RULES: Final[tuple[Rule, ...]] = (
    _served_name,
    _share_of_no_gpu,
    _usual_shared_memory,
    _cached_versions,
    _load_target,
    _load_metric_of_the_release,
    _activation_from_zero,
    _load_without_keda,
    _replicas_of_no_candidate,
    _namespace_of_no_gateway,
    _plain_arguments,
    _variables_of_the_presets,
    _prefill,
    _copies_on_nodes,
)
