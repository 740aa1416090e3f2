"""Settings of a model on Cloud Run as arguments of CloudRunEndpoint, and the packages it runs."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final

from stacks import artifacts
from stacks.settings.capabilities.cloud_run import least_warm
from stacks.settings.cloud_run import CloudRunModel
from stacks.settings.load import Settings
from stacks.settings.online_features import with_features
from stacks.settings.problems import Problem
from stacks.targets.drift import profiled_drift_arguments
from stacks.targets.function_artifacts import not_as_meant
from stacks.targets.gcp_monitoring import monitoring_arguments
from stacks.targets.request_logs import with_telemetry
from stacks.targets.translation import as_kind, common

__all__ = ["arguments", "artifact_problems"]

# Keys that the component has under the same name.
_SAME: Final = (
    *("concurrency", "timeout_seconds", "load_seconds", "cpu_always", "base_image", "port"),
    *("startup_path", "liveness_path", "predict_route", "service_account", "redeploy"),
)
# What one says with False too.
_FLAGS: Final = ("tcp_health", "public_access", "deletion_protection", "gpu_zonal_redundancy")
_OF_SITE: Final = (
    *("network", "subnetwork", "connector", "vpc_egress", "key", "binary_authorization_policy"),
)


def arguments(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of the component; what is not set is None."""
    model = as_kind(CloudRunModel, settings.models[name])
    targets = settings.site.targets
    if targets.gcp is None or targets.cloud_run is None:
        raise TypeError(f"{name} has no project or region")
    site, resources, candidate = targets.cloud_run, model.resources, model.candidate
    return {
        **common(settings, name),
        **{key: getattr(model, key) for key in _SAME},
        **{key: getattr(model, key) or None for key in _FLAGS},
        **{key: getattr(site, key) for key in _OF_SITE},
        "min_replicas": least_warm(model),
        # Of a GPU the component takes few where nothing is said: they count against a quota.
        "max_replicas": None if _said_nothing(model) else model.max_replicas,
        "project": targets.gcp.project,
        "region": site.region,
        "model_digest": model.model.digest,
        "candidate_digest": candidate.digest if candidate else None,
        **_code(root, settings, name),
        "cpu": resources.cpu,
        "memory_mib": resources.memory_mib,
        "accelerator": resources.accelerator,
        "startup_cpu_boost": model.startup_cpu_boost,
        **profiled_drift_arguments(model.drift),
        "environment_variables": with_features(
            with_telemetry(dict(model.environment_variables), settings, name), model
        )
        or None,
        "secret_environment_variables": dict(model.secret_environment_variables) or None,
        "callers": list(model.callers) or None,
        "custom_audiences": list(model.custom_audiences) or None,
        "network_tags": list(site.network_tags) or None,
        "binary_authorization": site.binary_authorization or None,
        "notification_channels": list(site.notification_channels) or None,
        **monitoring_arguments(settings, name),
    }


def _said_nothing(model: CloudRunModel) -> bool:
    return model.resources.accelerator is not None and "max_replicas" not in model.model_fields_set


def _code(root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """Images, or the packages of the runtime in the environment's bucket."""
    model = as_kind(CloudRunModel, settings.models[name])
    candidate, site = model.candidate, settings.site.targets.cloud_run
    if model.model.image is not None:
        return {
            "image": model.model.image,
            "candidate_image": candidate.image if candidate else None,
        }
    return {
        "code_path": str(artifacts.cloud_run_package(root, model.model)),
        "candidate_code_path": str(artifacts.cloud_run_package(root, candidate))
        if candidate
        else None,
        "bucket": site.bucket if site else None,
    }


def artifact_problems(root: Path, settings: Settings) -> Iterator[Problem]:
    """Packages that set-up has not made, and models that are not the ones that were meant."""
    package_of = partial(artifacts.cloud_run_package, root)
    for name, model in settings.models.items():
        if isinstance(model, CloudRunModel) and model.model.image is None:
            yield from not_as_meant(root, settings, name, package_of, "--target cloud_run")
