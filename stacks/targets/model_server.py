"""Settings of a plain model server as arguments of ModelServer."""

from pathlib import Path
from typing import Any, Final

from facts.pods import is_fetched
from stacks.settings.load import Settings
from stacks.settings.model_server import ModelServerModel
from stacks.settings.online_features import with_features
from stacks.settings.server_pod import Probe
from stacks.settings.server_scaling import Speed
from stacks.targets.drift import with_profile
from stacks.targets.gpus import gpus
from stacks.targets.network_access import network_access
from stacks.targets.request_logs import server_arguments, with_telemetry
from stacks.targets.takeover import takeover
from stacks.targets.translation import as_kind, cold_start, common

# Keys that the component has under the same name.
_SAME: Final = (
    *("autoscaler", "certificate_issuer", "command", "config", "cooldown_seconds"),
    *("cpu_limit", "cpu_target_percent", "disk_mib", "download_cpu", "download_image"),
    *("download_memory_mib", "drain_seconds", "grace_seconds", "grpc_port", "headless"),
    *("host", "image_pull_policy", "image_pull_secrets", "image_volumes", "ingress_class"),
    *("internal_load_balancer", "load_balancer_cidrs", "load_seconds", "max_body_mib"),
    *("max_unavailable", "memory_limit_mib", "memory_target_percent", "metrics_path"),
    *("metrics_port", "min_available", "model_mib", "model_volume_mib", "namespace"),
    *("node_selector", "pod_annotations", "pods_metric_name", "polling_seconds", "port"),
    *("predict_paths", "priority_class_name", "profile", "prometheus_annotations"),
    *("prometheus_query", "prometheus_target", "prometheus_url", "ready_timeout_seconds"),
    *("request_timeout_seconds", "requests_per_second_target", "secret_env", "server", "shm_mib"),
    *("storage_class_name", "tls_secret_name", "tmp_mib", "tolerations", "update_max_surge"),
    *("update_max_unavailable", "user_id", "writable_folders", "writable_mib"),
)


def arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(ModelServerModel, settings.models[name])
    resources, probes = model.resources, model.probes
    found: dict[str, Any] = {
        **common(settings, name),
        **{key: _plain(getattr(model, key)) for key in _SAME},
        "env": with_features(
            with_profile(with_telemetry(dict(model.env), settings, name), model), model
        )
        or None,
        "arguments": [*server_arguments(settings, name), *model.arguments] or None,
        "image": model.model.image,
        "cpu": resources.cpu,
        "memory_mib": resources.memory_mib,
        **gpus(settings, resources),
        "probe": probes.by,
        **_probe("startup", probes.startup),
        **_probe("ready", probes.ready),
        **_probe("live", probes.live),
        **_speed("scale_up", model.scale_up),
        **_speed("scale_down", model.scale_down),
        **cold_start(model.cold_start),
        **takeover(settings, model),
        **network_access(settings, name),
    }
    if not is_fetched(model.model.uri):
        # The environment's, which is for other models.
        found["download_image"] = None
    return found


def _plain(value: object) -> object:
    """Without what is empty: nothing was said."""
    if isinstance(value, dict):
        return dict(value) or None  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(value, list):
        return list(value) or None  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    return value


def _probe(word: str, probe: Probe) -> dict[str, Any]:
    return {
        f"{word}_path": probe.path,
        **{
            f"{word}_probe_{key}": getattr(probe, key)
            for key in ("delay_seconds", "period_seconds", "timeout_seconds", "failures")
        },
    }


def _speed(way: str, speed: Speed) -> dict[str, Any]:
    return {
        f"{way}_{key}": getattr(speed, key)
        for key in ("window_seconds", "percent", "period_seconds")
    }
