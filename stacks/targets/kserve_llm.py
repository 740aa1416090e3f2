"""Settings of a language model as arguments of LLMInferenceService."""

from pathlib import Path
from typing import Any

from stacks.settings.kserve_llm import KServeLlmModel
from stacks.settings.load import Settings
from stacks.targets.gpus import gpus
from stacks.targets.language_models import language_model, load_scaling
from stacks.targets.network_access import network_access
from stacks.targets.translation import as_kind, cold_start, common


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(KServeLlmModel, settings.models[name])
    cluster = settings.site.targets.kubernetes
    scales = model.max_replicas > model.min_replicas and model.autoscaler != "wva"
    return {
        **common(settings, name),
        **language_model(model),
        **load_scaling(model),
        **cold_start(model.cold_start),
        "namespace": model.namespace,
        "image": model.model.image,
        "arguments": list(model.arguments) or None,
        "env": dict(model.env) or None,
        "cpu": model.resources.cpu,
        "memory_mib": model.resources.memory_mib,
        **gpus(settings, model.resources),
        "data_parallel": model.data_parallel,
        "data_parallel_local": model.data_parallel_local,
        "expert_parallel": model.expert_parallel,
        "prefill_replicas": model.prefill_replicas,
        "candidate_replicas": model.candidate_replicas,
        "scheduler": model.scheduler,
        "gateway_name": model.gateway_name,
        "gateway_namespace": model.gateway_namespace,
        "base_refs": list(model.base_refs) or None,
        "autoscaler": model.autoscaler,
        # An environment says it once, under `defaults`, for all models; some do not scale by it.
        "prometheus_url": model.prometheus_url if scales else None,
        "kserve_version": cluster.kserve_version if cluster else None,
        **network_access(settings, name),
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }
