"""Settings of shared endpoints and inference components as arguments of their components."""

from pathlib import Path
from typing import Any

from facts.inference_components import shared_endpoint_name
from stacks.settings.load import Settings
from stacks.settings.sagemaker_components import ComponentModel, SharedEndpoint
from stacks.targets.aws_monitoring import monitoring_arguments
from stacks.targets.sagemaker import of_the_environment
from stacks.targets.translation import as_kind, every, scaled, words

__all__ = ["endpoint_arguments", "model_arguments"]


def endpoint_arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SageMakerSharedEndpoint; what is not set is None."""
    endpoint = as_kind(SharedEndpoint, settings.models[name])
    return {
        **every(settings, name),
        **of_the_environment(settings, isolated=False),
        **monitoring_arguments(settings, name),
        **words(
            endpoint,
            (
                *("instance_type", "artifact_prefixes", "images", "log_retention_days"),
                "ready_timeout_seconds",
            ),
        ),
    }


def model_arguments(_root: Path, settings: Settings, name: str) -> dict[str, Any]:
    """The arguments of SageMakerInferenceComponent; what is not set is None."""
    model = as_kind(ComponentModel, settings.models[name])
    resources, server = model.resources, model.server
    count = resources.accelerator_count or (1 if resources.accelerator else None)
    return {
        **every(settings, name),
        **of_the_environment(settings, isolated=False),
        **monitoring_arguments(settings, name),
        "isolated": model.isolated or None,
        **scaled(model.scaling),
        **words(
            model,
            (
                *("instance_type", "min_instances", "max_instances", "env", "log_retention_days"),
                *("download_timeout_seconds", "startup_timeout_seconds"),
            ),
        ),
        "server": shared_endpoint_name(server, settings.environment) if server else None,
        "model_version": model.model.version,
        "model_uri": model.model.uri,
        "framework": None if model.model.image else model.model.framework,
        "image": model.model.image,
        "cpu": resources.cpu,
        "memory_mib": resources.memory_mib,
        "accelerator_count": count,
        "shift_size_percent": model.rollout.size_percent,
        "shift_wait_seconds": model.rollout.wait_seconds,
    }
