"""Settings of a KServe model as arguments of InferenceService."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from facts.addresses import is_server_url
from stacks.settings.kserve import Companion, KServeModel
from stacks.settings.load import Settings
from stacks.settings.merge import Origin
from stacks.settings.stored_capture import stored_capture
from stacks.settings.yaml_source import KeyPath
from stacks.targets.gpus import gpus
from stacks.targets.language_models import language_model, load_scaling
from stacks.targets.network_access import network_access
from stacks.targets.translation import as_kind, cold_start, common

_SCALING: Final = (
    "concurrency_target",
    "requests_per_second_target",
    "cpu_target_percent",
    "memory_target_percent",
    "autoscaler",
    "prometheus_url",
    "prometheus_query",
    "prometheus_target",
    "scale_to_zero_retention_seconds",
)


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(KServeModel, settings.models[name])
    cluster = settings.site.targets.kubernetes
    return {
        **common(settings, name),
        **language_model(model),
        **load_scaling(model),
        **cold_start(model.cold_start),
        "namespace": model.namespace,
        "framework": model.model.framework,
        "image": model.model.image,
        "runtime": model.runtime,
        "protocol": model.protocol,
        "port": model.port,
        "ready_path": model.ready_path,
        "live_path": model.live_path,
        "arguments": list(model.arguments) or None,
        "env": dict(model.env) or None,
        "load_seconds": model.load_seconds,
        "startup_timeout_seconds": model.startup_timeout_seconds,
        "cpu": model.resources.cpu,
        "memory_mib": model.resources.memory_mib,
        **gpus(settings, model.resources),
        **_companion("transformer", model.transformer),
        **_companion("explainer", model.explainer),
        **{key: getattr(model, key) for key in _SCALING},
        **_captured(model, settings.origins[name]),
        "candidate_replicas": model.candidate_replicas,
        "host": model.host,
        "gateway_name": cluster.gateway_name if cluster and model.host else None,
        "gateway_namespace": cluster.gateway_namespace if cluster and model.host else None,
        "share_owner": str(model.rollout.owner),
        "deployment_mode": model.deployment_mode,
        "kserve_version": cluster.kserve_version if cluster else None,
        "gateway_api": cluster.gateway_api if cluster else None,
        **network_access(settings, name),
        "ready_timeout_seconds": model.ready_timeout_seconds,
    }


def _captured(model: KServeModel, origins: Mapping[KeyPath, Origin]) -> dict[str, Any]:
    """Nothing of a default for all models that is a place of another target's."""
    if model.capture is None:
        return {}
    if not is_server_url(model.capture.uri) and stored_capture(model, origins) is None:
        return {}
    return {
        "capture_percent": model.capture.percent,
        "capture_uri": model.capture.uri,
        "capture_payload": list(model.capture.payload),
    }


def _companion(role: str, companion: Companion | None) -> dict[str, Any]:
    """A transformer or explainer as flat arguments."""
    if companion is None:
        return {}
    return {
        f"{role}_image": companion.image,
        f"{role}_arguments": list(companion.arguments) or None,
        f"{role}_env": dict(companion.env) or None,
        f"{role}_min_replicas": companion.min_replicas,
        f"{role}_max_replicas": companion.max_replicas,
        f"{role}_cpu": companion.cpu,
        f"{role}_memory_mib": companion.memory_mib,
    }
